"""Reads CSV and TSV: whatever encoding and delimiter a spreadsheet or a hotline's export has written it in."""

from __future__ import annotations

import codecs
import csv
import io
import re

from gridmap.errors import InputError
from gridmap.exchange import cells
from gridmap.exchange.cells import Grid

_DELIMITERS = (",", "\t", ";", "|", "，")
_SNIFFED_RECORDS = 60
_SNIFFED_SIGNS = 200_000
_SAYS_DELIMITER = re.compile(r"sep=(.)\r?\n", re.IGNORECASE)
_NO_TEXT = re.compile("[\x00-\x08\x0e-\x19\x1b-\x1f\x7f\ufffe\uffff]")
_BOMS = ((codecs.BOM_UTF8, "utf-8-sig"), (codecs.BOM_UTF16_LE, "utf-16"), (codecs.BOM_UTF16_BE, "utf-16"))
_NAMES = {"utf-8-sig": "UTF-8", "utf-8": "UTF-8", "gb18030": "GB18030"}


def read(data: bytes, name: str, most_cells: int) -> Grid:
    """Read the records of a text; its rows are counted by record, as a spreadsheet shows them.

    Raises
    ------
    InputError
        If it is no text, a quotation mark is never closed, or there are more than ``most_cells`` cells.
    """
    text, encoding = decoded(data, name)
    text, delimiter = _delimiter(text)
    rows = _records(text, delimiter, name)
    while rows and not any(cell.strip() for cell in rows[-1]):
        rows.pop()
    width = max(map(len, rows), default=0)
    if len(rows) * width > most_cells:
        raise InputError("sheet_too_wide", source=name, rows=len(rows), columns=width, limit=most_cells)
    even = [row if len(row) == width else row + [""] * (width - len(row)) for row in rows]
    return Grid(cells=cells.cleaned(even), merged=(), encoding=encoding)


def decoded(data: bytes, name: str) -> tuple[str, str]:
    """Return a text and the name of its encoding.

    Raises
    ------
    InputError
        ``csv_no_text``.
    """
    for encoding in _encodings(data):
        try:
            text = data.decode(encoding)
        except UnicodeDecodeError:
            continue
        # What Excel and old programs put at the end of a text.
        text = text.removeprefix("\ufeff").rstrip("\x1a\x00")
        if _NO_TEXT.search(text) is None:
            return text, _NAMES.get(encoding, "UTF-16")
    raise InputError("csv_no_text", source=name)


def _encodings(data: bytes) -> tuple[str, ...]:
    for bom, encoding in _BOMS:
        if data.startswith(bom):
            return (encoding,)
    head = data[:1000]
    zeros = head.count(0)
    if zeros:
        return ("utf-16-le",) if head[1::2].count(0) > zeros // 2 else ("utf-16-be",)
    return ("utf-8", "gb18030")


def _delimiter(text: str) -> tuple[str, str]:
    """Return the text and what separates its cells: what the file says, or what makes the most even rows."""
    said = _SAYS_DELIMITER.match(text)
    if said is not None:
        # The line stays a row, so that rows are counted as a spreadsheet counts them.
        return text[said.end(1) :], said[1]
    head = text[:_SNIFFED_SIGNS]
    return text, max(_DELIMITERS, key=lambda sign: _evenness(head, sign))


def _evenness(head: str, delimiter: str) -> float:
    widths = []
    try:
        for record in csv.reader(io.StringIO(head, newline=""), delimiter=delimiter):
            if record:
                widths.append(len(record))
            if len(widths) == _SNIFFED_RECORDS:
                break
    except csv.Error:
        return 0.0
    several = [width for width in widths if width > 1]
    if not several:
        return 0.0
    usual = max(set(several), key=several.count)
    return several.count(usual) / len(widths) * min(usual, 8)


def _records(text: str, delimiter: str, name: str) -> list[list[str]]:
    records: list[list[str]] = []
    try:
        records.extend(csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True))
    except csv.Error as fault:
        if "end of data" in str(fault) or "limit" in str(fault):
            raise InputError("csv_open_quote", source=name, row=len(records) + 1) from fault
        # Some programs put text behind a closing quotation mark, which can be read all the same.
        return list(csv.reader(io.StringIO(text, newline=""), delimiter=delimiter))
    return records
