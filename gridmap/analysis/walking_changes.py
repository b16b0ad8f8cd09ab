"""A gate opened or closed, a point added, taken away or moved: what changes in an answer, and nothing else.

What becomes nearer goes out as a front from where it begins. What loses its way is found first: all nodes that were
reached through it; they are then reached anew from their neighbours.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import geopandas as gpd
import numpy as np
from numpy.typing import NDArray

from gridmap.analysis import walking, walking_network
from gridmap.analysis.walking_network import NOBODY, Flags, Floats, Ints, Network, Reach, Starts
from gridmap.analysis.walking_points import Approach


def with_gate(walks: walking.Walks, gate: Any) -> walking.Walks:
    """Return the answer with a gate open that was closed.

    Raises
    ------
    NotFound
        If there is no such gate.
    """
    number = walks.model.gate_number(gate)
    if number not in walks.shut_gates:
        return walks
    reach, changed = opened(walks.reach, number)
    return _said(walks, reach, changed, walks.approach, walks.shut_gates - {number})


def without_gate(walks: walking.Walks, gate: Any) -> walking.Walks:
    """Return the answer with a gate closed.

    Raises
    ------
    NotFound
        If there is no such gate.
    """
    number = walks.model.gate_number(gate)
    if number in walks.shut_gates:
        return walks
    reach, changed = closed(walks.reach, number)
    return _said(walks, reach, changed, walks.approach, walks.shut_gates | {number})


def with_point(walks: walking.Walks, point: gpd.GeoDataFrame) -> walking.Walks:
    """Return the answer with one or more points besides; their ids must be new."""
    more = walks.model.approach(point)
    old = walks.approach
    first = len(old.ids)
    starts = replace(more.starts, owner=more.starts.owner + first)
    both = Approach(
        ids=old.ids.append(more.ids),
        row=np.concatenate([old.row, more.row + int(old.row.max(initial=-1)) + 1]),
        place=np.concatenate([old.place, more.place]),
        starts=merged(old.starts, starts),
        start_line=np.concatenate([old.start_line, more.start_line]),
        seen_building=np.concatenate([old.seen_building, more.seen_building]),
        seen_point=np.concatenate([old.seen_point, more.seen_point + first]),
        seen_m=np.concatenate([old.seen_m, more.seen_m]),
        remarks=(*old.remarks, *more.remarks),
        gone=np.concatenate([old.gone, more.gone]),
    )
    reach, changed = joined(walks.reach, starts)
    touched = np.unique(more.seen_building)
    return _said(walks, replace(reach, starts=both.starts), changed, both, walks.shut_gates, touched)


def without_point(walks: walking.Walks, point: Any) -> walking.Walks:
    """Return the answer without one of its points.

    Raises
    ------
    KeyError
        If it has no such point.
    """
    old = walks.approach
    number = int(np.flatnonzero((old.ids == point) & ~old.gone)[0]) if point in old.ids[~old.gone] else None
    if number is None:
        raise KeyError(point)
    gone = old.gone.copy()
    gone[number] = True
    reach, changed = left(walks.reach, number)
    less = replace(old, starts=reach.starts, start_line=old.start_line[old.starts.owner != number], gone=gone)
    touched = np.unique(old.seen_building[old.seen_point == number])
    return _said(walks, reach, changed, less, walks.shut_gates, touched)


def moved_point(walks: walking.Walks, point: gpd.GeoDataFrame) -> walking.Walks:
    """Return the answer with a point, told by its id, in another place."""
    for one in point.index:
        walks = without_point(walks, one)
    return with_point(walks, point)


def opened(reach: Reach, gate: int) -> tuple[Reach, Ints]:
    """Open a gate's edges; return the reach and the nodes that became nearer."""
    network = reach.network
    halves = _halves(network, gate)
    shut = np.zeros(2 * len(network.edges), dtype=bool) if reach.shut is None else reach.shut.copy()
    shut[halves] = False
    distance_m, owner = reach.distance_m.copy(), reach.owner.copy()
    rest = shut if shut.any() else None
    changed = _spread(network, distance_m, owner, halves, reach.limit_m, rest)
    return replace(reach, distance_m=distance_m, owner=owner, shut=rest), changed


def closed(reach: Reach, gate: int) -> tuple[Reach, Ints]:
    """Close a gate's edges; return the reach and the nodes whose walk may have changed."""
    network, around = reach.network, reach.network.around
    halves = _halves(network, gate)
    shut = np.zeros(2 * len(network.edges), dtype=bool) if reach.shut is None else reach.shut.copy()
    before = halves[~shut[halves]]
    shut[halves] = True
    tail_m, head_m = reach.distance_m[around.head[before ^ 1]], reach.distance_m[around.head[before]]
    used = before[(tail_m + around.length_m[before] == head_m) & np.isfinite(head_m)]
    lost = _beyond(reach, np.unique(around.head[used]), shut)
    return _anew(replace(reach, shut=shut), lost)


