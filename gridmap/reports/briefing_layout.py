"""Where each thing of a briefing stands on which page, so that nothing runs over: for slides, paper and wall alike."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from gridmap.reports import text_fit
from gridmap.reports.briefing_document import Chart, Document, Map, Part, Table, Tile, Visual

_GAP = 14.0
_TILE_H = 82.0
_TILES_A_ROW = 5
_TEXT_SIZES = (18.0, 17.0, 16.0, 15.0, 14.0, 13.0)
_TABLE_SIZES = (13.0, 12.0, 11.0, 10.0)
_TITLE_SIZES = (26.0, 24.0, 22.0, 20.0, 18.0, 16.0, 14.0)
_TEXT_SHARE = 0.4
# Cells of so many signs are not broken.
_WHOLE = 12
CELL_X, CELL_Y = 6.0, 3.5
"""Margins inside a cell of a table, in points."""
CAPTION_PT = 12.0
NOTE_PT = 10.0
_NOTE_GAP = 5.0
BULLET_PT = 14.0
"""How far the lines of a sentence stand in from its bullet."""


@dataclass(frozen=True, kw_only=True)
class Box:
    """A rectangle on a page, in points from its upper left corner."""

    x: float
    y: float
    w: float
    h: float

    def below(self, used: float) -> Box:
        """Return what is left under so many points."""
        return replace(self, y=self.y + used, h=self.h - used)

    def split(self, share: float) -> tuple[Box, Box]:
        """Return its left and right part, with a gap between them."""
        left = (self.w - _GAP) * share
        return replace(self, w=left), replace(self, x=self.x + left + _GAP, w=self.w - _GAP - left)


@dataclass(frozen=True, kw_only=True)
class Paper:
    """The page: its size in points, and the room for heading and content; what stands below is the writer's."""

    width: float
    height: float
    title: Box
    body: Box


@dataclass(frozen=True, kw_only=True)
class Text:
    """Sentences in a box, at a size in points."""

    box: Box
    sentences: tuple[str, ...]
    size: float


@dataclass(frozen=True, kw_only=True)
class Grid:
    """A table, or some rows of one, with the widths of its columns and the heights of its rows, heading first."""

    box: Box
    table: Table
    size: float
    widths: tuple[float, ...]
    heights: tuple[float, ...]

    @property
    def note(self) -> Box:
        """Where the table's note stands."""
        y, high = self.box.y + self.box.h + _NOTE_GAP, note_h(self.table, self.box.w)
        return Box(x=self.box.x, y=y, w=self.box.w, h=high)


@dataclass(frozen=True, kw_only=True)
class Drawn:
    """A chart or a map in a box."""

    box: Box
    visual: Chart | Map


@dataclass(frozen=True, kw_only=True)
class Page:
    """A page of a part."""

    title: str
    title_size: float
    texts: tuple[Text, ...] = ()
    tiles: tuple[tuple[Box, Tile], ...] = ()
    grids: tuple[Grid, ...] = ()
    drawn: tuple[Drawn, ...] = ()


def pages(document: Document, paper: Paper) -> list[Page]:
    """Lay all parts out, each on pages of its own."""
    made: list[Page] = []
    for part in document.parts:
        laid = _part(part, paper.body)
        for number, page in enumerate(laid):
            title = part.title if not number else f"{part.title} {document.continued}"
            size = text_fit.fitting([title], paper.title.w, paper.title.h, _TITLE_SIZES, bold=True)
            made.append(replace(page, title=title, title_size=size or _TITLE_SIZES[-1]))
    return made


def sheet(part: Part, visuals: Sequence[Visual], title: str, paper: Paper) -> Page:
    """Lay a part out on one sheet, with what is shown beside its sentences; what is too long is written smaller."""
    tiles, room = _tiles(part.tiles, paper.body)
    left, right = room.split(_TEXT_SHARE) if visuals else (room, room)
    size = _size(part.sentences, left, (22.0, 20.0, *_TEXT_SIZES, 12.0, 11.0, 10.0, 9.0, 8.0)) or 7.0
    title_size = text_fit.fitting([title], paper.title.w, paper.title.h, _TITLE_SIZES, bold=True) or _TITLE_SIZES[-1]
    texts = (Text(box=left, sentences=part.sentences, size=size),)
    page = Page(title=title, title_size=title_size, tiles=tiles, texts=texts)
    placed = _placed(visuals[0], right, whole=False) if visuals else None
    return page if placed is None else _with(page, placed)


