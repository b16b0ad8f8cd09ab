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
        theirs = sorted(grids(session, found) & actor.grid_ids)
        grid_id = theirs[0] if theirs else found.grid_id
        access.demand(actor, Action.RECORD_WALK, street_id=street_id, community_id=community_id, grid_id=grid_id)
    return found


def grids(session: Session, of: model.Walk) -> frozenset[int]:
    """Return the grids that a walk leads through: its own, or those of its stops' buildings where it has several."""
    if of.grid_id is not None:
        return frozenset({of.grid_id})
    stop, member = sa.inspect(model.Stop).c, sa.inspect(model.GridBuilding).c
    houses = sa.select(stop.building_id).where(stop.walk_id == of.id, stop.building_id.is_not(None))
    return frozenset(session.scalars(sa.select(member.grid_id).where(member.building_id.in_(houses)).distinct()))


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
        here = grids(session, walk(session, actor, int(data.community.id or 0), walk_id))
    seen = Sight.of(actor, data.community)

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
    grid_of = data.stops["building_id"].map(data.buildings["grid_id"])
    found = []
    for number, row in walks.iterrows():
        led = {row["grid_id"]} if pd.notna(row["grid_id"]) else set(grid_of[data.stops["walk_id"] == number].dropna())
        theirs = sorted({int(grid) for grid in led} & actor.grid_ids)
        place = {"street_id": data.community.street_id, "community_id": data.community.id}
        may = access.decide(actor, Action.RECORD_WALK, grid_id=theirs[0] if theirs else None, **place).allowed
        if number in own or may:
            found.append((row["day"], number not in own, row["half"] != model.Half.MORNING.value, int(str(number))))
    return [number for *_, number in sorted(found)]