def joined(reach: Reach, starts: Starts) -> tuple[Reach, Ints]:
    """Add starts; return the reach and the nodes that became nearer."""
    network = reach.network
    distance_m, owner = reach.distance_m.copy(), reach.owner.copy()
    begun = walking_network.begin(distance_m, owner, starts, reach.limit_m)
    halves = network.around.out_of(begun)
    changed = _spread(network, distance_m, owner, halves, reach.limit_m, reach.shut)
    both = replace(reach, starts=merged(reach.starts, starts), distance_m=distance_m, owner=owner)
    return both, np.union1d(begun, changed)


def left(reach: Reach, owner: int) -> tuple[Reach, Ints]:
    """Take a place away; return the reach and the nodes that had it."""
    return moved(reach, owner, Starts(node=np.empty(0, np.int64), owner=np.empty(0, np.int64), walk_m=np.empty(0)))


def moved(reach: Reach, owner: int, starts: Starts) -> tuple[Reach, Ints]:
    """Take a place away and add starts; return the reach and the nodes whose walk may have changed."""
    old = reach.starts
    rest = old.owner != owner
    kept = Starts(node=old.node[rest], owner=old.owner[rest], walk_m=old.walk_m[rest])
    return _anew(replace(reach, starts=kept), np.flatnonzero(reach.owner == owner), starts)


def merged(one: Starts, other: Starts) -> Starts:
    """Return both starts."""
    return Starts(
        node=np.concatenate([one.node, other.node]),
        owner=np.concatenate([one.owner, other.owner]),
        walk_m=np.concatenate([one.walk_m, other.walk_m]),
    )


def _halves(network: Network, gate: int) -> Ints:
    edges = network.edges_of_gate(gate)
    return np.concatenate([2 * edges, 2 * edges + 1])


def _beyond(reach: Reach, nodes: Ints, shut: Flags) -> Ints:
    """Return ``nodes`` and all that may be reached through them."""
    around, metres = reach.network.around, reach.distance_m
    found = [nodes]
    seen = np.zeros(reach.network.nodes, dtype=bool)
    seen[nodes] = True
    while len(nodes):
        halves = around.out_of(nodes)
        halves = halves[~shut[halves]]
        head = around.head[halves]
        tight = (metres[around.head[halves ^ 1]] + around.length_m[halves] == metres[head]) & ~seen[head]
        nodes = np.unique(head[tight])
        seen[nodes] = True
        found.append(nodes)
    return np.concatenate(found)


def _anew(reach: Reach, lost: Ints, starts: Starts | None = None) -> tuple[Reach, Ints]:
    """Reach the nodes that lost their way from their neighbours and from the starts, some of them new."""
    around = reach.network.around
    distance_m, owner = reach.distance_m.copy(), reach.owner.copy()
    distance_m[lost], owner[lost] = np.inf, NOBODY
    again = np.flatnonzero(np.isinf(distance_m.take(reach.starts.node)))
    begins = Starts(node=reach.starts.node[again], owner=reach.starts.owner[again], walk_m=reach.starts.walk_m[again])
    whole = reach.starts
    if starts is not None:
        begins, whole = merged(begins, starts), merged(whole, starts)
    begun = walking_network.begin(distance_m, owner, begins, reach.limit_m)
    inward = around.out_of(lost) ^ 1
    inward = inward[np.isfinite(distance_m[around.head[inward ^ 1]])]
    halves = np.unique(np.concatenate([inward, around.out_of(begun)]))
    changed = _spread(reach.network, distance_m, owner, halves, reach.limit_m, reach.shut)
    every = lost if starts is None else np.unique(np.concatenate([lost, begun, changed]))
    return replace(reach, starts=whole, distance_m=distance_m, owner=owner), every


def _spread(
    network: Network,
    distance_m: Floats,
    owner: NDArray[np.int32],
    halves: Ints,
    limit_m: float,
    shut: Flags | None,
) -> Ints:
    rounds = walking_network.spread(network.around, distance_m, owner, halves, distance_m, limit_m=limit_m, shut=shut)
    return np.unique(np.concatenate([halves[:0], *rounds]))


def _said(
    walks: walking.Walks,
    reach: Reach,
    changed: Ints,
    approach: Approach,
    shut_gates: frozenset[int],
    touched: Ints | None = None,
) -> walking.Walks:
    """Put the change into words: only the buildings at changed nodes, and those in ``touched``, are looked at."""
    model = walks.model
    walk_m, owner = walks.metres.copy(), walks.owner.copy()
    which = model.doors.again(reach, changed, walk_m, owner, touched)
    look = np.zeros(len(walk_m), dtype=bool)
    look[which] = True
    walking.better_directly(walk_m, owner, approach, look)
    return model.walks(walk_m, owner, walks.limit_m, walks.pace_m_min, approach, reach, shut_gates)
