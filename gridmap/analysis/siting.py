"""Where the next stations should stand: fewest for all, most households, least walking, shortest worst walk.

`solve` answers a `problem` and says how sure it is: ``optimal`` is said only where a bound proves it. Out of time it
tells the best found and its gap. The same seed gives the same answer, unless the time ran out.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from gridmap.analysis import siting_bound, siting_limits, siting_plain, siting_reasons, siting_settle
from gridmap.analysis.pairs import Pairs
from gridmap.analysis.siting_problem import Objective, Problem, Standing, problem
from gridmap.analysis.siting_result import Alternative, Figures, Saying, Siting, Status, closed, sharpened

__all__ = [
    "Alternative",
    "Figures",
    "Objective",
    "Problem",
    "Saying",
    "Siting",
    "Standing",
    "Status",
    "curve",
    "problem",
    "solve",
]

Progress = Callable[[float, float | None, float | None], None]
"""Called with seconds since the start, the value of the best answer so far and the bound; each None while not known."""

SECONDS = 10.0
ALTERNATIVE = 0.02
"""Others are told if they come within this share of the answer's value."""
_TWIN = 0.6


def solve(
    asked: Problem,
    *,
    seconds: float = SECONDS,
    seed: int = 0,
    alternatives: int = 0,
    progress: Progress | None = None,
) -> Siting:
    """Choose where to open, and say how sure that is.

    Parameters
    ----------
    asked
        A `problem`.
    seconds
        After about so long the best found is returned, with its gap.
    seed
        The same seed gives the same answer, unless the time ran out.
    alternatives
        How many others, nearly as good, to look for afterwards.
    progress
        Called now and then.
    """
    begun = time.perf_counter()
    until = begun + seconds
    said = siting_limits.plain_shortfall(asked)
    if said is not None:
        return _without(asked, Status.INFEASIBLE, begun, said)
    tell = progress or _untold
    if asked.plain and not (asked.objective == Objective.LSCP and asked.add is not None and _closable(asked)):
        found = siting_plain.solve(asked, until, seed, tell)
    else:
        found = siting_bound.solve(asked, until, seed, tell)
    value = None if found.opened is None else asked.worth(found.opened)
    if found.opened is None or value is None:
        if found.infeasible:
            return _without(asked, Status.INFEASIBLE, begun, siting_limits.shortfall(asked, seconds))
        return _without(asked, Status.UNKNOWN, begun, None)
    bound = sharpened(asked, value, found.bound)
    tell(time.perf_counter() - begun, value, bound)
    told = _with(asked, siting_settle.settle(asked, found.opened, value), value, bound, begun)
    if alternatives:
        others = _others(told, alternatives, seconds, seed)
        told = replace(told, alternatives=others, seconds=time.perf_counter() - begun)
    return told


def curve(asked: Problem, up_to: int, *, seconds: float = SECONDS, seed: int = 0) -> tuple[Siting, ...]:
    """Solve with 0, 1, 2 ... ``up_to`` new ones: what each further station gains is the difference of the values.

    ``seconds`` are for all together. What is feasible with one fewer is so with one more: an answer never falls behind.
    """
    steps: list[Siting] = []
    for n in range(up_to + 1):
        more = replace(asked, add=n)
        told = solve(more, seconds=seconds / (up_to + 1), seed=seed)
        before = steps[-1] if steps else None
        if before is not None and before.value is not None and _better(asked, before.value, told.value):
            bound = told.bound if told.bound is not None else (np.inf if asked.maximises else -np.inf)
            told = _with(more, before.opened, before.value, sharpened(more, before.value, bound), time.perf_counter())
        steps.append(told)
    return tuple(steps)


def _untold(_seconds: float, _value: float | None, _bound: float | None) -> None:
    """Nobody listens."""


def _closable(asked: Problem) -> bool:
    return bool(asked.is_(Standing.CLOSABLE).any())


def _better(asked: Problem, one: float, other: float | None) -> bool:
    return other is None or (one > other + 1e-9 if asked.maximises else one < other - 1e-9)


def _without(asked: Problem, status: Status, begun: float, said: Saying | None) -> Siting:
    none = np.zeros(0, dtype=np.int64)
    return Siting(
        asked=asked,
        status=status,
        value=None,
        bound=None,
        seconds=time.perf_counter() - begun,
        opened=np.zeros(asked.near.facilities, dtype=bool),
        chosen=none,
        gains=np.zeros(0),
        gain_households=none,
        closed=none,
        served=None,
        shortfall=said,
    )


def _with(asked: Problem, opened: NDArray[np.bool_], value: float, bound: float, begun: float) -> Siting:
    chosen = np.flatnonzero(opened & asked.is_(Standing.CANDIDATE))
    seconds = time.perf_counter() - begun
    ordered, gains, homes = siting_reasons.in_order(asked, opened, chosen)
    return Siting(
        asked=asked,
        status=Status.OPTIMAL if closed(asked, value, bound) else Status.FEASIBLE,
        value=value,
        bound=bound,
        seconds=seconds,
        opened=opened,
        chosen=ordered,
        gains=gains,
        gain_households=homes,
        closed=np.flatnonzero(~opened & asked.is_(Standing.CLOSABLE, Standing.MOVABLE)),
        served=asked.serve(opened),
        reasons=siting_reasons.why(asked, opened, ordered, gains, homes),
    )


def _others(told: Siting, n: int, seconds: float, seed: int) -> tuple[Alternative, ...]:
    """Solve again without one of the chosen and whatever covers nearly the same, for each in turn."""
    asked, near = told.asked, told.asked.near
    found: list[Alternative] = []
    reach = sparse.csr_array(
        (np.ones(len(near.demand)), (near.demand, near.facility)), shape=(near.demands, near.facilities)
    )
    weighed = sparse.csr_array(reach.T * asked.households.astype(float))
    whole = weighed @ np.ones(near.demands)
    for facility in told.chosen[:12]:
        common = weighed @ reach[:, [facility]].toarray().ravel()
        alike = common >= _TWIN * np.maximum(whole, whole[facility])
        alike[facility] = True
        banned = alike & asked.is_(Standing.CANDIDATE) & ~(told.opened & (np.arange(near.facilities) != facility))
        kept = ~banned[near.facility]
        fewer = Pairs(near.demand[kept], near.facility[kept], near.walk_m[kept], near.demands, near.facilities)
        again = solve(replace(asked, near=fewer), seconds=seconds / 4, seed=seed)
        if again.value is None or told.value is None:
            continue
        opened = again.opened & ~banned
        value = asked.worth(opened)
        near_enough = value is not None and abs(value - told.value) <= ALTERNATIVE * max(abs(told.value), 1.0)
        if near_enough and not any(np.array_equal(opened, other.opened) for other in found):
            found.append(Alternative(opened, np.flatnonzero(opened & asked.is_(Standing.CANDIDATE)), float(value or 0)))
    found.sort(key=lambda other: -other.value if asked.maximises else other.value)
    return tuple(found[:n])
