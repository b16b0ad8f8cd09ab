"""What is proven, what is told where nothing is feasible, and that an answer does not depend on luck."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from gridmap import i18n
from gridmap.analysis import siting
from gridmap.errors import InputError


def plane(n: int, m: int, radius_m: float, **asked) -> siting.Problem:
    rng = np.random.default_rng(3)
    places = rng.uniform(0, 60 * np.sqrt(n), (n, 2))
    walk_m = np.hypot(*(places[:, None] - places[None, :m]).transpose(2, 0, 1))
    row, column = np.nonzero(walk_m <= radius_m)
    return siting.problem((row, column, walk_m[row, column]), rng.integers(1, 90, n), facilities=m, **asked)


def in_words(saying: siting.Saying) -> str:
    assert i18n.text(f"siting.{saying.key}", "zh", **saying.fields)
    return i18n.text(f"siting.{saying.key}", "en", **saying.fields)


@pytest.mark.parametrize("objective", ["mclp", "pmedian", "pcenter", "lscp"])
def test_the_same_seed_gives_the_same_answer(objective):
    asked = plane(80, 80, 2000 if objective == "pmedian" else 300, objective=objective, add=7)
    one, other = (siting.solve(asked, seed=5, alternatives=2) for _ in range(2))
    assert np.array_equal(one.opened, other.opened)
    assert (one.value, one.bound, one.status) == (other.value, other.bound, other.status)
    assert [list(a.chosen) for a in one.alternatives] == [list(a.chosen) for a in other.alternatives]


def test_out_of_time_it_tells_the_best_so_far_with_its_gap_and_does_not_call_it_optimal():
    asked = plane(1500, 1500, 190, objective="mclp", add=45)
    told = siting.solve(asked, seconds=0.2)
    assert told.status == "feasible"
    assert told.bound > told.value > 0.9 * told.bound
    assert told.gap == pytest.approx((told.bound - told.value) / told.bound)
    assert told.seconds < 2


@pytest.mark.parametrize("objective", ["mclp", "pmedian"])
def test_with_room_for_so_many_there_is_a_bound_even_where_time_is_short(objective):
    asked = plane(150, 150, 2000, objective=objective, add=4, room=np.full(150, 2500))
    told = siting.solve(asked, seconds=3)
    assert told.status in ("optimal", "feasible")
    assert np.isfinite(told.bound)
    assert told.gap < 0.2


def test_each_further_station_gains_no_less_than_nothing_and_the_curve_ends_with_the_answer():
    asked = plane(120, 60, 200, objective="mclp", add=6)
    steps = siting.curve(asked, 6)
    values = [step.value for step in steps]
    assert values[0] == 0
    assert (np.diff(values) >= 0).all()
    assert values[-1] == siting.solve(asked).value
    assert all(step.status == "optimal" for step in steps)


def test_alternatives_differ_and_are_nearly_as_good():
    asked = plane(150, 150, 300, objective="mclp", add=4)
    told = siting.solve(asked, alternatives=3)
    assert told.alternatives
    for other in told.alternatives:
        assert not np.array_equal(other.opened, told.opened)
        assert asked.worth(other.opened) == other.value <= told.value
        assert other.value >= 0.98 * told.value


def test_reasons_can_be_said_aloud_and_gains_add_up():
    asked = plane(120, 60, 250, objective="mclp", add=5)
    told = siting.solve(asked)
    assert told.gain_households.sum() == told.value
    assert list(told.gain_households) == sorted(told.gain_households, reverse=True)
    for reasons in told.reasons:
        assert any("household" in in_words(saying) for saying in reasons)


def test_what_is_needed_is_told_against_what_is_there():
    few = plane(120, 120, 200, objective="pmedian", add=3)
    told = siting.solve(few)
    assert told.status == "infeasible"
    least = siting.solve(replace(few, objective=siting.Objective.LSCP, add=None))
    assert told.shortfall.fields == {"needed": int(least.value), "available": 3}
    assert str(int(least.value)) in in_words(told.shortfall)


def test_room_for_too_few_is_told_in_households():
    told = siting.solve(siting.problem(([0, 1], [0, 0], [5.0, 9.0]), [30, 40], objective="lscp", room=[50]))
    assert told.status == "infeasible"
    assert told.shortfall.fields == {"needed": 70, "available": 50, "n": 20}


def test_too_small_a_budget_is_told_in_money():
    asked = siting.problem(([0, 1], [0, 1], [5.0, 9.0]), [3, 4], objective="pmedian", add=2, price=[60, 70], budget=100)
    told = siting.solve(asked)
    assert told.shortfall.fields == {"needed": 130.0, "available": 100}
    assert in_words(told.shortfall)


def test_households_that_nobody_reaches_make_covering_all_impossible_and_are_counted():
    told = siting.solve(siting.problem(([0], [0], [5.0]), [3, 4], objective="lscp"))
    assert told.shortfall.key == "short.reach"
    assert told.shortfall.fields["n"] == 4


def test_a_point_that_may_move_makes_place_for_another():
    cost = ([0, 1, 2, 1, 2], [0, 0, 1, 1, 1], [9.0, 9.0, 9.0, 9.0, 9.0])
    still = siting.problem(cost, [1, 50, 60], objective="mclp", add=0, standing=["fixed", "candidate"])
    assert siting.solve(still).value == 51
    moved = siting.solve(replace(still, standing=np.array(["movable", "candidate"])))
    assert moved.value == 110
    assert list(moved.closed) == [0]
    assert list(moved.chosen) == [1]


def test_of_equal_answers_the_one_with_less_walking_is_told():
    cost = ([0, 0, 0, 1, 1, 1], [0, 1, 2, 0, 1, 2], [300.0, 10.0, 200.0, 300.0, 20.0, 200.0])
    assert list(siting.solve(siting.problem(cost, [5, 5], objective="mclp", add=1)).chosen) == [1]


def test_fewest_stations_closes_what_is_not_needed():
    asked = siting.problem(
        ([0, 1, 0, 1], [0, 1, 2, 2], [1.0] * 4), [5, 5], objective="lscp", standing=["closable"] * 2 + ["candidate"]
    )
    told = siting.solve(asked)
    assert told.value == 1
    assert list(told.closed) == [0, 1]


def test_progress_is_told_with_a_bound_that_no_value_passes():
    told: list[siting.Step] = []
    siting.solve(plane(300, 300, 150, objective="mclp", add=15), seconds=1, progress=told.append)
    assert told
    assert all(step.value <= step.bound for step in told if step.value is not None and step.bound is not None)
    assert all(step.gap >= 0 for step in told if step.gap is not None)


@pytest.mark.parametrize(
    ("objective", "more"),
    [
        ("mclp", {}),
        ("lscp", {}),
        ("pmedian", {}),
        ("pcenter", {}),
        ("mclp", {"room": np.full(300, 900)}),
        ("mclp", {"price": np.arange(300.0), "budget": 900.0}),
    ],
)
def test_whoever_listens_may_take_the_best_so_far(objective, more):
    asked = plane(300, 300, 150 if objective in ("mclp", "lscp") else 3000, objective=objective, add=40, **more)
    told = siting.solve(asked, seconds=5, progress=lambda step: step.opened is not None)
    sound = asked.worth(told.opened)
    assert told.value == sound
    assert told.value <= told.bound if asked.maximises else told.value >= told.bound
    assert told.status in ("feasible", "optimal")
    assert told.seconds < 4


def test_where_nothing_else_is_as_good_a_neighbour_stands_in():
    # Three places that cover all alike: who cannot have the first is told of the others.
    walks = ([0, 1] * 3, [0, 0, 1, 1, 2, 2], [10.0, 20.0, 30.0, 30.0, 40.0, 40.0])
    told = siting.solve(siting.problem(walks, [5, 6], objective="mclp", add=1), alternatives=2)
    assert told.value == 11
    assert [(list(other.chosen), other.value) for other in told.alternatives] == [([1], 11), ([2], 11)]
    assert told.alternatives[0].status == "optimal"
    assert told.alternatives[0].reasons
    assert list(told.chosen) == [0]


def test_what_is_there_is_not_closed_for_nothing():
    # One candidate reaches all that the three that are there do not.
    walks = ([0, 1, 2, 3], [0, 1, 2, 3], [10.0] * 4)
    there = ["movable", "closable", "movable", "candidate"]
    for more in ({}, {"room": [9] * 4}):
        asked = siting.problem(walks, [5, 6, 0, 7], objective="mclp", add=1, standing=there, **more)
        told = siting.solve(asked)
        assert told.value == 18
        assert not len(told.closed)
    # As good as the one that is there is not good enough to move it.
    twins = ([0, 0], [0, 1], [10.0, 10.0])
    same = siting.problem(twins, [5], objective="pmedian", add=0, standing=["movable", "candidate"])
    assert not len(siting.solve(same).closed)


def test_the_curve_ends_where_one_more_is_of_no_use():
    walks = ([0, 1, 2], [0, 1, 1], [10.0, 20.0, 30.0])
    steps = siting.curve(siting.problem(walks, [5, 6, 1], objective="mclp", add=9), 9)
    assert [step.value for step in steps] == [0, 7, 12, 12]


@pytest.mark.parametrize(
    "wrong",
    [
        {"households": [0, 0]},
        {"objective": "nearest"},
        {"add": None},
        {"add": -1},
        {"add": 1.5},
        {"standing": ["open"]},
        {"room": [-1]},
        {"room": [1, 2], "facilities": 1},
        {"price": [np.nan]},
        {"budget": 5.0},
        {"price": [1.0], "budget": -1.0},
        {"limit_m": -1.0},
        {"cost": ([], [], []), "facilities": 0},
        {"facilities": 2, "cost": ([0], [0], [1.0]), "ids": ["A", "A"]},
    ],
)
def test_what_cannot_be_used_is_refused_with_a_sentence(wrong):
    asked = {"cost": ([0, 1], [0, 0], [5.0, 6.0]), "households": [1, 2], "objective": "mclp", "add": 1} | wrong
    with pytest.raises(InputError) as refused:
        siting.problem(asked.pop("cost"), asked.pop("households"), **asked)
    assert refused.value.sentence("zh")
    assert refused.value.sentence("en")
