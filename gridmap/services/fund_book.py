"""The rules of the one-yuan fund: what entries come to, how much is left on a day, which months take no more.

Money is reckoned in whole fen.
"""

from __future__ import annotations

import calendar
import datetime as dt
import re
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy.orm import Session

from gridmap.errors import InputError
from gridmap.model import FundClosing, FundEntry, FundKind

_PERIOD = re.compile(r"(\d{4})(?:-(0[1-9]|1[0-2]))?")


@dataclass(frozen=True, kw_only=True)
class Totals:
    """What entries come to; an entry that was taken back among them counts nothing.

    Parameters
    ----------
    gifts, gifts_yuan, grants, grants_yuan
        By number and yuan.
    corrections, corrections_yuan
        Counter-entries to what was entered before; above zero where they brought money back.
    """

    gifts: int
    gifts_yuan: float
    grants: int
    grants_yuan: float
    corrections: int
    corrections_yuan: float


def fen(amount_yuan: float) -> int:
    """Return an amount in whole fen."""
    return round(amount_yuan * 100)


def signed_fen(entry: FundEntry) -> int:
    """Return what an entry adds to the fund, in fen."""
    return fen(entry.amount_yuan) if entry.kind is FundKind.GIFT else -fen(entry.amount_yuan)


def balance_yuan(entries: Iterable[FundEntry]) -> float:
    """Return what is left of the fund after ``entries``."""
    return sum(map(signed_fen, entries)) / 100


def balances(entries: Iterable[FundEntry]) -> dict[dt.date, int]:
    """Return what is left at the end of each day that has an entry, in fen, by day."""
    by_day: dict[dt.date, int] = {}
    for one in entries:
        by_day[one.day] = by_day.get(one.day, 0) + signed_fen(one)
    left = 0
    return {day: (left := left + by_day[day]) for day in sorted(by_day)}


def spendable_yuan(entries: Iterable[FundEntry], day: dt.date) -> float:
    """Return how much may be granted on a day so that neither it nor any later day ends below zero."""
    before, least = 0, None
    for at, left in balances(entries).items():
        if at <= day:
            before = left
        else:
            least = left if least is None else min(least, left)
    return (before if least is None else min(before, least)) / 100


def demand_balance(entries: Iterable[FundEntry]) -> None:
    """Refuse entries by which a day would end below zero.

    Raises
    ------
    InputError
        ``fund_negative`` with the first such day.
    """
    for day, left in balances(entries).items():
        if left < 0:
            raise InputError("fund_negative", day=day.isoformat(), yuan=f"{left / 100:.2f}")


def totals(entries: Sequence[FundEntry]) -> Totals:
    """Sum entries up; those that one among them takes back, and that one itself, are left out."""
    live, counter = _live(entries)
    gifts = [one for one in live if one.kind is FundKind.GIFT]
    grants = [one for one in live if one.kind is FundKind.GRANT]
    return Totals(
        gifts=len(gifts),
        gifts_yuan=balance_yuan(gifts),
        grants=len(grants),
        grants_yuan=abs(balance_yuan(grants)),
        corrections=len(counter),
        corrections_yuan=balance_yuan(counter),
    )


def granted_by_use(entries: Sequence[FundEntry]) -> Mapping[str, tuple[int, float]]:
    """Return number and yuan of grants by their use; one without a use is another use."""
    found: dict[str, tuple[int, float]] = {}
    for one in _live(entries)[0]:
        if one.kind is FundKind.GRANT:
            n, yuan = found.get(one.grant_use or "other", (0, 0.0))
            found[one.grant_use or "other"] = (n + 1, (fen(yuan) + fen(one.amount_yuan)) / 100)
    return found


def span(period: str) -> tuple[dt.date, dt.date]:
    """Return the first and the last day of a month (``2026-10``) or year (``2026``).

    Raises
    ------
    InputError
        ``fund_period`` if it is neither.
    """
    told = _PERIOD.fullmatch(period)
    if told is None or int(told[1]) == 0:
        raise InputError("fund_period", period=period[:20])
    year = int(told[1])
    if told[2] is None:
        return dt.date(year, 1, 1), dt.date(year, 12, 31)
    month = int(told[2])
    return dt.date(year, month, 1), dt.date(year, month, calendar.monthrange(year, month)[1])


def month(day: dt.date) -> str:
    """Return the month of a day as a period."""
    return f"{day:%Y-%m}"


