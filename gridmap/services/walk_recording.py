"""Recording what came of the stops of a walk, on line or from a file that comes later: once, and over nobody's head.

Each act has a name of the device's (``client_id``), so that sent twice it counts once, and names the acts that whoever
recorded it knew of (`Entry.follows`). Where another act stands by then, neither is lost: a person chooses.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import shapely
import sqlalchemy as sa
from sqlalchemy.orm import Session

from gridmap import model
from gridmap.access import Actor
from gridmap.errors import InputError
from gridmap.model import StopOutcome
from gridmap.services import audit, record_checks, record_rows, walk_keeping, walk_rights, writing_pace
from gridmap.services.community_data import CommunityData
from gridmap.store import Store

Side = Literal["here", "device"]
"""Which of two versions of a stop is to count: the one that stands in the store, or the one that comes."""
LONGEST = 1000
"""A note or a handling has at most so many signs."""
LONGEST_AGO = dt.timedelta(days=14)
"""An act is dated back by so much at most."""
_LONGEST_CLIENT_ID = 100
_PLACES: Mapping[str, tuple[str, type[model.Owned]]] = {
    "building": ("building_id", model.Building),
    "point": ("service_point_id", model.ServicePoint),
    "issue": ("issue_id", model.Issue),
}


@dataclass(frozen=True, kw_only=True)
class Entry:
    """What one act says of a stop.

    Parameters
    ----------
    stop_id, key
        The stop, and the key of its place (`walk_keeping.key_of`), by which it is found in a plan that was made anew;
        "" where it has none.
    client_id
        What the device calls the act.
    follows
        The acts on this stop that whoever recorded it knew of; "" stands for what no act told.
    outcome, note, handling
        What came of it, what was said (群众意见), how it was handled (处理情况).
    came_at, at
        When they came, None where that was not noted; when it was written down. Timezone-aware.
    """

    stop_id: int
    client_id: str
    outcome: StopOutcome
    key: str = ""
    follows: tuple[str, ...] = ()
    note: str = ""
    handling: str = ""
    came_at: dt.datetime | None = None
    at: dt.datetime


@dataclass(frozen=True, kw_only=True)
class Clash:
    """Two versions of a stop: the one that stands, by whom and when, and the one that comes."""

    client_id: str
    stop_id: int
    seq: int
    here: StopOutcome
    here_note: str
    here_handling: str
    here_at: dt.datetime | None
    here_by: str
    here_record: str
    device: StopOutcome
    device_note: str
    device_handling: str
    device_at: dt.datetime


@dataclass(frozen=True, kw_only=True)
class Kept:
    """What became of entries: acts kept, acts that had been kept before, clashes to be decided, stops that are gone."""

    recorded: tuple[int, ...] = ()
    already: int = 0
    clashes: tuple[Clash, ...] = ()
    gone: tuple[Entry, ...] = ()


def record(
    store: Store,
    actor: Actor,
    data: CommunityData,
    walk_id: int,
    entries: Sequence[Entry],
    *,
    choices: Mapping[str, Side] | None = None,
    now: dt.datetime,
    address: str = "",
) -> Kept:
    """Record what came of stops of a walk, all of it or nothing.

    Parameters
    ----------
    store, actor, data
        The store, who records, the community.
    walk_id
        The walk.
    entries
        What came of its stops.
    choices
        By ``client_id``, which version counts where two clash; what is not in it is left as it stands and told.
    now
        This moment, timezone-aware.
    address
        Network address it comes from.

    Raises
    ------
    errors.NotFound, errors.Forbidden
        As `walk_rights.walk` does.
    errors.InputError
        If a note is too long.
    errors.TooManyWrites, errors.StoreError
        As `records.create` does.
    """
    with store.write() as session:
        walk = walk_rights.walk(session, actor, int(data.community.id or 0), walk_id, alone=True)
        writing_pace.demand(session, actor, now)
        kept = within(session, actor, walk, entries, choices=choices or {}, now=now)
        if kept.recorded:
            note(session, actor, walk, len(kept.recorded), now, address)
    return kept


def within(
    session: Session,
    actor: Actor,
    walk: model.Walk,
    entries: Iterable[Entry],
    *,
    choices: Mapping[str, Side],
    now: dt.datetime,
) -> Kept:
    """Record entries inside a transaction that has looked whether it may; parameters and faults as of `record`."""
    stops = _stops(session, walk)
    recorded: list[int] = []
    clashes: list[Clash] = []
    gone: list[Entry] = []
    already = 0
    for entry in sorted(entries, key=lambda one: one.at):
        if _known(session, walk, entry.client_id):
            already += 1
            continue
        stop = _found(stops, entry.stop_id, entry.key)
        if stop is None:
            gone.append(entry)
            continue
        last = standing(session, stop)
        side = choices.get(entry.client_id)
        if _clashes(stop, last, entry) and side is None:
            clashes.append(_clash(session, stop, last, entry))
            continue
        made = _keep(
            session, actor, walk, stop, entry, overruled=_clashes(stop, last, entry) and side == "here", now=now
        )
        if not made.overruled:
            if last is not None and side == "device":
                last.overruled = True
            _write(stop, made, entry)
        recorded.append(int(stop.id or 0))
    session.flush()
    settle(walk, stops)
    return Kept(recorded=tuple(recorded), already=already, clashes=tuple(clashes), gone=tuple(gone))


def add_stop(session: Session, walk: model.Walk, entry: Entry) -> model.Stop:
    """Put a stop that the plan no longer has at the end of a walk, since somebody was there."""
    last = max((stop.seq for stop in _stops(session, walk)), default=0)
    stop = model.Stop(community_id=walk.community_id, walk_id=int(walk.id or 0), seq=last + 1)
    kind, _, number = entry.key.partition(":")
    if kind in _PLACES:
        column, cls = _PLACES[kind]
        place: Any = session.get(cls, int(number))
        if place is not None and place.community_id == walk.community_id:
            setattr(stop, column, place.id)
            stop.geom = shapely.Point() if place.geom.is_empty else place.geom.representative_point()
    session.add(stop)
    session.flush()
    return stop


def stop_of(session: Session, walk: model.Walk, stop_id: int, place: str) -> model.Stop | None:
    """Return the stop that a device means: by its number, or in a plan made anew by the key of its place."""
    return _found(_stops(session, walk), stop_id, place)


def _found(stops: Sequence[model.Stop], stop_id: int, place: str) -> model.Stop | None:
    for stop in stops:
        if stop.id == stop_id and key(stop) == place:
            return stop
    return next((stop for stop in stops if place and key(stop) == place), None)


def key(stop: model.Stop) -> str:
    """Return the key of a stop's place; "" where it has none."""
    names = ("service_point_id", "building_id", "issue_id")
    return walk_keeping.key_of({name: getattr(stop, name) for name in names})


