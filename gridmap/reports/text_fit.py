"""How much room words take in the bundled typeface, and the lines into which they break."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator, Sequence
from functools import cache, lru_cache

from PIL import ImageFont

from gridmap import typeface

LEADING = 1.3
"""Height of a line, as a multiple of the size of its words."""
# Whoever shows the slides may have another typeface, and those for Latin differ more than those for Chinese.
_SLACK = {True: 1.03, False: 1.18}
_PER_EM = 200
_NO_START = "，。；：、！？）】》」』”’…%％,.;:!?)]}"  # no line begins with these
_NO_END = "（【《「『“‘([{"  # nor ends with these


def width_pt(text: str, size_pt: float, *, bold: bool = False) -> float:
    """Return how wide a line of words is."""
    return _ems(text, bold) * size_pt


def lines(text: str, width: float, size_pt: float, *, bold: bool = False) -> tuple[str, ...]:
    """Break words into lines of at most ``width`` points; a word longer than a line is broken anywhere."""
    return _broken(text, width / size_pt, bold)


@lru_cache(maxsize=20_000)
def _broken(text: str, ems: float, bold: bool) -> tuple[str, ...]:
    made: list[str] = []
    line, used = "", 0.0
    for piece in _pieces(text):
        wide = _ems(piece.rstrip(), bold)
        if used + wide <= ems:
            line, used = line + piece, used + _ems(piece, bold)
            continue
        if line:
            made.append(line.rstrip())
        line, used = "", 0.0
        for sign in piece.lstrip():
            one = _advance(sign, bold)
            if line and used + one > ems and sign != " ":
                made.append(line)
                line, used = "", 0.0
            line, used = line + sign, used + one
    return (*made, line.rstrip())


def height_pt(texts: Sequence[str], width: float, size_pt: float, *, bold: bool = False, gap: float = 0.45) -> float:
    """Return how high paragraphs are; ``gap`` lies between them, as a multiple of the size."""
    total = sum(len(lines(text, width, size_pt, bold=bold)) for text in texts)
    return total * size_pt * LEADING + max(len(texts) - 1, 0) * gap * size_pt


def fitting(
    texts: Sequence[str], width: float, height: float, sizes: Sequence[float], *, bold: bool = False, gap: float = 0.45
) -> float | None:
    """Return the first of ``sizes`` in which the paragraphs fit; None where none does."""
    return next((size for size in sizes if height_pt(texts, width, size, bold=bold, gap=gap) <= height), None)


def shortened(text: str, width: float, size_pt: float, *, bold: bool = False) -> str:
    """Cut words short so that they take no more than ``width`` points."""
    if width_pt(text, size_pt, bold=bold) <= width:
        return text
    cut = text
    while len(cut) > 1 and width_pt(cut + "…", size_pt, bold=bold) > width:
        cut = cut[:-1]
    return cut.rstrip() + "…"


def _pieces(text: str) -> Iterator[str]:
    """Cut words where a line may break: behind spaces, and between Chinese signs."""
    piece = ""
    for sign in text:
        if piece and _breaks(piece[-1], sign):
            yield piece
            piece = ""
        piece += sign
    if piece:
        yield piece


def _breaks(before: str, after: str) -> bool:
    if before == " ":
        return after != " "
    if after in _NO_START or before in _NO_END or after == " ":
        return False
    return _wide(before) or _wide(after)


def _wide(sign: str) -> bool:
    return unicodedata.east_asian_width(sign) in "WF"


def _ems(text: str, bold: bool) -> float:
    return sum(_advance(sign, bold) for sign in text)


@cache
def _advance(sign: str, bold: bool) -> float:
    """Return how wide a sign is at most, in ems."""
    return float(_face(bold).getlength(sign)) / _PER_EM * _SLACK[_wide(sign)]


@cache
def _face(bold: bool) -> ImageFont.FreeTypeFont:
    return ImageFont.truetype(str(typeface.path(bold=bold)), _PER_EM)
