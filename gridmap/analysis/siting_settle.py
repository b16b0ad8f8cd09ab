"""Of several answers that cover the same, the one with less walking: stations move to where their people are."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from gridmap.analysis.siting_problem import Objective, Problem, Standing

_MOST_MOVED, _MOST_TRIED = 20, 40


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
