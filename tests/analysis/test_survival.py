"""Times to close are those of lifelines, the open ones counted."""

from __future__ import annotations

import warnings

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gridmap.analysis import survival
from gridmap.errors import InputError

rows = st.lists(st.tuples(st.integers(0, 40), st.booleans()), min_size=1, max_size=60)


def theirs(durations: pd.Series, ended: pd.Series):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        from lifelines import KaplanMeierFitter
        from lifelines.utils import qth_survival_times

        made = KaplanMeierFitter().fit(durations, ended)
        return made, lambda q: qth_survival_times(1 - q, made.confidence_interval_)


@settings(max_examples=25, deadline=None)
@given(rows)
def test_kaplan_meier_is_that_of_lifelines(seen: list[tuple[int, bool]]) -> None:
    durations, ended = (pd.Series(column) for column in zip(*seen, strict=True))
    found = survival.kaplan_meier(durations.astype(float), ended)
    peer, _ = theirs(durations.astype(float), ended)
    at = found.table.index
    np.testing.assert_allclose(found.table["open"], peer.survival_function_.loc[at].iloc[:, 0], atol=1e-12)
    told = found.table["low"].notna() & (found.table["open"] < 1) & (found.table["open"] > 1e-12)
    both = peer.confidence_interval_.loc[at[told]]
    np.testing.assert_allclose(found.table.loc[told, ["low", "high"]], both, atol=1e-9)
    if not np.isclose(found.table["open"], 0.5).any():  # the peer's half may be a little more than a half
        median = peer.median_survival_time_
        assert found.by(0.5)[0] == (median if np.isfinite(median) else None)


def test_median_and_its_interval_are_those_of_lifelines() -> None:
    rng = np.random.default_rng(1)
    took = pd.Series(rng.weibull(0.8, 300) * 9)
    until = pd.Series(rng.uniform(0, 40, 300))
    durations, ended = np.minimum(took, until), took <= until
    found = survival.kaplan_meier(durations, ended)
    _, limits = theirs(durations, ended)
    for share in (0.5, 0.75, 0.9):
        low, high = limits(share).to_numpy().ravel()
        assert found.by(share)[1:] == (low, high)


def test_open_ones_are_neither_left_out_nor_taken_for_closed() -> None:
    """Nine closed within a day and ninety-one open for weeks: a median of the closed would say one day."""
    durations, ended = pd.Series([1.0] * 9 + [30.0] * 91), pd.Series([True] * 9 + [False] * 91)
    found = survival.kaplan_meier(durations, ended)
    assert found.by(0.5) == (None, None, None)
    assert found.table["open"].iloc[0] == pytest.approx(0.91)


def test_without_open_ones_it_is_the_plain_share() -> None:
    found = survival.kaplan_meier(pd.Series([1.0, 2, 3, 4, 5, 6, 7, 8, 9, 10]), pd.Series([True] * 10))
    assert found.by(0.5)[0] == 5
    assert found.by(0.9)[0] == 9
    assert (found.n, found.ended) == (10, 10)


def test_nothing_and_nonsense() -> None:
    assert survival.kaplan_meier(pd.Series([], dtype=float), pd.Series([], dtype=bool)).by(0.5) == (None, None, None)
    with pytest.raises(InputError):
        survival.kaplan_meier(pd.Series([-1.0]), pd.Series([True]))
    with pytest.raises(InputError):
        survival.kaplan_meier(pd.Series([1.0]), pd.Series([True])).by(1.0)
