"""What in a template speaks of its rows, made to fit when more rows are filled in than it had room for.

Print areas, filters, data validations, conditional formats, charts and their places, formulas of other sheets: each
follows what moved down, and what was over the table's rows is over all of them.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

_CELL = re.compile(r"(\$?[A-Z]{1,3}\$?)([1-9]\d{0,6})(?:(:\$?[A-Z]{1,3}\$?)([1-9]\d{0,6}))?")


@dataclass(frozen=True, kw_only=True)
class Move:
    """How rows of a sheet move.

    Parameters
    ----------
    sheet
        Its name.
    first, last
        First and last row that is filled in.
    at, by
        From which row on everything moves down, and by how many rows; ``by`` 0 where nothing stood below.
    """

    sheet: str
    first: int
    last: int
    at: int
    by: int

    def row(self, row: int) -> int:
        """Return where a row is afterwards."""
        return row + self.by if row >= self.at else row

    def span(self, begin: int, end: int) -> tuple[int, int]:
        """Return what a range of rows is afterwards: one that reaches into the table's rows reaches over all."""
        begin, end = begin if begin <= self.first else self.row(begin), self.row(end)
        if begin <= self.first <= end < self.last:
            end = self.last
        return begin, end

    def reference(self, told: str, *, grows: bool = False) -> str:
        """Return cells and ranges, such as ``$A$1:$G$9 B4``, as they are afterwards.

        With ``grows``, what is said of a cell of the first row is said of all rows.
        """

        def moved(found: re.Match[str]) -> str:
            if found[3] is None:
                row = int(found[2])
                begin, end = self.span(row, row) if grows else (self.row(row) if row > self.first else row,) * 2
                return f"{found[1]}{begin}" if begin == end else f"{found[1]}{begin}:{found[1]}{end}"
            begin, end = self.span(int(found[2]), int(found[4]))
            return f"{found[1]}{begin}{found[3]}{end}"

        return _CELL.sub(moved, told)


def apply(book: Any, move: Move) -> None:
    """Make everything in a workbook fit to a sheet's rows, but the formulas of the sheet itself."""
    sheet = book[move.sheet]
    if sheet.print_area:
        sheet.print_area = [move.reference(re.sub(r".*!", "", area)) for area in _areas(sheet.print_area)]
    if sheet.auto_filter.ref:
        sheet.auto_filter.ref = move.reference(sheet.auto_filter.ref)
    for table in sheet.tables.values():
        table.ref = move.reference(table.ref)
        if table.autoFilter is not None and table.autoFilter.ref:
            table.autoFilter.ref = move.reference(table.autoFilter.ref)
    _validations(sheet, move)
    _formats(sheet, move)
    _pictures(sheet, move)
    quoted = re.escape(move.sheet).replace("'", "''")
    named = re.compile(rf"((?:'{quoted}'|{quoted})!)({_CELL.pattern})")

    def elsewhere(told: str, *, grows: bool = False) -> str:
        return named.sub(lambda found: found[1] + move.reference(found[2], grows=grows), told)

    for other in book.worksheets:
        for chart in other._charts:
            _series(chart, elsewhere)
        if other is not sheet:
            for line in other.iter_rows():
                for cell in line:
                    if cell.data_type == "f" and isinstance(cell.value, str):
                        cell.value = elsewhere(cell.value)
    for name in book.defined_names.values():
        name.value = elsewhere(name.value)


def _areas(told: str | list[str]) -> list[str]:
    return told.split(",") if isinstance(told, str) else list(told)


def _validations(sheet: Any, move: Move) -> None:
    from openpyxl.worksheet.cell_range import MultiCellRange

    for one in sheet.data_validations.dataValidation:
        one.sqref = MultiCellRange(move.reference(str(one.sqref), grows=True))


def _formats(sheet: Any, move: Move) -> None:
    from openpyxl.formatting.formatting import ConditionalFormattingList

    kept = ConditionalFormattingList()
    for one in sheet.conditional_formatting:
        for rule in one.rules:
            kept.add(move.reference(str(one.sqref), grows=True), rule)
    sheet.conditional_formatting = kept


def _pictures(sheet: Any, move: Move) -> None:
    """Move charts and pictures that stood below the table."""
    for one in (*sheet._charts, *sheet._images):
        begin = getattr(one.anchor, "_from", None)
        if begin is None or begin.row + 1 < move.at:
            continue
        begin.row += move.by
        end = getattr(one.anchor, "to", None)
        if end is not None:
            end.row += move.by


def _series(chart: Any, elsewhere: Callable[..., str]) -> None:
    for part in getattr(chart, "_charts", None) or [chart]:
        for series in getattr(part, "ser", ()) or ():
            for name in ("cat", "val", "xVal", "yVal", "tx", "bubbleSize"):
                source = getattr(series, name, None)
                for kind in ("numRef", "strRef"):
                    reference = getattr(source, kind, None)
                    if reference is not None and reference.f:
                        # A title is of one cell; what is drawn is of all rows.
                        reference.f = elsewhere(reference.f, grows=name != "tx")
                        # What the chart showed last is of other rows.
                        for cache in ("numCache", "strCache"):
                            if hasattr(reference, cache):
                                setattr(reference, cache, None)
