"""What a store holds, told so that two stores can be compared: by table, how many rows, and a hash over all of them.

The hash is the same for a GeoPackage and a PostgreSQL database that hold the same rows. Values are read as they stand,
so that a value another program wrote wrongly does not keep a store from being backed up.
"""

# Names in these statements come from the dataclasses, never from a user.
# ruff: noqa: S608

from __future__ import annotations

import datetime as dt
import hashlib
import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import shapely
import sqlalchemy as sa

from gridmap.store import blob, tables, types

_AT_ONCE = 1000


@dataclass(frozen=True)
class Digest:
    """The rows of one table.

    Parameters
    ----------
    rows
        How many there are.
    sha256
        Hash over all rows by ascending key.
    """

    rows: int
    sha256: str


def digests(connection: sa.Connection) -> dict[str, Digest]:
    """Return the digest of each of our tables by name; all from one moment if ``connection`` sees one moment."""
    return {table.name: _digest(connection, table) for table in all_tables()}


def rows(connection: sa.Connection) -> dict[str, int]:
    """Return how many rows each of our tables has, by name."""
    return {
        table.name: connection.exec_driver_sql(f'SELECT count(*) FROM "{table.name}"').scalar_one()
        for table in all_tables()
    }


def all_tables() -> list[sa.Table]:
    """Return every table of the store by name; those that triggers write to stand last."""
    written_by_triggers = (tables.HISTORY, tables.REVISION, tables.MIGRATION)
    plain = [table for table in tables.METADATA.tables.values() if table not in written_by_triggers]
    return [*sorted(plain, key=lambda table: table.name), *written_by_triggers]


def _digest(connection: sa.Connection, table: sa.Table) -> Digest:
    sha = hashlib.sha256()
    count = 0
    for row in _rows(connection, table):
        sha.update(json.dumps(row, ensure_ascii=False, separators=(",", ":")).encode("utf-8", "surrogatepass"))
        sha.update(b"\n")
        count += 1
    return Digest(count, sha.hexdigest())


def as_they_stand(connection: sa.Connection, table: sa.Table) -> Iterator[Sequence[Any]]:
    """Return the rows of ``table`` by ascending key, all columns, not turned into what our types make of them."""
    order = ", ".join(f'"{column.name}"' for column in table.primary_key.columns)
    if connection.dialect.name == "sqlite" or tables.geometry(table) is None:
        # As text: putting the statement together takes longer than reading most tables.
        names = ", ".join(f'"{column.name}"' for column in table.c)
        found = connection.exec_driver_sql(f'SELECT {names} FROM "{table.name}" ORDER BY {order}')
    else:
        chosen = [c if isinstance(c.type, types.Shape) else sa.type_coerce(c, sa.types.NullType()) for c in table.c]
        found = connection.execute(sa.select(*chosen).order_by(*table.primary_key.columns))
    yield from found.yield_per(_AT_ONCE)


def _rows(connection: sa.Connection, table: sa.Table) -> Iterator[list[Any]]:
    columns = list(table.c)
    for row in as_they_stand(connection, table):
        yield [_plain(column.type, value) for column, value in zip(columns, row, strict=True)]


def _plain(kind: Any, value: Any) -> Any:
    if value is None:
        return None
    if isinstance(kind, types.Shape):
        return _shape(value)
    if isinstance(kind, types.Moment):
        return _moment(value)
    if isinstance(kind, sa.Boolean) and value in (0, 1):
        return bool(value)
    if isinstance(value, dt.date):
        return value.isoformat()
    if isinstance(value, bytes):
        return value.hex()
    return value


def _shape(value: Any) -> str | None:
    try:
        geometry = blob.decode(value) if isinstance(value, bytes) else value
    except (ValueError, IndexError, shapely.errors.ShapelyError):
        return f"unreadable {value.hex()}"
    # A place that is not known is NULL in the one and an empty geometry in the other.
    return None if shapely.is_empty(geometry) else shapely.to_wkb(geometry, hex=True, byte_order=1, output_dimension=2)


def _moment(value: Any) -> str:
    """To the millisecond: what a GeoPackage keeps."""
    try:
        moment: dt.datetime = dt.datetime.fromisoformat(value) if isinstance(value, str) else value
    except ValueError:
        return f"unreadable {value}"
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=dt.UTC)
    return moment.astimezone(dt.UTC).isoformat(timespec="milliseconds")
