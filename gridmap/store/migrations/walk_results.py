"""0016: what a walk brought home: check-ins and handling of its stops, each record of them, and recorded tracks."""

from __future__ import annotations

import sqlalchemy as sa

from gridmap import model
from gridmap.store import tables
from gridmap.store.backend import Backend
from gridmap.store.migrations import columns

_ADDED = (model.StopRecord, model.WalkTrack)


def apply(connection: sa.Connection, backend: Backend) -> None:
    """Add the tables and columns that an older store lacks."""
    there = set(sa.inspect(connection).get_table_names())
    backend.add_tables(connection, [tables.of()[cls] for cls in _ADDED if tables.name(cls) not in there])
    columns.add(connection, {model.Stop: ("handling", "came_at", "recorded_at")})
