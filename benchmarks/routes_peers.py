"""The peers of walks: PyVRP as it comes, OR-tools routing, VROOM, and going to whatever is nearest."""

from __future__ import annotations

import datetime as dt
import math
import time

import numpy as np
import pyvrp
import vroom
from ortools.constraint_solver import pywrapcp, routing_enums_pb2

from gridmap.planning import routing, routing_vrp
from gridmap.planning.routing import Problem, Trip
from gridmap.planning.routing_timing import Call, Timeline


def value(problem: Problem, trips: list[Trip]) -> float:
    """Return what is made as large as can be, in metres."""
    return math.fsum(trip.prize * problem.point_m - trip.walk_m for trip in trips)


def pyvrp_alone(problem: Problem, seconds: float, seed: int = 0) -> list[Trip]:
    """Let PyVRP solve the same model with its own parameters for so many seconds of one core, however busy that is."""
    made = routing_vrp.build(problem, demanded=True)
    found = pyvrp.solve(made.data, _Processor(seconds), seed=seed, collect_stats=False, display=False)
    return made.trips(found.best) if found.best.is_feasible() else []


class _Processor:
    """Stops after so many seconds of the processor, from the first question on."""

    def __init__(self, seconds: float) -> None:
        self._seconds, self._begun = seconds, math.nan

    def __call__(self, _best_cost: int) -> bool:
        now = time.thread_time()
        self._begun = now if math.isnan(self._begun) else self._begun
        return now - self._begun > self._seconds


def or_tools(problem: Problem, seconds: float) -> list[Trip]:
    """Let OR-tools' routing solve it: cheapest insertion, then guided local search; one window a stop."""
    stops, walkers = problem.stops, problem.walkers
    places = [*(stop.place for stop in stops), *(walker.start for walker in walkers), *(w.finish for w in walkers)]
    first = len(stops)
    starts = list(range(first, first + len(walkers)))
    ends = list(range(first + len(walkers), first + 2 * len(walkers)))
    index = pywrapcp.RoutingIndexManager(len(places), len(walkers), starts, ends)
    model = pywrapcp.RoutingModel(index)
    metres = np.rint(problem.metres[np.ix_(places, places)] * 10).astype(int).tolist()
    served = [math.ceil(stop.minutes * 60) for stop in stops] + [0] * 2 * len(walkers)
    walked = np.ceil(problem.minutes[np.ix_(places, places)] * 60).astype(int)
    times = (walked + np.array(served)[:, None]).tolist()
    node = index.IndexToNode
    distance = model.RegisterTransitCallback(lambda a, b: metres[node(a)][node(b)])
    clock = model.RegisterTransitCallback(lambda a, b: times[node(a)][node(b)])
    model.SetArcCostEvaluatorOfAllVehicles(distance)
    horizon = math.ceil(max(walker.end for walker in walkers) * 60)
    model.AddDimension(clock, horizon, horizon, False, "time")
    when = model.GetDimensionOrDie("time")
    for at, walker in enumerate(walkers):
        when.CumulVar(model.Start(at)).SetRange(math.ceil(walker.begin * 60), horizon)
        when.CumulVar(model.End(at)).SetRange(0, math.floor(walker.end * 60))
    for at, stop in enumerate(stops):
        here = index.NodeToIndex(at)
        for early, late in stop.windows[:1]:
            when.CumulVar(here).SetRange(math.ceil(early * 60), math.floor(late * 60) - served[at])
        if not stop.must:
            model.AddDisjunction([here], round(stop.prize * problem.point_m * 10))
    asked = pywrapcp.DefaultRoutingSearchParameters()
    asked.first_solution_strategy = routing_enums_pb2.FirstSolutionStrategy.PARALLEL_CHEAPEST_INSERTION
    asked.local_search_metaheuristic = routing_enums_pb2.LocalSearchMetaheuristic.GUIDED_LOCAL_SEARCH
    asked.time_limit.FromMilliseconds(round(seconds * 1000))
    found = model.SolveWithParameters(asked)
    return [] if found is None else _trips(problem, index, model, found)


def _trips(problem: Problem, index: object, model: object, found: object) -> list[Trip]:
    trips = []
    for at, walker in enumerate(problem.walkers):
        calls, here = [], model.Start(at)
        while not model.IsEnd(here):
            number = index.IndexToNode(here)
            if number < len(problem.stops):
                calls.append(Call.of(problem.stops[number]))
            here = found.Value(model.NextVar(here))
        line = Timeline(problem, walker, calls)
        if calls and line.feasible:
            trips.append(line.trip())
    return trips


def vroom_alone(problem: Problem, seconds: float) -> list[Trip]:
    """Let VROOM solve it, with prizes as the priorities that it knows, whole numbers up to 100; one window a stop."""
    asked = vroom.Input()
    metres = np.rint(np.where(np.isfinite(problem.metres), problem.metres, 1e6) * 10).astype(np.uint32)
    asked.set_durations_matrix("car", np.ceil(metres / 10 / problem.pace_m_min * 60).astype(np.uint32))
    asked.set_costs_matrix("car", metres)
    most = max((stop.prize for stop in problem.stops), default=0.0) or 1.0
    for at, walker in enumerate(problem.walkers):
        window = vroom.TimeWindow(math.ceil(walker.begin * 60), math.floor(walker.end * 60))
        asked.add_vehicle(vroom.Vehicle(at, start=walker.start, end=walker.finish, time_window=window))
    for at, stop in enumerate(problem.stops):
        served = math.ceil(stop.minutes * 60)
        windows = [vroom.TimeWindow(math.ceil(a * 60), math.floor(b * 60) - served) for a, b in stop.windows[:1]]
        priority = 100 if stop.must else max(1, round(stop.prize / most * 99))
        job = vroom.Job(at, stop.place, default_service=served, priority=priority, time_windows=windows)
        asked.add_job(job)
    found = asked.solve(exploration_level=5, nb_threads=1, timeout=dt.timedelta(seconds=seconds)).routes
    trips = []
    for at, walker in enumerate(problem.walkers):
        ids = found.loc[(found["vehicle_id"] == at) & (found["type"] == "job"), "id"]
        line = Timeline(problem, walker, [Call.of(problem.stops[int(one)]) for one in ids])
        if line.calls and line.feasible:
            trips.append(line.trip())
    return trips


def nearest_first(problem: Problem) -> list[Trip]:
    """Go by hand: to the nearest place that is left and still possible, each walker in turn."""
    left, trips = list(problem.stops), []
    for walker in problem.walkers:
        line = Timeline(problem, walker, ())
        while True:
            here = line.places[-2]
            near = sorted(left, key=lambda stop: problem.metres[here, stop.place])
            for stop in near:
                longer = Timeline(problem, walker, [*line.calls, Call.of(stop)])
                if longer.feasible:
                    break
            else:
                break
            line = longer
            left.remove(stop)
        if line.calls:
            trips.append(line.trip())
    return trips


def hours(trips: list[Trip]) -> float:
    """Return the hours that trips take."""
    return math.fsum(trip.minutes for trip in trips) / 60


def made(problem: Problem, trips: list[Trip]) -> routing.Plan:
    """Return trips as a plan, so that the checker can look at them."""
    visited = {one for trip in trips for one in trip.stops}
    left = tuple(stop.id for stop in problem.stops if stop.id not in visited)
    missed = tuple(one for one in left if problem.by_id[one].must)
    return routing.Plan(problem=problem, trips=tuple(trips), left=left, missed=missed)
