"""Reads the cells of a register that draws nothing: what each column may hold, and what is wrong with a row.

What a column holds is data: ``holds`` in the catalogue ``import_columns``.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any
from zoneinfo import ZoneInfo

import geopandas as gpd
import pandas as pd
import shapely

from gridmap import catalogues, crs
from gridmap.errors import Fault
from gridmap.exchange import columns, field_dates, fields, hotline

_SHOWN = 40
_USUAL_LENGTH = 200
_LENGTHS: Mapping[str, int] = {
    "code": 64,
    "text": 4000,
    "handling": 4000,
    "note": 4000,
    "before": 4000,
    "papers": 1000,
    "after": 4000,
}
# More than any true one.
_LARGEST: Mapping[str, int] = {
    "members": 10_000,
    "attendance": 100_000,
    "number": 100_000,
    "extended_days": 3_650,
    "interval_days": 3_650,
    "seq": 10_000,
    "days": 365,
    "area_m2": 100_000,
    "amount_yuan": 100_000_000,
    "income_yuan": 100_000_000,
    "expense_yuan": 100_000_000,
    "budget_yuan": 1_000_000_000,
}
_SIGNED = frozenset({"amount_yuan"})
_LISTED: Mapping[str, str] = {
    "post": "post",
    "issue_source": "issue_source",
    "issue_level": "issue_level",
    "project_state": "project_state",
    "fund_kind": "fund_kind",
    "fund_use": "fund_use",
    "premises_use": "premises_use",
    "attention": "attention",
    "stance": "stance",
    "tenure": "tenure",
}
_WORDS_OF_HOTLINE = {"issue_state": "state", "urgency": "urgency"}
_EVERY = re.compile(r"每(?:隔)?\s?([一二两三四五六七八九十]|\d{1,2})?个?\s?(天|日|周|星期|半月|月|季度|季|年)")
_TIMES = re.compile(r"([一二两三四五六七八九十]|\d{1,2})\s?次")
_DAYS = {"天": 1, "日": 1, "周": 7, "星期": 7, "半月": 15, "月": 30, "季度": 90, "季": 90, "年": 365}
_LEFT_TO_OTHERS = ("geom", "building_id", "place_confidence", "identity_digest")


@dataclass(frozen=True, kw_only=True)
class _Reader:
    """How a cell is read; ``problem`` is the fault where `read` raises ValueError."""

    read: Callable[[Any], Any]
    problem: str
    allowed: tuple[str, ...] = ()


def read(
    frame: pd.DataFrame, kind: str, zone: ZoneInfo, *, required: Mapping[str, str]
) -> tuple[pd.DataFrame, list[Fault]]:
    """Read all cells of a frame.

    Parameters
    ----------
    frame
        As `columns.named` gives it: our field names, index = row as a person counts it.
    kind
        One of `columns.kinds`.
    zone
        In which moments without a zone are meant.
    required
        Fields without which a row cannot be kept, with an example of what may stand there.

    Returns
    -------
    tuple
        All rows with their cells read: text folded, numbers, `datetime.date`, moments with a zone, codes; None or
        ``""`` where nothing stands. And what is wrong, by row: fatal in a required field, or where a wrong number would
        be worse than none; else the cell counts as empty and that is said.
    """
    entries = columns.of_kind(kind)
    out = _on_the_map(frame)
    found: list[Fault] = []
    for name in frame.columns:
        if name in _LEFT_TO_OTHERS or name in ("lon", "lat"):
            continue
        holds = str(entries[name]["holds"])
        fatal = name in required or holds == "money"
        values, faults = _column(frame[name], str(name), holds, zone, fatal=fatal)
        out[name] = pd.Series(values, index=frame.index, dtype="object")
        found += faults
    found += _missing(out, kind, required, {(fault.row, fault.column) for fault in found})
    return out, found


def left(clean: pd.DataFrame, found: list[Fault]) -> tuple[pd.DataFrame, list[Fault]]:
    """Return the rows without a fatal fault, and the faults in the order of the rows."""
    barred = {fault.row for fault in found if fault.fatal}
    if None in barred:
        return clean.iloc[:0], found
    found = sorted(found, key=lambda fault: (fault.row or 0, not fault.fatal))
    return clean.drop(index=clean.index.intersection(list(barred))), found


def twice(clean: pd.DataFrame, key: pd.Series, column: str, problem: str = "id_twice") -> list[Fault]:
    """Return a fault for each row whose ``key`` another row before it has; an empty key is none."""
    keyed = key[key.map(bool)]
    first: dict[Any, int] = {}
    found = []
    for row, value in zip(keyed.index.tolist(), keyed.tolist(), strict=True):
        other = first.setdefault(value, row)
        if other != row:
            said = fields.fold(clean.at[row, column])[:_SHOWN] if column in clean.columns else None
            found.append(Fault(problem=problem, row=row, column=column, value=said, fields={"other": other}))
    return found


def _on_the_map(frame: pd.DataFrame) -> pd.DataFrame:
    """Return a copy whose places, if it has any, are points in WGS 84."""
    if not isinstance(frame, gpd.GeoDataFrame):
        return frame.copy()
    out = frame.to_crs(crs.WGS84)
    points = [
        shapely.Point() if shape is None or shape.is_empty else shape.representative_point() for shape in out.geometry
    ]
    placed: pd.DataFrame = out.set_geometry(gpd.GeoSeries(points, index=out.index, crs=crs.WGS84))
    return placed


def _column(column: pd.Series, name: str, holds: str, zone: ZoneInfo, *, fatal: bool) -> tuple[list[Any], list[Fault]]:
    if holds in (
        "longtext",
        "text",
        "code",
        "person",
        "address",
        "issue_category",
        "service_kind",
        "matter_field",
        "care_help",
    ):
        return _texts(column, name, lines=holds == "longtext")
    reader = _reader(holds, zone)
    if name == "interval_days":
        reader = _Reader(read=interval_days, problem="not_a_number")
    # Much of a register is written again and again.
    known: dict[Any, tuple[Any, str]] = {}
    values: list[Any] = []
    found: list[Fault] = []
    for row, cell in zip(column.index.tolist(), column.tolist(), strict=True):
        key = (type(cell), cell)
        if key not in known:
            known[key] = _cell(cell, name, reader)
        value, problem = known[key]
        values.append(value)
        if problem:
            found.append(_fault(problem, int(row), name, cell, holds, reader, fatal=fatal))
    return values, found


def _cell(cell: Any, name: str, reader: _Reader) -> tuple[Any, str]:
    try:
        value = reader.read(cell)
    except (ValueError, OverflowError):
        return None, reader.problem
    if isinstance(value, (int, float)) and not isinstance(value, bool):
        if value < 0 and name not in _SIGNED:
            return None, "negative"
        if abs(value) > _LARGEST.get(name, value):
            return None, "too_large"
    return value, ""


def _fault(problem: str, row: int, name: str, cell: Any, holds: str, reader: _Reader, *, fatal: bool) -> Fault:
    if problem == "word_unknown":
        return hotline.unknown(_WORDS_OF_HOTLINE[holds], row, name, cell)
    more: dict[str, Any] = {"limit": _LARGEST[name]} if problem == "too_large" else {}
    if reader.allowed:
        more["allowed"] = list(reader.allowed)
    if problem == "value_unknown" and fatal:
        problem = "kind_unknown"
    said = fields.fold(cell)[:_SHOWN]
    return Fault(problem=problem, row=row, column=name, value=said, fatal=fatal, fields=more)


def _reader(holds: str, zone: ZoneInfo) -> _Reader:
    if holds in _WORDS_OF_HOTLINE:
        word = hotline.read_state if holds == "issue_state" else hotline.read_urgency
        return _Reader(read=word, problem="word_unknown")
    if holds in _LISTED:
        table = _LISTED[holds]
        return _Reader(
            read=lambda cell: _code(table, cell), problem="value_unknown", allowed=tuple(fields.listed(table))
        )
    readers: Mapping[str, _Reader] = {
        "count": _Reader(read=fields.count, problem="not_a_number"),
        "number": _Reader(read=fields.measure, problem="not_a_number"),
        "money": _Reader(read=fields.money, problem="not_an_amount"),
        "year": _Reader(read=field_dates.year, problem="not_a_year"),
        "date": _Reader(read=field_dates.day, problem="not_a_day"),
        "moment": _Reader(read=lambda cell: field_dates.moment(cell, zone), problem="not_a_day"),
        "phone": _Reader(read=fields.phone, problem="not_a_phone"),
        "yesno": _Reader(read=_yes_no, problem="value_unknown", allowed=("是", "否")),
    }
    return readers[holds]


def _code(table: str, cell: Any) -> str | None:
    if not fields.fold(cell):
        return None
    code = fields.code_of(table, cell)
    if code is None:
        raise ValueError(cell)
    return code


def _yes_no(cell: Any) -> bool | None:
    value = fields.truth(cell)
    if value is None and fields.fold(cell):
        raise ValueError(cell)
    return value


def _texts(column: pd.Series, name: str, *, lines: bool) -> tuple[list[str], list[Fault]]:
    limit = _LENGTHS.get(name, _USUAL_LENGTH)
    told = [hotline.plain(cell) if lines else fields.text(cell) for cell in column.tolist()]
    found = [
        Fault(problem="too_long", row=int(row), column=name, fatal=False, fields={"limit": limit})
        for row, text in zip(column.index.tolist(), told, strict=True)
        if len(text) > limit
    ]
    return [text[:limit] for text in told], found


def _missing(
    clean: pd.DataFrame, kind: str, required: Mapping[str, str], done: set[tuple[int | None, str | None]]
) -> list[Fault]:
    found = []
    for name, example in required.items():
        if name not in clean.columns:
            allowed = {"allowed": [example]}
            found.append(Fault(problem="column_missing", column=fields.heading(kind, name), fields=allowed))
            continue
        found += [
            Fault(problem="cell_missing", row=row, column=name, fields={"example": example})
            for row, value in zip(clean.index.tolist(), clean[name].tolist(), strict=True)
            if (value is None or value == "") and (row, name) not in done
        ]
    return found


def interval_days(cell: Any) -> int | None:
    """Read how many days lie between two visits: ``14``, ``每周`` or ``每月2次``; None where nothing stands.

    Raises
    ------
    ValueError
        If it says something else.
    """
    text = fields.fold(cell)
    found = often(text)
    return fields.count(text) if found is None else found


def often(text: str) -> int | None:
    """Return how many days lie between two visits where a text says so: ``每周探访`` is 7; else None."""
    found = _EVERY.search(text)
    if found is None:
        return None
    times = _TIMES.search(text, found.end())
    apart = _DAYS[found[2]] * _number(found[1])
    return max(1, apart // max(_number(times[1]) if times else 1, 1))


def _number(text: str | None) -> int:
    if not text:
        return 1
    return fields.chinese_number(text) or int(text)


def need(*texts: str) -> str | None:
    """Return the code of ``care_needs`` that the first of ``texts`` with a word we know is about; None for none."""
    for text in texts:
        folded = fields.fold(text).casefold()
        hits = [
            (len(word), -folded.index(str(word).casefold()), code)
            for code, entry in catalogues.entries("care_needs").items()
            for word in (*entry.get("names", ()), entry["zh"], entry["en"], code)
            if folded and str(word).casefold() in folded
        ]
        if hits:
            return max(hits)[2]
    return None
