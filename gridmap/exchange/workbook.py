"""Writes tables as formatted Excel workbooks that open safely: no cell is ever taken for a formula or a link."""

from __future__ import annotations

import datetime as dt
import io
import math
import numbers
import re
import unicodedata
from collections.abc import Collection, Hashable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from zoneinfo import ZoneInfo

import pandas as pd
import xlsxwriter
from xlsxwriter import utility
from xlsxwriter.format import Format
from xlsxwriter.workbook import Workbook
from xlsxwriter.worksheet import Worksheet

from gridmap.exchange import xml_text

MIME = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
TITLE_ROW, NOTE_ROW, HEADER_ROW = 0, 1, 2
# Their full-width forms too, which an East Asian spreadsheet takes for them, and what it may cut off before them.
_FORMULA_STARTS = tuple("=+-@\t\r\n＝＋－＠")
_NARROWEST, _WIDEST = 8, 60
_DEGREES_WIDTH = 14
_ROWS_MEASURED = 2000
_LONGEST_CELL = 32767
_NOT_IN_A_SHEET_NAME = re.compile(r"[\[\]:*?/\\\x00-\x1f\ufffe\uffff\ud800-\udfff]")
_FORMATS = {
    "title": {"bold": True, "font_size": 14, "font_color": "#1F3A4D"},
    "note": {"italic": True, "font_color": "#5B6B73"},
    "header": {"bold": True, "bg_color": "#E6EEF1", "bottom": 1, "text_wrap": True, "valign": "vcenter"},
    "text": {"valign": "top", "num_format": "@"},
    "whole": {"valign": "top", "num_format": "#,##0"},
    "decimal": {"valign": "top", "num_format": "#,##0.0##"},
    "degrees": {"valign": "top", "num_format": "0.000000##"},
    "plain": {"valign": "top", "num_format": "0"},
    "prose": {"valign": "top", "num_format": "@", "text_wrap": True},
    "moment": {"valign": "top", "num_format": "yyyy-mm-dd hh:mm", "align": "left"},
    "day": {"valign": "top", "num_format": "yyyy-mm-dd", "align": "left"},
}
_CHOICES_SHEET = "choices"


@dataclass(frozen=True, kw_only=True)
class Aids:
    """What helps whoever fills in a sheet.

    Parameters
    ----------
    choices
        By column, what it may hold: offered as a list, from which another word may differ after a warning.
    degrees
        Columns of longitudes and latitudes, shown to the decimetre.
    plain
        Columns of whole numbers that count nothing, such as years: shown without separators.
    spare_rows
        Empty rows below the table that offer the choices too.
    prose
        Whether the sheet is to be read and not filled in: its text is broken into lines.
    """

    choices: Mapping[str, Sequence[str]] = field(default_factory=dict)
    degrees: Collection[str] = ()
    plain: Collection[str] = ()
    spare_rows: int = 0
    prose: bool = False


_NO_AIDS = Aids()


def write(
    sheets: Mapping[str, pd.DataFrame],
    *,
    title: str,
    note: str | None = None,
    time_zone: str = "Asia/Shanghai",
    aids: Mapping[str, Aids] | None = None,
) -> bytes:
    """Write one sheet per table.

    Parameters
    ----------
    sheets
        Tables by the name of their sheet; column names are shown as they are, the index is not written.
    title
        First line of each sheet.
    note
        Line below it: where the data is from, what is estimated.
    time_zone
        Zone in whose local time timezone-aware moments are written: a workbook knows no zones.
    aids
        By sheet, what helps whoever fills it in. The words of its lists stand in a hidden sheet at the end.

    Returns
    -------
    bytes
        An ``.xlsx`` file. Text that a spreadsheet could take for a formula has an apostrophe put before it.
    """
    buffer = io.BytesIO()
    with xlsxwriter.Workbook(
        buffer,
        {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False},
    ) as book:
        book.set_properties({"title": _harmless(title)})
        formats = {name: book.add_format(properties) for name, properties in _FORMATS.items()}
        given = aids or {}
        written = []
        for name, wanted in zip(_sheet_names([*sheets, _CHOICES_SHEET]), sheets, strict=False):
            helped = given.get(wanted, _NO_AIDS)
            sheet = book.add_worksheet(name)
            _write_sheet(sheet, sheets[wanted], formats, title, note, ZoneInfo(time_zone), helped)
            written.append((sheet, sheets[wanted], helped))
        if any(helped.choices for _, _, helped in written):
            _offer(book, _sheet_names([*sheets, _CHOICES_SHEET])[-1], written)
    return buffer.getvalue()


