"""Sessions for tests: begun in the store itself, as the form of sign-in would begin them."""

from __future__ import annotations

import datetime as dt
import hashlib
import secrets
from collections.abc import Collection
from pathlib import Path

from gridmap import model
from gridmap.model import Role
from gridmap.store import open_store

_COMMUNITY = {Role.SECRETARY, Role.GRID_LEADER, Role.GRID_WORKER, Role.DESK, Role.VIEWER}


def begin(
    path: Path,
    role: Role = Role.SECRETARY,
    *,
    community_id: int | None = 1,
    street_id: int = 1,
    grids: Collection[int] = (),
) -> str:
    """Make an account of this role, which leads these grids, and return the token of its session."""
    token = secrets.token_urlsafe(16)
    now = dt.datetime.now(dt.UTC)
    store = open_store(str(path))
    try:
        with store.write() as session:
            staff_id = None
            if grids:
                member = model.Staff(community_id=community_id, name="测试员", post=model.PostKind.GRID_WORKER)
                session.add(member)
                session.flush()
                staff_id = member.id
                for grid in grids:
                    session.get_one(model.Grid, grid).leader_id = staff_id
            account = model.Account(
                name=f"test-{token.casefold()}",
                display="",
                role=role,
                password_hash="no hash",
                street_id=street_id if role == Role.STREET_LEADER else None,
                community_id=community_id if role in _COMMUNITY else None,
                staff_id=staff_id,
            )
            session.add(account)
            session.flush()
            assert account.id is not None
            session.add(
                model.Session(
                    account_id=account.id,
                    token_hash=hashlib.sha256(token.encode()).hexdigest(),
                    created_at=now,
                    seen_at=now,
                    expires_at=now + dt.timedelta(hours=1),
                )
            )
    finally:
        store.close()
    return token
