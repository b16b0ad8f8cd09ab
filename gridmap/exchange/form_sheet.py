"""Fills a department's own workbook: its sheets, styles, widths, formulas and merged titles stay as they are.

Rows go below the headings, each in the look of the first; what stands below them moves down, with its merged cells.
"""

from __future__ import annotations

import copy
import datetime as dt
import io
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from gridmap.errors import Fault, FaultyInput, InputError
from gridmap.exchange import fields, form_moves, header, opening, spreadsheet, workbook, xml_text

BLANKS = ("社区", "日期", "条数", "填表人")
"""What a cell may hold in double braces, to be filled in: ``{{社区}}``."""
LARGEST_MB = 2
_BLANK = re.compile(r"\{\{\s*([^{}]{1,40}?)\s*\}\}")
_XLSX = b"PK\x03\x04"
_REFERENCE = re.compile(r"(?<![A-Za-z0-9_!])(\$?[A-Z]{1,3}\$?)([1-9]\d{0,6})(?![\d(A-Za-z_])")
_LONGEST_CELL = 32767


@dataclass(frozen=True, kw_only=True)
class Layout:
    """What was found in a template.

    Parameters
    ----------
    sheet
        The sheet with the table.
    row
        Last row of its headings, counted from 1.
    headings
        What stands over each column, by its letter.
    room
        Empty rows below the headings before something else stands there; None where nothing does.
    """

    sheet: str
    row: int
    headings: Mapping[str, str]
    room: int | None


def read(data: bytes, name: str) -> Layout:
    """Find the table in a template, and look at what it wants filled in.

    Raises
    ------
    InputError
        ``form_not_xlsx``, ``form_large``, ``form_no_headings``, and whatever makes a workbook unreadable.
    FaultyInput
        With each cell that holds a blank of no known name.
    """
    if not data.startswith(_XLSX) or name.lower().endswith((".xlsm", ".xltm")):
        raise InputError("form_not_xlsx", source=name)
    if len(data) > LARGEST_MB * 1_000_000:
        raise InputError("form_large", source=name, limit_mb=LARGEST_MB)
    book = spreadsheet.Book(data, name, opening.import_limits()["sheet_cells"])
    for sheet in book.sheets():
        if sheet.hidden or book.is_empty(sheet.name):
            continue
        grid = book.grid(sheet.name)
        found = header.find(grid)
        if found is None:
            continue
        _refuse_unknown_blanks(data, sheet.name, name)
        below = np.flatnonzero(grid.filled[found.last + 1 :].any(axis=1))
        room = int(below[0]) if below.size else None
        headings = {_letter(column): told for column, told in found.names.items()}
        return Layout(sheet=sheet.name, row=found.last + 1, headings=headings, room=room)
    raise InputError("form_no_headings", source=name)


def demand_headings(found: Layout, wanted: Mapping[str, str], name: str) -> None:
    """Refuse a template in which columns of a form are missing or called otherwise.

    Parameters
    ----------
    found
        What was found in it.
    wanted
        What the form expects over each column, by its letter.
    name
        What the template is called.

    Raises
    ------
    FaultyInput
        With each such cell.
    """
    faults = [
        Fault(
            problem="form_heading" if letter in found.headings else "form_heading_none",
            column=f"{letter}{found.row}",
            value=found.headings.get(letter, ""),
            fields={"wanted": told},
            sheet=found.sheet,
        )
        for letter, told in wanted.items()
        if fields.name_key(found.headings.get(letter, "")) != fields.name_key(told)
    ]
    if faults:
        raise FaultyInput(faults, name, key="form_faulty")


def blank(titles: Sequence[str], headings: Sequence[str]) -> bytes:
    """Make a template where a department gives none: title rows over the whole width, then the headings."""
    import openpyxl
    from openpyxl.styles import Alignment, Border, Font, PatternFill, Side
    from openpyxl.utils import get_column_letter

    book = openpyxl.Workbook()
    sheet = book.active
    assert sheet is not None  # for mypy: a new workbook has one
    thin = Side(style="thin", color="9AA9B8")
    box = Border(left=thin, right=thin, top=thin, bottom=thin)
    for row, title in enumerate(titles, start=1):
        cell = sheet.cell(row, 1, _harmless(title))
        cell.font = Font(bold=row == 1, size=16 if row == 1 else 11)
        cell.alignment = Alignment(horizontal="center" if row == 1 else "left", vertical="center")
        if len(headings) > 1:
            sheet.merge_cells(start_row=row, end_row=row, start_column=1, end_column=len(headings))
    row = len(titles) + 1
    for column, told in enumerate(headings, start=1):
        cell = sheet.cell(row, column, _harmless(told))
        cell.font, cell.border = Font(bold=True), box
        cell.fill = PatternFill("solid", fgColor="E6EEF1")
        cell.alignment = Alignment(horizontal="center", vertical="center", wrap_text=True)
        below = sheet.cell(row + 1, column)
        below.border, below.alignment = box, Alignment(vertical="top", wrap_text=True)
        sheet.column_dimensions[get_column_letter(column)].width = max(10, 2.4 * len(told) + 4)
    sheet.freeze_panes = sheet.cell(row + 1, 1)
    sheet.page_setup.orientation = "landscape"
    sheet.page_setup.fitToHeight = 0
    sheet.sheet_properties.pageSetUpPr.fitToPage = True
    file = io.BytesIO()
    book.save(file)
    return file.getvalue()


