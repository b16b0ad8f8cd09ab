"""What coordinates in metres say of the Gauss-Krüger system they are in: surveyors write zones in two ways.

An easting begins with the number of its zone (36,571,234: zone 36) or does not (571,234, and the system names a central
meridian). CGCS2000 has a system of each kind for each zone: EPSG 4513 to 4533 and 4491 to 4501 with the number, 4534 to
4554 and 4502 to 4512 without it, for zones of 3 and of 6 degrees (GB/T 22021-2008, annex A).
"""

from __future__ import annotations

from dataclasses import dataclass

import pyproj

_ZONES = {3: (range(25, 46), 4513, 4534), 6: (range(13, 24), 4491, 4502)}
_EASTINGS, _NORTHINGS = (100_000.0, 900_000.0), (380_000.0, 6_000_000.0)
_MILLION = 1_000_000
#: Web Mercator's own metres end here: half round the equator.
MERCATOR_EAST = 20_037_509.0


@dataclass(frozen=True, kw_only=True)
class Advice:
    """What is wrong with a system for some coordinates, and which one would be right.

    Parameters
    ----------
    problem
        Key of the error that says it.
    likely
        The system that would be right, as ``EPSG:4524``; empty where the coordinates do not tell.
    zone
        Number of the zone.
    """

    problem: str
    likely: str = ""
    zone: int = 0


def zone_of(x: float, y: float) -> tuple[int, str] | None:
    """Return the zone whose number an easting begins with, and CGCS2000's system of it; None where there is none."""
    zone = int(x // _MILLION)
    if not (_within(x - zone * _MILLION, _EASTINGS) and _within(y, _NORTHINGS)):
        return None
    return next(
        ((zone, f"EPSG:{first + zone - known[0]}") for known, first, _ in _ZONES.values() if zone in known), None
    )


def advice(declared: pyproj.CRS, x: float, y: float) -> Advice | None:
    """Say what is wrong with a projected system for coordinates that lie outside what it can hold.

    Parameters
    ----------
    declared
        The system that a file declares or a person names.
    x, y
        A place of the file in it.
    """
    east = _false_easting(declared)
    if east is None:
        found = zone_of(x, y) if x > MERCATOR_EAST else None
        return None if found is None else Advice(problem="crs_zone_written", zone=found[0], likely=found[1])
    wanted = _zone_of_easting(east)
    found = zone_of(x, y)
    if found is not None and found[0] != wanted:
        return Advice(problem="crs_zone_written", zone=found[0], likely=found[1])
    if wanted and _within(x, _EASTINGS) and _within(y, _NORTHINGS):
        return Advice(problem="crs_zone_missing", zone=wanted, likely=_by_meridian(wanted))
    return Advice(problem="crs_axes_swapped") if _turned_fits(x, y, wanted) else None


def _within(value: float, limits: tuple[float, float]) -> bool:
    return limits[0] <= value <= limits[1]


def _false_easting(crs: pyproj.CRS) -> float | None:
    """Return the false easting of a transverse Mercator system; None for any other."""
    operation = crs.coordinate_operation
    if operation is None or "Transverse Mercator" not in operation.method_name:
        return None
    return next((float(one.value) for one in operation.params if one.name == "False easting"), None)


def _zone_of_easting(false_easting: float) -> int:
    """Return the zone whose number a system writes before its eastings; 0 where it writes none."""
    return int(false_easting // _MILLION) if false_easting > _MILLION else 0


def _by_meridian(zone: int) -> str:
    return next((f"EPSG:{first + zone - known[0]}" for known, _, first in _ZONES.values() if zone in known), "")


def _turned_fits(x: float, y: float, zone: int) -> bool:
    """Whether northing and easting stand the other way round, as Chinese surveyors name them x and y."""
    return _within(x, _NORTHINGS) and _within(y - zone * _MILLION, _EASTINGS) and x > y - zone * _MILLION
