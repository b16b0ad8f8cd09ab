"""Scenarios: plans for the next service points that are kept, compared with today, and adopted in one act."""

from __future__ import annotations

import dataclasses
import datetime as dt
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import shapely
import sqlalchemy as sa
from sqlalchemy.orm import Session

from gridmap import access, model
from gridmap.access import Action, Actor
from gridmap.errors import InputError, NotFound
from gridmap.services import (
    audit,
    record_kinds,
    record_rows,
    records,
    recycle_bin,
    scenario_changes,
    siting_plan,
    writing_pace,
)
from gridmap.services.community_data import CommunityData
from gridmap.services.siting_places import Candidate
from gridmap.store import Store

_LONGEST_NAME = 100


@dataclass(frozen=True, kw_only=True)
class Scenario:
    """A plan that is kept.

    Parameters
    ----------
    number, name
        Its id and its name, each once in a community.
    kind, objective
        What was asked.
    walk_m
        Longest walk that counts as covered, in metres.
    straight, capacity, room
        How distance and room count, as in `siting_plan.Wish`.
    places, gains
        Where new ones would stand, and the households that each brings.
    closed
        Numbers of the points that would be closed.
    value, bound, status
        What it came to when it was made.
    at, by
        When it was kept, and by whom.
    adopted_at
        When its points were added; None while they are not.
    added, binned
        Numbers of the points added, and of the bin's entries of those closed.
    base
        What it was worked out on: see `scenario_changes`. Empty for one kept before that was noted.
    """

    number: int
    name: str
    kind: str
    objective: str
    walk_m: float
    straight: bool
    capacity: bool
    room: int
    places: tuple[Candidate, ...]
    gains: tuple[int, ...]
    closed: tuple[int, ...]
    value: float
    bound: float | None
    status: str
    at: dt.datetime
    by: str
    adopted_at: dt.datetime | None
    added: tuple[int, ...] = ()
    binned: tuple[int, ...] = ()
    base: Mapping[str, Any] = field(default_factory=dict, hash=False)


def save(
    store: Store,
    actor: Actor,
    data: CommunityData,
    made: siting_plan.Plan,
    wish: siting_plan.Wish,
    name: str,
    *,
    now: dt.datetime,
    address: str = "",
) -> Scenario:
    """Keep a plan under a name.

    Raises
    ------
    Forbidden
        If ``actor`` may not change service points in the community.
    InputError
        If the plan has no answer, or the name is empty, too long or taken.
    """
    records.demand_somewhere(actor, Action.EDIT_POINTS, data)
    title = " ".join(name.split())
    if not title or len(title) > _LONGEST_NAME:
        raise InputError("scenario_name", n=_LONGEST_NAME)
    if made.answer.value is None:
        raise InputError("scenario_no_answer")
    bound = made.answer.bound
    content = {
        "walk_m": made.reach_m,
        "straight": wish.straight,
        "capacity": wish.capacity,
        "room": wish.room,
        "places": [dataclasses.asdict(one.place) for one in made.chosen],
        "gains": [one.gain_households for one in made.chosen],
        "closed": list(made.closed),
        "value": made.answer.value,
        "bound": bound if bound is not None and abs(bound) < float("inf") else None,
        "status": str(made.answer.status),
        "added": [],
        "binned": [],
        "base": scenario_changes.base(data, made),
    }
    community_id = int(data.community.id or 0)
    with store.write() as session:
        writing_pace.demand(session, actor, now)
        if session.scalars(_of(community_id).where(sa.inspect(model.Scenario).c.name == title)).first() is not None:
            raise InputError("scenario_taken", name=title)
        row = model.Scenario(
            community_id=community_id,
            kind=made.kind,
            name=title,
            objective=str(made.answer.asked.objective),
            at=now,
            account_id=actor.account_id,
            account_name=actor.display or actor.name,
            content=json.dumps(content, ensure_ascii=False),
        )
        session.add(row)
        session.flush()
        _note(session, actor, data, "scenario_saved", row, now, address)
        return _scenario(row)


def listed(store: Store, actor: Actor, data: CommunityData) -> list[Scenario]:
    """Return the scenarios of a community, the newest first.

    Raises
    ------
    Forbidden
        If ``actor`` may not see the community's figures.
    """
    _demand_sight(actor, data)
    return every(store, int(data.community.id or 0))


def every(store: Store, community_id: int) -> list[Scenario]:
    """Return the scenarios of a community, the newest first, whoever asks."""
    order = sa.inspect(model.Scenario).c
    with store.read() as session:
        found = session.scalars(_of(community_id).order_by(order.at.desc(), order.id.desc()))
        return [_scenario(row) for row in found]


def read(store: Store, actor: Actor, data: CommunityData, number: int) -> Scenario:
    """Return one scenario.

    Raises
    ------
    Forbidden, NotFound
    """
    _demand_sight(actor, data)
    with store.read() as session:
        return _scenario(_row(session, data, number))


def delete(
    store: Store, actor: Actor, data: CommunityData, number: int, *, now: dt.datetime, address: str = ""
) -> None:
    """Drop a scenario; points that were added by it stay.

    Raises
    ------
    Forbidden, NotFound
    """
    records.demand_somewhere(actor, Action.EDIT_POINTS, data)
    with store.write() as session:
        row = _row(session, data, number)
        writing_pace.demand(session, actor, now)
        _note(session, actor, data, "scenario_deleted", row, now, address)
        session.delete(row)


