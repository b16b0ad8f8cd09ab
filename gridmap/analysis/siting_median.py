"""Least walking of all together (p-median): single exchanges, a Lagrangian bound, and what the bound rules out.

Each demand offers a price for being served; whatever the prices, the offers less what the best-paid facilities earn are
no more than any choice costs. Subgradient steps raise that bound; what would cost more than the best choice known is
ruled out, walk by walk and facility by facility.
"""

from __future__ import annotations

import time
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from gridmap.analysis.pairs import Floats, Ints


@dataclass(frozen=True, eq=False)
class Median:
    """What it costs to serve each demand from each facility, sorted by demand and then by cost.

    Parameters
    ----------
    row, column, cost
        The pairs; cost is metres times households.
    base
        Cost of each demand from what is open anyway; ``beyond`` where nothing is.
    facilities, places
        How many facilities, and how many of them may be open.
    beyond
        Stands for being served by nobody: more than any way of serving all can cost.
    """

    row: Ints
    column: Ints
    cost: Floats
    base: Floats
    facilities: int
    places: int
    beyond: float

    @classmethod
    def of(cls, row: Ints, column: Ints, cost: Floats, base: Floats, facilities: int, places: int) -> Median:
        """Put the pairs in order; what costs more than is open anyway is left out."""
        kept = np.flatnonzero(cost < base[row])
        kept = kept[np.lexsort((cost[kept], row[kept]))]
        row, column, cost = row[kept], column[kept], cost[kept]
        dearest = np.where(np.isfinite(base), base, 0.0)
        np.maximum.at(dearest, row, cost)
        beyond = float(dearest.sum()) + 1.0
        return cls(row, column, cost, np.where(np.isfinite(base), base, beyond), facilities, places, beyond)

    @property
    def demands(self) -> int:
        """How many demands there are."""
        return len(self.base)


@dataclass(frozen=True, eq=False)
class Proof:
    """A bound, and what it rules out.

    Parameters
    ----------
    bound
        No choice costs less.
    offers
        The prices that prove it.
    earned
        What each facility earns at these prices (0 or less).
    """

    bound: float
    offers: Floats
    earned: Floats


def nearest(asked: Median, opened: NDArray[np.bool_]) -> tuple[Floats, Floats, Ints]:
    """Return the least and the second least cost of each demand, and the facility of the least (-1: none of these)."""
    n = len(asked.row)
    at = np.flatnonzero(opened[asked.column])
    first = np.full(asked.demands, n)
    rows = asked.row[at]
    begins = np.concatenate(([True], rows[1:] != rows[:-1])) if len(at) else np.zeros(0, bool)
    first[rows[begins]] = at[begins]
    second = np.full(asked.demands, n)
    follows = np.concatenate(([False], begins[:-1])) & ~begins if len(at) else begins
    second[rows[follows]] = at[follows]
    cost = np.append(asked.cost, np.inf)
    least = np.minimum(cost[first], asked.base)
    return least, np.minimum(cost[second], asked.base), np.append(asked.column, -1)[first]


def exchange(asked: Median, opened: NDArray[np.bool_], until: float) -> tuple[NDArray[np.bool_], float]:
    """Fill up and exchange single facilities, the best exchange first, as long as that costs less."""
    opened = opened.copy()
    least, second, whose = nearest(asked, opened)
    value = float(least.sum())
    while time.perf_counter() < until:
        near = np.flatnonzero((asked.cost < second[asked.row]) & ~opened[asked.column])
        row, column, cost = asked.row[near], asked.column[near], asked.cost[near]
        win = np.bincount(column, weights=np.maximum(least[row] - cost, 0), minlength=asked.facilities)
        if opened.sum() < asked.places:
            facility = int(win.argmax())
            if win[facility] <= 1e-7:
                break
            opened[facility] = True
        else:
            held = np.flatnonzero(opened)
            if not len(held):
                break
            place = np.full(asked.facilities + 1, -1)
            place[held] = np.arange(len(held))
            owner = place[whose]
            owned = owner >= 0
            loss = np.bincount(owner[owned], weights=(second - least)[owned], minlength=len(held))
            kept = owner[row] >= 0
            back = np.bincount(
                owner[row[kept]] * asked.facilities + column[kept],
                weights=(second[row] - np.maximum(cost, least[row]))[kept],
                minlength=len(held) * asked.facilities,
            ).reshape(len(held), asked.facilities)
            profit = (back + win - loss[:, None]).astype(np.float64)
            profit[:, held] = -np.inf
            best = int(profit.argmax())
            if profit.flat[best] <= 1e-7:
                break
            out, into = divmod(best, asked.facilities)
            opened[held[out]], opened[into] = False, True
        least, second, whose = nearest(asked, opened)
        value = float(least.sum())
    return opened, value


