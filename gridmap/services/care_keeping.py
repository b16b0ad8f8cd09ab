"""Keeping households in need by hand, and the help they were given.

That is for those who work in their grid, and for the secretary.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from zoneinfo import ZoneInfo

import sqlalchemy as sa
from sqlalchemy.orm import Session

from gridmap import access, catalogues, model, settings
from gridmap.access import Action, Actor
from gridmap.errors import Conflict, FaultyRecord, InputError, NotFound, Refusal
from gridmap.model import CareHelp, CareHousehold, FundEntry, FundKind
from gridmap.services import audit, fund_book, grids, record_checks, writing_pace
from gridmap.services.sealed_fields import Sealer
from gridmap.store import Store, changes

_LONGEST, _LONGEST_NOTE = 100, 500
_MOST_DAYS = 366
_MOST_YUAN = 1_000_000.0
_EARLIEST = dt.date(1990, 1, 1)


@dataclass(frozen=True, kw_only=True, repr=False)
class Household:
    """A household as somebody has filled it in; an empty name or phone leaves the one that is kept."""

    building_id: int | None
    unit: str
    need: str
    interval_days: int | None
    name: str = ""
    phone: str = ""


@dataclass(frozen=True, kw_only=True)
class Help:
    """Help as somebody has filled it in; ``fund_entry_id`` is the grant that it was paid from."""

    day: dt.date
    kind: str
    amount_yuan: float | None = None
    note: str = ""
    fund_entry_id: int | None = None


def may_keep(actor: Actor, community: model.Community, grid_id: int | None) -> bool:
    """Whether ``actor`` may write about households in a grid."""
    place = {"street_id": community.street_id, "community_id": community.id}
    return access.decide(actor, Action.KEEP_CARE, grid_id=grid_id, **place).allowed


def add(
    store: Store, actor: Actor, community: model.Community, told: Household, *, now: dt.datetime, address: str = ""
) -> int:
    """Register a household, and return its number; name and phone are kept sealed.

    Raises
    ------
    FaultyRecord
        With all that is wrong.
    Forbidden
        If its building is in a grid where ``actor`` may not.
    """
    kept = _checked(told)
    with store.write() as session:
        writing_pace.demand(session, actor, now)
        row = CareHousehold(
            community_id=int(community.id or 0),
            building_id=int(told.building_id or 0),
            unit=kept.unit,
            need=kept.need,
            interval_days=int(kept.interval_days or 0),
        )
        _demand(session, actor, community, row)
        sealer = Sealer(session)
        row.name, row.phone = sealer.seal(kept.name), sealer.seal(kept.phone)
        session.add(row)
        session.flush()
        _note(session, actor, row, "care_added", now, address)
    return int(row.id or 0)


def change(
    store: Store,
    actor: Actor,
    community: model.Community,
    household: int,
    told: Household,
    *,
    version: int,
    now: dt.datetime,
    address: str = "",
) -> None:
    """Change what is kept of a household, as its form was opened on ``version``.

    Raises
    ------
    FaultyRecord
        With all that is wrong.
    NotFound
        If it is there no longer.
    Conflict
        If somebody else has changed it meanwhile.
    Forbidden
        If ``actor`` may not, where it is or where it goes.
    """
    kept = _checked(told)
    with store.write() as session:
        writing_pace.demand(session, actor, now)
        row = _row(session, community, household)
        _demand(session, actor, community, row)
        if row.version != version:
            raise Conflict("care_overtaken")
        row.building_id, row.unit, row.need = int(told.building_id or 0), kept.unit, kept.need
        row.interval_days = int(kept.interval_days or 0)
        _demand(session, actor, community, row)
        sealer = Sealer(session)
        row.name = sealer.seal(kept.name, row.name) if kept.name else row.name
        row.phone = sealer.seal(kept.phone, row.phone) if kept.phone else row.phone
        _note(session, actor, row, "care_changed", now, address)


def end(
    store: Store,
    actor: Actor,
    community: model.Community,
    household: int,
    *,
    on: dt.date | None,
    now: dt.datetime,
    address: str = "",
) -> None:
    """End the visits to a household on a day; None takes that back. What has ended is deleted when it is due.

    Raises
    ------
    NotFound
        If it is there no longer.
    Forbidden
        If ``actor`` may not.
    """
    with store.write() as session:
        row = _row(session, community, household)
        _demand(session, actor, community, row)
        row.ended_on = on
        _note(session, actor, row, "care_ended" if on else "care_resumed", now, address)


def help_given(
    store: Store,
    actor: Actor,
    community: model.Community,
    household: int,
    told: Help,
    *,
    now: dt.datetime,
    address: str = "",
) -> int:
    """Note help that a household was given, and return the number of that.

    Raises
    ------
    FaultyRecord
        With all that is wrong.
    NotFound
        If the household, or the grant, is there no longer.
    InputError
        ``care_grant_spent`` if more was paid from a grant than it was.
    Forbidden
        If ``actor`` may not.
    """
    refusals = _wrong_help(told, now)
    if refusals:
        raise FaultyRecord(refusals)
    with store.write() as session:
        changes.alone(session, int(community.id or 0))
        writing_pace.demand(session, actor, now)
        row = _row(session, community, household)
        _demand(session, actor, community, row)
        if told.fund_entry_id is not None:
            _demand_grant(session, community, told.fund_entry_id, told.amount_yuan)
        made = CareHelp(
            community_id=row.community_id,
            care_household_id=household,
            day=told.day,
            kind=told.kind,
            amount_yuan=None if told.amount_yuan is None else fund_book.fen(told.amount_yuan) / 100,
            note=record_checks.line(told.note),
            fund_entry_id=told.fund_entry_id,
        )
        session.add(made)
        session.flush()
        _note(session, actor, row, "care_helped", now, address)
    return int(made.id or 0)


def demand_again(session: Session, community: model.Community, row: CareHelp) -> None:
    """Refuse a note of help that was put back if its grant has been spent on others meanwhile.

    Raises
    ------
    InputError, NotFound
        As `help_given` does.
    """
    if row.fund_entry_id is None:
        return
    changes.alone(session, int(community.id or 0))
    _demand_grant(session, community, row.fund_entry_id, None)


def grants(store: Store, community: model.Community, since: dt.date) -> list[tuple[int, dt.date, float, str]]:
    """Return grants of the fund that help may be paid from: number, day, what is left of it in yuan, its use."""
    with store.read() as session:
        entries = fund_book.entries_of(session, int(community.id or 0))
        paid = _paid(session, int(community.id or 0))
    undone = {one.corrects_id for one in entries}
    found = [
        (
            int(one.id or 0),
            one.day,
            (fund_book.fen(one.amount_yuan) - paid.get(int(one.id or 0), 0)) / 100,
            one.grant_use,
        )
        for one in entries
        if one.kind is FundKind.GRANT and one.corrects_id is None and one.id not in undone and one.day >= since
    ]
    return [one for one in reversed(found) if one[2] > 0]


def _checked(told: Household) -> Household:
    words = {name: record_checks.line(getattr(told, name)) for name in ("unit", "name", "phone")}
    refusals = [
        Refusal(name=name, problem="long", fields={"n": len(said), "longest": _LONGEST})
        for name, said in words.items()
        if len(said) > _LONGEST
    ]
    if told.building_id is None:
        refusals.append(Refusal(name="building_id", problem="required"))
    if told.need not in catalogues.entries("care_needs"):
        refusals.append(Refusal(name="need", problem="required"))
    if told.interval_days is None:
        refusals.append(Refusal(name="interval_days", problem="required"))
    elif not 1 <= told.interval_days <= _MOST_DAYS:
        more = {"value": told.interval_days, "low": 1, "high": _MOST_DAYS}
        refusals.append(Refusal(name="interval_days", problem="out_of_range", fields=more))
    if refusals:
        raise FaultyRecord(refusals)
    return Household(building_id=told.building_id, need=told.need, interval_days=told.interval_days, **words)


def _wrong_help(told: Help, now: dt.datetime) -> Sequence[Refusal]:
    today = now.astimezone(ZoneInfo(settings.from_environment().time_zone)).date()
    refusals = []
    if not _EARLIEST <= told.day <= today:
        more = {"value": told.day.isoformat(), "low": _EARLIEST.isoformat(), "high": today.isoformat()}
        refusals.append(Refusal(name="day", problem="out_of_range", fields=more))
    if told.kind not in catalogues.entries("care_helps"):
        refusals.append(Refusal(name="help_kind", problem="required"))
    amount = told.amount_yuan
    if amount is not None and not 0 < amount <= _MOST_YUAN:
        wrong = {"value": amount, "low": 0.01, "high": _MOST_YUAN}
        refusals.append(Refusal(name="amount_yuan", problem="out_of_range", fields=wrong))
    if amount is None and told.fund_entry_id is not None:
        refusals.append(Refusal(name="amount_yuan", problem="required"))
    if len(note := record_checks.line(told.note)) > _LONGEST_NOTE:
        refusals.append(Refusal(name="note", problem="long", fields={"n": len(note), "longest": _LONGEST_NOTE}))
    return refusals


def _demand_grant(session: Session, community: model.Community, number: int, amount_yuan: float | None) -> None:
    """Refuse more than is left of a grant; None for what is noted already."""
    grant = session.get(FundEntry, number)
    undone = sa.select(sa.inspect(FundEntry).c.id).where(sa.inspect(FundEntry).c.corrects_id == number)
    if (
        grant is None
        or grant.community_id != community.id
        or grant.kind is not FundKind.GRANT
        or grant.corrects_id is not None
        or session.scalar(undone) is not None
    ):
        raise NotFound("care_grant_missing")
    paid = _paid(session, grant.community_id).get(number, 0)
    left = fund_book.fen(grant.amount_yuan) - paid
    if fund_book.fen(amount_yuan or 0) > left:
        raise InputError("care_grant_spent", yuan=f"{max(left, 0) / 100:.2f}")


def _paid(session: Session, community_id: int) -> dict[int, int]:
    """Return what was paid to households from each grant, in fen."""
    given = sa.inspect(CareHelp).c
    wanted = sa.select(given.fund_entry_id, given.amount_yuan).where(
        given.community_id == community_id, given.fund_entry_id.is_not(None)
    )
    found: dict[int, int] = {}
    for entry, amount in session.execute(wanted):
        found[int(entry)] = found.get(int(entry), 0) + fund_book.fen(amount or 0)
    return found


def _row(session: Session, community: model.Community, number: int) -> CareHousehold:
    row = session.get(CareHousehold, number, with_for_update=True)
    if row is None or row.community_id != community.id:
        raise NotFound("person_gone")
    return row


def _demand(session: Session, actor: Actor, community: model.Community, row: CareHousehold) -> None:
    """Refuse whoever does not work in the grid of a household's building."""
    building = session.get(model.Building, row.building_id)
    if building is None or building.community_id != community.id:
        raise FaultyRecord([Refusal(name="building_id", problem="building_gone")])
    grid_id = grids.grid_of_building(session, row.community_id, row.building_id)
    access.demand(actor, Action.KEEP_CARE, street_id=community.street_id, community_id=community.id, grid_id=grid_id)


def _note(session: Session, actor: Actor, row: CareHousehold, action: str, now: dt.datetime, address: str) -> None:
    """Write into the audit what was done, and in which building: never about whom."""
    audit.record(
        session,
        actor,
        action,
        target=session.get_one(model.Building, row.building_id).number,
        target_id=row.id,
        community_id=row.community_id,
        address=address,
        now=now,
    )
