"""Reads vector files: GeoPackage, GeoJSON and Shapefile, in any CRS that they declare."""

from __future__ import annotations

import re
import warnings
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import pyogrio
import pyogrio.errors
import pyproj
import shapely
from pyproj.exceptions import CRSError
from pyproj.transformer import Transformer

from gridmap.errors import InputError
from gridmap.exchange import opening, zones
from gridmap.exchange.opening import FORMATS, UNREADABLE, Opened
from gridmap.exchange.source import Part, Source

# Datums that only local, unpublished parameters tie to WGS 84; PROJ would pass their coordinates through unchanged.
_UNTIED_DATUMS = re.compile(r"beijing|xi'?an|北京|西安")
# Krassowski 1940 (Beijing 54) and IAG 1975 (Xi'an 80), where a file says the ellipsoid and no datum.
_UNTIED_AXES_M = (6_378_245, 6_378_140)
_FAR_OUT_DEG = 3.0
_NO_COORDINATE = 1e9
_NULL_ISLAND_DEG = 1.0


def read(path: Path, *, part: str | None = None, crs: str | None = None) -> Source:
    """Read one layer of a vector file.

    Parameters
    ----------
    path
        GeoPackage, GeoJSON or Shapefile; a Shapefile also inside a zip.
    part
        Which layer, where the file has several.
    crs
        The CRS to believe instead of the one declared, such as ``"EPSG:4545"``.

    Raises
    ------
    InputError
        If the file is missing, empty, a folder, no vector data or damaged; if it has several layers and none
        is named; if no CRS is known, or the coordinates cannot be in the CRS declared.
    """
    name = path.name
    try:
        with opening.opened(path) as file, warnings.catch_warnings():
            # What GDAL remarks on single features comes out as faults of their rows, or is none.
            warnings.simplefilter("ignore")
            chosen = _choose_layer(file.address, name, part)
            if str(pyogrio.read_info(file.address, layer=chosen)["driver"]) != file.driver:
                raise InputError("format_unknown", source=name, formats=FORMATS)
            if crs is None:
                opening.demand_readable_crs(file, name)
            frame, encoding = _read_frame(file, chosen)
    except InputError:
        raise
    except UNREADABLE as fault:
        raise InputError("file_damaged", source=name) from fault
    if frame.empty:
        raise InputError("no_rows", source=name, layer=chosen)
    frame.index = pd.RangeIndex(1, len(frame) + 1, name="row")
    return Source(name=name, part=chosen, frame=placed(frame, name, crs), encoding=encoding)


def parts(path: Path) -> list[Part]:
    """Return the layers of a vector file.

    Raises
    ------
    InputError
        As `read` does, where the file cannot be opened.
    """
    try:
        with opening.opened(path) as file, warnings.catch_warnings():
            warnings.simplefilter("ignore")
            named = [(str(name), shape is not None) for name, shape in pyogrio.list_layers(file.address)]
            counts = [int(pyogrio.read_info(file.address, layer=name)["features"]) for name, _ in named]
    except (pyogrio.errors.DataSourceError, RuntimeError) as fault:
        raise InputError("file_damaged", source=path.name) from fault
    return [
        Part(name=name, rows=None if n < 0 else n, spatial=spatial)
        for (name, spatial), n in zip(named, counts, strict=True)
    ]


def placed(frame: gpd.GeoDataFrame, name: str, wanted: str | None) -> gpd.GeoDataFrame:
    """Return a frame that was read, flat, in the CRS it declares or in the one wanted instead.

    Raises
    ------
    InputError
        If no CRS is known, it is one that nothing ties to WGS 84, or the coordinates cannot be in it.
    """
    shapes = frame.geometry.to_numpy()
    shapes = np.where(shapely.is_missing(shapes), shapely.Point(), shapely.force_2d(shapes))
    frame = frame.set_geometry(gpd.GeoSeries(shapes, index=frame.index, crs=frame.crs))
    frame = _with_crs(frame, name, wanted)
    _refuse_impossible(frame, name)
    return frame


def shown(coordinate: float) -> str:
    """Write a coordinate as a person reads it: degrees with decimals, metres without, what is neither in short."""
    if abs(coordinate) >= _NO_COORDINATE:
        return f"{coordinate:.3g}"
    return f"{coordinate:.4f}" if abs(coordinate) < 1000 else f"{coordinate:.0f}"


def _choose_layer(address: str, name: str, wanted: str | None) -> str:
    found = pyogrio.list_layers(address)
    spatial = [str(row[0]) for row in found if row[1] is not None]
    if not spatial:
        raise InputError("no_geometry_layer", source=name)
    if wanted is None:
        if len(spatial) > 1:
            raise InputError("several_layers", source=name, layers=spatial)
        return spatial[0]
    if wanted not in spatial:
        raise InputError("layer_missing", source=name, layer=wanted, layers=spatial)
    return wanted


def _says_encoding(shapefile: Path) -> bool:
    """Whether a Shapefile says its encoding: a ``.cpg`` beside it, or a language byte in its table."""
    if opening.has_part(shapefile, ".cpg") is not None:
        return True
    table = opening.has_part(shapefile, ".dbf")
    head = b""
    if table is not None:
        with table.open("rb") as file:
            head = file.read(32)
    # Byte 29 is the language driver; 0x4D is GBK, 0 is "not said", 0x57 is what GDAL and ArcGIS write as a default.
    return len(head) == 32 and head[29] not in (0, 0x57)


