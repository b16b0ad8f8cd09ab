"""0003: leave, and the links of presentations."""

from __future__ import annotations

import sqlalchemy as sa

from gridmap import model
from gridmap.store import tables
from gridmap.store.backend import Backend

_ADDED = (model.Leave, model.ViewLink)


def apply(connection: sa.Connection, backend: Backend) -> None:
    """Make the tables that a store from before them lacks."""
    there = set(sa.inspect(connection).get_table_names())
    backend.add_tables(connection, [tables.of()[cls] for cls in _ADDED if tables.name(cls) not in there])
