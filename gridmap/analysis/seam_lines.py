"""Borders between areas laid along streets, paths and walls, where one runs between the buildings.

Streets, paths and walls cut the ground into faces. A face on which a building stands belongs to that building's area;
one without goes to the side that makes the border between areas cheapest, a metre along a street costing least.
"""

from __future__ import annotations

from typing import Any

import geopandas as gpd
import numpy as np
import shapely
from numpy.typing import NDArray
from scipy.sparse import coo_array, csr_array
from scipy.sparse.csgraph import connected_components, dijkstra

from gridmap import schema

Geometries = NDArray[np.object_]
Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Flags = NDArray[np.bool_]

# What a metre of border costs where no line runs.
OPEN = 1.0
# An edge this near to a line lies on it: noding moves corners by far less.
_ON_M = 1e-3
# A line stops this far before a wall, and one that ends so near to a border is led on to it.
_CLEARANCE_M, _REACH_M = 0.2, 20.0
# Ground that hangs together by less than this is not in one piece.
_NECK_M = 1.0


def require(lines: gpd.GeoDataFrame, crs: Any) -> gpd.GeoDataFrame:
    """Return lines that borders may follow, in the CRS of what they divide; those without a place are left out.

    Raises
    ------
    InputError
        If the frame has no ``cost``, or is no frame in metres.
    """
    schema.require(lines, "cost", what="lines")
    placed = lines[~(lines.geometry.is_empty | lines.geometry.isna())]
    return placed if placed.crs == crs else placed.to_crs(crs)


def led(lines: Geometries, seams: Geometries, footprints: Geometries) -> tuple[Geometries, Geometries]:
    """Take off lines what runs through buildings, and lead ends that are near a border on to it.

    Parameters
    ----------
    lines
        Streets, paths, walls.
    seams
        Borders half-way between buildings.
    footprints
        Buildings, empty ones among them.

    Returns
    -------
    lines
        As many as before, some of them empty.
    further
        What leads their ends on to borders.
    """
    homes = shapely.STRtree(footprints)
    line, home = homes.query(lines, predicate="dwithin", distance=_CLEARANCE_M)
    drawn = lines.copy()
    for at in np.unique(line):
        cover = shapely.union_all(shapely.buffer(footprints[home[line == at]], _CLEARANCE_M, quad_segs=1))
        drawn[at] = shapely.difference(lines[at], cover)
    parts = shapely.get_parts(drawn)
    parts = parts[shapely.length(parts) > 0]
    if not len(parts) or not len(seams):
        return drawn, np.empty(0, dtype=object)
    ends = shapely.points(np.concatenate([shapely.get_coordinates(shapely.get_point(parts, at)) for at in (0, -1)]))
    lone = np.bincount(shapely.STRtree(parts).query(ends, predicate="dwithin", distance=_ON_M)[0]) == 1
    ends = ends[lone]
    end, seam = shapely.STRtree(seams).query_nearest(ends, max_distance=_REACH_M, all_matches=False)
    further = np.asarray(shapely.shortest_line(ends[end], seams[seam]), dtype=object)
    blocked = np.unique(homes.query(further, predicate="intersects")[0])
    return drawn, np.delete(further, blocked)


def edges(faces: Geometries) -> tuple[Floats, Ints]:
    """Return the edges of faces, each once, and the two faces on its sides.

    Returns
    -------
    edges
        Coordinates of both ends, shape (edges, 4).
    sides
        Positions of the faces, shape (edges, 2); -1 for none.
    """
    rings, of = shapely.get_rings(faces, return_index=True)
    coordinates, ring = shapely.get_coordinates(rings, return_index=True)
    within = ring[1:] == ring[:-1]
    pairs = np.stack([coordinates[:-1][within], coordinates[1:][within]], axis=1)
    turned = (pairs[:, 0, 0] > pairs[:, 1, 0]) | (
        (pairs[:, 0, 0] == pairs[:, 1, 0]) & (pairs[:, 0, 1] > pairs[:, 1, 1])
    )
    pairs[turned] = pairs[turned][:, ::-1]
    unique, where = np.unique(pairs.reshape(len(pairs), 4), axis=0, return_inverse=True)
    order = np.argsort(where, kind="stable")
    owner, where = of[ring[:-1][within]][order], where[order]
    first = np.r_[True, where[1:] != where[:-1]]
    sides = np.full((len(unique), 2), -1, dtype=np.int64)
    sides[where[first], 0] = owner[first]
    sides[where[~first], 1] = owner[~first]
    return unique, sides


def on_lines(drawn: Floats, lines: Geometries) -> tuple[Ints, Ints]:
    """Return which edges lie on which lines: positions of both, a pair for each match."""
    middles = shapely.points((drawn[:, :2] + drawn[:, 2:]) / 2)
    edge, line = shapely.STRtree(lines).query(middles, predicate="dwithin", distance=_ON_M)
    return np.asarray(edge, dtype=np.int64), np.asarray(line, dtype=np.int64)


