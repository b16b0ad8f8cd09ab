"""0014: planned walks say when, why and what they are worth; what people have said about visits to come."""

from __future__ import annotations

from collections.abc import Mapping

import sqlalchemy as sa

from gridmap import model
from gridmap.store import tables
from gridmap.store.backend import Backend
from gridmap.store.migrations import columns

_COLUMNS: Mapping[type[model.Row], tuple[str, ...]] = {
    model.Walk: ("start_at", "end_at", "prize", "plan", "asked"),
    model.Stop: ("service_point_id", "issue_id", "why", "must", "locked", "minutes", "prize", "walk_m"),
}


def apply(connection: sa.Connection, backend: Backend) -> None:
    """Add the table and the columns that an older store lacks."""
    if tables.name(model.VisitWish) not in sa.inspect(connection).get_table_names():
        backend.add_tables(connection, [tables.of()[model.VisitWish]])
    columns.add(connection, _COLUMNS)
