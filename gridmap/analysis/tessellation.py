"""Polygons of grids: they tile the community without gap or overlap, each building in the polygon of its grid."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray
from scipy.sparse import coo_array
from scipy.sparse.csgraph import minimum_spanning_tree
from scipy.spatial import Delaunay
from shapely import MultiPolygon
from shapely.geometry.base import BaseGeometry

from gridmap import schema
from gridmap.analysis import cells, seam_lines, smoothing
from gridmap.errors import InputError

_FINE_M, _COARSE_M = 1.0, 12.0
# A bay of an outline is filled where a disc of this radius does not fit into it: a share of the town's diagonal.
_REACH, _REACH_LIMITS_M = 0.06, (60.0, 600.0)


def tile(
    buildings: gpd.GeoDataFrame,
    assignment: pd.Series,
    boundary: gpd.GeoSeries | BaseGeometry,
    lines: gpd.GeoDataFrame | None = None,
    before: gpd.GeoSeries | None = None,
) -> gpd.GeoDataFrame:
    """Divide the boundary into one area for each value of the assignment.

    Every spot goes to the nearest building's value; where a line runs between the buildings, the border is laid along
    it (`seam_lines`); the rest of the borders is smoothed without cutting a building off.

    Parameters
    ----------
    buildings
        Footprints, in a projected CRS in metres.
    assignment
        Value (grid) of each building, on the index of ``buildings``.
    boundary
        Area to divide, in the CRS of ``buildings``. Take one whose edges were densified before it was projected
        (`crs.densified`): then the tiles still fit it to far less than 1 m² after they go back to WGS 84.
    lines
        Streets, paths and walls that borders are laid along, in the CRS of ``buildings``, with ``cost``: what a metre
        of border costs there, 1 being that of one through open ground.
    before
        Areas as they were, in the CRS of ``buildings``; index = values of the assignment. With ``lines`` that have
        their borders among them, ground without a building stays where it was, unless another border is cheaper.

    Returns
    -------
    geopandas.GeoDataFrame
        Index = the values in order, geometry = one MultiPolygon each, CRS of ``buildings``. Neighbours share their
        vertices; together the areas are the boundary. A grid is in one piece where its buildings' ground is.

    Raises
    ------
    InputError
        If a building has no value, there is no building or no boundary, or a value gets no ground.
    """
    schema.require(buildings, geometry="polygon", what="buildings")
    area = _area(boundary)
    labels, codes = _labels(buildings, assignment)
    footprints = buildings.geometry.to_numpy()
    points = cells.inner_points(footprints)
    reduced, _ = cells.apart(footprints)
    # A point that its own footprint lost to an overlap is a piece of ground by itself, where that makes a difference.
    lost = ~shapely.covers(reduced, points)
    reduced[lost] = shapely.union(reduced[lost], shapely.buffer(points[lost], 2 * cells.INSET_M))
    if len(labels) == 1:
        faces, owner = np.array([area], dtype=object), np.zeros(1, dtype=np.int64)
    else:
        follow = None if lines is None or not len(lines) else seam_lines.require(lines, buildings.crs)
        was = None if before is None else before[before.index.isin(labels)].rename(index=labels.get_loc)
        faces, owner, laid = _faces(reduced, codes, area, points, follow, was)
        faces, owner = _gathered(faces, owner, points, codes)
        faces, owner = smoothing.smoothed(faces, owner, reduced, points, laid)
    homeless = _homeless(faces, owner, points, codes, area)
    if homeless.any():
        names = buildings["number"] if "number" in buildings.columns else buildings.index
        named = [str(name) for name in np.asarray(names)[homeless][:5]]
        raise InputError("tile_no_ground", n=int(homeless.sum()), buildings=named)
    polygons = [MultiPolygon([p for f in faces[owner == c] for p in _polygons(f)]) for c in range(len(labels))]
    return gpd.GeoDataFrame(geometry=polygons, index=labels.rename("label"), crs=buildings.crs)


def outline(buildings: gpd.GeoDataFrame, margin_m: float = 15.0) -> MultiPolygon:
    """Draw a community boundary around buildings: a gentle hull in one piece, without holes.

    Parameters
    ----------
    buildings
        Footprints, in a projected CRS in metres.
    margin_m
        Least distance between a footprint and the boundary.

    Returns
    -------
    shapely.MultiPolygon
        In the CRS of ``buildings``; empty for no buildings. Groups that lie far apart are joined by
        strips.
    """
    schema.require(buildings, geometry="polygon", what="buildings")
    footprints = buildings.geometry.to_numpy()
    footprints = footprints[~(shapely.is_empty(footprints) | shapely.is_missing(footprints))]
    if not len(footprints):
        return MultiPolygon()
    west, south, east, north = shapely.total_bounds(footprints)
    reach_m = max(float(np.clip(_REACH * np.hypot(east - west, north - south), *_REACH_LIMITS_M)), 3 * margin_m)
    strips = shapely.buffer(_strips(footprints, reach_m), reach_m)
    grown = np.append(shapely.buffer(footprints, reach_m, quad_segs=8), strips)
    solid = shapely.union_all([shapely.Polygon(p.exterior) for p in _polygons(shapely.union_all(grown))])
    # What the chords of round corners (0.5 % of the reach) and the simplifying take off is added beforehand.
    spare_m = 1.5 + 0.006 * reach_m
    drawn = shapely.simplify(shapely.buffer(solid, margin_m + spare_m - reach_m, quad_segs=8), 1.0)
    # Short edges stay the same edges in WGS 84, so that grids drawn inside them fit (see `crs.densified`).
    drawn = shapely.segmentize(drawn, 25.0)
    return MultiPolygon([shapely.Polygon(p.exterior) for p in _polygons(drawn)])


def _strips(footprints: NDArray[np.object_], reach_m: float) -> NDArray[np.object_]:
    """Return the shortest lines that join footprints more than ``reach_m / 2`` apart into one group."""
    n = len(footprints)
    points = shapely.get_coordinates(cells.inner_points(footprints))
    if n <= 300:
        one, other = np.triu_indices(n, 1)
    else:
        triangles = Delaunay(points - points.mean(axis=0), qhull_options="QJ").simplices
        edges = np.sort(np.vstack([triangles[:, [0, 1]], triangles[:, [1, 2]], triangles[:, [0, 2]]]), axis=1)
        one, other = np.unique(edges, axis=0).T
    apart_m = shapely.distance(footprints[one], footprints[other])
    # A sparse graph forgets edges of length 0.
    graph = coo_array((apart_m + 1.0, (one, other)), shape=(n, n))
    tree = minimum_spanning_tree(graph.tocsr()).tocoo()
    long = tree.data - 1.0 > reach_m / 2
    return np.asarray(shapely.shortest_line(footprints[tree.row[long]], footprints[tree.col[long]]), dtype=object)


def _area(boundary: gpd.GeoSeries | BaseGeometry) -> BaseGeometry:
    area = boundary if isinstance(boundary, BaseGeometry) else boundary.geometry.union_all()
    if area.is_empty or area.area <= 0 or not area.is_valid:
        raise InputError("tile_no_boundary")
    return area


def _labels(buildings: gpd.GeoDataFrame, assignment: pd.Series) -> tuple[pd.Index, NDArray[np.int64]]:
    if not len(buildings):
        raise InputError("tile_no_buildings")
    given = assignment.reindex(buildings.index)
    missing = given.isna().to_numpy(dtype=bool)
    if missing.any():
        raise InputError("tile_no_label", n=int(missing.sum()), building=str(buildings.index[missing][0]))
    codes, labels = pd.factorize(given, sort=True)
    return pd.Index(labels), codes.astype(np.int64)


def _faces(
    reduced: NDArray[np.object_],
    codes: NDArray[np.int64],
    area: BaseGeometry,
    points: NDArray[np.object_],
    follow: gpd.GeoDataFrame | None,
    before: gpd.GeoSeries | None,
) -> tuple[NDArray[np.object_], NDArray[np.int64], NDArray[np.object_]]:
    """Cut the area along borders between buildings of different labels; return faces, labels, and lines followed."""
    extent = cells.joint_extent(reduced, area)
    coarse = cells.borders(reduced, extent, _COARSE_M)
    between = codes[coarse.owners[:, 0]] != codes[coarse.owners[:, 1]]
    near = np.zeros(len(reduced), dtype=bool)
    near[coarse.owners[between]] = True
    # Buildings at a border, and their neighbours, are sampled finely; what lies inside a grid does not show.
    near[coarse.owners[near[coarse.owners].any(axis=1)]] = True
    fine = cells.borders(reduced, extent, np.where(near, _FINE_M, _COARSE_M))
    between = codes[fine.owners[:, 0]] != codes[fine.owners[:, 1]]
    seams = shapely.linestrings(fine.ends[between])
    drawn = further = np.empty(0, dtype=object)
    if follow is not None:
        drawn, further = seam_lines.led(follow.geometry.to_numpy(), seams, reduced)
    faces = shapely.get_parts(
        shapely.polygonize([shapely.union_all([*seams, *drawn, *further, shapely.boundary(area)])])
    )
    inside = shapely.point_on_surface(faces)
    kept = shapely.intersects(area, inside)
    faces = faces[kept]
    owner = codes[fine.nearest_building(shapely.get_coordinates(inside[kept]))]
    if follow is not None:
        held = _held(faces, owner, points, codes)
        start = owner.copy()
        if before is not None and len(before):
            face, was = before.sindex.query(shapely.point_on_surface(faces), predicate="intersects")
            start[face] = before.index.to_numpy()[was]
            start[held] = owner[held]
        owner = seam_lines.settled(faces, owner, start, held, drawn, follow["cost"].to_numpy(dtype=float))
    return faces, owner, drawn


def _gathered(
    faces: NDArray[np.object_], owner: NDArray[np.int64], points: NDArray[np.object_], codes: NDArray[np.int64]
) -> tuple[NDArray[np.object_], NDArray[np.int64]]:
    """Give each face without a building of its label to the neighbour it borders on longest, and join faces."""
    owner = owner.copy()
    faces, owner = _joined(faces, owner)
    held = _held(faces, owner, points, codes)
    one, other = shapely.STRtree(faces).query(faces, predicate="touches")
    loose = ~held
    use = loose[one]
    one, other = one[use], other[use]
    shared_m = shapely.length(shapely.intersection(faces[one], faces[other]))
    while True:
        ready = loose[one] & ~loose[other] & (shared_m > 0)
        if not ready.any():
            break
        best = np.flatnonzero(ready)[np.argmax(shared_m[ready])]
        owner[one[best]] = owner[other[best]]
        loose[one[best]] = False
    return _joined(faces, owner)


def _joined(faces: NDArray[np.object_], owner: NDArray[np.int64]) -> tuple[NDArray[np.object_], NDArray[np.int64]]:
    """Return the pieces of each label's ground, and their labels."""
    joined: list[BaseGeometry] = []
    labels: list[int] = []
    for label in np.unique(owner):
        parts = _polygons(shapely.coverage_union_all(faces[owner == label]))
        joined += parts
        labels += [int(label)] * len(parts)
    return np.array(joined, dtype=object), np.array(labels, dtype=np.int64)


def _held(
    faces: NDArray[np.object_], owner: NDArray[np.int64], points: NDArray[np.object_], codes: NDArray[np.int64]
) -> NDArray[np.bool_]:
    """Say on which faces a building of their label stands."""
    face, building = shapely.STRtree(points).query(faces, predicate="intersects")
    held = np.zeros(len(faces), dtype=np.bool_)
    held[face[codes[building] == owner[face]]] = True
    return held


def _homeless(
    faces: NDArray[np.object_],
    owner: NDArray[np.int64],
    points: NDArray[np.object_],
    codes: NDArray[np.int64],
    area: BaseGeometry,
) -> NDArray[np.bool_]:
    """Say which buildings do not stand on their label's ground; one outside the area only if its label has none."""
    face, building = shapely.STRtree(points).query(faces, predicate="intersects")
    homeless = np.ones(len(points), dtype=bool)
    homeless[building[owner[face] == codes[building]]] = False
    return np.asarray(homeless & (shapely.intersects(area, points) | ~np.isin(codes, owner)), dtype=np.bool_)


def _polygons(geometry: BaseGeometry) -> list[shapely.Polygon]:
    return [part for part in shapely.get_parts(geometry) if part.geom_type == "Polygon"]
