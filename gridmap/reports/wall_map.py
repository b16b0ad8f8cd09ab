"""The map of the grids for a wall: a sheet of A3 or A1 with its legend and a table of the grids."""

from __future__ import annotations

import io
import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle

from gridmap import i18n, palette
from gridmap.reports import labels, legend, pdf_pages, picture, wrapping
from gridmap.reports.content import MapContent, metric
from gridmap.reports.sheet import INTERNAL, Sheet

Paper = Literal["A3", "A1"]
PAPERS: tuple[Paper, ...] = ("A3", "A1")
# Width and height in points, how much words are enlarged, and pixels to the inch of the picture.
_SIZES = {"A3": (1190.6, 841.9, 1.2, 300), "A1": (2383.9, 1683.8, 2.0, 200)}
_STRIPE_PT = 9.0
_MARGIN_PT = 24.0
_HEAD_PT = 62.0
_FOOT_PT = 28.0
_LEGEND_PT = 196.0
_GUTTER_PT = 18.0
_ROW_PT = 18.5
_LEAST_ROW_PT = 11.0
_TABLE_SHARE = 0.4
"""What the table may take of the height below the title at most."""
_WORDS_PT = 9.2
_GAP_PT = 10.0


@dataclass(frozen=True, kw_only=True)
class GridLine:
    """A line of the table: the grid's colour (key of the palette) and a cell for each column."""

    colour: str
    cells: Sequence[str]


@dataclass(frozen=True, kw_only=True)
class WallMap:
    """What hangs on the wall.

    Parameters
    ----------
    ground
        The map; its title and subtitle are those of the sheet.
    columns, lines
        The table of the grids.
    numbers
        For each column whether it holds numbers.
    internal
        What the mark says that it is not for everybody; "" for none.
    notes
        What the foot says besides where the data come from.
    """

    ground: MapContent
    columns: Sequence[str]
    lines: Sequence[GridLine]
    numbers: Sequence[bool]
    internal: str = ""
    notes: Sequence[str] = ()


def pdf(wall: WallMap, *, paper: Paper, language: str) -> bytes:
    """Draw the sheet as PDF of one page; lines and letters stay sharp at any size."""
    return pdf_pages.write([compose(wall, paper=paper, language=language)], title=_title(wall, language))


def png(wall: WallMap, *, paper: Paper, language: str, dpi: int | None = None) -> bytes:
    """Draw the sheet as PNG, ``dpi`` pixels to the inch; 300 on A3 and 200 on A1 if left out."""
    figure = compose(wall, paper=paper, language=language, dpi=dpi or _SIZES[paper][3])
    out = io.BytesIO()
    canvas: Any = figure.canvas
    canvas.print_png(out, metadata={"Title": _title(wall, language), "Software": "gridmap"})
    return out.getvalue()


def compose(wall: WallMap, *, paper: Paper, language: str, dpi: int = 72) -> Figure:
    """Lay the sheet out as a matplotlib figure.

    Raises
    ------
    InputError
        If a frame of the map declares no CRS, or nothing at all has a place.
    """
    wide_pt, high_pt, scale, _ = _SIZES[paper]
    width, height = wide_pt / scale, high_pt / scale
    content = metric(wall.ground)
    figure = Figure(figsize=(wide_pt / 72, high_pt / 72), dpi=dpi, facecolor="white")
    canvas = FigureCanvasAgg(figure)
    sheet = _paper(figure, canvas, scale, (0, 0, 1, 1), width, height)
    _head(sheet, wall, width, height, language)
    _foot(sheet, wall, width, language)
    room = height - _HEAD_PT - _FOOT_PT
    map_width = width - 2 * _MARGIN_PT - _LEGEND_PT - _GUTTER_PT
    row = min(_ROW_PT, room * _TABLE_SHARE / (len(wall.lines) + 1)) if wall.lines else 0.0
    row = max(row, _LEAST_ROW_PT) if wall.lines else 0.0
    table = row * (len(wall.lines) + 1) if wall.lines else 0.0
    bottom = _FOOT_PT + (table + _GAP_PT if table else 0.0)
    if table:
        _table(sheet, wall, map_width, _FOOT_PT + table, row)
    map_height = height - _HEAD_PT - bottom
    box = (_MARGIN_PT / width, bottom / height, map_width / width, map_height / height)
    axes = _bare(figure, box)
    ground, m_per_pt = picture.fitted(axes, canvas, content.extent, (map_width, map_height), scale)
    picture.paint(ground, m_per_pt, content, language)
    left = (_MARGIN_PT + map_width + _GUTTER_PT) / width
    _legend(
        figure, canvas, content, scale, (left, _FOOT_PT / height, _LEGEND_PT / width, room / height), room, language
    )
    return figure


def _bare(figure: Figure, box: tuple[float, float, float, float]) -> Axes:
    axes = figure.add_axes(box)
    axes.set_axis_off()
    return axes


def _paper(
    figure: Figure,
    canvas: FigureCanvasAgg,
    scale: float,
    box: tuple[float, float, float, float],
    width: float,
    height: float,
) -> Sheet:
    """Return a part of the sheet whose unit is the point at ``scale``."""
    axes = _bare(figure, box)
    axes.set_xlim(0, width)
    axes.set_ylim(0, height)
    placer = labels.Placer(canvas, (0, 0, math.inf, math.inf))
    return Sheet(axes=axes, pt_per_m=scale, scale=scale, placer=placer)


def _title(wall: WallMap, language: str) -> str:
    return picture.heading(wall.ground, language)


