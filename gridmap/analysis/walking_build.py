"""From frames to the network that people walk on: paths, gates, free space, and the buildings' doors."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import geopandas as gpd
import numpy as np
import shapely

from gridmap.analysis import walking_links, walking_scene, walking_space, walking_ways
from gridmap.analysis.walking_scene import Floats, Ints, Scene, Shapes
from gridmap.analysis.walking_ways import Costs, Ways

# Nodes of a gate stand so far off its wall on both sides.
BESIDE_GATE_M = 0.06
_OUTSIDE_M, _INSIDE_M = walking_space.OFF_M, -walking_space.OFF_M


@dataclass(frozen=True, kw_only=True, eq=False)
class Fabric:
    """The network in the making, and what it was made of.

    Parameters
    ----------
    scene, costs
        What stands in the way, and what is walked more slowly.
    ways
        All edges: paths, gates, lines through free space.
    spaces
        Parts in which people walk freely.
    door_building, door_node, door_m, door_line
        How buildings touch the network.
    assumed
        Row of the compound and place of each gate that is assumed, and why.
    """

    scene: Scene
    costs: Costs
    ways: Ways
    spaces: tuple[walking_space.Space, ...]
    door_building: Ints
    door_node: Ints
    door_m: Floats
    door_line: Shapes
    assumed: tuple[tuple[int, shapely.Point, str], ...] = field(default=())


def weave(
    buildings: gpd.GeoDataFrame,
    compounds: gpd.GeoDataFrame | None,
    gates: gpd.GeoDataFrame | None,
    paths: gpd.GeoDataFrame | None,
    entrances: gpd.GeoDataFrame | None,
    costs: Costs,
    all_pairs: int,
) -> Fabric:
    """Make the network."""
    walking_scene.demand_same(buildings, paths, "line", "paths")
    walking_scene.demand_same(buildings, entrances, "point", "entrances")
    scene = walking_scene.scene(buildings, compounds, gates)
    uncut = walking_ways.ways(paths, scene, costs)
    scene, assumed = _with_assumed_gates(scene, gates, uncut)
    ways = walking_ways.gated(uncut, scene, costs.gate_m)
    ways, inner = _with_gates(ways, scene, costs)
    shapes, owner = _door_places(buildings, entrances, scene)
    zone, region = scene.building_zone[owner], _region(scene)[owner]
    found = walking_links.links(shapes, zone, region, ways, scene, costs.access_m)
    ways, node = walking_ways.divided(ways, found.edge, found.at)
    doors = [(owner[found.place], node, found.walk_m, found.line)]
    spaces = []
    for area, compound in _free_areas(ways, scene):
        ways, space = _opened(ways, scene, area, inner[scene.gate_compound == compound], all_pairs)
        spaces.append(space)
        building, at, line = approaches(space, shapes, scene, owner)
        doors.append((owner[building], space.node[at], shapely.length(line), line))
    building = np.concatenate([door[0] for door in doors])
    order = np.argsort(building, kind="stable")
    return Fabric(
        scene=scene,
        costs=costs,
        ways=ways,
        spaces=tuple(spaces),
        door_building=building[order],
        door_node=np.concatenate([door[1] for door in doors])[order],
        door_m=np.concatenate([door[2] for door in doors])[order],
        door_line=np.concatenate([door[3] for door in doors])[order],
        assumed=assumed,
    )


def approaches(space: walking_space.Space, places: Shapes, scene: Scene, inside: Ints) -> tuple[Ints, Ints, Shapes]:
    """Return which places in a space see which of its nodes, and the lines between.

    ``inside`` is the number of the building that each place is, or is in, or -1: it does not stand in its own way.
    """
    here = np.flatnonzero(space.holds(places) & ~shapely.is_empty(places))
    nodes = shapely.points(space.xy)
    if np.isinf(space.sight_m):
        place, node = (side.ravel() for side in np.meshgrid(here, np.arange(len(nodes)), indexing="ij"))
    else:
        row, node = shapely.STRtree(nodes).query(places[here], predicate="dwithin", distance=space.sight_m)
        place = here[row]
    line = shapely.shortest_line(places[place], nodes[node])
    seen = walking_space.sees(line, scene, inside[place])
    # A whole building is left on any side; an entrance not through the building.
    entrance = np.flatnonzero(seen & (shapely.get_type_id(places[place]) == 0) & (inside[place] >= 0))
    own = scene.buildings[inside[place[entrance]]]
    seen[entrance] = shapely.length(shapely.intersection(line[entrance], own)) < walking_space.OFF_M
    return place[seen], node[seen], line[seen]


def _region(scene: Scene) -> Ints:
    region = scene.region_of(shapely.point_on_surface(scene.buildings))
    own = np.flatnonzero(scene.building_compound >= 0)
    region[own] = scene.keys[scene.building_compound[own]]
    return region


def _door_places(buildings: gpd.GeoDataFrame, entrances: gpd.GeoDataFrame | None, scene: Scene) -> tuple[Shapes, Ints]:
    """Return the places where buildings are left: their entrances where they are known, else the whole footprint."""
    shapes, owner = scene.buildings, np.arange(len(scene.buildings))
    if entrances is None or entrances.empty:
        return shapes, owner
    known = entrances[~(entrances.geometry.is_empty | entrances.geometry.isna())]
    row = buildings.index.get_indexer(known["building_id"])
    places, row = known.geometry.to_numpy()[row >= 0], row[row >= 0]
    # An entrance drawn inside is moved to the wall of its building, that the walk goes round and not through it.
    rings = shapely.boundary(scene.buildings[row])
    on_wall = shapely.get_point(shapely.shortest_line(rings, places), 0)
    rest = np.setdiff1d(owner, row)
    return np.concatenate([shapes[rest], on_wall]), np.concatenate([rest, row])


def _with_assumed_gates(
    scene: Scene, gates: gpd.GeoDataFrame | None, ways: Ways
) -> tuple[Scene, tuple[tuple[int, shapely.Point, str], ...]]:
    """Give walled compounds without a gate one: a gate for cars, else where paths cross, else the nearest to a path."""
    closed = np.setdiff1d(np.flatnonzero(scene.walled), scene.gate_compound)
    assumed: list[tuple[int, shapely.Point, str]] = []
    if not len(closed):
        return scene, ()
    anyhow = None if gates is None else gates.assign(pedestrians=True)
    cars, _, cars_of = walking_scene.placed_gates(anyhow, scene.compound_ids, scene.compounds)
    crossing = _crossings(ways)
    lines = ways.lines
    for compound in closed.tolist():
        ring = shapely.boundary(scene.compounds[compound])
        if (mine := cars[cars_of == compound]).size:
            assumed += [(compound, place, "vehicles") for place in mine]
        elif (mine := crossing[shapely.dwithin(crossing, ring, 0.01)]).size:
            assumed += [(compound, place, "path") for place in mine]
        elif len(lines):
            tree = shapely.STRtree(lines)
            near = shapely.shortest_line(ring, lines[tree.query_nearest(ring, all_matches=False)[0]])
            assumed.append((compound, shapely.get_point(near, 0), "nearest"))
        else:
            centre = shapely.centroid(shapely.multipoints(shapely.centroid(scene.buildings)))
            assumed.append((compound, shapely.get_point(shapely.shortest_line(ring, centre), 0), "middle"))
    places = np.array([one[1] for one in assumed], dtype=object)
    return scene.with_gates(places, np.array([one[0] for one in assumed], dtype=np.int64)), tuple(assumed)


def _crossings(ways: Ways) -> Shapes:
    """Return the places where a wall cuts a path."""
    mm = np.round(ways.xy * 1000).astype(np.int64)
    _, back, count = np.unique(mm, axis=0, return_inverse=True, return_counts=True)
    places: Shapes = shapely.points(np.unique(ways.xy[count[back.ravel()] > 1], axis=0))
    return places


def _with_gates(ways: Ways, scene: Scene, costs: Costs) -> tuple[Ways, Ints]:
    """Put a node on each side of each gate and join both sides to the ways around; return the inner nodes."""
    count = len(scene.gates)
    if not count:
        return ways, np.empty(0, dtype=np.int64)
    around = scene.compounds[scene.gate_compound]
    sides = [
        shapely.get_point(shapely.shortest_line(shapely.boundary(shapely.buffer(around, off)), scene.gates), 0)
        for off in (-BESIDE_GATE_M, BESIDE_GATE_M)
    ]
    places = np.concatenate(sides)
    zone = scene.zone_of(places)
    passed = np.tile(np.isin(np.arange(count), ways.gate), 2)
    first = len(ways.xy)
    inner = np.arange(first, first + count)
    through = np.stack([inner, inner + count], axis=1)
    ways = walking_ways.added(ways, shapely.get_coordinates(places), zone, through, np.arange(count))
    found = walking_links.links(places, zone, scene.region_of(places), ways, scene, costs.access_m)
    # Where a path passes the gate, people keep to it.
    found = found.only(~passed[found.place] | (found.walk_m <= costs.gate_m))
    ways, node = walking_ways.divided(ways, found.edge, found.at)
    edges = np.stack([first + found.place, node], axis=1)
    straight = np.hypot(*(ways.xy[edges[:, 0]] - ways.xy[edges[:, 1]]).T)
    longer = np.maximum(found.walk_m - straight, 0)
    return walking_ways.added(ways, np.empty((0, 2)), zone[:0], edges, extra_m=longer), inner


def _free_areas(ways: Ways, scene: Scene) -> list[tuple[Any, int]]:
    """Return the parts without paths of their own: the whole world, or compounds."""
    path = np.flatnonzero(ways.path >= 0)
    if not len(path):
        return [(None, -1)]
    middle = shapely.points(ways.xy[ways.edges[path]].mean(axis=1))
    length = shapely.length(ways.lines[path])
    inside = np.zeros(len(scene.compounds))
    row, compound = shapely.STRtree(scene.compounds).query(middle, predicate="intersects")
    np.add.at(inside, compound, length[row])
    bare = np.flatnonzero((inside < np.sqrt(shapely.area(scene.compounds)) / 2) & ~shapely.is_empty(scene.compounds))
    return [(scene.compounds[one], int(one)) for one in bare]


def _opened(ways: Ways, scene: Scene, area: Any, gate_nodes: Ints, all_pairs: int) -> tuple[Ways, walking_space.Space]:
    """Fill a part with nodes and the lines between those that see each other."""
    sides: tuple[float, ...]
    if area is None:
        old = np.arange(len(ways.xy))
        blocks, outline, sides = (
            scene.blocks,
            scene.compounds[scene.walled],
            (walking_space.OFF_M, -walking_space.OFF_M),
        )
    else:
        places = shapely.points(ways.xy)
        old = np.union1d(np.flatnonzero(shapely.intersects(area, places) & _linked(ways)), gate_nodes)
        blocks = scene.blocks[scene.block_tree.query(area, predicate="intersects")]
        outline, sides = np.array([area], dtype=object), (_INSIDE_M,)
    fresh = walking_space.corners(blocks, walking_space.OFF_M)
    for side in sides:
        fresh += walking_space.corners(outline, side)
    fresh = _within(fresh, area, scene)
    sight_m = np.inf
    if len(fresh.xy) + len(old) > all_pairs:
        sight_m = walking_space.SIGHT_M
        extent = shapely.union_all(shapely.envelope(np.concatenate([blocks, outline])))
        more = walking_space.free_places(walking_space.lattice(extent, walking_space.LATTICE_M))
        for side in sides:
            more += walking_space.stations(outline, side)
        fresh += _within(more + walking_space.stations(blocks, walking_space.OFF_M), area, scene)
    node = np.concatenate([old, len(ways.xy) + np.arange(len(fresh.xy))])
    everything = walking_space.free_places(ways.xy[old]) + fresh
    pairs = walking_space.sights(everything, scene, sight_m)
    zone = scene.zone_of(shapely.points(fresh.xy))
    space = walking_space.Space(area=area, node=node, xy=everything.xy, sight_m=sight_m)
    return walking_ways.added(ways, fresh.xy, zone, node[pairs]), space


def _within(places: walking_space.Corners, area: Any, scene: Scene) -> walking_space.Corners:
    """Return the places that lie in an area and in no building."""
    if area is not None:
        places = places.only(shapely.intersects(area, shapely.points(places.xy)))
    return places.only(walking_space.clear(places, scene))


def _linked(ways: Ways) -> Any:
    linked = np.zeros(len(ways.xy), dtype=bool)
    linked[ways.edges.ravel()] = True
    return linked
