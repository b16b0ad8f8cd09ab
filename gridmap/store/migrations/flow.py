"""0010: how issues go on: in whose hands they are, further voices, links, calls, photos; the community's catalogues."""

from __future__ import annotations

from collections.abc import Mapping

import sqlalchemy as sa

from gridmap import model
from gridmap.store import tables
from gridmap.store.backend import Backend
from gridmap.store.migrations import columns

_ADDED = (model.IssueVoice, model.IssueLink, model.IssueCall, model.CatalogueEntry, model.CalendarLink)
_COLUMNS: Mapping[type[model.Row], tuple[str, ...]] = {
    model.Issue: (
        *("assignee_id", "department", "parent_id", "merged_into_id", "position_accuracy_m", "caller_digest", "spot"),
    ),
    model.IssueEvent: ("action", "assignee_id", "department", "due_at", "client_id"),
    model.Photo: ("stage", "event_id", "width", "height", "client_id"),
}


def apply(connection: sa.Connection, backend: Backend) -> None:
    """Add the tables, columns and indices that an older store lacks."""
    there = set(sa.inspect(connection).get_table_names())
    backend.add_tables(connection, [tables.of()[cls] for cls in _ADDED if tables.name(cls) not in there])
    columns.add(connection, _COLUMNS)
