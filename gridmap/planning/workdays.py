"""Which days are worked: the State Council's yearly calendar of holidays and moved working days (调休).

The calendar is data (``data/catalogues/workdays.json``): one row a year, from the General Office's notice of that year.
Of a year that is not there only the weekends are known, and `Calendar.knows` says so.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterable
from dataclasses import dataclass, replace
from functools import cache

from gridmap import catalogues
from gridmap.errors import InputError

_DAY = dt.timedelta(days=1)
_SATURDAY = 6


@dataclass(frozen=True, kw_only=True)
class Calendar:
    """Days on which nobody works though it is no weekend, and weekends on which everybody does.

    Parameters
    ----------
    off
        Holidays; weekends among them change nothing.
    worked
        Saturdays and Sundays that are worked.
    years
        Years whose notice is known.
    """

    off: frozenset[dt.date] = frozenset()
    worked: frozenset[dt.date] = frozenset()
    years: frozenset[int] = frozenset()

    def works(self, day: dt.date) -> bool:
        """Whether ``day`` is a working day."""
        return day in self.worked or (day not in self.off and day.isoweekday() < _SATURDAY)

    def knows(self, day: dt.date) -> bool:
        """Whether the notice of the year of ``day`` is known."""
        return day.year in self.years

    def days(self, monday: dt.date) -> tuple[dt.date, ...]:
        """Return the working days of the week that begins on ``monday``."""
        return tuple(day for day in _week_of(monday) if self.works(day))

    def held_on(self, monday: dt.date, weekday: int) -> dt.date | None:
        """Return the day on which what belongs to a weekday is held in the week that begins on ``monday``.

        A holiday's duties go to the first Saturday or Sunday of the same week that is worked instead.

        Returns
        -------
        datetime.date or None
            None where the week has no such day.
        """
        day = monday + (weekday - 1) * _DAY
        if self.works(day):
            return day
        return next((other for other in _week_of(monday)[_SATURDAY - 1 :] if self.works(other)), None)

    def changed(self, *, off: Iterable[dt.date] = (), worked: Iterable[dt.date] = ()) -> Calendar:
        """Return the calendar with a place's own days: what is told here counts more than the notice."""
        off, worked = frozenset(off), frozenset(worked)
        return replace(self, off=(self.off | off) - worked, worked=(self.worked | worked) - off)


@cache
def official() -> Calendar:
    """Return the calendar of all years in the catalogue."""
    off: set[dt.date] = set()
    worked: set[dt.date] = set()
    years = catalogues.entries("workdays", "year")
    for row in years.values():
        for rest in row["off"]:
            first, last = dt.date.fromisoformat(rest["first"]), dt.date.fromisoformat(rest["last"])
            off.update(first + n * _DAY for n in range((last - first).days + 1))
        worked.update(dt.date.fromisoformat(day) for day in row["worked"])
    return Calendar(off=frozenset(off), worked=frozenset(worked), years=frozenset(int(year) for year in years))


def monday_of(week: str) -> dt.date:
    """Return the first day of an ISO week such as ``2026-W48``.

    Raises
    ------
    errors.InputError
        If there is no such week.
    """
    found = re.fullmatch(r"([0-9]{4})-?W([0-9]{2})", week.strip().upper())
    try:
        return dt.date.fromisocalendar(int(found[1]), int(found[2]), 1) if found else _none(week)
    except ValueError as wrong:
        raise InputError("rota_week", week=week) from wrong


def week_of(day: dt.date) -> str:
    """Return the ISO week of ``day``, such as ``2026-W48``."""
    year, week, _ = day.isocalendar()
    return f"{year:04d}-W{week:02d}"


def _none(week: str) -> dt.date:
    raise InputError("rota_week", week=week)


def _week_of(monday: dt.date) -> tuple[dt.date, ...]:
    return tuple(monday + n * _DAY for n in range(7))
