"""Fast searches and proofs for covering: most households with so many facilities, and fewest facilities for all.

Both work on an incidence without room or budget. The searches are a greedy start and exchanges of single facilities
that keep the gain of each closed facility and the loss of each open one up to date; the proofs are Lagrangian bounds.
"""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from gridmap.analysis.pairs import Floats, Ints


@dataclass(frozen=True, eq=False)
class Incidence:
    """Who covers whom: demands by facility and facilities by demand.

    Parameters
    ----------
    by_demand, by_facility
        The same 0/1 matrix (demand x facility) as CSR, and as CSR of its transpose.
    weight
        What covering each demand is worth.
    """

    by_demand: Any
    by_facility: Any
    weight: Floats

    @classmethod
    def of(cls, demand: Ints, facility: Ints, weight: Floats, facilities: int) -> Incidence:
        """Build it from pairs."""
        ones = np.ones(len(demand))
        matrix = sparse.csr_array((ones, (demand, facility)), shape=(len(weight), facilities))
        matrix.sort_indices()
        turned = sparse.csr_array(matrix.T)
        turned.sort_indices()
        return cls(matrix, turned, np.asarray(weight, dtype=np.float64))

    @property
    def facilities(self) -> int:
        """How many facilities there are."""
        return int(self.by_demand.shape[1])

    def covered(self, opened: Ints) -> NDArray[np.bool_]:
        """Tell which demands the opened facilities cover."""
        marked = np.zeros(self.facilities)
        marked[opened] = 1.0
        return np.asarray(self.by_demand @ marked > 0)

    def value(self, opened: Ints) -> float:
        """Return the weight that the opened facilities cover."""
        return float(self.weight[self.covered(opened)].sum())


class Search:
    """An open set with the gain of opening each facility and the loss of closing each open one.

    Parameters
    ----------
    incidence
        Who covers whom.
    """

    def __init__(self, incidence: Incidence) -> None:
        self._rows, self._columns = incidence.by_demand, incidence.by_facility
        self._row_at, self._row_of = self._rows.indptr, self._rows.indices
        self._column_at, self._column_of = self._columns.indptr, self._columns.indices
        self._row_length = np.diff(self._row_at)
        self.weight = incidence.weight.copy()
        demands, facilities = self._rows.shape
        self.times = np.zeros(demands, dtype=np.int64)
        self._owners = np.zeros(demands, dtype=np.int64)
        self.gain = self._columns @ self.weight
        self.loss = np.zeros(facilities)
        self.opened = np.zeros(facilities, dtype=bool)
        self.value = 0.0

    def _shift(self, demands: Ints, sign: float) -> None:
        """Change the gain of whoever covers these demands by their weights."""
        if not len(demands):
            return
        lengths = self._row_length[demands]
        ends = np.cumsum(lengths)
        at = np.arange(ends[-1]) + np.repeat(self._row_at[demands] - ends + lengths, lengths)
        np.add.at(self.gain, self._row_of[at], sign * np.repeat(self.weight[demands], lengths))

    def open(self, facility: int) -> None:
        """Open a closed facility."""
        here = self._column_of[self._column_at[facility] : self._column_at[facility + 1]]
        times = self.times[here]
        new, shared = here[times == 0], here[times == 1]
        np.subtract.at(self.loss, self._owners[shared], self.weight[shared])
        self.times[here] += 1
        self._owners[here] += facility
        won = float(self.weight[new].sum())
        self.loss[facility] = won
        self.value += won
        self.opened[facility] = True
        self._shift(new, -1.0)

    def close(self, facility: int) -> None:
        """Close an open facility."""
        here = self._column_of[self._column_at[facility] : self._column_at[facility + 1]]
        self.times[here] -= 1
        self._owners[here] -= facility
        times = self.times[here]
        lost, alone = here[times == 0], here[times == 1]
        np.add.at(self.loss, self._owners[alone], self.weight[alone])
        self.value -= float(self.weight[lost].sum())
        self.loss[facility] = 0.0
        self.opened[facility] = False
        self._shift(lost, 1.0)

    def become(self, opened: Ints) -> None:
        """Open these and close all others."""
        wanted = np.zeros(len(self.opened), dtype=bool)
        wanted[opened] = True
        for facility in np.flatnonzero(self.opened & ~wanted):
            self.close(int(facility))
        for facility in np.flatnonzero(wanted & ~self.opened):
            self.open(int(facility))

    def who_covers(self, demand: int) -> Ints:
        """Return the facilities that cover a demand."""
        who: Ints = self._row_of[self._row_at[demand] : self._row_at[demand + 1]]
        return who

    def raise_weight(self, demands: Ints) -> None:
        """Make covering these demands, which nothing covers now, worth 1 more."""
        self.weight[demands] += 1.0
        lengths = self._row_length[demands]
        ends = np.cumsum(lengths)
        at = np.arange(ends[-1]) + np.repeat(self._row_at[demands] - ends + lengths, lengths)
        np.add.at(self.gain, self._row_of[at], 1.0)

    def best(self) -> int:
        """Return the closed facility that gains most; of equals the first. An open one gains nothing."""
        return int(self.gain.argmax())

    def fill(self, n: int) -> None:
        """Open the best facility again and again until ``n`` are open or nothing is gained."""
        for _ in range(n - int(self.opened.sum())):
            facility = self.best()
            if self.gain[facility] <= 1e-9:
                return
            self.open(facility)

    def exchange(self, until: float) -> None:
        """Exchange single facilities as long as that covers more."""
        improved = True
        while improved:
            improved = False
            for facility in np.flatnonzero(self.opened)[np.argsort(self.loss[self.opened], kind="stable")]:
                before = self.value
                self.close(int(facility))
                other = self.best()
                if self.gain[other] > before - self.value + 1e-9:
                    self.open(other)
                    improved = True
                else:
                    self.open(int(facility))
                if time.perf_counter() > until:
                    return


