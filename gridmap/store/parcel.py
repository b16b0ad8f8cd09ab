"""A row and all that hangs on it, taken out of the store as one parcel, and put back as it was.

What hangs on a row is found by the references between the tables: rows that cannot be without it go into the parcel,
rows that only point at it lose that and are noted.
"""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

import shapely
import sqlalchemy as sa
from sqlalchemy.orm import Session

from gridmap import errors, model
from gridmap.store import tables, types


@dataclass(frozen=True, kw_only=True)
class Packed:
    """A row: name of its table, and its values by column as JSON holds them."""

    table: str
    values: Mapping[str, Any]


@dataclass(frozen=True, kw_only=True)
class Link:
    """A row outside the parcel, by table and id, whose ``column`` pointed at row ``to_id`` of ``to_table`` in it."""

    table: str
    id: int
    column: str
    to_table: str
    to_id: int


@dataclass(frozen=True, kw_only=True)
class Parcel:
    """Rows, those that others hang on first, and what pointed at them."""

    rows: tuple[Packed, ...]
    links: tuple[Link, ...] = ()

    @property
    def head(self) -> Packed:
        """The row that was meant; the others hang on it."""
        return self.rows[0]

    def to_json(self) -> str:
        """Return the parcel as text."""
        return json.dumps(asdict(self), ensure_ascii=False, separators=(",", ":"))

    @classmethod
    def from_json(cls, text: str) -> Parcel:
        """Read what `to_json` wrote."""
        read = json.loads(text)
        return cls(
            rows=tuple(Packed(**row) for row in read["rows"]), links=tuple(Link(**link) for link in read["links"])
        )


def take(session: Session, cls: type[model.Row], number: int, version: int) -> Parcel:
    """Take a row out of the store, with all that hangs on it.

    Parameters
    ----------
    session
        Session of a ``Store.write()`` block.
    cls, number
        Which row.
    version
        The version that the person saw.

    Raises
    ------
    errors.Conflict
        If the row is gone, or was changed since.
    """
    session.flush()
    table = tables.of()[cls]
    rows, links = _gathered(session, table, number)
    gone = session.execute(sa.delete(cls).where(table.c.id == number, table.c.version == version))
    if not rows or gone.rowcount != 1:  # type: ignore[attr-defined]
        raise errors.Conflict("store_conflict")
    return Parcel(rows=tuple(rows), links=tuple(links))


def put(session: Session, parcel: Parcel) -> tuple[Link, ...]:
    """Put a parcel back under the numbers its rows had, as far as what they belong to is still there.

    Returns
    -------
    tuple
        References of the parcel's rows to what is no longer there, which were left empty.

    Raises
    ------
    errors.Conflict
        If the head's number or another unique value of it is taken, or what it belongs to is gone.
    """
    session.flush()
    dangling: list[Link] = []
    for place, row in enumerate(parcel.rows):
        table = tables.METADATA.tables[row.table]
        values = {name: _unpacked(table.c[name], value) for name, value in row.values.items() if name in table.c}
        whole, loose = _grounded(session, table, values)
        if whole and not _taken(session, table, values):
            values["version"] += 1
            session.execute(sa.insert(table).values(values))
            dangling += loose
        elif place == 0:
            raise errors.Conflict("store_taken")
    inside = {(row.table, row.values["id"]) for row in parcel.rows}
    for link in (*parcel.links, *dangling):
        tie(session, link)
    return tuple(link for link in dangling if (link.to_table, link.to_id) not in inside)


def tie(session: Session, link: Link) -> None:
    """Let a row point again at what it pointed at, if both are there and it points at nothing else meanwhile."""
    table, target = tables.METADATA.tables[link.table], tables.METADATA.tables[link.to_table]
    there = sa.exists().where(target.c.id == link.to_id)
    free = table.c[link.column].is_(None)
    session.execute(sa.update(table).where(table.c.id == link.id, free, there).values({link.column: link.to_id}))


def forget(session: Session, rows: Mapping[str, list[int]]) -> None:
    """Delete the history of rows by table and number: nothing of them is left then."""
    history = tables.HISTORY
    for name, numbers in rows.items():
        session.execute(sa.delete(history).where(history.c.table_name == name, history.c.row_id.in_(numbers)))


def _gathered(session: Session, table: sa.Table, number: int) -> tuple[list[Packed], list[Link]]:
    rows: list[Packed] = []
    taken: set[tuple[str, int]] = set()
    links: list[Link] = []
    waiting = [(table, number)]
    while waiting:
        of, one = waiting.pop(0)
        found = session.execute(sa.select(of).where(of.c.id == one)).mappings().first()
        if found is None or (of.name, one) in taken:
            continue
        taken.add((of.name, one))
        rows.append(Packed(table=of.name, values={name: _packed(value) for name, value in found.items()}))
        for child, column in _pointing(of):
            numbers = session.scalars(sa.select(child.c.id).where(child.c[column] == one).order_by(child.c.id)).all()
            if child.c[column].nullable:
                links += [Link(table=child.name, id=n, column=column, to_table=of.name, to_id=one) for n in numbers]
            else:
                waiting += [(child, n) for n in numbers]
    return rows, [link for link in links if (link.table, link.id) not in taken]


def _pointing(table: sa.Table) -> list[tuple[sa.Table, str]]:
    """Return the tables and columns that point at ``table``."""
    return [
        (child, key.parent.name)
        for child in tables.of().values()
        for key in child.foreign_keys
        if key.column.table is table
    ]


def _grounded(session: Session, table: sa.Table, values: dict[str, Any]) -> tuple[bool, list[Link]]:
    """Empty the references of a row to what is gone; answer whether the row can be without them, and name them."""
    loose = []
    for key in table.foreign_keys:
        column, target = key.parent, key.column.table
        wanted = values.get(column.name)
        if wanted is None or session.scalar(sa.select(target.c.id).where(target.c.id == wanted)) is not None:
            continue
        if not column.nullable:
            return False, []
        values[column.name] = None
        loose.append(
            Link(table=table.name, id=values["id"], column=column.name, to_table=target.name, to_id=int(wanted))
        )
    return True, loose


def _taken(session: Session, table: sa.Table, values: Mapping[str, Any]) -> bool:
    keys: list[tuple[str, ...]] = [("id",)]
    keys += [tuple(c.columns.keys()) for c in table.constraints if isinstance(c, sa.UniqueConstraint)]
    keys += [tuple(index.columns.keys()) for index in table.indexes if index.unique]
    for key in keys:
        if any(values[name] is None for name in key):
            continue
        same = sa.and_(*(table.c[name] == values[name] for name in key))
        if session.scalar(sa.select(sa.func.count()).select_from(table).where(same)):
            return True
    return False


def _packed(value: Any) -> Any:
    if isinstance(value, shapely.Geometry):
        return None if value.is_empty else shapely.to_wkb(value, hex=True, output_dimension=2)
    if isinstance(value, (dt.datetime, dt.date)):
        return value.isoformat()
    return value


def _unpacked(column: sa.Column[Any], value: Any) -> Any:
    if isinstance(column.type, types.Shape):
        return column.type.empty if value is None else shapely.from_wkb(value)
    if value is None:
        return None
    if isinstance(column.type, types.Moment):
        return dt.datetime.fromisoformat(value)
    return dt.date.fromisoformat(value) if isinstance(column.type, sa.Date) else value
