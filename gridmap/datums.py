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
_ORIGIN_LON, _ORIGIN_LAT = 105.0, 35.0
_ORIGIN_SINE, _ORIGIN_COSINE = math.sin(math.radians(_ORIGIN_LAT)), math.cos(math.radians(_ORIGIN_LAT))
_BD_TURN = math.pi * 3000.0 / 180.0
_BD_EAST, _BD_NORTH = 0.0065, 0.006
# So many places fit the processor's cache.
_CHUNK = 16384
# A tenth of a millimetre: what a step moves by less has arrived.
_STILL_DEG = 1e-9
# A Newton's step from here is right to some hundredths of a millimetre: its slopes are wrong by a few ten-thousandths.
_NEAR_DEG = 1e-6
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
    east, north = _moved(np.where(inside, lon, _ORIGIN_LON), np.where(inside, lat, _ORIGIN_LAT), datum)
    return np.where(inside, east, lon), np.where(inside, north, lat)


def _inverse(lon: Coordinates, lat: Coordinates, datum: Datum) -> tuple[Coordinates, Coordinates]:
    near = _inside(lon, lat, _LARGEST_SHIFT_DEG)
    if not near.any():
        return lon, lat
    x, y = np.where(near, lon, _ORIGIN_LON), np.where(near, lat, _ORIGIN_LAT)
    if datum is Datum.BD09:
        x, y = _undo_bd09(x, y)
    x, y = _undo_gcj02(x, y)
    # A place on the edge itself is found again beside it, by a rounding.
    found = near & (_inside(x, y, _STILL_DEG) | _inside(lon, lat))
    return np.where(found, x, lon), np.where(found, y, lat)


def _moved(lon: Coordinates, lat: Coordinates, datum: Datum) -> tuple[Coordinates, Coordinates]:
    """Return places of WGS 84 in another datum by its formula alone, wherever they are."""
    shift = _gcj02(_waves(lon - _ORIGIN_LON), _waves(lat - _ORIGIN_LAT))
    east, north = lon + shift.east, lat + shift.north
    return _bd09(east, north) if datum is Datum.BD09 else (east, north)


class _Waves(NamedTuple):
    """Degrees from the origin of GCJ-02, and sines and cosines of pi times a share of them."""

    degrees: Coordinates
    sine_180: Coordinates
    cosine_180: Coordinates
    sine_30: Coordinates
    sine_12: Coordinates
    sine_3: Coordinates
    sine_1: Coordinates
    cosine_60: Coordinates
    cosine_3: Coordinates
    cosine_1: Coordinates


class _Shift(NamedTuple):
    """How far GCJ-02 lies from WGS 84, in degrees, and what an inverse needs besides."""

    east: Coordinates
    north: Coordinates
    metres_east: Coordinates
    metres_north: Coordinates
    tangent: Coordinates


def _waves(degrees: Coordinates) -> _Waves:
    """Work out all sines of the formula from one sine and one cosine, by multiples of their angle: far faster."""
    angle = degrees * (math.pi / 180.0)
    sine, cosine = np.sin(angle), np.cos(angle)
    sine_60 = sine * (3.0 - 4.0 * sine * sine)
    cosine_60 = cosine * (4.0 * cosine * cosine - 3.0)
    square = sine_60 * sine_60
    sine_12 = sine_60 * (5.0 - square * (20.0 - 16.0 * square))
    cosine_12 = cosine_60 * (1.0 - square * (12.0 - 16.0 * square))
    sine_6, cosine_6 = 2.0 * sine_12 * cosine_12, 1.0 - 2.0 * sine_12 * sine_12
    sine_3, cosine_3 = 2.0 * sine_6 * cosine_6, 1.0 - 2.0 * sine_6 * sine_6
    sine_1 = sine_3 * (3.0 - 4.0 * sine_3 * sine_3)
    cosine_1 = cosine_3 * (4.0 * cosine_3 * cosine_3 - 3.0)
    return _Waves(
        degrees, sine, cosine, 2.0 * sine_60 * cosine_60, sine_12, sine_3, sine_1, cosine_60, cosine_3, cosine_1
    )


def _gcj02(x: _Waves, y: _Waves) -> _Shift:
    sine_half = 2.0 * x.sine_1 * x.cosine_1
    rapid = 20.0 * sine_half * (4.0 - 4.0 * sine_half * sine_half)
    product, root = 0.1 * x.degrees * y.degrees, 0.1 * np.sqrt(np.abs(x.degrees))
    north_m = rapid + 20.0 * y.sine_1 + 40.0 * y.sine_3 + 160.0 * y.sine_12 + 320.0 * y.sine_30
    north_m = north_m * (2 / 3) + 2.0 * x.degrees + y.degrees * (3.0 + 0.2 * y.degrees) + product + 2.0 * root - 100.0
    east_m = rapid + 20.0 * x.sine_1 + 40.0 * x.sine_3 + 150.0 * x.sine_12 + 300.0 * x.sine_30
    east_m = east_m * (2 / 3) + 2.0 * y.degrees + x.degrees * (1.0 + 0.1 * x.degrees) + product + root + 300.0
    sine = y.sine_180 * _ORIGIN_COSINE + y.cosine_180 * _ORIGIN_SINE
    cosine = y.cosine_180 * _ORIGIN_COSINE - y.sine_180 * _ORIGIN_SINE
    magic = 1.0 - _ECCENTRICITY_2 * sine * sine
    root_magic = np.sqrt(magic)
    metres_east = (_AXIS_M * math.pi / 180.0) * cosine / root_magic
    metres_north = (_AXIS_M * (1.0 - _ECCENTRICITY_2) * math.pi / 180.0) / (magic * root_magic)
    return _Shift(east_m / metres_east, north_m / metres_north, metres_east, metres_north, sine / cosine)


