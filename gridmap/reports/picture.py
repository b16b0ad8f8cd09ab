"""The map as a picture, drawn on the server: for a slide, a notice board, a printed report.

Matplotlib is used without pyplot and without its global settings, so that threads do not disturb each other.
"""

from __future__ import annotations

import io
import math
from dataclasses import dataclass
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.patches import FancyBboxPatch, Polygon, Rectangle

from gridmap import i18n, palette
from gridmap.reports import labels, layers, legend, marks
from gridmap.reports.content import MapContent, metric
from gridmap.reports.sheet import Sheet

# The sheet is laid out for 12 inches of width, in points; `scale` fits it to the width that is wanted.
_WIDTH_PT = 864.0
_MARGIN_PT = 22.0
_HEADER_PT = 62.0
_FOOTER_PT = 30.0
_LEGEND_PT = 190.0
_GUTTER_PT = 18.0
_MAP_PT = (372.0, 560.0)
_AROUND = 0.03
# A long legend is drawn smaller rather than making the sheet taller, down to this share.
_SMALLEST_LEGEND = 0.8


@dataclass(frozen=True, kw_only=True)
class _Layout:
    """Where things are, in points at scale 1."""

    map_width: float
    map_height: float
    legend_share: float

    @property
    def height(self) -> float:
        return _HEADER_PT + self.map_height + _FOOTER_PT


def draw(content: MapContent, *, language: str, width_px: int = 2400, dpi: int = 200) -> bytes:
    """Draw the map as PNG.

    Parameters
    ----------
    content
        What to show; frames in any CRS they declare.
    language
        Language of the words.
    width_px
        Width in pixels; the height follows from the community's shape and from what the legend needs.
    dpi
        Pixels per inch, which programs use for the printed size; words keep their share of the width.

    Returns
    -------
    bytes
        A PNG that carries no metadata but its title and the program's name.

    Raises
    ------
    InputError
        If a frame declares no CRS, or nothing at all has a place.
    """
    figure = compose(content, language=language, width_px=width_px, dpi=dpi)
    out = io.BytesIO()
    canvas: Any = figure.canvas
    canvas.print_png(out, metadata={"Title": heading(content, language), "Software": "gridmap"})
    return out.getvalue()


def compose(content: MapContent, *, language: str, width_px: int = 2400, dpi: int = 200) -> Figure:
    """Lay out the picture as a matplotlib figure; parameters and faults as of `draw`."""
    shown = metric(content)
    lines = legend.rows(shown, language)
    layout = _layout(shown, legend.height_pt(lines))
    scale = width_px / dpi * 72 / _WIDTH_PT
    figure = Figure(figsize=(width_px / dpi, layout.height * scale / 72), dpi=dpi, facecolor="white")
    canvas = FigureCanvasAgg(figure)
    _header(figure, canvas, shown, layout, language, scale)
    _map(figure, canvas, shown, layout, language, scale)
    _legend(figure, canvas, lines, layout, scale)
    _footer(figure, canvas, shown, layout, language, scale)
    return figure


def _layout(content: MapContent, legend_pt: float) -> _Layout:
    west, south, east, north = content.extent
    width = _WIDTH_PT - 2 * _MARGIN_PT - _LEGEND_PT - _GUTTER_PT
    shape = (north - south) / max(east - west, 1e-9)
    least, most = _MAP_PT
    height = min(max(width * shape, least, min(legend_pt, most)), most)
    share = max(min(height / legend_pt, 1.0), _SMALLEST_LEGEND)
    return _Layout(map_width=width, map_height=max(height, legend_pt * share), legend_share=share)


def _axes(figure: Figure, layout: _Layout, left: float, bottom: float, width: float, height: float) -> Axes:
    box = (left / _WIDTH_PT, bottom / layout.height, width / _WIDTH_PT, height / layout.height)
    axes = figure.add_axes(box)
    axes.set_axis_off()
    return axes


def _paper(
    figure: Figure, canvas: FigureCanvasAgg, layout: _Layout, scale: float, box: tuple[float, float, float, float]
) -> Sheet:
    """Return axes in points at scale 1."""
    left, bottom, width, height = box
    axes = _axes(figure, layout, left, bottom, width, height)
    axes.set_xlim(0, width)
    axes.set_ylim(0, height)
    placer = labels.Placer(canvas, (0, 0, math.inf, math.inf))
    return Sheet(axes=axes, pt_per_m=scale, scale=scale, placer=placer)


def heading(content: MapContent, language: str) -> str:
    """Return the title of a picture: its own, or the community and what the colours say."""
    if content.title:
        return content.title
    what = i18n.text(f"picture.title.{content.fill}", language)
    if content.fill == "coverage" and content.coverage_kind:
        kind = content.kinds.label(content.coverage_kind, language)
        what = i18n.text("picture.title.coverage_of", language, kind=kind)
    return i18n.text("picture.title", language, name=content.name, what=what)


