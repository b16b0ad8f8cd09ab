"""The sheet of a walk on A4: a map with numbered stops, then each stop with what to ask and room for what is said.

The columns are those of the off-desk record: place, people's opinion, how it was handled (地点、群众意见、处理情况).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.font_manager import FontProperties
from matplotlib.patches import Circle, FancyBboxPatch, Rectangle

from gridmap import i18n, palette, typeface
from gridmap.reports import pdf_pages, walk_sheet_map, wrapping
from gridmap.reports.content import MapContent

# A4 in millimetres; y is counted from the top.
_WIDTH, _HEIGHT = 210.0, 297.0
_LEFT, _RIGHT, _TOP, _BOTTOM = 11.0, 199.0, 11.0, 14.0
_MAP_MM = 118.0
_PT = 25.4 / 72
_SIZE, _SMALL = 8.6, 7.4
_LEADING = 1.42
_PAD = 1.6
_LEAST_MM, _REST_MM = 21.0, 7.0
_MOST_BY_HAND = 4
_MOST_LINES = 5
"""So many lines of an issue, a reason or a note are printed at most."""
# Left edges of the columns: number, place and questions, boxes, opinion, handling.
_COLUMNS = (_LEFT, 19.0, 82.0, 105.8, 152.4, _RIGHT)
# Boxes large enough for a pen.
_BOX_MM, _BOX_STEP_MM = 3.3, 4.7


@dataclass(frozen=True, kw_only=True)
class Row:
    """A stop as it is printed.

    Parameters
    ----------
    seq
        Its number on the map; 0 for a row to be filled in by hand.
    place
        What the place is called.
    when
        When it is planned for; "" where that is open.
    asks
        What to ask there, one a line.
    last
        What came of the last visit; "" where there was none.
    came
        What has been recorded already; "" where nothing has.
    rest
        Whether it is a break, of which nothing is written down.
    """

    seq: int
    place: str
    when: str = ""
    asks: Sequence[str] = ()
    last: str = ""
    came: str = ""
    rest: bool = False


@dataclass(frozen=True, kw_only=True)
class WalkSheet:
    """All that is printed of a walk.

    Parameters
    ----------
    title, subtitle
        Words at the top.
    rows
        The stops in their order.
    boxes
        The words of the boxes to tick.
    foot
        Words at the foot of each page.
    synthetic
        Whether the data are invented; the sheet then says so.
    content
        What the map shows, with ``route`` and ``stops``; None where no stop has a place.
    """

    title: str
    subtitle: str
    rows: Sequence[Row]
    boxes: Sequence[str]
    foot: str = ""
    synthetic: bool = False
    content: MapContent | None = None


def draw(sheet: WalkSheet, *, language: str) -> bytes:
    """Draw the sheet as a PDF of A4 pages, as many as it takes."""
    pages = _paged(sheet.rows, _top_of_table(sheet))
    _fill_up(pages, _top_of_table(sheet), language)
    return pdf_pages.write(_drawn(sheet, pages, language), title=sheet.title)


def _drawn(sheet: WalkSheet, pages: list[list[Row]], language: str) -> Iterator[Figure]:
    for number, rows in enumerate(pages, start=1):
        figure, page = _page()
        top = _head(page, sheet, number, language)
        if number == 1 and sheet.content is not None:
            box = (_LEFT, top, _RIGHT - _LEFT, _MAP_MM)
            walk_sheet_map.draw(figure, _inches(box), sheet.content, language=language)
            top += _MAP_MM + 3
        _table(page, rows, sheet.boxes, top, language)
        _foot(page, sheet, number, len(pages), language)
        yield figure


def _top_of_table(sheet: WalkSheet) -> float:
    return _TOP + 17 + (0 if sheet.content is None else _MAP_MM + 3)


def _page() -> tuple[Figure, Axes]:
    figure = Figure(figsize=(_WIDTH / 25.4, _HEIGHT / 25.4), dpi=72, facecolor="white")
    FigureCanvasAgg(figure)
    axes = figure.add_axes((0, 0, 1, 1))
    axes.set_axis_off()
    axes.set_xlim(0, _WIDTH)
    axes.set_ylim(_HEIGHT, 0)
    axes.set_autoscale_on(False)
    return figure, axes


def _inches(box: tuple[float, float, float, float]) -> tuple[float, float, float, float]:
    """Return a box in shares of the page, counted from below, as matplotlib wants it."""
    left, top, width, height = box
    return left / _WIDTH, 1 - (top + height) / _HEIGHT, width / _WIDTH, height / _HEIGHT


def _write(
    page: Axes, x: float, y: float, words: str, size: float, *, bold: bool = False, colour: str = "", ha: str = "left"
) -> None:
    font = FontProperties(fname=str(typeface.path(bold=bold)), size=size)
    page.text(
        x, y, words, fontproperties=font, color=colour or palette.INK, ha=ha, va="baseline", parse_math=False, zorder=5
    )


def _head(page: Axes, sheet: WalkSheet, number: int, language: str) -> float:
    room = (_RIGHT - _LEFT) / _PT
    if sheet.synthetic:
        words = i18n.text("picture.synthetic", language)
        wide = wrapping.width(words, 8, bold=True) * _PT + 5
        badge = FancyBboxPatch(
            (_RIGHT - wide, _TOP - 1), wide, 6, boxstyle="round,pad=0,rounding_size=1.2", fc="#FFE9BF", ec="#C98A1B"
        )
        page.add_patch(badge)
        _write(page, _RIGHT - 2.5, _TOP + 3.2, words, 8, bold=True, colour="#7A4A00", ha="right")
        room -= wide / _PT + 8
    size = 17.0 if number == 1 else 12.0
    _write(page, _LEFT, _TOP + 5, wrapping.lines(sheet.title, size, room, bold=True, most=1)[0], size, bold=True)
    if number > 1:
        return _TOP + 9
    told = wrapping.lines(sheet.subtitle, 9.5, (_RIGHT - _LEFT) / _PT, most=1)
    _write(page, _LEFT, _TOP + 12, told[0] if told else "", 9.5, colour=palette.MUTED)
    return _TOP + 16


def _foot(page: Axes, sheet: WalkSheet, number: int, pages: int, language: str) -> None:
    y = _HEIGHT - 8
    room = (_RIGHT - _LEFT - 30) / _PT
    for k, line in enumerate(wrapping.lines(sheet.foot, 6.8, room, most=2)):
        _write(page, _LEFT, y - 1.5 + 3 * k, line, 6.8, colour=palette.MUTED)
    told = i18n.text("walk_sheet.page", language, n=number, of=pages)
    _write(page, _RIGHT, y, told, 7.5, colour=palette.MUTED, ha="right")


@dataclass(frozen=True)
class _Line:
    words: str
    size: float
    bold: bool = False
    colour: str = ""


def _lines(row: Row) -> list[_Line]:
    """Return what stands in the column of the place."""
    room = (_COLUMNS[2] - _COLUMNS[1] - 2 * _PAD) / _PT
    if not row.seq:
        return [_Line(f"{row.place}　{row.when}".rstrip("　"), _SMALL, colour=palette.MUTED)]
    made = [_Line(words, _SIZE + 0.6, bold=True) for words in wrapping.lines(row.place, _SIZE + 0.6, room, bold=True)]
    if row.when:
        made.append(_Line(row.when, _SMALL, colour=palette.MUTED))
    for ask in row.asks:
        for k, words in enumerate(wrapping.lines(ask, _SIZE, room - 7, most=_MOST_LINES)):
            made.append(_Line(f"{'· ' if k == 0 else '  '}{words}", _SIZE))
    for told in (row.last, row.came):
        made += [
            _Line(words, _SMALL, colour=palette.MUTED) for words in wrapping.lines(told, _SMALL, room, most=_MOST_LINES)
        ]
    return made


def _height(row: Row, boxes: int) -> float:
    if row.rest:
        return _REST_MM
    text = sum(line.size * _LEADING * _PT for line in _lines(row))
    return max(text + 2 * _PAD + 0.8, boxes * _BOX_STEP_MM + 2 * _PAD, _LEAST_MM)


def _paged(rows: Sequence[Row], first_top: float) -> list[list[Row]]:
    """Share the rows out among pages; one that is taller than a page has a page to itself."""
    pages: list[list[Row]] = [[]]
    free = _HEIGHT - _BOTTOM - first_top - _head_height()
    for row in rows:
        height = _height(row, 5)
        if height > free and (pages[-1] or len(pages) == 1):
            pages.append([])
            free = _HEIGHT - _BOTTOM - (_TOP + 9) - _head_height()
        pages[-1].append(row)
        free -= height
    return pages


def _fill_up(pages: list[list[Row]], first_top: float, language: str) -> None:
    """Add rows to be filled in by hand where the last page has room for them."""
    top = first_top if len(pages) == 1 else _TOP + 9
    used = sum(_height(row, 5) for row in pages[-1])
    by_hand = Row(seq=0, place=i18n.text("walk_sheet.by_hand", language))
    room = int((_HEIGHT - _BOTTOM - top - _head_height() - used) // _height(by_hand, 5))
    pages[-1] += [by_hand] * min(max(room, 0), _MOST_BY_HAND)


def _head_height() -> float:
    return 6.2


def _table(page: Axes, rows: Sequence[Row], boxes: Sequence[str], top: float, language: str) -> None:
    if not rows:
        return
    bottom = top + _head_height()
    page.add_patch(Rectangle((_LEFT, top), _RIGHT - _LEFT, _head_height(), fc="#EFE9DC", ec="none", zorder=1))
    for name, left in zip(("seq", "place", "outcome", "opinion", "handling"), _COLUMNS[:-1], strict=True):
        _write(page, left + _PAD, top + 4.3, i18n.text(f"walk_sheet.column.{name}", language), 8.2, bold=True)
    for row in rows:
        height = _height(row, len(boxes))
        _row(page, row, boxes, bottom)
        bottom += height
        page.plot([_LEFT, _RIGHT], [bottom, bottom], color="#8F887B", lw=0.6, zorder=2, solid_capstyle="butt")
    for x in _COLUMNS:
        page.plot([x, x], [top, bottom], color="#8F887B", lw=0.6, zorder=2, solid_capstyle="butt")
    page.plot([_LEFT, _RIGHT], [top, top], color="#8F887B", lw=0.6, zorder=2, solid_capstyle="butt")


def _row(page: Axes, row: Row, boxes: Sequence[str], top: float) -> None:
    if row.seq:
        middle = (_COLUMNS[0] + _COLUMNS[1]) / 2
        page.add_patch(Circle((middle, top + 5), 2.9, fc=palette.ROUTE, ec="none", zorder=4))
        size = 8.5 if row.seq < 100 else 6.5
        _write(page, middle, top + 6.1, str(row.seq), size, bold=True, colour="white", ha="center")
    y = top + _PAD
    for line in _lines(row):
        y += line.size * _LEADING * _PT
        _write(page, _COLUMNS[1] + _PAD, y - 0.9, line.words, line.size, bold=line.bold, colour=line.colour)
    for k, words in enumerate(() if row.rest else boxes):
        y, left = top + _PAD + 0.7 + _BOX_STEP_MM * k, _COLUMNS[2] + _PAD
        page.add_patch(Rectangle((left, y), _BOX_MM, _BOX_MM, fc="white", ec=palette.INK, lw=0.8, zorder=4))
        left += _BOX_MM + 1.1
        shown = wrapping.lines(words, _SMALL, (_COLUMNS[3] - left - 0.5) / _PT, most=1)
        _write(page, left, y + 2.6, shown[0], _SMALL)
