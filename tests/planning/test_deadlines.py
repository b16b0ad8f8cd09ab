"""Limits by the official calendar: weekends, moved working days, holidays, the year's turn, the office's zone."""

from __future__ import annotations

import datetime as dt
from zoneinfo import ZoneInfo

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gridmap.planning import deadlines, workdays
from gridmap.planning.deadlines import Limit, Unit

XIAN = ZoneInfo("Asia/Shanghai")


def due(received: str, days: int, unit: str = "working", zone: ZoneInfo = XIAN) -> str:
    found = deadlines.due(dt.datetime.fromisoformat(received), Limit(days, Unit(unit)), workdays.official(), zone)
    assert (found.at.hour, found.at.minute, found.at.second) == (23, 59, 59)
    return found.at.date().isoformat() + ("?" if found.unknown else "")


@pytest.mark.parametrize(
    ("received", "days", "unit", "until", "why"),
    [
        ("2026-11-24T10:00+08:00", 1, "working", "2026-11-25", "a Tuesday"),
        ("2026-11-24T23:59+08:00", 1, "working", "2026-11-25", "late in the evening is still that day"),
        ("2026-11-24T10:00+08:00", 3, "working", "2026-11-27", "within a week"),
        ("2026-11-26T10:00+08:00", 3, "working", "2026-12-01", "over a weekend"),
        ("2026-11-28T10:00+08:00", 1, "working", "2026-11-30", "received on a Saturday"),
        ("2026-11-28T10:00+08:00", 0, "working", "2026-11-30", "the same day, which is none"),
        ("2026-11-24T10:00+08:00", 0, "working", "2026-11-24", "the same day"),
        ("2026-09-30T10:00+08:00", 1, "working", "2026-10-08", "over National Day"),
        ("2026-10-08T10:00+08:00", 2, "working", "2026-10-10", "Saturday 10 October is worked"),
        ("2026-02-13T10:00+08:00", 1, "working", "2026-02-14", "Saturday 14 February is worked"),
        ("2026-02-14T10:00+08:00", 1, "working", "2026-02-24", "over the Spring Festival"),
        ("2026-02-13T10:00+08:00", 15, "working", "2026-03-12", "festival, worked weekends"),
        ("2025-12-31T10:00+08:00", 2, "working", "2026-01-05", "over New Year; Sunday 4 January is worked"),
        ("2026-11-24T10:00+08:00", 3, "calendar", "2026-11-27", "days as they come"),
        ("2026-09-30T10:00+08:00", 1, "calendar", "2026-10-01", "what is urgent waits for no holiday"),
        ("2025-12-31T23:00+08:00", 1, "calendar", "2026-01-01", "over New Year"),
        ("2026-11-24T16:30+00:00", 1, "working", "2026-11-26", "half past midnight of the 25th in Xi'an"),
        ("2026-11-24T15:30+00:00", 1, "working", "2026-11-25", "half past eleven of the 24th in Xi'an"),
    ],
)
def test_until_when(received: str, days: int, unit: str, until: str, why: str) -> None:
    assert due(received, days, unit) == until, why


def test_another_zone_has_another_day() -> None:
    assert due("2026-11-24T16:30+00:00", 1, zone=ZoneInfo("UTC")) == "2026-11-25"


def test_a_year_without_its_calendar_is_said() -> None:
    unknown = max(workdays.official().years) + 1
    found = deadlines.due(dt.datetime(unknown - 1, 12, 31, 3, tzinfo=XIAN), Limit(5), workdays.official(), XIAN)
    assert found.unknown == (unknown,)
    assert found.at.year == unknown


@given(
    st.datetimes(min_value=dt.datetime(2031, 1, 1), max_value=dt.datetime(2032, 1, 1), timezones=st.just(XIAN)),
    st.integers(1, 60),
)
@settings(max_examples=40, deadline=None)
def test_without_holidays_days_are_counted_as_numpy_does(received: dt.datetime, days: int) -> None:
    found = deadlines.due(received, Limit(days), workdays.Calendar(), XIAN)
    assert found.at.date() == np.busday_offset(received.date(), days, roll="backward").astype(object)


@pytest.mark.parametrize(
    ("until", "stopped", "now", "unit", "expected"),
    [
        ("2026-12-04", "2026-11-24", "2026-12-08", "working", "2026-12-18"),
        ("2026-12-04", "2026-11-24", "2026-12-08", "calendar", "2026-12-18"),
        ("2026-12-04", "2026-11-28", "2026-12-05", "working", "2026-12-11"),
        ("2026-12-04", "2026-12-04", "2027-01-05", "calendar", "2027-01-05"),
        ("2026-11-20", "2026-11-24", "2026-12-08", "working", "2026-11-20"),
    ],
)
def test_the_clock_stands_still(until: str, stopped: str, now: str, unit: str, expected: str) -> None:
    def noon(day: str) -> dt.datetime:
        return dt.datetime.combine(dt.date.fromisoformat(day), dt.time(12), tzinfo=XIAN)

    limit = deadlines.end_of(dt.date.fromisoformat(until), XIAN)
    found = deadlines.resumed(limit, noon(stopped), noon(now), Unit(unit), workdays.official(), XIAN)
    assert found.at.date().isoformat() == expected


@pytest.mark.parametrize("days", [-1, 367])
def test_a_limit_is_sensible(days: int) -> None:
    with pytest.raises(ValueError, match=str(days)):
        Limit(days)


def test_a_moment_without_a_zone_is_refused() -> None:
    with pytest.raises(ValueError, match="zone"):
        deadlines.due(dt.datetime(2026, 1, 1), Limit(1), workdays.official(), XIAN)
