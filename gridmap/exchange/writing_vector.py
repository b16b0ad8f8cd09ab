"""Writes things with a place as GeoJSON, GeoPackage and Shapefile.

Frames come in the datum in which they are to be written, in degrees; their columns are named as people read them.
"""

from __future__ import annotations

import datetime as dt
import io
import json
import tempfile
import warnings
import zipfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import pyogrio
import shapely

from gridmap.exchange import delivery

NAMES_FILE = "field-names.csv"
"""File in the zip of a Shapefile that tells its short field names from the whole ones."""
_DECIMALS = 9  # a tenth of a millimetre
_FIELD_BYTES = 10
_TEXT_BYTES = 254
# Older programs read this version too.
_VERSION = {"VERSION": "1.2"}
_TYPES = {"polygon": "MultiPolygon", "line": "LineString", "point": "Point"}


def geojson(frame: gpd.GeoDataFrame, *, more: Mapping[str, Any] | None = None) -> bytes:
    """Return a frame as GeoJSON (RFC 7946): outer rings against the clock, no third coordinate, no CRS named.

    Parameters
    ----------
    frame
        Longitudes and latitudes; the index becomes the ``id`` of each feature. A place that is not known is ``null``.
    more
        Further members of the collection.
    """
    shapes = shapely.orient_polygons(shapely.force_2d(frame.geometry.to_numpy()), exterior_cw=False)
    columns = {str(name): frame[name].tolist() for name in frame.columns if name != frame.geometry.name}
    features = [
        {
            "type": "Feature",
            "id": int(number),
            "properties": {name: _plain(values[at]) for name, values in columns.items()},
            "geometry": None if shape.is_empty else _rounded(shapely.geometry.mapping(shape)),
        }
        for at, (number, shape) in enumerate(zip(frame.index, shapes, strict=True))
    ]
    whole = {"type": "FeatureCollection", **(more or {}), "features": features}
    return json.dumps(whole, ensure_ascii=False, allow_nan=False).encode()


def geopackage(layers: Mapping[str, pd.DataFrame], path: Path, *, kinds: Mapping[str, str]) -> None:
    """Write frames as layers of a new GeoPackage.

    Parameters
    ----------
    layers
        Frames by the name of their layer; one without geometry becomes a plain table.
    path
        The file, which does not exist.
    kinds
        By layer, ``polygon``, ``line`` or ``point``.
    """
    for name, frame in layers.items():
        kept = _writable(frame)
        how = {"geometry_type": _TYPES[kinds[name]]} if isinstance(kept, gpd.GeoDataFrame) else {}
        _write(kept, path, layer=name, driver="GPKG", dataset_options=_VERSION, **how)


def shapefile(frame: gpd.GeoDataFrame, name: str, *, kind: str, names: Mapping[str, Sequence[str]]) -> bytes:
    """Return a frame as a zipped Shapefile in UTF-8, which its ``.cpg`` says, with a table of its field names.

    A field's name may take 10 bytes, three Chinese characters: the first of a field's names that fits is taken. A text
    may take 254 bytes; what is longer is cut between two characters.

    Parameters
    ----------
    frame
        Longitudes and latitudes of one kind of geometry.
    name
        Name of the files, in ASCII.
    kind
        ``polygon``, ``line`` or ``point``.
    names
        By column, other names it may have, the best first.
    """
    short = short_names([str(column) for column in frame.columns if column != frame.geometry.name], names)
    kept = _writable(frame)
    for column in short:
        if not pd.api.types.is_numeric_dtype(kept[column]) and not pd.api.types.is_bool_dtype(kept[column]):
            kept[column] = kept[column].map(_fitting)
    table = pd.DataFrame({"field": list(short.values()), "name": list(short)})
    buffer = io.BytesIO()
    with tempfile.TemporaryDirectory() as folder:
        shp = Path(folder) / f"{name}.shp"
        _write(
            kept.rename(columns=short),
            shp,
            driver="ESRI Shapefile",
            encoding="UTF-8",
            geometry_type=_TYPES[kind].removeprefix("Multi"),
        )
        with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as packed:
            for part in sorted(Path(folder).iterdir()):
                packed.write(part, part.name)
            packed.writestr(NAMES_FILE, delivery.csv(table))
    return buffer.getvalue()


def short_names(columns: Sequence[str], names: Mapping[str, Sequence[str]]) -> dict[str, str]:
    """Return a field name of at most 10 bytes for each column, none twice."""
    short: dict[str, str] = {}
    for column in columns:
        taken = {one.casefold() for one in short.values()}
        free = (one for one in (column, *names.get(column, ())) if one.casefold() not in taken)
        found = next((one for one in free if len(one.encode()) <= _FIELD_BYTES), None)
        n = 2
        cut = found or _cut(column, _FIELD_BYTES)
        while cut.casefold() in taken:
            cut, n = f"{_cut(column, _FIELD_BYTES - len(str(n)))}{n}", n + 1
        short[column] = cut
    return short


def _write(frame: pd.DataFrame, path: Path, **how: Any) -> None:
    with warnings.catch_warnings():
        # GDAL remarks on widths of numbers and on the lack of a CRS for a table without places.
        warnings.simplefilter("ignore")
        pyogrio.write_dataframe(frame, path, **how)


def _writable(frame: pd.DataFrame) -> Any:
    """Return a frame whose cells a vector file can hold: days as text, choices as they are, no place as none."""
    kept: Any = frame.copy()
    geometry = frame.geometry.name if isinstance(frame, gpd.GeoDataFrame) else None
    for name in frame.columns:
        if name == geometry:
            shapes = frame.geometry.to_numpy()
            placed = [None if shape.is_empty else shape for shape in shapes]
            kept[name] = gpd.GeoSeries(placed, index=frame.index, crs=frame.crs)
        elif frame[name].dtype == object:
            kept[name] = frame[name].map(_plain)
    return kept


def _plain(value: Any) -> Any:
    """Return a cell as JSON knows it."""
    if value is None or value is pd.NA or value is pd.NaT or (isinstance(value, float) and not np.isfinite(value)):
        return None
    if isinstance(value, (dt.date, dt.datetime)):
        return value.isoformat()
    return value.item() if isinstance(value, np.generic) else value


def _fitting(text: Any) -> Any:
    return _cut(text, _TEXT_BYTES) if isinstance(text, str) else text


def _cut(text: str, size: int) -> str:
    return text.encode()[:size].decode(errors="ignore")


def _rounded(shape: Mapping[str, Any]) -> dict[str, Any]:
    def rounded(part: Any) -> Any:
        return round(part, _DECIMALS) if isinstance(part, float) else [rounded(one) for one in part]

    return {"type": shape["type"], "coordinates": rounded(shape["coordinates"])}
