"""Opens a file that somebody hands in, for one driver of GDAL alone.

GDAL chooses a driver by what it finds in a file, and some of its drivers open other files or addresses that the file
names. So the first bytes decide here which driver may have it, inside a zip too, and GDAL is told no other.
"""

from __future__ import annotations

import json
import re
import shutil
import tempfile
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Any

import pyogrio
import pyproj
import shapely
from pyproj.exceptions import CRSError

from gridmap import settings
from gridmap.errors import InputError

FORMATS = ("GeoPackage", "GeoJSON", "Shapefile", "KML", "GPX", "DXF", "OSM PBF")
#: What GDAL, GEOS and the zip reader raise on a file that is broken in the middle.
UNREADABLE = (
    shapely.errors.GEOSException,
    zipfile.BadZipFile,
    zlib.error,
    EOFError,
    NotImplementedError,
    RuntimeError,
    ValueError,
)
ZIP = b"PK\x03\x04"
_SQLITE, _SHAPEFILE = b"SQLite format 3\x00", b"\x00\x00\x27\x0a"
_HEAD_BYTES = 4096
_CHUNK_BYTES = 1 << 20
_LINE_BYTES = 1 << 24
_LAYER_FILES = (".shp", ".gpkg", ".geojson", ".json")
_OTHER_FILES = (".kml", ".gpx", ".dxf", ".osm.pbf", ".osm")
# KMZ calls its one document so; other documents in it are only what that one refers to.
_MAIN_FILE = "doc.kml"
_SHAPEFILE_PARTS = (".shp", ".shx", ".dbf", ".prj", ".cpg")
_GEOPACKAGE_IDS = (b"GPKG", b"GP10", b"GP11")
# More names say something to GDAL or to pyogrio, such as "!" and "?": those files are read from a copy.
_PLAIN = re.compile(r"(?:[A-Za-z]:)?[\w ./\\()-]*")
_CRS_MEMBER = re.compile(rb'"crs"\s*:\s*(\{(?:[^{}]|\{[^{}]*\})*\})')
# Neither tables that are other files in disguise, nor addresses of the network.
_GDAL = {"OGR_SQLITE_STATIC_VIRTUAL_OGR": "NO", "CPL_VSIL_CURL_ALLOWED_FILENAME": "none"}


@dataclass(frozen=True, kw_only=True)
class Opened:
    """A file as GDAL may have it.

    Parameters
    ----------
    address
        What GDAL is given; the driver is part of it where GDAL knows a prefix.
    driver
        The driver that must have opened it.
    path
        The file itself, or a copy of it with what belongs to it.
    """

    address: str
    driver: str
    path: Path


@contextmanager
def opened(path: Path) -> Iterator[Opened]:
    """Give a file, or the one map file inside a zip, to read while the block lasts.

    Raises
    ------
    InputError
        If it is missing, a folder, empty, too large, may not be read, or is none of `FORMATS`; if a zip holds several
        map files, names that lead out of it, or far more than it seems to.
    """
    first = first_bytes(path, path.name)
    confine_gdal()
    # GDAL complains of a GeoPackage whose name ends otherwise.
    misnamed = first.startswith(_SQLITE) and path.suffix.lower() != ".gpkg"
    if not first.startswith(ZIP) and not misnamed and _PLAIN.fullmatch(str(path.absolute())):
        yield _for_driver(path.absolute(), first, path.name)
        return
    with tempfile.TemporaryDirectory(prefix="gridmap-") as folder:
        if first.startswith(ZIP):
            copy = _unpacked(path, Path(folder), _LAYER_FILES)
            first = first_bytes(copy, path.name)
        else:
            copy = _copied(path, Path(folder), ".gpkg" if misnamed else path.suffix.lower())
        yield _for_driver(copy, first, path.name)


@contextmanager
def plain(path: Path, ending: str, *, copy: bool = False) -> Iterator[Path]:
    """Give a file that GDAL's own rules do not choose the driver for, or the one of its kind inside a zip.

    Parameters
    ----------
    path
        The file, or a zip with it inside.
    ending
        What the names of its kind end in, such as ``".kml"``.
    copy
        Whether a name that means something to GDAL, or ends otherwise, is to be avoided by a copy.

    Raises
    ------
    InputError
        As `opened` does.
    """
    zipped = first_bytes(path, path.name).startswith(ZIP)
    named_well = path.name.lower().endswith(ending) and _PLAIN.fullmatch(str(path.absolute()))
    if not zipped and (named_well or not copy):
        yield path.absolute()
        return
    with tempfile.TemporaryDirectory(prefix="gridmap-") as folder:
        if zipped:
            inner = _unpacked(path, Path(folder), (ending,))
            first_bytes(inner, path.name)
        else:
            inner = _copied(path, Path(folder), ending)
        yield inner


