"""A plan of walks around an order that people gave: what is ordered stays, and the rest is fitted in between.

Where there is a plan already, the search begins from it, so that a change by hand does not turn everything round.

A search of our own, since vehicle routing knows no order of single stops: take a few free stops out, put what fits best
back in at the cheapest place, keep it where it is no worse than some steps ago (late acceptance; Burke and Bykov 2017,
doi:10.1016/j.ejor.2016.07.012).
"""

from __future__ import annotations

import itertools
import math
import random
from collections.abc import Callable, Collection, Sequence

from gridmap.planning.routing import Problem, Stop, Trip
from gridmap.planning.routing_timing import Call, Insertion, Timeline, breaks

Told = Callable[[Sequence[Trip]], None]
# Rounds for each second, and how many of them without anything better are enough.
_ROUNDS, _IN_VAIN = 240, 0.5
_FEWEST = 20
_HISTORY = 15
_MOST_OUT = 4
_NONE_PUT_IN = 0.5
# What it is worth, in metres, that two stops follow each other as they did in the plan before: people know that one.
_STAY_M = 100.0
# What a must-visit is worth, in metres, beside all others.
_MUST_M = 1e7


def search(problem: Problem, seconds: float, seed: int, tell: Told, stopped: Callable[[], bool]) -> list[Trip]:
    """Return the trips of the best plan found from one seed."""
    dice = random.Random(seed)  # noqa: S311 (no secret)
    here = _Rounds(problem)
    here.fill(dice)
    best, best_value = here.lines, here.value
    history = [here.value] * _HISTORY
    rounds = max(_FEWEST, round(_ROUNDS * seconds))
    in_vain = 0
    for turn in range(rounds):
        if in_vain > rounds * _IN_VAIN or stopped():
            break
        tried = here.copy()
        tried.take_out(dice)
        tried.put_in(dice)
        tried.fill(dice)
        tried.prune()
        in_vain += 1
        if tried.value >= min(here.value, history[turn % _HISTORY]):
            here = tried
        history[turn % _HISTORY] = here.value
        if here.value > best_value + 1e-6:
            best, best_value, in_vain = here.lines, here.value, 0
            tell(_trips(best))
    return _trips(best)


class _Rounds:
    """A timeline for each walker, and the stops that nobody has."""

    def __init__(self, problem: Problem) -> None:
        self.problem = problem
        self.fixed = {one for walker in problem.walkers for one in walker.order}
        self.lines = [_begun(problem, at, self.fixed) for at in range(len(problem.walkers))]
        self.known = {pair for walker in problem.walkers for pair in itertools.pairwise(walker.before)}
        taken = {call.stop.id for line in self.lines for call in line.calls if call.stop is not None}
        self.free = [stop for stop in problem.stops if stop.id not in taken and stop.id not in self.fixed]

    def copy(self) -> _Rounds:
        """Return rounds that can be changed apart from these."""
        other = object.__new__(_Rounds)
        other.problem, other.fixed, other.known = self.problem, self.fixed, self.known
        other.lines, other.free = list(self.lines), list(self.free)
        return other

    @property
    def value(self) -> float:
        """What is made as large as can be, in metres."""
        stops = [call.stop for line in self.lines for call in line.calls if call.stop is not None]
        walked_m = math.fsum(line.walk_m for line in self.lines if line.calls)
        return math.fsum(map(self._worth, stops)) - walked_m + _STAY_M * self._stayed()

    def _stayed(self) -> int:
        """Count the stops that follow the one that they followed before."""
        if not self.known:
            return 0
        rounds = ([call.stop.id for call in line.calls if call.stop is not None] for line in self.lines)
        return sum(pair in self.known for ids in rounds for pair in itertools.pairwise(ids))

    def take_out(self, dice: random.Random) -> None:
        """Take a few neighbouring stops that are not ordered out of one round."""
        at = dice.randrange(len(self.lines))
        line = self.lines[at]
        loose = [i for i, call in enumerate(line.calls) if call.stop is not None and call.stop.id not in self.fixed]
        if not loose:
            return
        first = dice.randrange(len(loose))
        gone = set(loose[first : first + dice.randint(1, _MOST_OUT)])
        self.free += [stop for i in sorted(gone) if (stop := line.calls[i].stop) is not None]
        calls = [call for i, call in enumerate(line.calls) if i not in gone]
        self.lines[at] = Timeline(self.problem, line.walker, calls)

    def put_in(self, dice: random.Random) -> None:
        """Put in any one stop where it fits, worth its way or not: others beside it may make it so."""
        if not self.free or dice.random() < _NONE_PUT_IN:
            return
        number, at = dice.randrange(len(self.free)), dice.randrange(len(self.lines))
        way = self.lines[at].way_in(self.free[number]) if self._may(self.free[number], at) else None
        if way is not None:
            self._insert(number, at, way)

    def prune(self) -> None:
        """Take out what is not worth its way."""
        for at, line in enumerate(self.lines):
            i = 0
            while i < len(line.calls):
                stop = line.calls[i].stop
                a, b = line.places[i], line.places[i + 2]
                detour = line.legs_m[i] + line.legs_m[i + 1] - float(self.problem.metres[a, b])
                if stop is not None and stop.id not in self.fixed and self._worth(stop) < detour:
                    self.free.append(stop)
                    line = Timeline(self.problem, line.walker, [*line.calls[:i], *line.calls[i + 1 :]])
                else:
                    i += 1
            self.lines[at] = line

    def fill(self, dice: random.Random) -> None:
        """Put in what gains most for its minutes, with a little chance, until nothing more fits or is worth its way."""
        noise = {stop.id: dice.uniform(0.7, 1.3) for stop in self.free}
        while True:
            best: tuple[float, int, int, Insertion] | None = None
            for number, stop in enumerate(self.free):
                for at, line in enumerate(self.lines):
                    if not self._may(stop, at):
                        continue
                    way = line.way_in(stop)
                    if way is None:
                        continue
                    extra_m = way.extra_m if line.calls else line.walk_m + way.extra_m
                    gain = self._worth(stop) - extra_m
                    rate = gain * noise[stop.id] / max(way.extra_min, 0.5)
                    if gain > 0 and (best is None or rate > best[0]):
                        best = rate, number, at, way
            if best is None:
                return
            _, number, at, way = best
            self._insert(number, at, way)

    def _insert(self, number: int, at: int, way: Insertion) -> None:
        stop, line = self.free.pop(number), self.lines[at]
        calls = [*line.calls[: way.at], Call.of(stop), *line.calls[way.at :]]
        self.lines[at] = Timeline(self.problem, line.walker, calls)

    def _may(self, stop: Stop, at: int) -> bool:
        return self.problem.may(stop, self.problem.walkers[at])

    def _worth(self, stop: Stop) -> float:
        return stop.prize * self.problem.point_m + (_MUST_M if stop.must else 0.0)


