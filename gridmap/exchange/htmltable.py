"""Reads the table of a web page: many systems write their export so and call it ``.xls``."""

from __future__ import annotations

import re
from html.parser import HTMLParser

from gridmap.errors import InputError
from gridmap.exchange import cells, delimited
from gridmap.exchange.cells import Grid, Span

_START = re.compile(
    rb"(?:\xef\xbb\xbf)?\s*(?:<\?xml[^>]*>\s*)?<(?:!doctype\s+html|html|table|meta|head|style|body|div|!--)",
    re.IGNORECASE,
)
_CHARSET = re.compile(rb"charset\s*=\s*[\"']?\s*([\w-]+)", re.IGNORECASE)
_LARGEST_SPAN = 1000


def is_html(data: bytes) -> bool:
    """Whether a file is a web page."""
    return _START.match(data[:2000]) is not None


def read(data: bytes, name: str, most_cells: int) -> Grid:
    """Read the tables of a page one under the other, as a spreadsheet shows them.

    Raises
    ------
    InputError
        If it holds no table, or more than ``most_cells`` cells.
    """
    text, encoding = _decoded(data, name)
    parser = _Tables()
    parser.feed(text)
    parser.close()
    rows, spans = parser.laid_out(most_cells, name)
    if not rows:
        raise InputError("sheet_html", source=name)
    return Grid(cells=cells.cleaned(rows), merged=tuple(spans), encoding=encoding)


def _decoded(data: bytes, name: str) -> tuple[str, str]:
    said = _CHARSET.search(data[:2000])
    if said is not None and said[1].lower() in (b"gbk", b"gb2312", b"gb18030"):
        try:
            return data.decode("gb18030"), "GB18030"
        except UnicodeDecodeError:
            # It says so, and is not: what it is decides.
            return delimited.decoded(data, name)
    return delimited.decoded(data, name)


class _Tables(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self._rows: list[list[tuple[str, int, int]]] = []
        self._text: list[str] | None = None
        self._span = (1, 1)
        self._silent = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in ("script", "style"):
            self._silent += 1
        elif tag == "tr":
            self._end_cell()
            self._rows.append([])
        elif tag in ("td", "th"):
            self._end_cell()
            said = dict(attrs)
            self._text, self._span = [], (_number(said.get("rowspan")), _number(said.get("colspan")))
        elif tag == "br" and self._text is not None:
            self._text.append("\n")

    def handle_endtag(self, tag: str) -> None:
        if tag in ("script", "style"):
            self._silent = max(0, self._silent - 1)
        elif tag in ("td", "th", "tr", "table"):
            self._end_cell()

    def handle_data(self, data: str) -> None:
        if self._text is not None and not self._silent:
            self._text.append(data)

    def _end_cell(self) -> None:
        if self._text is not None:
            if not self._rows:
                self._rows.append([])
            self._rows[-1].append(("".join(self._text), *self._span))
        self._text = None

    def laid_out(self, most_cells: int, name: str) -> tuple[list[list[str]], list[Span]]:
        """Return the cells in even rows, and which of them are merged."""
        taken: dict[tuple[int, int], str] = {}
        spans: list[Span] = []
        for row, found in enumerate(self._rows):
            place = 0
            for text, down, across in found:
                while (row, place) in taken:
                    place += 1
                down = min(down, len(self._rows) - row)
                if len(taken) + down * across > most_cells:
                    raise InputError(
                        "sheet_too_wide", source=name, rows=len(self._rows), columns=place, limit=most_cells
                    )
                taken |= {(row + i, place + j): "" for i in range(down) for j in range(across)}
                taken[row, place] = text
                if down > 1 or across > 1:
                    spans.append((row, place, row + down - 1, place + across - 1))
                place += across
        width = max((place for _, place in taken), default=-1) + 1
        return [
            [taken.get((row, place), "") for place in range(width)] for row in range(len(self._rows) if width else 0)
        ], spans


def _number(said: str | None) -> int:
    return min(int(said), _LARGEST_SPAN) if said and said.isascii() and said.isdigit() and int(said) else 1
