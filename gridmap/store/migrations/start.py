"""0001: all tables."""

from __future__ import annotations

import sqlalchemy as sa

from gridmap.store.backend import Backend


def apply(connection: sa.Connection, backend: Backend) -> None:
    """Make all tables in an empty database."""
    backend.lay_out(connection)
