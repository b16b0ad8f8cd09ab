"""Of several answers as good as each other, the one that people expect: what is there stays, and walks are short."""

from __future__ import annotations

import time

import numpy as np
from numpy.typing import NDArray

from gridmap.analysis.siting_problem import Objective, Problem, Standing

_MOST_MOVED, _MOST_TRIED = 20, 40


def stay(asked: Problem, opened: NDArray[np.bool_], value: float, until: float) -> NDArray[np.bool_]:
    """Leave open what is there and was closed for nothing; and rather leave it than open a candidate that is no better.

    Where as few as can be are looked for, a facility more is not for nothing. ``until`` is a moment of
    `time.perf_counter`.
    """
    shut = np.flatnonzero(asked.is_(Standing.CLOSABLE, Standing.MOVABLE) & ~opened)[:_MOST_TRIED]
    chosen = np.flatnonzero(opened & asked.is_(Standing.CANDIDATE))[:_MOST_MOVED]
    for facility in shut:
        for other in (None, *chosen):
            if time.perf_counter() > until:
                return opened
            tried = opened.copy()
            tried[facility] = True
            if other is not None:
                tried[other] = False
            now = asked.worth(tried)
            if now is not None and (now >= value if asked.maximises else now <= value):
                opened, value = tried, now
                chosen = chosen[chosen != other]
                break
    return opened


def settle(asked: Problem, opened: NDArray[np.bool_], value: float) -> NDArray[np.bool_]:
    """Exchange single candidates for such as cover whom they alone cover, as long as the value stays and walks shorten.

    Where walking itself is the objective, or there are many candidates to move, nothing is changed.
    """
    candidates = asked.is_(Standing.CANDIDATE)
    chosen = np.flatnonzero(opened & candidates)
    if asked.objective not in (Objective.LSCP, Objective.MCLP) or not 0 < len(chosen) <= _MOST_MOVED:
        return opened
    near = asked.near
    walked = _walked(asked, opened)
    for facility in chosen:
        without = opened.copy()
        without[facility] = False
        reached = np.zeros((2, near.demands), dtype=bool)
        for row, flags in enumerate((opened, without)):
            reached[row, near.demand[flags[near.facility]]] = True
        alone = reached[0] & ~reached[1] & (asked.households > 0)
        mine = alone[near.demand]
        who = np.bincount(near.facility[mine], minlength=near.facilities)
        weight = (asked.households[near.demand] * near.walk_m)[mine]
        far = np.bincount(near.facility[mine], weights=weight, minlength=near.facilities)
        fitting = np.flatnonzero((who == alone.sum()) & candidates & ~opened)
        for other in fitting[np.argsort(far[fitting], kind="stable")][:_MOST_TRIED]:
            tried = without.copy()
            tried[other] = True
            now = asked.worth(tried)
            if now == value and _walked(asked, tried) < walked - 1e-6:
                opened, walked = tried, _walked(asked, tried)
    return opened


def _walked(asked: Problem, opened: NDArray[np.bool_]) -> float:
    served = asked.serve(opened)
    return float(served.served @ served.walk_m)
