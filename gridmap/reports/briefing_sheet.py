"""A briefing drawn on paper by matplotlib: the pages of a PDF, and the picture of one page."""

from __future__ import annotations

import io
from itertools import chain
from typing import Any

import numpy as np
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.font_manager import FontProperties
from matplotlib.patches import Rectangle
from PIL import Image

from gridmap import i18n, palette, typeface
from gridmap.reports import briefing_charts, briefing_layout, pdf_pages, text_fit
from gridmap.reports.briefing_document import Chart, Document, Map, Tile
from gridmap.reports.briefing_layout import (
    BULLET_PT,
    CAPTION_PT,
    CELL_X,
    CELL_Y,
    NOTE_PT,
    Box,
    Drawn,
    Grid,
    Page,
    Paper,
)

_MARGIN = 40.0
_FOOT_H = 30.0
_A4 = (842.0, 595.0)
_BLUE, _BAND, _LINE = "#0B3C5D", "#F3F5F8", "#C9D1DA"
_TONES = {"good": "#3E7F6C", "bad": "#B5332E", "": "#0B3C5D"}
_DPI = 200


def pdf(document: Document) -> tuple[bytes, int]:
    """Write a briefing as PDF on A4, and return how many pages it has."""
    paper = _paper(*_A4)
    laid = briefing_layout.pages(document, paper)
    inner = (_page(document, paper, page, number) for number, page in enumerate(laid, 2))
    return pdf_pages.write(chain([_cover(document, paper)], inner), title=document.heading), len(laid) + 1


def png(document: Document) -> bytes:
    """Draw the first part of a briefing, and the first map of any part beside it, on one sheet of A3."""
    paper = _paper(1191.0, 842.0)
    first = document.parts[0]
    maps = [one for part in document.parts for one in part.visuals if isinstance(one, Map)]
    visuals = maps[:1] or [one for part in document.parts for one in part.visuals][:1]
    title = f"{document.heading}"
    summary = briefing_layout.sheet(first, visuals, title, paper)
    figure = _page(document, paper, summary, 0)
    out = io.BytesIO()
    FigureCanvasAgg(figure).print_png(out, metadata={"Title": document.heading, "Software": "gridmap"})  # type: ignore[no-untyped-call]
    return out.getvalue()


def chart_png(chart: Chart, width: float, height: float) -> bytes:
    """Draw a chart by itself, ``width`` by ``height`` points."""
    sheet = _Sheet(width, height)
    sheet.chart(chart, Box(x=0, y=0, w=width, h=height))
    out = io.BytesIO()
    FigureCanvasAgg(sheet.figure).print_png(out, metadata={"Title": chart.title, "Software": "gridmap"})  # type: ignore[no-untyped-call]
    return out.getvalue()


def _paper(width: float, height: float) -> Paper:
    title = Box(x=_MARGIN, y=24, w=width - 2 * _MARGIN - 190, h=44)
    body = Box(x=_MARGIN, y=80, w=width - 2 * _MARGIN, h=height - 80 - _FOOT_H - 16)
    return Paper(width=width, height=height, title=title, body=body)


def _cover(document: Document, paper: Paper) -> Figure:
    sheet = _Sheet(paper.width, paper.height)
    top = paper.height * 0.3
    sheet.stripe(Box(x=_MARGIN, y=top, w=14, h=190))
    box = Box(x=_MARGIN + 40, y=top, w=paper.width - 2 * _MARGIN - 60, h=120)
    lines = document.title.split("\n")
    size = text_fit.fitting(lines, box.w, box.h, (36.0, 32.0, 28.0, 24.0, 20.0, 16.0), bold=True, gap=0) or 16.0
    sheet.paragraphs(lines, box, size, bold=True, colour=_BLUE, gap=0)
    below = Box(x=box.x, y=top + 140, w=box.w, h=50)
    sheet.paragraphs([document.subtitle], below, 15, colour=palette.MUTED)
    sheet.frame(document, paper, 1)
    return sheet.figure


def _page(document: Document, paper: Paper, page: Page, number: int) -> Figure:
    sheet = _Sheet(paper.width, paper.height)
    sheet.stripe(Box(x=0, y=paper.title.y + 2, w=12, h=paper.title.h - 4))
    high = text_fit.height_pt([page.title], paper.title.w, page.title_size, bold=True)
    place = paper.title.below((paper.title.h - high) / 2)
    sheet.paragraphs([page.title], place, page.title_size, bold=True, colour=_BLUE)
    for box, tile in page.tiles:
        sheet.tile(tile, box)
    for text in page.texts:
        sheet.paragraphs(text.sentences, text.box, text.size, bullet=True)
    for grid in page.grids:
        sheet.table(grid)
    for drawn in page.drawn:
        sheet.drawn(drawn)
    sheet.frame(document, paper, number)
    return sheet.figure


