"""Makes areas that somebody has drawn tile a community: what lies in two of them, or in none, goes to one.

The lines of all areas cut the community into faces. A face in one area alone is that area's. One in several, or in
none, goes to the side that holds most of the building on it, or else to the one with the longest common border.
"""

from __future__ import annotations

from dataclasses import dataclass

import geopandas as gpd
import numpy as np
import shapely
from numpy.typing import NDArray
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from gridmap import schema
from gridmap.analysis import cells
from gridmap.errors import InputError

Faces = NDArray[np.object_]
Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

# Less than this is the rounding of coordinates, not a fault of drawing.
_NEGLIGIBLE_M2 = 1.0
# Corners of lines that nearly meet are one corner.
_GRID_M = 1e-4
# Borders of areas are sampled so densely where a gap between more than two is divided.
_SPACING_M = 2.0
# Who borders on less than this share of a gap's rim only meets its end.
_NOTABLE = 0.1
_COLUMNS = ("kind", "among", "to", "why", "area_m2")


@dataclass(frozen=True, kw_only=True, eq=False)
class Repair:
    """Areas that tile a community, and what was done for it.

    Parameters
    ----------
    areas
        The areas, on the index and in the CRS of those that were drawn.
    pieces
        What was wrong, the largest first: ``kind`` (``overlap``, ``gap``, ``beyond`` the boundary, or ``loose``: cut
        off from its area by the repair), ``among`` whom it lay (labels of areas: those that have it, or of a gap those
        around), ``to`` whom it went (None for what was cut off), ``why`` (``building``, ``border``, ``nearest``,
        ``own``: all the ground there was; ``boundary``), ``area_m2`` and the piece as the geometry. What is below
        1 m² is the rounding of coordinates and not named.
    """

    areas: gpd.GeoDataFrame
    pieces: gpd.GeoDataFrame


def repair(areas: gpd.GeoDataFrame, boundary: shapely.Geometry, buildings: gpd.GeoDataFrame | None = None) -> Repair:
    """Make areas tile a community, each spot in exactly one.

    Parameters
    ----------
    areas
        Polygons in a projected CRS in metres; ``name`` where they have one.
    boundary
        What they are to tile, in the same CRS.
    buildings
        Footprints in the same CRS: no piece is taken from the side that holds the building on it.

    Returns
    -------
    Repair
        Neighbours share their vertices; together the areas are the boundary.

    Raises
    ------
    InputError
        If there is no area or no boundary, or an area lies wholly outside the boundary or under others.
    """
    schema.require(areas, geometry="polygon", what="areas")
    if boundary.is_empty or areas.empty:
        raise InputError("tile_no_boundary")
    shapes = shapely.make_valid(areas.geometry.to_numpy())
    homes = np.empty(0, dtype=object) if buildings is None else buildings.geometry.to_numpy()
    lines = shapely.union_all([*shapely.boundary(shapes), shapely.boundary(boundary)], grid_size=_GRID_M)
    faces, drawn = _faces(lines, shapes, boundary)
    faces, drawn, nearest = _divided(faces, drawn, shapes)
    near = _neighbours(faces)
    owner = np.where(drawn.sum(axis=1) == 1, drawn.argmax(axis=1), -1)
    why = np.full(len(faces), "", dtype=object)
    settled = owner >= 0
    _by_own_ground(faces, drawn, owner, why)
    owner[nearest >= 0], why[nearest >= 0] = nearest[nearest >= 0], "nearest"
    _by_buildings(faces, drawn, owner, why, homes)
    _by_borders(faces, drawn, owner, why, near, shapes)
    loose = _loose(faces, owner, near, homes, shapes)
    kind = np.where(drawn.sum(axis=1) > 1, "overlap", "gap").astype(object)
    kind[loose & settled] = "loose"
    why[loose] = "border"
    found = np.flatnonzero(~settled | loose)
    empty = np.flatnonzero(np.bincount(owner, minlength=len(areas)) == 0)
    if len(empty):
        names = areas["name"] if "name" in areas.columns else areas.index
        raise InputError("grid_no_ground", grid=str(np.asarray(names)[empty[0]]))
    labels = areas.index.to_numpy()
    rows = []
    for at in found[shapely.area(faces[found]) > _NEGLIGIBLE_M2]:
        among = drawn[at] if drawn[at].any() else np.isin(range(len(areas)), owner[near[1][near[0] == at]])
        rows.append((kind[at], tuple(labels[among]), labels[owner[at]], why[at], float(faces[at].area), faces[at]))
    for label, shape in zip(labels, shapely.difference(shapes, boundary), strict=True):
        outside = [part for part in shapely.get_parts(shape) if part.area > _NEGLIGIBLE_M2]
        rows += [("beyond", (label,), None, "boundary", float(part.area), part) for part in outside]
    rows.sort(key=lambda row: -row[4])
    told = {name: [row[at] for row in rows] for at, name in enumerate(_COLUMNS)}
    joined = [_joined(faces[owner == at]) for at in range(len(areas))]
    return Repair(
        areas=gpd.GeoDataFrame(geometry=joined, index=areas.index, crs=areas.crs),
        pieces=gpd.GeoDataFrame(told, geometry=[row[5] for row in rows], crs=areas.crs),
    )


