"""Finds a plan of walks: PyVRP where stops may come in any order, our own search around an order that people gave.

PyVRP minimises metres walked plus prizes not collected, in whole decimetres and seconds, rounded so that what it calls
possible is. The work is measured in iterations, not by the clock: the same seed and seconds give the same plan on
any machine. Searches from several seeds run side by side; the best is kept, and how far apart they came is told.
"""

from __future__ import annotations

import dataclasses
import math
import time
from collections import defaultdict
from collections.abc import Callable, Hashable, Sequence
from concurrent.futures import ThreadPoolExecutor

from gridmap.planning import routing, routing_around, routing_vrp
from gridmap.planning.routing import Plan, Problem, Step, Stop, Trip, Walker
from gridmap.planning.routing_timing import Call, Timeline, breaks

TRIES = 2
"""Searches side by side, each from its own seed."""
Tell = Callable[[Step], None]
Stopped = Callable[[], bool]


def solve(
    problem: Problem,
    *,
    seconds: float = routing.SECONDS,
    seed: int = 0,
    tries: int = TRIES,
    progress: Tell | None = None,
    stopped: Stopped | None = None,
) -> Plan:
    """Find the best plan: every must-visit, then the most prize, then the fewest metres.

    Parameters
    ----------
    problem
        What is asked.
    seconds
        Longest search in seconds of one core, all tries together; it ends sooner where nothing better has been found
        for long.
    seed
        The same seed gives the same plan.
    tries
        How many searches run side by side.
    progress
        Is told of each better plan, from any thread.
    stopped
        Is asked now and then whether to stop at what has been found.
    """
    begun = time.perf_counter()
    possible = _possible(problem)
    if not possible.stops:
        return _plan(problem, [], (), begun)
    settled = possible
    while True:
        found = _search(settled, seconds, seed, tries, progress, stopped)
        best = max(found, key=lambda trips: _worth(problem, trips))
        shared = _shared(settled, best)
        if not shared:
            break
        settled = dataclasses.replace(settled, stops=tuple(_given(stop, shared) for stop in settled.stops))
    values = tuple(_value(problem, trips) for trips in found)
    return _plan(problem, best, values, begun)


def _search(
    problem: Problem, seconds: float, seed: int, tries: int, progress: Tell | None, stopped: Stopped | None
) -> list[list[Trip]]:
    ordered = any(walker.order or walker.before for walker in problem.walkers)
    method = routing_around.search if ordered else routing_vrp.search
    begun = time.perf_counter()

    def tell(trips: Sequence[Trip]) -> None:
        if progress is not None:
            prize, walk_m = (math.fsum(of) for of in zip(*((t.prize, t.walk_m) for t in trips), strict=True))
            progress(Step(seconds=time.perf_counter() - begun, prize=prize, walk_m=walk_m))

    def one(number: int) -> list[Trip]:
        return method(problem, seconds / tries, seed * 1000 + number, tell, stopped or (lambda: False))

    if tries == 1:
        return [one(0)]
    with ThreadPoolExecutor(tries) as pool:
        return list(pool.map(one, range(tries)))


def _possible(problem: Problem) -> Problem:
    """Return the problem without stops that nobody could visit even alone, and walkers for whom nothing is left."""
    stops = []
    for stop in problem.stops:
        able = frozenset(w.id for w in problem.walkers if _alone(problem, w, stop))
        ordered = {w.id for w in problem.walkers if stop.id in w.order}
        able = able & ordered if ordered else able
        if able:
            stops.append(dataclasses.replace(stop, walkers=able if len(able) < len(problem.walkers) else None))
    left = {stop.id for stop in stops}
    used = [w for w in problem.walkers if any(_may(s, w) for s in stops)]
    names = {w.id for w in used}
    walkers = [
        dataclasses.replace(
            w,
            order=tuple(one for one in w.order if one in left),
            before=tuple(one for one in w.before if one in left),
        )
        for w in used
    ]
    stops = [s if s.walkers is None else dataclasses.replace(s, walkers=s.walkers & names) for s in stops]
    return dataclasses.replace(problem, stops=tuple(stops), walkers=tuple(walkers))


def _may(stop: Stop, walker: Walker) -> bool:
    """Whether a walker may go to a stop."""
    return stop.walkers is None or walker.id in stop.walkers


def _alone(problem: Problem, walker: Walker, stop: Stop) -> bool:
    if not problem.may(stop, walker):
        return False
    one = Call.of(stop)
    orders = [[one], *([rest, one] for rest in breaks(walker)), *([one, rest] for rest in breaks(walker))]
    return any(Timeline(problem, walker, calls).feasible for calls in orders[walker.rest is not None :])


def _shared(problem: Problem, trips: Sequence[Trip]) -> dict[Hashable, frozenset[str]]:
    """Return the doors at which several walkers met, and who shall have them: whoever had most there."""
    worth: dict[Hashable, dict[str, float]] = defaultdict(lambda: defaultdict(float))
    for trip in trips:
        for stop in map(problem.by_id.__getitem__, trip.stops):
            if stop.doors is not None:
                worth[stop.doors][trip.walker] += stop.prize + (1e6 if stop.must else 0.0) + 1e-9
    ordered = {one: w.id for w in problem.walkers for one in w.order}
    met = {}
    for doors, by in worth.items():
        if len(by) > 1:
            told = [ordered[s.id] for s in problem.stops if s.doors == doors and s.id in ordered]
            met[doors] = frozenset({told[0] if told else max(sorted(by), key=lambda walker: by[walker])})
    return met


def _given(stop: Stop, shared: dict[Hashable, frozenset[str]]) -> Stop:
    """Give a stop at doors where several met to the one who shall have them."""
    if stop.doors is None or stop.doors not in shared:
        return stop
    mine = shared[stop.doors]
    return dataclasses.replace(stop, walkers=mine if stop.walkers is None else stop.walkers & mine)


def _value(problem: Problem, trips: Sequence[Trip]) -> float:
    return math.fsum(trip.prize * problem.point_m - trip.walk_m for trip in trips)


def _worth(problem: Problem, trips: Sequence[Trip]) -> tuple[int, float]:
    held = sum(problem.by_id[one].must for trip in trips for one in trip.stops)
    return held, _value(problem, trips)


def _plan(problem: Problem, trips: Sequence[Trip], tries: tuple[float, ...], begun: float) -> Plan:
    visited = {one for trip in trips for one in trip.stops}
    place = {walker.id: at for at, walker in enumerate(problem.walkers)}
    left = tuple(stop.id for stop in problem.stops if stop.id not in visited)
    return Plan(
        problem=problem,
        trips=tuple(sorted((trip for trip in trips if trip.stops), key=lambda trip: place[trip.walker])),
        left=left,
        missed=tuple(one for one in left if problem.by_id[one].must),
        tries=tries,
        seconds=time.perf_counter() - begun,
    )
