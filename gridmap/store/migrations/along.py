"""0006: triggers that take along what belongs to a row another program deletes."""

from __future__ import annotations

import sqlalchemy as sa

from gridmap.store.backend import Backend


def apply(connection: sa.Connection, backend: Backend) -> None:
    """Do nothing: triggers are made anew after the last step, and this is one."""
