"""A briefing as slides: charts and tables that can be changed in PowerPoint and WPS, maps as pictures."""

from __future__ import annotations

import io
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from lxml import etree
from pptx.dml.color import RGBColor
from pptx.enum.shapes import MSO_SHAPE, PP_PLACEHOLDER
from pptx.enum.text import MSO_ANCHOR, MSO_AUTO_SIZE, PP_ALIGN
from pptx.oxml.ns import qn
from pptx.util import Pt

from gridmap import palette
from gridmap.reports import briefing_charts, briefing_layout, briefing_template, text_fit
from gridmap.reports.briefing_document import Chart, Document, Tile
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
    Text,
)
from gridmap.reports.briefing_template import Template

_FOOT_H = 30.0
_MARGIN = 40.0
_TONES = {"good": "#3E7F6C", "bad": "#B5332E", "": "#0B3C5D"}
_HEAD, _BAND, _LINE = "#0B3C5D", "#F3F5F8", "#C9D1DA"
_COVER_TITLE = (40.0, 36.0, 32.0, 28.0, 24.0, 20.0)
_COVER_SUBTITLE = (20.0, 18.0, 16.0, 14.0, 12.0)


@dataclass(frozen=True, kw_only=True, repr=False)
class Slides:
    """A presentation as a file, how many slides it has, and which layouts the template lacks."""

    data: bytes
    pages: int
    missing: tuple[str, ...]


def write(document: Document, template: bytes | None = None, name: str = "") -> Slides:
    """Write a briefing as ``.pptx``.

    Parameters
    ----------
    document
        The briefing.
    template
        A ``.pptx`` or ``.potx`` whose layouts are used: one with heading and subtitle for the first slide, one with a
        heading alone for all others. Where it lacks one, words stand in boxes of their own.
    name
        What the template is called.

    Raises
    ------
    InputError
        If the template cannot be used.
    """
    used = briefing_template.opened(template, name)
    writer = _Writer(document, used)
    writer.cover()
    laid = briefing_layout.pages(document, writer.paper)
    for number, page in enumerate(laid, 2):
        writer.page(page, number)
    briefing_template.drop_personal(used.file, title=document.heading, language=document.language)
    out = io.BytesIO()
    used.file.save(out)
    return Slides(data=out.getvalue(), pages=len(laid) + 1, missing=used.missing)


