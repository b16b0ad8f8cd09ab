"""Days, moments and years as they stand in cells: dates, serial numbers of a spreadsheet, and text."""

from __future__ import annotations

import datetime as dt
import re
from functools import lru_cache
from typing import Any
from zoneinfo import ZoneInfo

from gridmap.exchange import fields

_FIRST_YEAR, _LAST_YEAR = 1800, 2100
# Day 0 of a spreadsheet; its days before March 1900 are one off, and no register reaches back so far.
_DAY_ZERO = dt.datetime(1899, 12, 30)
_SERIALS = range(15_000, 80_000)
# Written with two digits: until here of this century, beyond it of the last.
_PIVOT = 40
_NOTHING = ("", "-", "--", "/", "无", "不详", "未知", "待定", "暂无")

_DATE = re.compile(
    r"(?P<first>\d{1,2})[/.-](?P<second>\d{1,2})[/.-](?P<last>\d{4})(?!\d)"
    r"|(?P<year>\d{4}|\d{2})(?:年|[-/.])\s?(?P<month>\d{1,2})(?:月|[-/.])\s?(?P<day>\d{1,2})(?:日|号)?"
    r"|(?P<joined>(?:19|20)\d{6})(?=\D|\d{4}(?:\d\d)?$|$)"
)
_WEEKDAY = re.compile(r"\(?(?:星期|周|礼拜)[一二三四五六日天]\)?")
_TIME = re.compile(
    r"(?:T|,)?\s?(?P<half>上午|下午|晚上|中午|凌晨|早上|am|pm)?\s?"
    r"(?:(?P<hour>\d{1,2})\s?(?::|时|点)\s?(?:(?P<minute>\d{1,2})(?:\s?(?::|分)\s?(?:(?P<second>\d{1,2})(?:\.\d+)?秒?)?)?)?"
    r"|(?P<joined>\d{4}(?:\d\d)?))"
    r"\s?(?P<behind>am|pm)?\s?(?P<offset>z|utc|[+-]\d{2}:?\d{2})?",
    re.IGNORECASE,
)
_NUMERAL_DATE = re.compile(
    r"([〇零一二三四五六七八九]{4})年([一二三四五六七八九十]{1,3})月([一二三四五六七八九十]{1,3})[日号]"
)
_YEAR = re.compile(r"(?:约|大约|建于)?\s?(\d{4}|\d{2})\s?(?:年代?|年建成?|年建造|s)?(?:左右|前后)?")


def day(value: Any) -> dt.date | None:
    """Read a day; None where nothing stands. The time of a moment is left out.

    Raises
    ------
    ValueError
        If it is no day, or one could read it as two: ``03/04/2024`` is either of March or of April.
    """
    read = _moment(value)
    return None if read is None else read.date()


def moment(value: Any, zone: ZoneInfo) -> dt.datetime | None:
    """Read a moment in ``zone``, or in its own where it names one; None where nothing stands.

    A day alone is its beginning.

    Raises
    ------
    ValueError
        As `day`.
    """
    read = _moment(value)
    if read is None or read.tzinfo is not None:
        return read
    return read.replace(tzinfo=zone)


def year(value: Any) -> int | None:
    """Read a year, such as ``1998``, ``98年`` or the year of a date; None where nothing stands.

    Raises
    ------
    ValueError
        If it is none, or not between 1800 and 2100.
    """
    text = fields.fold(value)
    if text in _NOTHING:
        return None
    if not isinstance(value, dt.date):
        match = _YEAR.fullmatch(text)
        if match is not None:
            return _within(_full_year(match[1]))
    read = _moment(value)
    if read is None:
        raise ValueError(text)
    return _within(read.year)


def _moment(value: Any) -> dt.datetime | None:
    if isinstance(value, dt.datetime):
        # Neither nanoseconds nor the missing moment of pandas are of use here.
        return None if value != value else dt.datetime.combine(value.date(), value.time(), value.tzinfo)
    if isinstance(value, dt.date):
        return dt.datetime.combine(value, dt.time())
    text = fields.fold(value)
    if text in _NOTHING:
        return None
    return _text(text)


# The same days come again and again in a column.
@lru_cache(maxsize=10_000)
def _text(text: str) -> dt.datetime:
    return _serial(text) or _written(_NUMERAL_DATE.sub(_in_digits, text))


def _serial(text: str) -> dt.datetime | None:
    if re.fullmatch(r"\d{5}(?:\.\d+)?", text) is None or int(text[:5]) not in _SERIALS:
        return None
    read = _DAY_ZERO + dt.timedelta(days=float(text))
    # A second is 0.0000116 of a day: what a spreadsheet keeps is a little off.
    return (read + dt.timedelta(milliseconds=500)).replace(microsecond=0)


def _written(text: str) -> dt.datetime:
    match = _DATE.match(text)
    if match is None:
        raise ValueError(text)
    if match["joined"]:
        found = (int(match["joined"][:4]), int(match["joined"][4:6]), int(match["joined"][6:]))
    elif match["last"]:
        first, second = int(match["first"]), int(match["second"])
        if first <= 12 and second <= 12 and first != second:
            raise ValueError(text)
        found = (int(match["last"]), min(first, second), max(first, second))
    else:
        found = (_full_year(match["year"]), int(match["month"]), int(match["day"]))
    _within(found[0])
    day = dt.datetime(*found)
    rest = _WEEKDAY.sub("", text[match.end() :]).strip()
    return day if not rest else _at_time(day, rest)


def _at_time(day: dt.datetime, text: str) -> dt.datetime:
    match = _TIME.fullmatch(text)
    if match is None:
        raise ValueError(text)
    if match["joined"]:
        hour, minute, second = int(match["joined"][:2]), int(match["joined"][2:4]), int(match["joined"][4:] or 0)
    else:
        hour, minute, second = int(match["hour"]), int(match["minute"] or 0), int(match["second"] or 0)
    half = (match["half"] or match["behind"] or "").casefold()
    if half in ("下午", "晚上", "pm") and hour < 12:
        hour += 12
    if half in ("凌晨", "上午", "am") and hour == 12:
        hour = 0
    if hour == 24 and minute == second == 0:
        return day + dt.timedelta(days=1)
    return day.replace(hour=hour, minute=minute, second=second, tzinfo=_offset(match["offset"]))


def _offset(text: str | None) -> dt.tzinfo | None:
    if not text:
        return None
    if text.casefold() in ("z", "utc"):
        return dt.UTC
    hours, minutes = int(text[1:3]), int(text[-2:])
    return dt.timezone(dt.timedelta(hours=hours, minutes=minutes) * (-1 if text[0] == "-" else 1))


def _in_digits(match: re.Match[str]) -> str:
    read = [fields.chinese_number(part) for part in match.groups()]
    return f"{read[0]}年{read[1]}月{read[2]}日"


def _full_year(written: str) -> int:
    number = int(written)
    return number if len(written) == 4 else number + (2000 if number < _PIVOT else 1900)


def _within(number: int) -> int:
    if not _FIRST_YEAR <= number <= _LAST_YEAR:
        raise ValueError(number)
    return number


def day_or_none(value: Any) -> dt.date | None:
    """Read a day as `day` does; None where it is none."""
    try:
        return day(value)
    except ValueError:
        return None
