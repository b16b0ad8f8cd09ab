"""Keeps planned walks as rows, drops them, and makes the question anew from what is kept."""

from __future__ import annotations

import datetime as dt
import json
import secrets
from collections import Counter
from collections.abc import Iterable, Sequence
from typing import Any

import pandas as pd
import sqlalchemy as sa
from sqlalchemy.orm import Session

from gridmap import access, model, settings
from gridmap.access import Action, Actor
from gridmap.errors import Conflict, InputError, NotFound
from gridmap.model import Half, StopOutcome, WalkState
from gridmap.planning.visits import Reason, ReasonKind
from gridmap.services import audit, walk_reasons, walk_staff, writing_pace
from gridmap.services.community_data import CommunityData
from gridmap.services.walk_made import Made, Outing, PlannedStop, PlannedWalk, Question
from gridmap.store import Store

_LONGEST_REASON = 500


def keep(
    store: Store,
    actor: Actor | None,
    data: CommunityData,
    made: Made,
    *,
    now: dt.datetime,
    replaces: Sequence[int] = (),
    address: str = "",
) -> tuple[int, ...]:
    """Keep the walks of a plan: a `model.Walk` with `model.Walker` and `model.Stop` rows each, all or nothing.

    Parameters
    ----------
    store, data
        Where.
    actor
        Who keeps them; None for the command line.
    made
        The plan.
    now, address
        For the audit.
    replaces
        Numbers of planned walks that go for it.

    Returns
    -------
    tuple of int
        Numbers of the new walks, in the order of ``made.walks``.

    Raises
    ------
    Forbidden
        If ``actor`` may not plan walks in one of the grids.
    InputError
        If the plan has no walk, or somebody in it walks elsewhere in that half day.
    Conflict
        If one of the walks that are replaced was walked meanwhile.
    """
    if not made.walks:
        raise InputError("walks_nothing_to_keep")
    demand(actor, data, {stop.place.grid_id for one in made.walks for stop in one.stops if stop.key})
    community_id = int(data.community.id or 0)
    token = secrets.token_hex(8)
    with store.write() as session:
        if actor is not None:
            writing_pace.demand(session, actor, now)
        for number in replaces:
            _drop(session, actor, data, number)
        session.flush()
        _demand_free(session, community_id, made)
        rows = []
        for one in made.walks:
            grid_id = _grid_of(one, data)
            row = model.Walk(
                community_id=community_id,
                grid_id=grid_id,
                day=one.day,
                half=one.half,
                walk_m=round(one.walk_m, 1),
                start_at=one.begin,
                end_at=one.end,
                prize=round(one.prize, 3),
                plan=token,
                asked=_asked(made, one),
                geom=one.line,
            )
            session.add(row)
            session.flush()
            rows.append(row)
            for staff in one.staff:
                session.add(model.Walker(community_id=community_id, walk_id=int(row.id or 0), staff_id=staff))
            for seq, stop in enumerate(one.stops, start=1):
                session.add(_row(stop, community_id, int(row.id or 0), seq))
        audit.record(
            session,
            actor,
            "walks_planned",
            target=f"{_when(made)} ×{len(rows)}",
            target_id=rows[0].id,
            community_id=community_id,
            address=address,
            now=now,
        )
        return tuple(int(row.id or 0) for row in rows)


def drop(
    store: Store,
    actor: Actor | None,
    data: CommunityData,
    numbers: Iterable[int],
    *,
    now: dt.datetime,
    address: str = "",
) -> None:
    """Drop planned walks.

    Raises
    ------
    Forbidden, NotFound
    Conflict
        If one of them was walked meanwhile.
    """
    wanted = tuple(numbers)
    with store.write() as session:
        if actor is not None:
            writing_pace.demand(session, actor, now)
        for number in wanted:
            row = _drop(session, actor, data, number)
            audit.record(
                session,
                actor,
                "walk_dropped",
                target=f"{row.day.isoformat()} {row.half}",
                target_id=number,
                community_id=row.community_id,
                address=address,
                now=now,
            )


def asked(data: CommunityData, numbers: Sequence[int]) -> Question:
    """Return the question of kept walks, with the stops as they are in their order, so that nothing moves by itself.

    Parameters
    ----------
    data
        The community.
    numbers
        Numbers of walks of one plan.

    Raises
    ------
    NotFound
        If one is not there, or was not planned by the app.
    """
    told: list[dict[str, Any]] = []
    order: dict[str, tuple[str, ...]] = {}
    outings = []
    for at, number in enumerate(numbers, start=1):
        if number not in data.walks.index or not data.walks.at[number, "asked"]:
            raise NotFound("walks_missing", number=str(number))
        one, row = json.loads(data.walks.at[number, "asked"]), data.walks.loc[number]
        told.append(one)
        order[str(at)] = tuple(key for key in keys(data, number) if key)
        outings.append(
            Outing(
                day=row["day"],
                half=Half(row["half"]),
                staff=tuple(_walkers(data, number)),
                letters=tuple(one.get("own", ())),
                begin=dt.time.fromisoformat(one["begin"]),
                minutes=one["minutes"],
                start=one.get("from", ""),
            )
        )
    first = told[0]
    return Question(
        outings=tuple(outings),
        letters=tuple(first["letters"]),
        start=first["start"],
        finish=first["finish"],
        rest_min=first["rest_min"],
        must=tuple(first["must"]),
        never=tuple(first["never"]),
        order=order,
        seconds=first["seconds"],
        seed=first["seed"],
        straight=first["straight"],
    )


