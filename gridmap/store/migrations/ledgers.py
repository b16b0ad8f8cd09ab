"""0018: closings of the fund and counter-entries, help to households in need, premises, matters of the desk."""

from __future__ import annotations

import sqlalchemy as sa

from gridmap import model
from gridmap.store import tables
from gridmap.store.backend import Backend
from gridmap.store.migrations import columns

_ADDED = (model.FundClosing, model.CareHelp, model.Premises, model.DeskMatter)


def apply(connection: sa.Connection, backend: Backend) -> None:
    """Add the tables and the columns that an older store lacks."""
    columns.add(connection, {model.FundEntry: ("grant_use", "corrects_id")})
    there = set(sa.inspect(connection).get_table_names())
    backend.add_tables(connection, [tables.of()[cls] for cls in _ADDED if tables.name(cls) not in there])
