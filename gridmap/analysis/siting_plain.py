"""Siting without room or budget: what is open anyway is taken out, the rest searched, bounded and finished."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from gridmap.analysis import siting_cover, siting_exact, siting_median
from gridmap.analysis.pairs import Floats, Ints, Pairs
from gridmap.analysis.siting_problem import Objective, Problem, Standing

_TURNS, _STEPS, _PAID = 16, 1500, 40
_FEW, _MANY, _SMALL = 1_000, 20_000, 30_000

Progress = Callable[[float | None, float | None, NDArray[np.bool_] | None], None]
"""Called with the value of the best so far, a bound, and the open set; each None while not known."""


@dataclass(frozen=True, eq=False)
class Found:
    """An open set (None if none was found), a bound, and whether it is proven that there is no open set."""

    opened: NDArray[np.bool_] | None
    bound: float
    infeasible: bool = False


@dataclass(frozen=True, eq=False)
class Core:
    """What is left to decide.

    Parameters
    ----------
    asked
        The whole siting.
    anyway
        What is open anyway.
    free
        Numbers of the facilities to decide on.
    places
        How many of these may be open; None for as many as it takes.
    """

    asked: Problem
    anyway: NDArray[np.bool_]
    free: Ints
    places: int | None

    @classmethod
    def of(cls, asked: Problem) -> Core:
        """A closable facility costs nothing here, so it stays open unless facilities are counted."""
        counting = asked.objective == Objective.LSCP
        anyway = asked.is_(Standing.FIXED) if counting else asked.is_(Standing.FIXED, Standing.CLOSABLE)
        free = np.flatnonzero(~anyway)
        return cls(asked, anyway, free, None if asked.places is None else min(asked.places, len(free)))

    def opened(self, chosen: Ints) -> NDArray[np.bool_]:
        """Return the whole open set."""
        opened = self.anyway.copy()
        opened[self.free[chosen]] = True
        return opened

    def left(self, limit_m: float = np.inf) -> tuple[Ints, Ints, Ints]:
        """Return the demands that nothing covers anyway, and the pairs of these and the free facilities, renumbered."""
        near = self.asked.near.within(limit_m)
        needed = self.asked.households > 0
        needed[near.demand[self.anyway[near.facility]]] = False
        pairs = near.of(needed, ~self.anyway)
        return np.flatnonzero(needed), pairs.demand, pairs.facility


def solve(asked: Problem, until: float, seed: int, progress: Progress) -> Found:
    """Solve a plain siting; ``until`` is a moment of `time.perf_counter`."""
    core = Core.of(asked)
    if asked.objective == Objective.MCLP:
        return _most(core, until, seed, progress)
    if asked.objective == Objective.LSCP:
        base = int(core.anyway.sum())

        def tell(chosen: Ints, least: int) -> None:
            if core.places is None or len(chosen) <= core.places:
                progress(float(base + len(chosen)), float(base + least), core.opened(chosen))

        chosen, least = cover_all(core, core.left(), until, seed, asked, tell=tell)
        if chosen is None:
            return Found(None, base + least, core.places is not None and least > core.places)
        return Found(core.opened(chosen), float(base + least))
    if asked.objective == Objective.PMEDIAN:
        return _median(core, until, seed, progress)
    return _center(core, until, seed, progress)


def _most(core: Core, until: float, seed: int, progress: Progress) -> Found:
    asked, places = core.asked, core.places or 0
    demands, row, column = core.left()
    weight = asked.households[demands].astype(np.float64)
    already = float(asked.households.sum() - weight.sum())
    incidence = siting_cover.Incidence.of(row, column, weight, len(core.free))
    search = siting_cover.Search(incidence)
    search.fill(places)
    if not places or int(search.opened.sum()) < places:
        return Found(core.opened(np.flatnonzero(search.opened)), already + search.value)
    begun = time.perf_counter()
    search.exchange(until)
    most = float(np.unique(row).size and weight[np.unique(row)].sum())
    simple = min(most, float(np.sort(incidence.by_facility @ weight)[::-1][:places].sum()))
    chosen, value = np.flatnonzero(search.opened), search.value
    progress(already + value, already + simple, core.opened(chosen))
    total = until - begun
    proven, part, score = siting_cover.most_bound(incidence, places, value, rounds=150, until=begun + total * 0.15)
    bound = min(simple, proven)
    for turn in range(_TURNS):
        late = begun + total * 0.75
        if value >= np.floor(bound + 1e-6) or time.perf_counter() > late:
            break
        chosen, value = _merged(core, incidence, search, chosen, score, (seed, turn), late, np.floor(bound + 1e-6))
        if turn % 4 == 0:
            proven, part, score = siting_cover.most_bound(
                incidence, places, value, rounds=400, until=begun + total * 0.8, begin=part
            )
            bound = min(bound, proven)
        progress(already + value, already + bound, core.opened(chosen))
    if value >= np.floor(bound + 1e-6):
        return Found(core.opened(chosen), already + bound)
    order = np.sort(score)[::-1]
    last, following = order[places - 1], order[places] if places < len(order) else 0.0
    shut, held = proven - last + score < value + 1 - 1e-6, proven - score + following < value + 1 - 1e-6
    shut, held = shut & (score < last), held & (score > following)
    whole = np.zeros((2, asked.near.facilities), dtype=bool)
    whole[0, core.free], whole[1, core.free] = shut, held
    whole[1] |= core.anyway
    exact = siting_exact.solve(asked, until - time.perf_counter(), shut=whole[0], held=whole[1])
    opened = core.opened(chosen)
    if exact.opened is not None and (asked.worth(exact.opened) or 0) > already + value:
        opened = exact.opened
        value = (asked.worth(opened) or 0) - already
    if exact.infeasible:
        return Found(opened, already + value)
    return Found(opened, min(already + bound, max(already + value, exact.bound)))


def _merged(
    core: Core,
    incidence: siting_cover.Incidence,
    search: siting_cover.Search,
    chosen: Ints,
    score: Floats,
    seed: tuple[int, int],
    until: float,
    target: float,
) -> tuple[Ints, float]:
    """Walk twice from the best choice, and let the solver choose among what was met and what the bound pays best."""
    met = np.zeros(len(core.free), dtype=bool)
    met[chosen] = True
    best, value = chosen, incidence.value(chosen)
    for walk in range(2):
        walked = siting_cover.anneal(search, _STEPS, (*seed, walk), until, target=target)
        met[walked] = True
        if incidence.value(walked) > value:
            best, value = walked, incidence.value(walked)
    patience = min(1.0, (until - time.perf_counter()) / 2)
    if value < target and patience > 0.1:
        met[np.argsort(-score, kind="stable")[:_PAID]] = True
        shut = np.zeros(core.asked.near.facilities, dtype=bool)
        shut[core.free] = ~met
        exact = siting_exact.solve(core.asked, patience, shut=shut, held=core.anyway)
        if exact.opened is not None:
            other = np.flatnonzero(exact.opened[core.free])
            if len(other) <= len(chosen) and incidence.value(other) > value:
                best, value = other, incidence.value(other)
    search.become(best)
    return best, value


def cover_all(
    core: Core,
    left: tuple[Ints, Ints, Ints],
    until: float,
    seed: int,
    exactly: Problem,
    *,
    enough: int = 0,
    tell: Callable[[Ints, int], None] | None = None,
) -> tuple[Ints | None, int]:
    """Cover all that is left with as few as can be, or at least with no more than are ``enough``.

    ``tell`` hears of the best so far and of the least that is possible.

    Returns
    -------
    tuple
        The chosen among the free (None if there are more than ``places``), and a number that no cover goes below.
    """
    demands, row, column = left
    if not len(demands):
        return np.zeros(0, dtype=np.int64), 0
    incidence = siting_cover.Incidence.of(row, column, np.ones(len(demands)), len(core.free))
    if np.unique(row).size < len(demands):
        return None, len(core.free) + 1
    chosen = siting_cover.fewest(incidence)
    places = core.places
    if len(chosen) <= enough:
        return chosen, 1
    begun = time.perf_counter()
    raw, score = siting_cover.fewest_bound(incidence, len(chosen), until=begun + (until - begun) * 0.3)
    least = int(np.ceil(raw - 1e-6))
    if places is not None and least > places:
        return None, least
    deciding, enough = enough > 0, max(least, enough)
    small = len(row) <= _SMALL
    for rounds in (_FEW,) if small else (_FEW, _MANY):
        if len(chosen) > enough:
            if tell is not None:
                tell(chosen, least)
            chosen = siting_cover.fewer(incidence, chosen, enough, rounds, begun + (until - begun) * 0.7, seed)
    if len(chosen) <= enough:
        return chosen, least
    if tell is not None:
        tell(chosen, least)
    whole = np.zeros((2, core.asked.near.facilities), dtype=bool)
    # A facility whose use would raise the bound past what is looked for is in no cover that is looked for.
    most = enough if deciding else len(chosen) - 1
    whole[0, core.free] = raw + np.maximum(1 - score, 0.0) > most + 1e-6
    whole[1] = core.anyway
    patience = (until - time.perf_counter()) * (0.6 if small else 1.0)
    cap = exactly.add if deciding else None
    exact = siting_exact.solve(
        replace(exactly, add=cap), patience, objective=Objective.LSCP, shut=whole[0], held=whole[1]
    )
    base = int(core.anyway.sum())
    if exact.infeasible:
        least = most + 1
    elif np.isfinite(exact.bound):
        least = max(least, min(most + 1, int(np.ceil(exact.bound - base - 1e-6))))
    if exact.opened is not None:
        other = np.flatnonzero(exact.opened[core.free])
        if len(other) < len(chosen) and incidence.covered(other).all():
            chosen = other
    if small and not exact.infeasible and len(chosen) > max(least, enough):
        chosen = siting_cover.fewer(incidence, chosen, max(least, enough), _MANY, until, seed)
    if places is not None and len(chosen) > places:
        return None, least
    return chosen, least


def _median(core: Core, until: float, seed: int, progress: Progress) -> Found:
    asked, places = core.asked, core.places or 0
    needed = asked.households > 0
    near, weight = asked.near, asked.households.astype(np.float64)
    base = np.full(near.demands, np.inf)
    open_already = core.anyway[near.facility]
    np.minimum.at(base, near.demand[open_already], near.walk_m[open_already])
    kept = needed[near.demand] & ~open_already
    number = np.cumsum(needed) - 1
    of_free = np.cumsum(~core.anyway) - 1
    row, column = near.demand[kept], near.facility[kept]
    median = siting_median.Median.of(
        number[row],
        of_free[column],
        near.walk_m[kept] * weight[row],
        (base * np.where(needed, weight, 1.0))[needed],
        len(core.free),
        places,
    )
    if not places:
        return Found(core.anyway if np.isfinite(base[needed]).all() else None, float(median.base.sum()), True)
    begun = time.perf_counter()
    opened, value = siting_median.search(median, begun + (until - begun) * 0.3, seed, rounds=10)

    def tell(bound: float | None) -> None:
        feasible = value < median.beyond
        progress(value if feasible else None, bound, core.opened(np.flatnonzero(opened)) if feasible else None)

    tell(None)
    proof, opened, value = siting_median.prove(median, opened, value, begun + (until - begun) * 0.6)
    tell(proof.bound)
    if value - proof.bound <= 1e-9 * max(1.0, value):
        return _told(core, median, opened, value, proof.bound)
    shut, held, unwalked = siting_median.ruled_out(median, proof, value)
    walked = ~unwalked & ~shut[median.column]
    least = _finish(core, median, walked, shut, held, until)
    if least.opened is not None:
        tried = least.opened[core.free]
        now = float(siting_median.nearest(median, tried)[0].sum())
        if now < value:
            opened, value = tried, now
    bound = value if least.infeasible else max(proof.bound, min(value, least.bound))
    return _told(core, median, opened, value, bound)


def _told(core: Core, median: siting_median.Median, opened: NDArray[np.bool_], value: float, bound: float) -> Found:
    if value >= median.beyond:
        return Found(None, bound, bound >= median.beyond)
    return Found(core.opened(np.flatnonzero(opened)), bound)


def _finish(
    core: Core,
    median: siting_median.Median,
    walked: NDArray[np.bool_],
    shut: NDArray[np.bool_],
    held: NDArray[np.bool_],
    until: float,
) -> siting_exact.Exact:
    """Solve what the bound has not ruled out; what is open anyway joins as one facility more."""
    asked, n = core.asked, median.facilities
    served = np.flatnonzero(median.base < median.beyond)
    near = Pairs(
        np.r_[median.row[walked], served],
        np.r_[median.column[walked], np.full(len(served), n)],
        np.r_[median.cost[walked], median.base[served]],
        median.demands,
        n + 1,
    )
    order = np.lexsort((near.facility, near.demand))
    near = Pairs(near.demand[order], near.facility[order], near.walk_m[order], near.demands, near.facilities)
    standing = np.array([str(Standing.CANDIDATE)] * n + [str(Standing.FIXED)])
    small = Problem(
        asked.objective, near, np.ones(median.demands, np.int64), standing, median.places, None, np.zeros(n + 1), None
    )
    exact = siting_exact.solve(
        small, until - time.perf_counter(), shut=np.append(shut, False), held=np.append(held, False)
    )
    whole = None if exact.opened is None else core.opened(np.flatnonzero(exact.opened[:n]))
    return siting_exact.Exact(whole, exact.bound, exact.infeasible)


def _center(core: Core, until: float, seed: int, progress: Progress) -> Found:
    asked, places = core.asked, core.places or 0
    radii = asked.radii()
    best: NDArray[np.bool_] | None = None
    low, high, surely = 0, len(radii), 0
    while low < high:
        middle = (low + high) // 2
        radius_m = float(radii[middle])
        within = replace(asked, near=asked.near.within(radius_m), objective=Objective.LSCP)
        patience = time.perf_counter() + max(0.0, until - time.perf_counter()) / 2
        chosen, least = cover_all(core, core.left(radius_m), patience, seed, within, enough=places)
        if chosen is not None and len(chosen) <= places:
            best, high = core.opened(chosen), middle
        elif least > places:
            low = surely = middle + 1
        else:
            # Neither found nor ruled out in time: what is below stays open, and the bound stays where it was.
            low = middle + 1
        reached = float(radii[high]) if high < len(radii) else None
        progress(reached, float(radii[min(surely, len(radii) - 1)]), best)
    if best is None:
        return Found(None, np.inf, surely == len(radii))
    return Found(best, float(radii[surely]) if surely < len(radii) else float(radii[-1]))