def _head(sheet: Sheet, wall: WallMap, width: float, height: float, language: str) -> None:
    colours = [one.hex for one in palette.grids().values()]
    for number, colour in enumerate(colours):
        part = width / len(colours)
        at = (number * part, height - _STRIPE_PT)
        sheet.axes.add_patch(Rectangle(at, part + 0.5, _STRIPE_PT, fc=colour, ec="none", zorder=3))
    right = width - _MARGIN_PT
    middle = height - _STRIPE_PT - (_HEAD_PT - _STRIPE_PT) / 2 + 2
    if wall.internal:
        right = sheet.badge(right, middle, wall.internal, 12, INTERNAL) - 10
    if wall.ground.synthetic:
        right = sheet.badge(right, middle, i18n.text("picture.synthetic", language), 12) - 10
    words = _title(wall, language)
    size = 25.0
    taken = wrapping.width(words, size, bold=True)
    # What stands below the title goes beside it where there is room.
    beside = bool(wall.ground.subtitle) and taken < 0.55 * (right - _MARGIN_PT)
    sheet.fit(_MARGIN_PT, middle, words, size, right, 0.5, bold=True)
    if beside:
        sheet.fit(
            _MARGIN_PT + taken + 22, middle - 2, wall.ground.subtitle, 11, right, 0.7, color=palette.MUTED
        )  # fmt: skip


def _foot(sheet: Sheet, wall: WallMap, width: float, language: str) -> None:
    right = width - _MARGIN_PT
    said = "　·　".join([*picture.sources(metric(wall.ground), language), *wall.notes])
    sheet.fit(_MARGIN_PT, _FOOT_PT / 2, said, 7.8, right - 60, 0.7, color=palette.MUTED)
    sheet.write(right, _FOOT_PT / 2, "gridmap", 7.8, 5, ha="right", color=palette.MUTED, va="center_baseline")


def _legend(
    figure: Figure,
    canvas: FigureCanvasAgg,
    content: MapContent,
    scale: float,
    box: tuple[float, float, float, float],
    room: float,
    language: str,
) -> None:
    """Draw the legend beside the map, smaller where it would else be too long."""
    lines = legend.rows(content, language)
    share = min(1.0, room / legend.height_pt(lines))
    width, height = _LEGEND_PT / share, room / share
    legend.draw(_paper(figure, canvas, scale * share, box, width, height), lines, width, height)


def _table(sheet: Sheet, wall: WallMap, width: float, top: float, row: float) -> None:
    """Write the table of the grids below the map, ``top`` being its upper edge."""
    size = min(_WORDS_PT, row * 0.56)
    first = row * 1.5
    spans = _columns(wall, width - first, size)
    left = _MARGIN_PT + first
    head = Rectangle((_MARGIN_PT, top - row), width, row, fc="#EEF1F5", ec="none", zorder=1)
    sheet.axes.add_patch(head)
    for (at, wide), words, number in zip(spans, wall.columns, wall.numbers, strict=True):
        _cell(sheet, left + at, wide, top - row / 2, words, size, number=number, bold=True)
    for k, line in enumerate(wall.lines, 1):
        y = top - (k + 0.5) * row
        colour = palette.grid(line.colour)
        band = Rectangle((_MARGIN_PT, y - row / 2), width, row, fc=colour.hex, ec="none", alpha=0.1, zorder=1)
        sheet.axes.add_patch(band)
        edge = Rectangle((_MARGIN_PT, y - row / 2), 5, row, fc=colour.hex, ec="none", zorder=2)
        sheet.axes.add_patch(edge)
        sheet.axes.scatter(
            [_MARGIN_PT + first * 0.58], [y], (row * 0.74 * sheet.scale) ** 2, c=colour.hex, linewidths=0, zorder=3
        )  # fmt: skip
        ink = palette.text_on(colour.hex)
        sheet.write(
            _MARGIN_PT + first * 0.58, y, colour.letter, row * 0.48, 4, bold=True, color=ink, va="center_baseline"
        )
        for (at, wide), words, number in zip(spans, line.cells, wall.numbers, strict=True):
            _cell(sheet, left + at, wide, y, words, size, number=number)
    for k in range(len(wall.lines) + 2):
        y = top - k * row
        sheet.stroke([[(_MARGIN_PT, y), (_MARGIN_PT + width, y)]], 2.5, "#C9D1DA", 0.6 * sheet.scale)


def _columns(wall: WallMap, width: float, size: float) -> list[tuple[float, float]]:
    """Return where each column begins and how wide it is: as its words need, in shares where they need too much."""
    rows = [wall.columns, *(line.cells for line in wall.lines)]
    needs = [max(wrapping.width(row[k], size, bold=True) for row in rows) + 12 for k in range(len(wall.columns))]
    spare = width - sum(needs)
    if spare >= 0:
        wide = [need + spare / len(needs) for need in needs]
    else:
        # Narrow columns keep what they need; long ones share the rest.
        even = width / len(needs)
        short = sum(need for need in needs if need <= even)
        long = sum(need for need in needs if need > even)
        wide = [need if need <= even else need * (width - short) / long for need in needs]
    starts = [sum(wide[:k]) for k in range(len(wide))]
    return list(zip(starts, wide, strict=True))


def _cell(
    sheet: Sheet, left: float, wide: float, y: float, words: str, size: float, *, number: bool, bold: bool = False
) -> None:
    if number:
        sheet.write(left + wide - 12, y, words, size, 5, ha="right", bold=bold, va="center_baseline")
    else:
        sheet.fit(left, y, words, size, left + wide - 8, 0.75, bold=bold)