def keys(data: CommunityData, number: int) -> list[str]:
    """Return the keys of a walk's stops in order; "" for a break."""
    stops = data.stops[data.stops["walk_id"] == number].sort_values("seq")
    return [key_of(stop) for _, stop in stops.iterrows()]


def key_of(stop: Any) -> str:
    """Return the key of the place of a stop, from its row."""
    for kind, name in (("point", "service_point_id"), ("building", "building_id"), ("issue", "issue_id")):
        if stop[name] is not None and not pd.isna(stop[name]):
            return f"{kind}:{int(stop[name])}"
    return ""


def reasons(stop: Any) -> tuple[Reason, ...]:
    """Return the reasons of a stop from its row, as far as the reader may see them."""
    return walk_reasons.read(str(stop["why"]))


def demand(actor: Actor | None, data: CommunityData, grids: Iterable[int | None]) -> None:
    """Refuse whoever may not plan walks in all of some grids; the command line may.

    Raises
    ------
    Forbidden
    """
    if actor is None:
        return
    place = {"street_id": data.community.street_id, "community_id": data.community.id}
    for grid_id in grids:
        access.demand(actor, Action.PLAN_WALKS, grid_id=grid_id, **place)


def _grid_of(walk: PlannedWalk, data: CommunityData) -> int | None:
    """Return the grid of a walk, None where it leads through several."""
    found = Counter(stop.place.grid_id for stop in walk.stops if stop.key)
    only = next(iter(found)) if len(found) == 1 else None
    return only if only in data.grids.index else None


def _row(stop: PlannedStop, community_id: int, walk_id: int, seq: int) -> model.Stop:
    place = stop.place
    # What everybody may read says nothing of households in need, and is in the office's language.
    open_ = tuple(one for one in stop.reasons if one.kind != ReasonKind.CARE)
    language = settings.from_environment().language
    told = walk_reasons.sentence(open_, language) if stop.key else stop.said(language)
    return model.Stop(
        community_id=community_id,
        walk_id=walk_id,
        seq=seq,
        building_id=place.building_id if stop.key else None,
        service_point_id=place.service_point_id if stop.key else None,
        issue_id=place.issue_id if stop.key else None,
        reason=told[:_LONGEST_REASON],
        why=walk_reasons.written(stop.reasons) if stop.key else "",
        must=stop.must,
        locked=stop.locked,
        arrive_at=stop.arrive,
        leave_at=stop.leave,
        minutes=round(stop.minutes, 2),
        prize=round(stop.prize, 3),
        walk_m=round(stop.walk_m, 1),
        geom=place.geom,
    )


def _when(made: Made) -> str:
    """Return the half day of a plan, or the first and the last of its days."""
    slots, days = made.question.slots, made.question.days
    return f"{days[0]} {slots[0].half.value}" if len(slots) == 1 else f"{days[0]}/{days[-1]}"


def _asked(made: Made, walk: PlannedWalk) -> str:
    one, mine = made.question, made.question.outing(walk.walker)
    told = {
        "walker": walk.walker,
        "letters": list(one.letters),
        "own": list(mine.letters),
        "begin": None if mine.begin is None else mine.begin.isoformat(timespec="minutes"),
        "minutes": mine.minutes,
        "from": mine.start,
        "start": one.start or ("" if mine.start else walk.start.key),
        "finish": one.finish or ("" if mine.start else walk.finish.key),
        "rest_min": one.rest_min,
        "must": list(one.must),
        "never": list(one.never),
        "seconds": one.seconds,
        "seed": one.seed,
        "straight": one.straight,
    }
    return json.dumps(told, ensure_ascii=False)


def _drop(session: Session, actor: Actor | None, data: CommunityData, number: int) -> model.Walk:
    row = session.get(model.Walk, number)
    if row is None or row.community_id != data.community.id:
        raise NotFound("walks_missing", number=str(number))
    of = sa.inspect(model.Stop).c
    begun = sa.select(of.id).where(of.walk_id == number, of.outcome != StopOutcome.PENDING)
    shown = sa.select(sa.inspect(model.StopPhoto).c.id).where(sa.inspect(model.StopPhoto).c.walk_id == number)
    if row.state != WalkState.PLANNED or any(session.scalars(one).first() is not None for one in (begun, shown)):
        raise Conflict("walks_begun", day=row.day.isoformat())
    stops = session.scalars(sa.select(of.building_id).where(of.walk_id == number)).all()
    grid_of = data.buildings["grid_id"]
    demand(actor, data, {row.grid_id} if row.grid_id else {_grid(grid_of.get(one)) for one in stops if one})
    session.delete(row)
    return row


def _grid(value: Any) -> int | None:
    return None if value is None or pd.isna(value) else int(value)


def _walkers(data: CommunityData, number: int) -> list[int]:
    rows = data.walkers[data.walkers["walk_id"] == number]
    return [int(one) for one in rows["staff_id"]]


def _demand_free(session: Session, community_id: int, made: Made) -> None:
    """Nobody walks twice in one half day."""
    for slot in made.question.slots:
        walking = walk_staff.busy(session, community_id, slot.day, slot.half)
        here = [one for one in made.walks if (one.day, one.half) == (slot.day, slot.half)]
        told = {staff: name for one in here for staff, name in zip(one.staff, one.names, strict=True)}
        names = [name for staff, name in told.items() if staff in walking]
        if names:
            raise InputError("walks_staff_busy", names=names, day=slot.day.isoformat())
