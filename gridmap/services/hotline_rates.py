"""三率 of the 12345 orders: how many were contacted in time, solved, and left the caller satisfied, each with its n.

Of the orders dispatched, those that were struck out (剔除) are left out, with the reason a person gave. An order
without a call-back counts neither for nor against, and is counted apart.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from zoneinfo import ZoneInfo

import pandas as pd

from gridmap.access import Action, Actor
from gridmap.errors import InputError
from gridmap.exchange import hotline
from gridmap.services import audit, hotline_orders, issue_ties, records, writing_pace
from gridmap.services.community_data import CommunityData
from gridmap.services.hotline_rules import HotlineRules
from gridmap.services.sight import FEWEST, few
from gridmap.store import Store

LONGEST_REASON = 200


@dataclass(frozen=True, kw_only=True)
class Rate:
    """A rate with what it is taken of.

    Parameters
    ----------
    met, n
        So many of so many.
    apart
        Orders that say nothing of it, and count neither way.
    """

    met: int
    n: int
    apart: int

    @property
    def share(self) -> float | None:
        """The share, from 0 to 1; None of none."""
        return self.met / self.n if self.n else None


@dataclass(frozen=True, kw_only=True)
class Rates:
    """The rates of some orders.

    Parameters
    ----------
    orders
        Orders dispatched.
    struck
        Of these, struck out.
    called_back
        Of the others, with a call-back that says something.
    contacted, solved, satisfied
        响应率, 解决率, 满意率.
    """

    orders: int
    struck: int
    called_back: int
    contacted: Rate
    solved: Rate
    satisfied: Rate

    def score(self, rules: HotlineRules) -> float | None:
        """Return the rates as one number by their weights; None while one that has a weight is taken of none."""
        weighted = (
            (self.contacted, rules.weight_contacted),
            (self.solved, rules.weight_solved),
            (self.satisfied, rules.weight_satisfied),
        )
        counted = [(rate.share, weight) for rate, weight in weighted if weight > 0]
        total = sum(weight for _, weight in counted)
        if not counted or any(share is None for share, _ in counted):
            return None
        return sum((share or 0.0) * weight for share, weight in counted) / total


@dataclass(frozen=True, kw_only=True)
class Month:
    """A month of the office's calendar: its first day, and its rates."""

    first: dt.date
    rates: Rates


def rates(judged: pd.DataFrame) -> Rates:
    """Return the rates of orders as `hotline_orders.judged` gives them."""
    counted = judged[~judged["struck"]]
    contact = counted["contact"]
    in_time = int((contact == hotline_orders.IN_TIME).sum())
    told = int(contact.isin([hotline_orders.IN_TIME, hotline_orders.LATE]).sum())
    return Rates(
        orders=len(judged),
        struck=int(judged["struck"].sum()),
        called_back=int(counted["called_back"].sum()),
        contacted=Rate(met=in_time, n=told, apart=len(counted) - told),
        solved=_by_word(counted["solved"]),
        satisfied=_by_word(counted["satisfied"]),
    )


def within(judged: pd.DataFrame, first: dt.date, last: dt.date, time_zone: str) -> pd.DataFrame:
    """Return the orders that were dispatched from the day ``first`` to the day ``last``, both included."""
    day = judged["dispatched"].dt.tz_convert(ZoneInfo(time_zone)).dt.date
    found: pd.DataFrame = judged[(day >= first) & (day <= last)]
    return found


def grouped(judged: pd.DataFrame, by: str) -> Mapping[object, Rates]:
    """Return the rates by a column, ``grid_id`` or ``category``: most orders first; None is where it is not known."""
    found: dict[object, Rates] = {}
    for key, rows in judged.groupby(by, dropna=False, sort=True):
        found[None if pd.isna(key) else key] = rates(rows)
    return dict(sorted(found.items(), key=lambda pair: -pair[1].orders))


def months(judged: pd.DataFrame, today: dt.date, time_zone: str, *, n: int = 12) -> list[Month]:
    """Return the last ``n`` months to this one, the latest first, each with its rates."""
    found = []
    first = today.replace(day=1)
    for _ in range(n):
        after = (first + dt.timedelta(days=31)).replace(day=1)
        found.append(Month(first=first, rates=rates(within(judged, first, after - dt.timedelta(days=1), time_zone))))
        first = (first - dt.timedelta(days=1)).replace(day=1)
    return found


def is_told(rates: Rates, *, sees_issues: bool) -> bool:
    """Whether rates may be told: to those who see no issues, not of so few orders that one can be told from them."""
    return sees_issues or rates.orders >= FEWEST


def is_rate_told(rate: Rate, *, sees_issues: bool) -> bool:
    """Whether a rate may be told: a share tells the number that it is made of, and the rest."""
    return sees_issues or not few(rate.met, rate.n - rate.met, rate.n)


def strike(
    store: Store, actor: Actor, data: CommunityData, number: int, reason: str, *, now: dt.datetime, address: str = ""
) -> str:
    """Leave an order out of the rates for a reason, or count it again; return the reason that stood there before.

    Parameters
    ----------
    store, data
        The store, and the community in it.
    actor
        Who says so.
    number
        Id of the order's issue.
    reason
        Why it is struck out; "" counts it again.
    now
        This moment, timezone-aware.
    address
        Network address it comes from.

    Raises
    ------
    Forbidden
        If ``actor`` may not change the issue.
    NotFound
        If there is none.
    InputError
        If it is no order, or the reason is too long.
    TooManyWrites, StoreError
        As `records.create` does.
    """
    told = hotline.plain(reason)
    if len(told) > LONGEST_REASON:
        raise InputError("strike_long", n=len(told), longest=LONGEST_REASON)
    records.demand_somewhere(actor, Action.EDIT_ISSUES, data)
    with store.write() as session:
        issue = issue_ties.row(session, data, number)
        records.demand(actor, Action.EDIT_ISSUES, data, issue.grid_id)
        if not issue.order_number:
            raise InputError("strike_no_order", code=issue.code)
        before = issue.struck_out
        if before == told:
            return before
        writing_pace.demand(session, actor, now)
        issue.struck_out = told
        audit.record(
            session,
            actor,
            "order_struck" if told else "order_counted",
            target=issue.order_number,
            target_id=issue.id,
            community_id=issue.community_id,
            reason=told,
            address=address,
            now=now,
        )
        return before


def _by_word(column: pd.Series) -> Rate:
    said = column[column.notna()]
    met = sum(bool(one) for one in said)
    return Rate(met=met, n=len(said), apart=len(column) - len(said))
