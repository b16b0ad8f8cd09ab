"""0009: scenarios, plans that are kept before anything is done."""

from __future__ import annotations

import sqlalchemy as sa

from gridmap import model
from gridmap.store import tables
from gridmap.store.backend import Backend


def apply(connection: sa.Connection, backend: Backend) -> None:
    """Add the table that an older store lacks."""
    there = set(sa.inspect(connection).get_table_names())
    if tables.name(model.Scenario) not in there:
        backend.add_tables(connection, [tables.of()[model.Scenario]])
