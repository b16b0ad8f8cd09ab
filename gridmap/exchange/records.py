"""Tells the records of a sheet from what else stands between and below them."""

from __future__ import annotations

import re
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from gridmap.exchange.cells import AS_ABOVE, Grid, Objects
from gridmap.exchange.header import Header
from gridmap.exchange.source import LeftOut, Why

EXAMPLE = {"zh": "示例：", "en": "Example: "}
"""How the first cell of a row begins that only shows how a form is filled in, as in our own blank forms."""
_AN_EXAMPLE = re.compile(r"\s*(?:示例|example)\s*[:：]", re.IGNORECASE)
_ROWS_OF_A_FOOT = 40
_CELLS_OF_A_TOTAL = 4
_TOTAL_WORD = re.compile("计|均|[tT][oO][tT][aA][lL]|[sS][uU][mM]")
_TOTAL = re.compile(
    r"(?:本页|本表|全部|当页|累计|全社区|全街道)?(?:总\s*计|合\s*计|小\s*计|共\s*计|累\s*计|总\s*合计|平\s*均)(?:数|值|户数)?\s*(?:[:：(（].*)?"
    r"|(?:grand\s+|sub-?)?totals?\s*(?:[:：(（].*)?|sum",
    re.IGNORECASE,
)
_PARTIAL_TOTAL = re.compile(r".{1,16}(?:小\s*计|合\s*计|总\s*计)\s*[:：]?")
_SIGNATURE = re.compile(
    r"填\s*表|填\s*报|制\s*表|制\s*单|审\s*核|审\s*批|复\s*核|经\s*办|负\s*责\s*人|主\s*管|盖\s*章|公\s*章|签\s*字|签\s*名|签\s*章|"
    r"录入人|统计人|联系人|联系电话|打印|导出|日\s*期|时\s*间|第\s*\d+\s*页|共\s*\d+\s*页|社区居委会|年\s*月\s*日|"
    r"prepared|signature|signed|approved|checked by|page \d",
    re.IGNORECASE,
)
_NOTE = re.compile(
    r"[(（【*]?\s*(?:备\s*注|附\s*注|说\s*明|注\s*意?|注释|填表说明|提示|数据来源|来源|notes?|remarks?|source)\s*\d*\s*[:：.、]",
    re.IGNORECASE,
)


def split(grid: Grid, header: Header) -> tuple[pd.DataFrame, tuple[LeftOut, ...]]:
    """Return the records of a sheet under their headings, and the rows that are none.

    A merged range down a column, or a sign for "as above", gives each row its value. Hidden rows are records like
    others: whoever hides a row has not deleted it.
    """
    filled = grid.filled
    rows = np.flatnonzero(filled.any(axis=1))
    why: dict[int, Why] = {int(row): "title" for row in rows[rows < header.first]}
    why |= {int(row): "header" for row in rows[(rows >= header.first) & (rows <= header.last)]}
    body = rows[rows > header.last]
    places = list(header.names)
    counts = filled[:, places].sum(axis=1)
    usual = float(np.median(counts[body])) if len(body) else 0.0
    why |= dict.fromkeys(_repeated_headers(grid, header, body), "header")
    why |= dict.fromkeys(_examples(grid, body, places), "example")
    why |= dict.fromkeys(_totals(grid, body, counts, usual), "total")
    why |= dict.fromkeys(_sections(grid, header, body), "note")
    why |= _foot(grid, [int(row) for row in body if why.get(int(row)) in (None, "total")], usual)
    kept = np.array([row for row in body if int(row) not in why], dtype=np.int64)
    if len(kept):
        between = np.setdiff1d(np.arange(header.last + 1, kept[-1]), rows)
        why |= dict.fromkeys(map(int, between), "empty")
    cells = _filled_down(grid, kept, places)
    frame = pd.DataFrame(cells, columns=list(header.names.values()), index=pd.Index(kept + 1, name="row"), dtype=object)
    return frame, tuple(LeftOut(row=row + 1, why=why[row]) for row in sorted(why))


