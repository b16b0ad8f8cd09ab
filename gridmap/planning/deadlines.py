"""When something has to be done: limits in working or calendar days, by the official calendar.

The day on which something is received is not counted, and the last day lasts until its end (Civil Code of the PRC,
art. 201 and 203). A limit in calendar days is not moved by a holiday: what is urgent does not wait.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from enum import StrEnum
from zoneinfo import ZoneInfo

from gridmap.planning.workdays import Calendar

_DAY = dt.timedelta(days=1)
_END = dt.time(23, 59, 59)
LONGEST_DAYS = 366


class Unit(StrEnum):
    """What a limit counts."""

    WORKING = "working"  # 工作日
    CALENDAR = "calendar"  # 自然日


@dataclass(frozen=True)
class Limit:
    """So many days.

    Raises
    ------
    ValueError
        If there are fewer than none, or more than a year's.
    """

    days: int
    unit: Unit = Unit.WORKING

    def __post_init__(self) -> None:
        if not 0 <= self.days <= LONGEST_DAYS:
            raise ValueError(f"a limit is from 0 to {LONGEST_DAYS} days, not {self.days}")


@dataclass(frozen=True)
class Deadline:
    """The moment until which something is in time.

    Parameters
    ----------
    at
        The last second of the last day, in the zone it was asked for.
    unknown
        Years that were passed and whose official calendar is not known: of these only the weekends were.
    """

    at: dt.datetime
    unknown: tuple[int, ...] = ()


def due(at: dt.datetime, limit: Limit, calendar: Calendar, tz: ZoneInfo) -> Deadline:
    """Return until when what was received at a moment has to be done.

    Parameters
    ----------
    at
        When it was received, timezone-aware.
    limit
        How long it may take; of none, it has to be done on the same day, or on the first that is worked.
    calendar
        Which days are worked.
    tz
        Zone of the office; the day of receipt is the day it is there.

    Raises
    ------
    ValueError
        If ``at`` has no time zone.
    """
    if at.tzinfo is None:
        raise ValueError("a moment without a time zone is on no day")
    first = at.astimezone(tz).date()
    if limit.unit is Unit.CALENDAR:
        return Deadline(end_of(first + limit.days * _DAY, tz))
    day, left, years = first, limit.days, {first.year}
    while left or not calendar.works(day):
        day += _DAY
        years.add(day.year)
        if left and calendar.works(day):
            left -= 1
    return Deadline(end_of(day, tz), tuple(sorted(year for year in years if year not in calendar.years)))


def resumed(
    until: dt.datetime, stopped: dt.datetime, now: dt.datetime, unit: Unit, calendar: Calendar, tz: ZoneInfo
) -> Deadline:
    """Return the limit of what was suspended: as many days are left as were left when the clock stopped.

    Parameters
    ----------
    until
        The limit before. What was late already when it was suspended stays so.
    stopped, now
        When it was suspended, and when it goes on.
    unit
        Which days count.
    calendar, tz
        As for `due`.
    """
    if until <= stopped:
        return Deadline(until)
    last, day = until.astimezone(tz).date(), stopped.astimezone(tz).date()
    if unit is Unit.CALENDAR:
        left = (last - day).days
    else:
        left = sum(calendar.works(day + n * _DAY) for n in range(1, (last - day).days + 1))
    return due(now, Limit(min(left, LONGEST_DAYS), unit), calendar, tz)


def end_of(day: dt.date, tz: ZoneInfo) -> dt.datetime:
    """Return the last second of a day in a zone."""
    return dt.datetime.combine(day, _END, tzinfo=tz)
