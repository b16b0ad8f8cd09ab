"""The days of a briefing, and those they are compared with."""

from __future__ import annotations

import datetime as dt

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gridmap.errors import InputError
from gridmap.services import briefing_periods

TODAY = dt.date(2026, 11, 20)
D = dt.date


@pytest.mark.parametrize(
    ("said", "first", "until", "before_first", "before_last", "zh"),
    [
        ("2026-10", D(2026, 10, 1), D(2026, 10, 31), D(2026, 9, 1), D(2026, 9, 30), "2026年10月"),
        ("2026-01", D(2026, 1, 1), D(2026, 1, 31), D(2025, 12, 1), D(2025, 12, 31), "2026年1月"),
        ("2026-Q3", D(2026, 7, 1), D(2026, 9, 30), D(2026, 4, 1), D(2026, 6, 30), "2026年第3季度"),
        ("2026q1", D(2026, 1, 1), D(2026, 3, 31), D(2025, 10, 1), D(2025, 12, 31), "2026年第1季度"),
        ("2025", D(2025, 1, 1), D(2025, 12, 31), D(2024, 1, 1), D(2024, 12, 31), "2025年"),
        # Under way: as many days of the one before.
        ("2026-11", D(2026, 11, 1), D(2026, 11, 20), D(2026, 10, 1), D(2026, 10, 20), "2026年11月"),
        ("2026", D(2026, 1, 1), D(2026, 11, 20), D(2025, 1, 1), D(2025, 11, 20), "2026年"),
        (
            *("2026-10-10..2026-10-16", D(2026, 10, 10), D(2026, 10, 16), D(2026, 10, 3), D(2026, 10, 9)),
            "2026年10月10日至2026年10月16日",
        ),
    ],
)
def test_period_and_the_one_before(
    said: str, first: dt.date, until: dt.date, before_first: dt.date, before_last: dt.date, zh: str
) -> None:
    found = briefing_periods.parse(said, TODAY)
    assert (found.first, found.until) == (first, until)
    assert (found.before_first, found.before_last) == (before_first, before_last)
    assert briefing_periods.words(found, "zh") == zh


@pytest.mark.parametrize("said", ["", "soon", "2026-13", "2026-Q5", "0000", "2026-02-30..2026-03-01", "2026-10-1-2"])
def test_what_is_no_period_is_told_with_examples(said: str) -> None:
    with pytest.raises(InputError, match="2026-Q3"):
        briefing_periods.parse(said, TODAY)


def test_backwards_and_not_begun() -> None:
    with pytest.raises(InputError, match="backwards"):
        briefing_periods.parse("2026-10-16..2026-10-10", TODAY)
    with pytest.raises(InputError, match="has not begun"):
        briefing_periods.parse("2026-12", TODAY)
    assert briefing_periods.last_month(D(2026, 1, 31)) == "2025-12"


@given(day=st.dates(D(2000, 1, 1), D(2026, 11, 20)), kind=st.sampled_from(["month", "quarter", "year", "days"]))
def test_periods_follow_each_other_without_gap_and_are_read_again(day: dt.date, kind: str) -> None:
    said = {
        "month": f"{day:%Y-%m}",
        "quarter": f"{day.year:04d}-Q{(day.month + 2) // 3}",
        "year": f"{day.year:04d}",
        "days": f"{day}..{min(day + dt.timedelta(days=day.day), TODAY)}",
    }[kind]
    found = briefing_periods.parse(said, TODAY)
    assert found.kind == kind
    assert found.first <= day <= found.last
    assert briefing_periods.parse(found.said, TODAY) == found
    assert found.before_first <= found.before_last < found.first
    if not found.running:
        assert found.before_last + dt.timedelta(days=1) == found.first
        before = briefing_periods.parse(found.said, TODAY)
        assert before.days == (found.last - found.first).days + 1
