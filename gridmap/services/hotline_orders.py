"""The 12345 orders of a community, those folded into other issues too, with what follows from their columns."""

from __future__ import annotations

import datetime as dt

import numpy as np
import pandas as pd

from gridmap.exchange import callbacks
from gridmap.model import IssueState
from gridmap.services.community_data import CommunityData
from gridmap.services.hotline_rules import HotlineRules

_NOT_TAKEN = frozenset({IssueState.RECORDED.value, IssueState.ACCEPTED.value, IssueState.ASSIGNED.value})
IN_TIME, LATE, PENDING, UNKNOWN = "in_time", "late", "pending", "unknown"


def orders(data: CommunityData) -> pd.DataFrame:
    """Return the orders as the issues are, index = id, with these columns besides.

    ``standing`` is the issue that an order is part of now, itself where it was folded into none; ``dispatched`` when it
    came to the community, as well as that is known.
    """
    rows = pd.concat([pd.DataFrame(data.issues), pd.DataFrame(data.doubles)])
    rows = rows[rows["order_number"].notna()]
    came = rows["dispatched_at"].fillna(rows["received_at"]).fillna(rows["reported_at"])
    standing = rows["merged_into_id"].astype("Int64").fillna(rows.index.to_series().astype("Int64"))
    return rows.assign(dispatched=came, standing=standing.astype("int64"))


def judged(data: CommunityData, rules: HotlineRules, now: dt.datetime) -> pd.DataFrame:
    """Return the orders with what counts in the rates.

    ``contact`` is ``in_time``, ``late``, ``pending`` (the time is not over) or ``unknown``; the caller's word at the
    call-back comes before our own record. ``solved`` and ``satisfied`` are True, False or None, ``called_back`` says
    whether a call-back told either, ``struck`` whether somebody left the order out of the rates.
    """
    rows = orders(data)
    said = {text: callbacks.read(text) for text in rows["callback"].unique()}
    heard = [said[text] for text in rows["callback"]]
    solved = pd.Series([one.solved for one in heard], index=rows.index, dtype="object")
    satisfied = pd.Series([one.satisfied for one in heard], index=rows.index, dtype="object")
    return rows.assign(
        contact=_contact(data, rows, [one.contacted for one in heard], rules, now),
        solved=solved,
        satisfied=satisfied,
        called_back=solved.notna() | satisfied.notna(),
        struck=rows["struck_out"] != "",
    )


def due(data: CommunityData, rules: HotlineRules, now: dt.datetime) -> pd.DataFrame:
    """Return the open orders that are overdue or due soon by their own limit, the most urgent first.

    An order that was folded into another issue is among them: its limit runs on. ``overdue`` says which is which.
    """
    rows = orders(data)
    still = rows["state"].map({state.value: state.is_open for state in IssueState}).astype(bool)
    rows = rows[still & rows["due_at"].notna() & (rows["due_at"] <= now + dt.timedelta(days=rules.soon_days))]
    found: pd.DataFrame = rows.assign(overdue=rows["due_at"] < now).sort_values("due_at", kind="stable")
    return found


def told_of(values: pd.Series, numbers: pd.Series) -> pd.Series:
    """Return what ``values`` say of each of some numbers, under the index of ``numbers``."""
    found: pd.Series = values.reindex(numbers.to_numpy()).set_axis(numbers.index)
    return found


def _contact(
    data: CommunityData, rows: pd.DataFrame, told: list[bool | None], rules: HotlineRules, now: dt.datetime
) -> list[str]:
    own = data.events[data.events["actor_id"].notna()].groupby("issue_id")["at"].min()
    came = rows["dispatched"]
    moments = (rows["taken_at"], told_of(own, rows.index.to_series()), told_of(own, rows["standing"]))
    # What was done before the order came was not done for it.
    first = pd.concat([one.where(one >= came) for one in moments], axis=1).min(axis=1)
    word = pd.Series(told, index=rows.index, dtype="object")
    quick, over = first - came <= rules.contact, now - came > rules.contact
    chosen = np.select(
        [word.eq(True), word.notna(), first.notna() & quick, first.notna(), ~over,
         rows["state"].isin(_NOT_TAKEN)],
        [IN_TIME, LATE, IN_TIME, LATE, PENDING, LATE],
        default=UNKNOWN,
    )  # fmt: skip
    return [str(one) for one in chosen]
