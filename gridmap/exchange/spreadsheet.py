"""Opens workbooks: ``.xlsx``, ``.xls`` and ``.ods``, told by what is in them and not by their name.

A workbook is looked through before it is read: it may be larger than it seems, name other files, or hold formulas
without results, of which the reader tells nothing.
"""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any
from xml.parsers import expat

import numpy as np
from numpy.typing import NDArray

from gridmap.errors import InputError
from gridmap.exchange import cells, opening
from gridmap.exchange.cells import Grid, Span

ZIP, OLE = b"PK\x03\x04", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_ODS = b"application/vnd.oasis.opendocument.spreadsheet"
_LOCKED = "EncryptedPackage".encode("utf-16-le")
_BOOKS = ("Workbook".encode("utf-16-le"), "Book".encode("utf-16-le"))
_OTHERS = ("WordDocument".encode("utf-16-le"), "PowerPoint".encode("utf-16-le"))
_CELL_WITH_VALUE = re.compile(
    rb"""<(?:\w+:)?c\b[^>]*?\br\s*=\s*["']([A-Z]{1,3})(\d{1,7})["'][^>]*(?<!/)>""", re.IGNORECASE
)
_CELL_WITHOUT_PLACE = re.compile(rb"<(?:\w+:)?c(?:\s+(?!r\s*=)[\w:]+\s*=\s*[\"'][^\"'>]*[\"'])*\s*>")
_ROW = re.compile(rb"""<(?:\w+:)?row\b[^>]*?\br\s*=\s*["'](\d{1,7})["']""")
_ERROR_CELL = re.compile(rb'<c\b([^>]*\bt="e"[^>]*)>(?:<f\b[^>]*(?:/>|>[^<]*</f>))?\s*<v>([^<]*)</v>')
_BARE_FORMULA = re.compile(rb"<c\b([^>]*)>\s*<f\b(?:[^>]*/>|[^>]*>([^<]*)</f>)\s*(?:<v\s*/>|<v>\s*</v>)?\s*</c>")
_PLACE = re.compile(rb'\br="([A-Z]{1,3})(\d{1,7})"')
# The record that says a password follows the first one of the book.
_LOCKED_XLS = re.compile(rb"\x09\x08\x10\x00\x00\x06.{14}(?:\x86\x00\x00\x00)?\x2f\x00", re.DOTALL)
_TABLE, _OFFICE = "urn:oasis:names:tc:opendocument:xmlns:table:1.0", "urn:oasis:names:tc:opendocument:xmlns:office:1.0"


@dataclass(frozen=True, kw_only=True)
class Sheet:
    """A sheet of a workbook.

    Parameters
    ----------
    name
        As its tab says.
    hidden
        Whether the workbook hides it.
    """

    name: str
    hidden: bool


@dataclass(frozen=True, kw_only=True)
class _Seen:
    """What the reader does not tell of a sheet: cells whose formula has no result, merged ranges of an ``.ods``."""

    broken: Mapping[tuple[int, int], str] = field(default_factory=dict)
    merged: tuple[Span, ...] = ()


class Book:
    """An open workbook.

    Parameters
    ----------
    data
        The file.
    name
        How it is called in sentences.
    most_cells
        More cells are not read from one sheet.

    Raises
    ------
    InputError
        If it is no workbook that can be read, has a password, is larger than it seems, or names other files.
    """

    def __init__(self, data: bytes, name: str, most_cells: int) -> None:
        self._data, self._name, self._most_cells = data, name, most_cells
        self._seen: dict[str, _Seen] = {}
        self._members: dict[str, str] = {}
        self._open: dict[str, Any] = {}
        if data.startswith(ZIP):
            with _readable(name):
                self._seen, self._members = _looked_through(data, name, most_cells)
        elif _LOCKED in data or _LOCKED_XLS.search(data):
            raise InputError("sheet_locked", source=name)
        elif not any(mark in data for mark in _BOOKS):
            other = any(mark in data for mark in _OTHERS)
            raise InputError("sheet_other_document" if other else "sheet_damaged", source=name)
        with _readable(name):
            import python_calamine

            self._book = python_calamine.load_workbook(io.BytesIO(data))
            shown = python_calamine.SheetVisibleEnum.Visible
            plain = python_calamine.SheetTypeEnum.WorkSheet
            about = [one for one in self._book.sheets_metadata if one.typ == plain]
        self._hidden = {one.name: one.visible != shown for one in about}

    def sheets(self) -> list[Sheet]:
        """Return its sheets in their order; charts are none."""
        return [Sheet(name=name, hidden=hidden) for name, hidden in self._hidden.items()]

    def is_empty(self, sheet: str) -> bool:
        """Whether nothing stands in a sheet."""
        return self._opened(sheet).end is None

    def grid(self, sheet: str) -> Grid:
        """Read all cells of a sheet."""
        with _readable(self._name):
            opened = self._opened(sheet)
            rows = opened.to_python(skip_empty_area=False)
            merged = [(top, left, bottom, right) for (top, left), (bottom, right) in opened.merged_cell_ranges or ()]
        seen = self._seen.get(sheet, _Seen())
        return Grid(cells=cells.cleaned(rows, seen.broken), merged=(*merged, *seen.merged), encoding="UTF-8")

    def _opened(self, sheet: str) -> Any:
        if sheet not in self._open:
            with _readable(self._name):
                if sheet in self._members:
                    with zipfile.ZipFile(io.BytesIO(self._data)) as archive:
                        xml = archive.read(self._members[sheet])
                    self._seen[sheet] = _looked_through_sheet(xml, self._name, self._most_cells)
                self._open[sheet] = self._book.get_sheet_by_name(sheet)
        return self._open[sheet]


