"""0008: the keys of other programs."""

from __future__ import annotations

import sqlalchemy as sa

from gridmap import model
from gridmap.store import tables
from gridmap.store.backend import Backend


def apply(connection: sa.Connection, backend: Backend) -> None:
    """Make the table that a store from before it lacks."""
    table = tables.of()[model.ApiKey]
    if table.name not in sa.inspect(connection).get_table_names():
        backend.add_tables(connection, [table])
