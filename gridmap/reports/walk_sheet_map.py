"""The map of a walk: the ground about the route, pale enough to write on, and the numbered stops."""

from __future__ import annotations

import dataclasses
from typing import Any

import geopandas as gpd
import numpy as np
import shapely
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle

from gridmap import palette
from gridmap.reports import labels, layers, marks, picture
from gridmap.reports.content import FRAMES, MapContent, metric
from gridmap.reports.sheet import Sheet

_MARGIN_M = 35.0
_LEAST_M = 160.0
"""A walk of one stop still shows so much ground."""
_BAR_PT = 30.0
_NOT_CUT = ("route", "stops", "boundary")


def draw(figure: Figure, box: tuple[float, float, float, float], content: MapContent, *, language: str) -> Axes:
    """Draw the map into a box of a page.

    Parameters
    ----------
    figure
        The page, with an Agg canvas, at 72 dots per inch.
    box
        Left, bottom, width and height in shares of the page.
    content
        ``route`` and ``stops`` decide what ground is shown.
    language
        Language of the words.
    """
    shown = metric(content)
    axes = figure.add_axes(box)
    axes.set_axis_off()
    width, height = (float(side) * share * 72 for side, share in zip(figure.get_size_inches(), box[2:], strict=True))
    west, south, east, north = _extent(shown, width, height)
    axes.set_xlim(west, east)
    axes.set_ylim(south, north)
    shown = _cut(shown, (west, south, east, north))
    axes.add_patch(Rectangle((0, 0), 1, 1, transform=axes.transAxes, fc=palette.BASE, ec="none", zorder=0))
    axes.add_patch(Rectangle((0, 0), 1, 1, transform=axes.transAxes, fc="none", ec="#8F887B", lw=0.9, zorder=50))
    canvas: Any = figure.canvas
    edge = axes.get_window_extent(canvas.get_renderer())
    placer = labels.Placer(canvas, (edge.x0 + 2, edge.y0 + 2, edge.x1 - 2, edge.y1 - 2))
    sheet = Sheet(axes=axes, pt_per_m=width / (east - west), scale=0.8, placer=placer)
    picture.north_arrow(sheet, language)
    picture.scale_bar(sheet, (east - west) / width, language)
    layers.ground(sheet, shown)
    layers.compounds(sheet, shown)
    layers.paths(sheet, shown)
    layers.surroundings(sheet, shown)
    layers.buildings(sheet, shown, ())
    marks.route(sheet, shown)
    marks.symbols(sheet, shown)
    marks.spare(sheet, shown)
    marks.names(sheet, shown)
    return axes


def _extent(content: MapContent, width: float, height: float) -> tuple[float, float, float, float]:
    """Return what ground is shown, in metres: the walk with a margin, and below it room for the bar of the scale."""
    bounds = [frame.total_bounds for frame in (content.stops, content.route) if len(frame)]
    low, high = np.min(bounds, axis=0)[:2] - _MARGIN_M, np.max(bounds, axis=0)[2:] + _MARGIN_M
    middle, (across, up) = (low + high) / 2, np.maximum(high - low, _LEAST_M)
    m_per_pt = max(float(across) / width, float(up) / (height - _BAR_PT))
    x, y = float(middle[0]), float(middle[1]) - _BAR_PT * m_per_pt / 2
    half_x, half_y = m_per_pt * width / 2, m_per_pt * height / 2
    return x - half_x, y - half_y, x + half_x, y + half_y


def _cut(content: MapContent, box: tuple[float, float, float, float]) -> MapContent:
    """Leave out what lies beyond the map, so that names stand where they are seen and the file stays small."""
    cut: dict[str, gpd.GeoDataFrame] = {}
    for name in FRAMES:
        frame: gpd.GeoDataFrame = getattr(content, name)
        if name in _NOT_CUT or not len(frame):
            continue
        near = frame[shapely.intersects(frame.geometry.to_numpy(), shapely.box(*box))]
        if name in ("compounds", "ground"):
            near = near.set_geometry(shapely.make_valid(near.geometry.to_numpy()), crs=frame.crs).clip(box)
            near = near[near.geometry.geom_type.isin(["Polygon", "MultiPolygon"])]
        cut[name] = near
    return dataclasses.replace(content, **cut)