class _Writer:
    def __init__(self, document: Document, used: Template) -> None:
        self.document = document
        self.used = used
        self.width, self.height = (float(value / 12700) for value in (used.file.slide_width, used.file.slide_height))
        title = None if used.plain is None else briefing_template.title_of(used.plain)
        box = Box(x=_MARGIN, y=26, w=self.width - 2 * _MARGIN, h=46) if title is None else _box(title)
        self.marks_w = self._marks_w()
        if used.own:
            box = Box(x=box.x, y=box.y, w=self.width - 2 * _MARGIN - self.marks_w, h=box.h)
        top = box.y + box.h + (8 if used.own else 30 if self.marks_w else 8)
        self.paper = Paper(
            width=self.width,
            height=self.height,
            title=Box(x=box.x, y=box.y, w=box.w - 15, h=box.h),
            body=Box(x=_MARGIN, y=top, w=self.width - 2 * _MARGIN, h=self.height - top - _FOOT_H - 12),
        )

    def _marks_w(self) -> float:
        return sum(text_fit.width_pt(mark, 10.5, bold=True) + 26 for mark in self.document.marks)

    def cover(self) -> None:
        layout = self.used.cover or briefing_template.blank(self.used.file)
        slide = self.used.file.slides.add_slide(layout)
        holders = {one.placeholder_format.type: one for one in slide.placeholders}
        title = slide.shapes.title
        subtitle = holders.get(PP_PLACEHOLDER.SUBTITLE)
        if self.used.own:
            self._stripe(slide, Box(x=40, y=150, w=14, h=222))
        wide = self.width - 2 * _MARGIN
        head = Box(x=_MARGIN, y=self.height * 0.3, w=wide, h=130) if title is None else _box(title)
        below = Box(x=_MARGIN, y=head.y + head.h + 10, w=wide, h=70) if subtitle is None else _box(subtitle)
        for shape, box, words, sizes, bold in (
            (title, head, self.document.title, _COVER_TITLE, True),
            (subtitle, below, self.document.subtitle, _COVER_SUBTITLE, False),
        ):
            lines = words.split("\n")
            size = text_fit.fitting(lines, box.w - 15, box.h - 8, sizes, bold=bold, gap=0) or sizes[-1]
            frame = (shape or slide.shapes.add_textbox(*_emu(box))).text_frame
            frame.word_wrap = True
            align = PP_ALIGN.LEFT if self.used.own else None
            self._say(frame, lines, size, bold=bold, colour=_HEAD if self.used.own and bold else None, align=align)
        self._clear(slide, keep=(title, subtitle))
        self._marks(slide)
        self._foot(slide, layout, 1)

    def page(self, page: Page, number: int) -> None:
        layout = self.used.plain or briefing_template.blank(self.used.file)
        slide = self.used.file.slides.add_slide(layout)
        title = slide.shapes.title if self.used.plain is not None else None
        box = self.paper.title
        if title is None:
            title = slide.shapes.add_textbox(*_emu(box))
        elif self.used.own:
            title.left, title.top, title.width, title.height = _emu(Box(x=box.x, y=box.y, w=box.w + 15, h=box.h))
        title.text_frame.word_wrap = True
        colour, align = (_HEAD, PP_ALIGN.LEFT) if self.used.own else (None, None)
        self._say(title.text_frame, [page.title], page.title_size, bold=True, colour=colour, align=align)
        if self.used.own:
            title.text_frame.vertical_anchor = MSO_ANCHOR.MIDDLE
            self._stripe(slide, Box(x=0, y=box.y + 4, w=12, h=box.h - 8))
        self._clear(slide, keep=(title,))
        for place, tile in page.tiles:
            self._tile(slide, place, tile)
        for text in page.texts:
            self._text(slide, text)
        for grid in page.grids:
            self._table(slide, grid)
        for drawn in page.drawn:
            self._drawn(slide, drawn)
        self._marks(slide)
        self._foot(slide, layout, number)

    def _clear(self, slide: Any, keep: Sequence[Any]) -> None:
        """Take placeholders away that nothing stands in: they would ask to be filled."""
        kept = [one._element for one in keep if one is not None]
        for shape in list(slide.placeholders):
            if shape._element not in kept:
                shape._element.getparent().remove(shape._element)

    def _say(
        self,
        frame: Any,
        words: Sequence[str],
        size: float,
        *,
        bold: bool = False,
        colour: str | None = None,
        align: Any = None,
        gap: float = 0.0,
        bullet: bool = False,
    ) -> None:
        """Write paragraphs, in a typeface that has Chinese."""
        for number, text in enumerate(words):
            paragraph = frame.paragraphs[0] if not number else frame.add_paragraph()
            if align is not None:
                paragraph.alignment = align
            if self.used.own or bullet or gap:
                paragraph.line_spacing = 1.0
                paragraph.space_before = Pt(gap * size if number else 0)
            run = paragraph.add_run()
            run.text = text
            run.font.size = Pt(size)
            run.font.bold = bold
            if colour is not None:
                run.font.color.rgb = _rgb(colour)
            speak(run._r.get_or_add_rPr(), self.used.font, self.document.language)
            if bullet:
                _bullet(paragraph._p.get_or_add_pPr())

    def _box_of(self, slide: Any, box: Box, margin: float = 0.0) -> Any:
        frame = slide.shapes.add_textbox(*_emu(box)).text_frame
        frame.word_wrap = True
        frame.margin_left = frame.margin_right = frame.margin_top = frame.margin_bottom = Pt(margin)
        return frame

    def _text(self, slide: Any, text: Text) -> None:
        frame = self._box_of(slide, text.box)
        # A sentence that somebody makes longer gets smaller instead of running over.
        frame.auto_size = MSO_AUTO_SIZE.TEXT_TO_FIT_SHAPE
        self._say(frame, text.sentences, text.size, colour=palette.INK, gap=0.45, bullet=True)

    def _tile(self, slide: Any, box: Box, tile: Tile) -> None:
        card = slide.shapes.add_shape(MSO_SHAPE.RECTANGLE, *_emu(box))
        _plain(card, fill=_BAND)
        edge = slide.shapes.add_shape(MSO_SHAPE.RECTANGLE, *_emu(Box(x=box.x, y=box.y, w=4, h=box.h)))
        _plain(edge, fill=_TONES[tile.tone])
        inner = Box(x=box.x + 12, y=box.y + 6, w=box.w - 18, h=box.h - 10)
        for words, y, h, sizes, bold, colour in (
            (tile.label, 0.0, 16.0, (12.0, 11.0, 10.0, 9.0), False, palette.MUTED),
            (tile.value, 15.0, 34.0, (26.0, 22.0, 18.0, 15.0, 12.0), True, _TONES[tile.tone]),
            (tile.small, 49.0, 26.0, (10.0, 9.0, 8.0), False, palette.MUTED),
        ):
            place = Box(x=inner.x, y=inner.y + y, w=inner.w, h=h)
            size = text_fit.fitting([words], place.w, place.h, sizes, bold=bold) or sizes[-1]
            self._say(self._box_of(slide, place), [words], size, bold=bold, colour=colour)

    def _table(self, slide: Any, grid: Grid) -> None:
        box, table = grid.box, grid.table
        self._caption(slide, table.title, Box(x=box.x, y=box.y - CAPTION_PT * 1.8, w=box.w, h=CAPTION_PT * 1.7))
        shape = slide.shapes.add_table(len(table.rows) + 1, len(table.columns), *_emu(box))
        made = shape.table
        for name in ("first_row", "horz_banding"):
            setattr(made, name, False)
        for number, width in enumerate(grid.widths):
            made.columns[number].width = Pt(width)
        for number, height in enumerate(grid.heights):
            made.rows[number].height = Pt(height)
        for row, cells in enumerate((table.columns, *table.rows)):
            for column, words in enumerate(cells):
                cell = made.cell(row, column)
                cell.margin_left = cell.margin_right = Pt(CELL_X)
                cell.margin_top = cell.margin_bottom = Pt(CELL_Y)
                cell.vertical_anchor = MSO_ANCHOR.MIDDLE
                cell.fill.solid()
                cell.fill.fore_color.rgb = _rgb(_HEAD if not row else _BAND if row % 2 == 0 else "#FFFFFF")
                align = PP_ALIGN.RIGHT if table.numbers[column] else PP_ALIGN.LEFT
                colour = palette.INK if row else "#FFFFFF"
                self._say(cell.text_frame, [words], grid.size, bold=not row, colour=colour, align=align)
        if table.note:
            self._say(self._box_of(slide, grid.note), [table.note], NOTE_PT, colour=palette.MUTED)

    def _caption(self, slide: Any, words: str, box: Box) -> None:
        size = text_fit.fitting([words], box.w, box.h, (CAPTION_PT, 11.0, 10.0, 9.0, 8.0), bold=True) or 8.0
        self._say(self._box_of(slide, box), [words], size, bold=True, colour=_HEAD)

    def _drawn(self, slide: Any, drawn: Drawn) -> None:
        box, visual = drawn.box, drawn.visual
        if isinstance(visual, Chart):
            self._caption(slide, visual.title, Box(x=box.x, y=box.y, w=box.w, h=CAPTION_PT * 1.7))
            briefing_charts.add(
                slide, _emu(box.below(CAPTION_PT * 1.8)), visual, box, self.used.font, self.document.language
            )
            return
        picture = slide.shapes.add_picture(io.BytesIO(visual.png), *_emu(box))
        picture._element.nvPicPr.cNvPr.set("descr", visual.words)

    def _stripe(self, slide: Any, box: Box) -> None:
        """The five colours of the grids."""
        colours = [one.hex for one in palette.grids().values()]
        high = box.h / len(colours)
        for number, colour in enumerate(colours):
            place = Box(x=box.x, y=box.y + number * high, w=box.w, h=high)
            _plain(slide.shapes.add_shape(MSO_SHAPE.RECTANGLE, *_emu(place)), fill=colour)

    def _marks(self, slide: Any) -> None:
        """What every page must say: internal, invented."""
        right = self.width - _MARGIN
        y = 39.0 if self.used.own else self.paper.body.y - 27
        for mark in reversed(self.document.marks):
            wide = text_fit.width_pt(mark, 10.5, bold=True) + 16
            shape = slide.shapes.add_shape(MSO_SHAPE.ROUNDED_RECTANGLE, *_emu(Box(x=right - wide, y=y, w=wide, h=19)))
            _plain(shape, fill="#FFE9BF", line="#C98A1B")
            frame = shape.text_frame
            frame.margin_left = frame.margin_right = frame.margin_top = frame.margin_bottom = 0
            frame.vertical_anchor = MSO_ANCHOR.MIDDLE
            self._say(frame, [mark], 10.5, bold=True, colour="#7A4A00", align=PP_ALIGN.CENTER)
            right -= wide + 8

    def _foot(self, slide: Any, layout: Any, number: int) -> None:
        y = self.height - _FOOT_H - 6
        wide = self.width - 2 * _MARGIN - 60
        words = self.document.source
        size = text_fit.fitting([words], wide, _FOOT_H, (9.0, 8.0, 7.0, 6.0)) or 6.0
        frame = self._box_of(slide, Box(x=_MARGIN, y=y, w=wide, h=_FOOT_H))
        frame.vertical_anchor = MSO_ANCHOR.MIDDLE
        self._say(frame, [words], size, colour=palette.MUTED)
        if PP_PLACEHOLDER.SLIDE_NUMBER in briefing_template.small_of(layout):
            return  # the template has a place of its own, which PowerPoint fills when asked
        frame = self._box_of(slide, Box(x=self.width - _MARGIN - 56, y=y, w=56, h=_FOOT_H))
        frame.vertical_anchor = MSO_ANCHOR.MIDDLE
        told = self.document.page.format(n=number)
        self._say(frame, [told], 9, colour=palette.MUTED, align=PP_ALIGN.RIGHT)


