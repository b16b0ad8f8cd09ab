"""The map of a walk as SVG, for a page without a network: the ground about the route, the route, the numbered stops.

It is drawn in metres east and south of a place in the middle, so that a phone can put its own position on it.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass
from html import escape
from typing import Any

import geopandas as gpd
import numpy as np
import shapely

from gridmap import palette
from gridmap.model import BuildingUse, GroundKind, PathKind
from gridmap.reports.content import MapContent

# Metres of a degree of latitude and, at the equator, of longitude (WGS 84, at 45 degrees: within 0.5 % anywhere).
_LAT_M, _LON_M = 111_132.0, 111_320.0
_MARGIN_M = 90.0
_LEAST_M = 220.0
_WAYS_M = {PathKind.STREET: 10.0, PathKind.INNER_ROAD: 5.0, PathKind.FOOTPATH: 1.4, PathKind.STAIRS: 1.4}
_CASED = (PathKind.STREET, PathKind.INNER_ROAD)


@dataclass(frozen=True, kw_only=True)
class Drawing:
    """A map as SVG.

    Parameters
    ----------
    svg
        The element; each stop is a group with ``data-stop``, its id.
    lon, lat
        The place of x = 0, y = 0 in WGS 84.
    lon_m, lat_m
        Metres a degree of longitude and of latitude takes there; y grows southwards.
    box
        Left, top, width and height of all that is drawn, in metres.
    """

    svg: str
    lon: float
    lat: float
    lon_m: float
    lat_m: float
    box: tuple[float, float, float, float]


def draw(content: MapContent, *, label: str) -> Drawing | None:
    """Draw a walk; None where neither a stop nor the route has a place.

    Parameters
    ----------
    content
        Frames in WGS 84; ``stops`` are indexed by id.
    label
        What the map is called, for those who do not see it.
    """
    placed = [frame[~frame.geometry.is_empty] for frame in (content.stops, content.route)]
    bounds = [frame.total_bounds for frame in placed if len(frame)]
    if not bounds:
        return None
    low, high = np.min(bounds, axis=0)[:2], np.max(bounds, axis=0)[2:]
    lon, lat = (float(v) for v in (low + high) / 2)
    scale = np.array([_LON_M * math.cos(math.radians(lat)), -_LAT_M])
    half = np.maximum((high - low) * np.abs(scale) / 2 + _MARGIN_M, _LEAST_M / 2)
    view = _View(middle=np.array([lon, lat]), scale=scale, half=half)
    x, y = (float(v) for v in half)
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="{-x:.0f} {-y:.0f} {2 * x:.0f} {2 * y:.0f}" role="img" '
        f'aria-label="{escape(label)}" font-family="sans-serif">',
        f'<rect x="{-x:.0f}" y="{-y:.0f}" width="{2 * x:.0f}" height="{2 * y:.0f}" fill="{palette.BASE}"/>',
        *_ground(view, content.ground),
        *_compounds(view, content.compounds),
        *_paths(view, content.paths),
        *_buildings(view, content.buildings),
        *_gates(view, content.gates),
        *_names(view, content),
        *_route(view, placed[1]),
        *_stops(view, placed[0]),
        '<g data-here="" visibility="hidden"><circle r="9" fill="#1D4ED8" stroke="#FFFFFF" stroke-width="3"/></g>',
        "</svg>",
    ]
    return Drawing(
        svg="".join(parts), lon=lon, lat=lat, lon_m=float(scale[0]), lat_m=_LAT_M, box=(-x, -y, 2 * x, 2 * y)
    )


@dataclass(frozen=True)
class _View:
    middle: Any
    scale: Any
    half: Any

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
        x, y = (np.array([point.x, point.y]) - self.middle) * self.scale
        return float(x), float(y)


def _d(geometry: shapely.Geometry) -> str:
    """Return the path of a line or a polygon, to 0.1 m."""
    rings: list[Any] = []
    for part in shapely.get_parts(geometry):
        rings += [part.exterior, *part.interiors] if part.geom_type == "Polygon" else [part]
    return "".join(_ring(ring) for ring in rings if ring.geom_type in ("LineString", "LinearRing"))


def _ring(ring: Any) -> str:
    corners = " ".join(f"{x:.1f},{y:.1f}" for x, y in shapely.get_coordinates(ring))
    return f"M{corners}{'Z' if ring.is_ring else ''}"


def _filled(shapes: Iterable[shapely.Geometry], look: palette.Look, width: float) -> str:
    paths = "".join(_d(shape) for shape in shapes)
    return f'<path d="{paths}" fill="{look.fill}" stroke="{look.edge}" stroke-width="{width}"/>' if paths else ""


def _lined(shapes: Iterable[shapely.Geometry], colour: str, width: float, more: str = "") -> str:
    paths = "".join(_d(shape) for shape in shapes)
    if not paths:
        return ""
    return f'<path d="{paths}" fill="none" stroke="{colour}" stroke-width="{width}" stroke-linejoin="round"{more}/>'


def _ground(view: _View, frame: gpd.GeoDataFrame) -> Iterable[str]:
    shown = view.metres(frame)
    for kind, rows in shown.groupby("kind") if len(shown) else ():
        yield _filled(rows.geometry, palette.GROUND[GroundKind(str(kind))], 0.5)


def _compounds(view: _View, frame: gpd.GeoDataFrame) -> Iterable[str]:
    shown = view.metres(frame)
    if len(shown):
        yield _filled(shown.geometry, palette.Look(fill="#FBFAF7", edge=palette.WALL), 1.2)


def _paths(view: _View, frame: gpd.GeoDataFrame) -> Iterable[str]:
    shown = view.metres(frame)
    by_kind = {PathKind(str(kind)): rows.geometry for kind, rows in shown.groupby("kind")} if len(shown) else {}
    for kind in _CASED:
        yield _lined(by_kind.get(kind, ()), palette.PATHS[kind].edge, _WAYS_M[kind] + 1.6)
    for kind in reversed(PathKind):
        more = "" if kind in _CASED else ' stroke-dasharray="4 2.5"'
        yield _lined(by_kind.get(kind, ()), palette.PATHS[kind].fill, _WAYS_M[kind], more)


def _buildings(view: _View, frame: gpd.GeoDataFrame) -> Iterable[str]:
    shown = view.metres(frame)
    for use, rows in shown.groupby("use") if len(shown) else ():
        yield _filled(rows.geometry, palette.BUILDINGS[BuildingUse(str(use))], 0.7)


def _gates(view: _View, frame: gpd.GeoDataFrame) -> Iterable[str]:
    shown = view.metres(frame)
    for point in shown.geometry if len(shown) else ():
        yield (
            f'<rect x="{point.x - 2:.1f}" y="{point.y - 2:.1f}" width="4" height="4" fill="#FFFFFF" '
            f'stroke="{palette.WALL}"/>'
        )


def _names(view: _View, content: MapContent) -> Iterable[str]:
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


def _route(view: _View, frame: gpd.GeoDataFrame) -> Iterable[str]:
    shown = view.metres(frame)
    if len(shown):
        yield _lined(shown.geometry, "#FFFFFF", 6.5, ' stroke-opacity="0.85"')
        yield _lined(shown.geometry, palette.ROUTE, 3.0)


def _stops(view: _View, frame: gpd.GeoDataFrame) -> Iterable[str]:
    for row in frame.sort_values("seq", ascending=False).itertuples():
        x, y = view.spot(row.geometry)
        yield (
            f'<g data-stop="{int(row.Index)}" transform="translate({x:.1f} {y:.1f})"><circle r="9.5" '
            f'fill="{palette.ROUTE}" stroke="#FFFFFF" stroke-width="2"/><text y="4" font-size="11" font-weight="700" '
            f'text-anchor="middle" fill="#FFFFFF">{int(row.seq)}</text></g>'
        )
