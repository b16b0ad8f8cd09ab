"""Reads spreadsheets and CSV as people keep them: ``.xlsx``, ``.xls``, ``.ods``, CSV and TSV.

Titles, headings, totals, signatures and empty rows are told from the records, and listed as left out.
"""

from __future__ import annotations

import zipfile
from pathlib import Path

from gridmap.errors import InputError
from gridmap.exchange import delimited, header, htmltable, opening, records, spreadsheet
from gridmap.exchange.cells import Grid, Progress
from gridmap.exchange.header import Header
from gridmap.exchange.source import Part, Source
from gridmap.exchange.spreadsheet import Book, Sheet

#: What a person may choose between.
FORMATS = ("Excel (.xlsx, .xls)", "OpenDocument (.ods)", "CSV", "TSV")
ENDINGS = (".xlsx", ".xlsm", ".xltx", ".xls", ".xlt", ".et", ".xlsb", ".ods", ".csv", ".tsv", ".tab", ".txt")
_TEXT_ENDINGS = (".csv", ".tsv", ".tab", ".txt")
_PICTURES = (b"\x89PNG", b"\xff\xd8\xff", b"GIF8", b"BM", b"II*\x00", b"MM\x00*", b"RIFF")
_OTHERS = (b"%PDF", b"Rar!", b"7z\xbc\xaf", b"\x1f\x8b")
# Excel before 1997 wrote its records without a container around them.
_OLD = (b"\x09\x00\x04\x00", b"\x09\x02\x06\x00", b"\x09\x04\x06\x00", b"\x09\x08\x08\x00", b"\x09\x08\x10\x00")
_KNOWN_HEADINGS = 2


def fits(path: Path) -> bool:
    """Whether a file is for this reader: by its first bytes, and by its name where they say nothing.

    Raises
    ------
    InputError
        If the file is missing, a folder, empty, too large, or may not be read.
    """
    head = opening.first_bytes(path, path.name)
    if path.suffix.lower() in ENDINGS or head.startswith(spreadsheet.OLE):
        return True
    if not head.startswith(spreadsheet.ZIP):
        return False
    try:
        with zipfile.ZipFile(path) as archive:
            names = archive.namelist()
    except (zipfile.BadZipFile, OSError, ValueError):
        return False
    return "[Content_Types].xml" in names or ("mimetype" in names and "content.xml" in names)


def read(path: Path, part: str | None = None, progress: Progress | None = None) -> Source:
    """Read the records of one sheet.

    Parameters
    ----------
    path
        A workbook, or a text with delimiters.
    part
        Name of the sheet; where none is named, the only one that holds a table, or the only one whose headings are
        known.
    progress
        Told which share is done; may raise to cancel.

    Raises
    ------
    InputError
        If the file cannot be read as it is, holds no table, or several and none is named.
    """
    tell = progress or _tell_nobody
    tell(0.0)
    opened = _opened(path)
    tell(0.1)
    if isinstance(opened, Grid):
        name, grid = "", opened
        found = _demand_header(grid, path.name, "")
    else:
        name, grid, found = _chosen(opened, path.name, part, tell)
    tell(0.7)
    twice = header.repeated(found.names)
    if twice:
        raise InputError("sheet_side_by_side", source=path.name, headings=list(twice))
    frame, left_out = records.split(grid, found)
    if frame.empty:
        raise InputError("sheet_no_rows", source=path.name, headings=list(found.names.values())[:20])
    tell(1.0)
    return Source(name=path.name, part=name, frame=frame, encoding=grid.encoding, left_out=left_out)


def headings(path: Path) -> tuple[str, list[str]]:
    """Return the sheet of a template and its headings; records may stand below them, and need not.

    Raises
    ------
    InputError
        As `read` does, but for a table without rows.
    """
    opened = _opened(path)
    if isinstance(opened, Grid):
        return "", list(_demand_header(opened, path.name, "").names.values())
    full = [one for one in opened.sheets() if not one.hidden and not opened.is_empty(one.name)]
    if not full:
        raise InputError("sheet_empty", source=path.name)
    grid = opened.grid(full[0].name)
    return full[0].name, list(_demand_header(grid, path.name, full[0].name).names.values())


