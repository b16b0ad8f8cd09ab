"""Finds the headings of a sheet: below titles, in two rows, merged, with a row of units under them."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass
from typing import Any

import numpy as np

from gridmap.exchange import columns, fields, forbidden
from gridmap.exchange.cells import Grid, Span

_ROWS_LOOKED_AT = 40
_MOST_HEADER_ROWS = 3
_LONGEST_LABEL = 40
_NUMBERS = re.compile(r"[\d.,:/%\s年月日\-–—]+")
# 填报单位：某社区 is a line of a title; addr:housenumber is a heading.
_SAYS_SOMETHING = re.compile(r"[㐀-鿿)）]\s*[:：]\s*\S")
_SERIAL = frozenset(("序号", "序", "no", "no.", "#"))
_UNITS = re.compile(
    r"[(（\[]?(?:单位|户|个|层|人|名|元|万元|年|月|天|日|米|m|㎡|m2|m²|平方米|平米|栋|幢|座|部|间|台|次|件|%|处|家|单元|是/否|"
    r"必填|选填|文本|数字|日期|text|number|date)[)）\]]?",
    re.IGNORECASE,
)


@dataclass(frozen=True, kw_only=True)
class Header:
    """The headings of a sheet.

    Parameters
    ----------
    first, last
        Rows of the headings, from 0; those of units or of the numbers of columns belong to them.
    names
        By column from 0, what it is called; columns in which nothing stands have no name.
    known
        How many of the headings are known to some register.
    """

    first: int
    last: int
    names: dict[int, str]
    known: int


def find(grid: Grid) -> Header | None:
    """Return the headings of a sheet; None where no row can be them."""
    filled = grid.filled
    rows = [int(row) for row in np.flatnonzero(filled[: _ROWS_LOOKED_AT * 5].any(axis=1))[:_ROWS_LOOKED_AT]]
    row = _heading_row(grid, rows)
    if row is None:
        return None
    first = row
    while first - 1 in rows and row - first + 1 < _MOST_HEADER_ROWS and _is_group_row(grid, first - 1):
        first -= 1
    last = row
    while last + 1 < len(grid.cells) and last - first + 1 < _MOST_HEADER_ROWS and _is_sub_row(grid, last):
        last += 1
    labels = _labels(grid, first, last)
    known = sum(_is_known(label) for label in labels.values())
    body = np.asarray(filled[last + 1 :].any(axis=0))
    names = _unique({c: labels.get(c) or _letter(c) for c in range(grid.cells.shape[1]) if c in labels or body[c]})
    while last + 1 < len(grid.cells) and _explains(grid, last + 1, list(labels)):
        last += 1
    return Header(first=first, last=last, names=names, known=known)


def repeated(names: dict[int, str]) -> tuple[str, ...]:
    """Return the headings of a table that stands twice, side by side; nothing where none does."""
    plain = [re.sub(r" \(\d+\)$", "", name) for name in names.values()]
    for size in range(2, len(plain) // 2 + 1):
        if len(plain) % size == 0 and plain == plain[:size] * (len(plain) // size) and len(set(plain[:size])) == size:
            return tuple(plain[:size])
    return ()


def _heading_row(grid: Grid, rows: list[int]) -> int | None:
    labels = {row: _of_row(grid, row) for row in rows}
    # Headings say each thing once, and are words.
    fair = {row: found for row, found in labels.items() if found and all(map(_is_label, found))}
    known = {row: sum(map(_is_known, found)) for row, found in fair.items()}
    most = max(known.values(), default=0)
    if most >= 2:
        return next(row for row, n in known.items() if n >= max(2, (most + 1) // 2))
    widths = Counter(len(found) for found in labels.values())
    usual = max(widths, key=lambda width: (widths[width] * width, width), default=0)
    for row, found in fair.items():
        enough = len(found) >= max(2, 0.6 * usual) and len(set(found)) == len(found)
        if enough or (known[row] and len(found) >= min(usual, 2)):
            return row
    return None


def _of_row(grid: Grid, row: int) -> list[Any]:
    return [cell for cell in grid.cells[row] if cell is not None]


def _is_label(cell: Any) -> bool:
    if type(cell) is not str or len(cell) > _LONGEST_LABEL:
        return False
    return _NUMBERS.fullmatch(cell) is None and _SAYS_SOMETHING.search(cell) is None


def _is_known(label: Any) -> bool:
    text = str(label)
    return columns.is_known(text) or forbidden.code(text) is not None or text.casefold() in _SERIAL


def _spans(grid: Grid, row: int) -> list[Span]:
    return [span for span in grid.merged if span[0] <= row <= span[2]]


def _is_group_row(grid: Grid, row: int) -> bool:
    """Whether a row above headings groups them: some of its cells stand over several, none over all."""
    found = _of_row(grid, row)
    if not all(map(_is_label, found)):
        return False
    below = grid.filled[row + 1]
    if grid.merged:
        wide = [span for span in _spans(grid, row) if span[3] > span[1]]
        down = [span for span in _spans(grid, row) if span[2] > row]
        return bool(down or wide) and not any(span[3] - span[1] + 1 >= below.sum() for span in wide)
    return len(found) >= 2 and bool((below & ~grid.filled[row]).any())


def _is_sub_row(grid: Grid, row: int) -> bool:
    """Whether the row below ``row`` names what the cells of ``row`` group."""
    found = _of_row(grid, row + 1)
    if any(span[0] <= row and span[2] > row for span in _spans(grid, row)):
        return all(map(_is_label, found))
    if len(found) < 2 or not all(map(_is_label, found)):
        return False
    above, below = grid.filled[row], grid.filled[row + 1]
    wide = [span for span in _spans(grid, row) if span[3] > span[1]]
    grouped = np.zeros(len(above), dtype=bool)
    for span in wide:
        grouped[span[1] : span[3] + 1] = True
    if not wide:
        gaps = ~above & below
        grouped = gaps | np.roll(gaps, -1)
    return bool((below & ~above).any()) and bool((grouped | ~below)[below].all())


def _labels(grid: Grid, first: int, last: int) -> dict[int, str]:
    """Join what stands over each column, from the top."""
    over: dict[int, list[str]] = {}
    for row in range(first, last + 1):
        texts = {place: fields.fold(cell) for place, cell in enumerate(grid.cells[row]) if cell is not None}
        for span in _spans(grid, row):
            if span[0] == row and span[1] in texts:
                texts |= dict.fromkeys(range(span[1], span[3] + 1), texts[span[1]])
        if row < last and not grid.merged:
            texts = _carried(texts, grid.filled[row + 1])
        for place, text in texts.items():
            if text and text not in over.setdefault(place, []):
                over[place].append(text)
    return {place: "/".join(texts) for place, texts in sorted(over.items()) if texts}


def _carried(texts: dict[int, str], below: Any) -> dict[int, str]:
    """Carry the name of a group to the right, as far as the row below has names of its own."""
    carried, group = {}, ""
    for place in range(len(below)):
        if place in texts:
            group = texts[place]
        elif not below[place]:
            group = ""
        if group:
            carried[place] = group
    return carried


def _explains(grid: Grid, row: int, over: list[int]) -> bool:
    """Whether a row under the headings holds nothing but units, or the numbers of the columns."""
    found = _of_row(grid, row)
    if found and all(type(cell) is str and _UNITS.fullmatch(cell) for cell in found):
        return True
    plain = [fields.fold(cell).strip("()（）") for cell in found]
    return len(plain) >= 4 and len(plain) >= len(over) - 1 and plain == [str(n) for n in range(1, len(plain) + 1)]


def _unique(names: dict[int, str]) -> dict[int, str]:
    taken: set[str] = set()
    unique = {}
    for place, name in names.items():
        free, n = name, 2
        while free in taken:
            free, n = f"{name} ({n})", n + 1
        taken.add(free)
        unique[place] = free
    return unique


def _letter(place: int) -> str:
    """Return what a spreadsheet calls a column: A, B … Z, AA."""
    letters = ""
    place += 1
    while place:
        place, rest = divmod(place - 1, 26)
        letters = chr(65 + rest) + letters
    return letters
