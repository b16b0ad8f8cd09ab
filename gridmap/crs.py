"""Coordinate reference systems: which one fits a place, and whether a frame can be measured in metres.

Everything is stored in WGS 84 (EPSG:4326, lon/lat); lengths and areas are computed in a projected CRS in metres
that fits the place: CGCS2000 / 3-degree Gauss-Krüger in China, UTM elsewhere.
"""

from __future__ import annotations

import math
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import pyproj
import shapely
from shapely.geometry.base import BaseGeometry

from gridmap.errors import InputError

WGS84 = pyproj.CRS.from_epsg(4326)

# Extent of EPSG:4490 (CGCS2000). It reaches over the neighbours too; a 3-degree zone measures there as well as here.
_CHINA = (73.62, 16.70, 134.77, 53.56)
_FIRST_ZONE_EPSG, _FIRST_MERIDIAN, _LAST_MERIDIAN = 4534, 75, 135
# Farthest that a length on the map may be from the ground's before a radius of 500 m is wrong by metres.
_LARGEST_SCALE_ERROR = 0.005
_EARTH_RADIUS_M = 6_371_009.0


def metric_crs(place: gpd.GeoDataFrame | gpd.GeoSeries | BaseGeometry) -> pyproj.CRS:
    """Choose the projected CRS, in metres, that fits a place.

    Parameters
    ----------
    place
        A frame in any CRS, or one geometry in WGS 84. The middle of its extent decides.

    Returns
    -------
    pyproj.CRS
        In China the zone of CGCS2000 / 3-degree Gauss-Krüger by central meridian whose meridian is nearest
        (EPSG:4534 to 4554, no zone number in the easting; Xi'an is EPSG:4545); elsewhere the zone of WGS 84 / UTM,
        and beyond 84° N and 80° S the polar UPS.

    Raises
    ------
    InputError
        If the frame declares no CRS, holds no geometry, or its coordinates do not lie on the earth.
    """
    return _fitting(*_middle(place))


