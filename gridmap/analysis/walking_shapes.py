"""What lies within so many minutes, as shapes: rings around all points, and the catchment of each.

A ring holds all places whose walk to the nearest point is short enough. It is drawn from the network: each edge as far
as it can be walked, widened to the ground beside it, and each building that is reached.
"""

from __future__ import annotations

from collections.abc import Sequence

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from gridmap.analysis import walking
from gridmap.analysis.walking_network import NOBODY, Flags, Floats
from gridmap.analysis.walking_scene import Shapes

# How far the ground beside a way belongs to it.
BESIDE_M = 25.0
RINGS_MIN = (5.0, 10.0, 15.0)


def rings(walks: walking.Walks, minutes: Sequence[float] = RINGS_MIN) -> gpd.GeoDataFrame:
    """Return the areas within so many minutes' walk of any point.

    Parameters
    ----------
    walks
        An answer of `Model.nearest`; its limit does not matter.
    minutes
        At the pace of ``walks``.

    Returns
    -------
    geopandas.GeoDataFrame
        A row for each of ``minutes``, in order, with ``minutes``, ``walk_m`` and the area, which holds the areas of
        fewer minutes; clipped to the community where its boundary is known.
    """
    metres = [one * walks.pace_m_min for one in minutes]
    shapes = [_ground(walks, limit_m, np.ones(walks.model.network.nodes, dtype=bool)) for limit_m in metres]
    columns = {"minutes": list(minutes), "walk_m": metres}
    return gpd.GeoDataFrame(columns, geometry=shapes, crs=walks.model.crs)


def catchments(walks: walking.Walks) -> gpd.GeoDataFrame:
    """Return the area from which each point is the nearest within the limit of ``walks``.

    Returns
    -------
    geopandas.GeoDataFrame
        Indexed by the id of each point that is the nearest anywhere. The areas do not overlap: where the ground beside
        the ways of two points does, it goes to the one with the lower id.
    """
    owners = [one for one in np.unique(walks.reach.owner) if one != NOBODY]
    shapes: list[shapely.Geometry] = []
    taken = shapely.Polygon()
    for owner in owners:
        ground = shapely.difference(_ground(walks, walks.limit_m, walks.reach.owner == owner, owner), taken)
        taken = shapely.union(taken, ground)
        shapes.append(ground)
    index = pd.Index(walks.approach.ids[np.array(owners, dtype=int)], name="point")
    return gpd.GeoDataFrame(geometry=shapes, crs=walks.model.crs, index=index)


def _ground(walks: walking.Walks, limit_m: float, nodes: Flags, owner: int | None = None) -> shapely.Geometry:
    """Return the ground within ``limit_m`` at some nodes, with the buildings that are reached."""
    model = walks.model
    lines = _walked(walks, limit_m, nodes)
    mine = np.isfinite(walks.metres) & (walks.metres <= limit_m)
    if owner is not None:
        mine &= walks.owner == owner
    kept = np.concatenate([lines, model.fabric.scene.buildings[mine]])
    kept = kept[~shapely.is_empty(kept)]
    if not len(kept):
        return shapely.Polygon()
    # One line instead of many short ones: less is widened and joined.
    long = shapely.get_parts(shapely.line_merge(shapely.multilinestrings(lines)))
    ground = shapely.union_all(np.concatenate([shapely.buffer(long, BESIDE_M, quad_segs=3), kept[len(lines) :]]))
    if len(model.fabric.scene.walls):
        # What the widening took from beyond a wall is given back: only pieces that a way or a building touches stay.
        parts = shapely.get_parts(shapely.difference(ground, model.fabric.scene.wall_strips))
        touched, _ = shapely.STRtree(kept).query(parts, predicate="intersects")
        ground = shapely.union_all(shapely.buffer(parts[np.unique(touched)], 0.06))
    return ground if model.boundary is None else shapely.intersection(ground, model.boundary)


def _walked(walks: walking.Walks, limit_m: float, nodes: Flags) -> Shapes:
    """Return the edges as far as they can be walked from their nodes."""
    network, reach = walks.model.network, walks.reach
    edges = np.flatnonzero(walks.model.fabric.ways.gate < 0)
    if reach.shut is not None:
        edges = edges[~reach.shut[::2][edges]]
    lines: list[Shapes] = []
    whole = np.zeros(len(edges), dtype=bool)
    xy: Floats = walks.model.fabric.ways.xy
    for near, far in ((0, 1), (1, 0)):
        ends = network.edges[edges]
        begun = reach.distance_m[ends[:, near]]
        left = limit_m - begun
        good = (left > 0) & np.isfinite(begun) & nodes[ends[:, near]] & ~whole
        length = network.length_m[edges[good]]
        share = np.clip(left[good] / np.where(length > 0, length, 1.0), 0, 1)
        whole[np.flatnonzero(good)[share == 1]] = True
        a, b = xy[ends[good, near]], xy[ends[good, far]]
        lines.append(shapely.linestrings(np.stack([a, a + (b - a) * share[:, None]], axis=1)))
    return np.concatenate(lines)
