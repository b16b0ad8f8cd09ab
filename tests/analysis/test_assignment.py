from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import optimize, sparse

from gridmap.analysis import assignment
from gridmap.errors import InputError


def town(n: int, m: int, seed: int, share: float = 0.4) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    rng = np.random.default_rng(seed)
    row, column = np.nonzero(rng.random((n, m)) < share)
    return row, column, np.round(rng.uniform(0, 500, len(row)), 3)


def best_by_programme(cost, households, room) -> tuple[float, float]:
    """Most households, and the least walking among all ways to cover so many, by HiGHS."""
    row, column, walk_m = cost
    each = np.arange(len(row))
    limits = sparse.vstack(
        [
            sparse.csr_array((np.ones(len(row)), (row, each)), shape=(len(households), len(row))),
            sparse.csr_array((np.ones(len(row)), (column, each)), shape=(len(room), len(row))),
        ]
    )
    most = np.concatenate([households, room])
    first = optimize.linprog(-np.ones(len(row)), A_ub=limits, b_ub=most)
    covered = round(-first.fun)
    second = optimize.linprog(walk_m, A_ub=limits, b_ub=most, A_eq=np.ones((1, len(row))), b_eq=[covered])
    return covered, second.fun


@settings(max_examples=25, deadline=None)
@given(n=st.integers(1, 12), m=st.integers(1, 5), seed=st.integers(0, 10_000))
def test_as_many_as_can_be_are_covered_and_they_walk_as_little_as_can_be(n, m, seed):
    rng = np.random.default_rng(seed)
    cost = town(n, m, seed)
    households, room = rng.integers(0, 30, n), rng.integers(0, 80, m)
    found = assignment.assign(cost, households, room)
    figures = found.summary()
    assert figures.covered + figures.full + figures.out_of_reach == households.sum() == figures.households
    assert (found.load <= room).all()
    if len(cost[0]):
        covered, walk_m = best_by_programme(cost, households, room)
        assert figures.covered == covered
        assert figures.walk_m == pytest.approx(walk_m, abs=1e-3)


def test_a_building_is_split_where_its_station_has_no_room_for_all_and_says_so():
    found = assignment.assign(([0, 0, 1], [0, 1, 0], [10.0, 200.0, 20.0]), [60, 30, 5], [50, 30])
    assert list(found.covered) == [60, 20, 0]
    assert list(found.full) == [0, 10, 0]
    assert list(found.out_of_reach) == [0, 0, 5]
    assert list(found.state) == ["covered", "full", "out_of_reach"]
    assert list(found.split) == [True, True, False]
    assert found.summary().buildings_split == 2


def test_a_station_without_room_is_within_reach_but_full():
    found = assignment.assign(([0], [0], [10.0]), [7], [0])
    assert found.summary().full == 7
    assert found.summary().mean_walk_m is None


def test_nobody_and_nothing_are_no_trouble():
    assert assignment.assign(([], [], []), [], []).summary().households == 0
    assert assignment.assign(([0], [0], [5.0]), [0], [9]).summary().buildings == 0
    assert assignment.assign(sparse.csr_array((2, 0)), [3, 4], []).summary().out_of_reach == 7


def test_a_walk_of_nothing_in_a_sparse_matrix_is_a_walk():
    cost = sparse.coo_array(([0.0, 30.0], ([0, 1], [0, 0])), shape=(2, 1))
    assert list(assignment.assign(cost, [2, 3], [9]).covered) == [2, 3]


def test_of_a_pair_given_twice_the_shorter_walk_counts():
    assert assignment.assign(([0, 0], [0, 0], [90.0, 40.0]), [2], [9]).summary().walk_m == 80


@pytest.mark.parametrize(
    ("cost", "households", "room"),
    [
        (([0], [0], [-1.0]), [1], [1]),
        (([0], [0], [np.nan]), [1], [1]),
        (([1], [0], [1.0]), [1], [1]),
        (([0], [0], [1.0]), [-1], [1]),
        (([0], [0], [1.0]), [1], [1.5]),
        (sparse.csr_array((2, 2)), [1], [1]),
    ],
)
def test_broken_numbers_are_refused_with_a_sentence(cost, households, room):
    with pytest.raises(InputError) as refused:
        assignment.assign(cost, households, room)
    assert refused.value.sentence("zh")
    assert refused.value.sentence("en")


def test_one_courtyard_head_for_each_hundred_households_and_the_shortfall_is_named():
    table = assignment.courtyard_heads(pd.Series([0, 100, 101, 500], index=[7, 8, 9, 10]), [0, 1, 1, 2])
    assert list(table["needed"]) == [0, 1, 2, 5]
    assert list(table["short"]) == [0, 0, 1, 3]
    assert list(table.index) == [7, 8, 9, 10]
