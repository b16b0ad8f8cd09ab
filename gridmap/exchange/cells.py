"""The cells of a sheet as they were typed, cleaned of what a spreadsheet adds to them."""

from __future__ import annotations

import re
from collections.abc import Callable, Hashable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from gridmap.errors import Fault

Objects = NDArray[np.object_]
Span = tuple[int, int, int, int]
"""First row, first column, last row, last column of a merged range, from 0."""

Progress = Callable[[float], None]
"""Told which share is done, from 0 to 1; may raise to cancel."""

_ERRORS = frozenset(
    ("#REF!", "#N/A", "#VALUE!", "#DIV/0!", "#NAME?", "#NULL!", "#NUM!", "#SPILL!", "#CALC!", "#GETTING_DATA")
)
_AS_ABOVE = frozenset(("同上", "同 上", "〃", "″", "〞", '"', '""', "''", "上同", "ditto", "Ditto"))
_BETWEEN = "\x00"
_STRANGE = re.compile(r"\x00['#同上〃″〞\"dD]")
_ESCAPE = re.compile(r"_x([0-9A-Fa-f]{4})_")
_KEPT_AS_TEXT = re.compile(r"'(?=\s*[=+\-@\t\r\n＝＋－＠]|\d)")


class Broken(str):
    """A cell whose formula has no result that could be read: the mark of its error, or the formula itself."""

    __slots__ = ()


class _AsAbove:
    """What stands in a cell that says: the same as above."""


AS_ABOVE = _AsAbove()


@dataclass(frozen=True, kw_only=True)
class Grid:
    """The cells of one sheet.

    Parameters
    ----------
    cells
        All cells from the first row and column on; None where nothing stands.
    merged
        Ranges that are merged into their first cell.
    encoding
        Encoding of the text.
    """

    cells: Objects
    merged: tuple[Span, ...]
    encoding: str

    @cached_property
    def filled(self) -> NDArray[np.bool_]:
        """Where something stands."""
        return ~pd.isna(self.cells)


def cleaned(rows: Sequence[Sequence[Any]], broken: Mapping[tuple[int, int], str] | None = None) -> Objects:
    """Return rows of equal length as an array of clean cells.

    Text is trimmed, whole numbers are integers, an apostrophe that keeps text from being a formula or a number is gone,
    nothing is None. ``broken`` says which cells hold a formula without a result.
    """
    cells = np.empty((len(rows), len(rows[0]) if rows else 0), dtype=object)
    for place, column in enumerate(zip(*rows, strict=True)):
        cells[:, place] = _cleaned_column(column)
    for (row, place), text in (broken or {}).items():
        if row < cells.shape[0] and place < cells.shape[1]:
            cells[row, place] = Broken(text)
    return cells


def faults(frame: pd.DataFrame, taken: Mapping[str, Hashable]) -> list[Fault]:
    """Name the cells in the columns ``taken`` (our name -> the file's) whose formula has no result.

    Parameters
    ----------
    frame
        As the file has it.
    """
    found = []
    for column in taken.values():
        listed = frame[column].tolist()
        if Broken not in set(map(type, listed)):
            continue
        broken = [type(cell) is Broken for cell in listed]
        for row, cell in frame[column][broken].items():
            problem = "formula_without_result" if str(cell).startswith("=") else "formula_error"
            found.append(Fault(problem=problem, row=_number(row), column=str(column), value=str(cell)[:40]))
    return sorted(found, key=lambda fault: fault.row or 0)


def _cleaned_column(column: Sequence[Any]) -> list[Any]:
    kinds = set(map(type, column))
    if kinds == {str}:
        plain = [cell.strip() for cell in column]
        texts = plain
    else:
        plain = [
            cell.strip() if type(cell) is str else int(cell) if type(cell) is float and cell.is_integer() else cell
            for cell in column
        ]
        texts = [cell for cell in plain if type(cell) is str]
    # Few columns hold anything that means something else than it says: one look at all of it tells.
    joined = _BETWEEN.join(["", *texts])
    if "_x" in joined or _STRANGE.search(joined):
        return [_meant(cell) if type(cell) is str else cell for cell in plain]
    return [None if cell == "" else cell for cell in plain] if texts else plain


def _number(row: Hashable) -> int:
    return int(str(row))


def _meant(text: str) -> Any:
    if text in _ERRORS:
        return Broken(text)
    if text in _AS_ABOVE:
        return AS_ABOVE
    if text.startswith("'"):
        text = _KEPT_AS_TEXT.sub("", text, count=1)
    if "_x" in text:
        # Signs that XML cannot hold, as Excel writes them.
        text = _ESCAPE.sub(lambda match: chr(int(match[1], 16)), text).strip()
    return text or None
