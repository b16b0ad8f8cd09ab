"""What is next with an issue, in whose hands it is, and until when."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Any

import pandas as pd

from gridmap import i18n, model
from gridmap.model import IssueLevel, IssueState, PostKind
from gridmap.services import issue_limits
from gridmap.services.community_data import CommunityData

_SOON = dt.timedelta(days=2)


@dataclass(frozen=True, kw_only=True)
class Step:
    """The next step of an issue.

    Parameters
    ----------
    action
        Code of the move; "" where nothing is left to do.
    label
        What the move is called.
    owner
        In whose hands it is, in words; a department's answer comes first.
    staff_id
        The member of the staff, where it is one.
    due
        Until when; None where there is no limit, or the clock stands still.
    state
        ``late``, ``soon`` (within two days), ``open``, ``still`` (suspended) or ``over`` (nothing left to do).
    unsure
        Years whose official calendar is not known, through which the limit was counted by weekends only.
    """

    action: str
    label: str
    owner: str
    staff_id: int | None
    due: dt.datetime | None
    state: str
    unsure: tuple[int, ...] = ()


def next_step(issue: model.Issue | pd.Series, data: CommunityData, language: str, now: dt.datetime) -> Step:
    """Return the next step of an issue.

    Parameters
    ----------
    issue
        The issue, or its row of ``data.issues``.
    data
        The community.
    language
        Language of words.
    now
        This moment, timezone-aware.
    """
    state, level = IssueState(issue.state), IssueLevel(issue.level)
    flow = data.catalogues.flow
    action = flow.next_of(state, level)
    staff_id, owner = _owner(issue, state, data, language)
    due = None if issue.due_at is None or pd.isna(issue.due_at) else pd.Timestamp(issue.due_at).to_pydatetime()
    stands = standing(state, due, now)
    move = flow.moves.get(action)
    return Step(
        action=action,
        label="" if move is None else move.label(language),
        owner=owner,
        staff_id=staff_id,
        due=None if stands in ("still", "over") else due,
        state=stands,
        unsure=() if stands in ("still", "over") else _unsure(issue, data, due),
    )


def standing(state: IssueState, due: dt.datetime | None, now: dt.datetime) -> str:
    """Return how an issue stands towards its limit, as `Step.state`."""
    if not state.is_open:
        return "over"
    if state is IssueState.SUSPENDED:
        return "still"
    if due is None:
        return "open"
    return "late" if due < now else "soon" if due - now <= _SOON else "open"


def responsible(issue: model.Issue | pd.Series, data: CommunityData) -> int | None:
    """Return the staff in whose hands the next step of an issue is; None where it is with the desk or a department."""
    return _owner(issue, IssueState(issue.state), data, "zh")[0]


def _owner(
    issue: model.Issue | pd.Series, state: IssueState, data: CommunityData, language: str
) -> tuple[int | None, str]:
    kind = data.catalogues.flow.owners[state]
    if kind == "nobody":
        return None, ""
    if state is IssueState.IN_PROGRESS and (waiting := _waiting(issue, data)):
        names = [data.departments.label(code, language) for code in waiting]
        return None, i18n.listed(names, language)
    chosen: Any = issue.assignee_id
    if kind == "assignee" and not _missing(chosen):
        return _named(int(chosen), data, language)
    grid: Any = issue.grid_id
    if kind in ("assignee", "leader") and not _missing(grid) and int(grid) in data.grids.index:
        leader = data.grids.at[int(grid), "leader_id"]
        if not _missing(leader):
            return _named(int(leader), data, language)
    if kind == "secretary":
        found = data.staff.index[(data.staff["post"] == PostKind.SECRETARY.value) & data.staff["active"]]
        return (
            _named(int(found[0]), data, language) if len(found) else (None, i18n.text("step.owner.secretary", language))
        )
    return None, i18n.text("step.owner.desk", language)


def _waiting(issue: model.Issue | pd.Series, data: CommunityData) -> list[str]:
    number = issue.id if isinstance(issue, model.Issue) else issue.name
    calls = data.calls[(data.calls["issue_id"] == number) & data.calls["answered_at"].isna()]
    return list(dict.fromkeys(calls["department"]))


def _named(staff_id: int, data: CommunityData, language: str) -> tuple[int | None, str]:
    # Whom a person does not see of the staff is told by the post.
    if staff_id not in data.staff.index:
        return staff_id, i18n.text("step.owner.leader", language)
    return staff_id, str(data.staff.at[staff_id, "name"])


def _unsure(issue: model.Issue | pd.Series, data: CommunityData, due: dt.datetime | None) -> tuple[int, ...]:
    came: Any = issue.reported_at if _missing(issue.received_at) else issue.received_at
    found = issue_limits.deadline(issue.category, model.Urgency(issue.urgency), came, data.categories)
    return () if found is None or found.at != due else found.unknown


def _missing(value: Any) -> bool:
    return value is None or bool(pd.isna(value))
