"""The map of a walk as SVG, for a page without a network: the ground about the route, the route, the numbered stops.

It is drawn in metres east and south of a place in the middle, so that a phone can put its own position on it.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from html import escape

import geopandas as gpd
import numpy as np

from gridmap import palette
from gridmap.reports import svg_ground
from gridmap.reports.content import MapContent

_MARGIN_M = 90.0
_LEAST_M = 220.0


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
    view = svg_ground.View.about(bounds, margin_m=_MARGIN_M, least_m=_LEAST_M)
    x, y = (float(v) for v in view.half)
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="{-x:.0f} {-y:.0f} {2 * x:.0f} {2 * y:.0f}" role="img" '
        f'aria-label="{escape(label)}" font-family="sans-serif">',
        f'<rect x="{-x:.0f}" y="{-y:.0f}" width="{2 * x:.0f}" height="{2 * y:.0f}" fill="{palette.BASE}"/>',
        *svg_ground.ground(view, content.ground),
        *svg_ground.compounds(view, content.compounds),
        *svg_ground.paths(view, content.paths),
        *svg_ground.buildings(view, content.buildings),
        *svg_ground.gates(view, content.gates),
        *svg_ground.names(view, content),
        *_route(view, placed[1]),
        *_stops(view, placed[0]),
        '<g data-here="" visibility="hidden"><circle r="9" fill="#1D4ED8" stroke="#FFFFFF" stroke-width="3"/></g>',
        "</svg>",
    ]
    (lon, lat), (lon_m, lat_m) = view.middle.tolist(), np.abs(view.scale).tolist()
    return Drawing(svg="".join(parts), lon=lon, lat=lat, lon_m=lon_m, lat_m=lat_m, box=view.box)


def _route(view: svg_ground.View, frame: gpd.GeoDataFrame) -> Iterable[str]:
    shown = view.metres(frame)
    if len(shown):
        yield svg_ground.lined(shown.geometry, "#FFFFFF", 6.5, ' stroke-opacity="0.85"')
        yield svg_ground.lined(shown.geometry, palette.ROUTE, 3.0)


def _stops(view: svg_ground.View, frame: gpd.GeoDataFrame) -> Iterable[str]:
    for row in frame.sort_values("seq", ascending=False).itertuples():
        x, y = view.spot(row.geometry)
        yield (
            f'<g data-stop="{int(row.Index)}" transform="translate({x:.1f} {y:.1f})"><circle r="9.5" '
            f'fill="{palette.ROUTE}" stroke="#FFFFFF" stroke-width="2"/><text y="4" font-size="11" font-weight="700" '
            f'text-anchor="middle" fill="#FFFFFF">{int(row.seq)}</text></g>'
        )