def _examples(grid: Grid, body: NDArray[np.int64], places: list[int]) -> list[int]:
    """Find the rows whose first cell says that they are an example."""
    firsts = {int(row): next((cell for cell in grid.cells[row, places] if cell is not None), None) for row in body}
    return [row for row, cell in firsts.items() if type(cell) is str and _AN_EXAMPLE.match(cell)]


def _repeated_headers(grid: Grid, header: Header, body: NDArray[np.int64]) -> list[int]:
    """Return the rows that say the headings again, as a sheet of several pages does."""
    found: list[int] = []
    for above in range(header.first, header.last + 1):
        said = [place for place in range(grid.cells.shape[1]) if grid.cells[above, place] is not None]
        if len(said) < 2:
            continue
        again = body[grid.cells[body, said[0]] == grid.cells[above, said[0]]]
        for row in map(int, again):
            same = sum(grid.cells[row, place] == grid.cells[above, place] for place in said)
            if same >= max(2, 0.8 * len(said)):
                found.append(row)
    return found


def _totals(grid: Grid, body: NDArray[np.int64], counts: NDArray[np.int64], usual: float) -> list[int]:
    """Return the rows that sum up others: the first cell says so, or in a row with gaps one of the first cells."""
    found = []
    gappy = body[counts[body] < usual]
    for place in range(min(_CELLS_OF_A_TOTAL, grid.cells.shape[1])):
        rows = gappy if place else body
        for row, cell in zip(rows.tolist(), grid.cells[rows, place].tolist(), strict=True):
            if type(cell) is not str or len(cell) > 30 or _TOTAL_WORD.search(cell) is None:
                continue
            if _TOTAL.fullmatch(cell) or (_PARTIAL_TOTAL.fullmatch(cell) and counts[row] < 0.7 * usual):
                found.append(row)
    return found


def _sections(grid: Grid, header: Header, body: NDArray[np.int64]) -> list[int]:
    """Return the rows within the table that are one cell over most of its columns."""
    wide = max(3, 0.6 * len(header.names))
    there = set(body.tolist())
    return [
        span[0]
        for span in grid.merged
        if span[0] in there and span[3] - span[1] + 1 >= wide and grid.filled[span[0]].sum() == 1
    ]


def _foot(grid: Grid, body: list[int], usual: float) -> dict[int, Why]:
    """Return the last rows that are signatures or notes; totals may stand between them."""
    found: dict[int, Why] = {}
    few = max(2.0, 0.5 * usual)
    for row in reversed(body[-_ROWS_OF_A_FOOT:]):
        texts = [str(cell) for cell in grid.cells[row] if cell is not None]
        if any(_TOTAL.fullmatch(text) for text in texts[:_CELLS_OF_A_TOTAL]):
            continue
        if _NOTE.match(texts[0]) and len(texts) <= few:
            found[row] = "note"
        elif _is_signature(texts, few):
            found[row] = "signature"
        elif len(texts) == 1 and usual >= 3 and len(texts[0]) > 20:
            found[row] = "note"
        else:
            break
    return found


def _is_signature(texts: list[str], few: float) -> bool:
    signs = [text for text in texts if _SIGNATURE.search(text)]
    if not signs:
        return False
    asks = sum(":" in text or "：" in text or text.startswith(("(", "（")) for text in signs)
    return len(texts) <= few or asks >= 2


def _filled_down(grid: Grid, kept: NDArray[np.int64], places: list[int]) -> Objects:
    cells = grid.cells
    spans = [span for span in grid.merged if span[2] > span[0] and span[1] in places]
    if spans:
        cells = cells.copy()
        for top, left, bottom, _ in spans:
            cells[top + 1 : bottom + 1, left] = cells[top, left]
    if len(kept) and kept[-1] - kept[0] == len(kept) - 1:
        picked: Objects = cells[kept[0] : kept[-1] + 1, places]
    else:
        picked = cells[kept][:, places]
    for place in range(len(places)):
        column = picked[:, place].tolist()
        if type(AS_ABOVE) not in set(map(type, column)):
            continue
        last: Any = None
        for row, cell in enumerate(column):
            if cell is AS_ABOVE:
                picked[row, place] = last
            last = picked[row, place]
    return picked
