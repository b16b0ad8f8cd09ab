"""Adding and changing the records of a community by hand: may I, is it right, has somebody else been here, keep it.

A change names the record as it was when its form was opened (`Record`). If somebody else has changed it since, neither
version is lost: `Overtaken` carries theirs, and the person chooses.
"""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Mapping
from typing import Any

import pandas as pd
import sqlalchemy as sa
from sqlalchemy.orm import Session

from gridmap import access, errors, i18n, model
from gridmap.access import Action, Actor
from gridmap.errors import FaultyRecord, NotFound, Refusal
from gridmap.services import (
    audit,
    issue_limits,
    leave,
    record_checks,
    record_kinds,
    record_places,
    record_rows,
    writing_pace,
)
from gridmap.services.community_data import CommunityData
from gridmap.services.record_kinds import Kind
from gridmap.services.record_rows import Record
from gridmap.store import Store

_LONGEST_CLIENT_ID = 100
_WORST_M = 100_000.0  # of a position


class Overtaken(errors.Conflict):
    """Somebody else changed the record since its form was opened.

    Parameters
    ----------
    theirs
        As it stands now.
    """

    def __init__(self, theirs: Record) -> None:
        super().__init__("record_overtaken", title=theirs.title)
        self.theirs = theirs


class Gone(errors.Conflict):
    """Somebody else deleted the record since its form was opened.

    Parameters
    ----------
    title
        What it was called.
    entry
        Number of its entry in the bin; None if it is there no longer.
    """

    def __init__(self, title: str, entry: int | None) -> None:
        super().__init__("record_gone" if entry is None else "record_in_bin", title=title)
        self.entry = entry


def read(store: Store, actor: Actor, data: CommunityData, kind: str, number: int) -> Record:
    """Return a record to be changed.

    Raises
    ------
    Forbidden
        If ``actor`` may not change it.
    NotFound
        If there is none in this community.
    """
    of = record_kinds.kind(kind)
    with store.read() as session:
        row = _row(session, data, of, number)
        if row is None:
            demand_somewhere(actor, of.action, data)
            raise NotFound("record_missing", number=str(number))
        found = record_rows.as_record(of, row, data)
    demand(actor, of.action, data, found.grid_id)
    return found


def create(
    store: Store,
    actor: Actor,
    data: CommunityData,
    kind: str,
    values: Mapping[str, Any],
    *,
    now: dt.datetime,
    address: str = "",
) -> Record:
    """Add a record of any kind but issues, which are tagged (`tag_issue`).

    Parameters
    ----------
    store, data
        The store, and the community in it.
    actor
        Who adds it.
    kind, values
        Kind of the record, and what its form holds.
    now
        This moment, timezone-aware.
    address
        Network address it comes from.

    Raises
    ------
    Forbidden
        If ``actor`` may not add one there.
    FaultyRecord
        With all that is wrong with the form.
    TooManyWrites
        If the account has changed too much within the last minute.
    StoreError
        If it cannot be kept just now.
    """
    if kind == "issues":
        raise ValueError("issues are tagged")
    of = record_kinds.kind(kind)
    demand_somewhere(actor, of.action, data)
    kept = record_checks.checked(of, {**record_kinds.blank(of), **values}, data)
    return _add(store, actor, data, of, kept, of.action, "record_added", now, address)