class _Sheet:
    """Paper measured in points from its upper left corner."""

    def __init__(self, width: float, height: float) -> None:
        self.width, self.height = width, height
        self.figure = Figure(figsize=(width / 72, height / 72), dpi=_DPI, facecolor="white")
        self.axes = self.figure.add_axes((0, 0, 1, 1))
        self.axes.set_axis_off()
        self.axes.set_xlim(0, width)
        self.axes.set_ylim(height, 0)

    def write(self, x: float, y: float, words: str, size: float, *, bold: bool = False, **more: Any) -> None:
        font = FontProperties(fname=str(typeface.path(bold=bold)), size=size)
        style = {"ha": "left", "va": "center_baseline", "color": palette.INK, **more}
        self.axes.text(x, y, words, fontproperties=font, parse_math=False, **style)

    def paragraphs(
        self, texts: Any, box: Box, size: float, *, bold: bool = False, colour: str = palette.INK, gap: float = 0.45,
        bullet: bool = False, right: bool = False,
    ) -> None:  # fmt: skip
        y, step = box.y, size * text_fit.LEADING
        inset = BULLET_PT if bullet else 0
        for number, text in enumerate(texts):
            y += gap * size if number else 0
            if bullet:
                self.write(box.x, y + step / 2, "•", size, color=_BLUE)
            for line in text_fit.lines(text, box.w - inset, size, bold=bold):
                x, ha = (box.x + box.w, "right") if right else (box.x + inset, "left")
                self.write(x, y + step / 2, line, size, bold=bold, color=colour, ha=ha)
                y += step

    def box(self, box: Box, fill: str, edge: str = "none") -> None:
        self.axes.add_patch(Rectangle((box.x, box.y), box.w, box.h, fc=fill, ec=edge, lw=0.7))

    def stripe(self, box: Box) -> None:
        colours = [one.hex for one in palette.grids().values()]
        for number, colour in enumerate(colours):
            high = box.h / len(colours)
            self.box(Box(x=box.x, y=box.y + number * high, w=box.w, h=high), colour)

    def tile(self, tile: Tile, box: Box) -> None:
        self.box(box, _BAND)
        self.box(Box(x=box.x, y=box.y, w=4, h=box.h), _TONES[tile.tone])
        inner = Box(x=box.x + 12, y=box.y + 6, w=box.w - 18, h=box.h - 10)
        for words, y, h, sizes, bold, colour in (
            (tile.label, 0.0, 17.0, (12.0, 11.0, 10.0, 9.0, 8.0), False, palette.MUTED),
            (tile.value, 16.0, 34.0, (25.0, 22.0, 18.0, 15.0, 12.0), True, _TONES[tile.tone]),
            (tile.small, 50.0, 24.0, (10.0, 9.0, 8.0, 7.0), False, palette.MUTED),
        ):
            size = text_fit.fitting([words], inner.w, h, sizes, bold=bold) or sizes[-1]
            self.paragraphs([words], Box(x=inner.x, y=inner.y + y, w=inner.w, h=h), size, bold=bold, colour=colour)

    def table(self, grid: Grid) -> None:
        box, table = grid.box, grid.table
        caption = Box(x=box.x, y=box.y - CAPTION_PT * 1.8, w=box.w, h=CAPTION_PT * 1.7)
        self.paragraphs([table.title], caption, CAPTION_PT, bold=True, colour=_BLUE)
        y = box.y
        for row, (cells, high) in enumerate(zip((table.columns, *table.rows), grid.heights, strict=True)):
            self.box(Box(x=box.x, y=y, w=box.w, h=high), _BLUE if not row else _BAND if row % 2 == 0 else "white")
            x = box.x
            for words, wide, right in zip(cells, grid.widths, table.numbers, strict=True):
                place = Box(x=x + CELL_X, y=y + CELL_Y, w=wide - 2 * CELL_X, h=high - 2 * CELL_Y)
                need = text_fit.height_pt([words], place.w, grid.size, bold=not row)
                place = place.below(max((place.h - need) / 2, 0))
                colour = palette.INK if row else "white"
                self.paragraphs([words], place, grid.size, bold=not row, colour=colour, right=right)
                x += wide
            y += high
        if table.note:
            self.paragraphs([table.note], grid.note, NOTE_PT, colour=palette.MUTED)

    def drawn(self, drawn: Drawn) -> None:
        if isinstance(drawn.visual, Chart):
            self.chart(drawn.visual, drawn.box)
            return
        box = drawn.box
        with Image.open(io.BytesIO(drawn.visual.png)) as image:
            pixels = np.asarray(image.convert("RGB"))
        self.axes.imshow(
            pixels, extent=(box.x, box.x + box.w, box.y + box.h, box.y), aspect="auto", interpolation="antialiased"
        )
        self.axes.set_xlim(0, self.width)
        self.axes.set_ylim(self.height, 0)

    def chart(self, chart: Chart, box: Box) -> None:
        """Draw a chart by hand: each bar or point with its number, names along one side."""
        self.paragraphs([chart.title], box, CAPTION_PT, bold=True, colour=_BLUE)
        x, y = box.x, box.y + CAPTION_PT * 1.9
        if len(chart.series) > 1:
            for number, series in enumerate(chart.series):
                self.box(Box(x=x, y=y + 3, w=9, h=9), briefing_charts.COLOURS[number])
                self.write(x + 14, y + 7.5, series.name, 10)
                x += text_fit.width_pt(series.name, 10) + 32
        room = Box(x=box.x, y=y + 20, w=box.w, h=box.y + box.h - y - 24)
        top = max((value for one in chart.series for value in one.values if value is not None), default=0) or 1
        names = briefing_charts.shown_categories(chart, box.w)
        {"bars": self._bars, "columns": self._columns, "line": self._line}[chart.kind](chart, names, room, top)

    def _bars(self, chart: Chart, names: tuple[str, ...], box: Box, top: float) -> None:
        left = max(text_fit.width_pt(name, 11) for name in names) + 8
        step = min(box.h / len(names), 54)
        thick = step * 0.7 / len(chart.series)
        for number, name in enumerate(names):
            y = box.y + number * step
            self.write(box.x + left - 6, y + step * 0.42, name, 11, ha="right")
            for at, series in enumerate(chart.series):
                value = series.values[number]
                if value is None:
                    continue
                wide = (box.w - left - 50) * value / top
                place = Box(x=box.x + left, y=y + step * 0.07 + at * thick, w=wide, h=thick * 0.94)
                self.box(place, briefing_charts.COLOURS[at])
                self.write(place.x + wide + 4, place.y + place.h / 2, _number(chart, value), min(10, thick))

    def _columns(self, chart: Chart, names: tuple[str, ...], box: Box, top: float) -> None:
        step, high = box.w / len(names), box.h - 34
        wide = min(step * 0.7 / len(chart.series), 60)
        for number, name in enumerate(names):
            middle = box.x + (number + 0.5) * step
            lines = text_fit.lines(name, step - 6, 11)[:2]
            for at, line in enumerate(lines):
                self.write(middle, box.y + box.h - 22 + at * 13, line, 11, ha="center")
            for at, series in enumerate(chart.series):
                value = series.values[number]
                if value is None:
                    continue
                tall = (high - 18) * value / top
                x = middle - wide * len(chart.series) / 2 + at * wide
                self.box(Box(x=x, y=box.y + high - tall, w=wide * 0.94, h=tall), briefing_charts.COLOURS[at])
                self.write(x + wide * 0.47, box.y + high - tall - 8, _number(chart, value), 10, ha="center")
        self.axes.plot([box.x, box.x + box.w], [box.y + high] * 2, color=_LINE, lw=0.8)

    def _line(self, chart: Chart, names: tuple[str, ...], box: Box, top: float) -> None:
        step, high = box.w / len(names), box.h - 34
        for number, name in enumerate(names):
            self.write(box.x + (number + 0.5) * step, box.y + box.h - 22, name, 10, ha="center")
        for at, series in enumerate(chart.series):
            xs = [box.x + (number + 0.5) * step for number in range(len(names))]
            ys = [np.nan if v is None else box.y + high - (high - 22) * v / top for v in series.values]
            self.axes.plot(xs, ys, color=briefing_charts.COLOURS[at], lw=1.8, marker="o", ms=4)
            for x, y, value in zip(xs, ys, series.values, strict=True):
                if value is not None:
                    self.write(x, y - 10, _number(chart, value), 10, ha="center")
        self.axes.plot([box.x, box.x + box.w], [box.y + high] * 2, color=_LINE, lw=0.8)

    def frame(self, document: Document, paper: Paper, number: int) -> None:
        """Write what every page must say."""
        right = paper.width - _MARGIN
        for mark in reversed(document.marks):
            wide = text_fit.width_pt(mark, 10.5, bold=True) + 14
            self.box(Box(x=right - wide, y=36, w=wide, h=19), "#FFE9BF", "#C98A1B")
            self.write(right - wide / 2, 45.5, mark, 10.5, bold=True, color="#7A4A00", ha="center")
            right -= wide + 8
        place = Box(x=_MARGIN, y=paper.height - _FOOT_H - 6, w=paper.width - 2 * _MARGIN - 60, h=_FOOT_H)
        size = text_fit.fitting([document.source], place.w, place.h, (9.0, 8.0, 7.0, 6.0)) or 6.0
        self.paragraphs([document.source], place, size, colour=palette.MUTED)
        if number:
            words = document.page.format(n=number)
            self.write(paper.width - _MARGIN, place.y + 7, words, 9, color=palette.MUTED, ha="right")


def _number(chart: Chart, value: float) -> str:
    if chart.percent:
        return i18n.percent(value, "en", chart.digits)
    return i18n.number(value, "en", chart.digits)
