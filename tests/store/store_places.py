"""A community to try the store with."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from gridmap import model
from gridmap.store import Store

NOON = dt.datetime(2026, 11, 20, 4, 0, tzinfo=dt.UTC)


@dataclass(frozen=True)
class Place:
    """A community and the store it is in."""

    store: Store
    community_id: int


def settle(store: Store, code: str = "001") -> Place:
    """Put a street and a community into ``store``."""
    with store.write() as session:
        street = model.Street(code="610113", name="模拟街道")
        session.add(street)
        session.flush()
        community = model.Community(street_id=street.id, code=code, name="模拟社区", synthetic=True)
        session.add(community)
    return Place(store, community.id)
