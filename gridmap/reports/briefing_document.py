"""A briefing as it is told, whatever file it becomes: parts with sentences, figures, charts, tables and maps.

Everything is words and numbers already; nothing here names what they come from.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, field
from typing import Literal

ChartKind = Literal["columns", "bars", "line"]


@dataclass(frozen=True, kw_only=True)
class Tile:
    """A figure told large: its name, its value, and what stands below it small; ``tone`` is ``good``, ``bad`` or ""."""

    label: str
    value: str
    small: str = ""
    tone: str = ""


@dataclass(frozen=True, kw_only=True)
class Series:
    """A row of numbers, one for each category of its chart; None where nothing is told."""

    name: str
    values: tuple[float | None, ...]


@dataclass(frozen=True, kw_only=True)
class Chart:
    """A chart of numbers by category.

    Parameters
    ----------
    kind
        Upright ``columns``, lying ``bars`` (which leave room for long names), or a ``line``.
    title
        What is shown, with its unit.
    categories
        Names along the axis.
    series
        The numbers, at most three rows.
    percent
        Whether they are shares of 1.
    digits
        Decimals of the labels.
    """

    kind: ChartKind
    title: str
    categories: tuple[str, ...]
    series: tuple[Series, ...]
    percent: bool = False
    digits: int = 0


@dataclass(frozen=True, kw_only=True)
class Table:
    """A table of words; ``numbers`` says of each column whether it holds numbers, ``note`` what it counts."""

    title: str
    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    numbers: tuple[bool, ...]
    note: str = ""


@dataclass(frozen=True, kw_only=True, repr=False)
class Map:
    """A map as PNG, its size in pixels, and words for whoever does not see it."""

    png: bytes
    width_px: int
    height_px: int
    words: str


Visual = Chart | Table | Map


@dataclass(frozen=True, kw_only=True)
class Part:
    """A part of the briefing: its name, heading, sentences, figures told large, and what is shown."""

    name: str
    title: str
    sentences: tuple[str, ...] = ()
    tiles: tuple[Tile, ...] = ()
    visuals: tuple[Visual, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Document:
    """A briefing.

    Parameters
    ----------
    title, subtitle
        Whose briefing it is, and of which period, a line each; and of which days.
    language
        Language of the words.
    day
        Date of the data.
    marks
        Words at the head of every page: that it is internal, that the data are invented.
    source
        Where the data come from, and the base map's approval number.
    continued
        Word behind the heading of a part that goes on.
    page
        Words of a page's number, with the field ``n``.
    parts
        In their order.
    """

    title: str
    subtitle: str
    language: str
    day: dt.date
    source: str
    continued: str
    page: str
    parts: tuple[Part, ...]
    marks: tuple[str, ...] = field(default=())

    @property
    def heading(self) -> str:
        """The title in one line."""
        return " ".join(self.title.split("\n"))