def anneal(search: Search, rounds: int, seed: int | tuple[int, ...], until: float, target: float = np.inf) -> Ints:
    """Exchange on and on, now and then for the worse, and return the best open set met.

    Parameters
    ----------
    search
        Begun, with as many open as may be; it is left where the walk ends.
    rounds
        Exchanges to try.
    seed
        The same seed takes the same walk.
    until
        Moment of `time.perf_counter` at which to stop at the latest.
    target
        A value that cannot be passed: reached, the walk ends.
    """
    rng = np.random.default_rng(seed)
    best, kept = search.value, np.flatnonzero(search.opened)
    opened = kept.copy()
    if not len(opened) or len(opened) == len(search.opened):
        return kept
    typical = float(search.loss[opened].mean()) or 1.0
    pick, chance = rng.integers(0, len(opened), rounds), rng.random(rounds)
    for step in range(rounds):
        if best >= target - 1e-6 or (step % 64 == 0 and time.perf_counter() > until):
            break
        heat = typical * 0.08 * (1 - step / rounds) ** 2 + 1e-9
        place = int(pick[step])
        facility, before = int(opened[place]), search.value
        search.close(facility)
        own, search.gain[facility] = search.gain[facility], -1.0
        other = search.best()
        search.gain[facility] = own
        if before - search.value - search.gain[other] > -heat * np.log(chance[step] + 1e-300):
            other = facility
        search.open(other)
        opened[place] = other
        if search.value > best + 1e-9:
            best, kept = search.value, opened.copy()
    return np.sort(kept)


def most_bound(
    incidence: Incidence,
    n: int,
    reached: float,
    *,
    rounds: int = 400,
    until: float = np.inf,
    begin: Floats | None = None,
) -> tuple[float, Floats, Floats]:
    """Return a weight that no ``n`` facilities can pass, with the multipliers that prove it and the facilities' scores.

    Each demand pays a part of its weight, between nothing and all, for being covered; whatever the parts, the unpaid
    rest and the ``n`` best-paid facilities together are no less than what any ``n`` facilities cover.
    """
    weight, turned, matrix = incidence.weight, incidence.by_facility, incidence.by_demand
    part = weight / 2 if begin is None else begin
    best, best_part, best_score = np.inf, part, turned @ part
    stride, stale = 1.0, 0
    marked = np.zeros(incidence.facilities)
    direction = np.zeros_like(weight)
    for step in range(rounds):
        score = turned @ part
        top = np.argpartition(-score, n - 1)[:n] if n < len(score) else np.arange(len(score))
        bound = float((weight - part).sum() + score[top].sum())
        if bound < best - 1e-9 * abs(bound):
            best, best_part, best_score, stale = bound, part, score, 0
        else:
            stale += 1
            if stale >= 12:
                stride, stale = stride * 0.7, 0
        if best - reached < 0.5 or (step % 16 == 0 and time.perf_counter() > until):
            break
        marked[:] = 0.0
        marked[top] = 1.0
        slope = matrix @ marked - 1.0
        slope[(part <= 0) & (slope > 0)] = 0.0
        slope[(part >= weight) & (slope < 0)] = 0.0
        direction = slope + 0.6 * direction
        length = float(direction @ direction)
        if length < 1e-12:
            break
        part = np.clip(part - stride * (bound - reached + 1e-3 * bound) / length * direction, 0.0, weight)
    return best, best_part, best_score


