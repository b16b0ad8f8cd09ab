"""The answer of a siting: what to open, how good that is, what is proven, and why."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

import numpy as np
from numpy.typing import NDArray

from gridmap.analysis.assignment import Assignment
from gridmap.analysis.pairs import Floats, Ints
from gridmap.analysis.siting_problem import Objective, Problem, Standing


class Status(StrEnum):
    """How sure an answer is.

    ``OPTIMAL``: a bound proves that none is better. ``FEASIBLE``: the best found in time, with its gap. ``INFEASIBLE``:
    it is proven that there is none. ``UNKNOWN``: none was found in time, and none is ruled out.
    """

    OPTIMAL = "optimal"
    FEASIBLE = "feasible"
    INFEASIBLE = "infeasible"
    UNKNOWN = "unknown"


@dataclass(frozen=True)
class Saying:
    """A sentence as data: key of the catalogue ``siting.<key>``, and its fields.

    Parameters
    ----------
    key
        Which sentence.
    fields
        Numbers, and ``facility`` where one is meant.
    """

    key: str
    fields: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Figures:
    """A siting in numbers.

    Parameters
    ----------
    objective, status, value, bound, gap, seconds
        As in `Siting`; ``gap`` is the share of the bound by which the answer might be bettered.
    opened, added, closed
        Numbers of facilities.
    households, covered
        All households, and those that have a facility.
    mean_walk_m, longest_walk_m
        Of the covered households; None where there are none.
    """

    objective: str
    status: str
    value: float | None
    bound: float | None
    gap: float | None
    seconds: float
    opened: int
    added: int
    closed: int
    households: int
    covered: int
    mean_walk_m: float | None
    longest_walk_m: float | None


@dataclass(frozen=True, eq=False)
class Siting:
    """Answer of `siting.solve`.

    Parameters
    ----------
    asked
        What was asked.
    status
        How sure the answer is.
    value
        Facilities open in all (``lscp``), households covered (``mclp``), metres that all households walk together
        (``pmedian``), metres of the longest walk (``pcenter``); None without an answer.
    bound
        What no answer can better; None without an answer.
    seconds
        How long it took.
    opened
        Which facilities are open.
    chosen
        The candidates among them, the one that brings most first.
    gains
        What each of these brings after those before it, in the measure of ``value``: households, or metres saved;
        ``nan`` where there was nothing to compare with.
    gain_households
        Households that each brings within reach (``lscp``, ``mclp``) or serves (``pmedian``, ``pcenter``).
    closed
        Closable and movable facilities that are closed.
    served
        Who goes where; None without an answer.
    shortfall
        Without an answer: what is needed against what is there.
    reasons
        Why each of ``chosen``, in the same order.
    alternatives
        Others nearly as good, each with its own reasons; one of the same value is as good.
    """

    asked: Problem
    status: Status
    value: float | None
    bound: float | None
    seconds: float
    opened: NDArray[np.bool_]
    chosen: Ints
    gains: Floats
    gain_households: Ints
    closed: Ints
    served: Assignment | None
    shortfall: Saying | None = None
    reasons: tuple[tuple[Saying, ...], ...] = ()
    alternatives: tuple[Siting, ...] = ()

    def __post_init__(self) -> None:
        """Refuse a result that contradicts itself: a fault of the program, not of the data."""
        if (self.value is None) != (self.status in (Status.INFEASIBLE, Status.UNKNOWN)):
            raise ValueError("a siting has a value if and only if it has an answer")
        if self.value is None:
            return
        if self.bound is None or not self.asked.allowed(self.opened) or self.served is None:
            raise ValueError("the answer of a siting is not allowed, or has no bound")
        room = self.bound - self.value if self.asked.maximises else self.value - self.bound
        if room < 0 or (self.status == Status.OPTIMAL) != closed(self.asked, self.value, self.bound):
            raise ValueError("the status of a siting does not follow from its value and bound")
        if self.asked.objective != Objective.MCLP and self.served.covered.sum() < self.asked.households.sum():
            raise ValueError("the answer of a siting leaves households without a facility")
        told = np.flatnonzero(self.opened & self.asked.is_(Standing.CANDIDATE))
        if not np.array_equal(np.sort(self.chosen), told):
            raise ValueError("the chosen of a siting are not the candidates that are open")

    @property
    def gap(self) -> float | None:
        """Share of the bound by which the answer might be bettered; 0 if it is optimal, None without an answer."""
        if self.value is None or self.bound is None:
            return None
        if self.status == Status.OPTIMAL:
            return 0.0
        return abs(self.value - self.bound) / max(abs(self.bound), 1e-9) if np.isfinite(self.bound) else np.inf

    def summary(self) -> Figures:
        """Put it into numbers."""
        served = self.served
        covered = 0 if served is None else int(served.covered.sum())
        return Figures(
            objective=str(self.asked.objective),
            status=str(self.status),
            value=self.value,
            bound=self.bound,
            gap=self.gap,
            seconds=self.seconds,
            opened=int(self.opened.sum()),
            added=len(self.chosen),
            closed=len(self.closed),
            households=int(self.asked.households.sum()),
            covered=covered,
            mean_walk_m=None if served is None else served.summary().mean_walk_m,
            longest_walk_m=float(served.walk_m.max()) if served is not None and covered else None,
        )


def closed(asked: Problem, value: float, bound: float) -> bool:
    """Tell whether the bound proves that nothing is better than the value."""
    return abs(bound - value) <= tolerance(asked, value)


def tolerance(asked: Problem, value: float) -> float:
    """Return how close a bound must come: less than one facility or household; less than rounding for metres."""
    return 1e-6 if asked.objective in (Objective.LSCP, Objective.MCLP) else 1e-9 * max(1.0, abs(value))


def sharpened(asked: Problem, value: float, bound: float) -> float:
    """Return the bound moved to the next value that can be, which costs nothing: facilities and households are whole.

    A solver's bound is good to about a millionth; where that puts it past a value that was reached, it is that value.
    """
    slack = 1e-6 * max(1.0, abs(bound)) if np.isfinite(bound) else 0.0
    if not np.isfinite(bound):
        return bound
    if asked.objective == Objective.MCLP:
        return max(value, float(np.floor(bound + slack)))
    if asked.objective == Objective.LSCP:
        return min(value, float(np.ceil(bound - slack)))
    return value if bound >= value - min(slack, 1e-6 * abs(value)) else bound
