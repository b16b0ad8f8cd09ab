"""The poster of a week's grid receptions: when, where, which grid, a map of the places, and a code for a phone."""

from __future__ import annotations

import io
import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

import geopandas as gpd
import numpy as np
import shapely
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.patches import FancyBboxPatch, Rectangle

from gridmap import i18n, palette
from gridmap.reports import labels, layers, marks, pdf_pages, picture
from gridmap.reports.content import MapContent, metric
from gridmap.reports.sheet import Sheet

Paper = Literal["A4", "A3"]
PAPERS: tuple[Paper, ...] = ("A4", "A3")
_SCALES = {"A4": 1.0, "A3": math.sqrt(2)}
_WIDTH_PT, _HEIGHT_PT = 595.3, 841.9
_MARGIN_PT = 34.0
_ROOM_PT = _WIDTH_PT - 2 * _MARGIN_PT
_HEAD_PT = 112.0
_FOOT_PT = 30.0
_CODE_PT = 92.0
_ROW_PT = (38.0, 58.0)
_LEAST_MAP_PT = 200.0
_DPI = 200


@dataclass(frozen=True, kw_only=True)
class Sitting:
    """One reception.

    Parameters
    ----------
    grid, colour
        Name of the grid, and the key of its colour.
    day, hours, place
        When and where, in words.
    names
        Who sits there, in words; empty where nobody is to be named.
    spot
        Where that is (WGS 84); None where it is not known.
    """

    grid: str
    colour: str
    day: str
    hours: str
    place: str
    names: str = ""
    spot: shapely.Point | None = None


@dataclass(frozen=True, kw_only=True)
class Poster:
    """What the poster says.

    Parameters
    ----------
    title, subtitle
        At the top.
    sittings
        The receptions, in order.
    ground
        The map below them.
    code
        Rows of a QR code, True for dark; None for none.
    code_words
        What is said beside it.
    none
        What is said where there is no reception.
    """

    title: str
    subtitle: str
    sittings: Sequence[Sitting]
    ground: MapContent
    code: Sequence[Sequence[bool]] | None = None
    code_words: Sequence[str] = field(default_factory=tuple)
    none: str = ""


def pdf(poster: Poster, *, paper: Paper, language: str) -> bytes:
    """Draw the poster as PDF."""
    return pdf_pages.write([compose(poster, paper=paper, language=language)], title=poster.title)


def png(poster: Poster, *, paper: Paper, language: str) -> bytes:
    """Draw the poster as PNG, 200 pixels to the inch."""
    figure = compose(poster, paper=paper, language=language, dpi=_DPI)
    out = io.BytesIO()
    canvas: Any = figure.canvas
    canvas.print_png(out, metadata={"Title": poster.title, "Software": "gridmap"})
    return out.getvalue()


def compose(poster: Poster, *, paper: Paper, language: str, dpi: int = 72) -> Figure:
    """Lay the poster out as a matplotlib figure."""
    scale = _SCALES[paper]
    size = (_WIDTH_PT * scale / 72, _HEIGHT_PT * scale / 72)
    figure = Figure(figsize=size, dpi=dpi, facecolor="white")
    canvas = FigureCanvasAgg(figure)
    axes = figure.add_axes((0, 0, 1, 1))
    axes.set_axis_off()
    axes.set_xlim(0, _WIDTH_PT)
    axes.set_ylim(0, _HEIGHT_PT)
    sheet = Sheet(axes=axes, pt_per_m=scale, scale=scale, placer=labels.Placer(canvas, (0, 0, math.inf, math.inf)))
    _head(sheet, poster, language)
    top = _HEIGHT_PT - _HEAD_PT
    bottom = _FOOT_PT + (_CODE_PT + 14 if poster.code is not None else 6)
    row = min(max((top - bottom - _LEAST_MAP_PT - 14) / max(len(poster.sittings), 1), _ROW_PT[0]), _ROW_PT[1])
    y = _sittings(sheet, poster, top, row)
    _map(figure, canvas, poster, y - 12, bottom, scale)
    if poster.code is not None:
        _code(sheet, poster)
    _foot(sheet, poster, language)
    return figure


def _head(sheet: Sheet, poster: Poster, language: str) -> None:
    stripe = [palette.grid(key).hex for key in ("red", "yellow", "blue", "green", "purple")]
    for n, colour in enumerate(stripe):
        wide = _WIDTH_PT / len(stripe)
        sheet.axes.add_patch(Rectangle((n * wide, _HEIGHT_PT - 12), wide + 0.5, 12, fc=colour, ec="none", zorder=3))
    right = _MARGIN_PT + _ROOM_PT
    if poster.ground.synthetic:
        sheet.badge(right, _HEIGHT_PT - 36, i18n.text("picture.synthetic", language), 9.5)
    sheet.fit(_MARGIN_PT, _HEIGHT_PT - 64, poster.title, 29, right, 0.55, bold=True)
    sheet.fit(_MARGIN_PT, _HEIGHT_PT - 94, poster.subtitle, 14.5, right, 0.7, color=palette.MUTED)


