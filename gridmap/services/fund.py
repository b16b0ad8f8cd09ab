"""Keeping the one-yuan fund: entries, counter-entries, closings, each by one person at a time.

An entry is never changed nor deleted by hand: what was wrong is taken back by another entry, and entered anew.
"""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from zoneinfo import ZoneInfo

import pandas as pd
from sqlalchemy.orm import Session

from gridmap import access, catalogues, i18n, model, privacy, settings
from gridmap.access import Action, Actor
from gridmap.errors import Conflict, FaultyRecord, InputError, NotFound, Refusal
from gridmap.model import FundClosing, FundEntry, FundKind
from gridmap.services import audit, community_settings, fund_book, record_checks, writing_pace
from gridmap.services.sealed_fields import Sealer
from gridmap.store import Store, changes

MOST_YUAN = 10_000_000.0
_LONGEST = 200
_SHORTEST_REASON = 2
_EARLIEST = dt.date(1990, 1, 1)


@dataclass(frozen=True, kw_only=True, repr=False)
class Draft:
    """An entry as somebody has filled it in; ``person`` is who gave, or who was helped."""

    kind: FundKind
    day: dt.date
    amount_yuan: float | None
    person: str = ""
    purpose: str = ""
    voucher: str = ""
    grant_use: str = ""


@dataclass(frozen=True, kw_only=True, eq=False)
class Book:
    """The fund as it stands: entries by day, closings in force, the latest period last, and all there ever were."""

    entries: tuple[FundEntry, ...]
    closings: tuple[FundClosing, ...]
    past: tuple[FundClosing, ...]

    @property
    def periods(self) -> frozenset[str]:
        """Months and years that are closed."""
        return frozenset(one.period for one in self.closings)

    @property
    def balance_yuan(self) -> float:
        """What is left."""
        return fund_book.balance_yuan(self.entries)

    def within(self, period: str) -> list[FundEntry]:
        """Return the entries of a month or year."""
        first, last = fund_book.span(period)
        return [one for one in self.entries if first <= one.day <= last]

    def balance_at(self, period: str) -> float:
        """Return what was left at the end of a month or year, in yuan."""
        last = fund_book.span(period)[1]
        return fund_book.balance_yuan(one for one in self.entries if one.day <= last)


def may_keep(actor: Actor, community: model.Community) -> bool:
    """Whether ``actor`` may enter gifts and grants."""
    place = {"street_id": community.street_id, "community_id": community.id}
    return access.decide(actor, Action.KEEP_FUND, **place).allowed


def may_close(actor: Actor, community: model.Community) -> bool:
    """Whether ``actor`` may close and reopen months."""
    place = {"street_id": community.street_id, "community_id": community.id}
    return access.decide(actor, Action.CLOSE_FUND, **place).allowed


def book(store: Store, community: model.Community) -> Book:
    """Return the fund as it stands."""
    number = community_settings.number(community)
    with store.read() as session:
        return Book(
            entries=tuple(fund_book.entries_of(session, number)),
            closings=tuple(fund_book.closings_of(session, number)),
            past=tuple(fund_book.closings_of(session, number, in_force=False)),
        )


def add(
    store: Store, actor: Actor | None, community: model.Community, draft: Draft, *, now: dt.datetime, address: str = ""
) -> int:
    """Enter a gift or a grant, and return the number of the entry.

    Parameters
    ----------
    store, community
        Whose fund.
    actor
        Who enters it; None for the command line.
    draft
        What is entered.
    now
        This moment, timezone-aware.
    address
        Network address it comes from.

    Raises
    ------
    Forbidden
        If they may not.
    FaultyRecord
        With all that is wrong with the draft.
    InputError
        ``fund_closed`` if its month is closed, ``fund_over_balance`` if a grant is more than there is.
    Conflict
        ``fund_voucher_taken`` if another entry has its voucher.
    """
    demand(actor, Action.KEEP_FUND, community)
    entry = _checked(draft, community, today(now))
    number = community_settings.number(community)
    with store.write() as session:
        changes.alone(session, number)
        if actor is not None:
            writing_pace.demand(session, actor, now)
        entries = fund_book.entries_of(session, number)
        if entry.voucher and any(one.voucher == entry.voucher for one in entries):
            raise Conflict("fund_voucher_taken", voucher=entry.voucher)
        entry.person = Sealer(session).seal(record_checks.line(draft.person))
        _keep(session, number, entry, entries)
        _note(session, actor, community, "fund_added", entry, now, address)
    return int(entry.id or 0)


