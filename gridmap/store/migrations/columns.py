"""Columns that an older store lacks. A table of a GeoPackage is never rebuilt: they are added at its end."""

from __future__ import annotations

from collections.abc import Mapping

import sqlalchemy as sa
from sqlalchemy.schema import CreateColumn

from gridmap import model
from gridmap.store import tables


def add(connection: sa.Connection, wanted: Mapping[type[model.Row], tuple[str, ...]]) -> None:
    """Add those of the ``wanted`` columns that are not there, with the indices they are part of."""
    for cls, names in wanted.items():
        table = tables.of()[cls]
        known = connection.execute(sa.select(sa.literal_column("*")).select_from(table).where(sa.false())).keys()
        missing = [table.c[name] for name in names if name not in known]
        for column in missing:
            made = CreateColumn(column).compile(dialect=connection.dialect)
            points = "".join(_reference(key) for key in column.foreign_keys)
            connection.exec_driver_sql(f"ALTER TABLE {table.name} ADD COLUMN {made}{points}")
        for index in sorted(table.indexes, key=lambda index: str(index.name)):
            if set(index.columns) & set(missing):
                index.create(connection)


def _reference(key: sa.ForeignKey) -> str:
    target = f"{key.column.table.name} ({key.column.name})"
    return f" REFERENCES {target} ON DELETE {key.ondelete} DEFERRABLE INITIALLY DEFERRED"
