"""Reads GPX: what a walker's phone recorded (tracks), planned (routes) or marked (waypoints), with or without times."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from gridmap.errors import InputError
from gridmap.exchange import faults, markup, opening, vector
from gridmap.exchange.source import LeftOut, Part, Source

if TYPE_CHECKING:
    from lxml import etree

#: Name of a part -> the element of its rows.
PARTS = {"tracks": "trk", "routes": "rte", "waypoints": "wpt"}
_TEXTS = ("name", "desc", "cmt", "type", "sym", "number", "ele", "time")


def read(path: Path, *, part: str | None = None, crs: str | None = None) -> Source:
    """Read the tracks, the routes or the waypoints of a GPX file.

    A track is one row: a line, or several where the recording was interrupted; ``begin`` and ``end`` are the first
    and the last time in it, where it has any.

    Parameters
    ----------
    path
        The file.
    part
        One of `PARTS`; by default the one that the file has.
    crs
        The CRS to believe instead of WGS 84, in which GPX is by its standard (GPX 1.1 schema, ``wptType``).

    Raises
    ------
    InputError
        If it is no GPX, holds nothing, or coordinates that are none; if it has several parts and none is named.
    """
    root, encoding = _root(path)
    there = [name for name, element in PARTS.items() if any(True for _ in markup.children(root, element))]
    if not there:
        raise InputError("gpx_empty", source=path.name)
    if part is None and len(there) > 1:
        raise InputError("several_layers", source=path.name, layers=there)
    if part is not None and part not in there:
        raise InputError("layer_missing", source=path.name, layer=part, layers=there)
    chosen = part or there[0]
    rows = list(markup.children(root, PARTS[chosen]))
    shapes = [_shape(element, row, path.name) for row, element in enumerate(rows, start=1)]
    if all(shape.is_empty for shape in shapes):
        raise InputError("gpx_empty", source=path.name)
    frame = gpd.GeoDataFrame(_columns(rows), geometry=shapes, crs="EPSG:4326")
    frame.index = pd.RangeIndex(1, len(frame) + 1, name="row")
    # A recording that was begun and ended at once holds one place or none, and is no walk.
    nothing = frame.geometry.is_empty
    return Source(
        name=path.name,
        part=chosen,
        frame=vector.placed(frame[~nothing], path.name, crs),
        encoding=encoding,
        left_out=tuple(LeftOut(row=row, why="empty") for row in frame.index[nothing].tolist()),
    )


def parts(path: Path) -> list[Part]:
    """Return which of tracks, routes and waypoints a GPX file has.

    Raises
    ------
    InputError
        As `read` does.
    """
    root, _ = _root(path)
    counted = {name: sum(1 for _ in markup.children(root, element)) for name, element in PARTS.items()}
    line, point = shapely.LineString([(0, 0), (1, 1)]), shapely.Point(0, 0)
    sample = {"tracks": line, "routes": line, "waypoints": point}
    return [
        Part(name=name, rows=n, spatial=True, kinds=faults.kinds_of([sample[name]])) for name, n in counted.items() if n
    ]


def _root(path: Path) -> tuple[etree._Element, str]:
    with opening.plain(path, ".gpx") as file:
        root, encoding = markup.elements(file, path.name)
    if markup.tag(root) != "gpx":
        raise InputError("format_unknown", source=path.name, formats=opening.FORMATS)
    return root, encoding


def _columns(rows: list[etree._Element]) -> dict[str, list[str | None]]:
    columns: dict[str, list[str | None]] = {name: [markup.said(one, name) or None for one in rows] for name in _TEXTS}
    times = [[time for point in _points(one) if (time := markup.said(point, "time"))] for one in rows]
    columns["begin"] = [moments[0] if moments else None for moments in times]
    columns["end"] = [moments[-1] if moments else None for moments in times]
    return {name: values for name, values in columns.items() if any(values)}


def _points(element: etree._Element) -> Iterable[etree._Element]:
    return (one for one in element.iter() if markup.tag(one) in ("trkpt", "rtept"))


def _shape(element: etree._Element, row: int, name: str) -> shapely.Geometry:
    if markup.tag(element) == "wpt":
        return shapely.Point(_place(element, row, name))
    pieces = list(markup.children(element, "trkseg")) or [element]
    lines = [[_place(point, row, name) for point in _points(piece)] for piece in pieces]
    # A single place, left over where the receiver lost its satellites, is no line.
    lines = [line for line in lines if len(line) > 1]
    if not lines:
        return shapely.LineString()
    return shapely.LineString(lines[0]) if len(lines) == 1 else shapely.MultiLineString(lines)


def _place(point: etree._Element, row: int, name: str) -> tuple[float, float]:
    said = f"lon={point.get('lon')} lat={point.get('lat')}"
    try:
        lon, lat = float(point.get("lon") or ""), float(point.get("lat") or "")
    except ValueError:
        lon = lat = np.nan
    if not (np.isfinite(lon) and np.isfinite(lat)):
        raise InputError("coordinates_broken", source=name, n=1, row=row, name=row, value=said[:60])
    return lon, lat
