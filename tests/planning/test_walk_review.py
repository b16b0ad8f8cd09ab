"""What came of the walks: each figure against a plain count of the same rows, and what a few rows must say."""

from __future__ import annotations

import datetime as dt
import math
from typing import Any

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from gridmap.errors import InputError
from gridmap.model import IssueSource, StopOutcome, WalkState
from gridmap.planning import walk_review
from gridmap.planning.walk_review import Review
from gridmap.planning.walk_shares import Rate, Share

ZONE = "Asia/Shanghai"
START, END, TODAY = dt.date(2026, 11, 16), dt.date(2026, 11, 22), dt.date(2026, 11, 20)
GRIDS = pd.Index([1, 2])
INTERVAL = 30


def at(day: dt.date, hour: int, minute: int = 0) -> pd.Timestamp:
    return pd.Timestamp(dt.datetime.combine(day, dt.time(hour, minute)), tz=ZONE).tz_convert("UTC")


def frames(walks: Any = (), stops: Any = (), homes: Any = (), issues: Any = (), care: Any = ()) -> dict[str, Any]:
    """The frames of a small community: walks are (day, grid, state), stops (walk, building, outcome, minute)."""
    days = [day for day, _, _ in walks]
    moment = "datetime64[us, UTC]"
    return {
        "walks": pd.DataFrame(
            {"day": days, "half": "morning", "grid_id": [g for _, g, _ in walks], "state": [s for _, _, s in walks],
             "walk_m": 1000.0},
            index=range(1, len(days) + 1),
        ),
        "stops": pd.DataFrame(
            {
                "walk_id": pd.Series([w for w, *_ in stops], dtype="int64"),
                "building_id": pd.Series([b for _, b, *_ in stops], dtype="Int64"),
                "outcome": pd.Series([o for _, _, o, _ in stops], dtype="str"),
                "arrive_at": pd.Series([at(days[w - 1], 9, m) for w, _, _, m in stops], dtype=moment),
                "leave_at": pd.Series([at(days[w - 1], 10, m) for w, _, _, m in stops], dtype=moment),
            }
        ),
        "buildings": pd.DataFrame(
            {"grid_id": pd.array([g for g, _ in homes], dtype="Int64"), "households": [n for _, n in homes]},
            index=range(1, len(homes) + 1),
        ),
        "issues": pd.DataFrame(
            {
                "source": pd.Series([s for s, _, _ in issues], dtype="str"),
                "reported_at": pd.Series([at(day, 8) for _, day, _ in issues], dtype=moment),
                "grid_id": pd.Series([g for *_, g in issues], dtype="Int64"),
            }
        ),
        "care": pd.DataFrame(
            {
                "building_id": pd.Series([b for b, _ in care], dtype="Int64"),
                "interval_days": pd.Series([n for _, n in care], dtype="Int64"),
            }
        ),
    }  # fmt: skip


def reviewed(**rows: Any) -> Review:
    return walk_review.of(
        **frames(**rows), grids=GRIDS, start=START, end=END, today=TODAY, interval_days=INTERVAL, zone=ZONE
    )


day = st.integers(-80, 6).map(lambda n: START + dt.timedelta(days=n))
outcome = st.sampled_from([one.value for one in StopOutcome])


@st.composite
def towns(draw: st.DrawFn) -> dict[str, Any]:
    homes = draw(st.lists(st.tuples(st.sampled_from([1, 2]), st.integers(0, 40)), min_size=1, max_size=8))
    walks = draw(
        st.lists(st.tuples(day, st.sampled_from([1, 2]), st.sampled_from([s.value for s in WalkState])), max_size=8)
    )
    number = st.integers(1, len(homes))
    stops = []
    if walks:
        some = st.tuples(st.integers(1, len(walks)), st.one_of(st.none(), number), outcome, st.integers(0, 59))
        stops = draw(st.lists(some, max_size=16))
    source = st.sampled_from([s.value for s in IssueSource])
    issues = draw(st.lists(st.tuples(source, day, st.sampled_from([1, 2, None])), max_size=14))
    care = draw(st.lists(st.tuples(number, st.one_of(st.none(), st.integers(1, 60))), max_size=6))
    return {"walks": walks, "stops": stops, "homes": homes, "issues": issues, "care": care}


