"""A plan of walks as a vehicle routing problem for PyVRP: stops are clients, walkers vehicles, breaks clients too.

A stop with several windows is a group of clients of which one is visited. Where a walker may not go somewhere, the way
there takes longer than there is time, on that walker's own matrix.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pyvrp
import pyvrp.search
from numpy.typing import NDArray
from pyvrp.stop import MaxIterations, MaxRuntime, MultipleCriteria, NoImprovement, StoppingCriterion

from gridmap.planning.routing import Problem, Trip, Window
from gridmap.planning.routing_timing import Call, Timeline, breaks

_DM = 10  # decimetres in a metre
# The way to where one may not go, in seconds and in decimetres.
_NO_WAY = 10_000_000
# What a must-visit is worth where not all of them can be made: more than all else together.
_MUST_FACTOR = 4
# Iterations of one search for each second of a core that it is given, on a usual office PC: so many up to a number of
# clients, then fewer as there are more. Twice as many for half a day of 60 places find nothing better.
_RATE, _RATE_UP_TO = 9_600.0, 60
# Stops that one iteration shakes at most: where there is a choice of stops, many small steps find more in half a second
# than few large ones; where all are visited and the order is everything, small steps stay where they are.
_SHAKEN, _SHAKEN_ALL = 5, 25
# So many without anything better are enough, as a share of all.
_IN_VAIN = 0.6
_FEWEST = 150
# The clock ends only a search that takes many times as long as it should.
_CLOCK, _CLOCK_S = 10.0, 10.0
# A second too late costs so many times what it is worth, at first.
_DEARER = 3.0
Told = Callable[[Sequence[Trip]], None]
_Whole = Any


@dataclass(frozen=True)
class Made:
    """The problem as PyVRP has it, and the call that each client stands for."""

    problem: Problem
    data: pyvrp.ProblemData
    calls: tuple[Call, ...]

    def trips(self, found: pyvrp.Solution) -> list[Trip]:
        """Return the trips of a solution, with their times worked out anew."""
        trips = []
        for route in found.routes():
            walker = self.problem.walkers[route.vehicle_type()]
            calls = [self.calls[one.idx] for one in route.schedule() if one.is_client()]
            line = Timeline(self.problem, walker, calls)
            if line.feasible and any(call.stop for call in calls):
                trips.append(line.trip())
        return trips


def search(problem: Problem, seconds: float, seed: int, tell: Told, stopped: Callable[[], bool]) -> list[Trip]:
    """Return the trips of the best plan found from one seed."""
    made = build(problem, demanded=True)
    best = _run(made, seconds, seed, tell, stopped)
    if not best.is_feasible():
        # Not all must-visits go into the time: as many of them as can be.
        made = build(problem, demanded=False)
        best = _run(made, seconds, seed, tell, stopped)
    return made.trips(best)


def iterations(clients: int, seconds: float) -> int:
    """Return how many iterations a search is given: no clock is looked at, so that a seed means a plan."""
    return max(_FEWEST, round(seconds * _RATE * _RATE_UP_TO / max(clients, _RATE_UP_TO)))


def _run(made: Made, seconds: float, seed: int, tell: Told, stopped: Callable[[], bool]) -> pyvrp.Solution:
    data = made.data
    rng = pyvrp.RandomNumberGenerator(seed=seed)
    neighbours = pyvrp.search.compute_neighbours(data)
    # A perturbation of its own: the one that PyVRP has by default is shared by all searches.
    chosen = any(not stop.must for stop in made.problem.stops)
    shaken = pyvrp.search.PerturbationParams(1, _SHAKEN if chosen else _SHAKEN_ALL)
    local = pyvrp.search.LocalSearch(data, rng, neighbours, pyvrp.search.PerturbationManager(shaken))
    for operator in pyvrp.search.OPERATORS:
        if operator.supports(data):
            local.add_operator(operator(data))
    penalties = _Penalties(_second(made.problem))
    first = local(pyvrp.Solution.make_random(data, rng), penalties.max_cost_evaluator(), exhaustive=True)
    most = iterations(data.num_clients, seconds)
    until: list[StoppingCriterion] = [
        MaxIterations(most),
        NoImprovement(max(_FEWEST, round(most * _IN_VAIN))),
        MaxRuntime(max(_CLOCK * seconds, _CLOCK_S)),
    ]
    params = pyvrp.IteratedLocalSearchParams(callbacks=_Told(made, tell))
    method = pyvrp.IteratedLocalSearch(data, penalties, local, first, params)
    found = method.run(MultipleCriteria([*until, _Stopped(stopped)]), collect_stats=False)
    return found.best


def _second(problem: Problem) -> float:
    """Return what a second is worth about: a prize by the time that it takes, or else the way walked in it."""
    walked = problem.pace_m_min / 60 * _DM
    minutes = problem.minutes[np.isfinite(problem.minutes) & (problem.minutes > 0)]
    way = float(np.median(minutes)) if len(minutes) else 1.0
    gains = [stop.prize * problem.point_m * _DM / ((stop.minutes + way / 3) * 60 + 1) for stop in problem.stops]
    return _DEARER * max(walked, float(np.mean(gains)) if gains else 0.0)


class _Stopped:
    def __init__(self, stopped: Callable[[], bool]) -> None:
        self._stopped = stopped

    def __call__(self, best_cost: int) -> bool:  # noqa: ARG002 (PyVRP hands it over)
        return self._stopped()


class _Told(pyvrp.IteratedLocalSearchCallbacks):
    def __init__(self, made: Made, tell: Told) -> None:
        self._made, self._tell = made, tell

    def on_best(self, best: pyvrp.Solution) -> None:
        if best.is_feasible():
            self._tell(self._made.trips(best))


class _Penalties(pyvrp.PenaltyManager):
    """What a second too late costs: more while too few plans are in time, less while too many are.

    PyVRP's own begins where a prize counts for nothing, and warns of what we find out by ourselves.
    """

    _LOOKED_AT, _IN_TIME = 100, 0.6
    _RANGE, _MOST = 50.0, 1e7

    def __init__(self, first: float) -> None:
        super().__init__(([], first, first))
        self._second = first
        self._bounds = first / self._RANGE, first * self._RANGE**2
        self._seen = self._late = 0

    def register(self, sol: pyvrp.Solution) -> None:
        self._seen += 1
        self._late += sol.has_time_warp()
        if self._seen == self._LOOKED_AT:
            by = 1.4 if 1 - self._late / self._seen < self._IN_TIME else 0.85
            self._second = min(max(self._second * by, self._bounds[0]), self._bounds[1])
            self._seen = self._late = 0

    def cost_evaluator(self) -> pyvrp.CostEvaluator:
        return pyvrp.CostEvaluator([], self._second, self._second)

    def max_cost_evaluator(self) -> pyvrp.CostEvaluator:
        return pyvrp.CostEvaluator([], self._MOST, self._MOST)


def build(problem: Problem, *, demanded: bool) -> Made:
    """Make the problem; unless they are ``demanded``, must-visits are only worth more than all else."""
    made = _Clients(problem)
    prizes = [round(stop.prize * problem.point_m * _DM) for stop in problem.stops]
    most = _MUST_FACTOR * (sum(prizes) + _DM * 1000)
    for stop, prize in zip(problem.stops, prizes, strict=True):
        needed = stop.must and demanded
        worth = prize + most if stop.must and not needed else prize
        windows = stop.windows or ((-math.inf, math.inf),)
        made.add([(Call.of(stop), window) for window in windows], stop.walkers, worth, required=needed)
    for walker in problem.walkers:
        rests = [(call, window) for call in breaks(walker) for window in call.windows]
        if rests:
            made.add(rests, frozenset({walker.id}), 0, required=True)
    return Made(problem, made.data(), tuple(made.calls))


class _Clients:
    """Gathers clients, with a location for each: who may not go there differs from one to the next."""

    def __init__(self, problem: Problem) -> None:
        self.problem = problem
        self.bases = sorted({place for walker in problem.walkers for place in (walker.start, walker.finish)})
        self.places = list(self.bases)
        self.allowed: list[frozenset[str] | None] = [None] * len(self.bases)
        self.clients: list[pyvrp.Client] = []
        self.groups: list[pyvrp.ClientGroup] = []
        self.calls: list[Call] = []

    def add(
        self, options: Sequence[tuple[Call, Window]], walkers: frozenset[str] | None, prize: int, *, required: bool
    ) -> None:
        """Add a client for each option that holds the visit; one of them is visited."""
        whole = [(call, *_seconds(call, window)) for call, window in options]
        whole = [one for one in whole if one[1] <= one[2]]
        group = None
        if len(whole) > 1:
            group = len(self.groups)
            ids = list(range(len(self.clients), len(self.clients) + len(whole)))
            self.groups.append(pyvrp.ClientGroup(clients=ids, required=required))
        for call, early, late in whole:
            self.clients.append(
                pyvrp.Client(
                    location=len(self.places),
                    service_duration=math.ceil(call.minutes * 60),
                    tw_early=early,
                    tw_late=late,
                    prize=prize,
                    required=required and group is None,
                    group=group,
                )
            )
            self.places.append(call.place)
            self.allowed.append(walkers)
            self.calls.append(call)

    def data(self) -> pyvrp.ProblemData:
        """Return all of it."""
        walkers = self.problem.walkers
        kinds = [tuple(one is not None and w.id not in one for one in self.allowed) for w in walkers]
        profiles = list(dict.fromkeys(kinds))
        metres = self.problem.metres[np.ix_(self.places, self.places)]
        matrices = [self._matrices(metres, np.array(barred)) for barred in profiles]
        return pyvrp.ProblemData(
            locations=[pyvrp.Location(0, 0) for _ in self.places],
            clients=self.clients,
            depots=[pyvrp.Depot(location=at) for at in range(len(self.bases))],
            vehicle_types=[
                pyvrp.VehicleType(
                    start_depot=self.bases.index(walker.start),
                    end_depot=self.bases.index(walker.finish),
                    tw_early=max(0, math.ceil(walker.begin * 60)),
                    tw_late=max(0, math.floor(walker.end * 60)),
                    profile=profiles.index(kind),
                )
                for walker, kind in zip(walkers, kinds, strict=True)
            ],
            distance_matrices=[metres for metres, _ in matrices],
            duration_matrices=[seconds for _, seconds in matrices],
            groups=self.groups,
        )

    def _matrices(self, metres: NDArray[np.float64], barred: NDArray[np.bool_]) -> tuple[_Whole, _Whole]:
        """Return decimetres and seconds between locations for those who may not go to some."""
        no_way = ~np.isfinite(metres) | barred[:, None] | barred[None, :]
        known = np.where(no_way, 0.0, metres)
        walk = np.where(no_way, _NO_WAY, np.rint(known * _DM)).astype(np.int64)
        seconds = np.where(no_way, _NO_WAY, np.ceil(known / self.problem.pace_m_min * 60 - 1e-9)).astype(np.int64)
        for matrix in (walk, seconds):
            np.fill_diagonal(matrix, 0)
        return walk, seconds


def _seconds(call: Call, window: Window) -> tuple[int, int]:
    """Return between which seconds a visit may begin."""
    early, late = window
    first = max(0, math.ceil(early * 60)) if early > -math.inf else 0
    return first, _NO_WAY if late == math.inf else math.floor(late * 60) - math.ceil(call.minutes * 60)