def search(
    asked: Median, until: float, seed: int, *, rounds: int, opened: NDArray[np.bool_] | None = None
) -> tuple[NDArray[np.bool_], float]:
    """Exchange, then again and again from the best with a few facilities changed at random."""
    rng = np.random.default_rng(seed)
    begun = np.zeros(asked.facilities, dtype=bool) if opened is None else opened
    best, value = exchange(asked, begun, until)
    for _ in range(rounds):
        held, free = np.flatnonzero(best), np.flatnonzero(~best)
        if time.perf_counter() > until or not len(held) or not len(free):
            break
        n = min(len(held), len(free), max(1, len(held) // 5), 4)
        tried = best.copy()
        tried[rng.choice(held, n, replace=False)] = False
        tried[rng.choice(free, n, replace=False)] = True
        tried, now = exchange(asked, tried, until)
        if now < value - 1e-7:
            best, value = tried, now
    return best, value


def prove(
    asked: Median, opened: NDArray[np.bool_], value: float, until: float, *, rounds: int = 1500
) -> tuple[Proof, NDArray[np.bool_], float]:
    """Raise the bound, and better the choice with the sets that the bound's prices favour."""
    least, second, _ = nearest(asked, opened)
    offers = np.where(second < asked.beyond, (least + second) / 2, least * 1.5)
    earned: Floats = np.zeros(asked.facilities)
    best = Proof(-np.inf, offers, earned)
    stride, stale = 1.0, 0
    direction = np.zeros(asked.demands)
    ceiling, active = np.full(asked.demands, -np.inf), np.zeros(0, dtype=np.int64)
    for step in range(rounds):
        if (offers > ceiling).any():
            ceiling = np.maximum(offers * 1.3, ceiling)
            active = np.flatnonzero(asked.cost < ceiling[asked.row])
            row, column, cost = asked.row[active], asked.column[active], asked.cost[active]
        less = np.minimum(cost - offers[row], 0.0)
        earned = np.bincount(column, weights=less, minlength=asked.facilities).astype(np.float64)
        top = np.argpartition(earned, asked.places - 1)[: asked.places] if asked.places < len(earned) else slice(None)
        anyway = np.minimum(asked.base - offers, 0.0)
        bound = float(offers.sum() + earned[top].sum() + anyway.sum())
        if bound > best.bound + 1e-9 * abs(value):
            best, stale = Proof(bound, offers, earned), 0
            if step % 10 == 0:
                tried = np.zeros(asked.facilities, dtype=bool)
                tried[top] = True
                now = float(nearest(asked, tried)[0].sum())
                if now < value * 1.03:
                    tried, now = exchange(asked, tried, until)
                if now < value - 1e-7:
                    opened, value = tried, now
        else:
            stale += 1
            if stale >= 20:
                stride, stale = stride * 0.7, 0
        if value - best.bound <= 1e-9 * max(1.0, value) or stride < 1e-5 or time.perf_counter() > until:
            break
        marked = np.zeros(asked.facilities, dtype=bool)
        marked[top] = True
        taken = (less < 0) & marked[column]
        slope = 1.0 - np.bincount(row[taken], minlength=asked.demands) - (anyway < 0)
        direction = slope + 0.5 * direction
        length = float(direction @ direction)
        if length < 1e-12:
            break
        offers = np.maximum(offers + stride * (value * 1.002 - bound) / length * direction, 0.0)
    return best, opened, value


def ruled_out(
    asked: Median, proof: Proof, value: float
) -> tuple[NDArray[np.bool_], NDArray[np.bool_], NDArray[np.bool_]]:
    """Return what no cheaper choice can have: facilities shut, facilities held open, pairs not walked."""
    earned, places = proof.earned, min(asked.places, asked.facilities)
    order = np.sort(earned)
    last = order[places - 1] if places else 0.0
    following = order[places] if places < len(order) else 0.0
    room = value - proof.bound - 1e-7 * max(1.0, abs(value))
    extra = np.maximum(earned - last, 0.0)
    shut = extra >= max(room, 0.0) if room > 0 else np.ones(len(earned), dtype=bool)
    held = (following - earned >= max(room, 0.0)) & (earned < following)
    more = np.maximum(asked.cost - proof.offers[asked.row], 0.0) + extra[asked.column]
    return shut & ~held, held, more >= room
