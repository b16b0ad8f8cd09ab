"""Straightening the borders between areas that tile the ground, without moving a building across."""

from __future__ import annotations

import itertools

import numpy as np
import shapely
from numpy.typing import NDArray
from shapely import LineString
from shapely.geometry.base import BaseGeometry

from gridmap.analysis import seam_lines

Geometries = NDArray[np.object_]
Ints = NDArray[np.int64]

# How far a border may move, tried one after the other until no building is in the way.
_TOLERANCES_M = (40.0, 28.0, 20.0, 14.0, 10.0, 7.0, 5.0, 3.5, 2.5, 1.5, 0.75)
# A border may come this near to a wall, and run through a footprint where it already did.
_CLEARANCE_M = 0.2


def smoothed(
    faces: Geometries, owner: Ints, footprints: Geometries, points: Geometries, kept: Geometries
) -> tuple[Geometries, Ints]:
    """Straighten the inner borders of areas.

    Parameters
    ----------
    faces
        Polygons that share their vertices with their neighbours.
    owner
        Label of each of them.
    footprints, points
        Buildings that must stay on their side of each border, and a point inside each.
    kept
        Lines along which borders are left as they are.

    Returns
    -------
    faces, owner
        As many faces with the same outer boundary, vertex for vertex; the very same faces where nothing can be gained.
    """
    outer, arcs, still = _borders(faces, kept)
    if not len(arcs):
        return faces, owner
    fixed = np.concatenate([outer, still])
    drawn = _straightened(fixed, arcs, footprints, points)
    parts = np.asarray(shapely.get_parts(shapely.polygonize([*fixed, *drawn])), dtype=object)
    # Holes of the boundary are polygonised too: what lies in no old face is none of ours.
    face, part = shapely.STRtree(parts).query(faces, predicate="intersects")
    shared_m2 = shapely.area(shapely.intersection(faces[face], parts[part]))
    order = np.lexsort((-shared_m2, part))
    order = order[np.unique(part[order], return_index=True)[1]]
    order = order[shared_m2[order] > 0.5 * shapely.area(parts[part[order]])]
    tried, tried_owner = parts[part[order]], owner[face[order]]
    same = len(tried) == len(faces) and np.array_equal(np.bincount(tried_owner), np.bincount(owner))
    if not same or not np.isclose(shapely.area(tried).sum(), shapely.area(faces).sum(), rtol=1e-12, atol=1e-6):
        return faces, owner
    return tried, tried_owner


def _borders(faces: Geometries, kept: Geometries) -> tuple[Geometries, Geometries, Geometries]:
    """Return the edges of the outer boundary, the arcs between faces from junction to junction, and those on lines."""
    drawn, sides = seam_lines.edges(faces)
    lines = shapely.linestrings(drawn.reshape(-1, 2, 2))
    inner = (sides >= 0).all(axis=1)
    still = np.zeros(len(drawn), dtype=np.bool_)
    if len(kept):
        still[seam_lines.on_lines(drawn, kept)[0]] = True
    ends = {(x, y) for x, y in drawn[~inner | still].reshape(-1, 2).tolist()}
    arcs = [part for arc in _merged(lines[inner & ~still]) for part in _cut(arc, ends)]
    return _merged(lines[~inner]), np.array(arcs, dtype=object), _merged(lines[inner & still])


def _merged(lines: Geometries) -> Geometries:
    if not len(lines):
        return np.empty(0, dtype=object)
    return np.asarray(shapely.get_parts(shapely.line_merge(shapely.multilinestrings(lines))), dtype=object)


def _cut(arc: LineString, ends: set[tuple[float, float]]) -> list[LineString]:
    """Cut an arc where it meets what is not to be straightened."""
    corners = list(arc.coords)
    at = [0, *(n for n in range(1, len(corners) - 1) if corners[n] in ends), len(corners) - 1]
    return [LineString(corners[one : other + 1]) for one, other in itertools.pairwise(at)]


def _straightened(outer: Geometries, arcs: Geometries, footprints: Geometries, points: Geometries) -> Geometries:
    drawn = arcs.copy()
    walls = shapely.STRtree(shapely.buffer(footprints, _CLEARANCE_M, quad_segs=2))
    inner_points = shapely.STRtree(points)
    rim = shapely.STRtree(outer)
    for at, arc in enumerate(arcs):
        crossed = set(walls.query(arc, predicate="intersects").tolist())
        others = shapely.STRtree(np.delete(drawn, at))
        for tolerance_m in _TOLERANCES_M:
            line = shapely.simplify(arc, tolerance_m)
            if line.is_empty or not line.is_simple or len(line.coords) == len(arc.coords):
                continue
            if not crossed.issuperset(walls.query(line, predicate="intersects").tolist()):
                continue
            if _meets(line, others) or _meets(line, rim) or _sweeps(arc, line, inner_points):
                continue
            drawn[at] = line
            break
    return drawn


def _meets(line: LineString, others: shapely.STRtree) -> bool:
    """Whether the line touches others anywhere but at its own ends."""
    ends = shapely.multipoints([line.coords[0], line.coords[-1]])
    near = others.geometries[others.query(line, predicate="intersects")]
    shared: BaseGeometry = shapely.union_all(shapely.intersection(near, line))
    return not ends.covers(shared) if not shared.is_empty else False


def _sweeps(old: LineString, new: LineString, points: shapely.STRtree) -> bool:
    """Whether one of the points lies between the old line and the new."""
    between = shapely.polygonize([shapely.union_all([old, new])])
    return len(points.query(between, predicate="intersects")) > 0
