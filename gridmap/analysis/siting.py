"""Where the next stations should stand: fewest for all, most households, least walking, shortest worst walk.

`solve` answers a `problem` and says how sure it is: ``optimal`` is said only where a bound proves it. Out of time it
tells the best found and its gap. The same seed gives the same answer, unless the time ran out.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from gridmap.analysis import siting_bound, siting_limits, siting_plain, siting_reasons, siting_settle
from gridmap.analysis.pairs import Pairs
from gridmap.analysis.siting_problem import Objective, Problem, Standing, problem
from gridmap.analysis.siting_result import Figures, Saying, Siting, Status, closed, sharpened

__all__ = [
    "Figures",
    "Objective",
    "Problem",
    "Saying",
    "Siting",
    "Standing",
    "Status",
    "Step",
    "curve",
    "problem",
    "so_far",
    "solve",
]


@dataclass(frozen=True, eq=False)
class Step:
    """How far a search has come.

    Parameters
    ----------
    seconds
        Since it began.
    value, bound
        What the best so far comes to, and what nothing can better; None while not known.
    opened
        The best so far; None while there is none.
    """

    seconds: float
    value: float | None
    bound: float | None
    opened: NDArray[np.bool_] | None

    @property
    def gap(self) -> float | None:
        """Share of the bound by which the best so far might be bettered; None while not known."""
        if self.value is None or self.bound is None or not np.isfinite(self.bound):
            return None
        return abs(self.value - self.bound) / max(abs(self.bound), 1e-9)


Progress = Callable[[Step], bool | None]
"""Called now and then while it is searched; answered with True, the search ends with the best so far."""

SECONDS = 10.0
ALTERNATIVE = 0.02
"""Others are told if they come within this share of the answer's value."""
_TWIN = 0.6
_MOST_REPLACED = 12
_TIDYING_S = 1.0


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
        Called now and then, the best so far and its bound in hand; if it returns True, that is the answer.
    """
    begun = time.perf_counter()
    until = begun + seconds
    said = siting_limits.plain_shortfall(asked)
    if said is not None:
        return _without(asked, Status.INFEASIBLE, begun, said)
    steps = [Step(0.0, None, None, None)]

    def tell(value: float | None, bound: float | None, opened: NDArray[np.bool_] | None) -> None:
        known = bound if bound is not None else steps[0].bound
        steps[0] = Step(time.perf_counter() - begun, value, known, opened)
        if progress is not None and progress(steps[0]) and opened is not None:
            raise _GoodEnoughError

    try:
        if asked.plain and not (asked.objective == Objective.LSCP and asked.add is not None and _closable(asked)):
            found = siting_plain.solve(asked, until, seed, tell)
        else:
            found = siting_bound.solve(asked, until, seed, tell)
    except _GoodEnoughError:
        return so_far(asked, steps[0])
    value = None if found.opened is None else asked.worth(found.opened)
    if found.opened is None or value is None:
        if found.infeasible:
            return _without(asked, Status.INFEASIBLE, begun, siting_limits.shortfall(asked, seconds))
        return _without(asked, Status.UNKNOWN, begun, None)
    stays = siting_settle.stay(asked, found.opened, value, min(until, time.perf_counter() + _TIDYING_S))
    value = asked.worth(stays) or value
    bound = sharpened(asked, value, found.bound)
    told = _with(asked, siting_settle.settle(asked, stays, value), value, bound, begun)
    if alternatives:
        others = _others(told, alternatives, seconds, seed)
        told = replace(told, alternatives=others, seconds=time.perf_counter() - begun)
    return told


def so_far(asked: Problem, step: Step) -> Siting:
    """Return the best that a search has come to as an answer, with its gap.

    Raises
    ------
    ValueError
        If it has come to none yet.
    """
    value = None if step.opened is None else asked.worth(step.opened)
    if step.opened is None or value is None:
        raise ValueError("a search has come to nothing yet")
    worst = np.inf if asked.maximises else -np.inf
    bound = sharpened(asked, value, worst if step.bound is None else step.bound)
    return _with(asked, step.opened, value, bound, time.perf_counter() - step.seconds)


def curve(
    asked: Problem, up_to: int, *, seconds: float = SECONDS, seed: int = 0, progress: Progress | None = None
) -> tuple[Siting, ...]:
    """Solve with 0, 1, 2 ... ``up_to`` new ones: what each further station gains is the difference of the values.

    ``seconds`` are for all together. What is feasible with one fewer is so with one more: an answer never falls behind.
    It ends where one more is of no use: the best answer leaves it out. ``progress`` is called after each, with the
    value reached; answered with True, it ends there.
    """
    steps: list[Siting] = []
    begun = time.perf_counter()
    for n in range(up_to + 1):
        more = replace(asked, add=n)
        told = solve(more, seconds=seconds / (up_to + 1), seed=seed)
        before = steps[-1] if steps else None
        if before is not None and before.value is not None and _better(asked, before.value, told.value):
            bound = told.bound if told.bound is not None else (np.inf if asked.maximises else -np.inf)
            told = _with(more, before.opened, before.value, sharpened(more, before.value, bound), time.perf_counter())
        steps.append(told)
        enough = progress is not None and progress(Step(time.perf_counter() - begun, told.value, told.bound, None))
        idle = told.value is not None and asked.objective == Objective.MCLP and len(told.chosen) < n
        if enough or (idle and told.status == Status.OPTIMAL):
            break
    return tuple(steps)


class _GoodEnoughError(Exception):
    """Whoever listens takes the best so far."""


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


def _others(told: Siting, n: int, seconds: float, seed: int) -> tuple[Siting, ...]:
    """Solve again without one of the chosen, for each in turn.

    First without whatever covers nearly the same too, so that the others really stand elsewhere; if these do not
    suffice, a neighbour may take its place. It takes ``seconds`` at most.
    """
    asked, facilities = told.asked, told.asked.near.facilities
    found: list[Siting] = []
    until = time.perf_counter() + seconds
    each = np.arange(facilities)
    replaced = [int(one) for one in told.chosen[:_MOST_REPLACED]]
    # The other chosen are spared, however near they are.
    elsewhere = [
        (alike & ~told.opened) | (each == one) for one, alike in zip(replaced, _twins(asked, replaced), strict=True)
    ]
    for turn, alike in enumerate((*elsewhere, *(each == one for one in replaced))):
        if len(found) >= n and turn >= len(elsewhere):
            break
        _try_without(told, alike, until, seconds / 4, seed, found)
    while replaced and len(found) < n:
        used = (each == replaced[0]) | np.any([other.opened & ~told.opened for other in found], axis=0)
        if not _try_without(told, used, until, seconds / 4, seed, found):
            break
    sign = -1.0 if asked.maximises else 1.0
    found.sort(key=lambda other: (sign * (other.value or 0.0), len(other.chosen)))
    return tuple(found[:n])


def _twins(asked: Problem, facilities: list[int]) -> list[NDArray[np.bool_]]:
    """Return for each of some facilities which cover nearly the same, itself among them."""
    near = asked.near
    reach = sparse.csr_array(
        (np.ones(len(near.demand)), (near.demand, near.facility)), shape=(near.demands, near.facilities)
    )
    weighed = sparse.csr_array(reach.T * asked.households.astype(float))
    whole = weighed @ np.ones(near.demands)
    found = []
    for one in facilities:
        alike = weighed @ reach[:, [one]].toarray().ravel() >= _TWIN * np.maximum(whole, whole[one])
        alike[one] = True
        found.append(alike)
    return found


def _try_without(
    told: Siting, alike: NDArray[np.bool_], until: float, patience: float, seed: int, found: list[Siting]
) -> bool:
    """Solve without some facilities; keep the answer if it is another and nearly as good."""
    asked, near, left = told.asked, told.asked.near, until - time.perf_counter()
    if left <= 0 or told.value is None or told.bound is None:
        return False
    banned = alike & asked.is_(Standing.CANDIDATE)
    kept = ~banned[near.facility]
    fewer = Pairs(near.demand[kept], near.facility[kept], near.walk_m[kept], near.demands, near.facilities)
    again = solve(replace(asked, near=fewer), seconds=min(patience, left), seed=seed)
    if again.value is None:
        return False
    opened = again.opened & ~banned
    value = asked.worth(opened)
    if value is None or abs(value - told.value) > ALTERNATIVE * max(abs(told.value), 1.0):
        return False
    if any(np.array_equal(opened, other.opened) for other in (told, *found)):
        return False
    bound = max(told.bound, value) if asked.maximises else min(told.bound, value)
    found.append(_with(asked, opened, value, bound, time.perf_counter()))
    return True
