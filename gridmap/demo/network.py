"""Lines that meet in common vertices, and the shortest way along them."""

from __future__ import annotations

import itertools
import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import shapely
from numpy.typing import NDArray
from scipy.sparse import csr_matrix
from scipy.sparse.csgraph import dijkstra
from shapely import LineString, Point

from gridmap.demo import shapes

XY = tuple[float, float]

#: A line's end this near to another line was meant to touch it.
SNAP_M = 0.75


def join(lines: Sequence[LineString]) -> list[LineString]:
    """Return ``lines`` with a common vertex, to the millimetre, wherever two of them meet or cross.

    A free end within `SNAP_M` of another line is drawn to it first.
    """
    joined = [shapes.millimetres(line) for line in lines]
    for i, line in enumerate(joined):
        joined[i] = _drawn_to(line, [other for j, other in enumerate(joined) if j != i])
    tree = shapely.STRtree(joined)
    meetings: dict[int, list[Point]] = {}
    for i, line in enumerate(joined):
        for j in map(int, tree.query(line, predicate="dwithin", distance=0.01)):
            if j <= i:
                continue
            for point in _meetings(line, joined[j]):
                meetings.setdefault(i, []).append(point)
                meetings.setdefault(j, []).append(point)
    return [shapes.with_vertices(line, meetings.get(i, [])) for i, line in enumerate(joined)]


def _drawn_to(line: LineString, others: Sequence[LineString]) -> LineString:
    coords = list(line.coords)
    for end in (0, -1):
        point = Point(coords[end])
        near = min(others, key=lambda other: shapely.distance(other, point))
        if shapely.distance(near, point) <= SNAP_M:
            foot = shapes.millimetres(near.interpolate(near.project(point)))
            coords[end] = (foot.x, foot.y)
    return LineString(coords)


def _meetings(one: LineString, other: LineString) -> list[Point]:
    crossed = shapely.get_parts(shapely.intersection(one, other))
    points = [shapes.millimetres(part) for part in crossed if isinstance(part, Point)]
    for a, b in ((one, other), (other, one)):
        for end in (a.coords[0], a.coords[-1]):
            if shapely.distance(b, Point(end)) <= 0.01:
                points.append(Point(end))
    kept: list[Point] = []
    for point in sorted(points, key=lambda p: (p.x, p.y)):
        if all(shapely.distance(point, k) > 0.02 for k in kept):
            kept.append(point)
    return kept


@dataclass(frozen=True)
class Ways:
    """The walkable lines as a graph of their vertices.

    Parameters
    ----------
    places
        The vertices.
    lengths_m
        Sparse square matrix of the metres between vertices that are joined directly.
    """

    places: tuple[XY, ...]
    lengths_m: csr_matrix

    def distances(self, starts: Sequence[int]) -> tuple[NDArray[np.float64], NDArray[np.int32]]:
        """Return metres from each of ``starts`` to each vertex, and the vertex before it (negative at the start)."""
        metres, before = dijkstra(self.lengths_m, directed=False, indices=list(starts), return_predecessors=True)
        return metres, before

    @staticmethod
    def way(before: NDArray[np.int32], end: int) -> list[int]:
        """Return the vertices of the shortest way to ``end``, from what `distances` said of each vertex before."""
        way = [end]
        while before[way[-1]] >= 0:
            way.append(int(before[way[-1]]))
        return way[::-1]


def ways(lines: Sequence[LineString], step_m: float = 12.0) -> Ways:
    """Return the graph of ``lines`` as `join` gives them; long segments get vertices every ``step_m``."""
    number: dict[XY, int] = {}
    lengths: dict[tuple[int, int], float] = {}
    for line in lines:
        for a, b in itertools.pairwise(_filled(list(line.coords), step_m)):
            i, j = number.setdefault(a, len(number)), number.setdefault(b, len(number))
            lengths[min(i, j), max(i, j)] = math.dist(a, b)
    rows, columns = zip(*lengths, strict=True)
    graph = csr_matrix((list(lengths.values()), (rows, columns)), shape=(len(number), len(number)))
    return Ways(tuple(number), graph)


def _filled(coords: list[XY], step_m: float) -> list[XY]:
    filled = [coords[0]]
    for a, b in itertools.pairwise(coords):
        pieces = max(1, math.ceil(math.dist(a, b) / step_m))
        filled += [
            (round(a[0] + (b[0] - a[0]) * k / pieces, 3), round(a[1] + (b[1] - a[1]) * k / pieces, 3))
            for k in range(1, pieces)
        ]
        filled.append(b)
    return filled