def _read_frame(file: Opened, layer: str) -> tuple[gpd.GeoDataFrame, str]:
    if file.driver != "ESRI Shapefile" or _says_encoding(file.path):
        encoding = str(pyogrio.read_info(file.address, layer=layer)["encoding"])
        return _as_frame(pyogrio.read_dataframe(file.address, layer=layer, on_invalid="ignore")), encoding
    for encoding in ("UTF-8", "GB18030"):
        try:
            return _as_frame(
                pyogrio.read_dataframe(file.address, layer=layer, encoding=encoding, on_invalid="ignore")
            ), encoding
        except UnicodeDecodeError:
            continue
    return _as_frame(
        pyogrio.read_dataframe(file.address, layer=layer, encoding="ISO-8859-1", on_invalid="ignore")
    ), "ISO-8859-1"


def _as_frame(read_in: pd.DataFrame) -> gpd.GeoDataFrame:
    return (
        read_in if isinstance(read_in, gpd.GeoDataFrame) else gpd.GeoDataFrame(read_in, geometry=[None] * len(read_in))
    )


def _with_crs(frame: gpd.GeoDataFrame, name: str, wanted: str | None) -> gpd.GeoDataFrame:
    if wanted is not None:
        try:
            frame = frame.set_crs(pyproj.CRS.from_user_input(wanted), allow_override=True)
        except CRSError as fault:
            raise InputError("crs_unknown", source=name, crs=wanted) from fault
    declared = frame.crs
    if declared is None or not (declared.is_geographic or declared.is_projected):
        place = _median_place(frame)
        zone = zones.zone_of(*place) if place is not None else None
        if zone is not None:
            raise InputError("no_crs_zone", source=name, zone=zone[0], likely=zone[1])
        raise InputError("no_crs", source=name)
    if _is_untied(declared):
        raise InputError("crs_untied", source=name, crs=_crs_name(declared))
    return frame


def _is_untied(declared: pyproj.CRS) -> bool:
    """Whether a system's datum is one of those that only unpublished parameters tie to WGS 84, by name or ellipsoid."""
    geodetic = declared.geodetic_crs
    if geodetic is None or geodetic.datum is None:
        return False
    named = f"{geodetic.name} {geodetic.datum.name}".casefold()
    if _UNTIED_DATUMS.search(named):
        return True
    ellipsoid = geodetic.ellipsoid
    return "unknown" in named and ellipsoid is not None and round(ellipsoid.semi_major_metre) in _UNTIED_AXES_M


def _median_place(frame: gpd.GeoDataFrame) -> tuple[float, float] | None:
    bounds = frame.geometry.bounds.to_numpy()
    centres = np.column_stack([(bounds[:, 0] + bounds[:, 2]) / 2, (bounds[:, 1] + bounds[:, 3]) / 2])
    centres = centres[np.isfinite(centres).all(axis=1) & (centres != 0).any(axis=1)]
    if not len(centres):
        return None
    x, y = np.median(centres, axis=0)
    return float(x), float(y)


def _refuse_impossible(frame: gpd.GeoDataFrame, name: str) -> None:
    """Refuse a CRS that the coordinates of the file as a whole cannot be in; stray rows are found later."""
    place = _median_place(frame)
    if place is None:
        return
    crs = frame.crs
    x, y = place
    fields: dict[str, Any] = {"source": name, "crs": _crs_name(crs), "x": shown(x), "y": shown(y)}
    if crs.is_geographic:
        # One axis beyond 90 may be swapped latitude and longitude, which is named later.
        if max(abs(x), abs(y)) > 180:
            raise InputError("crs_metres_as_degrees", **fields)
        return
    if abs(x) <= 180 and abs(y) <= 90:
        raise InputError("crs_degrees_as_metres", **fields)
    lon, lat = Transformer.from_crs(crs, "EPSG:4326", always_xy=True).transform(x, y)
    off = not (np.isfinite(lon) and np.isfinite(lat)) or _off_area(crs, lon, lat)
    # Web Mercator begins anew beyond its edge, so that nothing lies off it.
    if (off or x > zones.MERCATOR_EAST) and (advice := zones.advice(crs, x, y)) is not None:
        raise InputError(advice.problem, zone=advice.zone, likely=advice.likely, **fields)
    if off:
        raise InputError("crs_out_of_area", **fields)
    if abs(lon) < _NULL_ISLAND_DEG and abs(lat) < _NULL_ISLAND_DEG:
        raise InputError("crs_local_metres", **fields)


def _off_area(crs: pyproj.CRS, lon: float, lat: float) -> bool:
    area = crs.area_of_use
    if area is None:
        return False
    west, east = area.west - _FAR_OUT_DEG, area.east + _FAR_OUT_DEG
    beside = not west <= lon <= east
    if area.west > area.east:
        beside = lon < area.west - _FAR_OUT_DEG and lon > area.east + _FAR_OUT_DEG
    return beside or not area.south - _FAR_OUT_DEG <= lat <= area.north + _FAR_OUT_DEG


def _crs_name(crs: pyproj.CRS) -> str:
    code = crs.to_epsg(min_confidence=70)
    return f"EPSG:{code}" if code else str(crs.name)
