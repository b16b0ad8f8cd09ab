"""0005: the bin, drafts, and what a device called an issue."""

from __future__ import annotations

import sqlalchemy as sa

from gridmap import model
from gridmap.store import tables
from gridmap.store.backend import Backend

_ADDED = (model.BinEntry, model.Draft)


def apply(connection: sa.Connection, backend: Backend) -> None:
    """Make the tables and the column that an older store lacks."""
    there = set(sa.inspect(connection).get_table_names())
    backend.add_tables(connection, [tables.of()[cls] for cls in _ADDED if tables.name(cls) not in there])
    issue = tables.of()[model.Issue]
    if "client_id" not in _columns(connection, issue.name):
        kind = issue.c.client_id.type.compile(connection.dialect)
        connection.exec_driver_sql(f"ALTER TABLE {issue.name} ADD COLUMN client_id {kind}")
        unique = next(index for index in issue.indexes if index.unique and "client_id" in index.columns)
        unique.create(connection)


def _columns(connection: sa.Connection, table: str) -> set[str]:
    # SQLAlchemy's own look at a table stumbles over its geometry.
    if connection.dialect.name == "sqlite":
        asked = sa.text("SELECT name FROM pragma_table_info(:t)")
    else:
        asked = sa.text(
            "SELECT column_name FROM information_schema.columns "
            "WHERE table_schema = current_schema() AND table_name = :t"
        )
    return set(connection.scalars(asked, {"t": table}))
