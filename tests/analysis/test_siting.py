from __future__ import annotations

import itertools

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gridmap.analysis import siting

OBJECTIVES = [one.value for one in siting.Objective]


def town(seed: int, *, objective: str, capacities: bool, budget: bool, standings: bool) -> siting.Problem:
    """A small town whose every open set can be looked at."""
    rng = np.random.default_rng(seed)
    n, m = int(rng.integers(2, 14)), int(rng.integers(1, 8))
    places, spots = rng.uniform(0, 1000, (n, 2)), rng.uniform(0, 1000, (m, 2))
    walk_m = np.hypot(*(places[:, None] - spots[None]).transpose(2, 0, 1))
    row, column = np.nonzero(walk_m <= rng.choice([400.0, 700.0, 2000.0]))
    households = rng.integers(0, 40, n)
    households[0] = 7
    kinds = rng.choice(["fixed", "closable", "movable", "candidate"], m, p=[0.15, 0.15, 0.15, 0.55])
    return siting.problem(
        (row, column, walk_m[row, column]),
        households,
        objective=objective,
        facilities=m,
        add=int(rng.integers(0, 4)) if objective != "lscp" or rng.random() < 0.5 else None,
        standing=list(kinds) if standings else None,
        room=rng.integers(0, 120, m) if capacities else None,
        price=rng.integers(0, 9, m) if budget else None,
        budget=float(rng.integers(0, 20)) if budget else None,
    )


def best_of_all(asked: siting.Problem) -> float | None:
    values = []
    for flags in itertools.product((False, True), repeat=asked.near.facilities):
        value = asked.worth(np.array(flags))
        if value is not None:
            values.append(value)
    if not values:
        return None
    return max(values) if asked.maximises else min(values)


def sound(told: siting.Siting) -> None:
    """What holds of every answer."""
    asked = told.asked
    if told.value is None:
        assert told.shortfall is not None
        return
    assert told.value == pytest.approx(asked.worth(told.opened))
    assert told.value <= told.bound if asked.maximises else told.value >= told.bound
    assert len(told.reasons) == len(told.chosen) == len(told.gains)
    figures = told.summary()
    assert figures.added == len(told.chosen)
    assert 0 <= figures.covered <= figures.households


@pytest.mark.parametrize("objective", OBJECTIVES)
@settings(max_examples=20, deadline=None)
@given(seed=st.integers(0, 100_000), standings=st.booleans())
def test_no_open_set_is_better(objective, seed, standings):
    asked = town(seed, objective=objective, capacities=False, budget=False, standings=standings)
    told = siting.solve(asked)
    sound(told)
    best = best_of_all(asked)
    assert told.status == ("infeasible" if best is None else "optimal")
    assert told.value == (None if best is None else pytest.approx(best, rel=1e-9))


@pytest.mark.parametrize("objective", OBJECTIVES)
@settings(max_examples=20, deadline=None)
@given(seed=st.integers(0, 100_000), capacities=st.booleans(), standings=st.booleans())
def test_no_open_set_within_room_and_budget_is_better(objective, seed, capacities, standings):
    asked = town(
        seed, objective=objective, capacities=capacities, budget=not capacities or seed % 2 == 0, standings=standings
    )
    told = siting.solve(asked)
    sound(told)
    best = best_of_all(asked)
    assert told.status == ("infeasible" if best is None else "optimal")
    assert told.value == (None if best is None else pytest.approx(best, rel=1e-6))
