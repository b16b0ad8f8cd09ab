"""Shapes for matplotlib: polygons as paths, hatches as lines, icons as markers.

Hatches are drawn as lines of our own, since matplotlib's take their width from settings that all threads share.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterable
from functools import cache
from typing import Any

import numpy as np
import shapely
from fontTools.pens.recordingPen import RecordingPen  # type: ignore[import-untyped]
from fontTools.svgLib.path import SVGPath  # type: ignore[import-untyped]
from matplotlib.path import Path
from shapely.geometry.base import BaseGeometry

from gridmap import icons, palette

_ANGLES = {"diagonal": (45.0,), "back_diagonal": (135.0,), "horizontal": (0.0,), "cross": (45.0, 135.0)}


def outlines(geometries: Iterable[BaseGeometry]) -> list[Path]:
    """Return one path per polygon or multipolygon, holes included."""
    return [_outline(g) for g in geometries if not g.is_empty]


def _outline(geometry: BaseGeometry) -> Path:
    # Agg fills by winding number: holes must turn the other way.
    turned = shapely.orient_polygons(geometry)
    rings = [ring for part in shapely.get_parts(turned) for ring in (part.exterior, *part.interiors)]
    return Path.make_compound_path(*(Path(shapely.get_coordinates(ring), closed=True) for ring in rings))


def lines(geometries: Iterable[BaseGeometry]) -> list[Any]:
    """Return the coordinates of every line, of multilines each part by itself."""
    parts = shapely.get_parts(list(geometries))
    return [shapely.get_coordinates(part) for part in parts if not part.is_empty]


def hatch_lines(geometry: BaseGeometry, hatch: str, step: float) -> list[Any]:
    """Return the lines of a hatch inside a polygon, ``step`` apart; none for dots."""
    found: list[Any] = []
    west, south, east, north = geometry.bounds
    reach = math.hypot(east - west, north - south) / 2 + step
    for angle in _ANGLES.get(hatch, ()):
        c, s = math.cos(math.radians(angle)), math.sin(math.radians(angle))
        # Offsets are multiples of the step from the origin, so that hatches of neighbours meet.
        x, y = (west + east) / 2, (south + north) / 2
        middle = -x * s + y * c
        offsets = np.arange(math.floor((middle - reach) / step), math.ceil((middle + reach) / step) + 1) * step
        along = x * c + y * s
        ends = np.array([along - reach, along + reach])
        px = ends[None, :] * c - offsets[:, None] * s
        py = ends[None, :] * s + offsets[:, None] * c
        strokes = shapely.linestrings(np.stack([px, py], axis=-1))
        cut = shapely.get_parts(shapely.intersection(strokes, geometry))
        found += [shapely.get_coordinates(part) for part in cut if part.geom_type == "LineString" and not part.is_empty]
    return found


def hatch_dots(geometry: BaseGeometry, step: float) -> Any:
    """Return the points of a dotted hatch inside a polygon, in rows ``step`` apart and shifted by half."""
    west, south, east, north = geometry.bounds
    rows = np.arange(math.floor(south / step), math.ceil(north / step) + 1)
    columns = np.arange(math.floor(west / step), math.ceil(east / step) + 1)
    x = (columns[None, :] + 0.5 * (rows[:, None] % 2)) * step
    y = np.broadcast_to(rows[:, None] * step, x.shape)
    shapely.prepare(geometry)
    inside = shapely.contains_xy(geometry, x, y)
    return np.column_stack([x[inside], y[inside]])


@cache
def icon(key: str) -> Path:
    """Return an icon as a path around 0, from -1 to 1, y upwards; it is to be stroked, not filled."""
    # The invisible square that some icons carry would become visible as a stroke.
    text = re.sub(r'<path stroke="none"[^>]*/>', "", icons.svg(key))
    pen = RecordingPen()
    SVGPath.fromstring(text.encode()).draw(pen)
    vertices: list[tuple[float, float]] = []
    codes: list[int] = []
    for action, points in pen.value:
        if action == "closePath":
            vertices.append((0.0, 0.0))
            codes.append(int(Path.CLOSEPOLY))
        for point in points:
            vertices.append(point)
        codes += {
            "moveTo": [int(Path.MOVETO)],
            "lineTo": [int(Path.LINETO)],
            "curveTo": [int(Path.CURVE4)] * 3,
            "qCurveTo": [int(Path.CURVE3)] * len(points),
        }.get(action, [])
    xy = (np.array(vertices) - 12) / 12 * (1, -1)
    return Path(xy, codes)


def dashes(look: palette.ShapeLook) -> Any:
    """Return the dashes of a look as matplotlib wants them."""
    return (0, tuple(part / 1.6 for part in look.dash)) if look.dash else "solid"
