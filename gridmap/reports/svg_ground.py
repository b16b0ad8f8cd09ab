"""The ground of a map as SVG: water, green, compounds, paths, buildings, gates and their names.

It is drawn in metres east and south of a place in the middle.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from html import escape
from typing import Any

import geopandas as gpd
import numpy as np
import shapely
from numpy.typing import NDArray

from gridmap import palette
from gridmap.model import BuildingUse, GroundKind, PathKind
from gridmap.reports.content import MapContent

# Metres of a degree of latitude and, at the equator, of longitude (WGS 84, at 45 degrees: within 0.5 % anywhere).
_LAT_M, _LON_M = 111_132.0, 111_320.0
_WAYS_M = {PathKind.STREET: 10.0, PathKind.INNER_ROAD: 5.0, PathKind.FOOTPATH: 1.4, PathKind.STAIRS: 1.4}
_CASED = (PathKind.STREET, PathKind.INNER_ROAD)


@dataclass(frozen=True)
class View:
    """What a map shows: its middle (lon, lat), metres to a degree of each there, half its width and height in metres.

    The second of ``scale`` is negative, since y grows southwards.
    """

    middle: NDArray[np.float64]
    scale: NDArray[np.float64]
    half: NDArray[np.float64]

    @classmethod
    def about(cls, bounds: Sequence[NDArray[np.float64]], *, margin_m: float, least_m: float = 0.0) -> View:
        """Return what shows all that lies within ``bounds`` (west, south, east, north in WGS 84), with a margin."""
        low, high = np.min(bounds, axis=0)[:2], np.max(bounds, axis=0)[2:]
        middle = (low + high) / 2
        scale = np.array([_LON_M * math.cos(math.radians(middle[1])), -_LAT_M])
        half = np.maximum((high - low) * np.abs(scale) / 2 + margin_m, least_m / 2)
        return cls(middle=middle, scale=scale, half=half)

    @property
    def box(self) -> tuple[float, float, float, float]:
        """Left, top, width and height, in metres."""
        x, y = (float(v) for v in self.half)
        return -x, -y, 2 * x, 2 * y

    def metres(self, frame: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
        """Return the rows that are within the map, cut at its edge, in metres about its middle."""
        if not len(frame):
            return frame
        moved = shapely.transform(frame.geometry.to_numpy(), lambda xy: (xy - self.middle) * self.scale)
        cut = shapely.clip_by_rect(moved, *(-self.half), *self.half)
        there = ~(shapely.is_empty(cut) | shapely.is_missing(cut))
        kept = frame[there].assign(**{frame.geometry.name: cut[there]})
        return gpd.GeoDataFrame(kept, geometry=frame.geometry.name)

    def spot(self, point: shapely.Point) -> tuple[float, float]:
        """Return where a place is, in metres east and south of the middle."""
        x, y = (np.array([point.x, point.y]) - self.middle) * self.scale
        return float(x), float(y)


def path(geometry: shapely.Geometry) -> str:
    """Return the path of a line or a polygon, to 0.1 m."""
    rings: list[Any] = []
    for part in shapely.get_parts(geometry):
        rings += [part.exterior, *part.interiors] if part.geom_type == "Polygon" else [part]
    return "".join(_ring(ring) for ring in rings if ring.geom_type in ("LineString", "LinearRing"))


def _ring(ring: Any) -> str:
    corners = " ".join(f"{x:.1f},{y:.1f}" for x, y in shapely.get_coordinates(ring))
    return f"M{corners}{'Z' if ring.is_ring else ''}"


def filled(shapes: Iterable[shapely.Geometry], look: palette.Look, width: float) -> str:
    """Fill shapes with a colour and draw their edges, in one path; nothing where there is none."""
    drawn = "".join(path(shape) for shape in shapes)
    return f'<path d="{drawn}" fill="{look.fill}" stroke="{look.edge}" stroke-width="{width}"/>' if drawn else ""


def lined(shapes: Iterable[shapely.Geometry], colour: str, width: float, more: str = "") -> str:
    """Draw lines in one path; nothing where there is none."""
    drawn = "".join(path(shape) for shape in shapes)
    if not drawn:
        return ""
    return f'<path d="{drawn}" fill="none" stroke="{colour}" stroke-width="{width}" stroke-linejoin="round"{more}/>'


def ground(view: View, frame: gpd.GeoDataFrame) -> Iterable[str]:
    """Draw water, green and squares."""
    shown = view.metres(frame)
    for kind, rows in shown.groupby("kind") if len(shown) else ():
        yield filled(rows.geometry, palette.GROUND[GroundKind(str(kind))], 0.5)


def compounds(view: View, frame: gpd.GeoDataFrame) -> Iterable[str]:
    """Draw the compounds."""
    shown = view.metres(frame)
    if len(shown):
        yield filled(shown.geometry, palette.Look(fill="#FBFAF7", edge=palette.WALL), 1.2)


def paths(view: View, frame: gpd.GeoDataFrame) -> Iterable[str]:
    """Draw streets and paths."""
    shown = view.metres(frame)
    by_kind = {PathKind(str(kind)): rows.geometry for kind, rows in shown.groupby("kind")} if len(shown) else {}
    for kind in _CASED:
        yield lined(by_kind.get(kind, ()), palette.PATHS[kind].edge, _WAYS_M[kind] + 1.6)
    for kind in reversed(PathKind):
        more = "" if kind in _CASED else ' stroke-dasharray="4 2.5"'
        yield lined(by_kind.get(kind, ()), palette.PATHS[kind].fill, _WAYS_M[kind], more)


def buildings(view: View, frame: gpd.GeoDataFrame) -> Iterable[str]:
    """Draw the buildings by their use."""
    shown = view.metres(frame)
    for use, rows in shown.groupby("use") if len(shown) else ():
        yield filled(rows.geometry, palette.BUILDINGS[BuildingUse(str(use))], 0.7)


def gates(view: View, frame: gpd.GeoDataFrame) -> Iterable[str]:
    """Draw the gates."""
    shown = view.metres(frame)
    for point in shown.geometry if len(shown) else ():
        yield (
            f'<rect x="{point.x - 2:.1f}" y="{point.y - 2:.1f}" width="4" height="4" fill="#FFFFFF" '
            f'stroke="{palette.WALL}"/>'
        )


def names(view: View, content: MapContent) -> Iterable[str]:
    """Write the numbers of buildings and the names of compounds."""
    for frame, column, size, colour in (
        (content.buildings, "number", 7.0, palette.INK),
        (content.compounds, "name", 11.0, palette.WALL),
    ):
        shown = view.metres(frame)
        for words, shape in zip(shown[column], shown.geometry, strict=True) if len(shown) else ():
            at = shape.representative_point()
            yield (
                f'<text x="{at.x:.1f}" y="{at.y + size / 3:.1f}" font-size="{size:g}" text-anchor="middle" '
                f'fill="{colour}" stroke="#FFFFFF" stroke-width="{size / 5:.1f}" paint-order="stroke">'
                f"{escape(str(words).removesuffix('号楼'))}</text>"
            )
