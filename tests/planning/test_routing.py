"""Plans of walks held against rules that are written down here once more, and against trying everything."""

from __future__ import annotations

import dataclasses
import itertools
import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gridmap.planning import routing, routing_check, routing_left, routing_solving
from gridmap.planning.routing import Problem, Rest, Stop, Walker
from gridmap.planning.routing_left import Why

NINE = 540.0
QUICK = {"seconds": 0.01, "tries": 1}


def square(n: int, seed: int, side: float = 600.0) -> np.ndarray:
    """Metres between ``n`` places along streets that cross at right angles."""
    xy = np.random.default_rng(seed).uniform(0, side, (n, 2))
    return np.abs(xy[:, None] - xy[None]).sum(axis=-1)


def problem(n: int, seed: int = 0, walkers: int = 1, minutes: float = 60.0, **more: object) -> Problem:
    """Some stops with prizes, walkers that begin and end at the first place."""
    dice = np.random.default_rng(seed + 1)
    stops = tuple(
        Stop(id=f"s{i}", place=i, minutes=float(dice.integers(2, 15)), prize=float(dice.integers(1, 9)))
        for i in range(1, n + 1)
    )
    team = tuple(Walker(id=f"w{k}", begin=NINE, end=NINE + minutes, start=0, finish=0) for k in range(walkers))
    return dataclasses.replace(Problem(stops=stops, walkers=team, metres=square(n + 1, seed)), **more)


def verify(plan: routing.Plan) -> None:
    """Walk the plan with a clock of this test's own."""
    asked, seen, at_doors = plan.problem, set(), {}
    stops = {stop.id: stop for stop in asked.stops}
    walkers = {walker.id: walker for walker in asked.walkers}
    for trip in plan.trips:
        walker, clock, here, metres = walkers[trip.walker], trip.begin, 0, 0.0
        here = walker.start
        assert clock >= walker.begin - 1e-6
        rests = 0
        for visit in trip.visits:
            metres += asked.metres[here, visit.place]
            clock += asked.metres[here, visit.place] / asked.pace_m_min
            here = visit.place
            assert visit.arrive >= clock - 1e-6
            assert visit.begin >= visit.arrive - 1e-6
            clock = visit.leave
            if not visit.stop:
                rests += 1
                assert walker.rest.window[0] - 1e-6 <= visit.begin
                assert visit.leave <= walker.rest.window[1] + 1e-6
                assert visit.place in walker.rest.places
                continue
            stop = stops[visit.stop]
            assert stop.id not in seen
            seen.add(stop.id)
            assert stop.walkers is None or walker.id in stop.walkers
            assert visit.leave - visit.begin == pytest.approx(stop.minutes)
            assert not stop.windows or any(a - 1e-6 <= visit.begin and visit.leave <= b + 1e-6 for a, b in stop.windows)
            if stop.doors is not None:
                assert at_doors.setdefault(stop.doors, walker.id) == walker.id
        metres += asked.metres[here, walker.finish]
        assert trip.end >= clock + asked.metres[here, walker.finish] / asked.pace_m_min - 1e-6
        assert trip.end <= walker.end + 1e-6
        assert trip.walk_m == pytest.approx(metres)
        assert rests == (walker.rest is not None)
        order = [one for one in trip.stops if one in walker.order]
        assert order == [one for one in walker.order if one in order]
    assert set(plan.left) == stops.keys() - seen
    assert set(plan.missed) == {one for one in plan.left if stops[one].must}


@st.composite
def problems(draw: st.DrawFn) -> Problem:
    """Small problems with all that a stop and a walker can have."""
    n, walkers = draw(st.integers(0, 9)), draw(st.integers(1, 3))
    minutes = draw(st.sampled_from([20.0, 45.0, 90.0]))
    base = problem(n, draw(st.integers(0, 99)), walkers, minutes)
    names = [walker.id for walker in base.walkers]
    windows = st.lists(
        st.tuples(st.floats(0, minutes), st.floats(5, 40)).map(lambda w: (NINE + w[0], NINE + w[0] + w[1])), max_size=2
    ).map(tuple)
    stops = tuple(
        dataclasses.replace(
            stop,
            must=draw(st.integers(0, 4)) == 0,
            windows=draw(windows) if draw(st.booleans()) else (),
            doors=draw(st.sampled_from([None, None, "a", "b"])),
            walkers=draw(st.sampled_from([None, None, frozenset(names[:1])])),
        )
        for stop in base.stops
    )
    rest = Rest(minutes=5.0, window=(NINE + 5, NINE + 15), places=(0,)) if draw(st.integers(0, 3)) == 0 else None
    ordered = [stop.id for stop in stops if stop.walkers is None and stop.doors is None]
    order = tuple(draw(st.permutations(ordered))[: draw(st.integers(0, 3))]) if draw(st.booleans()) else ()
    loose = [stop.id for stop in stops if stop.id not in order]
    before = tuple(draw(st.permutations([*order, *loose]))[: draw(st.integers(0, 5))]) if draw(st.booleans()) else ()
    team = (dataclasses.replace(base.walkers[0], rest=rest, order=order, before=before), *base.walkers[1:])
    metres = base.metres.copy()
    if n and draw(st.integers(0, 4)) == 0:
        metres[n, :n] = metres[:n, n] = math.inf
    return dataclasses.replace(base, stops=stops, walkers=team, metres=metres)