def adopt(
    store: Store,
    actor: Actor,
    data: CommunityData,
    number: int,
    *,
    names: Mapping[str, str] | None = None,
    now: dt.datetime,
    address: str = "",
) -> Scenario:
    """Add the points of a scenario and put those that it closes into the bin: all in one transaction, or nothing.

    Parameters
    ----------
    names
        What the new points are called, by candidate; else as the place is.

    Raises
    ------
    Forbidden
        If ``actor`` may not change service points at one of the places.
    InputError
        If it is adopted already, or a point that it closes is gone.
    NotFound
        If there is no such scenario.
    """
    records.demand_somewhere(actor, Action.EDIT_POINTS, data)
    of = record_kinds.kind("points")
    with store.write() as session:
        row = _row(session, data, number)
        kept = _scenario(row)
        if kept.adopted_at is not None:
            raise InputError("scenario_adopted", name=kept.name)
        writing_pace.demand(session, actor, now)
        binned = []
        for point in kept.closed:
            old = session.get(model.ServicePoint, point)
            if old is None or old.community_id != data.community.id:
                raise InputError("scenario_point_gone", name=kept.name)
            seen = record_rows.as_record(of, old, data)
            records.demand(actor, of.action, data, seen.grid_id)
            binned.append(recycle_bin.within(session, actor, data, seen, now=now, address=address))
        added = [_add(session, actor, data, kept, place, names or {}, now, address) for place in kept.places]
        content = {**json.loads(row.content), "added": added, "binned": binned}
        row.content, row.adopted_at = json.dumps(content, ensure_ascii=False), now
        session.flush()
        _note(session, actor, data, "scenario_adopted", row, now, address)
        return _scenario(row)


def withdraw(
    store: Store, actor: Actor, data: CommunityData, number: int, *, now: dt.datetime, address: str = ""
) -> Scenario:
    """Undo the adoption: its points go into the bin, those that it closed come back from there.

    A point that somebody deleted meanwhile, or restored, is left as it is.

    Raises
    ------
    Forbidden, NotFound
    InputError
        If it is not adopted.
    """
    records.demand_somewhere(actor, Action.EDIT_POINTS, data)
    of = record_kinds.kind("points")
    with store.write() as session:
        row = _row(session, data, number)
        kept = _scenario(row)
        if kept.adopted_at is None:
            raise InputError("scenario_not_adopted", name=kept.name)
        writing_pace.demand(session, actor, now)
        for point in kept.added:
            there = session.get(model.ServicePoint, point)
            if there is None or there.community_id != data.community.id:
                continue
            seen = record_rows.as_record(of, there, data)
            records.demand(actor, of.action, data, seen.grid_id)
            recycle_bin.within(session, actor, data, seen, now=now, address=address)
        waiting = [entry for entry in kept.binned if session.get(model.BinEntry, entry) is not None]
        row.content = json.dumps({**json.loads(row.content), "added": [], "binned": []}, ensure_ascii=False)
        row.adopted_at = None
        session.flush()
        _note(session, actor, data, "scenario_withdrawn", row, now, address)
        told = _scenario(row)
    for entry in waiting:
        recycle_bin.restore(store, actor, data, entry, now=now, address=address)
    return told


def _add(
    session: Session,
    actor: Actor,
    data: CommunityData,
    kept: Scenario,
    place: Candidate,
    names: Mapping[str, str],
    now: dt.datetime,
    address: str,
) -> int:
    of = record_kinds.kind("points")
    room = place.room if place.room is not None else kept.room if kept.capacity else None
    known = place.building_id if place.building_id in data.buildings.index else None
    row = model.ServicePoint(
        community_id=int(data.community.id or 0),
        kind=kept.kind,
        name=(names.get(place.id) or place.name)[:_LONGEST_NAME],
        building_id=known,
        capacity_households=room or None,
        host=place.host,
        terms=place.terms,
        geom=shapely.Point(place.lon, place.lat),
    )
    record_rows.settle(row, data, moved=True, housed=known is not None)
    session.add(row)
    session.flush()
    made = record_rows.as_record(of, row, data)
    records.demand(actor, of.action, data, made.grid_id)
    records.note(session, actor, data, "record_added", made, now, address)
    return made.number


def _scenario(row: model.Scenario) -> Scenario:
    content: dict[str, Any] = json.loads(row.content)
    return Scenario(
        number=int(row.id or 0),
        name=row.name,
        kind=row.kind,
        objective=row.objective,
        walk_m=content["walk_m"],
        straight=content["straight"],
        capacity=content["capacity"],
        room=content["room"],
        places=tuple(Candidate(**one) for one in content["places"]),
        gains=tuple(content["gains"]),
        closed=tuple(content["closed"]),
        value=content["value"],
        bound=content["bound"],
        status=content["status"],
        at=row.at,
        by=row.account_name,
        adopted_at=row.adopted_at,
        added=tuple(content["added"]),
        binned=tuple(content["binned"]),
        base=content.get("base", {}),
    )


def _of(community_id: int) -> sa.Select[Any]:
    return sa.select(model.Scenario).where(sa.inspect(model.Scenario).c.community_id == community_id)


def _row(session: Session, data: CommunityData, number: int) -> model.Scenario:
    row = session.get(model.Scenario, number)
    if row is None or row.community_id != data.community.id:
        raise NotFound("scenario_missing", number=str(number))
    return row


def _demand_sight(actor: Actor, data: CommunityData) -> None:
    place = {"street_id": data.community.street_id, "community_id": data.community.id}
    access.demand(actor, Action.SEE_MAP, **place)


def _note(
    session: Session,
    actor: Actor,
    data: CommunityData,
    action: str,
    row: model.Scenario,
    now: dt.datetime,
    address: str,
) -> None:
    audit.record(
        session,
        actor,
        action,
        target=row.name,
        target_id=row.id,
        community_id=data.community.id,
        address=address,
        now=now,
    )
