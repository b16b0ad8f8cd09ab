"""A store of each kind with a community, its staff and its grids, to try accounts on."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from gridmap import access, model
from gridmap.services import account_admin
from gridmap.store import Store

NOON = dt.datetime(2026, 11, 20, 4, 0, tzinfo=dt.UTC)
PASSWORD = "korrekt pferd heft"


@dataclass(frozen=True)
class Office:
    """A community and the store it is in; grid ``led`` is led by staff number ``leader``."""

    store: Store
    street: int
    community: int
    leader: int
    led: int

    def account(self, name: str = "li", role: model.Role = model.Role.SECRETARY) -> model.Account:
        """Make an account with `PASSWORD`."""
        return account_admin.create(
            self.store, None, name, role=role, password=PASSWORD, **self.place(role), must_change=False
        )

    def actor(self, role: model.Role, *, community: int | None = None) -> access.Actor:
        """Somebody of this role who is signed in, here or in another community."""
        place = self.place(role) | ({"community_id": community} if community is not None else {})
        return access.Actor(
            account_id=0,
            name="somebody",
            role=role,
            street_id=place.get("street_id"),
            community_id=place.get("community_id"),
            grid_ids=frozenset(),
            session_id=0,
        )

    def place(self, role: model.Role) -> dict[str, int]:
        """Where somebody with this role works."""
        if role == model.Role.ADMINISTRATOR:
            return {}
        return {"street_id": self.street} if role == model.Role.STREET_LEADER else {"community_id": self.community}


def furnish(store: Store, *, synthetic: bool = True) -> Office:
    """Put a street, a community with two grids, and one member of staff into ``store``."""
    with store.write() as session:
        session.add(street := model.Street(code="1", name="模拟街道"))
        session.flush()
        session.add(community := model.Community(street_id=street.id, code="1", name="模拟社区", synthetic=synthetic))
        session.flush()
        session.add(leader := model.Staff(community_id=community.id, name="乙一", post=model.PostKind.GRID_LEADER))
        old = model.GridVersion(community_id=community.id, valid_from=dt.date(2025, 1, 1), valid_to=dt.date(2026, 1, 1))
        session.add_all([old, now := model.GridVersion(community_id=community.id, valid_from=dt.date(2026, 1, 1))])
        session.flush()
        made = [
            model.Grid(
                community_id=community.id, version_id=version, code=code, name=code, colour="red", letter="A",
                leader_id=leader_id,
            )
            for version, code, leader_id in ((old.id, "0", leader.id), (now.id, "1", leader.id), (now.id, "2", None))
        ]  # fmt: skip
        session.add_all(made)
    return Office(store, street.id, community.id, leader.id, made[1].id)