def standing(session: Session, stop: model.Stop) -> model.StopRecord | None:
    """Return the record by which a stop stands as it does; None where no act told of it."""
    column = sa.inspect(model.StopRecord).c
    mine = sa.select(model.StopRecord).where(column.stop_id == stop.id, sa.not_(column.overruled))
    return session.scalars(mine.order_by(column.id.desc()).limit(1)).first()


def known(store: Store, community_id: int, walk_id: int) -> dict[int, str]:
    """Return by stop what the device called the act by which it stands; those that no act told of are not in it."""
    column = sa.inspect(model.StopRecord).c
    mine = sa.select(column.stop_id, column.client_id).where(
        column.community_id == community_id,
        column.walk_id == walk_id,
        sa.not_(column.overruled),
        column.stop_id.is_not(None),
    )
    with store.read() as session:
        return {int(stop): client or "" for stop, client in session.execute(mine.order_by(column.id))}


def check_in(
    store: Store,
    actor: Actor,
    data: CommunityData,
    walk_id: int,
    stop_id: int,
    came_at: dt.datetime,
    *,
    now: dt.datetime,
    address: str = "",
) -> None:
    """Note when somebody came to a stop; the first time counts.

    Raises
    ------
    errors.NotFound, errors.Forbidden, errors.TooManyWrites, errors.StoreError
        As `record` does; `errors.InputError` if the walk has no such stop.
    """
    with store.write() as session:
        walk = walk_rights.walk(session, actor, int(data.community.id or 0), walk_id, alone=True)
        writing_pace.demand(session, actor, now)
        stop = next((one for one in _stops(session, walk) if one.id == stop_id), None)
        if stop is None:
            raise InputError("walk_stop_gone")
        if stop.came_at is None:
            stop.came_at = dated(came_at, now)
            note(session, actor, walk, 1, now, address)


def dated(at: dt.datetime, now: dt.datetime) -> dt.datetime:
    """Return a moment as a device tells it: never ahead of now, and not longer ago than makes sense."""
    return min(max(at, now - LONGEST_AGO), now)


