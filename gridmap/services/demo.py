"""Fill a store with the demo community."""

from __future__ import annotations

import datetime as dt
import zoneinfo
from collections.abc import Mapping, Sequence

import pandas as pd
from sqlalchemy import select
from sqlalchemy.orm import Session

from gridmap import demo, errors, model, privacy
from gridmap.services import key_file
from gridmap.services.key_file import Keys
from gridmap.store import Store, tables

#: Which class a reference points to, by the field's name.
_POINTS_TO: dict[str, type[model.Row]] = {
    "community_id": model.Community,
    "compound_id": model.Compound,
    "building_id": model.Building,
    "version_id": model.GridVersion,
    "grid_id": model.Grid,
    "service_point_id": model.ServicePoint,
    "team_member_id": model.TeamMember,
    "resident_group_id": model.ResidentGroup,
    "activity_id": model.Activity,
    "reception_day_id": model.ReceptionDay,
    "project_id": model.Project,
    "issue_id": model.Issue,
    "walk_id": model.Walk,
    "staff_id": model.Staff,
    "leader_id": model.Staff,
    "owner_id": model.Staff,
    "actor_id": model.Staff,
    "reporter_id": model.Staff,
    "assignee_id": model.Staff,
    "corrects_id": model.FundEntry,
    "fund_entry_id": model.FundEntry,
    "care_household_id": model.CareHousehold,
}

#: The fields that tell a time, by class.
_TIMES: dict[type[model.Owned], tuple[str, ...]] = {
    model.GridVersion: ("valid_from", "valid_to"),
    model.Issue: (
        *("reported_at", "due_at", "closed_at", "hotline_due_at", "received_at", "dispatched_at", "taken_at"),
        *("returned_at", "answered_at"),
    ),
    model.IssueEvent: ("at", "due_at"),
    model.IssueVoice: ("at",),
    model.IssueCall: ("called_at", "due_at", "answered_at"),
    model.Photo: ("taken_at",),
    model.Walk: ("day",),
    model.Stop: ("arrive_at", "leave_at"),
    model.Project: ("due_on", "done_on"),
    model.ProjectMilestone: ("due_on", "done_on"),
    model.ProjectOpinion: ("day",),
    model.WeeklyActivity: ("from_day", "until_day"),
    model.RoomBooking: ("starts_at", "ends_at"),
    model.Activity: ("day",),
    model.ReceptionDay: ("day",),
    model.CareHelp: ("day",),
}

_Ids = dict[tuple[type[model.Row], int], int]


def fill(store: Store, now: dt.datetime, *, time_zone: str = "Asia/Shanghai") -> model.Community:
    """Write the demo community into ``store`` as it stands ``now``, all of it or nothing.

    Other communities in the store are left as they are.

    Parameters
    ----------
    store
        The store to write to.
    now
        This moment, timezone-aware; its day in ``time_zone`` is the day to which the demo's times are relative.
    time_zone
        IANA name of the zone of the office hours.

    Raises
    ------
    errors.InputError
        If the store already holds the demo community.
    ValueError
        If ``now`` has no time zone.
    """
    if now.tzinfo is None:
        raise ValueError("now must be timezone-aware")
    invented = demo.build(now.astimezone(zoneinfo.ZoneInfo(time_zone)).date(), time_zone=time_zone)
    with store.write() as session:
        _demand_new(session, invented.community, store.label)
        community = invented.community
        community.street_id = _street(session, invented.street)
        ids: _Ids = {}
        _keep(session, [community], ids)
        keys = key_file.sealing(session)
        for rows in invented.tables():
            _seal(rows, keys)
            if isinstance(rows[0], model.Staff):
                _keep_pairs(session, [row for row in rows if isinstance(row, model.Staff)], ids)
            else:
                _keep(session, rows, ids)
    return community


