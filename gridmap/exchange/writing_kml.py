"""Writes things with a place as KML: the fields in Chinese as they are, each thing in the colour of its grid."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from gridmap.exchange import xml_text

MIME = "application/vnd.google-earth.kml+xml"
_DECIMALS = 9
_NO_COLOUR = "#5B6B73"


def kml(
    frame: gpd.GeoDataFrame, *, title: str, note: str, folder: str, names: Sequence[str], colours: Sequence[str]
) -> bytes:
    """Return a frame as a KML document.

    Parameters
    ----------
    frame
        Longitudes and latitudes. Each column becomes a ``Data`` of the thing's ``ExtendedData``.
    title, note
        Name and description of the document.
    folder
        Name of the folder in which the things are.
    names
        What each thing is called.
    colours
        The colour of each, as ``#RRGGBB``; "" for none of its own.
    """
    shown = [colour or _NO_COLOUR for colour in colours]
    columns = {str(name): frame[name].tolist() for name in frame.columns if name != frame.geometry.name}
    parts = [
        '<?xml version="1.0" encoding="UTF-8"?>\n<kml xmlns="http://www.opengis.net/kml/2.2"><Document>',
        f"<name>{xml_text.text(title)}</name><description>{xml_text.text(note)}</description>",
        *(_style(colour) for colour in dict.fromkeys(shown)),
        f"<Folder><name>{xml_text.text(folder)}</name>\n",
    ]
    for at, (name, shape, colour) in enumerate(zip(names, frame.geometry, shown, strict=True)):
        data = "".join(_data(label, values[at]) for label, values in columns.items())
        parts.append(
            f"<Placemark><name>{xml_text.text(name)}</name><styleUrl>#{_style_id(colour)}</styleUrl>"
            f"<ExtendedData>{data}</ExtendedData>{''.join(_shape(shape))}</Placemark>\n"
        )
    parts.append("</Folder></Document></kml>\n")
    return "".join(parts).encode()


def _style(colour: str) -> str:
    # KML writes a colour backwards: opacity, blue, green, red.
    turned = (colour[5:7] + colour[3:5] + colour[1:3]).lower()
    return (
        f'<Style id="{_style_id(colour)}"><IconStyle><color>ff{turned}</color></IconStyle>'
        f"<LineStyle><color>ff{turned}</color><width>2</width></LineStyle>"
        f"<PolyStyle><color>66{turned}</color></PolyStyle></Style>\n"
    )


def _style_id(colour: str) -> str:
    return f"c{colour[1:].lower()}"


def _data(label: str, value: Any) -> str:
    if value is None or value is pd.NA or value is pd.NaT or (isinstance(value, float) and not np.isfinite(value)):
        return ""
    said = value.isoformat() if isinstance(value, (dt.date, dt.datetime)) else str(value)
    return f"<Data name={xml_text.attribute(label)}><value>{xml_text.text(said)}</value></Data>"


def _shape(shape: shapely.Geometry) -> Iterator[str]:
    if shape.is_empty:
        return
    if isinstance(shape, shapely.Point):
        yield f"<Point><coordinates>{_corners(shape.coords)}</coordinates></Point>"
    elif isinstance(shape, shapely.LineString):
        yield f"<LineString><coordinates>{_corners(shape.coords)}</coordinates></LineString>"
    elif isinstance(shape, shapely.Polygon):
        inner = "".join(f"<innerBoundaryIs>{_ring(one)}</innerBoundaryIs>" for one in shape.interiors)
        yield f"<Polygon><outerBoundaryIs>{_ring(shape.exterior)}</outerBoundaryIs>{inner}</Polygon>"
    else:
        inside = "".join(part for one in shape.geoms for part in _shape(one))
        yield f"<MultiGeometry>{inside}</MultiGeometry>"


def _ring(ring: shapely.LinearRing) -> str:
    return f"<LinearRing><coordinates>{_corners(ring.coords)}</coordinates></LinearRing>"


def _corners(corners: Iterable[Sequence[float]]) -> str:
    return " ".join(f"{round(x, _DECIMALS)!r},{round(y, _DECIMALS)!r}" for x, y, *_ in corners)
