"""Moving buildings across borders: the local search that evens out the loads of grids and shortens their borders."""

from __future__ import annotations

from collections import deque
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from gridmap.analysis.cells import Neighbours

Floats: TypeAlias = NDArray[np.float64]
Ints: TypeAlias = NDArray[np.int64]
# Prices of unevenness against border length, tried one after the other.
_PRICES = (30.0, 100.0, 300.0, 1e3, 3e3, 1e4, 3e4, 1e5, 3e5, 1e6, 1e7)
_SWEEPS = 12


class Search:
    """A division of a graph into connected groups, and the moves that improve it.

    Parameters
    ----------
    neighbours
        The graph: pairs of units with the metres of border between them.
    load
        Load of each unit, 0 or more, with a sum above 0.
    label
        Group of each unit, 0 to ``k - 1``; each group holds a unit and hangs together.
    k
        Number of groups.
    """

    def __init__(self, neighbours: Neighbours, load: Floats, label: Ints, k: int) -> None:
        self.load = [float(v) for v in load * (k / load.sum())]
        self.label = [int(v) for v in label]
        self.group_load = [0.0] * k
        self.group_size = [0] * k
        for unit, group in enumerate(self.label):
            self.group_load[group] += self.load[unit]
            self.group_size[group] += 1
        self.around: list[dict[int, float]] = [{} for _ in self.label]
        for a, b, border_m in zip(neighbours.one, neighbours.other, neighbours.border_m, strict=True):
            self.around[a][int(b)] = self.around[b][int(a)] = float(border_m)
        self.one, self.other, self.border_m = neighbours.one, neighbours.other, neighbours.border_m
        self.typical_m = float(neighbours.border_m.mean() if len(neighbours.border_m) else 0.0) or 1.0

    def improve(self, rng: np.random.Generator, tolerance: float) -> None:
        """Move units until the largest deviation is within ``tolerance`` (share of the mean) and no border shortens.

        Unevenness is made dearer step by step, so that even loads are not bought with longer borders than need be.
        """
        for price in _PRICES:
            for _ in range(_SWEEPS):
                if not self._sweep(rng, price, np.inf):
                    break
            if self.deviation() <= tolerance:
                break
        limit = max(tolerance, self.deviation())
        for _ in range(_SWEEPS):
            if not self._sweep(rng, 0.0, limit):
                break

    def deviation(self) -> float:
        """Return the largest difference of a group's load from the mean, as a share of the mean."""
        return max(abs(load - 1.0) for load in self.group_load)

    def cut_m(self) -> float:
        """Return the metres of border between groups."""
        label = np.array(self.label)
        return float(self.border_m[label[self.one] != label[self.other]].sum())

    def _sweep(self, rng: np.random.Generator, price: float, limit: float) -> int:
        """Try each unit at a border once, in random order; return how many moved."""
        label = np.array(self.label)
        differ = label[self.one] != label[self.other]
        edge = np.unique(np.concatenate([self.one[differ], self.other[differ]])).tolist()
        moved = 0
        for at in rng.permutation(len(edge)):
            unit = edge[at]
            target = self._best_move(unit, price, limit)
            if target is not None and self._stays_whole(unit):
                self._move(unit, target)
                moved += 1
        return moved

    def _best_move(self, unit: int, price: float, limit: float) -> int | None:
        """Return the group whose taking the unit gains most, or None if no move gains."""
        here = self.label[unit]
        if self.group_size[here] == 1:
            return None
        border_m: dict[int, float] = {}
        for v, m in self.around[unit].items():
            group = self.label[v]
            border_m[group] = border_m.get(group, 0.0) + m
        inner_m = border_m.pop(here, 0.0)
        best, best_gain = None, 1e-9
        w, from_load = self.load[unit], self.group_load[here]
        for group, m in border_m.items():
            to_load = self.group_load[group]
            if abs(from_load - w - 1) > limit or abs(to_load + w - 1) > limit:
                continue
            # Change of the sum of squared deviations.
            evened = (from_load - 1) ** 2 + (to_load - 1) ** 2 - (from_load - w - 1) ** 2 - (to_load + w - 1) ** 2
            gain = (m - inner_m) / self.typical_m + price * len(self.group_load) * evened
            if gain > best_gain:
                best, best_gain = group, gain
        return best

    def _move(self, unit: int, group: int) -> None:
        here = self.label[unit]
        self.group_load[here] -= self.load[unit]
        self.group_load[group] += self.load[unit]
        self.group_size[here] -= 1
        self.group_size[group] += 1
        self.label[unit] = group

    def _stays_whole(self, unit: int) -> bool:
        """Whether the unit's group still hangs together without it."""
        here = self.label[unit]
        wanted = {v for v in self.around[unit] if self.label[v] == here}
        if len(wanted) < 2:
            return True
        start = next(iter(wanted))
        # Most often the neighbours hang together among themselves.
        if _reaches(self.around, start, wanted, wanted):
            return True
        seen, queue = {start, unit}, deque([start])
        wanted = wanted - {start}
        while queue:
            for v in self.around[queue.popleft()]:
                if v not in seen and self.label[v] == here:
                    seen.add(v)
                    wanted.discard(v)
                    if not wanted:
                        return True
                    queue.append(v)
        return False


def _reaches(around: list[dict[int, float]], start: int, wanted: set[int], allowed: set[int]) -> bool:
    seen, stack = {start}, [start]
    while stack:
        for v in around[stack.pop()]:
            if v in allowed and v not in seen:
                seen.add(v)
                stack.append(v)
    return wanted <= seen
