"""Rows as tables of pandas and geopandas, read without making an object of each row."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
import sqlalchemy as sa

from gridmap.store import blob, soundness, tables, types

# More than these are read with all others; parameters of one statement are below the smallest limit of any SQLite.
_FEW = 900


def read(connection: sa.Connection, table: sa.Table, where: Sequence[sa.ColumnElement[bool]]) -> Any:
    """Return the rows of ``table`` that satisfy ``where``, by ascending id.

    Returns
    -------
    A GeoDataFrame in EPSG:4326, or a DataFrame where the table has no geometry; the index is ``id``.

    Raises
    ------
    errors.StoreError
        ``store_bad_value``, if another program wrote a value that none of our rules would have let in.
    """
    sqlite = connection.dialect.name == "sqlite"
    # Untyped: the values are turned column by column, not one by one. As one text: it is put together sooner.
    wanted = sa.text(", ".join(_expression(column, sqlite) for column in table.c))
    rows = connection.execute(sa.select(wanted).select_from(table).where(*where).order_by(table.c.id)).fetchall()
    values = list(zip(*rows, strict=True)) if rows else [()] * len(table.c)
    numbers = values[list(table.c.keys()).index("id")]
    columns = {}
    for column, kept in zip(table.c, values, strict=True):
        if isinstance(column.type, types.Shape):
            columns[column.name] = _shapes(table, column, numbers, kept, sqlite)
            continue
        if not soundness.are_sound(column, kept):
            soundness.demand(table, column, numbers, kept)
        columns[column.name] = _column(column, kept, sqlite)
    index = pd.Index(columns.pop("id"), name="id", dtype="int64")
    if tables.geometry(table) is None:
        return pd.DataFrame(columns, index=index)
    return gpd.GeoDataFrame(columns, index=index, geometry="geom", crs=f"EPSG:{blob.SRS_ID}")


@dataclass(frozen=True, kw_only=True, eq=False)
class Changed:
    """How the rows of a table differ from what was read of it before.

    Parameters
    ----------
    stay
        Ids of the rows that are as they were.
    rows
        Those that are new or in another version, as `read` returns them.
    """

    stay: Any
    rows: Any


def changed(
    connection: sa.Connection, table: sa.Table, where: Sequence[sa.ColumnElement[bool]], known: pd.Series
) -> Changed | None:
    """Return how the rows of ``table`` that satisfy ``where`` differ from those with the versions ``known``, by id.

    An id is never given again, and each change of a row counts its version. None where nothing differs.
    """
    found = connection.execute(sa.select(table.c.id, table.c.version).where(*where).order_by(table.c.id)).fetchall()
    # Rows one by one would be looked into by name.
    numbers, versions = (np.array(kept, dtype="int64") for kept in (zip(*found, strict=True) if found else [(), ()]))
    at = known.index.get_indexer(pd.Index(numbers))
    same = at >= 0
    same[same] = known.to_numpy()[at[same]] == versions[same]
    if same.all() and len(known) == len(numbers):
        return None
    if (~same).sum() > _FEW:
        return Changed(stay=numbers[:0], rows=read(connection, table, where))
    fresh = table.c.id.in_(numbers[~same].tolist())
    return Changed(stay=numbers[same], rows=read(connection, table, [*where, fresh]))


def _expression(column: sa.Column[Any], sqlite: bool) -> str:
    quoted = f'"{column.name}"'
    return f"ST_AsBinary({quoted})" if isinstance(column.type, types.Shape) and not sqlite else quoted


def _column(column: sa.Column[Any], values: Sequence[Any], sqlite: bool) -> Any:
    kind = column.type
    if isinstance(kind, types.Moment):
        return _moments(values, sqlite)
    if isinstance(kind, sa.Date):
        return np.array([dt.date.fromisoformat(v) if isinstance(v, str) else v for v in values], dtype=object)
    if isinstance(kind, sa.Boolean):
        return pd.array(list(values), dtype="boolean") if column.nullable else np.array(values, dtype=bool)
    if isinstance(kind, (sa.Integer, types.Whole)):
        return pd.array(list(values), dtype="Int64") if column.nullable else np.array(values, dtype="int64")
    if isinstance(kind, sa.Double):
        return np.array(values, dtype="float64")
    if column.nullable:
        return np.array(values, dtype=object)
    return pd.Series(list(values), dtype=str).array


def _shapes(
    table: sa.Table, column: sa.Column[Any], rows: Sequence[int], values: Sequence[bytes | None], sqlite: bool
) -> Any:
    kind = column.type
    assert isinstance(kind, types.Shape)  # for mypy: asked before
    try:
        geometries = blob.decode_all(values) if sqlite else _from_wkb(values)
    except soundness.UNREADABLE:
        soundness.demand(table, column, rows, values)
        raise
    if not soundness.are_places(geometries, kind.kind):
        soundness.demand(table, column, rows, geometries)
    geometries[shapely.is_missing(geometries)] = kind.empty
    return geometries


def _from_wkb(values: Sequence[bytes | None]) -> Any:
    wkb = np.empty(len(values), dtype=object)
    wkb[:] = values
    return shapely.from_wkb(wkb)


def _moments(values: Sequence[Any], sqlite: bool) -> Any:
    objects = pd.Series(list(values), dtype=object)
    moments = pd.to_datetime(objects, utc=True, format="ISO8601") if sqlite else pd.to_datetime(objects, utc=True)
    return moments.dt.as_unit("ms").array