def fill(data: bytes, layout: Layout, rows: Sequence[Mapping[str, Any] | str], blanks: Mapping[str, str]) -> bytes:
    """Write rows into a template.

    Parameters
    ----------
    data, layout
        The template, and what was found in it.
    rows
        By the letter of its column what stands in each; a text alone is the line over a group.
    blanks
        What is written in place of blanks, by their names.
    """
    import openpyxl

    book = openpyxl.load_workbook(io.BytesIO(data))
    sheet = book[layout.sheet]
    for line in sheet.iter_rows():
        for cell in line:
            if isinstance(cell.value, str) and "{{" in cell.value:
                cell.value = _harmless(_BLANK.sub(lambda told: blanks.get(told[1], told[0]), cell.value))
    first, width = layout.row + 1, sheet.max_column
    missing = 0 if layout.room is None else max(0, len(rows) - layout.room)
    looks = [copy.copy(sheet.cell(first, column)._style) for column in range(1, width + 1)]
    height = sheet.row_dimensions[first].height
    if missing:
        _make_room(sheet, first, layout.room or 0, missing)
    below = first + (layout.room or 0) if layout.room is not None else sheet.max_row + 1
    form_moves.apply(
        book,
        form_moves.Move(
            sheet=layout.sheet, first=first, last=first + len(rows) - 1, at=max(first, below - 1) if missing else below,
            by=missing,
        ),
    )  # fmt: skip
    for row, told in enumerate(rows, start=first):
        if height is not None:
            sheet.row_dimensions[row].height = height
        for column in range(1, width + 1):
            sheet.cell(row, column)._style = copy.copy(looks[column - 1])
        if isinstance(told, str):
            cell = sheet.cell(row, 1, _harmless(told))
            cell.font = copy.copy(cell.font) + openpyxl.styles.Font(bold=True)
            continue
        for letter, value in told.items():
            sheet[f"{letter}{row}"].value = _plain(value)
    file = io.BytesIO()
    book.save(file)
    return file.getvalue()


def _make_room(sheet: Any, first: int, room: int, n: int) -> None:
    """Move down by ``n`` rows what stands below the ``room`` empty ones: cells, heights, merged ranges.

    Formulas follow, as if rows were put in before the last empty one: a sum over the table is one over all its rows.
    """
    at = first + room
    from_row = max(first, at - 1)
    for line in sheet.iter_rows():
        for cell in line:
            if cell.data_type == "f" and isinstance(cell.value, str):
                cell.value = _REFERENCE.sub(
                    lambda told: f"{told[1]}{int(told[2]) + (n if int(told[2]) >= from_row else 0)}", cell.value
                )
    moved = [one for one in sheet.merged_cells.ranges if one.min_row >= at]
    for one in moved:
        sheet.merged_cells.remove(one)
    heights = {row: sheet.row_dimensions[row].height for row in range(at, sheet.max_row + 1)}
    last = sheet.max_row
    sheet.move_range(f"A{at}:{_letter(sheet.max_column - 1)}{last}", rows=n)
    for row in range(at, last + 1):
        sheet.row_dimensions[row].height = None
    for row, height in heights.items():
        sheet.row_dimensions[row + n].height = height
    for one in moved:
        one.shift(row_shift=n)
        sheet.merged_cells.add(one)


def _refuse_unknown_blanks(data: bytes, sheet: str, name: str) -> None:
    import openpyxl

    found = openpyxl.load_workbook(io.BytesIO(data), read_only=True)[sheet]
    faults = [
        Fault(
            problem="form_blank", column=cell.coordinate, value=told[:40], sheet=sheet, fields={"known": list(BLANKS)}
        )
        for row in found.iter_rows()
        for cell in row
        if isinstance(cell.value, str)
        for told in _BLANK.findall(cell.value)
        if told not in BLANKS
    ]
    if faults:
        raise FaultyInput(faults, name, key="form_faulty")


def _plain(value: Any) -> Any:
    if isinstance(value, (bool, int, float, dt.datetime, dt.date)):
        return value
    return None if value is None or value == "" else _harmless(str(value))


def _harmless(text: str) -> str:
    return workbook.neutral(xml_text.allowed(text))[:_LONGEST_CELL]


def _letter(column: int) -> str:
    from openpyxl.utils import get_column_letter

    return str(get_column_letter(column + 1))