def _begun(problem: Problem, at: int, fixed: Collection[str]) -> Timeline:
    """Return a walker's round as it was before, where it has the order that people gave; else the ordered stops alone.

    Of the round before, what does not fit any more is left out, and what others have now.
    """
    walker = problem.walkers[at]
    mine = [one for one in walker.before if one in walker.order or one not in fixed]
    if [one for one in mine if one in walker.order] != list(walker.order):
        mine = _woven(mine, walker.order)
    calls = [Call.of(stop) for one in mine if problem.may(stop := problem.by_id[one], walker)]
    whole = _with_break(problem, Timeline(problem, walker, calls)) if calls else None
    if whole is not None:
        return whole
    line = _ordered(problem, at)
    for call in calls:
        if call.stop is not None and call.stop.id not in fixed and (way := line.insert(call)) is not None:
            line = Timeline(problem, walker, [*line.calls[: way.at], call, *line.calls[way.at :]])
    return line


def _woven(before: Sequence[str], order: Sequence[str]) -> list[str]:
    """Return a round in which the ordered stops follow each other where the first of them stood."""
    loose = [one for one in before if one not in order]
    if not order:
        return loose
    first = next((at for at, one in enumerate(before) if one in order), len(before))
    return [*loose[:first], *order, *loose[first:]]


def _ordered(problem: Problem, at: int) -> Timeline:
    """Return a walker's round with the ordered stops, and the break where it costs least.

    Where they do not all fit, those that need not be visited go first, from the last on.
    """
    walker = problem.walkers[at]
    stops = [problem.by_id[one] for one in walker.order]
    while True:
        found = _with_break(problem, Timeline(problem, walker, map(Call.of, stops)))
        if found is not None or not stops:
            return found or Timeline(problem, walker, ())
        out = next((i for i in range(len(stops) - 1, -1, -1) if not stops[i].must), len(stops) - 1)
        stops.pop(out)


def _with_break(problem: Problem, line: Timeline) -> Timeline | None:
    if not line.feasible:
        return None
    rests = breaks(line.walker)
    if not rests:
        return line
    ways = [(way, call) for call in rests if (way := line.insert(call)) is not None]
    if not ways:
        return None
    way, call = min(ways, key=lambda one: one[0].extra_m)
    return Timeline(problem, line.walker, [*line.calls[: way.at], call, *line.calls[way.at :]])


def _trips(lines: Sequence[Timeline]) -> list[Trip]:
    return [line.trip() for line in lines if line.feasible and any(call.stop for call in line.calls)]
