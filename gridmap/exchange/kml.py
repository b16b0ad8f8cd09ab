"""Reads KML and KMZ, as phone apps and Google Earth write it, with the names of its fields as they are.

GDAL loses Chinese field names, so the document is read here. Links to other documents are not followed.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from gridmap.errors import InputError
from gridmap.exchange import faults, markup, opening, vector
from gridmap.exchange.source import Part, Source

if TYPE_CHECKING:
    from lxml import etree

#: Headings of what KML has besides the fields of its author.
NAME, DESCRIPTION, FOLDER = "name", "description", "folder"
_SHAPES = "geometry"
_HOLDERS = ("Document", "Folder")
_GEOMETRIES = ("Point", "LineString", "LinearRing", "Polygon", "MultiGeometry", "MultiTrack", "Track")
_AFTER_COMMA = re.compile(r"\s*,\s*")


class _BrokenCoordinatesError(ValueError):
    """Coordinates that are none; the argument is what stands there."""


@dataclass
class _Placemark:
    """A placemark as it was read."""

    folder: str
    cells: dict[str, str]
    shape: shapely.Geometry = field(default_factory=shapely.Point)


def read(path: Path, *, part: str | None = None, crs: str | None = None) -> Source:
    """Read the placemarks of a KML or KMZ file, or those of one of its folders.

    Each has its name, description and folder (``name``, ``description``, ``folder``) and the fields of its extended
    data, or of a table of two columns in its description, by the names that the file shows.

    Parameters
    ----------
    path
        The file.
    part
        One of the folders as `parts` names them; by default all placemarks.
    crs
        The CRS to believe instead of WGS 84, in which KML is by its standard (OGC 12-007r2, clause 7.4).

    Raises
    ------
    InputError
        If it is no KML, holds no placemark with a geometry, or coordinates that are none; if there is no such folder.
    """
    placemarks, encoding = _placemarks(path)
    if part is not None:
        folders = list(dict.fromkeys(one.folder for one in placemarks))
        if part not in folders:
            raise InputError("layer_missing", source=path.name, layer=part, layers=folders)
    chosen = {row: one for row, one in enumerate(placemarks, start=1) if part is None or one.folder == part}
    frame = gpd.GeoDataFrame(
        _columns(chosen.values()), geometry=[one.shape for one in chosen.values()], crs="EPSG:4326"
    )
    frame.index = pd.Index(list(chosen), name="row")
    return Source(name=path.name, part=part or "", frame=vector.placed(frame, path.name, crs), encoding=encoding)


def parts(path: Path) -> list[Part]:
    """Return the folders of a KML file that hold placemarks, in its order.

    Raises
    ------
    InputError
        As `read` does.
    """
    placemarks, _ = _placemarks(path)
    held: dict[str, list[shapely.Geometry]] = {}
    for one in placemarks:
        held.setdefault(one.folder, []).append(one.shape)
    return [
        Part(name=name, rows=len(shapes), spatial=True, kinds=faults.kinds_of(shapes)) for name, shapes in held.items()
    ]


def _placemarks(path: Path) -> tuple[list[_Placemark], str]:
    with opening.plain(path, ".kml") as file:
        root, encoding = markup.elements(file, path.name)
    if markup.tag(root) != "kml" and markup.tag(root) not in _HOLDERS:
        raise InputError("format_unknown", source=path.name, formats=opening.FORMATS)
    shown = _shown_names(root)
    found: list[_Placemark] = []
    broken: list[tuple[int, str]] = []
    for row, element in enumerate((one for one in root.iter() if markup.tag(one) == "Placemark"), start=1):
        folder = _folder_of(element)
        placemark = _Placemark(folder=folder, cells=_cells(element, folder, shown))
        try:
            placemark.shape = _joined([_shape(inner) for inner in markup.children(element, *_GEOMETRIES)])
        except _BrokenCoordinatesError as fault:
            broken.append((row, str(fault)))
        found.append(placemark)
    if broken:
        row, value = broken[0]
        named = found[row - 1].cells.get(NAME, "")
        raise InputError(
            "coordinates_broken", source=path.name, n=len(broken), row=row, name=named[:40] or row, value=value[:60]
        )
    if all(one.shape.is_empty for one in found):
        linked = any(markup.tag(one) == "NetworkLink" for one in root.iter())
        raise InputError("kml_link" if linked else "kml_no_geometry", source=path.name, n=len(found))
    return found, encoding


def _shown_names(root: etree._Element) -> dict[str, str]:
    """Return what the file shows for each field of its schemas: a name for machines -> the name for people."""
    fields = (one for one in root.iter() if markup.tag(one) in ("SimpleField", "SimpleArrayField"))
    return {
        str(one.get("name")): _plain_text(shown)
        for one in fields
        if one.get("name") and (shown := markup.said(one, "displayName"))
    }


def _folder_of(placemark: etree._Element) -> str:
    """Return the folders that hold a placemark, outermost first; what is in none has the document's name."""
    above = [one for one in placemark.iterancestors() if markup.tag(one) in _HOLDERS]
    folders = [one for one in above if markup.tag(one) == "Folder"] or above[:1]
    return "/".join(name for one in reversed(folders) if (name := markup.said(one, "name")))


def _cells(placemark: etree._Element, folder: str, shown: Mapping[str, str]) -> dict[str, str]:
    description, table = _described(markup.said(placemark, "description"))
    cells = {NAME: markup.said(placemark, "name"), FOLDER: folder, DESCRIPTION: description}
    for heading, value in [*_extended(placemark, shown), *table]:
        # A field of the author's own that is called as one of KML's is another one, unless it says the same.
        taken = heading == _SHAPES or (heading in (NAME, FOLDER, DESCRIPTION) and value != cells[heading])
        cells.setdefault(f"{heading} 2" if taken else heading, value)
    return cells


