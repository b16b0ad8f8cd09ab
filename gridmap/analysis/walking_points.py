"""How service points stand on the network, and who sees them without any."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from scipy.sparse import coo_matrix, csr_matrix

from gridmap.analysis import walking_build, walking_links, walking_pairs
from gridmap.analysis.walking_build import Fabric
from gridmap.analysis.walking_doors import Doors
from gridmap.analysis.walking_network import Flags, Floats, Ints, Network, Starts
from gridmap.analysis.walking_scene import Shapes
from gridmap.analysis.walking_space import sees


@dataclass(frozen=True, kw_only=True, eq=False)
class Approach:
    """Points joined to the network; they are numbered in the order of their ids.

    Parameters
    ----------
    ids
        Ids by number.
    row
        Row of each in the frame it came from.
    place
        Where each stands.
    starts
        How they reach nodes; ``start_line`` are the lines from the point.
    seen_building, seen_point, seen_m
        Buildings that see a point without any path, and the metres between: 0 for the one it is in.
    remarks
        Key and fields of what is to be said.
    gone
        Points that were taken away again.
    """

    ids: pd.Index
    row: Ints
    place: Shapes
    starts: Starts
    start_line: Shapes = field(repr=False)
    seen_building: Ints
    seen_point: Ints
    seen_m: Floats
    remarks: tuple[tuple[str, Mapping[str, Any]], ...]
    gone: Flags


def approach(points: gpd.GeoDataFrame, fabric: Fabric, doors: Doors, boundary: Any) -> Approach:
    """Join points to the network: one in a building by that building's doors, and straight through it."""
    shapes = points.geometry.to_numpy()
    known = ~(shapely.is_missing(shapes) | shapely.is_empty(shapes))
    row = np.flatnonzero(known)[np.argsort(points.index.to_numpy()[known], kind="stable")]
    ids, scene = points.index[row], fabric.scene
    places = shapely.force_2d(shapes[row]).copy()
    inside = np.full(len(row), -1)
    which, building = scene.building_tree.query(places, predicate="intersects")
    inside[which[::-1]] = building[::-1]
    places = np.where(inside < 0, scene.off_walls(places), places)
    zone = np.where(inside >= 0, scene.building_zone[inside] if len(scene.buildings) else 0, scene.zone_of(places))
    region = scene.region_of(places)
    outside = np.flatnonzero(inside < 0)
    found = walking_links.links(
        places[outside], zone[outside], region[outside], fabric.ways, scene, fabric.costs.access_m
    )
    ends = fabric.ways.edges[found.edge]
    length = fabric.ways.length_m[found.edge]
    who = outside[found.place]
    node = [ends[:, 0], ends[:, 1]]
    owner = [who, who]
    walk_m = [found.walk_m + found.at * length, found.walk_m + (1 - found.at) * length]
    line = [_on_to(found.line, fabric.ways.xy[ends[:, side]]) for side in (0, 1)]
    for space in fabric.spaces:
        place, at, seen = walking_build.approaches(space, places, scene, inside)
        free = inside[place] < 0
        node.append(space.node[at[free]])
        owner.append(place[free])
        walk_m.append(shapely.length(seen[free]))
        line.append(seen[free])
    for number in np.flatnonzero(inside >= 0).tolist():
        mine = doors.of(int(inside[number]))
        node.append(doors.node[mine])
        owner.append(np.full(mine.stop - mine.start, number))
        within = shapely.distance(shapely.get_point(fabric.door_line[mine], 0), places[number])
        walk_m.append(doors.walk_m[mine] + within)
        line.append(_from_within(places[number], fabric.door_line[mine]))
    seen_building, seen_point, seen_m = _seen(places, inside, zone, fabric)
    remarks: list[tuple[str, Mapping[str, Any]]] = []
    if len(points) > len(row):
        remarks.append(("points_without_place", {"n": len(points) - len(row)}))
    if boundary is not None:
        away = ~shapely.intersects(boundary, shapes[row])
        if away.any():
            remarks.append(("points_outside", {"n": int(away.sum()), "points": _named(points, row[away])}))
    if (inside >= 0).any():
        within = row[inside >= 0]
        remarks.append(("points_in_building", {"n": len(within), "points": _named(points, within)}))
    lost = np.setdiff1d(np.arange(len(row)), np.concatenate(owner))
    if len(lost):
        remarks.append(("points_cut_off", {"n": len(lost), "points": _named(points, row[lost])}))
    return Approach(
        ids=ids,
        row=row,
        place=places,
        starts=Starts(node=np.concatenate(node), owner=np.concatenate(owner), walk_m=np.concatenate(walk_m)),
        start_line=np.concatenate(line),
        seen_building=seen_building,
        seen_point=seen_point,
        seen_m=seen_m,
        remarks=tuple(remarks),
        gone=np.zeros(len(row), dtype=bool),
    )


