"""Why a facility was chosen, as sentences that can be said aloud; and what each brings after those before it."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from gridmap.analysis import siting_cover
from gridmap.analysis.pairs import Floats, Ints
from gridmap.analysis.siting_problem import Objective, Problem
from gridmap.analysis.siting_result import Saying

_THOROUGH = 20_000_000


def in_order(asked: Problem, opened: NDArray[np.bool_], chosen: Ints) -> tuple[Ints, Floats, Ints]:
    """Put the chosen in the order in which each brings most after those before it.

    Returns
    -------
    tuple
        The chosen in order; what each brings, in the measure of the objective; the households that it brings within
        reach or, where all are in reach anyway, serves.
    """
    by_cover = asked.objective in (Objective.LSCP, Objective.MCLP)
    if by_cover and asked.room is None:
        return _by_cover(asked, opened, chosen)
    now = opened.copy()
    now[chosen] = False
    covered, walk = _state(asked, now)
    load = asked.serve(opened).load
    left = [int(one) for one in chosen[np.argsort(-load[chosen], kind="stable")]]
    # Which brings most is looked at anew after each one, unless that would take too long.
    thorough = len(left) <= 30 and len(left) ** 2 * len(asked.near.demand) < _THOROUGH
    ordered: list[int] = []
    gains: list[float] = []
    homes: list[int] = []
    while left:
        scored = []
        for facility in left if thorough else left[:1]:
            tried = now.copy()
            tried[facility] = True
            scored.append((*_state(asked, tried), facility))
        then, walked, facility = max(scored, key=lambda one: (one[0], -one[1], -one[2]))
        now[facility] = True
        left.remove(facility)
        ordered.append(facility)
        gains.append(float(then - covered) if by_cover else walk - walked if then == covered else np.nan)
        homes.append(int(then - covered) if by_cover else int(load[facility]))
        covered, walk = then, walked
    return np.array(ordered, dtype=np.int64), np.array(gains), np.array(homes, dtype=np.int64)


def _by_cover(asked: Problem, opened: NDArray[np.bool_], chosen: Ints) -> tuple[Ints, Floats, Ints]:
    near = asked.near
    others = opened.copy()
    others[chosen] = False
    weight = asked.households.astype(np.float64)
    weight[near.demand[others[near.facility]]] = 0.0
    place = np.full(near.facilities, -1)
    place[chosen] = np.arange(len(chosen))
    mine = place[near.facility] >= 0
    incidence = siting_cover.Incidence.of(near.demand[mine], place[near.facility[mine]], weight, len(chosen))
    search = siting_cover.Search(incidence)
    ordered: list[int] = []
    gains: list[float] = []
    for _ in range(len(chosen)):
        search.gain[search.opened] = -1.0
        best = search.best()
        gains.append(float(search.gain[best]))
        ordered.append(best)
        search.open(best)
    return chosen[ordered], np.array(gains), np.array(gains).astype(np.int64)


def _state(asked: Problem, opened: NDArray[np.bool_]) -> tuple[int, float]:
    served = asked.serve(opened)
    walk = served.walk_m.max(initial=0.0) if asked.objective == Objective.PCENTER else served.served @ served.walk_m
    return int(served.covered.sum()), float(walk)


def why(
    asked: Problem, opened: NDArray[np.bool_], ordered: Ints, gains: Floats, homes: Ints
) -> tuple[tuple[Saying, ...], ...]:
    """Give the reasons for each of the chosen, in their order."""
    near, households = asked.near, asked.households
    served = asked.serve(opened)
    in_reach = np.flatnonzero(opened[near.facility] & (households[near.demand] > 0))
    in_reach = in_reach[np.argsort(near.facility[in_reach], kind="stable")]
    begins = np.searchsorted(near.facility[in_reach], np.arange(near.facilities + 1))
    by_facility = np.argsort(served.facility, kind="stable")
    parts_from = np.searchsorted(served.facility[by_facility], np.arange(near.facilities + 1))
    times = np.bincount(near.demand[in_reach], minlength=near.demands)
    anywhere = np.bincount(near.demand, minlength=near.demands)
    told = []
    for facility, gain, brought in zip(ordered, gains, homes, strict=True):
        mine = near.demand[in_reach[begins[facility] : begins[facility + 1]]]
        parts = by_facility[parts_from[facility] : parts_from[facility + 1]]
        n = int(served.served[parts].sum())
        sayings = []
        if asked.objective in (Objective.LSCP, Objective.MCLP):
            sayings.append(Saying("why.gain", {"n": int(brought)}))
        elif np.isfinite(gain) and asked.objective == Objective.PMEDIAN:
            sayings.append(Saying("why.saves", {"walk": gain / max(int(households.sum()), 1), "n": n}))
        elif np.isfinite(gain):
            sayings.append(Saying("why.worst", {"walk": gain, "n": n}))
        if n:
            sayings.append(
                Saying(
                    "why.serves",
                    {
                        "n": n,
                        "buildings": len(parts),
                        "mean": float(served.served[parts] @ served.walk_m[parts]) / n,
                        "longest": float(served.walk_m[parts].max()),
                    },
                )
            )
        only = int(households[mine[anywhere[mine] == 1]].sum())
        alone = int(households[mine[times[mine] == 1]].sum())
        if only:
            sayings.append(Saying("why.only", {"n": only}))
        elif alone:
            sayings.append(Saying("why.alone", {"n": alone}))
        if asked.room is not None:
            sayings.append(Saying("why.room", {"n": n, "room": int(asked.room[facility])}))
        if asked.budget is not None:
            sayings.append(Saying("why.price", {"price": float(asked.price[facility])}))
        told.append(tuple(sayings))
    return tuple(told)
