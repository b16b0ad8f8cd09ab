"""When a walker is where: the times of an order of calls, and what one more call would cost."""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from gridmap.planning.routing import Problem, Stop, Trip, Visit, Walker, Window

SLACK_MIN = 1e-6
"""Minutes that are rounding."""


@dataclass(frozen=True)
class Call:
    """A stop, or a break at one of its places (``stop`` is then None)."""

    place: int
    minutes: float
    windows: tuple[Window, ...]
    stop: Stop | None = None

    @staticmethod
    def of(stop: Stop) -> Call:
        """Return the call at a stop."""
        return Call(place=stop.place, minutes=stop.minutes, windows=stop.windows, stop=stop)


@dataclass(frozen=True)
class Insertion:
    """One more call in an order.

    Parameters
    ----------
    at
        Position in the order that it takes.
    extra_m, extra_min
        Metres more, and by how many minutes the end comes later.
    """

    at: int
    extra_m: float
    extra_min: float


def breaks(walker: Walker) -> tuple[Call, ...]:
    """Return the calls among which a walker's break is chosen."""
    rest = walker.rest
    if rest is None:
        return ()
    return tuple(Call(place=place, minutes=rest.minutes, windows=(rest.window,)) for place in rest.places)


def fit(windows: Sequence[Window], minutes: float, arrive: float) -> float:
    """Return when a visit begins for whoever comes at ``arrive``; infinite where that is too late."""
    if not windows:
        return arrive
    found = math.inf
    for early, late in windows:
        begin = max(early, arrive)
        if begin + minutes <= late + SLACK_MIN:
            found = min(found, begin)
    return found


class Timeline:
    """An order of calls of one walker with its times; made anew when the order changes.

    Parameters
    ----------
    problem, walker
        Whose.
    calls
        In order, without start and finish.
    """

    def __init__(self, problem: Problem, walker: Walker, calls: Iterable[Call]) -> None:
        self.problem, self.walker, self.calls = problem, walker, tuple(calls)
        # Lists: single numbers of an array are slow to come by.
        metres, pace = problem.metres, problem.pace_m_min
        places = [walker.start, *(call.place for call in self.calls), walker.finish]
        self.places = places
        self.legs_m = [float(metres[a, b]) for a, b in itertools.pairwise(places)]
        now = walker.begin
        self.arrive: list[float] = []
        self.begin: list[float] = []
        self.leave: list[float] = [now]
        for call, leg in zip(self.calls, self.legs_m, strict=False):
            came = now + leg / pace
            start = fit(call.windows, call.minutes, came)
            now = start + call.minutes
            self.arrive.append(came)
            self.begin.append(start)
            self.leave.append(now)
        self.end = now + self.legs_m[-1] / pace
        self.feasible = self.end <= walker.end + SLACK_MIN
        self._latest: list[float] | None = None
        self._ways: dict[str, Insertion | None] = {}

    @property
    def walk_m(self) -> float:
        """Metres of the whole round."""
        return math.fsum(self.legs_m)

    @property
    def latest(self) -> list[float]:
        """For each call and the finish, when one may come there at the latest with all after it still possible."""
        if self._latest is None:
            pace, after = self.problem.pace_m_min, [self.walker.end]
            for call, leg in zip(self.calls[::-1], self.legs_m[:0:-1], strict=True):
                gone = after[-1] - leg / pace - call.minutes
                if call.windows:
                    fits = [min(gone, late - call.minutes) for _, late in call.windows]
                    opens = [early for early, _ in call.windows]
                    fits = [at for at, early in zip(fits, opens, strict=True) if at >= early - SLACK_MIN]
                    gone = max(fits, default=-math.inf)
                after.append(gone)
            self._latest = after[::-1]
        return self._latest

    def insert(self, call: Call, *, low: int = 0, high: int | None = None) -> Insertion | None:
        """Return the cheapest possible position for one more call, between two positions; None where there is none."""
        metres, pace, latest = self.problem.metres, self.problem.pace_m_min, self.latest
        here, best = call.place, None
        for at in range(low, (len(self.calls) if high is None else high) + 1):
            before, after = self.places[at], self.places[at + 1]
            to, on = float(metres[before, here]), float(metres[here, after])
            begin = fit(call.windows, call.minutes, self.leave[at] + to / pace)
            came = begin + call.minutes + on / pace
            if not came <= latest[at] + SLACK_MIN:
                continue
            extra_m = to + on - self.legs_m[at]
            if best is None or extra_m < best.extra_m - 1e-9:
                was = self.arrive[at] if at < len(self.calls) else self.end
                best = Insertion(at=at, extra_m=extra_m, extra_min=came - was)
        return best

    def way_in(self, stop: Stop) -> Insertion | None:
        """Return the cheapest possible position for one more stop, looked for once."""
        if stop.id not in self._ways:
            self._ways[stop.id] = self.insert(Call.of(stop))
        return self._ways[stop.id]

    def trip(self) -> Trip:
        """Return the round; who would wait before the first door leaves so much later."""
        # The first visit begins when its door opens, so nothing else changes.
        late = self.begin[0] - self.arrive[0] if self.calls else 0.0
        arrive = [self.begin[0], *self.arrive[1:]] if self.calls else []
        visits = tuple(
            Visit(
                stop="" if call.stop is None else call.stop.id,
                place=call.place,
                arrive=came,
                begin=begin,
                leave=leave,
                walk_m=leg,
            )
            for call, came, begin, leave, leg in zip(
                self.calls, arrive, self.begin, self.leave[1:], self.legs_m[:-1], strict=True
            )
        )
        return Trip(
            walker=self.walker.id,
            begin=self.walker.begin + late,
            end=self.end,
            visits=visits,
            walk_m=self.walk_m,
            back_m=self.legs_m[-1],
            prize=math.fsum(call.stop.prize for call in self.calls if call.stop is not None),
        )
