"""Reads whatever file is handed in: its first bytes decide which reader it is for."""

from __future__ import annotations

from pathlib import Path

from gridmap.exchange import sheets, vector
from gridmap.exchange.source import Part, Source


def read(path: Path, *, part: str | None = None, crs: str | None = None) -> Source:
    """Read one part of a file.

    Parameters
    ----------
    path
        A file of one of the formats that are read.
    part
        Which layer, folder or sheet, where the file has several.
    crs
        The CRS to believe instead of the one declared, such as ``"EPSG:4545"``; a table of cells has none.

    Raises
    ------
    InputError
        If the file is missing, empty, a folder, damaged or of no format that is read; if it has several parts and
        none is named; if no CRS is known, or the coordinates cannot be in the CRS declared.
    """
    if sheets.fits(path):
        return sheets.read(path, part)
    return vector.read(path, part=part, crs=crs)


def parts(path: Path) -> list[Part]:
    """Return the layers, folders or sheets of a file, in its own order.

    Raises
    ------
    InputError
        As `read` does, where the file cannot be opened.
    """
    return sheets.parts(path) if sheets.fits(path) else vector.parts(path)


def part_for(path: Path, kind: str) -> str | None:
    """Return the one part of a file that says it can be imported as ``kind``; None where none or several do.

    Raises
    ------
    InputError
        As `read` does, where the file cannot be opened.
    """
    fitting = [part.name for part in parts(path) if kind in part.kinds]
    return fitting[0] if len(fitting) == 1 else None
