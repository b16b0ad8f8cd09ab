"""Rows as tables of pandas and geopandas, read without making an object of each row."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
import sqlalchemy as sa

from gridmap.store import blob, tables, types


def read(connection: sa.Connection, table: sa.Table, where: Sequence[sa.ColumnElement[bool]]) -> Any:
    """Return the rows of ``table`` that satisfy ``where``, by ascending id.

    Returns
    -------
    A GeoDataFrame in EPSG:4326, or a DataFrame where the table has no geometry; the index is ``id``.
    """
    sqlite = connection.dialect.name == "sqlite"
    # Untyped: the values are turned column by column, not one by one.
    wanted: list[sa.ColumnElement[Any]] = [sa.literal_column(_expression(column, sqlite)) for column in table.c]
    rows = connection.execute(sa.select(*wanted).select_from(table).where(*where).order_by(table.c.id)).fetchall()
    values = list(zip(*rows, strict=True)) if rows else [()] * len(wanted)
    columns = {column.name: _column(column, kept, sqlite) for column, kept in zip(table.c, values, strict=True)}
    index = pd.Index(columns.pop("id"), name="id", dtype="int64")
    if tables.geometry(table) is None:
        return pd.DataFrame(columns, index=index)
    return gpd.GeoDataFrame(columns, index=index, geometry="geom", crs=f"EPSG:{blob.SRS_ID}")


def _expression(column: sa.Column[Any], sqlite: bool) -> str:
    quoted = f'"{column.name}"'
    return f"ST_AsBinary({quoted})" if isinstance(column.type, types.Shape) and not sqlite else quoted


def _column(column: sa.Column[Any], values: Sequence[Any], sqlite: bool) -> Any:
    kind = column.type
    if isinstance(kind, types.Shape):
        return _geometries(values, kind, sqlite)
    if isinstance(kind, types.Moment):
        return _moments(values, sqlite)
    if isinstance(kind, sa.Date):
        return np.array([dt.date.fromisoformat(v) if isinstance(v, str) else v for v in values], dtype=object)
    if isinstance(kind, sa.Boolean):
        return np.array(values, dtype=bool)
    if isinstance(kind, sa.Integer):
        return pd.array(list(values), dtype="Int64") if column.nullable else np.array(values, dtype="int64")
    if isinstance(kind, sa.Double):
        return np.array(values, dtype="float64")
    if column.nullable:
        return np.array(values, dtype=object)
    return pd.Series(list(values), dtype=str).array


def _geometries(values: Sequence[bytes | None], kind: types.Shape, sqlite: bool) -> Any:
    if sqlite:
        geometries = blob.decode_all(values)
    else:
        wkb = np.empty(len(values), dtype=object)
        wkb[:] = values
        geometries = shapely.from_wkb(wkb)
    geometries[shapely.is_missing(geometries)] = kind.empty
    return geometries


def _moments(values: Sequence[Any], sqlite: bool) -> Any:
    objects = pd.Series(list(values), dtype=object)
    moments = pd.to_datetime(objects, utc=True, format="ISO8601") if sqlite else pd.to_datetime(objects, utc=True)
    return moments.dt.as_unit("ms").array
