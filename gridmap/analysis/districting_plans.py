"""Which compounds to cut: every way to divide a small town that opens as few of them as can be, by enumeration."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from gridmap.analysis.cells import Neighbours

Floats: TypeAlias = NDArray[np.float64]
Ints: TypeAlias = NDArray[np.int64]

# What is looked at before a town counts as too large to look at everything.
_LOOKED_AT = 150_000
_MOST_OPENED = 4
_EPS = 1e-9


@dataclass(frozen=True, kw_only=True)
class Plan:
    """Blocks that are opened, and where the others go.

    Parameters
    ----------
    opened
        Blocks whose buildings may go into different groups.
    group
        Group of each block, -1 for those that are opened. A group that has none is made of opened blocks' buildings.
    cost
        What the borders between blocks in different groups cost.
    """

    opened: tuple[int, ...]
    group: tuple[int, ...]
    cost: float


@dataclass(frozen=True)
class _Bundle:
    """Blocks of one group that hang together over opened ones, their load, and the opened ones they reach."""

    mask: int
    load: float
    reached: int


class Enumeration:
    """Looks at the ways to put blocks into groups, some of them opened.

    What is found counts loads and which blocks are neighbours, not how an opened block's buildings lie. So where it
    finds nothing there is nothing; what it finds may still prove impossible.

    Parameters
    ----------
    near
        Neighbouring blocks, with what a border between them costs.
    load
        Load of each block; groups carry 1 in the mean.
    k
        Number of groups.
    single
        Blocks of one unit, which cannot be opened.
    """

    def __init__(self, near: Neighbours, load: Floats, k: int, single: NDArray[np.bool_]) -> None:
        self.near, self.k = near, k
        self.load = load.tolist()
        self.n = len(self.load)
        self.around = [0] * self.n
        for a, b in zip(near.one.tolist(), near.other.tolist(), strict=True):
            self.around[a] |= 1 << b
            self.around[b] |= 1 << a
        self.openable = [block for block in range(self.n) if not single[block]]
        self.left = _LOOKED_AT

    @property
    def complete(self) -> bool:
        """Whether all was looked at so far."""
        return self.left > 0

    def plans(self, opened: int, tolerance: float) -> list[Plan]:
        """Return the plans that open so many blocks, those with short borders first."""
        found = []
        for chosen in itertools.combinations(self.openable, opened):
            for bundles in self._covers(chosen, tolerance):
                found.append(self._plan(chosen, bundles))
            if not self.complete:
                break
        return sorted(found, key=lambda plan: (plan.cost, plan.opened, plan.group))

    def fewest(self, tolerance: float) -> tuple[int | None, list[Plan]]:
        """Return how many blocks at least must be opened for even loads, and the plans that open so many.

        The number is None, and there may be no plan, where too much would have to be looked at.
        """
        for opened in range(min(_MOST_OPENED, len(self.openable)) + 1):
            found = self.plans(opened, tolerance)
            if not self.complete:
                return (opened if opened else None), found
            if found:
                return opened, found
        return _MOST_OPENED + 1 if len(self.openable) > _MOST_OPENED else None, []

    def most_even(self, known: float) -> tuple[float | None, Plan | None]:
        """Return the least deviation of whole blocks, and a plan with it where ``known`` is not the least.

        The deviation is None where too much would have to be looked at.
        """
        best = None
        found = self.plans(0, known - 1e-7)
        while found:
            deviations = [self._deviation(plan) for plan in found]
            at = int(np.argmin(deviations))
            known, best = deviations[at], found[at]
            found = self.plans(0, known - 1e-7)
        return (known if self.complete else None), best

    def _deviation(self, plan: Plan) -> float:
        return float(np.abs(np.bincount(plan.group, weights=self.load, minlength=self.k) - 1).max())

    def _plan(self, opened: Sequence[int], bundles: list[_Bundle]) -> Plan:
        group = np.full(self.n, -1)
        for number, bundle in enumerate(bundles):
            group[[block for block in range(self.n) if bundle.mask >> block & 1]] = number
        one, other = group[self.near.one], group[self.near.other]
        apart = (one >= 0) & (other >= 0) & (one != other)
        return Plan(opened=tuple(opened), group=tuple(group.tolist()), cost=float(self.near.border_m[apart].sum()))

    def _covers(self, opened: Sequence[int], tolerance: float) -> list[list[_Bundle]]:
        """Put all blocks but the opened ones into groups that the opened ones can make even."""
        mask = sum(1 << block for block in opened)
        by_first = self._bundles(mask, tolerance)
        subsets = [
            (sum(1 << block for block in some), sum(self.load[block] for block in some))
            for r in range(1, len(opened) + 1)
            for some in itertools.combinations(opened, r)
        ]
        none = _Bundle(0, 0.0, mask)
        found: list[list[_Bundle]] = []

        def cover(rest: int, chosen: list[_Bundle]) -> None:
            self.left -= 1
            if self.left <= 0:
                return
            if not rest:
                if len(chosen) == self.k or mask:
                    full = chosen + [none] * (self.k - len(chosen))
                    if _comes_out(full, subsets, tolerance):
                        found.append(chosen)
            elif len(chosen) < self.k:
                for bundle in by_first.get(rest & -rest, ()):
                    if not bundle.mask & ~rest:
                        cover(rest & ~bundle.mask, [*chosen, bundle])

        cover(((1 << self.n) - 1) & ~mask, [])
        return found

    def _bundles(self, opened: int, tolerance: float) -> dict[int, list[_Bundle]]:
        """Return the sets of blocks that can be the whole ones of a group, by their first block."""
        whole = [block for block in range(self.n) if not opened >> block & 1]
        found: dict[int, list[_Bundle]] = {}

        def grow(at: int, mask: int, load: float) -> None:
            self.left -= 1
            if self.left <= 0:
                return
            for place in range(at, len(whole)):
                block = whole[place]
                more = load + self.load[block]
                if more <= 1 + tolerance + _EPS:
                    now = mask | 1 << block
                    seen = self._reached(now, opened)
                    if not now & ~seen and (seen & opened or more >= 1 - tolerance - _EPS):
                        found.setdefault(now & -now, []).append(_Bundle(now, more, seen & opened))
                    grow(place + 1, now, more)

        grow(0, 0, 0.0)
        return found

    def _reached(self, mask: int, opened: int) -> int:
        """Return what can be reached from a set's first block over the set and the opened blocks."""
        allowed = mask | opened
        seen = front = mask & -mask
        while front:
            first = front & -front
            front ^= first
            new = self.around[first.bit_length() - 1] & allowed & ~seen
            seen |= new
            front |= new
        return seen


def _comes_out(bundles: list[_Bundle], subsets: list[tuple[int, float]], tolerance: float) -> bool:
    """Whether each choice of opened blocks holds what groups need that reach no other, and finds room (Hall 1935)."""
    for mask, load in subsets:
        need = sum(1 - tolerance - one.load for one in bundles if one.reached and not one.reached & ~mask)
        room = sum(1 + tolerance - one.load for one in bundles if one.reached & mask)
        if need > load + _EPS or load > room + _EPS:
            return False
    return True
