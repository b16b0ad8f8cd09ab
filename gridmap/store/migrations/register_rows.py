"""0017: teams with persons and buildings, rooms and their weeks, receptions as held, steps and voices of projects."""

from __future__ import annotations

from collections.abc import Mapping

import sqlalchemy as sa

from gridmap import model
from gridmap.store import tables
from gridmap.store.backend import Backend
from gridmap.store.migrations import columns

_ADDED = (
    model.TeamBuilding,
    model.WeeklyActivity,
    model.RoomBooking,
    model.ReceptionDay,
    model.IssueOrigin,
    model.ProjectMilestone,
    model.ProjectOpinion,
    model.ProjectPhoto,
)
_COLUMNS: Mapping[type[model.Row], tuple[str, ...]] = {
    model.ServicePoint: ("tenure", "rent_yuan", "tenure_until"),
    model.TeamMember: ("person", "phone"),
    model.Project: ("done_on",),
}


def apply(connection: sa.Connection, backend: Backend) -> None:
    """Add the tables and columns that an older store lacks."""
    there = set(sa.inspect(connection).get_table_names())
    backend.add_tables(connection, [tables.of()[cls] for cls in _ADDED if tables.name(cls) not in there])
    columns.add(connection, _COLUMNS)
