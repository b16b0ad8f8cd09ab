"""Shorter borders by annealing: moves and exchanges that lengthen a border are taken too, ever more rarely."""

from __future__ import annotations

from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from gridmap.analysis.balancing import Search

Ints: TypeAlias = NDArray[np.int64]

# In borders of a typical length: how much longer a move may make them in the end, in parts of what it may at first;
# and what a load that is uneven by the whole mean costs, first and last.
_COLD = 0.1
_CHEAP, _DEAR = 30.0, 150.0
# Of the tries so many are exchanges.
_EXCHANGES = 0.3


def anneal(search: Search, rng: np.random.Generator, steps: int, tolerance: float, *, warmth: float = 1.0) -> bool:
    """Look for even groups with shorter borders, and leave the search at the best that were met.

    Compounds are left aside: those that are to stay whole are one unit each (S. Kirkpatrick, C. D. Gelatt,
    M. P. Vecchi 1983, doi:10.1126/science.220.4598.671).

    Parameters
    ----------
    search
        Where to begin.
    rng
        The same state gives the same groups.
    steps
        How many moves are tried.
    tolerance
        Largest deviation that is even, as a share of the mean.
    warmth
        How much longer a move may make borders at first, in borders of a typical length.

    Returns
    -------
    bool
        Whether even groups were met; where none were, the search is left as it was.
    """
    return _Annealing(search, tolerance).run(rng, steps, warmth)


class _Annealing:
    def __init__(self, search: Search, tolerance: float) -> None:
        self.search, self.tolerance = search, tolerance
        self.label = search.label
        k = len(search.group_load)
        # What a unit is drawn by into each group.
        self.pull = [[0.0] * k for _ in self.label]
        self.around = [[(other, border_m / search.typical_m) for other, border_m in of.items()] for of in search.around]
        for unit, near in enumerate(self.around):
            pull = self.pull[unit]
            for other, border in near:
                pull[self.label[other]] += border
            if search.present[unit] >= 0:
                pull[search.present[unit]] += search.change[unit]
        self.gained = 0.0

    def run(self, rng: np.random.Generator, steps: int, warmth: float) -> bool:
        search, label = self.search, self.label
        begun, best, best_gain = label.copy(), label.copy(), -np.inf
        if search.deviation() <= self.tolerance:
            best_gain = 0.0
        size = max(100, len(search.one) // 4)
        rounds = max(1, steps // size)
        cooled = _COLD ** (1 / rounds)
        dearer = (_DEAR / _CHEAP) ** (1 / rounds)
        heat, price = warmth, _CHEAP
        for _ in range(rounds):
            now = np.array(label)
            border = np.flatnonzero(now[search.one] != now[search.other])
            if not len(border):
                break
            picked = border[rng.integers(0, len(border), size)]
            turned = rng.random(size) < 0.5
            units = np.where(turned, search.one[picked], search.other[picked]).tolist()
            others = np.where(turned, search.other[picked], search.one[picked]).tolist()
            limits = (np.log(rng.random(size)) * heat).tolist()
            exchanged = (rng.random(size) < _EXCHANGES).tolist()
            which = rng.integers(0, 1 << 20, size).tolist()
            for unit, other, limit, both, at in zip(units, others, limits, exchanged, which, strict=True):
                if label[unit] == label[other] or search.pinned[unit]:
                    continue
                taken = self._exchange(unit, other, at, price, limit) if both else self._move(unit, other, price, limit)
                if taken and self.gained > best_gain + 1e-9 and search.deviation() <= self.tolerance:
                    best, best_gain = label.copy(), self.gained
            heat *= cooled
            price *= dearer
        found = best_gain > -np.inf
        for unit, group in enumerate(best if found else begun):
            if label[unit] != group:
                search.move(unit, group)
        return found

    def _evened(self, here: int, there: int, load: float) -> float:
        """Return by how much loads beyond the tolerance shrink if so much goes over."""
        loads, free = self.search.group_load, self.tolerance
        x, y = loads[here] - 1, loads[there] - 1
        before = max(0.0, abs(x) - free) + max(0.0, abs(y) - free)
        return before - max(0.0, abs(x - load) - free) - max(0.0, abs(y + load) - free)

    def _move(self, unit: int, other: int, price: float, limit: float) -> bool:
        search = self.search
        here, there = self.label[unit], self.label[other]
        gain = self.pull[unit][there] - self.pull[unit][here]
        if gain + price * self._evened(here, there, search.load[unit]) < limit:
            return False
        if search.group_size[here] == 1 or not search.stays_whole(unit):
            return False
        self._put(unit, there)
        self.gained += gain
        return True

    def _exchange(self, unit: int, other: int, at: int, price: float, limit: float) -> bool:
        """Exchange a unit for the one across the border, or for a neighbour of that one."""
        search, label = self.search, self.label
        here, there = label[unit], label[other]
        near = self.around[other]
        # Half of them with the other itself.
        back = near[at // 2 % len(near)][0] if at % 2 else other
        if label[back] != there or search.pinned[back]:
            return False
        gain = self.pull[unit][there] - self.pull[unit][here] + self.pull[back][here] - self.pull[back][there]
        gain -= 2 * search.around[unit].get(back, 0.0) / search.typical_m
        if gain + price * self._evened(here, there, search.load[unit] - search.load[back]) < limit:
            return False
        if not search.swap(unit, back):
            return False
        self._redrawn(unit, here, there)
        self._redrawn(back, there, here)
        self.gained += gain
        return True

    def _put(self, unit: int, group: int) -> None:
        here = self.label[unit]
        self.search.move(unit, group)
        self._redrawn(unit, here, group)

    def _redrawn(self, unit: int, here: int, there: int) -> None:
        """Note for the neighbours that a unit went over."""
        for other, border in self.around[unit]:
            pull = self.pull[other]
            pull[here] -= border
            pull[there] += border