def _extended(placemark: etree._Element, shown: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    for holder in markup.children(placemark, "ExtendedData"):
        for one in markup.children(holder, "Data"):
            heading = _plain_text(markup.said(one, "displayName")) or (one.get("name") or "").strip()
            if heading:
                yield heading, markup.said(one, "value")
        for schema in markup.children(holder, "SchemaData"):
            for one in markup.children(schema, "SimpleData"):
                name = one.get("name") or ""
                if heading := shown.get(name) or name.strip():
                    yield heading, markup.inner_text(one)


def _described(text: str) -> tuple[str, list[tuple[str, str]]]:
    """Return a description as plain text without its table, and the table's rows where it has two columns."""
    if "<" not in text:
        return text, []
    from lxml import etree, html

    try:
        page = html.fromstring(f"<div>{text}</div>")
    except (etree.ParserError, ValueError):
        return text, []
    fields: list[tuple[str, str]] = []
    # Google Earth's own table lies in another that only frames it: the innermost one holds the fields.
    for table in [one for one in page.iter("table") if not any(True for _ in one.iterdescendants("table"))]:
        rows = [[_squeezed(cell.text_content()) for cell in row.iter("td", "th")] for row in table.iter("tr")]
        # A single cell is a heading over the table.
        pairs = [(row[0].rstrip(":："), row[1]) for row in rows if len(row) == 2 and row[0]]
        if pairs and all(len(row) <= 2 for row in rows):
            fields += pairs
            table.drop_tree()
    return _squeezed(" ".join(page.itertext())), fields


def _plain_text(text: str) -> str:
    return _described(text)[0]


def _squeezed(text: str) -> str:
    return re.sub(r"\s+", " ", text).strip()


def _columns(placemarks: Iterable[_Placemark]) -> dict[str, list[Any]]:
    """Return the columns that say anything, KML's own first."""
    rows = [one.cells for one in placemarks]
    headings = dict.fromkeys(heading for row in rows for heading in row)
    columns = {heading: [row.get(heading) or None for row in rows] for heading in headings}
    return {heading: values for heading, values in columns.items() if any(values)}


def _shape(element: etree._Element) -> shapely.Geometry:
    name = markup.tag(element)
    if name in ("MultiGeometry", "MultiTrack"):
        return _joined([_shape(inner) for inner in markup.children(element, *_GEOMETRIES)])
    if name == "Track":
        # Times and places of a track are lists beside each other: "lon lat height" each.
        text = " ".join(",".join(markup.inner_text(one).split()) for one in markup.children(element, "coord"))
        return _built(shapely.LineString, text)
    if name == "Polygon":
        outer = [_ring(one) for one in markup.children(element, "outerBoundaryIs")]
        inner = [ring for one in markup.children(element, "innerBoundaryIs") for ring in _rings(one)]
        return shapely.Polygon(outer[0], inner) if outer and not outer[0].is_empty else shapely.Point()
    text = markup.said(element, "coordinates")
    if name == "LinearRing":
        return shapely.Polygon(_built(shapely.LinearRing, text))
    return _built(shapely.Point if name == "Point" else shapely.LineString, text)


def _ring(boundary: etree._Element) -> shapely.LinearRing:
    return next(iter(_rings(boundary)), shapely.LinearRing())


def _rings(boundary: etree._Element) -> list[shapely.LinearRing]:
    rings = markup.children(boundary, "LinearRing")
    return [_built(shapely.LinearRing, markup.said(one, "coordinates")) for one in rings]


def _built(make: Callable[..., shapely.Geometry], text: str) -> shapely.Geometry:
    """Make a geometry of coordinates as KML writes them: ``lon,lat[,height]`` with blanks between."""
    places = _AFTER_COMMA.sub(",", text).split()
    if not places:
        return shapely.Point()
    xy = []
    for place in places:
        numbers = place.rstrip(",").split(",")
        try:
            lon, lat = float(numbers[0]), float(numbers[1])
        except (ValueError, IndexError):
            raise _BrokenCoordinatesError(place) from None
        if not (np.isfinite(lon) and np.isfinite(lat)):
            raise _BrokenCoordinatesError(place)
        xy.append((lon, lat))
    try:
        return make(xy[0] if make is shapely.Point else xy)
    except (ValueError, shapely.errors.GEOSException):
        raise _BrokenCoordinatesError(text[:60]) from None


def _joined(shapes: list[shapely.Geometry]) -> shapely.Geometry:
    """Make one geometry of several; a point beside areas or lines is where their label stands, and is left out."""
    pieces = [piece for shape in shapes for piece in shapely.get_parts(shape) if not piece.is_empty]
    if len(pieces) <= 1:
        return pieces[0] if pieces else shapely.Point()
    count = Counter(piece.geom_type for piece in pieces)
    for name, make in (
        ("Polygon", shapely.MultiPolygon), ("LineString", shapely.MultiLineString), ("Point", shapely.MultiPoint),
    ):  # fmt: skip
        if count[name] and count[name] + (count["Point"] if name != "Point" else 0) == len(pieces):
            kept = [piece for piece in pieces if piece.geom_type == name]
            return kept[0] if len(kept) == 1 else make(kept)
    return shapely.GeometryCollection(pieces)
