"""The datums in which maps are drawn in China, and the way back to WGS 84.

GCJ-02 (AMap, Tencent) moves a place by 300 to 700 m, BD-09 (Baidu) moves it once more. Neither is published. The
formulas are those found by reverse engineering and used by every open library since: GCJ-02 as in ``eviltransform``
(https://github.com/googollee/eviltransform), on the ellipsoid of Krassowski 1940 with 105° E, 35° N as its origin;
BD-09 as in Baidu's own map scripts. They hold within the box 72.004 to 137.8347° E, 0.8293 to 55.8271° N; a place
outside stays where it is in each of the three.
"""

from __future__ import annotations

import math
from enum import StrEnum
from typing import Any, NamedTuple

import geopandas as gpd
import numpy as np
import shapely
from numpy.typing import NDArray

from gridmap import crs

Coordinates = NDArray[np.float64]

_WEST, _EAST, _SOUTH, _NORTH = 72.004, 137.8347, 0.8293, 55.8271
_AXIS_M, _ECCENTRICITY_2 = 6378245.0, 0.00669342162296594323
_BD_TURN = math.pi * 3000.0 / 180.0
_BD_EAST, _BD_NORTH = 0.0065, 0.006
# So many places fit the processor's cache.
_CHUNK = 8192
# Each step of the inverse makes the error some hundred times smaller (BD-09: fifty): when it still moves a place by
# this little, it is right to less than a thousandth of a millimetre.
_STILL_DEG = 1e-10
_LARGEST_SHIFT_DEG = 0.1
_MOST_STEPS = 12


class Datum(StrEnum):
    """Datum of a file's longitudes and latitudes."""

    WGS84 = "wgs84"
    GCJ02 = "gcj02"
    BD09 = "bd09"


def from_wgs84(xy: NDArray[Any], datum: Datum) -> Coordinates:
    """Return where places in WGS 84 stand in another datum.

    Parameters
    ----------
    xy
        Longitudes and latitudes in degrees, a row each: shape (n, 2).
    datum
        The datum wanted.
    """
    return _by_chunks(_forward, xy, datum)


def to_wgs84(xy: NDArray[Any], datum: Datum) -> Coordinates:
    """Return where places of another datum stand in WGS 84: the exact inverse of `from_wgs84`, to less than 1 mm.

    Close to the edge of the box, two places may come to stand in one; of those, the one inside the box is returned.

    Parameters
    ----------
    xy
        Longitudes and latitudes in degrees, a row each: shape (n, 2).
    datum
        The datum they are in.
    """
    return _by_chunks(_inverse, xy, datum)


def undo(frame: gpd.GeoDataFrame, datum: Datum) -> gpd.GeoDataFrame:
    """Return a frame in WGS 84 (EPSG:4326) whose coordinates were drawn in ``datum``, whatever its geometries are.

    A frame in a projected CRS, such as tiles' Web Mercator, is taken to degrees before.

    Raises
    ------
    pyproj.exceptions.CRSError
        If the frame declares no CRS.
    """
    degrees = frame.to_crs(crs.WGS84)
    if datum is Datum.WGS84:
        return degrees
    shapes = shapely.transform(degrees.geometry.to_numpy(), lambda xy: to_wgs84(xy, datum))
    return degrees.set_geometry(gpd.GeoSeries(shapes, index=degrees.index, crs=degrees.crs))


def _by_chunks(convert: Any, xy: NDArray[Any], datum: Datum) -> Coordinates:
    given: Coordinates = np.asarray(xy, dtype=np.float64)
    if given.ndim != 2 or given.shape[1] != 2:
        raise ValueError(f"longitudes and latitudes come as (n, 2), not as {given.shape}")
    out = given.copy()
    if datum is Datum.WGS84:
        return out
    for start in range(0, len(given), _CHUNK):
        part = slice(start, start + _CHUNK)
        out[part, 0], out[part, 1] = convert(given[part, 0].copy(), given[part, 1].copy(), datum)
    return out


def _inside(lon: Coordinates, lat: Coordinates, margin: float = 0.0) -> NDArray[np.bool_]:
    inside: NDArray[np.bool_] = (lon >= _WEST - margin) & (lon <= _EAST + margin)
    inside &= (lat >= _SOUTH - margin) & (lat <= _NORTH + margin)
    return inside