def _sittings(sheet: Sheet, poster: Poster, top: float, row: float) -> float:
    """Write the receptions below ``top`` and return where they end."""
    if not poster.sittings:
        sheet.write(_MARGIN_PT, top - 24, poster.none, 15, 5, ha="left", va="center_baseline")
        return top - 48
    share = row / _ROW_PT[1]
    for n, one in enumerate(poster.sittings):
        y = top - (n + 0.5) * row
        colour = palette.grid(one.colour)
        box = FancyBboxPatch(
            (_MARGIN_PT, y - row / 2 + 3), _ROOM_PT, row - 6, boxstyle="round,pad=0,rounding_size=8",
            fc=colour.hex, ec="none", alpha=0.14, zorder=1,
        )  # fmt: skip
        sheet.axes.add_patch(box)
        sheet.axes.add_patch(Rectangle((_MARGIN_PT, y - row / 2 + 3), 9, row - 6, fc=colour.hex, ec="none", zorder=2))
        marks.letter(sheet, _MARGIN_PT + 34, y, colour, 4)
        left, middle, end = _MARGIN_PT + 60, _MARGIN_PT + 232, _MARGIN_PT + _ROOM_PT - 10
        sheet.fit(left, y + 9 * share, one.day, 17 * share**0.5, middle - 8, 0.6, bold=True)
        sheet.fit(left, y - 12 * share, one.hours, 15 * share**0.5, middle - 8, 0.6)
        sheet.fit(middle, y + 9 * share, one.place, 17 * share**0.5, end, 0.55, bold=True)
        told = " · ".join(filter(None, [one.grid, one.names]))
        sheet.fit(middle, y - 12 * share, told, 12.5 * share**0.5, end, 0.6, color=palette.MUTED)
    return top - len(poster.sittings) * row


def _map(figure: Figure, canvas: FigureCanvasAgg, poster: Poster, top: float, bottom: float, scale: float) -> None:
    height = top - bottom
    axes = figure.add_axes((_MARGIN_PT / _WIDTH_PT, bottom / _HEIGHT_PT, _ROOM_PT / _WIDTH_PT, height / _HEIGHT_PT))
    axes.set_axis_off()
    content = metric(poster.ground)
    sheet, _ = picture.fitted(axes, canvas, content.extent, (_ROOM_PT, height), scale)
    layers.ground(sheet, content)
    layers.compounds(sheet, content)
    layers.paths(sheet, content)
    layers.grids(sheet, content)
    layers.surroundings(sheet, content)
    layers.buildings(sheet, content, ())
    places = _places(poster, content)
    half = 16 * sheet.finesse * sheet.px_per_pt
    for place in filter(None, places):
        x, y = sheet.pixels(place.x, place.y)
        sheet.placer.take((x - half, y - half, x + half, y + half))
    marks.names(sheet, content)
    for sitting, place in zip(poster.sittings, places, strict=True):
        if place is not None:
            sheet.axes.scatter(
                [place.x], [place.y], (30 * sheet.finesse) ** 2, c="white", edgecolors=palette.INK,
                linewidths=1.4 * scale, zorder=40,
            )  # fmt: skip
            marks.letter(sheet, place.x, place.y, palette.grid(sitting.colour), 41)


def _places(poster: Poster, content: MapContent) -> list[shapely.Point | None]:
    """Return where each reception is held, in the metres of the map."""
    spots = [one.spot if one.spot is not None and not one.spot.is_empty else None for one in poster.sittings]
    placed = gpd.GeoSeries([spot or shapely.Point() for spot in spots], crs="EPSG:4326").to_crs(content.grids.crs)
    return [None if spot is None else place for spot, place in zip(spots, placed, strict=True)]


def _code(sheet: Sheet, poster: Poster) -> None:
    """Draw the QR code at the foot, and what it is for beside it."""
    assert poster.code is not None  # for mypy: asked before
    rows = np.asarray(poster.code, dtype=bool)
    # Four modules of quiet around it, as ISO/IEC 18004 asks.
    step = _CODE_PT / (rows.shape[0] + 8)
    left, top = _MARGIN_PT + 4 * step, _FOOT_PT + 4 + _CODE_PT - 4 * step
    dark = [
        shapely.box(left + x * step, top - (y + 1) * step, left + (x + 1) * step, top - y * step)
        for y, x in np.argwhere(rows)
    ]
    # One shape: between single squares a reader would see hairlines.
    sheet.fill(shapely.get_parts(shapely.union_all(dark)), 5, "black")
    for n, words in enumerate(poster.code_words):
        y = _FOOT_PT + 4 + _CODE_PT / 2 + (len(poster.code_words) / 2 - n - 0.5) * 24
        size = 15 if n == 0 else 10.5
        sheet.fit(
            _MARGIN_PT + _CODE_PT + 14, y, words, size, _MARGIN_PT + _ROOM_PT, 0.6, bold=n == 0,
            color=palette.INK if n == 0 else palette.MUTED,
        )  # fmt: skip


def _foot(sheet: Sheet, poster: Poster, language: str) -> None:
    own = "picture.source.synthetic" if poster.ground.synthetic else "picture.source.own"
    source = poster.ground.source or i18n.text(own, language)
    said = i18n.text("picture.source", language, source=source, day=i18n.date(poster.ground.day, language))
    sheet.fit(_MARGIN_PT, 18, said, 7.8, _MARGIN_PT + _ROOM_PT - 60, color=palette.MUTED)
    sheet.write(_MARGIN_PT + _ROOM_PT, 18, "gridmap", 7.8, 5, ha="right", color=palette.MUTED, va="center_baseline")
