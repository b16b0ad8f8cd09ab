"""Who has to do with a walk: whoever walks it, those who work in its grid, and the secretary."""

from __future__ import annotations

from dataclasses import replace

import pandas as pd
import sqlalchemy as sa
from sqlalchemy.orm import Session

from gridmap import access, model
from gridmap.access import Action, Actor
from gridmap.errors import NotFound
from gridmap.services import record_rows
from gridmap.services.community_data import CommunityData
from gridmap.services.sight import Reach, Sight
from gridmap.store import Store


def walk(session: Session, actor: Actor, community_id: int, walk_id: int, *, alone: bool = False) -> model.Walk:
    """Return a walk that ``actor`` has to do with.

    Parameters
    ----------
    session
        A transaction.
    actor
        Who asks.
    community_id, walk_id
        The walk.
    alone
        Whether it is to be changed, so that nobody else may change it meanwhile.

    Raises
    ------
    errors.NotFound
        If there is no such walk.
    errors.Forbidden
        If it is not theirs.
    """
    found = session.get(model.Walk, walk_id, with_for_update=alone or None)
    if found is None or found.community_id != community_id:
        access.demand_somewhere(actor, Action.RECORD_WALK)
        raise NotFound("walk_missing", number=str(walk_id))
    if not is_walker(session, actor, found):
        street_id = session.get_one(model.Community, community_id).street_id
        place = {"street_id": street_id, "community_id": community_id, "grid_id": found.grid_id}
        access.demand(actor, Action.RECORD_WALK, **place)
    return found


def is_walker(session: Session, actor: Actor, of: model.Walk) -> bool:
    """Whether ``actor`` goes on this walk, and still works in its community."""
    if actor.community_id != of.community_id or access.permission(actor.role, Action.RECORD_WALK) is None:
        return False
    staff_id = record_rows.staff(session, actor)
    column = sa.inspect(model.Walker).c
    mine = sa.select(column.id).where(column.walk_id == of.id, column.staff_id == staff_id)
    return staff_id is not None and session.scalars(mine.limit(1)).first() is not None


def sight(store: Store, actor: Actor, data: CommunityData, walk_id: int) -> Sight:
    """Return what ``actor`` sees on a walk: who walks in another's grid sees there what they see in their own.

    Households in need stay with those who work in the grid.

    Raises
    ------
    errors.NotFound, errors.Forbidden
        As `walk` does.
    """
    with store.read() as session:
        grid_id = walk(session, actor, int(data.community.id or 0), walk_id).grid_id
    seen = Sight.of(actor, data.community)
    if grid_id is None:
        return seen
    here = frozenset({grid_id})

    def also(reach: Reach) -> Reach:
        return None if reach is None else reach | here

    return replace(seen, buildings=also(seen.buildings), issues=also(seen.issues), staff=also(seen.staff))


def mine(store: Store, actor: Actor, data: CommunityData) -> list[int]:
    """Return the planned walks of today and later, and those of today that are done: ``actor``'s own first, by day.

    Raises
    ------
    errors.Forbidden
        If they have to do with no walk at all.
    """
    access.demand_somewhere(actor, Action.RECORD_WALK)
    with store.read() as session:
        staff_id = record_rows.staff(session, actor)
    walks = data.walks[(data.walks["day"] >= data.day) & (data.walks["state"] != model.WalkState.CANCELLED.value)]
    own = set(data.walkers.loc[data.walkers["staff_id"] == staff_id, "walk_id"]) if staff_id is not None else set()
    found = []
    for number, row in walks.iterrows():
        grid = None if pd.isna(row["grid_id"]) else int(row["grid_id"])
        place = {"street_id": data.community.street_id, "community_id": data.community.id, "grid_id": grid}
        if number in own or access.decide(actor, Action.RECORD_WALK, **place).allowed:
            found.append((row["day"], number not in own, row["half"] != model.Half.MORNING.value, int(str(number))))
    return [number for *_, number in sorted(found)]
