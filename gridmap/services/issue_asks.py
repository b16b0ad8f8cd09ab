"""What a move of an issue asks, and what was given with it: checked before anything is kept."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy.orm import Session

from gridmap import model
from gridmap.errors import FaultyRecord, Refusal
from gridmap.services import issue_calls, issue_limits, record_checks
from gridmap.services.flow_table import Move
from gridmap.services.issue_catalogue import Catalogues, Department

LONGEST_NOTE = 1000


@dataclass(frozen=True, kw_only=True)
class Given:
    """What somebody gave with a move."""

    note: str = ""
    assignee_id: int | None = None
    departments: tuple[str, ...] = ()
    until: dt.datetime | None = None
    photos: tuple[int, ...] = ()


def checked(
    session: Session,
    issue: model.Issue,
    wanted: Move,
    known: Catalogues,
    note: str,
    assignee_id: int | None,
    departments: tuple[str, ...],
    until: dt.date | dt.datetime | None,
    photos: tuple[int, ...],
    now: dt.datetime,
    *,
    more_photos: int = 0,
) -> Given:
    """Return what was given as it is kept; what the move does not ask is left out.

    ``more_photos`` counts those that are kept with the move.

    Raises
    ------
    FaultyRecord
        With all that the move asks and was not given, or that cannot be.
    """
    asked = {*wanted.asks, *wanted.may}
    text = record_checks.lines(note)
    moment = issue_limits.moment(until) if until is not None else None
    wrong: list[Refusal] = []

    def refuse(name: str, problem: str) -> None:
        wrong.append(Refusal(name=name, problem=problem))

    if len(text) > LONGEST_NOTE:
        wrong.append(Refusal(name="note", problem="long", fields={"longest": LONGEST_NOTE, "n": len(text)}))
    if assignee_id is not None and not _is_staff(session, issue, assignee_id):
        refuse("assignee", "flow_nobody")
    if any((one := known.departments.get(code)) is None or not one.live for code in departments):
        refuse("department", "flow_no_department")
    elif wanted.action == issue_calls.WHISTLE:
        wrong += _not_called(session, issue, [known.departments.entries[code] for code in departments])
    if moment is not None and (moment <= now or (wanted.action == "postpone" and not _later(issue, moment))):
        refuse("until", "flow_until_past")
    if len(photos_of(session, issue, photos)) != len(set(photos)):
        refuse("photo", "flow_no_photo")
    there: dict[str, object] = {"note": text, "assignee": assignee_id, "department": departments, "until": moment}
    there["photo"] = photos or more_photos
    for name in wanted.asks:
        if not there[name]:
            refuse(name, f"flow_needs_{name}")
    if wrong:
        raise FaultyRecord(wrong)
    return Given(
        note=text,
        assignee_id=assignee_id if "assignee" in asked else None,
        departments=departments if "department" in asked else (),
        until=moment if "until" in asked else None,
        photos=photos,
    )


def _not_called(session: Session, issue: model.Issue, wanted: Sequence[Department]) -> list[Refusal]:
    """Say which departments cannot be whistled for: those that are not the street's, and those that owe an answer."""
    waiting = issue_calls.waiting_within(session, int(issue.id or 0))
    told = {
        "flow_not_street": [one for one in wanted if not one.street],
        "flow_called": [one for one in wanted if one.street and one.code in waiting],
    }
    return [
        Refusal(name="department", problem=problem, fields={"names": names}) for problem, names in told.items() if names
    ]


def _later(issue: model.Issue, moment: dt.datetime) -> bool:
    return issue.due_at is None or moment > issue.due_at


def several(department: str | Sequence[str] | None) -> tuple[str, ...]:
    """Return the codes of departments, each once."""
    told = [department] if isinstance(department, str) else list(department or ())
    return tuple(dict.fromkeys(code for code in told if code))


def photos_of(session: Session, issue: model.Issue, numbers: Sequence[int]) -> list[model.Photo]:
    """Return those of the photos with these ids that are of the issue."""
    of = sa.inspect(model.Photo).c
    wanted = sa.select(model.Photo).where(of.issue_id == issue.id, of.id.in_(numbers))
    return list(session.scalars(wanted)) if numbers else []


def _is_staff(session: Session, issue: model.Issue, number: int) -> bool:
    found = session.get(model.Staff, number)
    return found is not None and found.active and found.community_id == issue.community_id
