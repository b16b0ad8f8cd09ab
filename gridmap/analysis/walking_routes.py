"""The line of a walk, and the pieces of a network that hang together."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
import shapely

from gridmap.analysis.walking_build import Fabric
from gridmap.analysis.walking_doors import Doors
from gridmap.analysis.walking_network import Flags, Floats, Ints, Network, Reach
from gridmap.analysis.walking_points import Approach
from gridmap.analysis.walking_scene import ON_WALL_M

# A shorter piece is a crumb: the end of a path that a wall cut off.
_CRUMB_M = 5.0


@dataclass(frozen=True, kw_only=True, eq=False)
class Route:
    """A walk from a building to a point.

    Parameters
    ----------
    line
        From the building's side to the point, in the model's CRS.
    length_m
        Metres of the line.
    walk_m
        Metres as they count: more where stairs or crossings cost more.
    point
        Id of the point.
    """

    line: shapely.LineString
    length_m: float
    walk_m: float
    point: Any


def route(fabric: Fabric, doors: Doors, reach: Reach, approach: Approach, building: int) -> Route | None:
    """Return the shortest walk from a building to the point nearest to it, or None if no way leads there."""
    mine = doors.of(building)
    over = reach.distance_m[doors.node[mine]] + doors.walk_m[mine]
    seen = np.flatnonzero(approach.seen_building == building)
    direct = approach.seen_m[seen].min(initial=np.inf)
    if not np.isfinite(min(direct, over.min(initial=np.inf))):
        return None
    if direct <= over.min(initial=np.inf):
        number = int(approach.seen_point[seen[np.argmin(approach.seen_m[seen])]])
        line = shapely.shortest_line(fabric.scene.buildings[building], approach.place[number])
        return _route([shapely.get_coordinates(line)], float(direct), approach.ids[number])
    door = mine.start + int(np.argmin(over))
    way = reach.way_to(int(doors.node[door]))
    number = int(reach.owner[doors.node[door]])
    starts = approach.starts
    begun = np.flatnonzero((starts.owner == number) & (starts.node == way[0]))
    start = begun[np.argmin(starts.walk_m[begun])]
    parts = [
        shapely.get_coordinates(fabric.door_line[door]),
        fabric.ways.xy[way[::-1]],
        shapely.get_coordinates(approach.start_line[start])[::-1],
    ]
    return _route(parts, float(over.min()), approach.ids[number])


def islands(
    fabric: Fabric, network: Network, doors: Doors, index: pd.Index, shut: Flags | None
) -> list[dict[str, Any]]:
    """Return the pieces apart from the one with most buildings: what `walking.Island` says of each."""
    ways = fabric.ways
    piece = network.pieces(shut)
    edge_piece = piece[ways.edges[:, 0]]
    solid = np.flatnonzero(ways.gate < 0)
    lines = ways.lines
    metres = np.bincount(
        edge_piece[solid], shapely.length(lines[solid]) * (ways.path[solid] >= 0), piece.max(initial=0) + 1
    )
    alone = _alone(piece, doors)
    homes = np.bincount(alone[alone >= 0], minlength=len(metres))
    weight = np.lexsort((metres, homes))
    others = [one for one in weight[::-1][1:].tolist() if homes[one] or metres[one] > _CRUMB_M]
    if not others:
        return []
    main = int(weight[-1])
    far = solid[np.isin(edge_piece[solid], others)]
    near = solid[edge_piece[solid] == main]
    gap = _gaps(lines, edge_piece, far, near)
    rows = []
    for one in others:
        if one not in gap:
            continue
        line = gap[one]
        inset = min(ON_WALL_M, line.length / 4)
        inner = shapely.ops.substring(line, inset, line.length - inset)
        rows.append(
            {
                "length_m": float(metres[one]),
                "buildings": tuple(index[np.flatnonzero(alone == one)]),
                "gap_m": float(line.length),
                "mend": line,
                "wall": bool(fabric.scene.meets_wall(np.array([inner], dtype=object))[0]),
            }
        )
    return rows


def _alone(piece: Ints, doors: Doors) -> Ints:
    """Return for each building the one piece that its doors lead to; -1 where there are several, or no doors."""
    table = pd.Series(piece[doors.node]).groupby(doors.building)
    low, high = table.min(), table.max()
    alone = np.full(doors.buildings, -1)
    same = (low == high).to_numpy()
    alone[low.index.to_numpy()[same]] = low.to_numpy()[same]
    return alone


def _gaps(lines: Any, edge_piece: Ints, far: Ints, near: Ints) -> dict[int, shapely.LineString]:
    """Return the shortest line from each piece to another one."""
    best: dict[int, tuple[float, shapely.LineString]] = {}
    if not len(near):
        return {}
    tree = shapely.STRtree(lines[near])
    (row, hit), metres = tree.query_nearest(lines[far], return_distance=True, all_matches=False)
    _keep(best, edge_piece[far[row]], metres, lines[far[row]], lines[near[hit]])
    limit = np.array([best[int(one)][0] for one in edge_piece[far]])
    row, hit = shapely.STRtree(lines[far]).query(lines[far], predicate="dwithin", distance=limit)
    foreign = edge_piece[far[row]] != edge_piece[far[hit]]
    row, hit = far[row[foreign]], far[hit[foreign]]
    _keep(best, edge_piece[row], shapely.distance(lines[row], lines[hit]), lines[row], lines[hit])
    return {one: line for one, (_, line) in best.items()}


def _keep(best: dict[int, tuple[float, Any]], piece: Ints, metres: Floats, one: Any, other: Any) -> None:
    order = np.argsort(metres, kind="stable")
    _, first = np.unique(piece[order], return_index=True)
    for at in order[first].tolist():
        if metres[at] < best.get(int(piece[at]), (np.inf, None))[0]:
            best[int(piece[at])] = (float(metres[at]), shapely.shortest_line(one[at], other[at]))


def _route(parts: list[Floats], walk_m: float, point: Any) -> Route:
    xy = np.concatenate(parts)
    moved = np.ones(len(xy), dtype=bool)
    moved[1:] = (np.abs(np.diff(xy, axis=0)) > 1e-6).any(axis=1)
    xy = xy[moved]
    line = shapely.LineString(xy if len(xy) > 1 else np.repeat(xy, 2, axis=0))
    return Route(line=line, length_m=float(line.length), walk_m=walk_m, point=point)