def tag_issue(
    store: Store,
    actor: Actor,
    data: CommunityData,
    values: Mapping[str, Any],
    *,
    client_id: str,
    accuracy_m: float | None = None,
    reported_at: dt.datetime | None = None,
    now: dt.datetime,
    address: str = "",
) -> Record:
    """Record an issue by the short form (`record_kinds.TAGGED`), with its first event.

    Sent twice under one ``client_id`` it is kept once, and the first is returned: a device that got no answer may send
    it again. Whoever is in charge of its grid today has it in hand.

    Parameters
    ----------
    accuracy_m
        How sure a phone was of the place.
    reported_at
        When it was written down, where that was before ``now``.

    Raises
    ------
    Forbidden, FaultyRecord, TooManyWrites, StoreError
        As `create` does.
    """
    of = record_kinds.kind("issues")
    demand(actor, Action.TAG_ISSUE, data, None)
    if not client_id or len(client_id) > _LONGEST_CLIENT_ID:
        raise ValueError("a tagged issue needs a client_id of at most 100 characters")
    only = {name: value for name, value in values.items() if name in record_kinds.TAGGED}
    given = {**record_kinds.blank(of, record_kinds.TAGGED), **only}
    kept = record_checks.checked(of, given, data)
    if kept["building_id"] is None and kept["geom"].is_empty:
        raise FaultyRecord([Refusal(name="building_id", problem="somewhere")])
    if kept["building_id"] is None:
        kept["building_id"] = record_places.snapped(data, kept["geom"], accuracy_m)
    kept |= {"client_id": client_id, "reported_at": reported_at or now}
    if accuracy_m is not None and math.isfinite(accuracy_m) and accuracy_m >= 0:
        kept["position_accuracy_m"] = min(accuracy_m, _WORST_M)
    return _add(store, actor, data, of, kept, Action.TAG_ISSUE, "issue_tagged", now, address)


def change(
    store: Store,
    actor: Actor,
    data: CommunityData,
    base: Record,
    values: Mapping[str, Any],
    *,
    now: dt.datetime,
    address: str = "",
) -> Record:
    """Change a record.

    Parameters
    ----------
    base
        The record as its form was opened on.
    values
        What the form holds now; fields that are not named stay as they are.

    Raises
    ------
    Overtaken
        If somebody else has changed it since.
    Gone
        If somebody else has deleted it.
    Forbidden, FaultyRecord, TooManyWrites, StoreError
        As `create` does; ``actor`` must be allowed to change it where it is and where it goes.
    """
    of = record_kinds.kind(base.kind)
    demand_somewhere(actor, of.action, data)
    # An issue keeps the category it has, and a point its kind, though that be retired.
    as_it_is = {name for name in ("category", "kind") if name in values and values[name] == base.fields.get(name)}
    values = {name: value for name, value in values.items() if name not in as_it_is}
    kept = record_checks.checked(of, values, data)
    with store.write() as session:
        row = _row(session, data, of, base.number, alone=True)
        if row is None:
            raise Gone(base.title, bin_entry(session, data, base))
        before = record_rows.as_record(of, row, data)
        demand(actor, of.action, data, before.grid_id)
        # What no form shows, such as a building's compound that was deleted meanwhile, overtakes nobody.
        if row.version != base.version and not all(
            record_rows.same(base.fields[n], v) for n, v in before.fields.items()
        ):
            raise Overtaken(before)
        writing_pace.demand(session, actor, now)
        changed = record_rows.rewrite(session, actor, data, of, row, kept, now)
        demand(actor, of.action, data, changed.grid_id)
        if changed.version != before.version:
            note(session, actor, data, "record_changed", changed, now, address)
    return changed


def demand(actor: Actor, action: Action, data: CommunityData, grid_id: int | None) -> None:
    """Refuse what ``actor`` may not do in a grid of the community; None where no grid is known."""
    place = {"street_id": data.community.street_id, "community_id": data.community.id}
    access.demand(actor, action, grid_id=grid_id, **place)


def demand_somewhere(actor: Actor, action: Action, data: CommunityData) -> None:
    """Refuse what ``actor`` may do nowhere in the community."""
    for grid_id in actor.grid_ids:
        place = {"street_id": data.community.street_id, "community_id": data.community.id}
        if access.decide(actor, action, grid_id=grid_id, **place).allowed:
            return
    demand(actor, action, data, None)


def note(
    session: Session, actor: Actor, data: CommunityData, action: str, record: Record, now: dt.datetime, address: str
) -> None:
    """Write a change into the audit."""
    audit.record(
        session,
        actor,
        action,
        target=f"{i18n.text(f'record.kind.{record.kind}', 'zh')} {record.title}",
        target_id=record.number,
        community_id=data.community.id,
        address=address,
        now=now,
    )


