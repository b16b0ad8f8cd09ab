"""0004: sealed phones and names, and households that are visited."""

from __future__ import annotations

import sqlalchemy as sa
from sqlalchemy.schema import CreateColumn

from gridmap import model
from gridmap.store import tables
from gridmap.store.backend import Backend

_COLUMNS = ((model.Staff, "phone"), (model.Issue, "contact_name"), (model.Issue, "contact_phone"))


def apply(connection: sa.Connection, backend: Backend) -> None:
    """Add the columns and the table that an older store lacks."""
    look = sa.inspect(connection)
    for cls, name in _COLUMNS:
        table = tables.of()[cls]
        there = connection.execute(sa.select(sa.literal_column("*")).select_from(table).where(sa.false())).keys()
        if name not in there:
            made = CreateColumn(table.c[name]).compile(dialect=connection.dialect)
            connection.exec_driver_sql(f"ALTER TABLE {table.name} ADD COLUMN {made}")
    care = tables.of()[model.CareHousehold]
    if not look.has_table(care.name):
        backend.add_tables(connection, [care])