def plain(name: str, table: pd.DataFrame, *, time_zone: str = "Asia/Shanghai") -> bytes:
    """Write one sheet as other programs take it: headings in the first row, a record in each row below, no more.

    Parameters
    ----------
    name
        Name of the sheet.
    table
        Column names are the headings; the index is not written.
    time_zone
        Zone in whose local time timezone-aware moments are written, as text: programs read a workbook's dates
        differently.
    """
    buffer = io.BytesIO()
    zone = ZoneInfo(time_zone)
    with xlsxwriter.Workbook(
        buffer,
        {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False},
    ) as book:
        formats = {name: book.add_format(properties) for name, properties in _FORMATS.items()}
        sheet = book.add_worksheet(_sheet_names([name])[0])
        for column, label in enumerate(table.columns):
            sheet.write_string(0, column, _harmless(str(label)), formats["header"])
            cells = [_plain(value, zone) for value in table.iloc[:, column].tolist()]
            told = [f"{one:%Y-%m-%d %H:%M:%S}" if isinstance(one, dt.datetime) else one for one in cells]
            for row, value in enumerate(told, start=1):
                _write_cell(sheet, row, column, value, formats)
            sheet.set_column(column, column, _fitting_width(str(label), told[:_ROWS_MEASURED]))
        sheet.freeze_panes(1, 0)
    return buffer.getvalue()


def neutral(text: str) -> str:
    """Return ``text`` so that no spreadsheet takes it for a formula, also when it is saved as CSV and opened again."""
    return "'" + text if text.startswith(_FORMULA_STARTS) or text.lstrip().startswith(_FORMULA_STARTS) else text


def _offer(book: Workbook, name: str, written: Sequence[tuple[Worksheet, pd.DataFrame, Aids]]) -> None:
    """Put the lists of choices into a hidden sheet, since a list inside a rule may not be long, and point to them."""
    lists = book.add_worksheet(name)
    lists.hide()
    column = 0
    for sheet, table, helped in written:
        last = HEADER_ROW + len(table) + helped.spare_rows
        for at, label in enumerate(table.columns):
            words = helped.choices.get(str(label), ())
            if not words or last == HEADER_ROW:
                continue
            for row, word in enumerate(words):
                lists.write_string(row, column, _harmless(word))
            cells = f"={utility.quote_sheetname(name)}!{utility.xl_range_abs(0, column, len(words) - 1, column)}"
            rule = {"validate": "list", "source": cells, "error_type": "warning"}
            sheet.data_validation(HEADER_ROW + 1, at, last, at, rule)
            column += 1


def _write_sheet(
    sheet: Worksheet,
    table: pd.DataFrame,
    formats: Mapping[str, Format],
    title: str,
    note: str | None,
    zone: ZoneInfo,
    aids: Aids,
) -> None:
    own = {
        **{label: {**formats, "decimal": formats["degrees"]} for label in aids.degrees},
        **{label: {**formats, "whole": formats["plain"]} for label in aids.plain},
    }
    usual = {**formats, "text": formats["prose"]} if aids.prose else formats
    sheet.write_string(TITLE_ROW, 0, _harmless(title), formats["title"])
    if note:
        sheet.write_string(NOTE_ROW, 0, _harmless(note), formats["note"])
    for column, label in enumerate(table.columns):
        sheet.write_string(HEADER_ROW, column, _harmless(str(label)), formats["header"])
        cells = [_plain(value, zone) for value in table.iloc[:, column].tolist()]
        for row, value in enumerate(cells, start=HEADER_ROW + 1):
            _write_cell(sheet, row, column, value, own.get(str(label), usual))
        width = _fitting_width(label, cells[:_ROWS_MEASURED])
        sheet.set_column(column, column, max(width, _DEGREES_WIDTH) if label in aids.degrees else width)
    sheet.freeze_panes(HEADER_ROW + 1, 0)
    if len(table.columns):
        sheet.autofilter(HEADER_ROW, 0, HEADER_ROW + len(table), len(table.columns) - 1)
    sheet.repeat_rows(HEADER_ROW)
    sheet.set_landscape()
    sheet.fit_to_pages(1, 0)