@contextmanager
def _readable(name: str) -> Iterator[None]:
    """Turn whatever the readers say of a broken file into a sentence."""
    try:
        yield
    except InputError:
        raise
    except BaseException as fault:
        kind = type(fault).__name__
        if kind == "PasswordError":
            raise InputError("sheet_locked", source=name) from fault
        # What the reader, which is written in Rust, panics with is no Exception.
        if isinstance(fault, Exception) or kind == "PanicException":
            raise InputError("sheet_damaged", source=name) from fault
        raise


def _looked_through(data: bytes, name: str, most_cells: int) -> tuple[dict[str, _Seen], dict[str, str]]:
    """Refuse what must not be read; return by sheet what was seen, or which member is looked at when it is opened."""
    limits = opening.import_limits()
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        entries = [entry for entry in archive.infolist() if not entry.is_dir()]
        if len(entries) > limits["zip_members"]:
            raise InputError("zip_crowded", source=name, n=len(entries), limit=limits["zip_members"])
        opening.refuse_strange_names(entries, name)
        there = {entry.filename.lower(): entry for entry in entries}
        if "xl/workbook.bin" in there:
            raise InputError("sheet_binary", source=name)
        if "xl/workbook.xml" not in there and not _is_ods(archive, there, name):
            raise InputError("sheet_other_document", source=name)
        texts = [entry for entry in entries if entry.filename.lower().endswith((".xml", ".rels"))]
        opening.refuse_bomb(texts, name, limits | {"largest_file_mb": limits["sheet_unpacked_mb"]})
        members = {sheet: there[target].filename for sheet, target in _targets(archive, there).items()}
        seen: dict[str, _Seen] = {}
        for entry in texts:
            if entry.filename in members.values():
                continue
            xml = archive.read(entry)
            if entry.filename.lower() == "content.xml":
                seen |= _looked_through_ods(xml, name, most_cells)
            else:
                _looked_through_sheet(xml, name, most_cells)
    return seen, members


def _looked_through_sheet(xml: bytes, name: str, most_cells: int) -> _Seen:
    if _names_others(xml):
        raise InputError("sheet_entities", source=name)
    _refuse_wide(xml, name, most_cells)
    return _Seen(broken=_broken(xml))


def _is_ods(archive: zipfile.ZipFile, there: Mapping[str, zipfile.ZipInfo], name: str) -> bool:
    if "mimetype" not in there or not archive.read(there["mimetype"])[:200].startswith(_ODS):
        return False
    manifest = there.get("meta-inf/manifest.xml")
    if manifest is not None and b"encryption-data" in archive.read(manifest):
        raise InputError("sheet_locked", source=name)
    return "content.xml" in there


def _targets(archive: zipfile.ZipFile, there: Mapping[str, zipfile.ZipInfo]) -> dict[str, str]:
    """Return where in the zip each sheet of an ``.xlsx`` is; nothing where that could be read in two ways."""
    if "xl/workbook.xml" not in there or "xl/_rels/workbook.xml.rels" not in there:
        return {}
    places: dict[str, str] = {}
    relations = [said for tag, said in _elements(archive.read(there["xl/_rels/workbook.xml.rels"])) if "Id" in said]
    for said in relations:
        target = said.get("Target", "").lower()
        places[said["Id"]] = target[1:] if target.startswith("/") else f"xl/{target}"
    listed = [said for tag, said in _elements(archive.read(there["xl/workbook.xml"])) if tag.endswith("sheet")]
    found = {
        said.get("name", ""): places.get(next((v for k, v in said.items() if k.endswith(":id")), ""), "")
        for said in listed
    }
    plain = len(places) == len(relations) and len(set(found.values())) == len(listed)
    return found if plain and all(target in there for target in found.values()) else {}


def _elements(xml: bytes) -> list[tuple[str, dict[str, str]]]:
    found: list[tuple[str, dict[str, str]]] = []
    if _names_others(xml):
        return found
    parser = expat.ParserCreate()
    parser.StartElementHandler = lambda tag, attributes: found.append((tag, attributes))
    parser.Parse(xml, True)
    return found


def _names_others(xml: bytes) -> bool:
    return b"<!DOCTYPE" in xml or b"<!ENTITY" in xml


