"""Reads whatever file is handed in: its first bytes decide which reader it is for."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

from gridmap.exchange import dxf, gpx, kml, markup, opening, osm, sheets, vector
from gridmap.exchange.cells import Progress
from gridmap.exchange.source import Part, Source


class _Reader(NamedTuple):
    """Two functions that a format is read by."""

    read: Callable[..., Source]
    parts: Callable[[Path], list[Part]]


def read(path: Path, *, part: str | None = None, crs: str | None = None, progress: Progress | None = None) -> Source:
    """Read one part of a file.

    Parameters
    ----------
    path
        A file of one of the formats that are read.
    part
        Which layer, folder or sheet, where the file has several.
    crs
        The CRS to believe instead of the one declared, such as ``"EPSG:4545"``; a table of cells has none.
    progress
        Told which share is done, from 0 to 1, where reading can take long; may raise to cancel.

    Raises
    ------
    InputError
        If the file is missing, empty, a folder, damaged or of no format that is read; if it has several parts and
        none is named; if no CRS is known, or the coordinates cannot be in the CRS declared.
    """
    if sheets.fits(path):
        return sheets.read(path, part, progress)
    return _reader(path).read(path, part=part, crs=crs)


def parts(path: Path) -> list[Part]:
    """Return the layers, folders or sheets of a file, in its own order.

    Raises
    ------
    InputError
        As `read` does, where the file cannot be opened.
    """
    return sheets.parts(path) if sheets.fits(path) else _reader(path).parts(path)


def part_for(path: Path, kind: str) -> str | None:
    """Return the one part of a file that says it can be imported as ``kind``; None where none or several do.

    Raises
    ------
    InputError
        As `read` does, where the file cannot be opened.
    """
    # Neither sheets nor the layers of a map file say what they are for.
    if sheets.fits(path) or (reader := _reader(path)).read is vector.read:
        return None
    fitting = [part.name for part in reader.parts(path) if kind in part.kinds]
    return fitting[0] if len(fitting) == 1 else None


def _reader(path: Path) -> _Reader:
    head = opening.first_bytes(path, path.name)
    if head.startswith(opening.ZIP):
        return _inside_zip(opening.members(path), path)
    if osm.is_osm(head):
        return _Reader(osm.read, osm.parts)
    if dxf.is_dxf(head):
        return _Reader(dxf.read, dxf.parts)
    return _of_markup().get(markup.root_name(head), _Reader(vector.read, vector.parts))


def _inside_zip(names: list[str], path: Path) -> _Reader:
    if path.suffix.lower() == ".kmz":
        return _Reader(kml.read, kml.parts)
    for ending, module in ((".kml", kml), (".gpx", gpx), (".dxf", dxf), (".pbf", osm)):
        if any(name.lower().endswith(ending) for name in names):
            return _Reader(module.read, module.parts)
    return _Reader(vector.read, vector.parts)


def _of_markup() -> dict[str, _Reader]:
    return {name: _Reader(module.read, module.parts) for name, module in (("kml", kml), ("gpx", gpx), ("osm", osm))}
