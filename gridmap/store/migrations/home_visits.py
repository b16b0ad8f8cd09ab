"""0025: a log of what the desk has handled at home."""

from __future__ import annotations

import sqlalchemy as sa

from gridmap import model
from gridmap.store import tables
from gridmap.store.backend import Backend


def apply(connection: sa.Connection, backend: Backend) -> None:
    """Add the table that an older store lacks."""
    if tables.name(model.HomeVisit) not in set(sa.inspect(connection).get_table_names()):
        backend.add_tables(connection, [tables.of()[model.HomeVisit]])