def _header(
    figure: Figure, canvas: FigureCanvasAgg, content: MapContent, layout: _Layout, language: str, scale: float
) -> None:
    width = _WIDTH_PT - 2 * _MARGIN_PT
    sheet = _paper(figure, canvas, layout, scale, (_MARGIN_PT, layout.height - _HEADER_PT, width, _HEADER_PT))
    right = width
    if content.synthetic:
        right = sheet.badge(width, 36, i18n.text("picture.synthetic", language), 11) - 14
    middle = 38 if content.subtitle else 34
    sheet.fit(0, middle, heading(content, language), 21, right, 0.6, bold=True)
    if content.subtitle:
        sheet.fit(0, 15, content.subtitle, 10.5, width, color=palette.MUTED)


def fitted(
    axes: Axes,
    canvas: FigureCanvasAgg,
    extent: tuple[float, float, float, float],
    room_pt: tuple[float, float],
    scale: float,
) -> tuple[Sheet, float]:
    """Let axes show a stretch of ground with a little around it, framed.

    Parameters
    ----------
    extent
        West, south, east and north in metres.
    room_pt
        Width and height of the axes in points at scale 1.

    Returns
    -------
    tuple
        The sheet on which the map is drawn, and the metres that a point at scale 1 takes.
    """
    west, south, east, north = extent
    spare = max(east - west, north - south, 60.0) * _AROUND + 10
    across, up = east - west + 2 * spare, north - south + 2 * spare
    m_per_pt = max(across / room_pt[0], up / room_pt[1])
    x, y = (west + east) / 2, (south + north) / 2
    half_x, half_y = m_per_pt * room_pt[0] / 2, m_per_pt * room_pt[1] / 2
    axes.set_xlim(x - half_x, x + half_x)
    axes.set_ylim(y - half_y, y + half_y)
    axes.add_patch(Rectangle((0, 0), 1, 1, transform=axes.transAxes, fc=palette.BASE, ec="none", zorder=0))
    axes.add_patch(
        Rectangle((0, 0), 1, 1, transform=axes.transAxes, fc="none", ec="#BDB8AE", lw=1.2 * scale, zorder=50)
    )
    edge = axes.get_window_extent(canvas.get_renderer())  # type: ignore[no-untyped-call]
    placer = labels.Placer(canvas, (edge.x0 + 3, edge.y0 + 3, edge.x1 - 3, edge.y1 - 3))
    return Sheet(axes=axes, pt_per_m=scale / m_per_pt, scale=scale, placer=placer), m_per_pt


def _map(
    figure: Figure, canvas: FigureCanvasAgg, content: MapContent, layout: _Layout, language: str, scale: float
) -> None:
    axes = _axes(figure, layout, _MARGIN_PT, _FOOTER_PT, layout.map_width, layout.map_height)
    sheet, m_per_pt = fitted(axes, canvas, content.extent, (layout.map_width, layout.map_height), scale)
    paint(sheet, m_per_pt, content, language)


def paint(sheet: Sheet, m_per_pt: float, content: MapContent, language: str) -> None:
    """Draw all that is on the map, with arrow and bar, where `fitted` has made room for it."""
    north_arrow(sheet, language)
    scale_bar(sheet, m_per_pt, language)
    layers.ground(sheet, content)
    layers.compounds(sheet, content)
    layers.paths(sheet, content)
    layers.grids(sheet, content)
    layers.surroundings(sheet, content)
    layers.buildings(sheet, content, legend.households_classes(content))
    layers.reach(sheet, content)
    layers.shapes(sheet, content)
    marks.issues(sheet, content)
    marks.route(sheet, content)
    marks.symbols(sheet, content)
    marks.spare(sheet, content)
    marks.badges(sheet, content)
    marks.names(sheet, content)
    marks.chosen(sheet, content)


def _legend(figure: Figure, canvas: FigureCanvasAgg, lines: list[legend.Row], layout: _Layout, scale: float) -> None:
    left = _MARGIN_PT + layout.map_width + _GUTTER_PT
    axes = _axes(figure, layout, left, _FOOTER_PT, _LEGEND_PT, layout.map_height)
    width, height = _LEGEND_PT / layout.legend_share, layout.map_height / layout.legend_share
    axes.set_xlim(0, width)
    axes.set_ylim(0, height)
    own = scale * layout.legend_share
    placer = labels.Placer(canvas, (0, 0, math.inf, math.inf))
    legend.draw(Sheet(axes=axes, pt_per_m=own, scale=own, placer=placer), lines, width, height)


