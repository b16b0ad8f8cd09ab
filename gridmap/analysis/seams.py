"""Where areas that should tile a community lie on one another, or leave a slit between them."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import shapely

from gridmap import schema

# Less than this is the rounding of coordinates, not a fault of drawing.
_NEGLIGIBLE_M2, _NEGLIGIBLE_WIDTH_M = 1.0, 0.1
_TOUCHING_M = 0.1


def overlapping(areas: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """Find the areas that lie on one another.

    Parameters
    ----------
    areas
        Polygons, in a projected CRS in metres.

    Returns
    -------
    geopandas.GeoDataFrame
        A row for each pair, in the order of ``areas``: ``one`` and ``other`` of its index, ``area_m2``, and what they
        share as the geometry, in the same CRS.

    Raises
    ------
    InputError
        If the frame is no frame of polygons in metres.
    """
    schema.require(areas, geometry="polygon", what="areas")
    shapes = areas.geometry.to_numpy()
    i, j = shapely.STRtree(shapes).query(shapes, predicate="intersects")
    order = np.lexsort((j, i))
    i, j = i[order], j[order]
    i, j = i[i < j], j[i < j]
    shared = shapely.intersection(shapes[i], shapes[j])
    much = shapely.area(shared) > _NEGLIGIBLE_M2
    return _pairs(areas, i[much], j[much], shared[much])


def slits(areas: gpd.GeoDataFrame, widest_m: float = 50.0) -> gpd.GeoDataFrame:
    """Find the slits between areas, up to a width, whether they are open at their ends or not.

    Parameters
    ----------
    areas
        Polygons, in a projected CRS in metres.
    widest_m
        What is wider is no slit.

    Returns
    -------
    geopandas.GeoDataFrame
        A row for each slit: ``one`` and ``other`` of the index of ``areas``, the two that lie along it farthest;
        ``area_m2``, and the slit as the geometry, in the same CRS. A bay in one area's own edge is none.

    Raises
    ------
    InputError
        If the frame is no frame of polygons in metres.
    """
    schema.require(areas, geometry="polygon", what="areas")
    shapes = areas.geometry.to_numpy()
    whole = shapely.union_all(shapes)
    between = shapely.difference(_closed(whole, widest_m / 2), whole)
    thin = shapely.buffer(between, -_NEGLIGIBLE_WIDTH_M / 2, join_style="mitre")
    pieces = shapely.get_parts(shapely.buffer(thin, _NEGLIGIBLE_WIDTH_M / 2, join_style="mitre"))
    pieces = pieces[shapely.area(pieces) > _NEGLIGIBLE_M2]
    rims = shapely.buffer(pieces, _TOUCHING_M)
    # How far each area lies along each slit, by what it shares with the slit's rim.
    along = shapely.area(shapely.intersection(rims[:, np.newaxis], shapes[np.newaxis, :]))
    shared = (along > _TOUCHING_M**2 * 20).sum(axis=1) > 1
    nearest = np.sort(np.argsort(-along[shared], axis=1, kind="stable")[:, :2], axis=1).reshape(-1, 2)
    return _pairs(areas, nearest[:, 0], nearest[:, 1], pieces[shared])


def _closed(whole: shapely.Geometry, reach_m: float) -> shapely.Geometry:
    """Fill what is narrower than twice a reach; the edge of an area that has no slit stays as it is."""
    filled = [whole]
    # A buffer overlooks what is smaller than a hundredth of its distance.
    for reach in (reach_m, reach_m / 5, reach_m / 25):
        grown = shapely.buffer(whole, reach, join_style="mitre")
        filled.append(shapely.buffer(grown, -reach, join_style="mitre"))
    return shapely.union_all(filled)


def _pairs(areas: gpd.GeoDataFrame, one: np.ndarray, other: np.ndarray, shapes: np.ndarray) -> gpd.GeoDataFrame:
    columns = {"one": areas.index[one], "other": areas.index[other], "area_m2": shapely.area(shapes)}
    return gpd.GeoDataFrame(columns, geometry=list(shapes), crs=areas.crs)
