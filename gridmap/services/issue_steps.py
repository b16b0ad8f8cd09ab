"""What is next with an issue, in whose hands it is, and until when."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from functools import cache, lru_cache
from typing import Any

import pandas as pd

from gridmap import i18n, model
from gridmap.model import IssueLevel, IssueState, PostKind
from gridmap.services import issue_limits, issue_ties
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


def in_hands(rows: pd.DataFrame, data: CommunityData) -> list[int | None]:
    """Return in whose hands many issues (rows of ``data.issues``) are, in their order, as `responsible` does."""
    owners = _owners(data, "zh")
    told = zip(rows.index.tolist(), rows["state"], rows["assignee_id"], rows["grid_id"], strict=True)
    return [owners.of(number, IssueState(state), assignee, grid)[0] for number, state, assignee, grid in told]


def in_words(rows: pd.DataFrame, data: CommunityData, language: str) -> pd.DataFrame:
    """Return the next step of many issues (rows of ``data.issues``), as ``step`` and ``owner``, as `next_step` does."""
    flow, owners = data.catalogues.flow, _owners(data, language)

    @cache
    def label(state: str, level: str) -> str:
        move = flow.moves.get(flow.next_of(IssueState(state), IssueLevel(level)))
        return "" if move is None else move.label(language)

    numbers = rows.index.tolist()
    told = zip(rows["state"], rows["level"], rows["assignee_id"], rows["grid_id"], strict=True)
    steps = [
        (label(state, level), owners.of(number, IssueState(state), assignee, grid)[1])
        for number, (state, level, assignee, grid) in zip(numbers, told, strict=True)
    ]
    return pd.DataFrame(steps, index=rows.index, columns=["step", "owner"], dtype="str")


def _owner(
    issue: model.Issue | pd.Series, state: IssueState, data: CommunityData, language: str
) -> tuple[int | None, str]:
    number = issue.id if isinstance(issue, model.Issue) else issue.name
    return _owners(data, language).of(number, state, issue.assignee_id, issue.grid_id)


@lru_cache(maxsize=8)
def _owners(data: CommunityData, language: str) -> _Owners:
    """Prepare the owners of a community once; communities are told apart as objects, and never change."""
    return _Owners(data, language)


class _Owners:
    """In whose hands issues are: the staff, where it is one, and in words."""

    def __init__(self, data: CommunityData, language: str) -> None:
        self._data, self._language = data, language
        self._staff = data.staff["name"].to_dict()
        self._leaders = data.grids["leader_id"].to_dict()
        at_the_head = (data.staff["post"] == PostKind.SECRETARY.value) & data.staff["active"]
        self._secretary = next(iter(data.staff.index[at_the_head].tolist()), None)
        open_calls = data.calls[data.calls["answered_at"].isna()]
        self._waiting: dict[int, list[str]] = {}
        for number, code in zip(open_calls["issue_id"], open_calls["department"], strict=True):
            self._waiting.setdefault(issue_ties.standing(data, int(number)), []).append(code)

    def of(self, number: Any, state: IssueState, assignee: Any, grid: Any) -> tuple[int | None, str]:
        kind = self._data.catalogues.flow.owners[state]
        if kind == "nobody":
            return None, ""
        if state is IssueState.IN_PROGRESS and (waiting := self._waiting.get(number)):
            names = [self._data.departments.label(code, self._language) for code in dict.fromkeys(waiting)]
            return None, i18n.listed(names, self._language)
        if kind == "assignee" and not _missing(assignee):
            return self._named(int(assignee))
        if kind in ("assignee", "leader") and not _missing(grid):
            leader = self._leaders.get(int(grid))
            if not _missing(leader):
                return self._named(int(leader))
        if kind == "secretary":
            if self._secretary is not None:
                return self._named(int(self._secretary))
            return None, i18n.text("step.owner.secretary", self._language)
        return None, i18n.text("step.owner.desk", self._language)

    def _named(self, staff_id: int) -> tuple[int | None, str]:
        # Whom a person does not see of the staff is told by the post.
        name = self._staff.get(staff_id)
        return staff_id, i18n.text("step.owner.leader", self._language) if name is None else str(name)


def _unsure(issue: model.Issue | pd.Series, data: CommunityData, due: dt.datetime | None) -> tuple[int, ...]:
    came: Any = issue.reported_at if _missing(issue.received_at) else issue.received_at
    found = issue_limits.deadline(issue.category, model.Urgency(issue.urgency), came, data.categories)
    return () if found is None or found.at != due else found.unknown


def _missing(value: Any) -> bool:
    return value is None or bool(pd.isna(value))
