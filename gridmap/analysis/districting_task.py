"""What is to be divided: units that carry loads, the groups they may go into, and what a division is worth."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from gridmap.analysis import balancing, districting_starts
from gridmap.analysis.cells import Neighbours

Floats: TypeAlias = NDArray[np.float64]
Ints: TypeAlias = NDArray[np.int64]

# A compound that carries more than a grid's share is no block but several, each of about this share.
_PART = 0.25


@dataclass(frozen=True, eq=False, kw_only=True)
class Task:
    """Units to divide into groups.

    Parameters
    ----------
    near
        Neighbouring units with what a border between them costs; the graph hangs together.
    load
        Load of each unit; groups carry 1 in the mean.
    places
        Coordinates of each unit.
    compound
        Compound of each unit, -1 for none.
    k
        Number of groups.
    fixed
        Group that a unit must be in, -1 for any.
    present, change_m
        Group that a unit is in today (-1 for none), and the metres of border that leaving it is worth.
    """

    near: Neighbours
    load: Floats
    places: Floats
    compound: Ints
    k: int
    fixed: Ints
    present: Ints
    change_m: Floats

    @property
    def units(self) -> int:
        """How many units there are."""
        return len(self.load)

    def deviation(self, label: Ints) -> float:
        """Return the largest difference of a group's load from the mean, as a share of the mean."""
        return float(np.abs(np.bincount(label, weights=self.load, minlength=self.k) - 1).max())

    def score(self, label: Ints, tolerance: float) -> float:
        """Return how good a division is, less being better: evenness before whole compounds before short borders."""
        typical_m = float(self.near.border_m.mean()) if len(self.near.border_m) else 1.0
        differ = label[self.near.one] != label[self.near.other]
        cost = float(self.near.border_m[differ].sum()) + float(
            self.change_m[(self.present >= 0) & (self.present != label)].sum()
        )
        inside = self.compound >= 0
        pairs = np.unique(np.column_stack([self.compound[inside], label[inside]]), axis=0)
        cut = sum(map(balancing.cut_price, np.bincount(pairs[:, 0]).tolist()))
        over = max(0.0, self.deviation(label) - tolerance)
        return 1e7 * over + balancing.CUT_PRICE * cut + cost / (typical_m or 1.0)

    def blocks(self, *, whole: bool) -> Ints:
        """Return the block of each unit: what hangs together in one compound, and must be in one group.

        Parameters
        ----------
        whole
            Whether compounds that carry more than a group's share are left whole too.
        """
        n = self.units
        own = self.compound
        lowest, highest = np.full(own.max(initial=-1) + 1, self.k), np.full(own.max(initial=-1) + 1, -1)
        at = (own >= 0) & (self.fixed >= 0)
        np.minimum.at(lowest, own[at], self.fixed[at])
        np.maximum.at(highest, own[at], self.fixed[at])
        torn = np.append(lowest < highest, False)  # -1 looks at the last
        part = np.arange(n)
        joined = (own >= 0) & ~torn[own]
        part[joined] = 0
        if not whole:
            self._split_large(part, joined)
        same = (own[self.near.one] == own[self.near.other]) & joined[self.near.one] & joined[self.near.other]
        same &= part[self.near.one] == part[self.near.other]
        _, block = connected_components(_graph(self.near, n, same), directed=False)
        size = np.bincount(block)
        while len(size) < self.k:
            largest = np.flatnonzero(block == int(np.argmax(size)))
            block[largest[1:]] = len(size) + np.arange(len(largest) - 1)
            size = np.bincount(block)
        return np.asarray(block, dtype=np.int64)

    def _split_large(self, part: Ints, joined: NDArray[np.bool_]) -> None:
        carried = np.bincount(self.compound[joined], weights=self.load[joined], minlength=1)
        for compound in np.flatnonzero(carried > 1.0):
            members = np.flatnonzero(joined & (self.compound == compound))
            parts = min(len(members), int(np.ceil(carried[compound] / _PART)))
            part[members] = districting_starts.bisected(self.places[members], self.load[members], parts, 0.0)

    def contracted(self, block: Ints) -> Task:
        """Return the task with blocks for units."""
        n = int(block.max()) + 1
        size = np.bincount(block)
        one, other = block[self.near.one], block[self.near.other]
        low, high = np.minimum(one, other), np.maximum(one, other)
        apart = low != high
        keys, where = np.unique(low[apart] * n + high[apart], return_inverse=True)
        cost = np.bincount(where, weights=self.near.border_m[apart], minlength=len(keys))
        first = np.unique(block, return_index=True)[1]
        fixed = np.full(n, -1)
        np.maximum.at(fixed, block, self.fixed)
        present, change_m = np.full(n, -1), np.zeros(n)
        known = self.present >= 0
        if known.any():
            held = np.zeros((n, self.k))
            np.add.at(held, (block[known], self.present[known]), self.change_m[known] + 1e-9)
            present = np.where(held.any(axis=1), np.argmax(held, axis=1), -1)
            change_m = held.max(axis=1) * 1.0
        return Task(
            near=Neighbours(one=keys // n, other=keys % n, border_m=cost.astype(np.float64)),
            load=np.bincount(block, weights=self.load).astype(np.float64),
            places=np.column_stack([np.bincount(block, weights=self.places[:, axis]) / size for axis in (0, 1)]),
            compound=self.compound[first],
            k=self.k,
            fixed=fixed,
            present=present,
            change_m=change_m,
        )


def without_wishes(task: Task) -> Task:
    """Return the task as if nobody lived in a grid yet."""
    return dataclasses.replace(task, present=np.full(task.units, -1), change_m=np.zeros(task.units))


def _graph(near: Neighbours, n: int, kept: NDArray[np.bool_]) -> coo_array:
    return coo_array((np.ones(int(kept.sum())), (near.one[kept], near.other[kept])), shape=(n, n))
