"""Holds a plan of walks against the rules, working everything out anew from the question alone."""

from __future__ import annotations

import itertools
from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum

from gridmap.planning.routing import Plan, Problem, Trip, Visit, Walker

_TOLERANCE = 1e-4


class RuleKind(StrEnum):
    """The rules that no plan breaks."""

    ONCE = "once"
    MUST = "must"
    TIME = "time"
    WINDOW = "window"
    WAY = "way"
    DOORS = "doors"
    WALKER = "walker"
    ORDER = "order"
    REST = "rest"
    SUM = "sum"


@dataclass(frozen=True, kw_only=True)
class Breach:
    """A rule that is broken: by whom, at which stop, and what was found."""

    kind: RuleKind
    walker: str = ""
    stop: str = ""
    found: str = ""


def broken(plan: Plan) -> tuple[Breach, ...]:
    """Return the rules that a plan breaks. That a must-visit is missed is none where the plan says so itself."""
    return tuple(itertools.chain(_counted(plan), _shared(plan), *(_trip(plan.problem, trip) for trip in plan.trips)))


def _counted(plan: Plan) -> Iterator[Breach]:
    visited = Counter(visit.stop for trip in plan.trips for visit in trip.visits if visit.stop)
    for stop in plan.problem.stops:
        n = visited[stop.id]
        if n > 1 or (n == 1) == (stop.id in plan.left):
            yield Breach(kind=RuleKind.ONCE, stop=stop.id, found=f"visited {n} times, left: {stop.id in plan.left}")
        if stop.must and (n == 0) != (stop.id in plan.missed):
            yield Breach(kind=RuleKind.MUST, stop=stop.id)
    walkers = Counter(trip.walker for trip in plan.trips)
    known = {walker.id for walker in plan.problem.walkers}
    for walker, n in walkers.items():
        if n > 1 or walker not in known:
            yield Breach(kind=RuleKind.WALKER, walker=walker, found=f"{n} walks")
    for stop_id in visited.keys() - {stop.id for stop in plan.problem.stops}:
        yield Breach(kind=RuleKind.ONCE, stop=stop_id, found="unknown")


def _shared(plan: Plan) -> Iterator[Breach]:
    """Two walkers never meet at the same doors."""
    at = defaultdict(set)
    doors = {stop.id: stop.doors for stop in plan.problem.stops}
    for trip in plan.trips:
        for visit in trip.visits:
            if doors.get(visit.stop) is not None:
                at[doors[visit.stop]].add(trip.walker)
    for where, walkers in at.items():
        if len(walkers) > 1:
            yield Breach(kind=RuleKind.DOORS, found=f"{where}: {sorted(walkers)}")


def _trip(problem: Problem, trip: Trip) -> Iterator[Breach]:
    walker = next((one for one in problem.walkers if one.id == trip.walker), None)
    if walker is None:
        return
    now, here, walked, prize = trip.begin, walker.start, 0.0, 0.0
    if trip.begin < walker.begin - _TOLERANCE or trip.end > walker.end + _TOLERANCE:
        yield Breach(kind=RuleKind.TIME, walker=trip.walker, found=f"{trip.begin} to {trip.end}")
    for visit in trip.visits:
        leg = float(problem.metres[here, visit.place])
        if abs(leg - visit.walk_m) > _TOLERANCE or visit.arrive < now + leg / problem.pace_m_min - _TOLERANCE:
            yield Breach(kind=RuleKind.WAY, walker=trip.walker, stop=visit.stop, found=f"{leg} m")
        if visit.begin < visit.arrive - _TOLERANCE:
            yield Breach(kind=RuleKind.TIME, walker=trip.walker, stop=visit.stop)
        yield from _rest(walker, visit) if not visit.stop else _stop(problem, walker, visit)
        prize += problem.by_id[visit.stop].prize if visit.stop in problem.by_id else 0.0
        now, here, walked = visit.leave, visit.place, walked + leg
    leg = float(problem.metres[here, walker.finish])
    if trip.end < now + leg / problem.pace_m_min - _TOLERANCE or abs(leg - trip.back_m) > _TOLERANCE:
        yield Breach(kind=RuleKind.WAY, walker=trip.walker, found=f"back {leg} m")
    if abs(walked + leg - trip.walk_m) > _TOLERANCE or abs(prize - trip.prize) > _TOLERANCE:
        yield Breach(kind=RuleKind.SUM, walker=trip.walker, found=f"{walked + leg} m, {prize}")
    rests = sum(not visit.stop for visit in trip.visits)
    if rests != (walker.rest is not None):
        yield Breach(kind=RuleKind.REST, walker=trip.walker, found=f"{rests} breaks")
    mine = [visit.stop for visit in trip.visits if visit.stop in walker.order]
    if mine != [one for one in walker.order if one in mine]:
        yield Breach(kind=RuleKind.ORDER, walker=trip.walker, found=str(mine))


def _stop(problem: Problem, walker: Walker, visit: Visit) -> Iterator[Breach]:
    stop = problem.by_id.get(visit.stop)
    if stop is None:
        return
    if stop.place != visit.place or (stop.walkers is not None and walker.id not in stop.walkers):
        yield Breach(kind=RuleKind.WALKER, walker=walker.id, stop=stop.id)
    if any(stop.id in other.order for other in problem.walkers if other.id != walker.id):
        yield Breach(kind=RuleKind.ORDER, walker=walker.id, stop=stop.id)
    if abs(visit.leave - visit.begin - stop.minutes) > _TOLERANCE:
        yield Breach(kind=RuleKind.TIME, walker=walker.id, stop=stop.id, found=f"{visit.begin} to {visit.leave}")
    within = (a - _TOLERANCE <= visit.begin and visit.leave <= b + _TOLERANCE for a, b in stop.windows)
    if stop.windows and not any(within):
        yield Breach(kind=RuleKind.WINDOW, walker=walker.id, stop=stop.id, found=f"{visit.begin} to {visit.leave}")


def _rest(walker: Walker, visit: Visit) -> Iterator[Breach]:
    rest = walker.rest
    if rest is None or visit.place not in rest.places:
        yield Breach(kind=RuleKind.REST, walker=walker.id, found="not there")
    elif visit.begin < rest.window[0] - _TOLERANCE or visit.leave > rest.window[1] + _TOLERANCE:
        yield Breach(kind=RuleKind.REST, walker=walker.id, found=f"{visit.begin} to {visit.leave}")
    elif abs(visit.leave - visit.begin - rest.minutes) > _TOLERANCE:
        yield Breach(kind=RuleKind.REST, walker=walker.id, found=f"{visit.leave - visit.begin} minutes")
