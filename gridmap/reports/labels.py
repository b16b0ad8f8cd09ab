"""Where words and icons go, so that none lies on another."""

from __future__ import annotations

from typing import Any

import geopandas as gpd
import numpy as np
import shapely
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.text import Text
from shapely.geometry.base import BaseGeometry

Box = tuple[float, float, float, float]


class Placer:
    """Keeps the boxes that are taken, in pixels of the figure."""

    def __init__(self, canvas: FigureCanvasAgg, inside: Box) -> None:
        self._renderer: Any = canvas.get_renderer()  # type: ignore[no-untyped-call]
        self._inside = inside
        self._taken: list[Box] = []
        self._avoided: Any = np.empty((0, 4))

    def take(self, box: Box) -> None:
        """Mark a box as taken."""
        self._taken.append(box)

    def avoid(self, boxes: Any) -> None:
        """Mark boxes, one a row, that are better left bare but may be written on."""
        self._avoided = np.vstack([self._avoided, boxes])

    def covered(self, box: Box) -> float:
        """Return how much of what is better left bare a box would cover, in square pixels."""
        x0, y0, x1, y1 = box
        wide = np.minimum(self._avoided[:, 2], x1) - np.maximum(self._avoided[:, 0], x0)
        high = np.minimum(self._avoided[:, 3], y1) - np.maximum(self._avoided[:, 1], y0)
        return float((np.clip(wide, 0, None) * np.clip(high, 0, None)).sum())

    def best(self, boxes: list[Box]) -> int | None:
        """Return which box is free and covers least, the earlier one of equals; None if none is free."""
        costs = [(self.covered(box), k) for k, box in enumerate(boxes) if self.is_free(box)]
        return min(costs)[1] if costs else None

    def is_free(self, box: Box) -> bool:
        """Whether a box lies inside the map and on nothing that is taken."""
        x0, y0, x1, y1 = box
        left, bottom, right, top = self._inside
        if x0 < left or y0 < bottom or x1 > right or y1 > top:
            return False
        return all(x1 <= a or x0 >= c or y1 <= b or y0 >= d for a, b, c, d in self._taken)

    def keep(self, text: Text, margin: float = 1.0) -> bool:
        """Keep a text where it stands if there is room, else remove it; say which."""
        box = self.box(text, margin)
        if self.is_free(box):
            self.take(box)
            return True
        text.remove()
        return False

    def box(self, text: Text, margin: float = 0.0) -> Box:
        """Return the box of a text in pixels."""
        e = text.get_window_extent(self._renderer)
        return float(e.x0) - margin, float(e.y0) - margin, float(e.x1) + margin, float(e.y1) + margin


def spread(places: Any, radii: Any, rounds: int = 60) -> Any:
    """Push discs in pixels apart until none lies on another; the order is kept.

    Parameters
    ----------
    places
        Centres, one a row.
    radii
        Radius of each disc, or one for all.
    rounds
        How often to push at most.
    """
    xy = np.array(places, dtype=float)
    if len(xy) < 2:
        return xy
    radius = np.broadcast_to(np.asarray(radii, dtype=float), len(xy))
    apart = radius[:, None] + radius[None, :]
    # Discs on the same spot need a direction to go: each its own, always the same.
    turn = np.arange(len(xy)) * 2.399963
    xy += 0.01 * np.column_stack([np.cos(turn), np.sin(turn)])
    for _ in range(rounds):
        gap = xy[:, None, :] - xy[None, :, :]
        distance = np.hypot(gap[..., 0], gap[..., 1])
        np.fill_diagonal(distance, np.inf)
        if (distance - apart).min() >= -0.5:
            break
        push = np.clip(apart - distance, 0, None) / 2
        xy += (gap / distance[..., None] * push[..., None]).sum(axis=1) * 0.6
    return xy


def inside_points(geometry: BaseGeometry, step: float) -> Any:
    """Return candidate places for a label inside a polygon, in rows ``step`` apart, far from its edge first."""
    west, south, east, north = geometry.bounds
    x, y = np.meshgrid(np.arange(west + step / 2, east, step), np.arange(south + step / 2, north, step))
    candidates = shapely.points(x.ravel(), y.ravel())
    shapely.prepare(geometry)
    candidates = candidates[shapely.contains(geometry, candidates)]
    if not len(candidates):
        candidates = np.array([shapely.point_on_surface(geometry)])
    edge = shapely.distance(candidates, geometry.boundary)
    return shapely.get_coordinates(candidates[np.argsort(-edge, kind="stable")])


def longest_straight(frame: gpd.GeoDataFrame) -> dict[str, tuple[float, float, float, float]]:
    """Return for each name of a street its longest straight stretch: middle x, y, length, angle in degrees."""
    found: dict[str, tuple[float, float, float, float]] = {}
    for name, group in frame[frame["name"].fillna("") != ""].groupby("name", sort=True):
        merged = shapely.line_merge(shapely.union_all(group.geometry.to_numpy()))
        for part in shapely.get_parts(merged):
            xy = shapely.get_coordinates(shapely.simplify(part, 3.0))
            ends = np.diff(xy, axis=0)
            lengths = np.hypot(ends[:, 0], ends[:, 1])
            k = int(lengths.argmax())
            if lengths[k] > found.get(str(name), (0, 0, 0, 0))[2]:
                angle = float(np.degrees(np.arctan2(ends[k, 1], ends[k, 0])))
                angle = (angle + 90) % 180 - 90
                x, y = (xy[k] + xy[k + 1]) / 2
                found[str(name)] = (float(x), float(y), float(lengths[k]), angle)
    return found
