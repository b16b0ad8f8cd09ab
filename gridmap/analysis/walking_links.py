"""The last metres: how a building, a gate or a point is joined to the ways around it.

A place is joined to the nearest way in each of eight directions, so that whoever lives there may leave on any side; and
to ways of its own compound, however far. Which ways these are does not depend on walls; those are then left out that
lie behind a wall. Where another building stands between and there is no clear way, the link goes round it.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
import shapely

from gridmap.analysis.walking_scene import ON_WALL_M, Flags, Floats, Ints, Scene, Shapes
from gridmap.analysis.walking_ways import Ways, placed

_DIRECTIONS = 8


@dataclass(frozen=True, kw_only=True, eq=False)
class Links:
    """Lines from places to a share of the length of an edge.

    Parameters
    ----------
    place, edge
        Numbers of both.
    at
        Share of the edge's length where the line ends.
    line
        The line, from the place.
    """

    place: Ints
    edge: Ints
    at: Floats
    line: Shapes

    @property
    def walk_m(self) -> Floats:
        """Metres of each line."""
        metres: Floats = shapely.length(self.line)
        return metres

    def only(self, which: Flags) -> Links:
        """Return some of them."""
        return Links(place=self.place[which], edge=self.edge[which], at=self.at[which], line=self.line[which])


def links(places: Shapes, zone: Ints, region: Ints, ways: Ways, scene: Scene, access_m: float) -> Links:
    """Join places to ways.

    Parameters
    ----------
    places
        Footprints or points.
    zone, region
        Of the places, with the walls as they are and as if all compounds had one.
    ways, scene
        What they are joined to, and what stands in between.
    access_m
        Ways as near as this are looked at in each direction.
    """
    if not len(ways.pieces):
        none = np.empty(0, dtype=np.int64)
        return Links(place=none, edge=none, at=np.empty(0), line=np.empty(0, dtype=object))
    lines = shapely.linestrings(ways.pieces)
    middle = shapely.points(ways.pieces.mean(axis=1))
    edge_region = scene.region_of(middle)
    place, edge = shapely.STRtree(lines).query(places, predicate="dwithin", distance=access_m)
    near = [(place, edge)]
    served = np.zeros(len(places), dtype=bool)
    served[place[edge_region[edge] == region[place]]] = True
    served |= shapely.is_empty(places)
    near += _far(places, region, lines, edge_region, np.flatnonzero(~served))
    place = np.concatenate([one for one, _ in near])
    edge = np.concatenate([other for _, other in near])
    place, edge, line = _nearest_each_way(places, lines, edge_region, place, edge)
    keep = _clear_first(place, edge_region[edge], line, scene)
    place, edge, line = place[keep], edge[keep], line[keep]
    ends = shapely.get_coordinates(line).reshape(-1, 2, 2)
    edge, at = placed(ways, edge, ends[:, 1])
    good = _free_of_walls(ends, zone[place], ways.zone[ways.edges[edge, 0]], scene)
    place, edge, at, line = place[good], edge[good], at[good], line[good]
    line, good = _round_buildings(line, scene)
    return Links(place=place, edge=edge, at=at, line=line).only(good)


def _far(places: Shapes, region: Ints, lines: Shapes, edge_region: Ints, lost: Ints) -> list[tuple[Ints, Ints]]:
    """Find for places without a way close by in their region those up to twice as far as the nearest there."""
    found: list[tuple[Ints, Ints]] = []
    for one in np.unique(region[lost]):
        mine = lost[region[lost] == one]
        there = np.flatnonzero(edge_region == one)
        there = there if len(there) else np.arange(len(lines))
        tree = shapely.STRtree(lines[there])
        (_, _), nearest_m = tree.query_nearest(places[mine], return_distance=True, all_matches=False)
        place, edge = tree.query(places[mine], predicate="dwithin", distance=2 * nearest_m + 1)
        found.append((mine[place], there[edge]))
    return found


def _nearest_each_way(
    places: Shapes, lines: Shapes, edge_region: Ints, place: Ints, edge: Ints
) -> tuple[Ints, Ints, Shapes]:
    """Keep for each place and direction the nearest edge of each region."""
    line = shapely.shortest_line(places[place], lines[edge])
    ends = shapely.get_coordinates(line).reshape(-1, 2, 2)
    way = ends[:, 1] - ends[:, 0]
    metres = np.hypot(way[:, 0], way[:, 1])
    turn = np.arctan2(way[:, 1], way[:, 0]) / (2 * np.pi) * _DIRECTIONS
    table = pd.DataFrame(
        {
            "place": place,
            "region": edge_region[edge],
            "direction": np.floor(turn + 0.5).astype(int) % _DIRECTIONS,
            "metres": metres,
            "edge": edge,
        }
    )
    best = table.sort_values(["metres", "edge"], kind="stable").drop_duplicates(["place", "region", "direction"]).index
    keep = np.sort(best.to_numpy())
    return place[keep], edge[keep], line[keep]


def _free_of_walls(ends: Floats, zone: Ints, edge_zone: Ints, scene: Scene) -> Flags:
    length = np.hypot(*(ends[:, 1] - ends[:, 0]).T)
    tiny = length < 2.5 * ON_WALL_M
    good: Flags = zone == edge_zone
    good &= tiny | (scene.zone_of(shapely.points(ends.mean(axis=1))) == zone)
    # The line may begin and end on a wall.
    inset = np.where(tiny, 0.0, ON_WALL_M / np.where(tiny, 1.0, length))[:, None]
    along = ends[:, 1] - ends[:, 0]
    inner = shapely.linestrings(np.stack([ends[:, 0] + along * inset, ends[:, 1] - along * inset], axis=1))
    test = np.flatnonzero(good & ~tiny)
    good[test] = ~scene.meets_wall(inner[test])
    return good


def _crossed(line: Shapes, scene: Scene) -> tuple[Ints, Ints]:
    """Return which lines lead through which blocks of buildings."""
    row, block = scene.block_tree.query(line, predicate="intersects")
    inside = shapely.length(shapely.intersection(line[row], scene.blocks[block])) > ON_WALL_M
    return row[inside], block[inside]


def _clear_first(place: Ints, region: Ints, line: Shapes, scene: Scene) -> Flags:
    """Leave out lines through buildings where the place has a clear one into the same region, walls or none."""
    clear = np.ones(len(line), dtype=bool)
    clear[_crossed(line, scene)[0]] = False
    table = pd.DataFrame({"place": place, "region": region, "clear": clear})
    served = table.groupby(["place", "region"])["clear"].transform("any").to_numpy(dtype=bool)
    keep: Flags = clear | ~served
    return keep


def _round_buildings(line: Shapes, scene: Scene) -> tuple[Shapes, Flags]:
    """Lead lines round the buildings they cross; return them, and which of them meet no wall."""
    row, block = _crossed(line, scene)
    out = line.copy()
    for one in np.unique(row):
        out[one] = _round(line[one], scene.blocks[block[row == one]])
    good = np.ones(len(line), dtype=bool)
    if not len(scene.walls):
        return out, good
    changed = np.unique(row)
    inner = [shapely.ops.substring(way, ON_WALL_M, max(way.length - ON_WALL_M, ON_WALL_M)) for way in out[changed]]
    good[changed] = ~scene.meets_wall(np.array(inner, dtype=object))
    return out, good


def _round(line: shapely.LineString, blocks: Shapes) -> shapely.LineString:
    """Lead one line round blocks, along each one's side by the shorter way; it may end inside one."""
    spans = []
    for block in blocks:
        across = shapely.intersection(line, block)
        at = shapely.line_locate_point(line, shapely.points(shapely.get_coordinates(across)))
        spans.append((float(at.min()), float(at.max()), block))
    way = [line.coords[0]]
    done = 0.0
    for begin, end, block in sorted(spans, key=lambda span: span[0]):
        if begin < done or end >= line.length - ON_WALL_M:
            continue
        into, outof = line.interpolate(begin), line.interpolate(end)
        side = _side(block, into, outof)
        way += [(into.x, into.y), *side, (outof.x, outof.y)]
        done = end
    way.append(line.coords[-1])
    return shapely.LineString(way)


def _side(block: shapely.Geometry, into: shapely.Point, outof: shapely.Point) -> list[tuple[float, float]]:
    """Return the vertices of a block's outline between two places on it, the shorter way round."""
    rings = shapely.get_parts(shapely.get_exterior_ring(shapely.get_parts(block)))
    ring = rings[int(np.argmin(shapely.distance(rings, into)))]
    a, b = ring.project(into), ring.project(outof)
    low, high = min(a, b), max(a, b)
    along = np.cumsum([0.0, *np.hypot(*np.diff(np.asarray(ring.coords), axis=0).T)])
    vertices = list(zip(along[:-1].tolist(), ring.coords[:-1], strict=True))
    inner = [xy for s, xy in vertices if low < s < high]
    if high - low <= ring.length / 2:
        return inner if a <= b else inner[::-1]
    outer = [xy for s, xy in vertices if s > high] + [xy for s, xy in vertices if s < low]
    return outer[::-1] if a <= b else outer
