"""Column types that keep the same values on GeoPackage and on PostgreSQL."""

# The methods are SQLAlchemy's hooks, documented there.
# ruff: noqa: D102, ARG002

from __future__ import annotations

import datetime as dt
import operator
from collections.abc import Callable
from enum import StrEnum
from typing import Any

import shapely
import sqlalchemy as sa
from sqlalchemy.engine import Dialect
from sqlalchemy.types import TypeDecorator, TypeEngine, UserDefinedType

from gridmap import errors, privacy
from gridmap.store import blob

_UTC = dt.UTC
_BEYOND = 2**63
_EMPTY = {shape.__name__: shape() for shape in (shapely.Point, shapely.LineString, shapely.MultiPolygon)}


class Words(TypeDecorator[str]):
    """Text of at most ``length`` characters: ``TEXT(n)`` in a GeoPackage, ``VARCHAR(n)`` in PostgreSQL.

    Raises
    ------
    errors.InputError
        On writing a longer text, or one that holds a NUL, which PostgreSQL cannot keep.
    """

    impl = sa.String
    cache_ok = True

    def __init__(self, length: int, column: str) -> None:
        super().__init__(length)
        self.length = length
        self.column = column

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[Any]:
        chosen = sa.Text(self.length) if dialect.name == "sqlite" else sa.String(self.length)
        return dialect.type_descriptor(chosen)

    def process_bind_param(self, value: str | None, dialect: Dialect) -> str | None:
        if value is None:
            return None
        if not isinstance(value, str):
            raise TypeError(f"{self.column} takes text, not {type(value).__name__}")
        if len(value) > self.length:
            raise errors.InputError("store_too_long", column=self.column, n=len(value), allowed=self.length)
        if "\0" in value:
            raise errors.InputError("store_nul", column=self.column)
        return value


class FreeWords(Words):
    """What people write as they like. An identity number in it is never kept: stars are written in its place."""

    cache_ok = True

    def process_bind_param(self, value: str | None, dialect: Dialect) -> str | None:
        return super().process_bind_param(privacy.mask_identity(value) if isinstance(value, str) else value, dialect)


class SealedWords(Words):
    """Text that only the office's key opens: whatever reads the database sees ciphertext, and so does the history.

    Raises
    ------
    ValueError
        On writing a text that is not sealed: a fault of the program. The text is not repeated.
    """

    cache_ok = True

    def process_bind_param(self, value: str | None, dialect: Dialect) -> str | None:
        if value is not None and not privacy.looks_sealed(value):
            raise ValueError(f"{self.column} takes sealed text only")
        return super().process_bind_param(value, dialect)


class Whole(TypeDecorator[int]):
    """A whole number of 64 bits: ``INTEGER`` in a GeoPackage, ``BIGINT`` in PostgreSQL.

    Raises
    ------
    TypeError
        On writing anything else: SQLite would keep it as it is, PostgreSQL would round it.
    errors.InputError
        On writing a larger number.
    """

    impl = sa.BigInteger
    cache_ok = True

    def __init__(self, column: str) -> None:
        super().__init__()
        self.column = column

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[Any]:
        return dialect.type_descriptor(sa.Integer() if dialect.name == "sqlite" else sa.BigInteger())

    def process_bind_param(self, value: int | None, dialect: Dialect) -> int | None:
        if value is None:
            return None
        if isinstance(value, (bool, float)):
            raise TypeError(f"{self.column} takes a whole number, not {value!r}")
        whole = operator.index(value)  # numpy has whole numbers of its own
        if not -_BEYOND <= whole < _BEYOND:
            raise errors.InputError("store_too_large", column=self.column, value=f"{whole:.3g}")
        return whole


class Choice(TypeDecorator[StrEnum]):
    """A member of an enumeration, kept as its value."""

    impl = sa.String
    cache_ok = True

    def __init__(self, choices: type[StrEnum], column: str) -> None:
        super().__init__(32)
        self.choices = choices
        self.column = column

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[Any]:
        return dialect.type_descriptor(sa.Text(32) if dialect.name == "sqlite" else sa.String(32))

    def process_bind_param(self, value: StrEnum | str | None, dialect: Dialect) -> str | None:
        return None if value is None else self.choices(value).value

    def process_result_value(self, value: str | None, dialect: Dialect) -> StrEnum | None:
        if value is None:
            return None
        # What only another program can have written is named, with its row, by ``store.soundness``.
        return self.choices(value)