@settings(max_examples=25, deadline=None)
@given(towns())
def test_each_figure_is_a_plain_count(town: dict[str, Any]) -> None:
    found = reviewed(**town)
    walks, stops, homes = town["walks"], town["stops"], town["homes"]
    reached = ("seen", "done")
    due = {n for n, (d, _, state) in enumerate(walks, 1) if START <= d <= TODAY and state != "cancelled"}
    mine = [(w, b, o) for w, b, o, _ in stops if w in due]
    assert (found.reached.part, found.reached.n) == (sum(o in reached for *_, o in mine), len(mine))
    assert sum(found.stops.values()) == len(mine)
    assert all(found.stops[one] == sum(o == one for *_, o in mine) for one in found.stops)
    assert found.held == len({w for w, _, o in mine if o != "pending"})
    over = {w for w in due if walks[w - 1][0] < TODAY}
    assert found.unrecorded == len(over - {w for w, _, o in mine if o != "pending"})
    assert found.called_off == sum(START <= d <= END and state == "cancelled" for d, _, state in walks)

    visits = [(walks[w - 1][0], b) for w, b, o, _ in stops if o in reached and b is not None]
    visits = [(d, b) for d, b in visits if d <= TODAY]
    lived = [n for n, (_, households) in enumerate(homes, 1) if households] or list(range(1, len(homes) + 1))
    recent = {b for d, b in visits if d >= START} & set(lived)
    assert (found.visited.part, found.visited.n) == (len(recent), len(lived))
    assert set(found.buildings.index[found.buildings["state"] == "recent"]) == recent
    for n in lived:
        days = [(TODAY - d).days for d, b in visits if b == n]
        state = found.buildings.at[n, "state"]
        assert state == (
            "never" if not days else "recent" if n in recent else "in_time" if min(days) <= INTERVAL else "late"
        )
    # No building is in two states or in none, and grids add up to the whole.
    grids = found.grids
    by_state = [int(grids[name].sum()) for name in ("visited", "late", "never")]
    in_time = int((found.buildings["state"] == "in_time").sum())
    assert sum(by_state) + in_time == len(lived) == int(grids["buildings"].sum())
    assert int(grids["reached"].sum()) == found.reached.part

    first = [i for i in town["issues"] if START <= i[1] <= END]
    assert found.found.n == sum(s == "walk" for s, *_ in first)
    counted = [s for s, *_ in first if s != "visitor"]
    assert (found.source.now.part, found.source.now.n) == (sum(s != "hotline" for s in counted), len(counted))
    before = [s for s, d, _ in town["issues"] if START - dt.timedelta(days=7) <= d < START and s != "visitor"]
    assert (found.source.before.part, found.source.before.n) == (sum(s != "hotline" for s in before), len(before))

    known = [(b, n) for b, n in town["care"] if n is not None]
    if not known:
        assert found.care is None
    else:
        assert found.care is not None
        kept = [any((TODAY - d).days <= n for d, at_ in visits if at_ == b) for b, n in known]
        assert (found.care.kept.part, found.care.kept.n) == (sum(kept), len(known))
        assert found.care.never == sum(all(at_ != b for _, at_ in visits) for b, _ in known)
        assert sum(one.kept.n for one in found.care_grids.values()) == len(known)


@given(st.integers(0, 60), st.integers(0, 60))
def test_share_lies_within_its_interval_and_within_0_and_1(part: int, more: int) -> None:
    share = Share.of(part, part + more)
    if share.n == 0:
        assert share.share is share.low is share.high is None
        return
    assert share.share is not None
    assert share.low is not None
    assert share.high is not None
    assert 0 <= share.low <= share.share <= share.high <= 1


@given(st.integers(0, 80), st.floats(0.1, 200))
def test_interval_of_a_rate_leaves_out_what_is_improbable(n: int, hours: float) -> None:
    rate = Rate.of(n, hours)
    assert rate.rate is not None
    assert rate.low is not None
    assert rate.high is not None
    assert rate.low <= rate.rate <= rate.high
    # Of the limits themselves such a count is as improbable as 2.5 %.
    assert stats.poisson.cdf(n, rate.high * hours) == pytest.approx(0.025, rel=1e-6)
    if n:
        assert stats.poisson.sf(n - 1, rate.low * hours) == pytest.approx(0.025, rel=1e-6)


def test_hours_go_by_check_ins_where_there_are_any() -> None:
    rows = frames(walks=[(START, 1, "done")], stops=[(1, 1, "done", 0), (1, 1, "nobody_home", 30)], homes=[(1, 5)])
    asked = {"grids": GRIDS, "start": START, "end": END, "today": TODAY, "interval_days": INTERVAL, "zone": ZONE}
    assert walk_review.of(**rows, **asked).walks["hours"].tolist() == [1.5]
    rows["stops"]["came_at"] = pd.Series([at(START, 9, 10), pd.NaT], dtype="datetime64[us, UTC]")
    found = walk_review.of(**rows, **asked)
    assert found.walks["hours"].iloc[0] == pytest.approx(80 / 60)
    assert found.walks["planned_hours"].tolist() == [1.5]


def test_nothing_at_all_is_told_as_nothing() -> None:
    found = reviewed(homes=[(1, 5)])
    assert found.empty
    assert found.reached.share is found.found.rate is found.source.chance is found.care is None
    assert math.isnan(found.grids.at[1, "median_days"])
    assert found.buildings["state"].tolist() == ["never"]


def test_a_period_that_ends_before_it_begins_is_refused() -> None:
    with pytest.raises(InputError) as refused:
        walk_review.of(**frames(), grids=GRIDS, start=END, end=START, today=TODAY, interval_days=INTERVAL, zone=ZONE)
    assert "2026" in refused.value.sentence("zh")
