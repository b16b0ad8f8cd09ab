"""A search where room or a budget binds: each set is valued by the flow of households to it.

The households that a set can serve grow ever more slowly with each facility (a flow's value is submodular), so a gain
worked out earlier is an upper limit now, and most facilities need not be looked at again.
"""

from __future__ import annotations

import heapq
import time
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from gridmap.analysis.siting_problem import Objective, Problem, Standing


@dataclass(frozen=True, order=True)
class Score:
    """How good a set is: households covered first, then (less is better) facilities or metres."""

    covered: int
    saved: float


def score(asked: Problem, opened: NDArray[np.bool_]) -> Score:
    """Value a set, whoever it leaves out."""
    served = asked.serve(opened)
    covered = int(served.covered.sum())
    if asked.objective == Objective.PMEDIAN:
        return Score(covered, -float(served.served @ served.walk_m))
    if asked.objective == Objective.PCENTER:
        return Score(covered, -float(served.walk_m.max(initial=0.0)))
    return Score(covered, -float(opened.sum()) if asked.objective == Objective.LSCP else 0.0)


def search(asked: Problem, until: float, tell: Callable[[NDArray[np.bool_]], None] | None = None) -> NDArray[np.bool_]:
    """Return the best set found: greedy by gain, or by gain for the price, then with single facilities exchanged.

    ``tell`` hears of each set that is better than those before.
    """
    best = max(
        (
            grow(asked, start(asked), by_price, until)
            for by_price in ((False, True) if asked.budget is not None else (False,))
        ),
        key=lambda opened: score(asked, opened),
    )
    held, reached = best, score(asked, best)
    improved = True
    while improved and time.perf_counter() < until:
        improved = False
        if tell is not None:
            tell(held)
        for facility in np.flatnonzero(held & ~asked.is_(Standing.FIXED)):
            tried = held.copy()
            tried[facility] = False
            if asked.objective == Objective.LSCP:
                now = score(asked, tried)
            else:
                tried = grow(asked, tried, False, until, without=int(facility))
                now = score(asked, tried)
            if now > reached:
                held, reached, improved = tried, now, True
            if time.perf_counter() > until:
                break
    return held


def start(asked: Problem) -> NDArray[np.bool_]:
    """Return what is open to begin with: the fixed, and the closable as far as they can be paid."""
    opened = asked.is_(Standing.FIXED)
    for facility in np.flatnonzero(asked.is_(Standing.CLOSABLE)):
        tried = opened.copy()
        tried[facility] = True
        if asked.objective != Objective.LSCP and asked.allowed(tried):
            opened = tried
    return opened


def grow(
    asked: Problem, opened: NDArray[np.bool_], by_price: bool, until: float, without: int | None = None
) -> NDArray[np.bool_]:
    """Open what gains most, as long as something does and it is allowed."""
    opened = opened.copy()
    now = score(asked, opened)
    reach = np.bincount(
        asked.near.facility, weights=asked.households[asked.near.demand], minlength=asked.near.facilities
    )
    most = reach if asked.room is None else np.minimum(reach, asked.room)
    divisor = np.maximum(asked.price, 1e-9) if by_price else np.ones(len(opened))
    heap: list[tuple[float, int, int, Score | None]] = [
        (-most[facility] / divisor[facility], 0, int(facility), None)
        for facility in np.flatnonzero(~opened & (most > 0))
        if facility != without
    ]
    heapq.heapify(heap)
    stamp = 0
    while heap and time.perf_counter() < until:
        _, when, facility, gained = heapq.heappop(heap)
        tried = opened.copy()
        tried[facility] = True
        if not asked.allowed(tried):
            continue
        if gained is not None and when == stamp:
            opened, now, stamp = tried, gained, stamp + 1
            continue
        then = score(asked, tried)
        more, saved = then.covered - now.covered, then.saved - now.saved
        worth = more + (0.0 if asked.objective == Objective.LSCP else 1e-9 * saved)
        if worth <= 0:
            continue
        if not heap or worth / divisor[facility] >= -heap[0][0]:
            # No other can gain more than this one does.
            opened, now, stamp = tried, then, stamp + 1
            continue
        heapq.heappush(heap, (-worth / divisor[facility], stamp, facility, then))
    return opened