def months(entries: Iterable[FundEntry]) -> list[str]:
    """Return the months that have entries, in order."""
    return sorted({month(one.day) for one in entries})


def closed(day: dt.date, periods: Collection[str]) -> str | None:
    """Return which of the closed ``periods`` a day lies in or before, None where it is open.

    What lies before a closed month is closed as well: an entry there would change what was left at its end.
    """
    over = sorted((one for one in periods if span(one)[1] >= day), key=in_order)
    return over[0] if over else None


def in_order(period: str) -> tuple[dt.date, int]:
    """Return by what periods are sorted: their end, a month before the year that ends with it."""
    return span(period)[1], -len(period)


def demand_open(day: dt.date, periods: Collection[str]) -> None:
    """Refuse a day whose month or year is closed.

    Raises
    ------
    InputError
        ``fund_closed``.
    """
    if (found := closed(day, periods)) is not None:
        raise InputError("fund_closed", period=found, day=day.isoformat())


def demand_closed_as_they_were(entries: Sequence[FundEntry], closings: Iterable[FundClosing]) -> None:
    """Refuse entries that differ from what a month or year held when it was closed.

    Raises
    ------
    InputError
        ``fund_closed_changed``.
    """
    for one in closings:
        first, last = span(one.period)
        within = [entry for entry in entries if first <= entry.day <= last]
        gifts = [entry for entry in within if entry.kind is FundKind.GIFT]
        grants = [entry for entry in within if entry.kind is FundKind.GRANT]
        left = balance_yuan(entry for entry in entries if entry.day <= last)
        now = (len(within), fen(balance_yuan(gifts)), -fen(balance_yuan(grants)), fen(left))
        if now != (one.entries, fen(one.gifts_yuan), fen(one.grants_yuan), fen(one.balance_yuan)):
            raise InputError("fund_closed_changed", period=one.period)


def entries_of(session: Session, community_id: int) -> list[FundEntry]:
    """Return the entries of a community by day, then in the order in which they were made."""
    entry = sa.inspect(FundEntry).c
    wanted = sa.select(FundEntry).where(entry.community_id == community_id).order_by(entry.day, entry.id)
    return list(session.scalars(wanted))


def closings_of(session: Session, community_id: int, *, in_force: bool = True) -> list[FundClosing]:
    """Return the closings of a community, the latest period last; with those that were reopened unless ``in_force``."""
    closing = sa.inspect(FundClosing).c
    wanted = sa.select(FundClosing).where(closing.community_id == community_id)
    if in_force:
        wanted = wanted.where(closing.reopened_at.is_(None))
    found = session.scalars(wanted.order_by(closing.closed_at, closing.id))
    return sorted(found, key=lambda one: in_order(one.period))


def demand_sound(session: Session, community_id: int) -> None:
    """Refuse what a change under way has done to the fund if a rule is broken by it.

    Raises
    ------
    InputError
        ``fund_closed_changed`` or ``fund_negative``.
    """
    session.flush()
    entries = entries_of(session, community_id)
    demand_closed_as_they_were(entries, closings_of(session, community_id))
    demand_balance(entries)


def first_open(entries: Iterable[FundEntry], periods: Collection[str], day: dt.date) -> str | None:
    """Return the earliest month with entries, over by ``day``, that is not closed; None where all are."""
    over = (one for one in months(entries) if span(one)[1] < day)
    return next((one for one in over if closed(span(one)[0], periods) is None), None)


def next_to_close(entries: Sequence[FundEntry], periods: Collection[str], day: dt.date) -> str | None:
    """Return what may be closed next on ``day``: a year whose months are closed, else the earliest open month."""
    known = months(entries)
    for year in sorted({one[:4] for one in known}):
        within = [one for one in known if one.startswith(year)]
        last = span(year)[1]
        if year not in periods and last < day and all(closed(span(one)[1], periods) for one in within):
            return year
    return first_open(entries, periods, day)


def _live(entries: Sequence[FundEntry]) -> tuple[list[FundEntry], list[FundEntry]]:
    """Return entries that stand, and counter-entries to what is not among ``entries``."""
    known = {one.id for one in entries if one.id is not None}
    undone = {one.corrects_id for one in entries if one.corrects_id in known}
    live = [one for one in entries if one.corrects_id is None and (one.id is None or one.id not in undone)]
    return live, [one for one in entries if one.corrects_id is not None and one.corrects_id not in known]
