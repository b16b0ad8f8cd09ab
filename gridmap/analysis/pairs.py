"""Which demand reaches which facility, and how far the walk is: what assignment and siting work on."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import sparse

from gridmap.errors import InputError

Floats: TypeAlias = NDArray[np.float64]
Ints: TypeAlias = NDArray[np.int64]
Cost: TypeAlias = Any
"""A sparse matrix or array of scipy (demand x facility) with an entry for each walk, in metres, an explicit 0 included;
three arrays (numbers of demands, numbers of facilities, metres), or `Pairs`."""


@dataclass(frozen=True, eq=False)
class Pairs:
    """All pairs within reach, sorted by demand and then by facility, each once.

    Parameters
    ----------
    demand, facility
        Numbers from 0.
    walk_m
        Metres of the walk, 0 or more.
    demands, facilities
        How many there are of each, with those in no pair.
    """

    demand: Ints
    facility: Ints
    walk_m: Floats
    demands: int
    facilities: int

    def within(self, limit_m: float) -> Pairs:
        """Return the pairs whose walk is at most ``limit_m`` metres, with a tolerance of 1 mm."""
        near = self.walk_m <= limit_m + 0.001
        return Pairs(self.demand[near], self.facility[near], self.walk_m[near], self.demands, self.facilities)

    def of(self, demands: NDArray[np.bool_], facilities: NDArray[np.bool_]) -> Pairs:
        """Return the pairs among the marked demands and facilities, numbered anew."""
        kept = demands[self.demand] & facilities[self.facility]
        return Pairs(
            (np.cumsum(demands) - 1)[self.demand[kept]],
            (np.cumsum(facilities) - 1)[self.facility[kept]],
            self.walk_m[kept],
            int(demands.sum()),
            int(facilities.sum()),
        )

    def first(self) -> Ints:
        """Return where the pairs of each demand begin, and at the end how many pairs there are."""
        return np.searchsorted(self.demand, np.arange(self.demands + 1)).astype(np.int64)


def read(cost: Cost, demands: int, facilities: int) -> Pairs:
    """Return the pairs of a cost matrix; of a pair given twice the shorter walk counts, an endless walk is none.

    Raises
    ------
    InputError
        If a number is out of range, or a walk is negative or no number.
    """
    if isinstance(cost, Pairs):
        if (cost.demands, cost.facilities) != (demands, facilities):
            raise InputError("siting_shape", found=[cost.demands, cost.facilities], wanted=[demands, facilities])
        return cost
    if isinstance(cost, Sequence) and len(cost) == 3:
        row, column, walk_m = (np.asarray(part) for part in cost)
    else:
        entries = sparse.coo_array(cost)
        if entries.shape != (demands, facilities):
            raise InputError("siting_shape", found=list(entries.shape), wanted=[demands, facilities])
        row, column, walk_m = entries.row, entries.col, entries.data
    row, column, walk_m = row.astype(np.int64), column.astype(np.int64), walk_m.astype(np.float64)
    for numbers, n in ((row, demands), (column, facilities)):
        if len(numbers) and (numbers.min() < 0 or numbers.max() >= n):
            raise InputError("siting_number", found=int(numbers.max()), n=n)
    if np.isnan(walk_m).any() or (walk_m < 0).any():
        raise InputError("siting_walk")
    kept = np.isfinite(walk_m)
    row, column, walk_m = row[kept], column[kept], walk_m[kept]
    key = row * facilities + column
    if len(key) and (np.diff(key) <= 0).any():
        order = np.lexsort((walk_m, key))
        key, row, column, walk_m = key[order], row[order], column[order], walk_m[order]
        once = np.concatenate(([True], np.diff(key) > 0))
        row, column, walk_m = row[once], column[once], walk_m[once]
    return Pairs(row, column, walk_m, demands, facilities)


def counts(values: ArrayLike, what: str) -> Ints:
    """Return whole numbers of 0 or more, as they were given.

    Raises
    ------
    InputError
        If one is negative, broken or no number.
    """
    numbers = np.asarray(values, dtype=np.float64).reshape(-1)
    if not (np.isfinite(numbers).all() and (numbers >= 0).all() and (numbers == np.round(numbers)).all()):
        wrong = numbers[~(np.isfinite(numbers) & (numbers >= 0) & (numbers == np.round(numbers)))]
        raise InputError("siting_count", what=what, found=f"{wrong[0]:g}")
    return numbers.astype(np.int64)
