"""Why a stop was left out of a plan, found from the plan itself."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum

from gridmap.planning.routing import Plan, Stop, Trip, Walker
from gridmap.planning.routing_timing import SLACK_MIN, Call, Timeline, breaks


class Why(StrEnum):
    """What keeps a stop out, the plainest first."""

    NOBODY = "nobody"
    NO_WAY = "no_way"
    TOO_LONG = "too_long"
    HOURS = "hours"
    DOORS = "doors"
    ORDER = "order"
    NO_ROOM = "no_room"
    NO_HOURS_LEFT = "no_hours_left"
    FAR = "far"
    OUTWEIGHED = "outweighed"


@dataclass(frozen=True, kw_only=True)
class Reason:
    """Why one stop was left out.

    Parameters
    ----------
    stop, why
        Which, and what keeps it out.
    need_min
        Minutes that it would add to the round that it fits best: alone to an empty one where it cannot fit at all.
    free_min
        Minutes that are left in that round.
    extra_m
        Metres that it would add.
    """

    stop: str
    why: Why
    need_min: float = math.nan
    free_min: float = math.nan
    extra_m: float = math.nan


def reasons(plan: Plan) -> tuple[Reason, ...]:
    """Say of each stop that was left out why, those that must be visited first, then by prize."""
    lines = tuple(_line(plan, walker) for walker in plan.problem.walkers)
    doors = {
        plan.problem.by_id[one].doors: trip.walker
        for trip in plan.trips
        for one in trip.stops
        if plan.problem.by_id[one].doors is not None
    }
    left = [plan.problem.by_id[one] for one in plan.left]
    ordered = sorted(left, key=lambda stop: (not stop.must, -stop.prize))
    return tuple(_reason(plan, stop, lines, doors) for stop in ordered)


def _line(plan: Plan, walker: Walker) -> Timeline:
    trip = next((one for one in plan.trips if one.walker == walker.id), None)
    if trip is None:
        return Timeline(plan.problem, walker, ())
    return Timeline(plan.problem, walker, _calls(plan, walker, trip))


def _calls(plan: Plan, walker: Walker, trip: Trip) -> Iterable[Call]:
    rests = {call.place: call for call in breaks(walker)}
    return [Call.of(plan.problem.by_id[one.stop]) if one.stop else rests[one.place] for one in trip.visits]


def _reason(plan: Plan, stop: Stop, lines: Iterable[Timeline], doors: Mapping[object, str]) -> Reason:
    problem = plan.problem
    may = [line for line in lines if problem.may(stop, line.walker)]
    if not may:
        return Reason(stop=stop.id, why=Why.NOBODY)
    alone = [(_alone_min(line, stop), line.walker) for line in may]
    need, walker = min(alone, key=lambda one: one[0] - (one[1].end - one[1].begin))
    if not math.isfinite(need):
        return Reason(stop=stop.id, why=Why.NO_WAY)
    rest = 0.0 if walker.rest is None else walker.rest.minutes
    there = walker.end - walker.begin - rest
    if need > there + SLACK_MIN:
        return Reason(stop=stop.id, why=Why.TOO_LONG, need_min=need, free_min=there)
    if not any(Timeline(problem, line.walker, [Call.of(stop)]).feasible for line in may):
        return Reason(stop=stop.id, why=Why.HOURS, need_min=need, free_min=there)
    if stop.doors in doors:
        may = [line for line in may if line.walker.id == doors[stop.doors]]
        if not may:
            return Reason(stop=stop.id, why=Why.DOORS)
    if any(stop.id in line.walker.order for line in may):
        return Reason(stop=stop.id, why=Why.ORDER)
    fits = [(way.extra_m, way.extra_min, line) for line in may if (way := line.insert(Call.of(stop))) is not None]
    if fits:
        extra_m, extra_min, line = min(fits, key=lambda one: one[0])
        extra_m += 0.0 if line.calls else line.walk_m
        why = Why.FAR if stop.prize * problem.point_m <= extra_m else Why.OUTWEIGHED
        return Reason(stop=stop.id, why=why, need_min=extra_min, free_min=_free(line), extra_m=extra_m)
    # Without hours of its own, and as if the day were longer: what it would add.
    best = min((_added(line, stop) for line in may), key=lambda one: one[0] - one[1])
    why = Why.NO_ROOM if best[0] > best[1] + SLACK_MIN else Why.NO_HOURS_LEFT
    return Reason(stop=stop.id, why=why, need_min=best[0], free_min=best[1], extra_m=best[2])


def _alone_min(line: Timeline, stop: Stop) -> float:
    minutes, walker = line.problem.minutes, line.walker
    return float(minutes[walker.start, stop.place] + stop.minutes + minutes[stop.place, walker.finish])


def _added(line: Timeline, stop: Stop) -> tuple[float, float, float]:
    """Return the minutes that a stop would add, those that are free, and the metres it would add."""
    metres = line.problem.metres
    extra_m = min(
        float(metres[a, stop.place] + metres[stop.place, b] - metres[a, b])
        for a, b in zip(line.places[:-1], line.places[1:], strict=True)
    )
    return extra_m / line.problem.pace_m_min + stop.minutes, _free(line), extra_m


def _free(line: Timeline) -> float:
    return line.walker.end - line.end + math.fsum(b - a for a, b in zip(line.arrive, line.begin, strict=True))