def members(path: Path) -> list[str]:
    """Return the names of the files inside a zip.

    Raises
    ------
    InputError
        If it is damaged.
    """
    try:
        with zipfile.ZipFile(path) as archive:
            return [entry.filename for entry in _files(archive)]
    except (*UNREADABLE, OSError) as fault:
        raise InputError("file_damaged", source=path.name) from fault


def confine_gdal() -> None:
    """Keep GDAL from opening what a file names."""
    pyogrio.set_gdal_config_options(_GDAL)


def has_part(path: Path, ending: str) -> Path | None:
    """Return the file that belongs to a Shapefile under another ending, in small or capital letters."""
    return next((part for form in (ending, ending.upper()) if (part := path.with_suffix(form)).exists()), None)


def demand_readable_crs(file: Opened, name: str) -> None:
    """Refuse a GeoJSON that declares a CRS nobody knows: GDAL would take its coordinates for longitude and latitude.

    Raises
    ------
    InputError
        ``crs_unreadable``.
    """
    if file.driver != "GeoJSON":
        return
    with file.path.open("rb") as text:
        ends = text.read(_CHUNK_BYTES)
        if len(ends) == _CHUNK_BYTES:
            text.seek(max(file.path.stat().st_size - _CHUNK_BYTES, _CHUNK_BYTES))
            ends += text.read()
    for member in _CRS_MEMBER.findall(ends):
        declared = _declared(member)
        if declared is None:
            continue
        try:
            pyproj.CRS.from_user_input(declared)
        except CRSError as fault:
            raise InputError("crs_unreadable", source=name, crs=declared[:60]) from fault


def _declared(member: bytes) -> str | None:
    """Return the name in a ``crs`` member, None where it is a mere property of that name."""
    try:
        found: Any = json.loads(member)
    except ValueError:
        return None
    inner = found.get("properties")
    if found.get("type") not in ("name", "EPSG", "link") or not isinstance(inner, dict):
        return None
    return str(f"EPSG:{inner['code']}" if "code" in inner else inner.get("name") or inner.get("href") or "?")


def import_limits() -> dict[str, int]:
    """Return how large a file may be, and what is unpacked of it."""
    limits: dict[str, int] = settings.defaults()["imports"]
    return limits