def _plain(value: Any, zone: ZoneInfo) -> str | int | float | bool | dt.datetime | dt.date | None:
    """Return a cell as one of the few types that a workbook knows."""
    if isinstance(value, (list, tuple, set, frozenset)):
        return _harmless("、".join(str(part) for part in value))
    if value is None or value is pd.NA or value is pd.NaT or (isinstance(value, float) and not math.isfinite(value)):
        return None
    if isinstance(value, pd.Timestamp):
        value = value.to_pydatetime(warn=False)
    if isinstance(value, dt.datetime):
        return value.astimezone(zone).replace(tzinfo=None) if value.tzinfo else value
    if isinstance(value, (bool, dt.date)):
        return value
    if isinstance(value, numbers.Integral):
        return int(value)
    if isinstance(value, numbers.Real):
        return float(value)
    return _harmless(str(value))


def _write_cell(sheet: Worksheet, row: int, column: int, value: Any, formats: Mapping[str, Format]) -> None:
    if value is None:
        sheet.write_blank(row, column, None, formats["text"])
    elif isinstance(value, bool):
        sheet.write_boolean(row, column, value)
    elif isinstance(value, dt.date):
        _write_date(sheet, row, column, value, formats)
    elif isinstance(value, int) and abs(value) < 10**15:
        sheet.write_number(row, column, value, formats["whole"])
    elif isinstance(value, float):
        sheet.write_number(row, column, value, formats["decimal"])
    else:
        # A whole number of more than 15 digits would lose its last ones as a spreadsheet's number.
        sheet.write_string(row, column, str(value), formats["text"])


def _write_date(sheet: Worksheet, row: int, column: int, value: dt.date, formats: Mapping[str, Format]) -> None:
    if value.year < 1900:
        sheet.write_string(row, column, value.isoformat(), formats["text"])
    else:
        kind = "moment" if isinstance(value, dt.datetime) else "day"
        sheet.write_datetime(row, column, value, formats[kind])


def _harmless(text: str) -> str:
    return neutral(xml_text.allowed(text))[:_LONGEST_CELL]


def _fitting_width(label: Hashable, cells: Sequence[Any]) -> float:
    widest = max([_width(str(label)) + 3, *(_width(_shown(value)) for value in cells)], default=_NARROWEST)
    return min(max(widest + 1.5, _NARROWEST), _WIDEST)


def _shown(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, dt.datetime):
        return "2026-11-24 09:00"
    if isinstance(value, float):
        return f"{value:,.3f}"
    return f"{value:,}" if isinstance(value, int) and not isinstance(value, bool) else str(value)


def _width(text: str) -> int:
    """Return how many narrow characters a text is wide: a Chinese one takes two."""
    lines = text.splitlines() or [""]
    return max(sum(2 if unicodedata.east_asian_width(sign) in "WF" else 1 for sign in line) for line in lines)


def _sheet_names(wanted: Sequence[str]) -> list[str]:
    """Return names that Excel accepts: at most 31 characters, none of its forbidden signs, none twice."""
    taken: list[str] = []
    for name in wanted:
        clean = _NOT_IN_A_SHEET_NAME.sub(" ", name).strip("' ")[:31] or "Sheet"
        n, free = 2, clean
        while free.casefold() in {one.casefold() for one in taken} or free.casefold() == "history":
            free, n = f"{clean[: 31 - len(str(n)) - 1]} {n}", n + 1
        taken.append(free)
    return taken
