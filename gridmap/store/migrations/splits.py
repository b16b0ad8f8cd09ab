"""0015: splits of communities, with what it takes to undo them."""

from __future__ import annotations

import sqlalchemy as sa

from gridmap import model
from gridmap.store import tables
from gridmap.store.backend import Backend


def apply(connection: sa.Connection, backend: Backend) -> None:
    """Add the table that an older store lacks."""
    there = set(sa.inspect(connection).get_table_names())
    if tables.name(model.CommunitySplit) not in there:
        backend.add_tables(connection, [tables.of()[model.CommunitySplit]])
