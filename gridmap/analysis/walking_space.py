"""Free space: walking where no path is drawn, round buildings and walls.

The shortest walk in free space bends only at corners: of a building, or of a wall. So the nodes are these corners, 2 cm
off the wall, and the edges are lines between two corners that see each other and pass both without cutting in. Where
there are so many corners that not all pairs can be looked at, only those as near as `SIGHT_M` are, and a lattice of
further nodes carries longer lines; a walk is then up to about 1 % longer than the shortest.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import shapely

from gridmap.analysis.walking_scene import Flags, Floats, Ints, Scene, Shapes

OFF_M = 0.02
SIGHT_M = 80.0
LATTICE_M = 20.0
# Up to so many nodes all pairs are looked at.
ALL_PAIRS = 700


@dataclass(frozen=True, kw_only=True, eq=False)
class Space:
    """A part of the world in which people walk freely.

    Parameters
    ----------
    area
        The part, or None for the whole world.
    node
        Numbers of its nodes in the network.
    xy
        Their places.
    sight_m
        How far a place sees; infinite where all pairs are looked at.
    """

    area: shapely.Geometry | None
    node: Ints
    xy: Floats
    sight_m: float

    def holds(self, places: Shapes) -> Flags:
        """Return which places lie in it, at least in part."""
        if self.area is None:
            return np.ones(len(places), dtype=bool)
        inside: Flags = shapely.intersects(self.area, places)
        return inside


@dataclass(frozen=True, kw_only=True, eq=False)
class Corners:
    """Places where a walk may bend, with the corners of the same outline before and after; NaN for a free place."""

    xy: Floats
    before: Floats
    after: Floats

    def __add__(self, other: Corners) -> Corners:
        """Return both together."""
        return Corners(
            xy=np.concatenate([self.xy, other.xy]),
            before=np.concatenate([self.before, other.before]),
            after=np.concatenate([self.after, other.after]),
        )

    def only(self, which: Flags) -> Corners:
        """Return some of them."""
        return Corners(xy=self.xy[which], before=self.before[which], after=self.after[which])


def free_places(xy: Floats) -> Corners:
    """Return places that are no corner."""
    nothing = np.full((len(xy), 2), np.nan)
    return Corners(xy=xy.reshape(-1, 2), before=nothing, after=nothing)


def corners(shapes: Shapes, off_m: float) -> Corners:
    """Return the corners of outlines at which a walk may bend: outside them, or inside where ``off_m`` is negative."""
    grown = shapely.buffer(shapely.remove_repeated_points(shapes, 0.05), off_m, join_style="mitre", mitre_limit=3.0)
    parts = shapely.get_parts(shapely.orient_polygons(grown[~shapely.is_empty(grown)]))
    rings = shapely.get_rings(parts)
    xy, ring = shapely.get_coordinates(rings, return_index=True)
    if not len(xy):
        return free_places(np.empty((0, 2)))
    size = np.bincount(ring)
    first = np.cumsum(size) - size
    place = np.arange(len(xy)) - first[ring]
    real = place < size[ring] - 1  # the last repeats the first
    before = np.where(place == 0, first[ring] + size[ring] - 2, np.arange(len(xy)) - 1)
    after = np.minimum(np.arange(len(xy)) + 1, len(xy) - 1)
    came, goes = xy - xy[before], xy[after] - xy
    turn = came[:, 0] * goes[:, 1] - came[:, 1] * goes[:, 0]
    # Outlines have their inside on the left: a left turn is a corner to pass outside, a right turn one to pass inside.
    bends = turn > 1e-9 if off_m > 0 else turn < -1e-9
    keep = real & bends
    return Corners(xy=xy[keep], before=xy[before][keep], after=xy[after][keep])


def stations(shapes: Shapes, off_m: float) -> Corners:
    """Return places along outlines, on the same side as `corners`, at half a sight from each other at most."""
    grown = shapely.buffer(shapes, off_m, join_style="mitre", mitre_limit=3.0)
    dense = shapely.segmentize(shapely.boundary(grown[~shapely.is_empty(grown)]), SIGHT_M / 2)
    return free_places(shapely.get_coordinates(dense))


def lattice(area: shapely.Geometry, step_m: float) -> Floats:
    """Return places at every ``step_m`` within the extent of ``area`` and a little around it."""
    west, south, east, north = shapely.buffer(area, 2 * step_m).bounds
    x, y = np.meshgrid(np.arange(west, east + step_m, step_m), np.arange(south, north + step_m, step_m))
    return np.column_stack([x.ravel(), y.ravel()])


def clear(places: Corners, scene: Scene) -> Flags:
    """Return which places lie in no building."""
    free = np.ones(len(places.xy), dtype=bool)
    free[scene.building_tree.query(shapely.points(places.xy), predicate="intersects")[0]] = False
    return free


def sights(places: Corners, scene: Scene, sight_m: float) -> Ints:
    """Return the pairs of places that see each other and between which a shortest walk can lead."""
    count = len(places.xy)
    if np.isinf(sight_m):
        one, other = np.triu_indices(count, 1)
    else:
        one, other = shapely.STRtree(shapely.points(places.xy)).query(
            shapely.points(places.xy), predicate="dwithin", distance=sight_m
        )
        pair = one < other
        one, other = one[pair], other[pair]
    useful = _passes(places, one, other) & _passes(places, other, one)
    one, other = one[useful], other[useful]
    lines = shapely.linestrings(np.stack([places.xy[one], places.xy[other]], axis=1))
    seen = sees(lines, scene)
    return np.stack([one[seen], other[seen]], axis=1)


def sees(lines: Shapes, scene: Scene, *but: Ints) -> Flags:
    """Return which lines meet neither a wall nor a building, other than those whose numbers are in ``but``."""
    free = ~scene.meets_wall(lines)
    row, building = scene.building_tree.query(lines, predicate="intersects")
    for own in but:
        foreign = building != own[row]
        row, building = row[foreign], building[foreign]
    free[row] = False
    return free


def _passes(places: Corners, one: Ints, other: Ints) -> Flags:
    """Return whether lines leave corner ``one`` along its outline: both neighbours lie on one side."""
    way = places.xy[other] - places.xy[one]
    left = places.before[one] - places.xy[one]
    right = places.after[one] - places.xy[one]
    one_side = way[:, 0] * left[:, 1] - way[:, 1] * left[:, 0]
    other_side = way[:, 0] * right[:, 1] - way[:, 1] * right[:, 0]
    slack = 0.05 * np.hypot(way[:, 0], way[:, 1])  # a corner is 2 cm off what it stands for
    cuts = (np.minimum(one_side, other_side) < -slack) & (np.maximum(one_side, other_side) > slack)
    passes: Flags = ~cuts
    return passes
