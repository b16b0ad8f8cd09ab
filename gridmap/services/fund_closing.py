"""Closing months and years of the one-yuan fund, and opening them again."""

from __future__ import annotations

import datetime as dt

from gridmap import model
from gridmap.access import Action, Actor
from gridmap.errors import Conflict, InputError, NotFound
from gridmap.model import FundClosing, FundKind
from gridmap.services import audit, community_settings, fund, fund_book
from gridmap.store import Store, changes


def close(
    store: Store, actor: Actor | None, community: model.Community, period: str, *, now: dt.datetime, address: str = ""
) -> FundClosing:
    """Close a month (``2026-10``) or year (``2026``): it takes no more entries, and is told as it stands.

    Raises
    ------
    Forbidden
        If ``actor`` may not.
    InputError
        ``fund_period``, ``fund_period_running`` if it is not over, ``fund_close_earlier`` if an earlier month with
        entries is still open.
    Conflict
        ``fund_closed_already``.
    """
    fund.demand(actor, Action.CLOSE_FUND, community)
    first, last = fund_book.span(period)
    if last >= fund.today(now):
        raise InputError("fund_period_running", period=period, day=last.isoformat())
    number = community_settings.number(community)
    with store.write() as session:
        changes.alone(session, number)
        entries = fund_book.entries_of(session, number)
        known = {one.period for one in fund_book.closings_of(session, number)}
        year = first.month != last.month
        if period in known or (not year and fund_book.closed(last, known) is not None):
            raise Conflict("fund_closed_already", period=period)
        # Of a year all months must be closed, of a month all before it.
        earlier = fund_book.first_open(entries, known, last + dt.timedelta(days=1) if year else first)
        if earlier is not None:
            raise InputError("fund_close_earlier", period=period, earlier=earlier)
        within = [one for one in entries if first <= one.day <= last]
        gifts = [one for one in within if one.kind is FundKind.GIFT]
        grants = [one for one in within if one.kind is FundKind.GRANT]
        made = FundClosing(
            community_id=number,
            period=period,
            entries=len(within),
            gifts_yuan=fund_book.balance_yuan(gifts),
            grants_yuan=abs(fund_book.balance_yuan(grants)),
            balance_yuan=fund_book.balance_yuan(one for one in entries if one.day <= last),
            closed_at=now,
            closed_by="" if actor is None else actor.display or actor.name,
        )
        session.add(made)
        session.flush()
        audit.record(
            session,
            actor,
            "fund_closed",
            target=period,
            target_id=made.id,
            community_id=number,
            address=address,
            now=now,
        )
    return made


def reopen(
    store: Store,
    actor: Actor | None,
    community: model.Community,
    period: str,
    reason: str,
    *,
    now: dt.datetime,
    address: str = "",
) -> None:
    """Open a closed month or year again, for a reason that stays with it and in the audit.

    Raises
    ------
    Forbidden
        If ``actor`` may not.
    NotFound
        ``fund_not_closed``.
    InputError
        ``reason_short``, or ``fund_reopen_later`` if a later one, or the year around it, is closed.
    """
    fund.demand(actor, Action.CLOSE_FUND, community)
    why = fund.reason_of(reason)
    number = community_settings.number(community)
    with store.write() as session:
        changes.alone(session, number)
        closings = fund_book.closings_of(session, number)
        found = next((one for one in closings if one.period == period), None)
        if found is None:
            raise NotFound("fund_not_closed", period=period)
        if closings[-1] is not found:
            raise InputError("fund_reopen_later", period=period, later=closings[-1].period)
        found.reopened_at, found.reason = now, why
        found.reopened_by = "" if actor is None else actor.display or actor.name
        audit.record(
            session,
            actor,
            "fund_reopened",
            target=period,
            target_id=found.id,
            community_id=number,
            reason=why,
            address=address,
            now=now,
        )