def first_bytes(path: Path, name: str) -> bytes:
    """Return the beginning of a file, by which its reader is chosen.

    Raises
    ------
    InputError
        If it is missing, a folder, empty, too large, or may not be read.
    """
    limit_mb = import_limits()["largest_file_mb"]
    try:
        if path.is_dir():
            raise InputError("file_is_folder", source=str(path))
        size = path.stat().st_size
        if size == 0 and path.is_file():
            raise InputError("file_empty", source=name)
        if size > limit_mb * 1_000_000:
            raise InputError("file_too_large", source=name, size_mb=size // 1_000_000, limit_mb=limit_mb)
        if not path.is_file():
            raise InputError("file_no_file", source=str(path))
        with path.open("rb") as file:
            return file.read(_HEAD_BYTES)
    except FileNotFoundError:
        sibling = _missing_part(path)
        raise InputError("file_missing", source=str(path) if sibling is None else sibling) from None
    except InputError:
        raise
    except OSError as fault:
        raise InputError("file_unreadable", source=_short(path), reason=fault.strerror or str(fault)) from fault
    except ValueError as fault:
        raise InputError("file_unreadable", source=_short(path), reason=str(fault)) from fault


def _short(path: Path) -> str:
    said = str(path).replace("\0", "\\0")
    return said if len(said) <= 200 else said[:60] + "…" + said[-60:]


def _missing_part(path: Path) -> str | None:
    try:
        path.parent.stat()
    except OSError:
        return str(path.parent)
    return None


def _for_driver(path: Path, first: bytes, name: str) -> Opened:
    """Decide by a file's first bytes which driver it is for."""
    if first.startswith(_SHAPEFILE):
        missing = [part for part in (".dbf", ".shx") if has_part(path, part) is None]
        if missing:
            raise InputError("shapefile_part_missing", source=name, parts=missing)
        return Opened(address=str(path), driver="ESRI Shapefile", path=path)
    if first.startswith(_SQLITE) and (first[68:72] in _GEOPACKAGE_IDS or len(first) < 72):
        return Opened(address=str(path), driver="GPKG", path=path)
    if first.removeprefix(b"\xef\xbb\xbf").lstrip().startswith(b"{"):
        driver = "GeoJSONSeq" if _is_sequence(path, first) else "GeoJSON"
        return Opened(address=f"{driver}:{path}", driver=driver, path=path)
    raise InputError("format_unknown", source=name, formats=FORMATS)


def _is_sequence(path: Path, first: bytes) -> bool:
    """Whether each line of a file is a feature of its own."""
    if b"FeatureCollection" in first:
        return False
    with path.open("rb") as file:
        line, more = file.readline(_LINE_BYTES), file.readline(_LINE_BYTES)
    try:
        feature = json.loads(line)
    except ValueError:
        return False
    return isinstance(feature, dict) and feature.get("type") == "Feature" and more.lstrip().startswith(b"{")


def _copied(path: Path, folder: Path, ending: str) -> Path:
    """Copy a file and what belongs to it, under a name that says nothing to GDAL."""
    copy = folder / f"{_stem(path.stem)}{ending if ending in (*_LAYER_FILES, *_OTHER_FILES) else ''}"
    try:
        shutil.copyfile(path, copy)
        for part in _SHAPEFILE_PARTS[1:] if ending == ".shp" else ():
            if (there := has_part(path, part)) is not None:
                shutil.copyfile(there, copy.with_suffix(part))
    except OSError as fault:
        raise InputError("file_unreadable", source=_short(path), reason=fault.strerror or str(fault)) from fault
    return copy


def _stem(name: str) -> str:
    return re.sub(r"[^\w-]+", "_", name)[:80] or "layer"


def _files(archive: zipfile.ZipFile) -> list[zipfile.ZipInfo]:
    # Those that macOS adds are no layers.
    return [e for e in archive.infolist() if not e.is_dir() and not e.filename.startswith("__MACOSX/")]


def _unpacked(path: Path, folder: Path, endings: tuple[str, ...]) -> Path:
    """Unpack the one file of a zip whose name ends so, with what belongs to it, and return where it is."""
    limits = import_limits()
    try:
        with zipfile.ZipFile(path) as archive:
            entries = _files(archive)
            if len(entries) > limits["zip_members"]:
                raise InputError("zip_crowded", source=path.name, n=len(entries), limit=limits["zip_members"])
            refuse_strange_names(entries, path.name)
            wanted = _with_parts(_one_of(entries, endings, path.name), entries)
            refuse_bomb(wanted, path.name, limits)
            stem = _stem(PurePosixPath(wanted[0].filename).stem)
            for entry in wanted:
                target = folder / f"{stem}{PurePosixPath(entry.filename).suffix.lower()}"
                with archive.open(entry) as source, target.open("wb") as copy:
                    shutil.copyfileobj(source, copy, _CHUNK_BYTES)
    except InputError:
        raise
    except (*UNREADABLE, OSError) as fault:
        raise InputError("file_damaged", source=path.name) from fault
    return folder / f"{stem}{PurePosixPath(wanted[0].filename).suffix.lower()}"


def _one_of(entries: list[zipfile.ZipInfo], endings: tuple[str, ...], name: str) -> zipfile.ZipInfo:
    inside = [entry for entry in entries if entry.filename.lower().endswith(endings)]
    if not inside and name.lower().endswith(".kmz"):
        raise InputError("kmz_without_kml", source=name)
    if not inside:
        raise InputError("format_unknown", source=name, formats=FORMATS)
    main = [entry for entry in inside if entry.filename.lower() == _MAIN_FILE]
    if len(inside) > 1 and not main:
        raise InputError("several_in_zip", source=name, files=sorted(entry.filename for entry in inside))
    return (main or inside)[0]


def _with_parts(layer: zipfile.ZipInfo, entries: list[zipfile.ZipInfo]) -> list[zipfile.ZipInfo]:
    path = PurePosixPath(layer.filename)
    if path.suffix.lower() != ".shp":
        return [layer]
    parts: dict[str, zipfile.ZipInfo] = {".shp": layer}
    for entry in entries:
        other = PurePosixPath(entry.filename)
        if other.with_suffix("") == path.with_suffix("") and other.suffix.lower() in _SHAPEFILE_PARTS:
            parts.setdefault(other.suffix.lower(), entry)
    return list(parts.values())


def refuse_strange_names(entries: list[zipfile.ZipInfo], name: str) -> None:
    """Refuse a zip in which a name leads out of it."""
    for entry in entries:
        parts = entry.filename.replace("\\", "/").split("/")
        if ".." in parts or parts[0] == "" or re.match(r"[A-Za-z]:", parts[0]) or "\0" in entry.orig_filename:
            raise InputError("zip_names_outside", source=name, file=entry.filename[:80])


def refuse_bomb(wanted: list[zipfile.ZipInfo], name: str, limits: dict[str, int]) -> None:
    """Refuse to unpack what has a password, is too large, or is far more than it seems to be."""
    if any(entry.flag_bits & 0x1 for entry in wanted):
        raise InputError("zip_locked", source=name)
    # What is unpacked is never more than the zip declares.
    size, packed = sum(entry.file_size for entry in wanted), sum(entry.compress_size for entry in wanted)
    if size > limits["largest_file_mb"] * 1_000_000:
        raise InputError("file_too_large", source=name, size_mb=size // 1_000_000, limit_mb=limits["largest_file_mb"])
    if size > limits["zip_free_mb"] * 1_000_000 and size > limits["zip_ratio"] * max(packed, 1):
        raise InputError("zip_bomb", source=name, size_mb=size // 1_000_000, packed_kb=-(-packed // 1000))
