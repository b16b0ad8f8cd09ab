"""0007: activities, the fund, imports, and what registers and the hotline's exports say besides."""

from __future__ import annotations

from collections.abc import Mapping

import sqlalchemy as sa

from gridmap import model
from gridmap.store import tables
from gridmap.store.backend import Backend
from gridmap.store.migrations import columns

_ADDED = (model.Activity, model.FundEntry, model.ImportRun, model.ImportProfile)
_COLUMNS: Mapping[type[model.Row], tuple[str, ...]] = {
    model.Building: ("built_year", "lift"),
    model.Staff: ("duties",),
    model.ResidentGroup: ("leader", "phone", "hours", "note"),
    model.Project: ("owner", "address", "building_id"),
    model.Issue: (
        *("order_number", "address", "urgency", "confidential", "channel", "request_type", "hotline_category"),
        *("hotline_state", "hotline_due_at", "handler", "handling", "callback", "note", "received_at"),
        *("dispatched_at", "taken_at", "returned_at", "answered_at", "extended_days", "place_confidence"),
    ),
}


def apply(connection: sa.Connection, backend: Backend) -> None:
    """Add the tables, columns and indices that an older store lacks."""
    there = set(sa.inspect(connection).get_table_names())
    backend.add_tables(connection, [tables.of()[cls] for cls in _ADDED if tables.name(cls) not in there])
    columns.add(connection, _COLUMNS)
