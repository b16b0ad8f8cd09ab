"""Values as they stand in a store: which of them none of our rules would have let in.

Another program (QGIS) writes what it likes: SQLite keeps text in a column of numbers.
"""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import shapely
import sqlalchemy as sa

from gridmap import errors, i18n
from gridmap.store import blob, contents, types

#: What reading a value that is not sound may raise.
UNREADABLE = (ValueError, TypeError, ArithmeticError, LookupError, AttributeError, shapely.errors.ShapelyError)
_WHOLE = (sa.Integer, types.Whole)
# Clocks and time zones are known within these years.
_FIRST_YEAR, _LAST_YEAR = 1900, 2200
# Numbers of things, which are never below zero.
_COUNTED = frozenset({"households", "floors", "units", "capacity_households", "members", "area_m2", "walk_m"})
_LONGEST_SHOWN = 40


@dataclass(frozen=True)
class Unsound:
    """A value that should not stand where it stands.

    Parameters
    ----------
    table, column
        Where.
    row
        Number of the row.
    value
        What stands there, shortened.
    allowed
        What may stand there: a list of values, or the key of words that say it.
    """

    table: str
    column: str
    row: int
    value: str
    allowed: tuple[str, ...] | i18n.Phrase


def look(connection: sa.Connection, table: sa.Table) -> Iterator[Unsound]:
    """Yield all values of ``table`` that are not sound, by row."""
    columns = list(table.c)
    for row in contents.as_they_stand(connection, table):
        for column, value in zip(columns, row, strict=True):
            if not is_sound(column, value):
                yield Unsound(table.name, column.name, int(row[0]), shown(value), allowed(column))


def first(connection: sa.Connection) -> errors.StoreError | None:
    """Return the sentence for the first value of the store that is not sound, None where all are."""
    for table in contents.all_tables():
        if "id" in table.c and (unsound := next(look(connection, table), None)) is not None:
            return refused(unsound)
    return None


def refused(unsound: Unsound) -> errors.StoreError:
    """Return the sentence for a value that cannot be read."""
    return errors.StoreError(
        "store_bad_value",
        table=unsound.table,
        id=str(unsound.row),
        column=unsound.column,
        value=unsound.value,
        allowed=unsound.allowed,
    )


def demand(table: sa.Table, column: sa.Column[Any], rows: Iterable[int], values: Iterable[Any]) -> None:
    """Refuse a column one of whose values is not sound.

    Raises
    ------
    errors.StoreError
        ``store_bad_value``.
    """
    for row, value in zip(rows, values, strict=True):
        if not is_sound(column, value):
            raise refused(Unsound(table.name, column.name, int(row), shown(value), allowed(column)))


def are_sound(column: sa.Column[Any], values: Sequence[Any]) -> bool:
    """Answer whether all ``values`` of a column that holds no geometry are sound: quickly, where it has many rows."""
    kind = column.type
    kinds = set(map(type, values))
    if column.nullable:
        kinds.discard(type(None))
    if isinstance(kind, types.Choice):
        return kinds <= {str} and set(values) <= {None, *(choice.value for choice in kind.choices)}
    if isinstance(kind, types.Words):
        return kinds <= {str}
    if isinstance(kind, _WHOLE):
        return kinds <= {int} and (column.name not in _COUNTED or min(filter(None, values), default=0) >= 0)
    return all(is_sound(column, value) for value in values)


def are_places(geometries: np.ndarray[Any, Any], kind: str) -> bool:
    """Answer whether all geometries are of a kind and lie on the globe; empty and missing ones do."""
    there = geometries[~(shapely.is_missing(geometries) | shapely.is_empty(geometries))]
    bounds = shapely.bounds(there)
    on_globe = (np.abs(bounds) <= (180, 90, 180, 90)).all()  # not so where one is NaN
    return bool(on_globe and (shapely.get_type_id(there) == getattr(shapely.GeometryType, kind.upper())).all())


def is_sound(column: sa.Column[Any], value: Any) -> bool:
    """Answer whether ``value``, as the database gives it, may stand in ``column``."""
    kind = column.type
    if value is None:
        return bool(column.nullable)
    if isinstance(kind, types.Choice):
        return value in {choice.value for choice in kind.choices}
    if isinstance(kind, sa.Boolean):
        return value in (0, 1) and isinstance(value, (int, bool))
    if isinstance(kind, (*_WHOLE, sa.Double)):
        fitting = (int,) if isinstance(kind, _WHOLE) else (int, float)
        known = isinstance(value, fitting) and not isinstance(value, bool) and math.isfinite(value)
        return known and (column.name not in _COUNTED or value >= 0)
    if isinstance(kind, types.Moment):
        return _is_in_time(value, dt.datetime)
    if isinstance(kind, sa.Date):
        return _is_in_time(value, dt.date)
    if isinstance(kind, types.Shape):
        return _is_place(value, kind.kind)
    return isinstance(value, str)


def allowed(column: sa.Column[Any]) -> tuple[str, ...] | i18n.Phrase:
    """Say what may stand in ``column``."""
    kind = column.type
    if isinstance(kind, types.Choice):
        return tuple(str(choice.value) for choice in kind.choices)
    for cls, said in (
        (sa.Boolean, "yes_no"),
        (_WHOLE, "count" if column.name in _COUNTED else "whole"),
        (sa.Double, "measure" if column.name in _COUNTED else "number"),
        (types.Moment, "moment"),
        (sa.Date, "day"),
        (types.Shape, "shape"),
    ):
        if isinstance(kind, cls):
            return i18n.Phrase(f"store.allowed.{said}")
    return i18n.Phrase("store.allowed.text")


def shown(value: Any) -> str:
    """Write a value as it stands so that it can be found, shortened."""
    said = value.hex() if isinstance(value, bytes) else str(value)
    said = said if said.strip() else f"“{said}”"
    return said if len(said) <= _LONGEST_SHOWN else said[:_LONGEST_SHOWN] + "…"


def _is_in_time(value: Any, cls: type[dt.date]) -> bool:
    if isinstance(value, str):
        try:
            value = cls.fromisoformat(value)
        except ValueError:
            return False
    return isinstance(value, dt.date) and _FIRST_YEAR <= value.year <= _LAST_YEAR


def _is_place(value: Any, kind: str) -> bool:
    try:
        geometry = blob.decode(value) if isinstance(value, bytes) else value
    except (ValueError, IndexError, shapely.errors.ShapelyError):
        return False
    # An empty one of another kind is still a place that is not known.
    return isinstance(geometry, shapely.Geometry) and are_places(np.array([geometry], dtype=object), kind)
