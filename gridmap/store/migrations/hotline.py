"""0011: answers handed to the hotline's platform, and orders that count in no rate."""

from __future__ import annotations

import sqlalchemy as sa

from gridmap import model
from gridmap.store import tables
from gridmap.store.backend import Backend
from gridmap.store.migrations import columns


def apply(connection: sa.Connection, backend: Backend) -> None:
    """Add the table and the column that an older store lacks."""
    if tables.name(model.HotlineAnswer) not in set(sa.inspect(connection).get_table_names()):
        backend.add_tables(connection, [tables.of()[model.HotlineAnswer]])
    columns.add(connection, {model.Issue: ("struck_out",)})