def parts(path: Path) -> list[Part]:
    """Return the sheets of a workbook in their order; a CSV is one part without a name.

    Raises
    ------
    InputError
        As `read` does, where the file cannot be opened.
    """
    opened = _opened(path)
    if isinstance(opened, Grid):
        return [Part(name="", rows=len(opened.cells), spatial=False)]
    return [Part(name=one.name, rows=None, spatial=False, hidden=one.hidden) for one in opened.sheets()]


def _tell_nobody(_: float) -> None:
    """Nobody waits."""


def _opened(path: Path) -> Book | Grid:
    head = opening.first_bytes(path, path.name)
    limits = opening.import_limits()
    size_mb = path.stat().st_size // 1_000_000
    if size_mb > limits["largest_sheet_mb"]:
        raise InputError("sheet_too_large", source=path.name, size_mb=size_mb, limit_mb=limits["largest_sheet_mb"])
    _refuse_others(head, path.name)
    data = path.read_bytes()
    if head.startswith((spreadsheet.ZIP, spreadsheet.OLE)):
        return Book(data, path.name, limits["sheet_cells"])
    if htmltable.is_html(data):
        return htmltable.read(data, path.name, limits["sheet_cells"])
    if path.suffix.lower() not in _TEXT_ENDINGS:
        _refuse_no_text(data, path.name)
    return delimited.read(data, path.name, limits["sheet_cells"])


def _refuse_others(head: bytes, name: str) -> None:
    if head.startswith(_PICTURES):
        raise InputError("sheet_picture", source=name)
    if head.startswith(_OTHERS):
        raise InputError("sheet_other_document", source=name)
    if head.startswith(_OLD):
        raise InputError("sheet_old", source=name)
    if b"urn:schemas-microsoft-com:office:spreadsheet" in head or b"Excel.Sheet" in head[:400]:
        raise InputError("sheet_xml", source=name)


def _refuse_no_text(data: bytes, name: str) -> None:
    """Refuse what is named like a workbook and is neither one nor a text, which some programs name so."""
    try:
        text, _ = delimited.decoded(data, name)
    except InputError as fault:
        raise InputError("sheet_damaged", source=name) from fault
    if not any(sign in text for sign in "\t,;"):
        raise InputError("sheet_damaged", source=name)


def _chosen(book: Book, name: str, part: str | None, tell: Progress) -> tuple[str, Grid, Header]:
    sheets = book.sheets()
    if part is not None:
        if part not in {one.name for one in sheets}:
            raise InputError("sheet_missing", source=name, sheet=part, sheets=[one.name for one in sheets])
        grid = book.grid(part)
        return part, grid, _demand_header(grid, name, part)
    full = [one for one in sheets if not book.is_empty(one.name)]
    used = [one for one in full if not one.hidden] or full
    if not used:
        raise InputError("sheet_empty", source=name)
    if len(used) == 1:
        grid = book.grid(used[0].name)
        return used[0].name, grid, _demand_header(grid, name, used[0].name)
    return _only_table(book, used, name, tell)


def _only_table(book: Book, used: list[Sheet], name: str, tell: Progress) -> tuple[str, Grid, Header]:
    tables: list[tuple[str, Grid, Header]] = []
    for done, one in enumerate(used, start=1):
        grid = book.grid(one.name)
        found = header.find(grid)
        if found is not None and grid.filled[found.last + 1 :].any():
            tables.append((one.name, grid, found))
        tell(0.1 + 0.6 * done / len(used))
    known = [table for table in tables if table[2].known >= _KNOWN_HEADINGS]
    for choice in (known, tables):
        if len(choice) == 1:
            return choice[0]
    if not tables:
        raise InputError("sheet_no_header", source=name)
    raise InputError("several_sheets", source=name, sheets=[table[0] for table in known or tables])


def _demand_header(grid: Grid, name: str, part: str) -> Header:
    if not grid.filled.any():
        raise InputError("sheet_empty", source=f"{name} / {part}" if part else name)
    found = header.find(grid)
    if found is None:
        raise InputError("sheet_no_header", source=f"{name} / {part}" if part else name)
    return found
