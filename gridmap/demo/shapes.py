"""Footprints and outlines of a town, in metres; nothing here knows where on earth it lies."""

from __future__ import annotations

import itertools
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

import shapely
from shapely import LineString, MultiPolygon, Point, Polygon, affinity
from shapely.geometry.base import BaseGeometry

XY = tuple[float, float]
G = TypeVar("G", bound=BaseGeometry)

STOREY_M = 3.0
SLAB_DEPTH_M = 12.6
UNIT_LENGTH_M = 14.2
_BAY_DEPTH_M = 1.1
_BAY_WIDTH_M = 2.8
_ON_LINE_M = 0.02

#: Half width, half depth and the depth of the recesses of the towers' plans.
_TOWERS = {"wide": (15.5, 10.5, 3.2), "cross": (13.0, 13.0, 4.6), "long": (20.5, 9.5, 2.6)}


@dataclass(frozen=True)
class Frame:
    """A place and a direction: maps a drawing's own x and y to the town's.

    Parameters
    ----------
    x, y
        Where the drawing's origin lies, in metres.
    angle_deg
        How far the drawing is turned counter-clockwise.
    """

    x: float
    y: float
    angle_deg: float

    @classmethod
    def of(cls, spec: Mapping[str, Any]) -> Frame:
        """Return the frame that a recipe gives as ``origin`` and ``angle_deg``."""
        x, y = spec["origin"]
        return cls(x, y, spec["angle_deg"])

    def place(self, drawing: G) -> G:
        """Return ``drawing`` where this frame puts it."""
        turned = affinity.rotate(drawing, self.angle_deg, origin=(0, 0))
        return affinity.translate(turned, self.x, self.y)  # type: ignore[no-any-return]

    def point(self, xy: Sequence[float]) -> XY:
        """Return where ``xy`` of the drawing lies."""
        angle = math.radians(self.angle_deg)
        x, y = xy[0], xy[1]
        return (
            self.x + x * math.cos(angle) - y * math.sin(angle),
            self.y + x * math.sin(angle) + y * math.cos(angle),
        )


def slab(units: int, *, depth_m: float = SLAB_DEPTH_M) -> Polygon:
    """Return a slab building's footprint with its south-west corner at the origin.

    It faces south; on the north each unit's staircase stands out by a metre.
    """
    length = units * UNIT_LENGTH_M
    north: list[XY] = []
    for unit in range(units):
        middle = length - (unit + 0.5) * UNIT_LENGTH_M
        right, left = middle + _BAY_WIDTH_M / 2, middle - _BAY_WIDTH_M / 2
        top = depth_m + _BAY_DEPTH_M
        north += [(right, depth_m), (right, top), (left, top), (left, depth_m)]
    return Polygon([(0, 0), (length, 0), (length, depth_m), *north, (0, depth_m)])


def tower(plan: str) -> Polygon:
    """Return a tower's footprint about the origin: recessed corners, and a slot to the south for light."""
    w, d, r = _TOWERS[plan]
    slot = 1.7
    return Polygon(
        [
            (-w + r, -d),
            (-slot, -d),
            (-slot, -d + r),
            (slot, -d + r),
            (slot, -d),
            (w - r, -d),
            (w - r, -d + r),
            (w, -d + r),
            (w, d - r),
            (w - r, d - r),
            (w - r, d),
            (-w + r, d),
            (-w + r, d - r),
            (-w, d - r),
            (-w, -d + r),
            (-w + r, -d + r),
        ]
    )


def hall(width_m: float, depth_m: float) -> Polygon:
    """Return a plain rectangle with its south-west corner at the origin."""
    return shapely.box(0, 0, width_m, depth_m)


def smooth(points: Sequence[Sequence[float]], steps: int = 8) -> Polygon:
    """Return a closed soft outline through ``points`` (Catmull-Rom)."""
    n = len(points)
    ring: list[XY] = []
    for i in range(n):
        p0, p1, p2, p3 = (points[(i + k - 1) % n] for k in range(4))
        ring += [_between(p0, p1, p2, p3, step / steps) for step in range(steps)]
    return Polygon(ring)


def soft_line(points: Sequence[Sequence[float]], steps: int = 5) -> list[XY]:
    """Return the points of a soft line through ``points``, first and last kept."""
    if len(points) < 3:
        return [(p[0], p[1]) for p in points]
    padded = [points[0], *points, points[-1]]
    line: list[XY] = []
    for i in range(len(points) - 1):
        p0, p1, p2, p3 = padded[i : i + 4]
        line += [_between(p0, p1, p2, p3, step / steps) for step in range(steps)]
    return [*line, (points[-1][0], points[-1][1])]


def rounded(points: Sequence[XY], radius_m: float, steps: int = 6) -> list[XY]:
    """Return the points of a line through ``points`` whose corners are cut by curves of about ``radius_m``."""
    line: list[XY] = [points[0]]
    for before, corner, after in zip(points, points[1:], points[2:], strict=False):
        a, b = _towards(corner, before, radius_m), _towards(corner, after, radius_m)
        for step in range(steps + 1):
            t = step / steps
            line.append(
                (
                    (1 - t) ** 2 * a[0] + 2 * t * (1 - t) * corner[0] + t**2 * b[0],
                    (1 - t) ** 2 * a[1] + 2 * t * (1 - t) * corner[1] + t**2 * b[1],
                )
            )
    return [*line, points[-1]]


def _towards(start: XY, goal: XY, way_m: float) -> XY:
    share = min(0.5, way_m / math.dist(start, goal))
    return start[0] + (goal[0] - start[0]) * share, start[1] + (goal[1] - start[1]) * share


def _between(p0: Sequence[float], p1: Sequence[float], p2: Sequence[float], p3: Sequence[float], t: float) -> XY:
    x, y = (
        0.5 * (2 * b + (c - a) * t + (2 * a - 5 * b + 4 * c - d) * t**2 + (3 * b - a - 3 * c + d) * t**3)
        for a, b, c, d in zip(p0, p1, p2, p3, strict=False)
    )
    return x, y


def multi(area: BaseGeometry) -> MultiPolygon:
    """Return the polygons of ``area`` as one MultiPolygon, crumbs below a square metre left out."""
    return MultiPolygon([p for p in shapely.get_parts(area) if isinstance(p, Polygon) and p.area >= 1.0])


def millimetres(shape: G) -> G:
    """Return ``shape`` with coordinates rounded to a millimetre, so that what meets, meets exactly."""
    return shapely.transform(shape, lambda xy: xy.round(3))  # type: ignore[no-any-return]


def with_vertices(shape: G, points: Sequence[Point]) -> G:
    """Return ``shape`` with a vertex at each of ``points`` that lies within 2 cm of its outline."""
    for point in points:
        shape = _insert(shape, point)
    return shape


def _insert(shape: G, point: Point) -> G:
    if isinstance(shape, MultiPolygon):
        return MultiPolygon([_insert(p, point) for p in shape.geoms])  # type: ignore[no-any-return]
    if isinstance(shape, Polygon):
        return Polygon(_insert_xy(list(shape.exterior.coords), point), shape.interiors)  # type: ignore[no-any-return]
    return LineString(_insert_xy(list(shape.coords), point))  # type: ignore[no-any-return]


def _insert_xy(coords: list[XY], point: Point) -> list[XY]:
    xy = (point.x, point.y)
    if xy in coords:
        return coords
    gaps = shapely.distance(shapely.linestrings(list(itertools.pairwise(coords))), point)
    at = int(gaps.argmin())
    return [*coords[: at + 1], xy, *coords[at + 1 :]] if gaps[at] <= _ON_LINE_M else coords
