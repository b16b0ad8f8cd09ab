"""The control chart: what breaks out is caught at once, what is calm stays calm."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from benchmarks import alarms as trial
from gridmap.analysis import alarms
from gridmap.errors import InputError


def days(n: int) -> pd.DatetimeIndex:
    return pd.date_range("2026-01-01", periods=n)


def test_handover_is_caught_on_its_first_days_and_few_calm_compounds_are() -> None:
    """The figures that the benchmark prints, held loosely: a few seconds' worth of its simulation."""
    told = trial.measure(alarms.watch, repeats=2)
    assert told.slowest_days <= 2
    assert told.missed == 0
    assert told.false_per_compound_year < 0.1
    assert told.false_clustered < 0.6


def test_weekly_rhythm_is_no_alarm() -> None:
    """All that is heard is heard on Fridays."""
    index = days(200)
    fridays = (index.day_of_week == 4).astype(int)
    counts = pd.DataFrame({place: fridays * (1 + place % 3) for place in range(6)}, index=index)
    assert alarms.watch(counts, pd.Series(100, index=range(6))).episodes.empty


def test_episode_tells_since_when_and_how_many() -> None:
    rng = np.random.default_rng(1)
    counts = pd.DataFrame(rng.poisson(0.05, (150, 4)), index=days(150))
    counts.iloc[100:104, 2] = 10
    counts.iloc[104:, 2] = 0
    found = alarms.watch(counts, pd.Series([300, 300, 300, 300])).episodes
    assert len(found) == 1
    one = found.iloc[0]
    assert one["place"] == 2
    assert one["raised"] == counts.index[100]
    assert counts.index[95] <= one["since"] <= one["raised"]
    assert counts.index[103] <= one["until"] <= counts.index[112]
    assert one["observed"] >= 40
    assert one["expected"] < 3


def test_alarm_that_lasts_has_no_end_and_becomes_the_new_past() -> None:
    rng = np.random.default_rng(2)
    counts = pd.DataFrame(rng.poisson(0.2, (320, 3)), index=days(320))
    counts.iloc[100:, 1] += rng.poisson(3, 220)
    sizes = pd.Series([200, 200, 200])
    early = alarms.watch(counts.iloc[:110], sizes)
    assert early.lasting()["place"].tolist() == [1]
    late = alarms.watch(counts, sizes)
    assert late.lasting().empty, "half a year later it is as it always is"
    assert (late.episodes["since"] < counts.index[180]).all()
    assert 2 < late.expected.iloc[-28:, 1].mean() < 3.5


@pytest.mark.parametrize("households", [0, 250])
def test_new_compound_without_a_past_is_judged_by_the_others(households: int) -> None:
    rng = np.random.default_rng(3)
    counts = pd.DataFrame(rng.poisson(0.3, (120, 5)), index=days(120))
    counts[5] = 0
    counts.iloc[-5:, 5] = [0, 1, 0, 0, 1]
    sizes = pd.Series([250, 250, 250, 250, 250, households])
    assert (alarms.watch(counts, sizes).episodes["place"] != 5).all()
    counts.iloc[-1, 5] = 10
    assert 5 in alarms.watch(counts, sizes).lasting()["place"].tolist()


class TestEdges:
    def test_nothing_ever(self) -> None:
        counts = pd.DataFrame(0, index=days(90), columns=[1, 2])
        assert alarms.watch(counts, pd.Series([10, 20], index=[1, 2])).episodes.empty

    def test_no_days_and_no_places(self) -> None:
        never = pd.DataFrame(index=days(0), columns=[1], dtype=int)
        assert alarms.watch(never, pd.Series([1], index=[1])).lasting().empty
        assert alarms.watch(pd.DataFrame(index=days(9)), pd.Series(dtype=int)).episodes.empty

    def test_a_week_is_too_short_to_tell(self) -> None:
        counts = pd.DataFrame({1: [0] * 6 + [30]}, index=days(7))
        assert alarms.watch(counts, pd.Series([100], index=[1])).episodes.empty

    def test_one_compound_alone(self) -> None:
        counts = pd.DataFrame({1: np.tile([0, 1, 0], 30)}, index=days(90))
        assert alarms.watch(counts, pd.Series([0], index=[1])).episodes.empty

    def test_two_are_never_an_alarm(self) -> None:
        counts = pd.DataFrame(0, index=days(400), columns=[1, 2])
        counts.iloc[300, 0] = 2
        assert alarms.watch(counts, pd.Series([100, 100], index=[1, 2])).episodes.empty

    def test_gaps_and_negatives_are_refused(self) -> None:
        gap = pd.DataFrame({1: [0, 0]}, index=pd.DatetimeIndex(["2026-01-01", "2026-01-03"]))
        with pytest.raises(InputError):
            alarms.watch(gap, pd.Series([1], index=[1]))
        with pytest.raises(InputError):
            alarms.watch(pd.DataFrame({1: [-1]}, index=days(1)), pd.Series([1], index=[1]))


@settings(max_examples=15, deadline=None)
@given(st.integers(0, 9), st.integers(1, 60))
def test_the_future_changes_no_past(seed: int, more: int) -> None:
    rng = np.random.default_rng(seed)
    counts = pd.DataFrame(rng.poisson(rng.gamma(0.5, 1, 4), (100 + more, 4)), index=days(100 + more))
    sizes = pd.Series([10, 200, 300, 0])
    whole, part = alarms.watch(counts, sizes), alarms.watch(counts.iloc[:100], sizes)
    pd.testing.assert_frame_equal(whole.score.iloc[:100], part.score)
    pd.testing.assert_frame_equal(whole.expected.iloc[:100], part.expected)
