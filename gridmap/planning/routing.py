"""Who walks where, in which order: stops that are worth something, walkers with their time, and the plan.

Not every stop can be reached in half a day, so each has a *prize*; a plan collects as much as it can of what need not
be visited, after all that must. Times are minutes since the midnight with which the first day begins (a later day's
come after 1,440), lengths are metres on foot. A visit lies in one of its stop's windows from its beginning to its end.
`routing_solving.solve` finds a plan, `routing_check.broken` holds one against the rules without the solver, and
`routing_left.reasons` says why a stop was left out.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

SECONDS = 3.0
"""Search in seconds, where nothing else is asked."""
MOST_STOPS = 400
"""More stops are no list for half a day: the caller chooses among them first."""

Window = tuple[float, float]


@dataclass(frozen=True, kw_only=True)
class Stop:
    """Somewhere to call.

    Parameters
    ----------
    id
        What it is called, once in a problem.
    place
        Its row in the matrix of metres.
    minutes
        How long a visit takes, stairs included.
    prize
        What a visit is worth; 0 or more.
    must
        Whether it has to be visited.
    windows
        When a visit may be: it begins and ends within one of these; none for at any time.
    doors
        What tells whose doors these are: stops with the same go to one walker. None for its own alone.
    walkers
        Who may go there; None for anybody.
    """

    id: str
    place: int
    minutes: float = 0.0
    prize: float = 0.0
    must: bool = False
    windows: tuple[Window, ...] = ()
    doors: Hashable = None
    walkers: frozenset[str] | None = None


@dataclass(frozen=True, kw_only=True)
class Rest:
    """A break: so many minutes within a window, at one of some places (rows of the matrix)."""

    minutes: float
    window: Window
    places: tuple[int, ...]


@dataclass(frozen=True, kw_only=True)
class Walker:
    """One or two people who walk together.

    Parameters
    ----------
    id
        What they are called, once in a problem.
    begin, end
        When they leave ``start`` at the earliest, and are at ``finish`` at the latest.
    start, finish
        Rows of the matrix.
    rest
        Their break.
    order
        Stops that are theirs, in this order; others may come between.
    before
        Their round as it was in a plan from which a search around an order begins.
    """

    id: str
    begin: float
    end: float
    start: int
    finish: int
    rest: Rest | None = None
    order: tuple[str, ...] = ()
    before: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True, eq=False)
class Problem:
    """What is asked.

    Parameters
    ----------
    stops, walkers
        Who calls where.
    metres
        Square matrix of metres on foot between places; infinite where no way leads.
    pace_m_min
        Metres walked in a minute.
    point_m
        How many metres of walking one point of prize is worth.
    """

    stops: tuple[Stop, ...]
    walkers: tuple[Walker, ...]
    metres: NDArray[np.float64]
    pace_m_min: float = 75.0
    point_m: float = 200.0

    def __post_init__(self) -> None:
        """Refuse what cannot be meant, all at once: a fault of whoever asks, not of the data."""
        wrong = _wrong(self)
        if wrong:
            raise ValueError("; ".join(wrong))

    @cached_property
    def by_id(self) -> Mapping[str, Stop]:
        """The stops by their id."""
        return {stop.id: stop for stop in self.stops}

    @cached_property
    def minutes(self) -> NDArray[np.float64]:
        """Minutes on foot between places."""
        return self.metres / self.pace_m_min

    def may(self, stop: Stop, walker: Walker) -> bool:
        """Whether a walker may go to a stop."""
        return stop.walkers is None or walker.id in stop.walkers


@dataclass(frozen=True, kw_only=True)
class Visit:
    """One call: when they come, begin (after waiting), and leave; ``walk_m`` from where they were before.

    ``stop`` is its id, "" for the break; ``place`` is a row of the matrix.
    """

    stop: str
    place: int
    arrive: float
    begin: float
    leave: float
    walk_m: float

    @property
    def wait(self) -> float:
        """Minutes before a door that is not open yet."""
        return self.begin - self.arrive


@dataclass(frozen=True, kw_only=True)
class Trip:
    """One walker's round: when they leave and are back, the visits in order, and what it comes to.

    ``back_m`` are the metres from the last visit to the finish; ``walk_m`` has them too.
    """

    walker: str
    begin: float
    end: float
    visits: tuple[Visit, ...]
    walk_m: float
    back_m: float
    prize: float

    @property
    def minutes(self) -> float:
        """Minutes from leaving to being back."""
        return self.end - self.begin

    @property
    def stops(self) -> tuple[str, ...]:
        """Ids of the stops in order, without the break."""
        return tuple(visit.stop for visit in self.visits if visit.stop)


@dataclass(frozen=True, kw_only=True)
class Step:
    """How a search stands: seconds since it began, and the best prize and metres so far."""

    seconds: float
    prize: float
    walk_m: float


@dataclass(frozen=True, kw_only=True, eq=False)
class Plan:
    """An answer.

    Parameters
    ----------
    problem
        What was asked.
    trips
        One for each walker who has a stop, in the order of the walkers.
    left
        Ids of stops that nobody visits.
    missed
        Those of them that must be visited: the time does not hold them all, or no way leads there.
    tries
        The value that each repeated search came to; the plan is the best of them.
    seconds
        How long it took.
    """

    problem: Problem
    trips: tuple[Trip, ...]
    left: tuple[str, ...]
    missed: tuple[str, ...]
    tries: tuple[float, ...] = ()
    seconds: float = 0.0

    @property
    def prize(self) -> float:
        """What all trips collect."""
        return math.fsum(trip.prize for trip in self.trips)

    @property
    def walk_m(self) -> float:
        """Metres of all trips."""
        return math.fsum(trip.walk_m for trip in self.trips)

    @property
    def value(self) -> float:
        """What is made as large as can be: prizes in metres, less the metres walked."""
        return self.prize * self.problem.point_m - self.walk_m

    @property
    def spread(self) -> float | None:
        """By which share the worst of the repeated searches is below the best; None of less than two."""
        if len(self.tries) < 2 or max(self.tries) <= 0:
            return None
        return (max(self.tries) - min(self.tries)) / max(self.tries)

    def summary(self) -> dict[str, Any]:
        """Return the figures of the plan."""
        return {
            "walks": len(self.trips),
            "stops": sum(len(trip.stops) for trip in self.trips),
            "left": len(self.left),
            "missed": len(self.missed),
            "prize": self.prize,
            "walk_m": self.walk_m,
            "minutes": math.fsum(trip.minutes for trip in self.trips),
            "spread": self.spread,
            "seconds": self.seconds,
        }


def _wrong(problem: Problem) -> Sequence[str]:
    metres, count = problem.metres, len(problem.metres)
    wrong = []
    if metres.ndim != 2 or metres.shape != (count, count) or not (metres >= 0).all():
        wrong.append("the matrix of metres is not square or holds less than 0")
    if not (problem.pace_m_min > 0 and problem.point_m > 0):
        wrong.append("pace and worth of a point are above 0")
    for what, ids in (("stop", [s.id for s in problem.stops]), ("walker", [w.id for w in problem.walkers])):
        wrong += [f"{what} {one!r} stands there {n} times" for one, n in Counter(ids).items() if n > 1 or not one]
    known, there = {walker.id for walker in problem.walkers}, {stop.id for stop in problem.stops}
    for stop in problem.stops:
        if not (0 <= stop.place < count and 0 <= stop.minutes < math.inf and 0 <= stop.prize < math.inf):
            wrong.append(f"stop {stop.id!r} has no place, or its minutes or prize are no number from 0 up")
        if any(late < early for early, late in stop.windows) or not (stop.walkers or known) <= known:
            wrong.append(f"stop {stop.id!r} has a window that ends before it begins, or an unknown walker")
    wrong += [f"walker {w.id!r}: {said}" for w in problem.walkers for said in _wrong_walker(problem, w)]
    ordered = Counter(one for walker in problem.walkers for one in walker.order)
    wrong += [f"stop {one!r} is in two orders" for one, n in ordered.items() if n > 1]
    begun = Counter(one for walker in problem.walkers for one in walker.before)
    wrong += [f"stop {one!r} is in two rounds, or unknown" for one, n in begun.items() if n > 1 or one not in there]
    return wrong


def _wrong_walker(problem: Problem, walker: Walker) -> Sequence[str]:
    count, wrong = len(problem.metres), []
    rest = walker.rest
    if not walker.begin <= walker.end:
        wrong.append("ends before it begins")
    if not {walker.start, walker.finish, *(rest.places if rest else ())} <= set(range(count)):
        wrong.append("names a place that is not there")
    if rest is not None and not (rest.places and 0 <= rest.minutes <= rest.window[1] - rest.window[0]):
        wrong.append("has a break that is longer than its window, or without a place")
    ids = {stop.id: stop for stop in problem.stops}
    if not all(one in ids and problem.may(ids[one], walker) for one in walker.order):
        wrong.append("has a stop in its order that is unknown or another's")
    return wrong
