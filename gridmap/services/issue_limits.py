"""Until when issues have to be done: the limits of their category and urgency, by the official calendar."""

from __future__ import annotations

import datetime as dt
from zoneinfo import ZoneInfo

from gridmap import model, settings
from gridmap.errors import InputError
from gridmap.planning import deadlines, workdays
from gridmap.planning.deadlines import Deadline, Limit, Unit
from gridmap.services.issue_catalogue import Categories, Department


def zone() -> ZoneInfo:
    """Return the zone of the office."""
    return ZoneInfo(settings.from_environment().time_zone)


def deadline(category: str, urgency: model.Urgency, at: dt.datetime, known: Categories) -> Deadline | None:
    """Return until when an issue of a category has to be done that came at a moment; None where nothing is set."""
    found = known.get(category)
    limit = found.limit(model.Urgency(urgency)) if found is not None else None
    return None if limit is None else deadlines.due(at, limit, workdays.official(), zone())


def of(issue: model.Issue, known: Categories, at: dt.datetime) -> dt.datetime | None:
    """Return the limit of an issue, counted from a moment."""
    found = deadline(issue.category, issue.urgency, at, known)
    return None if found is None else found.at


def start(issue: model.Issue, known: Categories) -> None:
    """Give an issue that was just recorded its limit, unless it has one."""
    if issue.due_at is None and issue.state.is_open:
        issue.due_at = of(issue, known, issue.received_at or issue.reported_at)


def follow(issue: model.Issue, known: Categories, category: str, urgency: model.Urgency) -> None:
    """Let the limit follow a change of category or urgency, where nobody had set it otherwise.

    Parameters
    ----------
    issue
        As it is now.
    known
        The categories of its community.
    category, urgency
        As they were before.
    """
    came = issue.received_at or issue.reported_at
    usual = deadline(category, urgency, came, known)
    if issue.state.is_open and issue.due_at == (None if usual is None else usual.at):
        issue.due_at = of(issue, known, came)


def resumed(issue: model.Issue, known: Categories, stopped: dt.datetime, now: dt.datetime) -> dt.datetime | None:
    """Return the limit of an issue that was suspended: as many days are left as when the clock stopped."""
    if issue.due_at is None:
        return None
    found = known.get(issue.category)
    limit = found.limit(issue.urgency) if found is not None else None
    unit = Unit.WORKING if limit is None else limit.unit
    return deadlines.resumed(issue.due_at, stopped, now, unit, workdays.official(), zone()).at


def answer_by(department: Department, now: dt.datetime) -> dt.datetime:
    """Return until when a department that is called now has to answer."""
    return deadlines.due(now, Limit(department.days, Unit.WORKING), workdays.official(), zone()).at


def moment(until: dt.date | dt.datetime) -> dt.datetime:
    """Return the moment that a person means by a day: its end.

    Raises
    ------
    errors.InputError
        ``flow_no_zone`` if a moment has no time zone.
    """
    if not isinstance(until, dt.datetime):
        return deadlines.end_of(until, zone())
    if until.tzinfo is None:
        raise InputError("flow_no_zone", moment=f"{until:%Y-%m-%d %H:%M}")
    return until
