"""Breaks Chinese and Latin text into lines that fit a width on paper."""

from __future__ import annotations

import re
from functools import cache

from PIL import ImageFont

from gridmap import typeface

# Latin words stay whole; Chinese breaks after any sign.
_PIECES = re.compile(r"[!-~]+[ ]?|\s|\S")
# These hang over the end of a line rather than begin the next.
_HANGING = frozenset("，。；：、！？）》」』”’,.;:!?)]")
_EM = 200


def lines(text: str, size_pt: float, width_pt: float, *, bold: bool = False, most: int = 1000) -> list[str]:
    """Return ``text`` in lines no wider than ``width_pt``; what is beyond ``most`` lines ends in an ellipsis."""
    made: list[str] = []
    for paragraph in text.splitlines():
        line = ""
        for piece in _fitting(paragraph, size_pt, width_pt, bold):
            if line and width(line + piece.rstrip(), size_pt, bold=bold) > width_pt and piece not in _HANGING:
                made.append(line.rstrip())
                line = piece.lstrip()
            else:
                line += piece
        if line.strip():
            made.append(line.rstrip())
    if len(made) > most:
        last = made[most - 1]
        while last and width(f"{last}…", size_pt, bold=bold) > width_pt:
            last = last[:-1]
        made = [*made[: most - 1], f"{last}…"]
    return made


def width(text: str, size_pt: float, *, bold: bool = False) -> float:
    """Return how wide a line is in points."""
    return float(_font(bold).getlength(text)) * size_pt / _EM


def _fitting(text: str, size_pt: float, width_pt: float, bold: bool) -> list[str]:
    """Return the pieces of a text; a word that is wider than a line is broken within."""
    pieces: list[str] = []
    for piece in _PIECES.findall(text):
        fits = len(piece) == 1 or width(piece.rstrip(), size_pt, bold=bold) <= width_pt
        pieces += [piece] if fits else list(piece)
    return pieces


@cache
def _font(bold: bool) -> ImageFont.FreeTypeFont:
    return ImageFont.truetype(str(typeface.path(bold=bold)), _EM)
