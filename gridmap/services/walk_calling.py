"""Calls a planned walk off, and takes that back: it stays in the list, and in the review, as called off."""

from __future__ import annotations

import datetime as dt

import pandas as pd
import sqlalchemy as sa

from gridmap import model
from gridmap.access import Actor
from gridmap.errors import Conflict, InputError, NotFound
from gridmap.model import StopOutcome, WalkState
from gridmap.services import audit, walk_keeping, walk_staff, writing_pace
from gridmap.services.community_data import CommunityData
from gridmap.store import Store


def call_off(
    store: Store, actor: Actor, data: CommunityData, number: int, *, now: dt.datetime, address: str = ""
) -> None:
    """Call a planned walk off.

    Parameters
    ----------
    store, actor, data
        The store, who does it, the community.
    number
        The walk.
    now, address
        For the audit.

    Raises
    ------
    NotFound
        If there is no such walk.
    Forbidden
        If ``actor`` may not plan walks where it leads.
    Conflict
        If it has been walked, or called off, meanwhile.
    """
    _change(store, actor, data, number, WalkState.PLANNED, WalkState.CANCELLED, now=now, address=address)


def restore(
    store: Store, actor: Actor, data: CommunityData, number: int, *, now: dt.datetime, address: str = ""
) -> None:
    """Take back that a walk was called off; parameters and faults as of `call_off`.

    Raises
    ------
    InputError
        If somebody who was to go walks elsewhere in that half day by now.
    """
    _change(store, actor, data, number, WalkState.CANCELLED, WalkState.PLANNED, now=now, address=address)


def may_change(data: CommunityData, number: int) -> bool:
    """Whether a walk lies ahead or is of today, and nothing of it is recorded yet."""
    row = data.walks.loc[number]
    begun = data.stops[(data.stops["walk_id"] == number) & (data.stops["outcome"] != StopOutcome.PENDING.value)]
    return bool(row["state"] != WalkState.DONE.value and begun.empty and row["day"] >= data.day)


def _change(
    store: Store,
    actor: Actor,
    data: CommunityData,
    number: int,
    before: WalkState,
    after: WalkState,
    *,
    now: dt.datetime,
    address: str,
) -> None:
    with store.write() as session:
        writing_pace.demand(session, actor, now)
        row = session.get(model.Walk, number, with_for_update=True)
        if row is None or row.community_id != data.community.id:
            raise NotFound("walks_missing", number=str(number))
        of, walker = sa.inspect(model.Stop).c, sa.inspect(model.Walker).c
        stops = session.execute(sa.select(of.building_id, of.outcome).where(of.walk_id == number)).all()
        if row.state != before or any(outcome != StopOutcome.PENDING for _, outcome in stops):
            raise Conflict("walks_begun", day=row.day.isoformat())
        grids = data.buildings["grid_id"]
        led_through = {grids.get(building) for building, _ in stops if building is not None}
        mine = {None if pd.isna(grid) else int(grid) for grid in led_through}
        walk_keeping.demand(actor, data, {row.grid_id} if row.grid_id is not None else mine or {None})
        if after == WalkState.PLANNED:
            staff = set(session.scalars(sa.select(walker.staff_id).where(walker.walk_id == number)))
            busy = staff & walk_staff.busy(session, row.community_id, row.day, row.half)
            if busy:
                names = [str(data.staff["name"].get(one, one)) for one in sorted(busy)]
                raise InputError("walks_staff_busy", names=names, day=row.day.isoformat())
        row.state = after
        audit.record(
            session,
            actor,
            "walk_called_off" if after == WalkState.CANCELLED else "walk_restored",
            target=f"{row.day.isoformat()} {row.half}",
            target_id=number,
            community_id=row.community_id,
            address=address,
            now=now,
        )