def correct(
    store: Store,
    actor: Actor | None,
    community: model.Community,
    entry: int,
    reason: str,
    *,
    now: dt.datetime,
    address: str = "",
) -> int:
    """Take an entry back by one of the other kind, dated today, and return the number of that.

    Raises
    ------
    Forbidden
        If ``actor`` may not.
    NotFound
        If there is no such entry.
    Conflict
        ``fund_corrected_already``.
    InputError
        ``fund_correction_of_correction``, ``reason_short``; ``fund_closed`` and ``fund_over_balance`` as for `add`.
    """
    demand(actor, Action.KEEP_FUND, community)
    why = reason_of(reason)
    number = community_settings.number(community)
    with store.write() as session:
        changes.alone(session, number)
        if actor is not None:
            writing_pace.demand(session, actor, now)
        entries = fund_book.entries_of(session, number)
        wrong = next((one for one in entries if one.id == entry), None)
        if wrong is None:
            raise NotFound("fund_entry_missing", number=str(entry))
        if wrong.corrects_id is not None:
            raise InputError("fund_correction_of_correction")
        if any(one.corrects_id == entry for one in entries):
            raise Conflict("fund_corrected_already")
        counter = FundEntry(
            community_id=number,
            day=max(today(now), wrong.day),
            kind=FundKind.GRANT if wrong.kind is FundKind.GIFT else FundKind.GIFT,
            amount_yuan=wrong.amount_yuan,
            purpose=why,
            corrects_id=entry,
        )
        _keep(session, number, counter, entries)
        _note(session, actor, community, "fund_corrected", counter, now, address, reason=why)
    return int(counter.id or 0)


def table(told: Book, language: str, period: str | None = None) -> pd.DataFrame:
    """Return the entries in words, the newest first, with what was left after each; index = id.

    Nobody is named. ``period`` leaves only those of a month or year.
    """
    rows, left = [], 0
    periods, undone = told.periods, {one.corrects_id for one in told.entries}
    first, last = (dt.date.min, dt.date.max) if period is None else fund_book.span(period)
    for one in told.entries:
        left += fund_book.signed_fen(one)
        if first <= one.day <= last:
            gift = one.kind is FundKind.GIFT
            rows.append(
                (
                    one.id,
                    one.day,
                    i18n.text(f"fund.kind.{one.kind.value}", language),
                    one.amount_yuan if gift else None,
                    None if gift else one.amount_yuan,
                    left / 100,
                    catalogues.label("fund_uses", one.grant_use, language) if one.grant_use else "",
                    privacy.mask_text(one.purpose),
                    one.voucher,
                    _state(one, periods, undone, language),
                )
            )
    names = ("day", "kind", "in_yuan", "out_yuan", "left_yuan", "use", "purpose", "voucher", "state")
    heads = [i18n.text(f"fund.column.{name}", language) for name in names]
    made = pd.DataFrame([row[1:] for row in rows], columns=heads, index=[row[0] for row in rows])
    return made.iloc[::-1]


def _state(one: FundEntry, periods: Collection[str], undone: Collection[int | None], language: str) -> str:
    said = []
    if one.corrects_id is not None:
        said.append(i18n.text("fund.state.corrects", language))
    if one.id in undone:
        said.append(i18n.text("fund.state.corrected", language))
    if fund_book.closed(one.day, periods) is not None:
        said.append(i18n.text("fund.state.closed", language))
    return i18n.listed(said, language)


