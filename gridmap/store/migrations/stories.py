"""0019: presentations that are kept, and links that open one of them and nothing else."""

from __future__ import annotations

import sqlalchemy as sa

from gridmap import model
from gridmap.store import tables
from gridmap.store.backend import Backend
from gridmap.store.migrations import columns


def apply(connection: sa.Connection, backend: Backend) -> None:
    """Add the table and the column that an older store lacks."""
    there = set(sa.inspect(connection).get_table_names())
    if tables.name(model.Story) not in there:
        backend.add_tables(connection, [tables.of()[model.Story]])
    columns.add(connection, {model.ViewLink: ("story",)})