def speak(properties: Any, font: str, language: str) -> None:
    """Say in the properties of words which language they are in, and which typeface has its signs."""
    properties.set("lang", "zh-CN" if language == "zh" else "en-GB")
    for old in properties.findall(qn("a:ea")):
        properties.remove(old)
    east = etree.SubElement(properties, qn("a:ea"))
    east.set("typeface", font)
    # The schema knows one order: fills, then latin, ea, and the rest.
    after = [one for one in properties if one.tag in (qn("a:cs"), qn("a:sym"), qn("a:hlinkClick"))]
    if after:
        after[0].addprevious(east)


def _bullet(properties: Any) -> None:
    properties.set("marL", str(int(BULLET_PT * 12700)))
    properties.set("indent", str(-int(BULLET_PT * 12700)))
    colour = etree.SubElement(properties, qn("a:buClr"))
    etree.SubElement(colour, qn("a:srgbClr"), val=_HEAD[1:])
    etree.SubElement(properties, qn("a:buFont"), typeface="Arial")
    etree.SubElement(properties, qn("a:buChar"), char="•")


def _plain(shape: Any, *, fill: str, line: str | None = None) -> None:
    shape.shadow.inherit = False
    shape.fill.solid()
    shape.fill.fore_color.rgb = _rgb(fill)
    if line is None:
        shape.line.fill.background()
    else:
        shape.line.color.rgb = _rgb(line)
        shape.line.width = Pt(0.75)


def _rgb(colour: str) -> RGBColor:
    return RGBColor(*bytes.fromhex(colour[1:]))


def _box(shape: Any) -> Box:
    x, y, w, h = (float((value or 0) / 12700) for value in (shape.left, shape.top, shape.width, shape.height))
    return Box(x=x, y=y, w=w, h=h)


def _emu(box: Box) -> tuple[Any, Any, Any, Any]:
    return Pt(box.x), Pt(box.y), Pt(box.w), Pt(box.h)