def _faces(lines: shapely.Geometry, shapes: Faces, boundary: shapely.Geometry) -> tuple[Faces, NDArray[np.bool_]]:
    """Return the faces that lines cut the boundary into, and in which of the areas each lies, (faces, areas)."""
    faces = shapely.get_parts(shapely.polygonize([lines]))
    inside = shapely.point_on_surface(faces)
    shapely.prepare(boundary)
    kept = shapely.intersects(boundary, inside)
    faces, inside = faces[kept], inside[kept]
    drawn = np.zeros((len(faces), len(shapes)), dtype=np.bool_)
    area, face = shapely.STRtree(inside).query(shapes, predicate="intersects")
    drawn[face, area] = True
    return faces, drawn


def _divided(faces: Faces, drawn: NDArray[np.bool_], shapes: Faces) -> tuple[Faces, NDArray[np.bool_], Ints]:
    """Divide gaps between more than two areas by the area that is nearest; say which, -1 for all other faces."""
    parts: list[shapely.Geometry] = []
    origin: list[int] = []
    nearest: list[int] = []
    drawing: cells.Borders | None = None
    grown = shapely.buffer(shapes, 10 * _GRID_M)
    for at, face in enumerate(faces):
        gap = not drawn[at].any() and face.area > _NEGLIGIBLE_M2
        rim = shapely.boundary(face)
        along = shapely.length(shapely.intersection(rim, grown)) if gap else np.zeros(0)
        if (along > _NOTABLE * rim.length).sum() <= 2:
            parts.append(face)
            origin.append(at)
            nearest.append(-1)
            continue
        drawing = drawing or cells.borders(shapes, cells.joint_extent(shapes, shapely.union_all(faces)), _SPACING_M)
        cuts = shapely.linestrings(drawing.ends)
        cuts = cuts[shapely.STRtree(cuts).query(face, predicate="intersects")]
        lines = shapely.union_all([*cuts, shapely.boundary(face)], grid_size=_GRID_M)
        pieces = shapely.get_parts(shapely.polygonize([lines]))
        inner = shapely.point_on_surface(pieces)
        mine = shapely.intersects(face, inner)
        owners = drawing.nearest_building(shapely.get_coordinates(inner[mine]))
        for owner in np.unique(owners).tolist():
            joined = shapely.get_parts(shapely.union_all(pieces[mine][owners == owner], grid_size=_GRID_M))
            parts += list(joined)
            origin += [at] * len(joined)
            nearest += [owner] * len(joined)
    if len(parts) == len(faces):
        return faces, drawn, np.array(nearest, dtype=np.int64)
    # A cut ends on a neighbour's edge, which needs the same corner.
    lines = shapely.union_all(shapely.boundary(parts), grid_size=_GRID_M)
    noded = shapely.get_parts(shapely.polygonize([lines]))
    part, face = shapely.STRtree(shapely.point_on_surface(noded)).query(np.array(parts, dtype=object), "intersects")
    of = np.full(len(noded), -1)
    of[face] = part
    noded, of = noded[of >= 0], of[of >= 0]
    return noded, drawn[np.array(origin)[of]], np.array(nearest, dtype=np.int64)[of]


def _neighbours(faces: Faces) -> tuple[Ints, Ints, Floats]:
    """Return pairs of faces, both ways, with the metres of border between them."""
    one, other = shapely.STRtree(faces).query(faces, predicate="intersects")
    apart = one != other
    one, other = one[apart], other[apart]
    length_m = shapely.length(shapely.intersection(faces[one], faces[other]))
    met = length_m > 0
    return one[met], other[met], length_m[met]


