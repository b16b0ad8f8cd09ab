"""The review of the walks as one page of A4, for the wall, the file and the street's leaders."""

from __future__ import annotations

import io
import math
from collections.abc import Sequence
from dataclasses import dataclass

from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.image import imread
from matplotlib.patches import FancyBboxPatch

from gridmap import i18n, palette
from gridmap.reports import labels, pdf_pages, wrapping
from gridmap.reports.sheet import Sheet

_WIDTH_PT, _HEIGHT_PT = 595.0, 842.0
_MARGIN_PT = 36.0
_ROOM_PT = _WIDTH_PT - 2 * _MARGIN_PT
_MOST_ROWS = 10
_MOST_SENTENCES = 8
_LEAST_MAP_PT = 150.0


@dataclass(frozen=True, kw_only=True)
class ReviewPage:
    """What the page says, in the words of its language.

    Parameters
    ----------
    title, subtitle
        At the top.
    synthetic
        Whether the data are invented; the page then says so.
    cells
        Figures: label, value, what it is of.
    parts
        Headings, with the sentences below each.
    headings, rows
        A table; a page holds ten rows of it.
    picture
        The map, a PNG.
    note
        At the foot.
    """

    title: str
    subtitle: str
    synthetic: bool
    cells: Sequence[tuple[str, str, str]]
    parts: Sequence[tuple[str, Sequence[str]]]
    headings: Sequence[str]
    rows: Sequence[Sequence[str]]
    picture: bytes
    note: str


def draw(page: ReviewPage, *, language: str) -> bytes:
    """Draw the page as PDF.

    What does not fit is left out from below, sentences last: the map becomes smaller first.
    """
    figure = Figure(figsize=(_WIDTH_PT / 72, _HEIGHT_PT / 72), dpi=72, facecolor="white")
    sheet = _paper(figure)
    y = _head(sheet, page, language)
    y = _cells(sheet, page, y)
    y = _sentences(sheet, page, y)
    y = _table(sheet, page, y)
    foot = _MARGIN_PT - 6 + _note(sheet, page)
    _map(figure, page, y - 8, foot + 8)
    return pdf_pages.write([figure], title=page.title)


def _paper(figure: Figure) -> Sheet:
    axes = figure.add_axes((0, 0, 1, 1))
    axes.set_axis_off()
    axes.set_xlim(0, _WIDTH_PT)
    axes.set_ylim(0, _HEIGHT_PT)
    placer = labels.Placer(FigureCanvasAgg(figure), (0, 0, math.inf, math.inf))
    return Sheet(axes=axes, pt_per_m=1.0, scale=1.0, placer=placer)


def _head(sheet: Sheet, page: ReviewPage, language: str) -> float:
    right = _WIDTH_PT - _MARGIN_PT
    if page.synthetic:
        right = sheet.badge(right, 799, i18n.text("picture.synthetic", language), 9.5) - 10
    sheet.fit(_MARGIN_PT, 799, page.title, 18, right, 0.7, bold=True)
    sheet.fit(_MARGIN_PT, 779, page.subtitle, 9.5, _WIDTH_PT - _MARGIN_PT, color=palette.MUTED)
    return 766.0


def _cells(sheet: Sheet, page: ReviewPage, top: float) -> float:
    """Draw three figures in a row, as many rows as are needed."""
    gap, high = 8.0, 50.0
    wide = (_ROOM_PT - 2 * gap) / 3
    for number, (label, value, small) in enumerate(page.cells):
        row, column = divmod(number, 3)
        x, y = _MARGIN_PT + column * (wide + gap), top - (row + 1) * (high + gap) + gap
        sheet.axes.add_patch(
            FancyBboxPatch(
                (x, y), wide, high, boxstyle="round,pad=0,rounding_size=5", fc="#FFFDF8", ec="#D9D2C3", lw=0.8, zorder=2
            )
        )
        sheet.fit(x + 9, y + 40, label, 8, x + wide - 6, color=palette.MUTED)
        sheet.fit(x + 9, y + 24, value, 16, x + wide - 6, bold=True)
        sheet.fit(x + 9, y + 9, small, 7.4, x + wide - 6, 0.75, color=palette.MUTED)
    return top - math.ceil(len(page.cells) / 3) * (high + gap) - 4


def _sentences(sheet: Sheet, page: ReviewPage, y: float) -> float:
    size, step = 9.4, 13.2
    for heading, sentences in page.parts:
        if not sentences:
            continue
        y -= 14
        sheet.fit(_MARGIN_PT, y, heading, 11, _WIDTH_PT - _MARGIN_PT, bold=True)
        y -= 8
        for words in sentences[:_MOST_SENTENCES]:
            lines = wrapping.lines(words, size, _ROOM_PT - 14)
            sheet.write(_MARGIN_PT + 4, y - step + 3, "•", size, 5, ha="left", va="baseline")
            for line in lines:
                y -= step
                sheet.write(_MARGIN_PT + 14, y + 3, line, size, 5, ha="left", va="baseline")
        y -= 4
    return y


def _table(sheet: Sheet, page: ReviewPage, y: float) -> float:
    if not page.rows:
        return y
    # The first column has names, the others numbers.
    first = 0.2 if len(page.headings) > 1 else 1.0
    others = (1 - first) / max(len(page.headings) - 1, 1)
    rights = [_MARGIN_PT + _ROOM_PT * (first + others * k) for k in range(len(page.headings))]
    y -= 22
    for k, (heading, right) in enumerate(zip(page.headings, rights, strict=True)):
        left = _MARGIN_PT if k == 0 else rights[k - 1] + 4
        lines = wrapping.lines(heading, 7.2, right - left, most=3)
        for n, line in enumerate(lines):
            below = y + 8 * (len(lines) - 1 - n) - 4
            where, side = (left, "left") if k == 0 else (right, "right")
            sheet.write(where, below, line, 7.2, 5, ha=side, color=palette.MUTED, va="baseline")
    y -= 8
    sheet.stroke([[(_MARGIN_PT, y), (_MARGIN_PT + _ROOM_PT, y)]], 4, "#BDB8AE", 0.8)
    for row in page.rows[:_MOST_ROWS]:
        y -= 12.5
        for k, (cell, right) in enumerate(zip(row, rights, strict=True)):
            if k == 0:
                sheet.fit(_MARGIN_PT, y + 6, cell, 8.4, right, 0.8)
            else:
                sheet.write(right, y + 6, cell, 8.4, 5, ha="right", va="center_baseline")
    return y - 2


def _note(sheet: Sheet, page: ReviewPage) -> float:
    """Write the note at the foot; return how high it is."""
    lines = wrapping.lines(page.note, 7, _ROOM_PT)
    for n, line in enumerate(reversed(lines)):
        sheet.write(_MARGIN_PT, _MARGIN_PT - 10 + 9.5 * n, line, 7, 5, ha="left", color=palette.MUTED, va="baseline")
    return 9.5 * len(lines)


def _map(figure: Figure, page: ReviewPage, top: float, bottom: float) -> None:
    """Put the map into what is left of the page."""
    if top - bottom < _LEAST_MAP_PT:
        return
    pixels = imread(io.BytesIO(page.picture), format="png")
    high, wide = pixels.shape[:2]
    factor = min(_ROOM_PT / wide, (top - bottom) / high)
    width, height = wide * factor, high * factor
    left = (_WIDTH_PT - width) / 2
    axes = figure.add_axes((left / _WIDTH_PT, (top - height) / _HEIGHT_PT, width / _WIDTH_PT, height / _HEIGHT_PT))
    axes.set_axis_off()
    axes.imshow(pixels, aspect="auto", interpolation="none")
