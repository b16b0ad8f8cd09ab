"""Siting where room or a budget binds: searched by flows, and bounded and finished by HiGHS."""

from __future__ import annotations

import time
from dataclasses import replace
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from gridmap.analysis import siting_exact, siting_plain, siting_search
from gridmap.analysis.siting_plain import Found, Progress
from gridmap.analysis.siting_problem import Objective, Problem, Standing

Flags: TypeAlias = NDArray[np.bool_]

# So many walks with room at their ends take HiGHS longer to read than anybody waits.
_MOST_ARCS = 300_000


def solve(asked: Problem, until: float, seed: int, progress: Progress) -> Found:
    """Solve a siting; ``until`` is a moment of `time.perf_counter`."""
    begun = time.perf_counter()
    if asked.objective == Objective.PCENTER:
        return _center(asked, until, progress)
    # Without room and budget nothing gets worse, so what is proven there holds here too.
    easier = None
    if asked.objective != Objective.LSCP:
        free = replace(asked, room=None, budget=None)
        easier = siting_plain.solve(free, begun + (until - begun) * 0.2, seed, _untold)

    def tell(opened: Flags) -> None:
        value = asked.worth(opened)
        progress(value, None, None if value is None else opened)

    opened = siting_search.search(asked, begun + (until - begun) * 0.5, tell)
    best, value = _better(asked, None, None, opened)
    if easier is not None and easier.opened is not None:
        best, value = _better(asked, best, value, easier.opened)
    proven = _simple(asked) if easier is None else _tighter(asked, easier.bound, _simple(asked))
    progress(value, proven, best)
    if asked.room is not None and len(asked.near.demand) > _MOST_ARCS:
        return Found(best, proven)
    exact = siting_exact.solve(asked, until - time.perf_counter())
    if exact.opened is not None:
        best, value = _better(asked, best, value, exact.opened)
    return Found(best, _tighter(asked, proven, exact.bound), exact.infeasible)


def _untold(_value: float | None, _bound: float | None, _opened: Flags | None) -> None:
    """What the easier one comes to is no answer to what was asked."""


def _better(
    asked: Problem, best: Flags | None, value: float | None, opened: Flags
) -> tuple[Flags | None, float | None]:
    now = asked.worth(opened)
    if now is None or (value is not None and (now <= value if asked.maximises else now >= value)):
        return best, value
    return opened, now


def _tighter(asked: Problem, one: float, other: float) -> float:
    return min(one, other) if asked.maximises else max(one, other)


def _simple(asked: Problem) -> float:
    """Return a bound that needs no search: who is within reach at all, and the largest rooms."""
    if not asked.maximises:
        return -np.inf
    reached = np.zeros(asked.near.demands, dtype=bool)
    reached[asked.near.demand] = True
    bound = float(asked.households[reached].sum())
    if asked.room is not None:
        kept = asked.is_(Standing.FIXED, Standing.CLOSABLE)
        others = np.sort(asked.room[~kept])[::-1][: asked.places]
        bound = min(bound, float(asked.room[kept].sum() + others.sum()))
    return bound


def _center(asked: Problem, until: float, progress: Progress) -> Found:
    """Halve the lengths of walks between those with which all can be covered and those with which they cannot."""
    radii = asked.radii()
    best = None
    low, high, surely = 0, len(radii), 0
    while low < high:
        middle = (low + high) // 2
        within = replace(asked, near=asked.near.within(float(radii[middle])), objective=Objective.LSCP)
        left = until - time.perf_counter()
        found = siting_search.search(within, time.perf_counter() + left * 0.1)
        opened, infeasible = (found, False) if within.worth(found) is not None else (None, False)
        if opened is None:
            exact = siting_exact.solve(within, left / 2)
            infeasible = exact.infeasible
            if exact.opened is not None and within.worth(exact.opened) is not None:
                opened = exact.opened
        if opened is not None:
            best, high = opened, middle
        else:
            low = middle + 1
            surely = low if infeasible else surely
        progress(float(radii[high]) if best is not None else None, float(radii[min(surely, len(radii) - 1)]), best)
    if best is None:
        return Found(None, -np.inf, surely == len(radii))
    return Found(best, float(radii[surely]))
