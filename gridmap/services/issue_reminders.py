"""What waits for one person: issues in their hands, those due soon and those overdue."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

import pandas as pd

from gridmap.access import Actor
from gridmap.analysis import indicators
from gridmap.model import IssueState, Role
from gridmap.services import community_data, issue_steps, layers
from gridmap.services.community_data import CommunityData
from gridmap.services.issue_steps import Step


@dataclass(frozen=True, kw_only=True)
class Reminder:
    """An issue that waits for somebody.

    Parameters
    ----------
    issue_id, code
        Which issue.
    category, place
        What it is about, and what the building or compound is called; nothing of its text.
    step
        What is next, by whom, until when.
    """

    issue_id: int
    code: str
    category: str
    place: str
    step: Step


@dataclass(frozen=True, kw_only=True)
class Reminders:
    """What waits for a person, the most pressing first.

    Parameters
    ----------
    late, soon
        Past its limit, and due within two days.
    waiting
        All the rest that is in the person's hands.
    """

    late: tuple[Reminder, ...] = ()
    soon: tuple[Reminder, ...] = ()
    waiting: tuple[Reminder, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.late or self.soon or self.waiting)


def of(data: CommunityData, actor: Actor, staff_id: int | None, now: dt.datetime, language: str) -> Reminders:
    """Return what waits for a person.

    In a person's hands is what is assigned to them or comes to them by its grid; what comes to the desk is in the
    desk's. The secretary is reminded besides of all that is overdue in the community.

    Parameters
    ----------
    data
        The community, as the person sees it.
    actor
        Who it is for.
    staff_id
        Which member of the staff that is; None of an account that is nobody's.
    now
        This moment, timezone-aware.
    language
        Language of words.
    """
    rows = data.issues[data.issues["state"] != IssueState.CLOSED.value]
    wanted = [
        (staff_id is not None and one == staff_id) or (one is None and actor.role == Role.DESK)
        for one in issue_steps.in_hands(rows, data)
    ]
    late = indicators.overdue_issues(rows, now) & (actor.role == Role.SECRETARY)
    rows = rows[late | pd.Series(wanted, index=rows.index, dtype=bool)]
    titles = layers.building_titles(data.buildings, language)
    place = community_data.named(rows["building_id"], titles)
    compound = community_data.named(rows["compound_id"], data.compounds["name"])
    place = place.where(place != "", compound)
    found: dict[str, list[Reminder]] = {"late": [], "soon": [], "waiting": []}
    for number, row in rows.iterrows():
        step = issue_steps.next_step(row, data, language, now)
        found[step.state if step.state in found else "waiting"].append(
            Reminder(
                issue_id=int(str(number)),
                code=str(row["code"]),
                category=data.categories.label(row["category"], language),
                place="" if row["confidential"] else str(place[number]),
                step=step,
            )
        )
    far = dt.datetime.max.replace(tzinfo=dt.UTC)
    order = {name: tuple(sorted(told, key=lambda one: (one.step.due or far, one.code))) for name, told in found.items()}
    return Reminders(**order)
