"""The ground that is nearest to each building: borders between neighbours, and who is a neighbour of whom.

The walls are sampled, the samples' Voronoi diagram is drawn, and only its edges between different buildings are kept.
That is the tessellation of the footprints as closely as the samples lie, and it stands overlaps and touching walls.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import shapely
from numpy.typing import NDArray
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components
from scipy.spatial import Voronoi, cKDTree
from shapely.geometry.base import BaseGeometry

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Footprints = NDArray[np.object_]

# Walls are drawn in by this much before they are sampled, so that two that touch do not share samples.
INSET_M = 0.3
# Two buildings whose ground meets along less than this are not neighbours: the passage would be a mere neck.
SHORTEST_BORDER_M = 2.0


@dataclass(frozen=True)
class Borders:
    """Edges of the diagram between different buildings.

    Parameters
    ----------
    ends
        Coordinates of both ends of each edge, shape (edges, 2, 2), in metres.
    owners
        Positions of the two buildings each edge lies between, shape (edges, 2).
    samples
        Coordinates of the samples.
    owner
        Position of the building each sample belongs to.
    """

    ends: Floats
    owners: Ints
    samples: Floats
    owner: Ints

    def nearest_building(self, places: Floats) -> Ints:
        """Return the position of the building whose sample is nearest to each place."""
        _, nearest = cKDTree(self.samples).query(places)
        return np.asarray(self.owner[nearest], dtype=np.int64)


@dataclass(frozen=True)
class Neighbours:
    """Pairs of neighbouring units, each once, with the metres of ground border between them (0 for a mere link)."""

    one: Ints
    other: Ints
    border_m: Floats


def inner_points(footprints: Footprints) -> Footprints:
    """Return for each footprint a point inside it that always comes out the same."""
    return np.asarray(shapely.point_on_surface(footprints))


def apart(footprints: Footprints) -> tuple[Footprints, Ints]:
    """Take overlaps off the larger footprint, and say which buildings cannot be told apart on the ground.

    Returns
    -------
    footprints
        Without overlaps; of two that lie on one another one is empty.
    unit
        Number of the unit of each building. Buildings share a unit if the inner point of one lies in the other, as
        with a footprint that is there twice, or a tower in the middle of its podium.
    """
    n = len(footprints)
    tree = shapely.STRtree(footprints)
    i, j = tree.query(footprints, predicate="intersects")
    i, j = i[i < j], j[i < j]
    shared_m2 = shapely.area(shapely.intersection(footprints[i], footprints[j]))
    i, j = i[shared_m2 > 1e-6], j[shared_m2 > 1e-6]
    area = shapely.area(footprints)
    larger, smaller = np.where(area[j] >= area[i], j, i), np.where(area[j] >= area[i], i, j)
    reduced = footprints.copy()
    for position in np.unique(larger):
        cover = shapely.union_all(footprints[smaller[larger == position]])
        reduced[position] = shapely.difference(footprints[position], cover)
    point = inner_points(footprints)
    one = shapely.covers(footprints[i], point[j]) | shapely.covers(footprints[j], point[i])
    one |= shapely.area(reduced[larger]) < 1.0
    graph = coo_array((np.ones(int(one.sum())), (i[one], j[one])), shape=(n, n))
    _, unit = connected_components(graph, directed=False)
    return reduced, unit.astype(np.int64)


def borders(footprints: Footprints, extent: tuple[float, float, float, float], spacing_m: float | Floats) -> Borders:
    """Draw the borders between the ground of buildings.

    Parameters
    ----------
    footprints
        Polygons that do not overlap (`apart`), in metres; empty ones get no ground.
    extent
        Box (west, south, east, north) within which the borders must be complete.
    spacing_m
        Largest distance between samples of a wall: one value, or one for each building.
    """
    walls = shapely.buffer(footprints, -INSET_M, join_style="mitre")
    walls = np.where(shapely.is_empty(walls), footprints, walls)
    samples, owner = shapely.get_coordinates(shapely.segmentize(walls, spacing_m), return_index=True)
    _, first = np.unique(np.round(samples, 3), axis=0, return_index=True)
    first.sort()
    samples, owner = samples[first], owner[first].astype(np.int64)
    west, south, east, north = extent
    middle = np.array([(west + east) / 2, (south + north) / 2])
    # Far samples of nobody close every cell of the diagram well outside the extent.
    angle = np.linspace(0, 2 * np.pi, 24, endpoint=False)
    far = 10 * max(east - west, north - south, 1.0) * np.column_stack([np.cos(angle), np.sin(angle)])
    diagram = Voronoi(np.vstack([samples - middle, far]))
    owned = np.append(owner, np.full(len(far), -1))[diagram.ridge_points]
    corner = np.asarray(diagram.ridge_vertices)
    kept = (owned[:, 0] != owned[:, 1]) & (owned >= 0).all(axis=1) & (corner >= 0).all(axis=1)
    ends = diagram.vertices[corner[kept]] + middle
    return Borders(ends=ends, owners=owned[kept], samples=samples, owner=owner)


def neighbours(footprints: Footprints, unit: Ints, places: Floats, boundary: BaseGeometry) -> Neighbours:
    """Find which units have ground next to one another inside the boundary; all hang together in the end.

    Parameters
    ----------
    footprints
        Polygons that do not overlap, in metres.
    unit
        Number of the unit of each building, from `apart`.
    places
        Coordinates of each unit.
    boundary
        Area whose ground counts. Units that it keeps apart are linked to the nearest by a border of 0 m.
    """
    n = len(places)
    if n < 2:
        empty = np.empty(0, dtype=np.int64)
        return Neighbours(one=empty, other=empty, border_m=np.empty(0))
    spacing_m = 3.0 if len(footprints) <= 4000 else 8.0
    drawn = borders(footprints, joint_extent(footprints, boundary), spacing_m)
    lines = shapely.linestrings(drawn.ends)
    shapely.prepare(boundary)
    inside = shapely.contains_properly(boundary, lines)
    lengths = np.where(inside, shapely.length(lines), 0.0)
    crossing = np.flatnonzero(~inside & shapely.intersects(boundary, lines))
    lengths[crossing] = shapely.length(shapely.intersection(lines[crossing], boundary))
    pairs = np.sort(unit[drawn.owners], axis=1)
    keys, where = np.unique(pairs[:, 0] * n + pairs[:, 1], return_inverse=True)
    border_m = np.bincount(where, weights=lengths, minlength=len(keys))
    one, other = keys // n, keys % n
    real = (one != other) & (border_m >= SHORTEST_BORDER_M)
    weak = (one != other) & ~real
    length_m = np.hypot(*(places[one] - places[other]).T)
    found = Neighbours(one=one[real], other=other[real], border_m=border_m[real])
    return _linked(found, one[weak], other[weak], length_m[weak], places)


def joint_extent(footprints: Footprints, boundary: BaseGeometry) -> tuple[float, float, float, float]:
    """Return the box (west, south, east, north) that holds all footprints and the boundary."""
    boxes = np.vstack([shapely.total_bounds(footprints), shapely.bounds(boundary)])
    west, south = np.nanmin(boxes[:, :2], axis=0)
    east, north = np.nanmax(boxes[:, 2:], axis=0)
    return float(west), float(south), float(east), float(north)


def _linked(found: Neighbours, one: Ints, other: Ints, length_m: Floats, places: Floats) -> Neighbours:
    """Join what does not hang together: first by the candidates given, the shortest first, then by the nearest."""
    n = len(places)
    graph = coo_array((np.ones(len(found.one)), (found.one, found.other)), shape=(n, n))
    pieces, piece = connected_components(graph, directed=False)
    links: list[tuple[int, int]] = []

    def join(a: int, b: int) -> None:
        nonlocal piece, pieces
        links.append((a, b))
        piece = np.where(piece == piece[b], piece[a], piece)
        pieces -= 1

    for at in np.argsort(length_m, kind="stable"):
        if piece[one[at]] != piece[other[at]]:
            join(int(one[at]), int(other[at]))
    while pieces > 1:
        here = np.flatnonzero(piece == piece[0])
        away = np.flatnonzero(piece != piece[0])
        distance_m, nearest = cKDTree(places[here]).query(places[away])
        at = int(np.argmin(distance_m))
        join(int(here[nearest[at]]), int(away[at]))
    if not links:
        return found
    more = np.array(links, dtype=np.int64)
    return Neighbours(
        one=np.concatenate([found.one, more[:, 0]]),
        other=np.concatenate([found.other, more[:, 1]]),
        border_m=np.concatenate([found.border_m, np.zeros(len(more))]),
    )
