"""Siting where room or a budget binds: searched by flows, and bounded and finished by HiGHS."""

from __future__ import annotations

import time
from dataclasses import replace

import numpy as np

from gridmap.analysis import siting_exact, siting_search
from gridmap.analysis.siting_plain import Found, Progress
from gridmap.analysis.siting_problem import Objective, Problem


def solve(asked: Problem, until: float, progress: Progress) -> Found:
    """Solve a siting; ``until`` is a moment of `time.perf_counter`."""
    begun = time.perf_counter()
    if asked.objective == Objective.PCENTER:
        return _center(asked, until, progress)
    opened = siting_search.search(asked, begun + (until - begun) * 0.3)
    value = asked.worth(opened)
    progress(time.perf_counter() - begun, value, None)
    exact = siting_exact.solve(asked, until - time.perf_counter())
    best = opened if value is not None else None
    if exact.opened is not None:
        other = asked.worth(exact.opened)
        if other is not None and (value is None or (other > value if asked.maximises else other < value)):
            best = exact.opened
    return Found(best, exact.bound, exact.infeasible)


def _center(asked: Problem, until: float, progress: Progress) -> Found:
    """Halve the lengths of walks between those with which all can be covered and those with which they cannot."""
    begun = time.perf_counter()
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
        progress(time.perf_counter() - begun, float(radii[high]) if best is not None else None, None)
    if best is None:
        return Found(None, -np.inf, surely == len(radii))
    return Found(best, float(radii[surely]))
