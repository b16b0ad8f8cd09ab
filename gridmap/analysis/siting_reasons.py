"""Why a facility was chosen, as sentences that can be said aloud; and what each brings after those before it."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from gridmap.analysis.pairs import Floats, Ints
from gridmap.analysis.siting_problem import Objective, Problem
from gridmap.analysis.siting_result import Saying


def in_order(asked: Problem, opened: NDArray[np.bool_], chosen: Ints) -> tuple[Ints, Floats, Ints]:
    """Put the chosen in the order in which each brings most after those before it.

    Returns
    -------
    tuple
        The chosen in order; what each brings, in the measure of the objective; the households that it brings within
        reach or, where all are in reach anyway, serves.
    """
    now = opened.copy()
    now[chosen] = False
    covered, walk = _state(asked, now)
    left = [int(one) for one in chosen]
    ordered: list[int] = []
    gains: list[float] = []
    homes: list[int] = []
    whole = asked.serve(opened)
    by_cover = asked.objective in (Objective.LSCP, Objective.MCLP)
    while left:
        scored = []
        for facility in left if len(left) <= 30 or not ordered else left[:1]:
            tried = now.copy()
            tried[facility] = True
            scored.append((*_state(asked, tried), facility))
        then, walked, facility = max(scored, key=lambda one: (one[0], -one[1], -one[2]))
        now[facility] = True
        left.remove(facility)
        ordered.append(facility)
        gains.append(float(then - covered) if by_cover else walk - walked if then == covered else np.nan)
        homes.append(int(then - covered) if by_cover else int(whole.load[facility]))
        covered, walk = then, walked
    return np.array(ordered, dtype=np.int64), np.array(gains), np.array(homes, dtype=np.int64)


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
    in_reach = opened[near.facility]
    times = np.bincount(near.demand[in_reach], minlength=near.demands)
    anywhere = np.bincount(near.demand, minlength=near.demands)
    told = []
    for facility, gain, brought in zip(ordered, gains, homes, strict=True):
        mine = near.demand[near.facility == facility]
        mine = mine[households[mine] > 0]
        parts = served.facility == facility
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
                        "buildings": int(parts.sum()),
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
