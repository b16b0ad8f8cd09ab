"""Why nothing is feasible, in numbers: what is needed against what is there."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from gridmap.analysis import siting_exact
from gridmap.analysis.siting_problem import Objective, Problem, Standing
from gridmap.analysis.siting_result import Saying


def plain_shortfall(asked: Problem) -> Saying | None:
    """Return what is lacking whatever is opened; None where nothing is lacking at first sight."""
    fixed = asked.is_(Standing.FIXED)
    if asked.objective == Objective.MCLP:
        return None
    total = int(asked.households.sum())
    reached = _reached(asked, np.ones(asked.near.facilities, dtype=bool))
    if reached < total:
        return Saying("short.reach", {"needed": total, "available": reached, "n": total - reached})
    if asked.budget is not None:
        paid = _reached(asked, fixed | (asked.price <= asked.budget))
        if paid < total:
            told = {"needed": total, "available": paid, "n": total - paid, "budget": asked.budget}
            return Saying("short.afford", told)
    if asked.room is not None:
        kept = asked.is_(Standing.FIXED, Standing.CLOSABLE)
        others = np.sort(asked.room[~kept])[::-1][: asked.places]
        room = int(asked.room[kept].sum() + others.sum())
        if room < total:
            return Saying("short.room", {"needed": total, "available": room, "n": total - room})
    return None


def _reached(asked: Problem, useful: NDArray[np.bool_]) -> int:
    within = np.zeros(asked.near.demands, dtype=bool)
    within[asked.near.demand[useful[asked.near.facility]]] = True
    return int(asked.households[within].sum())


def shortfall(asked: Problem, seconds: float) -> Saying | None:
    """Return what is lacking where it is proven that nothing is feasible."""
    said = plain_shortfall(asked)
    if said is not None:
        return said
    if asked.budget is not None:
        found = siting_exact.solve(replace(asked, budget=None), seconds / 2, objective=Objective.LSCP, by_price=True)
        if np.isfinite(found.bound) and found.bound > asked.budget + 1e-6 and not found.infeasible:
            return Saying("short.budget", {"needed": float(np.ceil(found.bound - 1e-6)), "available": asked.budget})
    if asked.places is not None:
        found = siting_exact.solve(replace(asked, add=None, budget=None), seconds / 2, objective=Objective.LSCP)
        kept = int(asked.is_(Standing.FIXED).sum())
        if np.isfinite(found.bound) and not found.infeasible:
            needed = int(np.ceil(found.bound - 1e-6)) - kept
            if needed > asked.places and not asked.is_(Standing.CLOSABLE).any():
                moved = asked.places - (asked.add or 0)
                return Saying("short.stations", {"needed": needed - moved, "available": asked.add})
    return Saying("short.together", {})