def refresh(store: Store, now: dt.datetime, *, time_zone: str = "Asia/Shanghai") -> bool:
    """Move the demo's times forward by whole weeks, so that it never looks stale; return whether anything moved.

    What has happened moves as far as it still lies in the past; planned walks move on until they lie ahead. What
    somebody tried out in the demo stays, moved along with the rest. Communities that are not synthetic are never
    touched.

    Parameters
    ----------
    store
        The store to write to.
    now
        This moment, timezone-aware.
    time_zone
        IANA name of the zone in which the day is told.

    Raises
    ------
    ValueError
        If ``now`` has no time zone.
    """
    if now.tzinfo is None:
        raise ValueError("now must be timezone-aware")
    today = now.astimezone(zoneinfo.ZoneInfo(time_zone)).date()
    moved = False
    for community in store.communities():
        if not community.synthetic or community.id is None:
            continue
        latest = store.frame(model.IssueEvent, community.id)["at"].max()
        week = dt.timedelta(weeks=1)
        by = week * 0 if pd.isna(latest) else week * max(0, (now - latest.to_pydatetime()) // week)
        walks = store.frame(model.Walk, community.id, state=model.WalkState.PLANNED)
        late = {int(i): _weeks_to(day + by, today) for i, day in walks["day"].items() if day + by < today}
        if by or late:
            with store.write() as session:
                _move(session, community.id, by, late)
            moved = True
    return moved


def _seal(rows: Sequence[model.Row], keys: Keys) -> None:
    for row in rows:
        if isinstance(row, model.Issue):
            row.caller_digest = privacy.caller_digest(row.contact_phone, keys.digest)
    ring = keys.ring
    for column in tables.sealed(tables.of()[type(rows[0])]):
        for row in rows:
            setattr(row, column.name, ring.seal(getattr(row, column.name)))


def _weeks_to(day: dt.date, today: dt.date) -> dt.timedelta:
    return dt.timedelta(weeks=-((day - today).days // 7))


def _move(session: Session, community_id: int, by: dt.timedelta, late: Mapping[int, dt.timedelta]) -> None:
    for cls, names in _TIMES.items():
        for row in session.scalars(select(cls).filter_by(community_id=community_id)):
            walk = row.id if isinstance(row, model.Walk) else row.walk_id if isinstance(row, model.Stop) else None
            further = dt.timedelta(0) if walk is None else late.get(walk, dt.timedelta(0))
            for name in names:
                moment = getattr(row, name)
                if moment is not None:
                    setattr(row, name, moment + by + further)
            if isinstance(row, model.Project) and row.due_on is not None:
                row.year = row.due_on.year


def _demand_new(session: Session, community: model.Community, label: str) -> None:
    codes = session.scalars(select(model.Community).where(model.Community.synthetic.is_(True)))  # type: ignore[attr-defined]
    if any(there.code == community.code for there in codes):
        raise errors.InputError("demo_exists", community=community.name, store=label)


def _street(session: Session, street: model.Street) -> int:
    """Return the id of ``street``, which may already stand in the store for another of its communities."""
    for there in session.scalars(select(model.Street)):
        if there.code == street.code and there.id is not None:
            return there.id
    street.id = None
    session.add(street)
    session.flush()
    return _given(street)


def _keep_pairs(session: Session, staff: Sequence[model.Staff], ids: _Ids) -> None:
    """Keep the staff first alone, then in their pairs: neither half can be kept before the other."""
    partners = [member.partner_id for member in staff]
    for member in staff:
        member.partner_id = None
    _keep(session, staff, ids)
    for member, partner in zip(staff, partners, strict=True):
        if partner is not None:
            member.partner_id = ids[model.Staff, partner]
    session.flush()


def _keep(session: Session, rows: Sequence[model.Row], ids: _Ids) -> None:
    """Write ``rows`` with references as the store numbered them, and note their own numbers."""
    numbers = [_given(row) for row in rows]
    for row in rows:
        row.id = None
        for name, cls in _POINTS_TO.items():
            number = getattr(row, name, None)
            if number is not None:
                setattr(row, name, ids[cls, number])
        session.add(row)
    session.flush()
    for number, row in zip(numbers, rows, strict=True):
        ids[type(row), number] = _given(row)


def _given(row: model.Row) -> int:
    if row.id is None:
        raise ValueError(f"{type(row).__name__} has no number")
    return row.id