def _part(part: Part, body: Box) -> list[Page]:
    tiles, room = _tiles(part.tiles, body)
    first = Page(title="", title_size=0, tiles=tiles)
    visuals = list(part.visuals)
    if not visuals:
        return _text_pages(first, part.sentences, room, body)
    left, right = room.split(_TEXT_SHARE)
    size = _size(part.sentences, left, _TEXT_SIZES)
    beside = _placed(visuals[0], right, whole=False) if size is not None else None
    if size is None or beside is None or not part.sentences:
        laid = _text_pages(first, part.sentences, room, body) if part.sentences else []
        return [*laid, *_visual_pages(visuals, body)]
    page = _with(replace(first, texts=(Text(box=left, sentences=part.sentences, size=size),)), beside)
    rest = visuals[1:]
    used = text_fit.height_pt(part.sentences, left.w - BULLET_PT, size) + _GAP
    under = next((one for one in rest if isinstance(one, Table)), None)
    if under is not None and (grid := _slim(under, left.below(used))) is not None:
        text = Text(box=replace(left, h=used - _GAP / 2), sentences=part.sentences, size=size)
        page = _with(replace(page, texts=(text,)), grid)
        rest = [one for one in rest if one is not under]
    return [page, *_visual_pages(rest, body)]


def _slim(table: Table, box: Box) -> Grid | None:
    """Put a table into a narrow place; None where it would be cramped there, or run over."""
    least = _TABLE_SIZES[-1]
    if sum(_least(table, least)) > box.w or box.h < 60:
        return None
    placed = _placed(table, box, whole=False)
    return placed if isinstance(placed, Grid) else None