def _undo_gcj02(to_lon: Coordinates, to_lat: Coordinates) -> tuple[Coordinates, Coordinates]:
    """Find the places that GCJ-02 moves to where these are: by Newton's steps, with the slopes of the first of them."""
    found_lon, found_lat = to_lon.copy(), to_lat.copy()
    x, y = to_lon, to_lat
    slopes: tuple[Coordinates, ...] = ()
    left: NDArray[np.intp] = np.arange(len(x))
    for _ in range(_MOST_STEPS):
        of_x, of_y = _waves(x - _ORIGIN_LON), _waves(y - _ORIGIN_LAT)
        shift = _gcj02(of_x, of_y)
        slopes = slopes or _slopes(of_x, of_y, shift)
        east, north = x + shift.east - to_lon, y + shift.north - to_lat
        step_x = slopes[0] * east + slopes[1] * north
        step_y = slopes[2] * east + slopes[3] * north
        x, y = x - step_x, y - step_y
        found_lon[left], found_lat[left] = x, y
        moving = np.maximum(np.abs(step_x), np.abs(step_y)) > _NEAR_DEG
        if not moving.any():
            break
        if not moving.all():
            # The few that are not there yet go on alone.
            left = left[moving]
            x, y, to_lon, to_lat = x[moving], y[moving], to_lon[moving], to_lat[moving]
            slopes = tuple(one[moving] for one in slopes)
    return found_lon, found_lat


def _slopes(x: _Waves, y: _Waves, shift: _Shift) -> tuple[Coordinates, ...]:
    """Return the inverse of the matrix by which a place in GCJ-02 follows its place in WGS 84, row by row.

    The root of the distance from 105 degrees east is left out of it: its slope has no end there, and counts for nothing
    elsewhere.
    """
    sine_half, cosine_half = 2.0 * x.sine_1 * x.cosine_1, 1.0 - 2.0 * x.sine_1 * x.sine_1
    cosine_sixth = cosine_half * (1.0 - 4.0 * sine_half * sine_half)
    rapid = 120.0 * cosine_sixth + 40.0 * cosine_half

    def slow(waves: _Waves, twelfth: float, thirtieth: float) -> Coordinates:
        square = 1.0 - waves.cosine_60 * waves.cosine_60
        cosine_12 = waves.cosine_60 * (1.0 - square * (12.0 - 16.0 * square))
        cosine_30 = 1.0 - 2.0 * square
        return 20.0 * waves.cosine_1 + (40 / 3) * waves.cosine_3 + twelfth * cosine_12 + thirtieth * cosine_30

    turn = 2 * math.pi / 3
    east_by_x = (1.0 + 0.2 * x.degrees + 0.1 * y.degrees + turn * (rapid + slow(x, 12.5, 10.0))) / shift.metres_east
    east_by_y = (2.0 + 0.1 * x.degrees) / shift.metres_east + shift.east * shift.tangent * (math.pi / 180.0)
    north_by_x = (2.0 + 0.1 * y.degrees + turn * rapid) / shift.metres_north
    north_by_y = 3.0 + 0.4 * y.degrees + 0.1 * x.degrees + turn * slow(y, 160 / 12, 320 / 30)
    a, d = 1.0 + east_by_x, 1.0 + north_by_y / shift.metres_north
    whole = 1.0 / (a * d - east_by_y * north_by_x)
    return d * whole, -east_by_y * whole, -north_by_x * whole, a * whole


def _bd09(lon: Coordinates, lat: Coordinates) -> tuple[Coordinates, Coordinates]:
    radius = np.hypot(lon, lat) + 0.00002 * np.sin(lat * _BD_TURN)
    angle = np.arctan2(lat, lon) + 0.000003 * np.cos(lon * _BD_TURN)
    return radius * np.cos(angle) + _BD_EAST, radius * np.sin(angle) + _BD_NORTH


def _undo_bd09(to_lon: Coordinates, to_lat: Coordinates) -> tuple[Coordinates, Coordinates]:
    """Find the places that BD-09 moves to where these are: each step makes the error fifty times smaller."""
    x, y = to_lon - _BD_EAST, to_lat - _BD_NORTH
    for _ in range(_MOST_STEPS):
        east, north = _bd09(x, y)
        east -= to_lon
        north -= to_lat
        x, y = x - east, y - north
        if max(np.abs(east).max(), np.abs(north).max()) < _STILL_DEG:
            break
    return x, y