def settled(faces: Geometries, owner: Ints, start: Ints, held: Flags, lines: Geometries, cost: Floats) -> Ints:
    """Give faces without a building to the side that makes the border between areas cheapest.

    Parameters
    ----------
    faces
        What lines and borders cut the ground into; they share their vertices.
    owner
        Area of the nearest building of each, by number from 0.
    start
        Area that each is in at first: ``owner``, or what somebody has drawn before; that of faces with a building is
        ``owner``.
    held
        Whether a building of that area stands on it: such a face stays.
    lines, cost
        What borders may follow, and what a metre of border along each costs; `OPEN` anywhere else.

    Returns
    -------
    numpy.ndarray
        Area of each face. No area is in more pieces than by ``owner``.
    """
    drawn, sides = edges(faces)
    price = np.full(len(drawn), OPEN)
    edge, line = on_lines(drawn, lines)
    np.minimum.at(price, edge, cost[line])
    between = (sides >= 0).all(axis=1)
    length_m = np.hypot(drawn[:, 2] - drawn[:, 0], drawn[:, 3] - drawn[:, 1])[between]
    one, other = sides[between].T
    border_m, worth = (_symmetric(one, other, each, len(faces)) for each in (length_m, length_m * price[between]))
    found = _cheapest(worth, start, held)
    return _whole(border_m, owner, found, held, shapely.area(faces))


def _symmetric(one: Ints, other: Ints, value: Floats, n: int) -> csr_array:
    both = (np.concatenate([one, other]), np.concatenate([other, one]))
    return coo_array((np.concatenate([value, value]), both), shape=(n, n)).tocsr()


def _cheapest(worth: csr_array, start: Ints, held: Flags) -> Ints:
    """Change one face after the other, the one that saves most first, until none saves anything."""
    n = len(start)
    found = start.copy()
    alike = np.zeros((n, int(start.max()) + 1))
    alike[np.arange(n), found] = 1.0
    met = worth @ alike
    saved = np.where(held, 0.0, met.max(axis=1) - met[np.arange(n), found])
    while (at := int(saved.argmax())) >= 0 and saved[at] > _ON_M:
        before, after = int(found[at]), int(met[at].argmax())
        found[at] = after
        near = worth.indices[worth.indptr[at] : worth.indptr[at + 1]]
        much = worth.data[worth.indptr[at] : worth.indptr[at + 1]]
        met[near, before] -= much
        met[near, after] += much
        for changed in (near, np.array([at])):
            saved[changed] = np.where(held[changed], 0.0, met[changed].max(axis=1) - met[changed, found[changed]])
    return found


def _whole(border_m: csr_array, before: Ints, after: Ints, held: Flags, size: Floats) -> Ints:
    """Take back what cuts an area in more pieces than it was in, by the least ground that joins them again."""
    pairs = border_m.tocoo()
    wide = pairs.data >= _NECK_M
    one, other = pairs.row[wide], pairs.col[wide]
    n, k = len(before), int(before.max()) + 1
    most = _pieces(one, other, before, held, k)[1]
    found, stays = after.copy(), held.copy()
    for _ in range(n):
        piece, count = _pieces(one, other, found, held, k)
        worse = np.flatnonzero(count > most)
        if not len(worse):
            return found
        area = int(worse[0])
        ground = (found == area) | ((before == area) & ~(stays & (found != area)))
        inside = ground[one] & ground[other]
        step = np.where(found[other[inside]] == area, 1e-6, 1.0 + size[other[inside]])
        graph = coo_array((step, (one[inside], other[inside])), shape=(n, n)).tocsr()
        mine = np.unique(piece[held & (found == area)])
        weight = np.bincount(piece, weights=size)
        least = mine[np.argmin(weight[mine])]
        goal = held & (found == area) & (piece != least)
        start = np.flatnonzero(held & (found == area) & (piece == least))
        far, back, _ = dijkstra(graph, indices=start, return_predecessors=True, min_only=True)
        at = int(np.flatnonzero(goal)[np.argmin(far[goal])])
        way = []
        while far[at] > 0 and back[at] >= 0:
            way.append(at)
            at = int(back[at])
        taken = [face for face in way if found[face] != area]
        if not np.isfinite(far[goal]).any() or not taken:
            return before
        found[taken] = area
        stays[taken] = True
    return before


def _pieces(one: Ints, other: Ints, owner: Ints, held: Flags, k: int) -> tuple[Ints, Ints]:
    """Return the piece of each face, and how many pieces with a building each area is in."""
    same = owner[one] == owner[other]
    n = len(owner)
    graph = coo_array((np.ones(int(same.sum())), (one[same], other[same])), shape=(n, n))
    _, piece = connected_components(graph, directed=False)
    lived_in = np.unique(piece[held], return_index=True)[1]
    return piece.astype(np.int64), np.bincount(owner[held][lived_in], minlength=k)
