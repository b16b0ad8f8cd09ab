"""0013: rotas that are kept and published, wishes, and where residents read of receptions."""

from __future__ import annotations

import sqlalchemy as sa

from gridmap import model
from gridmap.store import tables
from gridmap.store.backend import Backend

_ADDED = (model.WeekRota, model.RotaDuty, model.RotaStep, model.RotaWish, model.ReceptionFeed)


def apply(connection: sa.Connection, backend: Backend) -> None:
    """Add the tables that an older store lacks."""
    there = set(sa.inspect(connection).get_table_names())
    backend.add_tables(connection, [tables.of()[cls] for cls in _ADDED if tables.name(cls) not in there])
