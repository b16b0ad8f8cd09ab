"""Evening out grids where whole compounds do not come out even: as few compounds as can be are cut for it."""

from __future__ import annotations

import heapq
import itertools
from collections import deque
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import linprog
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from gridmap.analysis import balancing
from gridmap.analysis.cells import Neighbours

Floats: TypeAlias = NDArray[np.float64]
Ints: TypeAlias = NDArray[np.int64]
_ROUNDS = 12
# What a transfer costs over a border where a compound is cut already, and where none could be made.
_CUT_ALREADY, _FAILED = 0.1, 50.0
_REWEIGHED = 3
# Of a tolerance so much is left to the granularity of buildings.
_AIM = 0.6


@dataclass(frozen=True)
class _Share:
    """Units that could go over: what that cuts anew, how far it is from what is wanted, what border it makes."""

    rank: tuple[float, float, float]
    units: tuple[int, ...]


class Cutting:
    """Moves parts of compounds between groups until loads are even.

    Parameters
    ----------
    near
        Neighbouring units, with what a border between them costs.
    load
        Load of each unit; groups carry 1 in the mean.
    label
        Group of each unit; each group hangs together.
    k
        Number of groups.
    compound
        Compound of each unit, -1 for none.
    pinned
        Units that stay where they are.
    """

    def __init__(
        self, near: Neighbours, load: Floats, label: Ints, k: int, compound: Ints, pinned: NDArray[np.bool_]
    ) -> None:
        self.near, self.k, self.pinned = near, k, pinned
        self.load = load
        self.label = label.copy()
        # A building in no compound is one by itself, which is never cut.
        alone = np.flatnonzero(compound < 0)
        self.own = compound.copy()
        self.own[alone] = compound.max(initial=-1) + 1 + np.arange(len(alone))
        self.around: list[list[tuple[int, float]]] = [[] for _ in label]
        for a, b, m in zip(near.one.tolist(), near.other.tolist(), near.border_m.tolist(), strict=True):
            self.around[a].append((b, m))
            self.around[b].append((a, m))
        order = np.argsort(self.own, kind="stable")
        first = np.searchsorted(self.own[order], np.arange(self.own.max() + 2))
        self.members = [order[a:b] for a, b in itertools.pairwise(first)]
        self.failed: set[tuple[int, int]] = set()

    def even_out(self, tolerance: float, *, stepwise: bool = False) -> Ints:
        """Return the groups after loads were evened out to within ``tolerance`` of the mean, or nearly.

        With ``stepwise`` what goes next is chosen anew after each part that went over: a compound that is cut by then
        may serve a third group.
        """
        best, least = self.label.copy(), self._deviation()
        for _ in range(_ROUNDS + 2 * self.k):
            if least <= tolerance:
                break
            moved = False
            for here, there, amount in self._transfers(tolerance):
                moved |= self._transfer(here, there, amount, tolerance)
                if moved and stepwise:
                    break
            if self._deviation() < least:
                best, least = self.label.copy(), self._deviation()
            if not moved and not self.failed:
                break
        return best

    def _deviation(self) -> float:
        return float(np.abs(np.bincount(self.label, weights=self.load, minlength=self.k) - 1).max())

    def _transfers(self, tolerance: float) -> list[tuple[int, int, float]]:
        """Choose over which borders loads go, few of them."""
        a, b = self.label[self.near.one], self.label[self.near.other]
        differ = a != b
        low, high = np.minimum(a[differ], b[differ]), np.maximum(a[differ], b[differ])
        pairs, where = np.unique(np.column_stack([low, high]), axis=0, return_inverse=True)
        where = where.ravel()
        e = len(pairs)
        same = self.own[self.near.one[differ]] == self.own[self.near.other[differ]]
        cut = np.bincount(where, weights=same, minlength=e) > 0
        # Units of a compound that lies in several groups, where they face a third.
        torn = self._torn()
        facing = torn[self.own[self.near.one[differ]]] | torn[self.own[self.near.other[differ]]]
        third = np.bincount(where, weights=facing, minlength=e) > 0
        price = np.where(cut, _CUT_ALREADY, np.where(third, balancing.FURTHER, 1.0))
        price[[tuple(pair) in self.failed for pair in pairs.tolist()]] = _FAILED
        over = np.bincount(self.label, weights=self.load, minlength=self.k) - 1
        out = np.zeros((self.k, e))
        out[pairs[:, 0], np.arange(e)] = 1.0
        out[pairs[:, 1], np.arange(e)] = -1.0
        spare = tolerance * _AIM
        flow = np.zeros(e)
        for _ in range(_REWEIGHED):
            # Least flow by weight is a forest; weighing small flows up leaves fewer of them.
            solved = linprog(
                np.concatenate([price, price]),
                A_ub=np.vstack([np.hstack([out, -out]), np.hstack([-out, out])]),
                b_ub=np.concatenate([over + spare, spare - over]),
                method="highs",
            )
            if solved.x is None:
                return []
            flow = solved.x[:e] - solved.x[e:]
            price = price / (np.abs(flow) + spare) * spare
        chosen = [at for at in np.argsort(-np.abs(flow), kind="stable") if abs(flow[at]) > 1e-7]
        source, sink = (flow < 0).astype(np.int64), (flow > 0).astype(np.int64)
        return [(int(pairs[at, source[at]]), int(pairs[at, sink[at]]), float(abs(flow[at]))) for at in chosen]

    def _torn(self) -> NDArray[np.bool_]:
        """Say of each compound whether it lies in several groups."""
        pairs = np.unique(np.column_stack([self.own, self.label]), axis=0)
        return np.asarray(np.bincount(pairs[:, 0], minlength=len(self.members)) > 1, dtype=np.bool_)

    def _transfer(self, here: int, there: int, amount: float, tolerance: float) -> bool:
        """Move about ``amount`` from one group into another, the part of one compound that fits best."""
        shares = sorted(self._shares(here, there, amount, tolerance), key=lambda share: share.rank)
        for share in shares[:24]:
            units = list(share.units)
            if self._stays_whole(here, units):
                self.label[units] = there
                return True
        self.failed.add((min(here, there), max(here, there)))
        return False

    def _shares(self, here: int, there: int, amount: float, tolerance: float) -> list[_Share]:
        facing: dict[int, list[int]] = {}
        mine = np.flatnonzero((self.label == here) & ~self.pinned)
        for unit in mine.tolist():
            if any(self.label[v] == there for v, _ in self.around[unit]):
                facing.setdefault(int(self.own[unit]), []).append(unit)
        shares = []
        for own, front in facing.items():
            members = self.members[own]
            groups = set(self.label[members].tolist())
            for order in self._orders(members, front, here, there, amount):
                carried = np.cumsum(self.load[order])
                near = int(np.argmin(np.abs(carried - amount)))
                taken = tuple(order[: near + 1])
                rest = int((self.label[members] == here).sum()) > near + 1
                after = len(groups) + (there not in groups) - (not rest)
                cut_anew = balancing.cut_price(after) - balancing.cut_price(len(groups))
                # A part that goes too far off the mark leaves more to be cut elsewhere.
                off = max(0.0, abs(float(carried[near]) - amount) - tolerance * (1 - _AIM))
                shares.append(_Share((cut_anew + 4.0 * off, off, self._border_change(taken, here, there)), taken))
        return shares

    def _orders(self, members: Ints, front: list[int], here: int, there: int, amount: float) -> list[list[int]]:
        """In which orders the units of a compound can follow one another over the border, each with ground to it."""
        inside = {int(u) for u in members if self.label[u] == here and not self.pinned[u]}
        even = dict.fromkeys(inside, 0.0)
        pull = {
            unit: sum(m * (int(self.label[v] == here) - int(self.label[v] == there)) for v, m in self.around[unit])
            for unit in inside
        }
        starts = [front, [front[0]], [front[-1]]] if len(front) > 1 else [front]
        orders = [self._grown(even, start) for start in starts]
        return [*orders, self._grown(pull, front), self._way(inside, front, amount)]

    def _way(self, inside: set[int], front: list[int], amount: float) -> list[int]:
        """Return the units on the way to the one with which the load comes nearest to what is wanted."""
        before = dict.fromkeys(front, -1)
        carried = {unit: float(self.load[unit]) for unit in front}
        queue = deque(front)
        while queue:
            at = queue.popleft()
            for v, _ in self.around[at]:
                if v in inside and v not in before:
                    before[v] = at
                    carried[v] = carried[at] + float(self.load[v])
                    queue.append(v)
        way = [min(carried, key=lambda unit: (abs(carried[unit] - amount), unit))]
        while before[way[-1]] >= 0:
            way.append(before[way[-1]])
        return way[::-1]

    def _grown(self, weight: dict[int, float], front: list[int]) -> list[int]:
        """Return units one after the other from the front on: the lightest first, then those nearest to the front."""
        queue = [(weight[unit], 0, unit) for unit in front]
        heapq.heapify(queue)
        seen, order = set(front), []
        while queue:
            _, hop, unit = heapq.heappop(queue)
            order.append(unit)
            for v, _ in self.around[unit]:
                if v in weight and v not in seen:
                    seen.add(v)
                    heapq.heappush(queue, (weight[v], hop + 1, v))
        return order

    def _border_change(self, units: tuple[int, ...], here: int, there: int) -> float:
        moved = set(units)
        change = 0.0
        for unit in units:
            for v, m in self.around[unit]:
                if v not in moved:
                    change += m * (int(self.label[v] == here) - int(self.label[v] == there))
        return change

    def _stays_whole(self, here: int, units: list[int]) -> bool:
        left = self.label == here
        left[units] = False
        n = int(left.sum())
        if not n:
            return False
        kept = left[self.near.one] & left[self.near.other]
        number = np.cumsum(left) - 1
        pair = (number[self.near.one[kept]], number[self.near.other[kept]])
        graph = coo_array((np.ones(int(kept.sum())), pair), shape=(n, n))
        return int(connected_components(graph, directed=False)[0]) == 1