def fewest(incidence: Incidence) -> Ints:
    """Cover everything greedily, then leave out what is not needed. Something must cover each demand."""
    search = Search(incidence)
    search.fill(incidence.facilities)
    for facility in np.flatnonzero(search.opened):
        if search.loss[facility] <= 1e-9:
            search.close(int(facility))
    return np.flatnonzero(search.opened)


def fewer(incidence: Incidence, chosen: Ints, least: int, rounds: int, until: float, seed: int) -> Ints:
    """Look for a cover with fewer: take one out, then exchange until everything is covered again.

    What stays uncovered weighs more with each step, so that the walk does not turn in circles (Gao, Weise and Li 2015,
    doi:10.1016/j.ejor.2015.05.028).
    """
    rng = np.random.default_rng(seed)
    search = Search(incidence)
    for facility in chosen:
        search.open(int(facility))
    best = np.sort(chosen)
    opened = best.copy()
    moved = np.zeros(incidence.facilities)
    draws = rng.random(rounds)
    for step in range(rounds):
        if step % 64 == 0 and time.perf_counter() > until:
            break
        bare = np.flatnonzero(search.times == 0)
        while not len(bare):
            best = np.sort(opened)
            if len(best) <= least:
                return best
            place = int(search.loss[opened].argmin())
            search.close(int(opened[place]))
            opened = np.delete(opened, place)
            bare = np.flatnonzero(search.times == 0)
        place = int((search.loss[opened] + 1e-7 * moved[opened]).argmin())
        out = int(opened[place])
        search.close(out)
        moved[out] = step + 1
        bare = np.flatnonzero(search.times == 0)
        who = search.who_covers(int(bare[int(draws[step] * len(bare))]))
        who = who[who != out] if len(who) > 1 else who
        into = int(who[(search.gain[who] - 1e-7 * moved[who]).argmax()])
        search.open(into)
        moved[into] = step + 1
        opened[place] = into
        bare = np.flatnonzero(search.times == 0)
        if len(bare):
            search.raise_weight(bare)
    return best


def fewest_bound(
    incidence: Incidence, reached: int, *, rounds: int = 600, until: float = np.inf
) -> tuple[float, Floats]:
    """Return a number that no cover goes below, not rounded, and the facilities' scores that prove it."""
    matrix, turned = incidence.by_demand, incidence.by_facility
    size = np.diff(turned.indptr).astype(float)
    # To begin with, each demand pays its share of the largest facility that covers it: no facility earns more than 1.
    share = 1.0 / np.maximum.reduceat(size[matrix.indices], matrix.indptr[:-1])
    best, best_score = 0.0, turned @ share
    stride, stale = 1.0, 0
    direction = np.zeros(matrix.shape[0])
    for step in range(rounds):
        score = turned @ share
        bound = float(share.sum() + np.minimum(1.0 - score, 0.0).sum())
        if bound > best + 1e-9:
            best, best_score, stale = bound, score, 0
        else:
            stale += 1
            if stale >= 12:
                stride, stale = stride * 0.7, 0
        if np.ceil(best - 1e-6) >= reached or stride < 1e-5 or (step % 16 == 0 and time.perf_counter() > until):
            break
        slope = 1.0 - matrix @ (score > 1.0).astype(float)
        slope[(share <= 0) & (slope < 0)] = 0.0
        direction = slope + 0.6 * direction
        length = float(direction @ direction)
        if length < 1e-12:
            break
        share = np.maximum(share + stride * (reached * 1.01 - bound) / length * direction, 0.0)
    return best, best_score