class _GpkgDateTime(UserDefinedType[str]):
    cache_ok = True

    def get_col_spec(self, **_: Any) -> str:
        return "DATETIME"


class Moment(TypeDecorator[dt.datetime]):
    """A moment, to the millisecond, always in UTC: ``...Z`` in a GeoPackage, ``timestamptz`` in PostgreSQL.

    Raises
    ------
    ValueError
        On writing a moment that has no time zone.
    """

    impl = sa.DateTime
    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[Any]:
        chosen = _GpkgDateTime() if dialect.name == "sqlite" else sa.DateTime(timezone=True)
        return dialect.type_descriptor(chosen)

    def process_bind_param(self, value: dt.datetime | None, dialect: Dialect) -> Any:
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError(f"the moment {value.isoformat()} has no time zone; give it one before it is kept")
        utc = value.astimezone(_UTC)
        if dialect.name == "sqlite":
            return utc.isoformat(timespec="milliseconds").replace("+00:00", "Z")
        return utc.replace(microsecond=utc.microsecond // 1000 * 1000)

    def process_result_value(self, value: Any, dialect: Dialect) -> dt.datetime | None:
        if value is None:
            return None
        moment: dt.datetime = dt.datetime.fromisoformat(value) if isinstance(value, str) else value
        return moment.replace(tzinfo=_UTC) if moment.tzinfo is None else moment.astimezone(_UTC)


class _GpkgGeometry(UserDefinedType[bytes]):
    cache_ok = True

    def __init__(self, kind: str) -> None:
        self.kind = kind

    def get_col_spec(self, **_: Any) -> str:
        return self.kind.upper()


class _PostgisGeometry(UserDefinedType[bytes]):
    cache_ok = True

    def __init__(self, kind: str) -> None:
        self.kind = kind

    def get_col_spec(self, **_: Any) -> str:
        return f"geometry({self.kind},{blob.SRS_ID})"

    def bind_expression(self, bindvalue: sa.BindParameter[Any]) -> sa.ColumnElement[Any]:
        return sa.func.ST_GeomFromWKB(bindvalue, sa.literal_column(str(blob.SRS_ID)), type_=self)


class Shape(TypeDecorator[shapely.Geometry]):
    """A geometry of one kind in EPSG:4326: GeoPackage's binary, or PostGIS's ``geometry``.

    An empty geometry is kept as NULL: that is how other programs know a place that is not known, and GDAL 3.6's
    validator takes the standard's mark of an empty geometry for a fault.

    Raises
    ------
    ValueError
        On writing None (an unknown location is an empty geometry) or a geometry of another kind.
    """

    impl = sa.LargeBinary
    cache_ok = True

    def __init__(self, kind: str) -> None:
        super().__init__()
        self.kind = kind

    @property
    def empty(self) -> shapely.Geometry:
        """The geometry that stands for a place that is not known."""
        return _EMPTY[self.kind]

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[Any]:
        chosen = _GpkgGeometry(self.kind) if dialect.name == "sqlite" else _PostgisGeometry(self.kind)
        return dialect.type_descriptor(chosen)

    def column_expression(self, column: sa.ColumnElement[Any]) -> sa.ColumnElement[Any]:
        # Here and not on the PostGIS type, whose answer would pass by ``process_result_value``.
        if isinstance(self.impl_instance, _PostgisGeometry):
            return sa.func.ST_AsBinary(column, type_=self)
        return column

    def process_bind_param(self, value: shapely.Geometry | None, dialect: Dialect) -> bytes | None:
        if value is None:
            raise ValueError("a location is never None; one that is not known is an empty geometry")
        if value.geom_type != self.kind:
            raise ValueError(f"this column holds a {self.kind}, not a {value.geom_type}")
        if shapely.is_empty(value):
            return None
        if dialect.name == "sqlite":
            return blob.encode(value)
        wkb: bytes = shapely.to_wkb(value, output_dimension=2)
        return wkb

    def process_result_value(self, value: bytes | None, dialect: Dialect) -> shapely.Geometry:
        if value is None:
            return self.empty
        read: Callable[[bytes], shapely.Geometry] = blob.decode if dialect.name == "sqlite" else shapely.from_wkb
        return read(value)