def matrix(
    network: Network, doors: Doors, approach: Approach, columns: int, limit_m: float, shut: Flags | None
) -> csr_matrix:
    """Return the metres between buildings and points up to ``limit_m``."""
    begun = np.unique(approach.starts.node)
    start, node, metres = walking_pairs.within(network, begun, np.unique(doors.node), limit_m, shut=shut)
    # From (start, node) to (point, node), then to (point, building): each by the shortest of its starts and doors.
    ahead = _joined(np.searchsorted(begun, approach.starts.node), start)
    pair = pd.DataFrame(
        {
            "point": approach.starts.owner[ahead[0]],
            "node": node[ahead[1]],
            "metres": metres[ahead[1]] + approach.starts.walk_m[ahead[0]],
        }
    )
    pair = pair[pair["metres"] <= limit_m]
    onward = _joined(doors.node, pair["node"].to_numpy())
    building = np.concatenate([doors.building[onward[0]], approach.seen_building])
    point = np.concatenate([pair["point"].to_numpy()[onward[1]], approach.seen_point])
    length = np.concatenate([pair["metres"].to_numpy()[onward[1]] + doors.walk_m[onward[0]], approach.seen_m])
    keep = length <= limit_m
    table = pd.DataFrame({"building": building[keep], "point": point[keep], "metres": length[keep]})
    table = table.groupby(["building", "point"], sort=True)["metres"].min().reset_index()
    column = approach.row[table["point"].to_numpy(dtype=int)]
    return coo_matrix(
        (table["metres"].to_numpy(), (table["building"].to_numpy(dtype=int), column)), shape=(doors.buildings, columns)
    ).tocsr()


def _joined(keys: Ints, wanted: Ints) -> tuple[Ints, Ints]:
    """Return all pairs of rows of two arrays that hold the same number."""
    order = np.argsort(keys, kind="stable")
    low = np.searchsorted(keys[order], wanted)
    count = np.searchsorted(keys[order], wanted, side="right") - low
    ends = np.cumsum(count)
    at = np.arange(int(ends[-1]) if len(ends) else 0) + np.repeat(low - (ends - count), count)
    return order[at], np.repeat(np.arange(len(wanted)), count)


def _seen(places: Shapes, inside: Ints, zone: Ints, fabric: Fabric) -> tuple[Ints, Ints, Floats]:
    """Return which buildings see which points across open ground, and how far."""
    scene = fabric.scene
    point, building = scene.building_tree.query(places, predicate="dwithin", distance=fabric.costs.access_m)
    pairs = [np.stack([point, building], axis=1)]
    for space in fabric.spaces:
        here = np.flatnonzero(space.holds(places))
        if np.isinf(space.sight_m):
            there = np.flatnonzero(space.holds(scene.buildings))
            pairs.append(np.stack(np.meshgrid(here, there, indexing="ij"), axis=-1).reshape(-1, 2))
    both = np.unique(np.concatenate(pairs), axis=0)
    point, building = both[:, 0], both[:, 1]
    same = (zone[point] == scene.building_zone[building]) & ~shapely.is_empty(scene.buildings[building])
    point, building = point[same], building[same]
    line = shapely.shortest_line(places[point], scene.buildings[building])
    home = inside[point] == building
    clear = sees(line, scene, building, inside[point])
    keep = home | clear
    metres = np.where(home, 0.0, shapely.length(line))
    return building[keep], point[keep], metres[keep]


def _from_within(place: shapely.Point, lines: Shapes) -> Shapes:
    """Let lines that begin at a building's wall begin at a place inside."""
    longer = [shapely.LineString([(place.x, place.y), *line.coords]) for line in lines]
    return np.array(longer, dtype=object)


def _on_to(line: Shapes, xy: Floats) -> Shapes:
    """Lead each line on to one more place."""
    longer = [shapely.LineString([*one.coords, tuple(place)]) for one, place in zip(line, xy, strict=True)]
    return np.array(longer, dtype=object)


def _named(points: gpd.GeoDataFrame, rows: Ints) -> list[str]:
    names = points["name"] if "name" in points.columns else points.index.to_series()
    return [str(names.iloc[row]) for row in rows[:5].tolist()]