def _tiles(tiles: Sequence[Tile], body: Box) -> tuple[tuple[tuple[Box, Tile], ...], Box]:
    if not tiles:
        return (), body
    rows = -(-len(tiles) // _TILES_A_ROW)
    across = -(-len(tiles) // rows)
    wide = (body.w - (across - 1) * _GAP) / across
    made = []
    for number, tile in enumerate(tiles):
        row, column = divmod(number, across)
        x, y = body.x + column * (wide + _GAP), body.y + row * (_TILE_H + _GAP)
        made.append((Box(x=x, y=y, w=wide, h=_TILE_H), tile))
    return tuple(made), body.below(rows * (_TILE_H + _GAP))


def _size(sentences: Sequence[str], box: Box, sizes: Sequence[float]) -> float | None:
    return text_fit.fitting(sentences, box.w - BULLET_PT, box.h, sizes)


def _text_pages(first: Page, sentences: Sequence[str], room: Box, body: Box) -> list[Page]:
    """Lay sentences out over as many pages as they need; the first one has less room where figures stand above."""
    made, left, box, page = [], list(sentences), room, first
    while True:
        size = _size(left, box, _TEXT_SIZES)
        n = len(left)
        while size is None and n > 1:
            n -= 1
            size = _size(left[:n], box, _TEXT_SIZES[-1:])
        taken = left[:n]
        if size is None:
            taken, rest = _cut(left[0], box)
            left = [rest, *left[1:]]
            n, size = 0, _TEXT_SIZES[-1]
        texts = (Text(box=box, sentences=tuple(taken), size=size),) if taken else ()
        made.append(replace(page, texts=texts))
        left = left[n:]
        if not left:
            return made
        page, box = Page(title="", title_size=0), body


def _cut(sentence: str, box: Box) -> tuple[list[str], str]:
    """Cut one sentence that is longer than a page where its last line on this page ends."""
    size = _TEXT_SIZES[-1]
    fit = max(int(box.h // (size * text_fit.LEADING)), 1)
    broken = text_fit.lines(sentence, box.w - BULLET_PT, size)
    end = len("".join(broken[:fit]))
    # Spaces at the ends of lines are not in them.
    end += sum(sign == " " for sign in sentence[:end]) - sum(sign == " " for sign in "".join(broken[:fit]))
    return [sentence[:end].rstrip()], sentence[end:].lstrip()


def _visual_pages(visuals: Sequence[Visual], body: Box) -> list[Page]:
    made: list[Page] = []
    left = list(visuals)
    while left:
        empty = Page(title="", title_size=0)
        pair = _side_by_side(left[:2], body)
        if pair:
            page = empty
            for placed in pair:
                page = _with(page, placed)
            made.append(page)
            left = left[2:]
            continue
        visual = left.pop(0)
        if isinstance(visual, Table):
            made += [replace(empty, grids=(grid,)) for grid in _grids(visual, body)]
        else:
            whole = _placed(visual, body, whole=True)
            assert whole is not None
            made.append(_with(empty, whole))
    return made


def _side_by_side(visuals: Sequence[Visual], body: Box) -> list[Drawn | Grid]:
    """Put a chart and what follows it side by side; nothing where that is a map, or a table too wide or too long."""
    if len(visuals) < 2 or not isinstance(visuals[0], Chart) or isinstance(visuals[1], Map):
        return []
    found: list[Drawn | Grid] = []
    for visual, box in zip(visuals, body.split(0.5), strict=True):
        made = _slim(visual, box) if isinstance(visual, Table) else _placed(visual, box, whole=False)
        if made is None:
            return []
        found.append(made)
    return found


def _placed(visual: Visual, box: Box, *, whole: bool) -> Drawn | Grid | None:
    """Put something into a box; None for a table that does not fit into it as it is."""
    if isinstance(visual, Table):
        (first, *more) = _grids(visual, box)
        return None if more else first
    if isinstance(visual, Map):
        scale = min(box.w / visual.width_px, box.h / visual.height_px)
        w, h = visual.width_px * scale, visual.height_px * scale
        return Drawn(box=Box(x=box.x + (box.w - w) / (2 if whole else 1), y=box.y, w=w, h=h), visual=visual)
    return Drawn(box=box, visual=visual)


def _with(page: Page, placed: Drawn | Grid) -> Page:
    if isinstance(placed, Grid):
        return replace(page, grids=(*page.grids, placed))
    return replace(page, drawn=(*page.drawn, placed))


def _grids(table: Table, box: Box) -> list[Grid]:
    """Lay a table out, over several pages where it is long; in the largest size in which it needs no more of them."""
    tried = [(size, _rows(table, box, size)) for size in _TABLE_SIZES]
    fewest = min(len(split) for _, split in tried)
    size, split = next((size, split) for size, split in tried if len(split) == fewest)
    widths = _widths(table, box.w, size)
    top = CAPTION_PT * 1.8
    return [
        Grid(
            box=Box(x=box.x, y=box.y + top, w=box.w, h=sum(heights)),
            table=replace(table, rows=table.rows[start:end]),
            size=size,
            widths=widths,
            heights=heights,
        )
        for start, end, heights in split
    ]


def _rows(table: Table, box: Box, size: float) -> list[tuple[int, int, tuple[float, ...]]]:
    """Return which rows stand on which page, and how high each is, the heading first."""
    widths = _widths(table, box.w, size)
    note = note_h(table, box.w) + _NOTE_GAP if table.note else 0
    room = box.h - CAPTION_PT * 1.8 - note
    head = _row_h(table.columns, widths, size, bold=True)
    found: list[tuple[int, int, tuple[float, ...]]] = []
    start, heights = 0, [head]
    for number, row in enumerate(table.rows):
        high = _row_h(row, widths, size)
        if sum(heights) + high > room and len(heights) > 1:
            found.append((start, number, tuple(heights)))
            start, heights = number, [head]
        heights.append(high)
    found.append((start, len(table.rows), tuple(heights)))
    return found


def note_h(table: Table, width: float) -> float:
    """Return how high the note below a table is."""
    return text_fit.height_pt([table.note], width, NOTE_PT) + 1


def _row_h(cells: Sequence[str], widths: Sequence[float], size: float, *, bold: bool = False) -> float:
    most = max(
        len(text_fit.lines(cell, width - 2 * CELL_X, size, bold=bold))
        for cell, width in zip(cells, widths, strict=True)
    )
    return most * size * text_fit.LEADING + 2 * CELL_Y


def _widths(table: Table, width: float, size: float) -> tuple[float, ...]:
    """Share the width out: each column as it needs, the widest ones less where all together need more."""
    wish, least = _wishes(table, size), _least(table, size)
    spare = width - sum(least)
    if sum(wish) <= width:
        more = (width - sum(wish)) / len(wish)
        return tuple(one + more for one in wish)
    if spare <= 0:
        return tuple(one * width / sum(least) for one in least)
    over = sum(wish) - sum(least)
    return tuple(low + (high - low) * spare / over for low, high in zip(least, wish, strict=True))


def _wishes(table: Table, size: float) -> list[float]:
    """Return how wide each column would be with every cell on one line."""
    columns = zip(table.columns, *table.rows, strict=True)
    return [
        max(text_fit.width_pt(cell, size, bold=not number) for number, cell in enumerate(cells)) + 2 * CELL_X + 2
        for cells in columns
    ]


def _least(table: Table, size: float) -> list[float]:
    """Return how wide each column must be for its words to stand whole, numbers and short cells on one line."""
    found = []
    for number, column in enumerate(table.columns):
        cells = [row[number] for row in table.rows]
        words = [text_fit.width_pt(piece, size, bold=True) for piece in column.split()]
        heading = min(max(words, default=0.0), 4.2 * size if not column.isascii() else float("inf"))
        whole = [text_fit.width_pt(cell, size) for cell in cells if table.numbers[number] or len(cell) <= _WHOLE]
        # Hanzi may go to the next line anywhere, a word in Latin letters nowhere.
        whole += [text_fit.width_pt(word, size) for cell in cells for word in cell.split() if word.isascii()]
        found.append(max(heading, 4 * size, *whole) + 2 * CELL_X + 2)
    return found
