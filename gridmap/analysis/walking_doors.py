"""Where buildings touch the network, and what a reach of the network says of them."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from gridmap.analysis.walking_network import NOBODY, Floats, Ints, Reach


@dataclass(frozen=True, kw_only=True, eq=False)
class Doors:
    """Ways from buildings to nodes, in the order of the buildings; a building may have several, or none.

    Parameters
    ----------
    buildings
        How many buildings there are.
    building, node, walk_m
        Of each door: its building, the node it leads to, and the metres between.
    """

    buildings: int
    building: Ints
    node: Ints
    walk_m: Floats

    @staticmethod
    def from_arrays(
        building: NDArray[np.integer], node: NDArray[np.integer], walk_m: NDArray[np.floating], *, buildings: int
    ) -> Doors:
        """Sort doors by building."""
        which = np.asarray(building, dtype=np.int64)
        if len(which) and (which[1:] < which[:-1]).any():
            order = np.argsort(which, kind="stable")
            which, node, walk_m = which[order], np.asarray(node)[order], np.asarray(walk_m)[order]
        return Doors(
            buildings=buildings,
            building=which,
            node=np.asarray(node, dtype=np.int64),
            walk_m=np.asarray(walk_m, dtype=np.float64),
        )

    @cached_property
    def first(self) -> Ints:
        """The doors of building ``b`` are ``first[b]`` to ``first[b + 1]``."""
        return np.searchsorted(self.building, np.arange(self.buildings + 1))

    @cached_property
    def by_node(self) -> tuple[Ints, Ints]:
        """The doors in the order of their nodes, and these nodes."""
        order = np.argsort(self.node, kind="stable")
        return order, self.node[order]

    def of(self, building: int) -> slice:
        """Return the doors of one building."""
        return slice(int(self.first[building]), int(self.first[building + 1]))

    def nearest(self, reach: Reach) -> tuple[Floats, Ints]:
        """Return for each building the metres to the place nearest to it, infinite for none, and which it is, or -1."""
        if self._one_each:
            return reach.distance_m.take(self.node) + self.walk_m, _owners(reach, self.node)
        walk_m = np.full(self.buildings, np.inf)
        owner = np.full(self.buildings, NOBODY, dtype=np.int64)
        _gather(walk_m, owner, self.building, reach.distance_m.take(self.node) + self.walk_m, _owners(reach, self.node))
        return walk_m, owner

    def again(self, reach: Reach, changed: Ints, walk_m: Floats, owner: Ints, touched: Ints | None = None) -> Ints:
        """Write anew what ``reach`` says of the buildings at the nodes ``changed``, and of those ``touched``.

        Returns
        -------
        array
            These buildings.
        """
        order, nodes = self.by_node
        low, high = np.searchsorted(nodes, changed), np.searchsorted(nodes, changed, side="right")
        doors = order[_ranges(low, high)]
        which = self.building[doors]
        which = np.unique(which if touched is None else np.concatenate([which, touched]))
        doors = _ranges(self.first[which], self.first[which + 1])
        walk_m[which], owner[which] = np.inf, NOBODY
        node = self.node[doors]
        metres, who = reach.distance_m.take(node) + self.walk_m[doors], _owners(reach, node)
        _gather(walk_m, owner, self.building[doors], metres, who)
        return which

    @cached_property
    def _one_each(self) -> bool:
        return len(self.building) == self.buildings and bool((np.diff(self.building) == 1).all())


def _owners(reach: Reach, node: Ints) -> Ints:
    return reach.owner.take(node).astype(np.int64)


def _gather(walk_m: Floats, owner: Ints, building: Ints, metres: Floats, who: Ints) -> None:
    """Keep for each building the least metres and whose they are; of equals the lower number."""
    np.minimum.at(walk_m, building, metres)
    best = np.flatnonzero((metres == walk_m[building]) & (who != NOBODY))
    best = best[np.argsort(-who[best], kind="stable")]
    owner[building[best]] = who[best]


def _ranges(low: Ints, high: Ints) -> Ints:
    """Return all numbers from each ``low`` to below its ``high``."""
    count = high - low
    ends = np.cumsum(count)
    found: Ints = np.arange(int(ends[-1]) if len(ends) else 0) + np.repeat(low - (ends - count), count)
    return found