def bin_entry(session: Session, data: CommunityData, record: Record) -> int | None:
    """Return the number of a record's entry in the bin, None where it is not there."""
    entry = sa.inspect(model.BinEntry).c
    mine = (
        sa.select(entry.id)
        .where(entry.community_id == data.community.id, entry.kind == record.kind, entry.number == record.number)
        .order_by(entry.id.desc())
    )
    return session.scalars(mine).first()


def _add(
    store: Store,
    actor: Actor,
    data: CommunityData,
    of: Kind,
    kept: dict[str, Any],
    action: Action,
    told: str,
    now: dt.datetime,
    address: str,
) -> Record:
    community_id = int(data.community.id or 0)
    with store.write() as session:
        if of.name == "issues":
            # One at a time, on every database: codes are counted.
            session.get_one(model.Community, community_id, with_for_update=True)
            first = tagged(session, community_id, kept["client_id"])
            if first is not None:
                return record_rows.as_record(of, first, data)
        writing_pace.demand(session, actor, now)
        if of.name == "issues":
            kept = {**kept, "code": next_code(session, community_id, now)}
            kept["reporter_id"] = record_rows.staff(session, actor)
        row: Any = of.cls(**{"community_id": community_id, **kept})
        if isinstance(row, (model.Issue, model.ServicePoint)):
            record_rows.settle(row, data, moved=True, housed=True)
        if isinstance(row, model.Issue):
            row.assignee_id = _in_charge(session, data, row.grid_id)
            issue_limits.start(row, data.categories)
        session.add(row)
        session.flush()
        if isinstance(row, model.Issue):
            session.add(record_rows.event(session, actor, row, now, None))
        if isinstance(row, model.Building):
            record_rows.into_grid(session, community_id)
        made = record_rows.as_record(of, row, data)
        demand(actor, action, data, made.grid_id)
        note(session, actor, data, told, made, now, address)
    return made


def next_code(session: Session, community_id: int, now: dt.datetime) -> str:
    """Return the next code of an issue, such as ``2026-0042``: of those that are kept or in the bin, none has it."""
    start = f"{now.year}-"
    issue, entry = sa.inspect(model.Issue).c, sa.inspect(model.BinEntry).c
    kept = sa.select(issue.code).where(issue.community_id == community_id, issue.code.startswith(start))
    binned = sa.select(entry.title).where(
        entry.community_id == community_id, entry.kind == "issues", entry.title.startswith(start)
    )
    tails = [code.removeprefix(start) for code in (*session.scalars(kept), *session.scalars(binned))]
    return f"{start}{max((int(tail) for tail in tails if tail.isdecimal()), default=0) + 1:04d}"


def _in_charge(session: Session, data: CommunityData, grid_id: int | None) -> int | None:
    """Return who of the staff is in charge of a grid today."""
    leader = None if grid_id is None or grid_id not in data.grids.index else data.grids.at[grid_id, "leader_id"]
    return None if leader is None or pd.isna(leader) else leave.present(session, int(leader), data.day)


def _differ(base: Record, now: Record) -> bool:
    # A change to what no form shows overtakes nobody.
    return not all(record_rows.same(base.fields[name], value) for name, value in now.fields.items())


def _row(session: Session, data: CommunityData, of: Kind, number: int, *, alone: bool = False) -> Any:
    row = session.get(of.cls, number, with_for_update=alone or None)
    return row if row is not None and getattr(row, "community_id", None) == data.community.id else None


def tagged(session: Session, community_id: int, client_id: str) -> model.Issue | None:
    """Return the issue that a device calls ``client_id``; None where it is not there."""
    issue = sa.inspect(model.Issue).c
    wanted = sa.select(model.Issue).where(issue.community_id == community_id, issue.client_id == client_id)
    return session.scalars(wanted).first()