def to_metric(frame: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """Return the frame in metres: itself if its CRS already measures true metres there, else projected.

    Raises
    ------
    InputError
        As for `metric_crs`.
    """
    lon, lat = _middle(frame)
    if _complaint(frame.crs, lon, lat) is None:
        return frame
    return frame.to_crs(_fitting(lon, lat))


def require_metric(frame: gpd.GeoDataFrame | gpd.GeoSeries) -> None:
    """Demand that lengths in the frame's CRS are metres on the ground, to within 0.5 %.

    Degrees, feet and EPSG:3857 (whose metre is 0.83 m in Xi'an) are refused. A frame without any geometry needs a
    projected CRS only.

    Raises
    ------
    InputError
        With the CRS found and what to do.
    """
    if frame.crs is None:
        raise InputError("frame_no_crs")
    lon = lat = math.nan
    if frame.crs.is_projected and np.isfinite(frame.total_bounds).all():
        lon, lat = _middle(frame)
    complaint = _complaint(frame.crs, lon, lat)
    if complaint is not None:
        raise complaint


def densified(frame: gpd.GeoDataFrame, step_m: float = 25.0) -> gpd.GeoDataFrame:
    """Put a vertex at least every ``step_m`` metres along the edges of a frame in WGS 84.

    A straight edge in degrees is no straight line in metres: over 1 km the two lie about 1 cm apart, which makes
    some square metres between a community and the grids that tile it. With the vertices put in before the frame is
    projected, they are the same edge again.
    """
    one_degree_m = math.radians(1) * _EARTH_RADIUS_M
    out = frame.copy()
    out.geometry = shapely.segmentize(frame.geometry.array, step_m / one_degree_m)
    return out


def doubts(frame: gpd.GeoDataFrame, near: tuple[float, float] | None = None, reach_m: float = 100_000.0) -> pd.Series:
    """Say of each row why its place cannot be right.

    Parameters
    ----------
    frame
        Geometries in the CRS the frame declares.
    near
        (lon, lat) in WGS 84 of a place that is known, such as the middle of the community.
    reach_m
        Farthest that a row may lie from ``near``.

    Returns
    -------
    pandas.Series
        On the frame's index: ``""`` where nothing is wrong, else ``"empty"``, ``"null_island"`` (0/0),
        ``"not_degrees"`` (declared as degrees, but beyond 180/90), ``"outside_crs"`` (declared as metres, but
        outside what the CRS can hold; degrees called metres end here), ``"swapped"`` (lat/lon: near the place
        when turned round), or ``"far_away"`` (from ``near``).

    Raises
    ------
    InputError
        If the frame declares no CRS.
    """
    if frame.crs is None:
        raise InputError("frame_no_crs")
    bounds = frame.bounds.to_numpy()
    x, y = (bounds[:, 0] + bounds[:, 2]) / 2, (bounds[:, 1] + bounds[:, 3]) / 2
    said = np.full(len(frame), "", dtype=object)

    def say(reason: str, where: Any) -> None:
        said[where & (said == "")] = reason

    say("empty", ~np.isfinite(bounds).all(axis=1))
    say("null_island", np.abs(bounds).max(axis=1, initial=0) < 1e-9)
    if frame.crs.is_geographic:
        lon, lat = x, y
        say("not_degrees", (np.abs(bounds[:, [0, 2]]).max(axis=1) > 180) | (np.abs(bounds[:, [1, 3]]).max(axis=1) > 90))
        if near is not None:
            there = _distance_m(lon, lat, *near) <= reach_m
            say("swapped", ~there & (np.abs(lon) <= 90) & (_distance_m(lat, lon, *near) <= reach_m))
    else:
        lon, lat = _lonlat(frame.crs, x, y)
        area = frame.crs.area_of_use
        inside = np.isfinite(lon) & np.isfinite(lat)
        if area is not None:
            # A surveyed frame may reach a little over the edge of its zone.
            width = (area.east - area.west) % 360 or 360.0  # a world-wide system ends where it begins
            east = (lon - area.west) % 360 <= width + 3
            west = (area.east - lon) % 360 <= width + 3
            inside &= (east | west) & (lat >= area.south - 3) & (lat <= area.north + 3)
        say("outside_crs", ~inside)
        if near is not None:
            lon_turned, lat_turned = _lonlat(frame.crs, y, x)
            there = _distance_m(lon, lat, *near) <= reach_m
            say("swapped", ~there & (_distance_m(lon_turned, lat_turned, *near) <= reach_m))
    if near is not None:
        say("far_away", _distance_m(lon, lat, *near) > reach_m)
    return pd.Series(said, index=frame.index, name="doubt", dtype=object)


def _middle(place: gpd.GeoDataFrame | gpd.GeoSeries | BaseGeometry) -> tuple[float, float]:
    if isinstance(place, BaseGeometry):
        crs, bounds = WGS84, np.asarray(place.bounds, dtype=float)
    else:
        if place.crs is None:
            raise InputError("frame_no_crs")
        crs, bounds = place.crs, place.total_bounds
    if len(bounds) != 4 or not np.isfinite(bounds).all():
        raise InputError("frame_no_geometry")
    x, y = (bounds[0] + bounds[2]) / 2, (bounds[1] + bounds[3]) / 2
    lon, lat = (float(v) for v in _lonlat(crs, x, y))
    if not (abs(lon) <= 180 and abs(lat) <= 90):
        raise InputError("frame_not_on_earth", crs=_named(crs), x=f"{x:.6g}", y=f"{y:.6g}")
    return lon, lat


def _lonlat(crs: pyproj.CRS, x: Any, y: Any) -> tuple[Any, Any]:
    """Return lon/lat on the CRS's own datum: near enough to choose by, and 50 times quicker than a transformer."""
    if crs.is_geographic:
        return x, y
    if crs.is_projected:
        lon, lat = pyproj.Proj(crs)(x, y, inverse=True)
        return lon, lat
    lon, lat = pyproj.Transformer.from_crs(crs, WGS84, always_xy=True).transform(x, y)
    return lon, lat


def _fitting(lon: float, lat: float) -> pyproj.CRS:
    west, south, east, north = _CHINA
    if west <= lon <= east and south <= lat <= north:
        meridian = min(max(3 * round(lon / 3), _FIRST_MERIDIAN), _LAST_MERIDIAN)
        return pyproj.CRS.from_epsg(_FIRST_ZONE_EPSG + (meridian - _FIRST_MERIDIAN) // 3)
    if lat > 84:
        return pyproj.CRS.from_epsg(32661)
    if lat < -80:
        return pyproj.CRS.from_epsg(32761)
    zone = min(int((lon + 180) // 6) + 1, 60)
    return pyproj.CRS.from_epsg((32600 if lat >= 0 else 32700) + zone)


def _complaint(crs: pyproj.CRS, lon: float, lat: float) -> InputError | None:
    """Return why lengths in ``crs`` are no metres at a place, or None; an unknown place (NaN) is not judged."""
    if not crs.is_projected:
        return InputError("frame_in_degrees", crs=_named(crs))
    unit = crs.axis_info[0].unit_name
    if unit not in ("metre", "meter"):
        return InputError("frame_not_in_metres", crs=_named(crs), unit=unit)
    web_mercator = crs.to_epsg() == 3857 or "pseudo-mercator" in crs.name.lower()
    if math.isnan(lon):
        return InputError("frame_stretched", crs=_named(crs), scale="") if web_mercator else None
    factors = pyproj.Proj(crs).get_factors(lon, lat)
    scales = (factors.meridional_scale, factors.parallel_scale)
    if web_mercator or not all(abs(scale - 1) <= _LARGEST_SCALE_ERROR for scale in scales):
        return InputError("frame_stretched", crs=_named(crs), scale=f"{max(scales):.3f}")
    return None


def _named(crs: pyproj.CRS) -> str:
    code = crs.to_authority()
    return f"{':'.join(code)} ({crs.name})" if code else crs.name


def _distance_m(lon: Any, lat: Any, to_lon: float, to_lat: float) -> Any:
    """Great-circle distance in metres; NaN or infinite coordinates are infinitely far."""
    lon, lat = np.asarray(lon, dtype=float), np.asarray(lat, dtype=float)
    good = np.isfinite(lon) & np.isfinite(lat)
    rlon, rlat = np.radians(np.where(good, lon, 0.0)), np.radians(np.where(good, lat, 0.0))
    a = (
        np.sin((rlat - math.radians(to_lat)) / 2) ** 2
        + np.cos(rlat) * math.cos(math.radians(to_lat)) * np.sin((rlon - math.radians(to_lon)) / 2) ** 2
    )
    return np.where(good, 2 * _EARTH_RADIUS_M * np.arcsin(np.sqrt(np.clip(a, 0, 1))), np.inf)
