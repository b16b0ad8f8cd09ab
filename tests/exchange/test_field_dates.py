"""Days, moments and years as they stand in cells."""

from __future__ import annotations

import datetime as dt
from zoneinfo import ZoneInfo

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gridmap.exchange import field_dates

XIAN = ZoneInfo("Asia/Shanghai")


@pytest.mark.parametrize(
    "written",
    [
        "2024/03/12",
        "2024-3-12",
        "2024.3.12",
        "2024年3月12日",
        "2024年03月12号",
        "２０２４－０３－１２",
        "20240312",
        20240312,
        45363,
        45363.0,
        "45363",
        "2024-03-12 星期二",
        "2024年3月12日（周二）",
        "24.3.12",
        "二〇二四年三月十二日",
        "2024-03-12T00:00:00",
        dt.date(2024, 3, 12),
        dt.datetime(2024, 3, 12, 23, 59),
        pd.Timestamp("2024-03-12"),
    ],
)
def test_days(written: object) -> None:
    assert field_dates.day(written) == dt.date(2024, 3, 12)


@pytest.mark.parametrize(
    "written",
    [
        "2024/03/12 16:21",
        "2024年03月12日 16时21分",
        "2024年3月12日16点21分",
        "2024-03-12T16:21:00",
        "2024-03-12 下午4:21",
        "2024-03-12 4:21 PM",
        "2024-03-12 08:21Z",
        "2024-03-12T17:21+09:00",
        "202403121621",
        45363.68125,
        dt.datetime(2024, 3, 12, 16, 21),
    ],
)
def test_moments(written: object) -> None:
    assert field_dates.moment(written, XIAN) == dt.datetime(2024, 3, 12, 16, 21, tzinfo=XIAN)


def test_a_moment_knows_its_zone_and_midnight_belongs_to_the_next_day() -> None:
    read = field_dates.moment("2024-03-12 24:00", XIAN)
    assert read is not None
    assert read.utcoffset() == dt.timedelta(hours=8)
    assert read == dt.datetime(2024, 3, 13, tzinfo=XIAN)


@pytest.mark.parametrize("nothing", ["", None, float("nan"), pd.NaT, "-", "/", "无", "待定"])
def test_nothing_is_no_day(nothing: object) -> None:
    assert field_dates.day(nothing) is None
    assert field_dates.moment(nothing, XIAN) is None
    assert field_dates.year(nothing) is None


@pytest.mark.parametrize(
    "written",
    [
        "03/04/2024",
        "2024-13-01",
        "2024年2月30日",
        "星期二",
        "2024-03-12 25:00",
        "2024-03-12 多云",
        "12",
        7,
        "2024年3月",
        "0000-01-01",
        "2024-03-12 16:21 之前",
    ],
)
def test_what_is_no_day_or_could_be_two_is_refused(written: object) -> None:
    with pytest.raises(ValueError, match=r".*"):
        field_dates.day(written)


def test_a_foreign_day_that_can_only_be_one_is_read() -> None:
    assert field_dates.day("25/12/2024") == field_dates.day("12/25/2024") == dt.date(2024, 12, 25)


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("98年", 1998),
        ("1992年", 1992),
        (2005, 2005),
        ("2005", 2005),
        ("05年", 2005),
        ("1986年建成", 1986),
        ("90年代", 1990),
        ("约1985年", 1985),
        ("2005-06-01", 2005),
        (dt.date(1999, 1, 1), 1999),
        ("1990s", 1990),
    ],
)
def test_years(written: object, read: int) -> None:
    assert field_dates.year(written) == read


@pytest.mark.parametrize("written", ["老楼", "1200年", "99999", "3月"])
def test_what_is_no_year_is_refused(written: object) -> None:
    with pytest.raises(ValueError, match=r".*"):
        field_dates.year(written)


@settings(max_examples=60)
@given(st.datetimes(min_value=dt.datetime(1950, 1, 1), max_value=dt.datetime(2090, 1, 1)))
def test_every_moment_is_read_as_it_was_written(moment: dt.datetime) -> None:
    moment = moment.replace(microsecond=0)
    here = moment.replace(tzinfo=XIAN)
    for form in ("%Y-%m-%d %H:%M:%S", "%Y/%m/%d %H:%M:%S", "%Y年%m月%d日 %H时%M分%S秒", "%Y%m%d%H%M%S"):
        assert field_dates.moment(moment.strftime(form), XIAN) == here
    serial = (moment - dt.datetime(1899, 12, 30)) / dt.timedelta(days=1)
    assert field_dates.moment(serial, XIAN) == here