def _may_be_wide(xml: bytes) -> bool:
    """Whether some cell lies beyond column CZ or row 99,999, or is written as no spreadsheet writes it.

    A large sheet has millions of attributes: they are looked at all at once.
    """
    signs = np.frombuffer(xml + b" " * 16, dtype=np.uint8)
    at = np.flatnonzero(signs[:-16] == ord("="))
    before = signs[at - 1]
    places = at[before == ord("r")]
    if (before <= ord(" ")).any() or (signs[places + 1] != ord('"')).any():
        return True
    first, second, third = (_is_letter(signs[places + n]) for n in (2, 3, 4))
    two = first & second
    digits = places + 2 + first + two + (two & third)
    beyond = two & (third | ((signs[places + 2] & 0xDF) >= ord("D")))
    if (beyond & _is_digit(signs[digits])).any():
        return True
    tall = _is_digit(signs[digits + 5])
    return bool(np.all([_is_digit(signs[digits[tall] + n]) for n in range(5)], axis=0).any())


def _is_letter(signs: NDArray[np.uint8]) -> NDArray[np.bool_]:
    return ((signs & 0xDF) >= ord("A")) & ((signs & 0xDF) <= ord("Z"))


def _is_digit(signs: NDArray[np.uint8]) -> NDArray[np.bool_]:
    return (signs >= ord("0")) & (signs <= ord("9"))


def _refuse_wide(xml: bytes, name: str, most_cells: int) -> None:
    """Refuse a sheet of which a few far cells make billions of empty ones, which the reader would lay out."""
    if not _may_be_wide(xml):
        return
    columns = rows = 1
    for match in _CELL_WITH_VALUE.finditer(xml):
        columns, rows = max(columns, _column(match[1]) + 1), max(rows, int(match[2]))
    if _CELL_WITHOUT_PLACE.search(xml):
        rows = max([rows, *(int(match[1]) for match in _ROW.finditer(xml))])
    if rows * columns > most_cells:
        raise InputError("sheet_too_wide", source=name, rows=rows, columns=columns, limit=most_cells)


class _OdsTables:
    """Follows the tables of an ``.ods``, in which cells and rows may be said to be repeated billions of times."""

    def __init__(self, name: str, most_cells: int) -> None:
        self._name, self._most_cells = name, most_cells
        self._table, self._row, self._rows, self._place, self._filled, self._columns = "", 0, 1, 0, 0, 0
        self.merged: dict[str, list[Span]] = {}

    def begin(self, tag: str, said: dict[str, str]) -> None:
        if tag == f"{_TABLE} table":
            self._table, self._row, self._columns = said.get(f"{_TABLE} name", ""), 0, 0
            self.merged[self._table] = []
        elif tag == f"{_TABLE} table-row":
            self._rows, self._place, self._filled = int(said.get(f"{_TABLE} number-rows-repeated", 1)), 0, 0
        elif tag in (f"{_TABLE} table-cell", f"{_TABLE} covered-table-cell"):
            down, across = (int(said.get(f"{_TABLE} number-{of}-spanned", 1)) - 1 for of in ("rows", "columns"))
            if down > 0 or across > 0:
                span = (self._row, self._place, self._row + down, self._place + across)
                self.merged[self._table].append(span)
            self._place += int(said.get(f"{_TABLE} number-columns-repeated", 1))
            if f"{_OFFICE} value-type" in said:
                self._filled = self._place

    def end(self, tag: str) -> None:
        if tag != f"{_TABLE} table-row":
            return
        self._columns = max(self._columns, self._filled)
        # Rows in which nothing stands count once others come behind them.
        self._row += self._rows
        if self._filled and self._row * self._columns > self._most_cells:
            raise InputError(
                "sheet_too_wide", source=self._name, rows=self._row, columns=self._columns, limit=self._most_cells
            )


def _looked_through_ods(xml: bytes, name: str, most_cells: int) -> dict[str, _Seen]:
    if _names_others(xml):
        raise InputError("sheet_entities", source=name)
    tables = _OdsTables(name, most_cells)
    parser = expat.ParserCreate(namespace_separator=" ")
    parser.StartElementHandler, parser.EndElementHandler = tables.begin, tables.end
    parser.Parse(xml, True)
    return {table: _Seen(merged=tuple(spans)) for table, spans in tables.merged.items()}


def _broken(xml: bytes) -> dict[tuple[int, int], str]:
    """Return the cells of a sheet that hold an error, or a formula whose result nobody has worked out."""
    found: dict[tuple[int, int], str] = {}
    if b't="e"' in xml:
        for match in _ERROR_CELL.finditer(xml):
            _note(found, match[1], match[2].decode(errors="replace"))
    if b"<f" in xml:
        for match in _BARE_FORMULA.finditer(xml):
            # An empty text is a result too.
            if b't="str"' not in match[1]:
                _note(found, match[1], "=" + (match[2] or b"").decode(errors="replace"))
    return found


def _note(found: dict[tuple[int, int], str], attributes: bytes, text: str) -> None:
    place = _PLACE.search(attributes)
    if place is not None:
        found[int(place[2]) - 1, _column(place[1])] = text


def _column(letters: bytes) -> int:
    number = 0
    for letter in letters.upper():
        number = number * 26 + letter - 64
    return number - 1