def note(session: Session, actor: Actor, walk: model.Walk, n: int, now: dt.datetime, address: str) -> None:
    """Write into the audit that stops of a walk were recorded."""
    audit.record(
        session,
        actor,
        "walk_recorded",
        target=f"{walk.day.isoformat()} · {n}",
        target_id=walk.id,
        community_id=walk.community_id,
        address=address,
        now=now,
    )


def settle(walk: model.Walk, stops: Sequence[model.Stop]) -> None:
    """Call a walk done when something came of each of its stops; 稍后 leaves it open."""
    open_ones = (StopOutcome.PENDING, StopOutcome.LATER)
    visited = [stop.outcome for stop in stops if not is_break(walk, stop)]
    if walk.state is model.WalkState.PLANNED and visited and not set(visited) & set(open_ones):
        walk.state = model.WalkState.DONE


def is_break(walk: model.Walk, stop: model.Stop) -> bool:
    """Whether a stop of a planned walk is a rest, of which nothing is recorded."""
    return bool(walk.plan) and not key(stop)


def finish(
    store: Store, actor: Actor, data: CommunityData, walk_id: int, *, now: dt.datetime, address: str = ""
) -> None:
    """Call a walk done by the walker's own word; what was not visited stays so, and finishing twice is no fault.

    Raises
    ------
    errors.NotFound, errors.Forbidden, errors.StoreError
        As `record` does.
    """
    with store.write() as session:
        walk = walk_rights.walk(session, actor, int(data.community.id or 0), walk_id, alone=True)
        if walk.state is model.WalkState.PLANNED:
            walk.state = model.WalkState.DONE
            note(session, actor, walk, 0, now, address)


def _stops(session: Session, walk: model.Walk) -> list[model.Stop]:
    column = sa.inspect(model.Stop).c
    return list(session.scalars(sa.select(model.Stop).where(column.walk_id == walk.id).order_by(column.seq, column.id)))


def _known(session: Session, walk: model.Walk, client_id: str) -> bool:
    if not 0 < len(client_id) <= _LONGEST_CLIENT_ID:
        raise ValueError("an act needs a client_id of at most 100 characters")
    column = sa.inspect(model.StopRecord).c
    same = sa.select(column.id).where(column.community_id == walk.community_id, column.client_id == client_id)
    return session.scalar(same) is not None


def _clashes(stop: model.Stop, last: model.StopRecord | None, entry: Entry) -> bool:
    """Whether somebody else has recorded the stop since, and something else."""
    if last is None or stop.outcome is StopOutcome.PENDING:
        return False
    same = (stop.outcome, stop.note, stop.handling) == (entry.outcome, entry.note, entry.handling)
    return not same and last.client_id not in entry.follows


def _clash(session: Session, stop: model.Stop, last: model.StopRecord | None, entry: Entry) -> Clash:
    who = session.get(model.Staff, last.actor_id) if last is not None and last.actor_id is not None else None
    return Clash(
        client_id=entry.client_id,
        stop_id=int(stop.id or 0),
        seq=stop.seq,
        here=stop.outcome,
        here_note=stop.note,
        here_handling=stop.handling,
        here_at=stop.recorded_at,
        here_by="" if who is None else who.name,
        here_record="" if last is None else last.client_id or "",
        device=entry.outcome,
        device_note=entry.note,
        device_handling=entry.handling,
        device_at=entry.at,
    )


def _keep(
    session: Session,
    actor: Actor,
    walk: model.Walk,
    stop: model.Stop,
    entry: Entry,
    *,
    overruled: bool,
    now: dt.datetime,
) -> model.StopRecord:
    made = model.StopRecord(
        community_id=walk.community_id,
        walk_id=int(walk.id or 0),
        stop_id=stop.id,
        building_id=stop.building_id,
        at=dated(entry.at, now),
        outcome=entry.outcome,
        note=_text(entry.note),
        handling=_text(entry.handling),
        actor_id=record_rows.staff(session, actor),
        client_id=entry.client_id,
        overruled=overruled,
    )
    session.add(made)
    session.flush()
    return made


def _write(stop: model.Stop, made: model.StopRecord, entry: Entry) -> None:
    stop.outcome, stop.note, stop.handling, stop.recorded_at = made.outcome, made.note, made.handling, made.at
    if stop.came_at is None:
        stop.came_at = made.at if entry.came_at is None else min(entry.came_at, made.at)


def _text(words: str) -> str:
    text = record_checks.lines(words)
    if len(text) > LONGEST:
        raise InputError("walk_note_long", n=len(text), longest=LONGEST)
    return text