def _footer(
    figure: Figure, canvas: FigureCanvasAgg, content: MapContent, layout: _Layout, language: str, scale: float
) -> None:
    sheet = _paper(figure, canvas, layout, scale, (_MARGIN_PT, 0, _WIDTH_PT - 2 * _MARGIN_PT, _FOOTER_PT))
    width = _WIDTH_PT - 2 * _MARGIN_PT
    sheet.fit(0, 15, "　·　".join(sources(content, language)), 7.8, width - 60, color=palette.MUTED)
    sheet.write(width, 15, "gridmap", 7.8, 5, ha="right", color=palette.MUTED, va="center_baseline")


def sources(content: MapContent, language: str) -> list[str]:
    """Return what is said below a map of where its data come from."""
    own = "picture.source.synthetic" if content.synthetic else "picture.source.own"
    source = content.source or i18n.text(own, language)
    said = [i18n.text("picture.source", language, source=source, day=i18n.date(content.day, language))]
    if len(content.buildings):
        homes = content.buildings[content.buildings["households"].fillna(0) > 0]
        guessed = homes["households_estimated"].fillna(False).astype(bool)
        if guessed.any():
            said.append(i18n.text("picture.all_estimated" if guessed.all() else "picture.estimated", language))
    if len(content.grids) and content.grids_proposed:
        said.append(i18n.text("picture.grids_proposed", language))
    code = content.buildings.crs.to_authority()
    if code:
        said.append(i18n.text("picture.crs", language, crs=":".join(code)))
    return said


def north_arrow(sheet: Sheet, language: str) -> None:
    """An arrow to the north, in the upper right corner."""
    unit = sheet.scale / sheet.pt_per_m
    right, top = sheet.axes.get_xlim()[1], sheet.axes.get_ylim()[1]
    x, y = right - 21 * unit, top - 23 * unit
    sheet.axes.scatter([x], [y], (34 * sheet.scale) ** 2, c="white", alpha=0.9, linewidths=0, zorder=40)
    tip, foot, waist = (x, y + 13 * unit), y - 3 * unit, (x, y + 0.5 * unit)
    sheet.axes.add_patch(
        Polygon([tip, (x - 5 * unit, foot), waist], fc=palette.INK, ec=palette.INK, lw=0.7 * sheet.scale, zorder=41)
    )
    sheet.axes.add_patch(
        Polygon([tip, (x + 5 * unit, foot), waist], fc="white", ec=palette.INK, lw=0.7 * sheet.scale, zorder=41)
    )
    sheet.write(x, y - 9.5 * unit, i18n.text("picture.north", language), 8.5, 42, bold=True, va="center_baseline")
    px, py = sheet.pixels(x, y)
    half = 19 * sheet.scale * sheet.px_per_pt
    sheet.placer.take((px - half, py - half, px + half, py + half))


def scale_bar(sheet: Sheet, m_per_pt: float, language: str) -> None:
    """A bar of a round number of metres, in the lower left corner."""
    length = round_length_m(150 * m_per_pt)
    left, bottom = sheet.axes.get_xlim()[0], sheet.axes.get_ylim()[0]
    x, y = left + 16 * m_per_pt, bottom + 12 * m_per_pt
    wide, high = length, 4 * m_per_pt
    box = FancyBboxPatch(
        (left + 8 * m_per_pt, bottom + 6 * m_per_pt),
        wide + 30 * m_per_pt,
        27 * m_per_pt,
        boxstyle="square,pad=0",
        fc="white",
        ec="none",
        alpha=0.88,
        zorder=40,
    )
    sheet.axes.add_patch(box)
    for k in range(4):
        fill = palette.INK if k % 2 == 0 else "white"
        sheet.axes.add_patch(
            Rectangle((x + wide * k / 4, y), wide / 4, high, fc=fill, ec=palette.INK, lw=0.7 * sheet.scale, zorder=41)
        )
    sheet.write(x, y + 11 * m_per_pt, "0", 7.6, 42, va="center_baseline")
    key, number = ("kilometres", length / 1000) if length >= 1000 else ("metres", length)
    words = i18n.text(f"picture.{key}", language, n=number)
    sheet.write(x + wide, y + 11 * m_per_pt, words, 7.6, 42, va="center_baseline")
    x0, y0 = sheet.pixels(left, bottom)
    x1, y1 = sheet.pixels(x + wide + 30 * m_per_pt, bottom + 36 * m_per_pt)
    sheet.placer.take((x0, y0, x1, y1))


def round_length_m(most: float) -> float:
    """Return the largest of 1, 2, 5, 10, 20, 50, ... metres that is not more than ``most``."""
    power = 10.0 ** math.floor(math.log10(most))
    return float(max(step * power for step in np.array([1, 2, 5]) if step * power <= most * (1 + 1e-9)))