@settings(max_examples=40, deadline=None)
@given(problems())
def test_every_plan_keeps_the_rules_and_says_why_a_stop_is_left(asked):
    found = routing_solving.solve(asked, **QUICK)
    verify(found)
    assert routing_check.broken(found) == ()
    told = routing_left.reasons(found)
    assert {one.stop for one in told} == set(found.left)
    for one in told:
        if one.why == Why.NO_ROOM:
            assert one.need_min > one.free_min


@pytest.mark.parametrize("seed", range(4))
@pytest.mark.parametrize("ordered", [False, True])
def test_a_small_plan_is_the_best_of_all(seed, ordered):
    there = 65.0 if ordered else 40.0
    asked = problem(6, seed, minutes=there)
    if ordered:
        asked = dataclasses.replace(asked, walkers=(dataclasses.replace(asked.walkers[0], order=("s3", "s1")),))
    best = -math.inf
    for n in range(7):
        for some in itertools.permutations(asked.stops, n):
            ids = [stop.id for stop in some]
            if ordered and ("s3" not in ids or "s1" not in ids or ids.index("s3") > ids.index("s1")):
                continue
            places = [0, *(stop.place for stop in some), 0]
            metres = sum(asked.metres[a, b] for a, b in itertools.pairwise(places))
            if metres / asked.pace_m_min + sum(stop.minutes for stop in some) <= there:
                best = max(best, sum(stop.prize for stop in some) * asked.point_m - metres)
    found = routing_solving.solve(asked, seconds=0.2, tries=1)
    assert found.value == pytest.approx(best)
    assert found.missed == ()


def test_the_same_seed_gives_the_same_plan_and_says_how_far_searches_came_apart():
    asked = problem(40, walkers=2, minutes=150.0)
    first, second = (routing_solving.solve(asked, seconds=0.05, seed=3) for _ in range(2))
    assert [trip.visits for trip in first.trips] == [trip.visits for trip in second.trips]
    assert first.tries == second.tries
    assert 0 <= first.spread <= 1
    assert first.summary()["stops"] + first.summary()["left"] == 40


def test_must_visits_that_fit_are_never_missed_whatever_else_is_worth():
    asked = problem(20, minutes=50.0)
    far = int(np.argmax(asked.metres[0]))
    stops = tuple(
        dataclasses.replace(stop, must=stop.place == far, prize=0.0 if stop.place == far else 9.0)
        for stop in asked.stops
    )
    found = routing_solving.solve(dataclasses.replace(asked, stops=stops), **QUICK)
    assert f"s{far}" in found.trips[0].stops


def test_too_many_must_visits_are_named_and_most_are_made():
    asked = problem(8, minutes=45.0)
    asked = dataclasses.replace(
        asked, stops=tuple(dataclasses.replace(s, must=True, minutes=10.0) for s in asked.stops)
    )
    found = routing_solving.solve(asked, **QUICK)
    verify(found)
    assert found.missed
    assert len(found.trips[0].stops) >= 2


def test_nothing_to_do_one_and_two_hundred():
    assert routing_solving.solve(problem(0), **QUICK).trips == ()
    lone = problem(1)
    lone = dataclasses.replace(lone, stops=(dataclasses.replace(lone.stops[0], prize=9.0),))
    one = routing_solving.solve(lone, **QUICK)
    assert one.trips[0].stops == ("s1",)
    twins = problem(2)
    twins = dataclasses.replace(twins, metres=np.zeros((3, 3)))
    assert len(routing_solving.solve(twins, **QUICK).trips[0].stops) == 2
    many = routing_solving.solve(problem(200, walkers=3, minutes=150.0), **QUICK)
    verify(many)
    assert len(many.trips) == 3


def test_walkers_never_meet_at_the_same_doors():
    asked = problem(12, walkers=3, minutes=40.0)
    stops = tuple(dataclasses.replace(stop, doors=f"d{stop.place % 3}") for stop in asked.stops)
    found = routing_solving.solve(dataclasses.replace(asked, stops=stops), **QUICK)
    verify(found)
    assert routing_check.broken(found) == ()


@pytest.mark.parametrize(
    ("change", "why"),
    [
        ({"minutes": 90.0}, Why.TOO_LONG),
        ({"windows": ((NINE - 60, NINE - 10),)}, Why.HOURS),
        ({"walkers": frozenset()}, Why.NOBODY),
        ({"prize": 0.0}, Why.FAR),
    ],
)
def test_why_a_stop_is_left_out(change, why):
    asked = problem(1)
    stop = dataclasses.replace(asked.stops[0], **change)
    found = routing_solving.solve(dataclasses.replace(asked, stops=(stop,)), **QUICK)
    assert [one.why for one in routing_left.reasons(found)] == [why]


def test_the_checker_finds_what_is_broken():
    found = routing_solving.solve(problem(6, walkers=1, minutes=90.0), **QUICK)
    trip = found.trips[0]
    late = dataclasses.replace(trip, end=trip.end + 100)
    twice = dataclasses.replace(trip, visits=(*trip.visits, trip.visits[0]))
    short = dataclasses.replace(trip, walk_m=trip.walk_m - 50)
    kinds = []
    for wrong in (late, twice, short):
        told = routing_check.broken(dataclasses.replace(found, trips=(wrong,)))
        kinds.append({one.kind.value for one in told})
    assert "time" in kinds[0]
    assert {"once", "way"} <= kinds[1]
    assert kinds[2] == {"sum"}


def test_what_cannot_be_meant_is_refused():
    asked = problem(2)
    with pytest.raises(ValueError, match="stands there 2 times"):
        dataclasses.replace(asked, stops=(asked.stops[0], asked.stops[0]))
    with pytest.raises(ValueError, match="not square"):
        dataclasses.replace(asked, metres=asked.metres[:2])