def _by_own_ground(faces: Faces, drawn: NDArray[np.bool_], owner: Ints, why: Faces) -> None:
    """Give an area that lies wholly under others the largest face of its own."""
    size = shapely.area(faces)
    for area in np.argsort(drawn.T.astype(float) @ size):
        mine = drawn[:, area] & (owner < 0)
        if (owner == area).any() or not mine.any():
            continue
        owner[mine], why[mine] = area, "own"


def _by_buildings(faces: Faces, drawn: NDArray[np.bool_], owner: Ints, why: Faces, homes: Faces) -> None:
    """Give a face to the side that holds most of the building on it."""
    open_ = np.flatnonzero(owner < 0)
    if not len(homes) or not len(open_):
        return
    face, home = shapely.STRtree(homes).query(faces, predicate="intersects")
    shared = shapely.area(shapely.intersection(faces[face], homes[home]))
    count = drawn.shape[1]
    known = owner[face] >= 0
    held = coo_array((shared[known], (home[known], owner[face[known]])), shape=(len(homes), count)).toarray()
    for at in open_:
        on = (face == at) & (shared > _NEGLIGIBLE_M2)
        allowed = drawn[at] if drawn[at].any() else np.ones(count, dtype=np.bool_)
        votes = np.zeros(count)
        for building, weight in zip(home[on], shared[on], strict=True):
            side = np.where(allowed, held[building], 0.0)
            if side.max() > _NEGLIGIBLE_M2:
                votes[int(side.argmax())] += weight
        if votes.max() > 0:
            owner[at], why[at] = int(votes.argmax()), "building"


def _by_borders(
    faces: Faces,
    drawn: NDArray[np.bool_],
    owner: Ints,
    why: Faces,
    near: tuple[Ints, Ints, Floats],
    shapes: Faces,
) -> None:
    """Give what is left to the side it borders on longest, the longest border of all first."""
    one, other, length_m = near
    while (owner < 0).any():
        met = np.zeros(drawn.shape)
        ready = (owner[one] < 0) & (owner[other] >= 0)
        np.add.at(met, (one[ready], owner[other[ready]]), length_m[ready])
        met[np.logical_and(drawn.any(axis=1, keepdims=True), ~drawn)] = 0.0
        at, area = np.unravel_index(int(met.argmax()), met.shape)
        if met[at, area] > 0:
            owner[at], why[at] = area, "border"
            continue
        lost = np.flatnonzero(owner < 0)[0]
        choice = np.flatnonzero(drawn[lost]) if drawn[lost].any() else np.arange(len(shapes))
        owner[lost] = choice[np.argmin(shapely.distance(shapes[choice], faces[lost]))]
        why[lost] = "nearest"


def _loose(
    faces: Faces, owner: Ints, near: tuple[Ints, Ints, Floats], homes: Faces, shapes: Faces
) -> NDArray[np.bool_]:
    """Give what the repair cut off from its area to a neighbour, unless a building stands there; say which faces."""
    one, other, length_m = near
    same = owner[one] == owner[other]
    n = len(faces)
    _, piece = connected_components(coo_array((np.ones(int(same.sum())), (one[same], other[same])), shape=(n, n)))
    size = np.bincount(piece, weights=shapely.area(faces))
    held = np.zeros(len(size), dtype=np.bool_)
    if len(homes):
        held[piece[shapely.STRtree(faces).query(cells.inner_points(homes), predicate="intersects")[1]]] = True
    moved = np.zeros(n, dtype=np.bool_)
    for area in range(len(shapes)):
        mine = np.unique(piece[owner == area])
        spare = len(mine) - len(shapely.get_parts(shapes[area]))
        for part in mine[np.argsort(size[mine])][: max(spare, 0)]:
            inside = piece == part
            out = inside[one] & ~inside[other]
            if held[part] or not out.any():
                continue
            to = int(np.bincount(owner[other[out]], weights=length_m[out]).argmax())
            owner[inside] = to
            moved |= inside
    return moved


def _joined(faces: Faces) -> shapely.MultiPolygon:
    whole = shapely.coverage_union_all(faces)
    return shapely.MultiPolygon([part for part in shapely.get_parts(whole) if part.geom_type == "Polygon"])
