"""Moving units across borders: the local search that evens out the loads of grids and shortens their borders."""

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
# What a compound that is newly cut costs, in borders of a typical length; and of that, each further grid in it.
CUT_PRICE = 200.0
FURTHER = 0.25
# Of so many units at a border exchanges are weighed, and so many of the best are tried.
_EXCHANGED, _TRIED = 48, 6


class Search:
    """A division of a graph into connected groups, and the moves that improve it.

    Parameters
    ----------
    neighbours
        The graph: pairs of units with the metres of border between them (or what cutting it costs).
    load
        Load of each unit, 0 or more, with a sum above 0.
    label
        Group of each unit, 0 to ``k - 1``; each group holds a unit and hangs together.
    k
        Number of groups.
    pinned
        Units that stay where they are.
    compound
        Compound of each unit, -1 for none; that one lies in two groups is dear.
    present, change_m
        Group that each unit is in today, -1 for none, and the metres that leaving it is worth.
    """

    def __init__(
        self,
        neighbours: Neighbours,
        load: Floats,
        label: Ints,
        k: int,
        *,
        pinned: NDArray[np.bool_] | None = None,
        compound: Ints | None = None,
        present: Ints | None = None,
        change_m: Floats | None = None,
    ) -> None:
        n = len(label)
        self.load = [float(v) for v in load * (k / load.sum())]
        self.label = [int(v) for v in label]
        self.group_load = [0.0] * k
        self.group_size = [0] * k
        for unit, group in enumerate(self.label):
            self.group_load[group] += self.load[unit]
            self.group_size[group] += 1
        self.around: list[dict[int, float]] = [{} for _ in self.label]
        for a, b, m in zip(
            neighbours.one.tolist(), neighbours.other.tolist(), neighbours.border_m.tolist(), strict=True
        ):
            self.around[a][b] = self.around[b][a] = m
        self.one, self.other, self.border_m = neighbours.one, neighbours.other, neighbours.border_m
        self.typical_m = float(neighbours.border_m.mean() if len(neighbours.border_m) else 0.0) or 1.0
        self.pinned = [False] * n if pinned is None else pinned.tolist()
        self.compound = [-1] * n if compound is None else compound.tolist()
        self.held: dict[tuple[int, int], int] = {}
        for unit, group in enumerate(self.label):
            if self.compound[unit] >= 0:
                key = (self.compound[unit], group)
                self.held[key] = self.held.get(key, 0) + 1
        self.spread = [0] * (max(self.compound, default=-1) + 1)
        for own, _ in self.held:
            self.spread[own] += 1
        self.present = [-1] * n if present is None else present.tolist()
        self.change = [0.0] * n if change_m is None else (change_m / self.typical_m).tolist()

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
            if price >= 1e3:
                self.exchange(rng, price, np.inf)
                if self.deviation() <= tolerance:
                    break
        self.shorten(rng, tolerance)

    def shorten(self, rng: np.random.Generator, tolerance: float) -> None:
        """Shorten borders as long as the largest deviation stays within ``tolerance``, or as it is if that is more."""
        limit = max(tolerance, self.deviation())
        for _ in range(_SWEEPS):
            if not self._sweep(rng, 0.0, limit) and not self.exchange(rng, 0.0, limit):
                break

    def deviation(self) -> float:
        """Return the largest difference of a group's load from the mean, as a share of the mean."""
        return max(abs(load - 1.0) for load in self.group_load)

    def cut_m(self) -> float:
        """Return the metres of border between groups."""
        label = np.array(self.label)
        return float(self.border_m[label[self.one] != label[self.other]].sum())

    def edge(self) -> list[int]:
        """Return the units at a border."""
        label = np.array(self.label)
        differ = label[self.one] != label[self.other]
        return [int(u) for u in np.unique(np.concatenate([self.one[differ], self.other[differ]]))]

    def _sweep(self, rng: np.random.Generator, price: float, limit: float) -> int:
        """Try each unit at a border once, in random order; return how many moved."""
        edge = self.edge()
        moved = 0
        for at in rng.permutation(len(edge)):
            unit = edge[at]
            if self.pinned[unit]:
                continue
            target = self._best_move(unit, price, limit)
            if target is not None and self.stays_whole(unit):
                self.move(unit, target)
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
            gain = (m - inner_m) / self.typical_m + price * len(self.group_load) * evened + self._worth(unit, group)
            if gain > best_gain:
                best, best_gain = group, gain
        return best

    def _worth(self, unit: int, group: int) -> float:
        """Return what moving the unit is worth besides borders and loads: compounds made whole, people left alone."""
        here, own = self.label[unit], self.compound[unit]
        worth = 0.0
        if own >= 0:
            groups = self.spread[own]
            after = groups - (self.held[own, here] == 1) + ((own, group) not in self.held)
            worth += CUT_PRICE * (cut_price(groups) - cut_price(after))
        if self.change[unit]:
            worth += self.change[unit] * ((self.present[unit] == group) - (self.present[unit] == here))
        return worth

    def exchange(self, rng: np.random.Generator, price: float, limit: float) -> int:
        """Exchange units across borders, each pair of groups once; return how many pairs changed places."""
        facing: dict[tuple[int, int], set[int]] = {}
        for unit in self.edge():
            if not self.pinned[unit]:
                for v in self.around[unit]:
                    if self.label[v] != self.label[unit]:
                        facing.setdefault((self.label[unit], self.label[v]), set()).add(unit)
        done = 0
        for here, there in sorted(facing):
            if here < there and (there, here) in facing:
                done += self._exchanged(rng, facing[here, there], facing[there, here], here, there, price, limit)
        return done

    def _exchanged(
        self,
        rng: np.random.Generator,
        mine: set[int],
        theirs: set[int],
        here: int,
        there: int,
        price: float,
        limit: float,
    ) -> int:
        a = [u for u in sorted(mine) if self.label[u] == here]
        b = [u for u in sorted(theirs) if self.label[u] == there]
        if not a or not b:
            return 0
        a = [a[i] for i in rng.permutation(len(a))[:_EXCHANGED]]
        b = [b[i] for i in rng.permutation(len(b))[:_EXCHANGED]]
        gain = np.add.outer([self.gain(u, there) for u in a], [self.gain(u, here) for u in b])
        at = {v: j for j, v in enumerate(b)}
        for i, u in enumerate(a):
            for v, m in self.around[u].items():
                if v in at:
                    gain[i, at[v]] -= 2 * m / self.typical_m
        shift = np.subtract.outer([self.load[u] for u in a], [self.load[u] for u in b])
        x, y = self.group_load[here] - 1, self.group_load[there] - 1
        gain += price * len(self.group_load) * (x**2 + y**2 - (x - shift) ** 2 - (y + shift) ** 2)
        gain[(np.abs(x - shift) > limit) | (np.abs(y + shift) > limit)] = -np.inf
        for flat in np.argsort(-gain, axis=None, kind="stable")[:_TRIED]:
            i, j = divmod(int(flat), len(b))
            if gain[i, j] <= 1e-9:
                break
            if self.swap(a[i], b[j]):
                return 1
        return 0

    def gain(self, unit: int, group: int) -> float:
        """Return what moving a unit into a group is worth, loads aside, in borders of a typical length."""
        here = self.label[unit]
        saved_m = sum(m * ((self.label[v] == group) - (self.label[v] == here)) for v, m in self.around[unit].items())
        return saved_m / self.typical_m + self._worth(unit, group)

    def swap(self, one: int, other: int) -> bool:
        """Exchange two units if both groups hang together afterwards."""
        here, there = self.label[one], self.label[other]
        self.move(one, there)
        self.move(other, here)
        if all(self._joined(unit) for unit in (one, other)) and all(
            self._holds(unit, group) for unit, group in ((one, here), (other, there))
        ):
            return True
        self.move(other, there)
        self.move(one, here)
        return False

    def _joined(self, unit: int) -> bool:
        here = self.label[unit]
        return self.group_size[here] == 1 or any(self.label[v] == here for v in self.around[unit])

    def move(self, unit: int, group: int) -> None:
        """Put a unit into a group, whatever that does to both."""
        here, own = self.label[unit], self.compound[unit]
        self.group_load[here] -= self.load[unit]
        self.group_load[group] += self.load[unit]
        self.group_size[here] -= 1
        self.group_size[group] += 1
        self.label[unit] = group
        if own >= 0 and here != group:
            self.spread[own] += (own, group) not in self.held
            self.held[own, group] = self.held.get((own, group), 0) + 1
            self.held[own, here] -= 1
            if not self.held[own, here]:
                del self.held[own, here]
                self.spread[own] -= 1

    def stays_whole(self, unit: int) -> bool:
        """Whether the unit's group still hangs together without it."""
        return self._holds(unit, self.label[unit])

    def _holds(self, unit: int, here: int) -> bool:
        """Whether the neighbours of a unit that are in a group hang together in it without the unit."""
        wanted = [v for v in self.around[unit] if self.label[v] == here]
        if len(wanted) < 2:
            return True
        # From each neighbour one step at a time: who meets another goes on with it, who is walled in is cut off.
        root = {v: v for v in wanted}
        queues = {v: deque([v]) for v in wanted}
        while len(queues) > 1:
            for own in list(queues):
                if own not in queues:
                    continue
                queue = queues[own]
                if not queue:
                    return False
                at = queue.popleft()
                for v in self.around[at]:
                    if v == unit or self.label[v] != here:
                        continue
                    if v not in root:
                        root[v] = own
                        queue.append(v)
                        continue
                    met = _found(root, v)
                    if met != own:
                        root[met] = own
                        queue.extend(queues.pop(met))
        return True


def cut_price(groups: int) -> float:
    """Return what it costs that a compound lies in so many groups; the first cut is the dear one."""
    return 0.0 if groups < 2 else 1.0 + FURTHER * (groups - 2)


def _found(root: dict[int, int], unit: int) -> int:
    while root[unit] != unit:
        root[unit] = root[root[unit]]
        unit = root[unit]
    return unit
