"""What would bring a building within reach: the short piece of way, or the gate, that makes its walk short enough."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import shapely
from scipy.spatial import KDTree

from gridmap.analysis import walking
from gridmap.analysis.walking_network import Ints, Starts

LONGEST_M = 60.0
# So many of the best pairs of places are looked at before it is given up.
_MOST_TRIED = 400
_NEAREST = 12


@dataclass(frozen=True, kw_only=True, eq=False)
class Shortcut:
    """A piece of way that is not there.

    Parameters
    ----------
    line
        Where it would be, in the model's CRS, from the building's side to the point's.
    walk_m
        Metres that count from the building to the point, with it.
    point
        Id of the point that is reached.
    compound
        Row of the compound whose wall it crosses, or -1: then a path is wanted, else a gate.
    """

    line: shapely.LineString
    walk_m: float
    point: Any
    compound: int

    @property
    def length_m(self) -> float:
        """Metres of it."""
        return float(self.line.length)


def find(walks: walking.Walks, building: int, *, longest_m: float = LONGEST_M) -> Shortcut | None:
    """Find what would bring a building within the limit.

    It joins a place that is reached from the building to one from which a point is reached, straight, through no
    building and at most one wall. Of all that are short enough, a short one that shortens much is taken.

    Parameters
    ----------
    walks
        An answer in which the building is out of reach.
    building
        Its row in the model.
    longest_m
        Longest piece that is thought of.
    """
    network, doors = walks.model.network, walks.model.doors
    if network.xy is None:
        return None
    mine = doors.of(building)
    count = mine.stop - mine.start
    begin = Starts(node=doors.node[mine], owner=np.zeros(count, dtype=np.int64), walk_m=doors.walk_m[mine])
    from_m = network.reach(begin, limit_m=walks.limit_m, shut=walks.reach.shut).distance_m
    to_m = walks.reach.distance_m
    near = np.flatnonzero(from_m <= walks.limit_m)
    far = np.flatnonzero(to_m <= walks.limit_m)
    if not len(near) or not len(far):
        return None
    gap_m, at = KDTree(network.xy[far]).query(
        network.xy[near], k=min(_NEAREST, len(far)), distance_upper_bound=longest_m
    )
    row, column = np.nonzero(np.isfinite(gap_m.reshape(len(near), -1)))
    gap = gap_m.reshape(len(near), -1)[row, column]
    one, other = near[row], far[at.reshape(len(near), -1)[row, column]]
    total = from_m[one] + gap + to_m[other]
    good = np.flatnonzero((total <= walks.limit_m) & (gap > 0))
    good = good[np.argsort(total[good] + gap[good], kind="stable")][:_MOST_TRIED]
    return _first(walks, one[good], other[good], total[good])


def _first(walks: walking.Walks, one: Ints, other: Ints, walk_m: Any) -> Shortcut | None:
    """Return the first of some straight lines between nodes that leads through no building and at most one wall."""
    if not len(one):
        return None
    scene, xy = walks.model.fabric.scene, walks.model.fabric.ways.xy
    lines = shapely.linestrings(np.stack([xy[one], xy[other]], axis=1))
    blocked, _ = scene.block_tree.query(lines, predicate="intersects")
    walled = np.flatnonzero(scene.walled)
    rings = shapely.boundary(scene.compounds[walled])
    hit, wall = shapely.STRtree(rings).query(lines, predicate="intersects")
    crossings = np.bincount(hit, minlength=len(lines))
    free = np.setdiff1d(np.flatnonzero(crossings <= 1), blocked)
    if not len(free):
        return None
    best = int(free[0])
    met = wall[hit == best]
    return Shortcut(
        line=lines[best],
        walk_m=float(walk_m[best]),
        point=walks.approach.ids[int(walks.reach.owner[other[best]])],
        compound=int(walled[met[0]]) if len(met) else -1,
    )
