"""The days that a briefing tells of, and those before it that it is compared with."""

from __future__ import annotations

import datetime as dt
import re
from dataclasses import dataclass

import babel.dates

from gridmap import i18n
from gridmap.errors import InputError

_MONTH = re.compile(r"(\d{4})-(\d{1,2})")
_QUARTER = re.compile(r"(\d{4})-?[Qq]([1-4])")
_YEAR = re.compile(r"\d{4}")
_DAYS = re.compile(r"(\d{4}-\d{1,2}-\d{1,2})(?:\.\.|/|~|至)(\d{4}-\d{1,2}-\d{1,2})")
_FIRST_YEAR, _LAST_YEAR = 1990, 2999
_DAY = dt.timedelta(days=1)


@dataclass(frozen=True, kw_only=True)
class Period:
    """A period, and the one before it.

    Parameters
    ----------
    kind
        ``month``, ``quarter``, ``year``, or ``days`` for any others.
    first, last
        First and last day, both included.
    until
        Last day that is counted: ``last``, or today while the period is under way.
    before_first, before_last
        What it is compared with: the month, quarter or year before, or as many days; of a period that is under way
        as many days of the one before as have passed of this one.
    """

    kind: str
    first: dt.date
    last: dt.date
    until: dt.date
    before_first: dt.date
    before_last: dt.date

    @property
    def running(self) -> bool:
        """Whether it is not over."""
        return self.until < self.last

    @property
    def days(self) -> int:
        """How many days are counted."""
        return (self.until - self.first).days + 1

    @property
    def days_before(self) -> int:
        """How many days are counted of the period before."""
        return (self.before_last - self.before_first).days + 1

    @property
    def said(self) -> str:
        """The period as `parse` takes it."""
        return {
            "month": f"{self.first:%Y-%m}",
            "quarter": f"{self.first.year}-Q{_quarter(self.first)}",
            "year": str(self.first.year),
        }.get(self.kind, f"{self.first}..{self.last}")


def parse(said: str, today: dt.date) -> Period:
    """Read a period: ``2026-10``, ``2026-Q3``, ``2026``, or two days with ``..`` between them.

    Parameters
    ----------
    said
        As a person writes it.
    today
        Up to which day there can be anything to tell.

    Raises
    ------
    InputError
        If it is none, ends before it begins, or has not begun.
    """
    text = said.strip()
    try:
        kind, first, last, before = _read(text)
    except ValueError as fault:
        raise InputError("briefing_period", period=said) from fault
    if not _FIRST_YEAR <= first.year <= last.year <= _LAST_YEAR:
        raise InputError("briefing_period", period=said)
    if last < first:
        raise InputError("briefing_period_reversed", first=first.isoformat(), last=last.isoformat())
    if first > today:
        raise InputError("briefing_period_future", period=said, today=today.isoformat())
    until, before_last = min(last, today), first - _DAY
    if until < last:
        before_last = min(before_last, before + (until - first))
    return Period(
        kind=kind, first=first, last=last, until=until, before_first=before, before_last=before_last
    )  # fmt: skip


def last_month(today: dt.date) -> str:
    """Return the last month that is over, as `parse` takes it."""
    return f"{today.replace(day=1) - _DAY:%Y-%m}"


def words(period: Period, language: str) -> str:
    """Return what the period is called."""
    if period.kind == "days":
        return _span(period.first, period.last, language)
    return _named(period.kind, period.first, language)


def words_before(period: Period, language: str) -> str:
    """Return what the period before it is called: its days where it is not counted as a whole."""
    if period.kind == "days" or period.running:
        return _span(period.before_first, period.before_last, language)
    return _named(period.kind, period.before_first, language)


def _named(kind: str, first: dt.date, language: str) -> str:
    if kind == "month":
        return str(babel.dates.format_skeleton("yMMMM", first, locale="zh_Hans_CN" if language == "zh" else "en_GB"))
    fields = {"year": str(first.year), "quarter": str(_quarter(first))}
    return i18n.text(f"briefing.period.{kind}", language, **fields)


def _span(first: dt.date, last: dt.date, language: str) -> str:
    return i18n.text("briefing.period.days", language, first=i18n.date(first, language), last=i18n.date(last, language))


def _read(text: str) -> tuple[str, dt.date, dt.date, dt.date]:
    """Return kind, first and last day, and first day of the period before.

    Raises
    ------
    ValueError
        If the text is none of those that are known, or names a day that is none.
    """
    if found := _MONTH.fullmatch(text):
        return "month", *_months(int(found[1]), int(found[2]), 1)
    if found := _QUARTER.fullmatch(text):
        return "quarter", *_months(int(found[1]), 3 * int(found[2]) - 2, 3)
    if _YEAR.fullmatch(text):
        return "year", *_months(int(text), 1, 12)
    if found := _DAYS.fullmatch(text):
        first, last = (dt.date(*map(int, day.split("-"))) for day in found.groups())
        return "days", first, last, first - max(last - first, _DAY * 0) - _DAY
    raise ValueError(text)


def _months(year: int, month: int, n: int) -> tuple[dt.date, dt.date, dt.date]:
    first = dt.date(year, month, 1)
    after, before = year * 12 + month - 1 + n, year * 12 + month - 1 - n
    return first, dt.date(after // 12, after % 12 + 1, 1) - _DAY, dt.date(before // 12, before % 12 + 1, 1)


def _quarter(day: dt.date) -> int:
    return (day.month + 2) // 3