def demand(actor: Actor | None, action: Action, community: model.Community) -> None:
    """Refuse whoever may not do something with the fund; None is the command line."""
    if actor is not None:
        access.demand(actor, action, street_id=community.street_id, community_id=community.id)


def today(now: dt.datetime) -> dt.date:
    """Return the day it is in the office."""
    return now.astimezone(ZoneInfo(settings.from_environment().time_zone)).date()


def reason_of(text: str) -> str:
    """Return a reason as it is kept; refuse one that says nothing."""
    why = privacy.mask_text(record_checks.line(text))
    if len(why) < _SHORTEST_REASON:
        raise InputError("fund_reason_short", n=_SHORTEST_REASON)
    return why[:_LONGEST]


def _checked(draft: Draft, community: model.Community, today: dt.date) -> FundEntry:
    """Return the entry that a draft makes, without its person.

    Raises
    ------
    FaultyRecord
    """
    refusals = []
    amount = draft.amount_yuan
    if amount is None or not math.isfinite(amount):
        refusals.append(Refusal(name="amount_yuan", problem="required"))
    elif not 0 < amount <= MOST_YUAN:
        refusals.append(
            Refusal(
                name="amount_yuan", problem="out_of_range", fields={"value": amount, "low": 0.01, "high": MOST_YUAN}
            )
        )
    elif abs(amount * 100 - fund_book.fen(amount)) > 1e-6:
        refusals.append(Refusal(name="amount_yuan", problem="fen", fields={"value": f"{amount:g}"}))
    if not _EARLIEST <= draft.day <= today:
        more = {"value": draft.day.isoformat(), "low": _EARLIEST.isoformat(), "high": today.isoformat()}
        refusals.append(Refusal(name="day", problem="out_of_range", fields=more))
    words = {name: record_checks.line(getattr(draft, name)) for name in ("person", "purpose", "voucher")}
    for name, said in words.items():
        if len(said) > _LONGEST:
            refusals.append(Refusal(name=name, problem="long", fields={"n": len(said), "longest": _LONGEST}))
    if draft.kind is FundKind.GRANT:
        if not words["purpose"]:
            refusals.append(Refusal(name="purpose", problem="required"))
        if draft.grant_use not in catalogues.entries("fund_uses"):
            refusals.append(Refusal(name="grant_use", problem="required"))
    if refusals or amount is None:
        raise FaultyRecord(refusals)
    return FundEntry(
        community_id=community_settings.number(community),
        day=draft.day,
        kind=draft.kind,
        amount_yuan=fund_book.fen(amount) / 100,
        purpose=words["purpose"],
        voucher=words["voucher"],
        grant_use=draft.grant_use if draft.kind is FundKind.GRANT else "",
    )


def _keep(session: Session, number: int, entry: FundEntry, entries: Sequence[FundEntry]) -> None:
    """Keep an entry whose day is open and that leaves no day below zero."""
    fund_book.demand_open(entry.day, {one.period for one in fund_book.closings_of(session, number)})
    if entry.kind is FundKind.GRANT:
        left = fund_book.spendable_yuan(entries, entry.day)
        if fund_book.fen(entry.amount_yuan) > fund_book.fen(left):
            raise InputError(
                "fund_over_balance", day=entry.day.isoformat(), yuan=f"{left:.2f}", asked=f"{entry.amount_yuan:.2f}"
            )
    session.add(entry)
    session.flush()


def _note(
    session: Session,
    actor: Actor | None,
    community: model.Community,
    action: str,
    entry: FundEntry,
    now: dt.datetime,
    address: str,
    reason: str = "",
) -> None:
    audit.record(
        session,
        actor,
        action,
        target=f"{i18n.text(f'fund.kind.{entry.kind.value}', 'zh')} {entry.amount_yuan:.2f}",
        target_id=entry.id,
        community_id=community.id,
        reason=reason,
        address=address,
        now=now,
    )