def _forward(lon: Coordinates, lat: Coordinates, datum: Datum) -> tuple[Coordinates, Coordinates]:
    inside = _inside(lon, lat)
    if not inside.any():
        return lon, lat
    # What lies outside is put to the middle while the formula runs, and comes back as it was.
    east, north = _moved(np.where(inside, lon, 105.0), np.where(inside, lat, 35.0), datum)
    return np.where(inside, east, lon), np.where(inside, north, lat)


def _inverse(lon: Coordinates, lat: Coordinates, datum: Datum) -> tuple[Coordinates, Coordinates]:
    near = _inside(lon, lat, _LARGEST_SHIFT_DEG)
    if not near.any():
        return lon, lat
    to_lon, to_lat = np.where(near, lon, 105.0), np.where(near, lat, 35.0)
    x, y = to_lon, to_lat
    for _ in range(_MOST_STEPS):
        east, north = _moved(x, y, datum)
        east -= to_lon
        north -= to_lat
        x, y = x - east, y - north
        if max(np.abs(east).max(), np.abs(north).max()) < _STILL_DEG:
            break
    # A place on the edge itself is found again beside it, by a rounding.
    found = near & (_inside(x, y, 10 * _STILL_DEG) | _inside(lon, lat))
    return np.where(found, x, lon), np.where(found, y, lat)


def _moved(lon: Coordinates, lat: Coordinates, datum: Datum) -> tuple[Coordinates, Coordinates]:
    """Return places of WGS 84 in another datum by its formula alone, wherever they are."""
    east, north = _gcj02(lon, lat)
    return _bd09(east, north) if datum is Datum.BD09 else (east, north)


def _gcj02(lon: Coordinates, lat: Coordinates) -> tuple[Coordinates, Coordinates]:
    x, y = lon - 105.0, lat - 35.0
    by_x, by_y = _waves(x), _waves(y)
    product, root = x * y, np.sqrt(np.abs(x))
    rapid = 20.0 * (by_x.six + by_x.two)
    north_m = -100.0 + 2.0 * x + 3.0 * y + 0.2 * y * y + 0.1 * product + 0.2 * root
    north_m += (rapid + 20.0 * by_y.one + 40.0 * by_y.third + 160.0 * by_y.twelfth + 320.0 * by_y.thirtieth) * (2 / 3)
    east_m = 300.0 + x + 2.0 * y + 0.1 * x * x + 0.1 * product + 0.1 * root
    east_m += (rapid + 20.0 * by_x.one + 40.0 * by_x.third + 150.0 * by_x.twelfth + 300.0 * by_x.thirtieth) * (2 / 3)
    phi = np.radians(lat)
    sine = np.sin(phi)
    magic = 1.0 - _ECCENTRICITY_2 * sine * sine
    root_magic = np.sqrt(magic)
    north = north_m * (180.0 / math.pi / (_AXIS_M * (1.0 - _ECCENTRICITY_2))) * (magic * root_magic)
    east = east_m * (180.0 / math.pi / _AXIS_M) * root_magic / np.cos(phi)
    return lon + east, lat + north


class _Waves(NamedTuple):
    """Sines of the formula; each name is what pi times the degree is multiplied by."""

    thirtieth: Coordinates
    twelfth: Coordinates
    third: Coordinates
    one: Coordinates
    two: Coordinates
    six: Coordinates


def _waves(degrees: Coordinates) -> _Waves:
    """Work out six sines from two and a cosine: by double and triple angles, which costs a third of the time."""
    angle = degrees * (math.pi / 12.0)
    twelfth, cosine = np.sin(angle), np.cos(angle)
    sixth, cosine_sixth = 2.0 * twelfth * cosine, 1.0 - 2.0 * twelfth * twelfth
    third, cosine_third = 2.0 * sixth * cosine_sixth, 1.0 - 2.0 * sixth * sixth
    one = third * (3.0 - 4.0 * third * third)
    two = 2.0 * one * (cosine_third * (4.0 * cosine_third * cosine_third - 3.0))
    six = two * (3.0 - 4.0 * two * two)
    return _Waves(np.sin(degrees * (math.pi / 30.0)), twelfth, third, one, two, six)


def _bd09(lon: Coordinates, lat: Coordinates) -> tuple[Coordinates, Coordinates]:
    radius = np.hypot(lon, lat) + 0.00002 * np.sin(lat * _BD_TURN)
    angle = np.arctan2(lat, lon) + 0.000003 * np.cos(lon * _BD_TURN)
    return radius * np.cos(angle) + _BD_EAST, radius * np.sin(angle) + _BD_NORTH
