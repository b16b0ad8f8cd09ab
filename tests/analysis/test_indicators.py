import datetime as dt

import pandas as pd
import pytest
from scipy import stats

from gridmap.analysis import indicators
from gridmap.errors import InputError

UTC = dt.UTC
NOW = dt.datetime(2026, 11, 24, 8, tzinfo=UTC)


def moment(day, hour=0):
    return pd.Timestamp(2026, 11, day, hour, tz="UTC")


def issues(*rows):
    names = ["source", "state", "due_at", "reported_at", "compound_id", "building_id"]
    frame = pd.DataFrame(rows, columns=names)
    for name in ("due_at", "reported_at"):
        frame[name] = pd.to_datetime(frame[name], utc=True)
    return frame


def of(source="walk", state="recorded", due=None, reported=None, compound=None, building=None):
    return (source, state, due, reported if reported is not None else moment(10), compound, building)


BUILDINGS = pd.DataFrame({"compound_id": [1, 1, 2, None], "households": [30, 70, 0, 24]}, index=[10, 11, 12, 13])
WALKS = pd.DataFrame({"day": [dt.date(2026, 10, 30), dt.date(2026, 11, 6)]}, index=[1, 2])
STOPS = pd.DataFrame(
    {
        "walk_id": [1, 1, 2, 2, 2],
        "building_id": [10, 11, 10, 12, None],
        "outcome": ["done", "done", "done", "nobody_home", "done"],
    },
    index=[5, 6, 7, 8, 9],
)


@pytest.mark.parametrize(
    ("state", "is_open"),
    [
        ("recorded", True),
        ("in_progress", True),
        ("suspended", True),
        ("done", False),
        ("checked", False),
        ("closed", False),
    ],
)
def test_open_issues(state, is_open):
    assert indicators.open_issues(issues(of(state=state))).tolist() == [is_open]


def test_an_issue_is_overdue_past_its_limit_while_open():
    late, early = moment(23), moment(25)
    frame = issues(of(due=late), of(due=early), of(due=None), of(due=late, state="closed"), of(due=moment(24, 8)))
    assert indicators.overdue_issues(frame, NOW).tolist() == [True, False, False, False, False]


def test_a_moment_without_a_zone_is_refused():
    with pytest.raises(InputError, match="time zone"):
        indicators.overdue_issues(issues(of()), dt.datetime(2026, 11, 24))


def test_at_source_is_walks_and_receptions_against_the_hotline():
    frame = issues(of("walk"), of("reception"), of("hotline"), of("hotline"), of("visitor"))
    assert indicators.at_source_share(frame) == (0.5, 4)
    assert indicators.at_source_share(issues(of("visitor"))) == (None, 0)
    assert indicators.at_source_share(issues()) == (None, 0)


def test_the_rate_is_per_100_households_of_the_compound():
    frame = issues(
        of(compound=1),
        of(compound=1),
        of(building=11),  # names only its building
        of(compound=2),
        of(compound=3),  # a compound without buildings
        of(),  # nowhere
        of(compound=1, reported=moment(1)),  # the period's first moment
        of(compound=1, reported=moment(20)),  # just after it
    )
    table = indicators.issue_rate_by_compound(frame, BUILDINGS, moment(1), moment(20))
    assert table.index.tolist() == [1, 2, 3]
    assert table["issues"].tolist() == [4, 1, 1]
    assert table["households"].tolist() == [100, 0, 0]
    assert table["per_100_households"].iloc[0] == pytest.approx(4.0)
    assert table["per_100_households"].iloc[1:].isna().all()


def test_a_quiet_compound_is_listed_with_none():
    table = indicators.issue_rate_by_compound(issues(), BUILDINGS, moment(1), moment(20))
    assert table["issues"].tolist() == [0, 0]
    assert table["per_100_households"].iloc[0] == 0


def test_only_a_stop_that_reached_somebody_is_a_visit():
    last = indicators.last_visit(STOPS, WALKS)
    assert last.to_dict() == {10: dt.date(2026, 11, 6), 11: dt.date(2026, 10, 30)}
    assert indicators.visits_between(STOPS, WALKS, dt.date(2026, 11, 1), dt.date(2026, 12, 1)) == 2
    assert indicators.last_visit(STOPS.iloc[:0], WALKS).empty


def test_the_overview_gathers_them():
    frame = issues(of(due=moment(20)), of("hotline", "closed"))
    month = (dt.date(2026, 11, 1), dt.date(2026, 12, 1))
    figures = indicators.overview(BUILDINGS, frame, STOPS, WALKS, now=NOW, month=month)
    assert figures == indicators.Overview(
        buildings=4,
        households=124,
        households_without_cover=None,
        open_issues=1,
        overdue_issues=1,
        at_source=indicators.Share(0.5, 2),
        visits=2,
    )


def test_share_at_the_source_of_each_group_has_wilsons_interval():
    frame = issues(*[of()] * 7, *[of(source="hotline")] * 3, *[of(source="visitor")] * 4, of(source="reception"))
    by = pd.Series(["A"] * 10 + ["B"] * 4 + [None], index=frame.index)
    table = indicators.at_source_by(frame, by)
    assert table[["found", "n"]].to_dict("index") == {"A": {"found": 7, "n": 10}, "B": {"found": 0, "n": 0}}
    peer = stats.binomtest(7, 10).proportion_ci(method="wilson")
    assert table.loc["A", ["low", "high"]].tolist() == pytest.approx([peer.low, peer.high])
    assert table.loc["B", ["share", "low", "high"]].isna().all(), "visitors count on neither side"
    assert indicators.at_source_by(frame.iloc[:0], by.iloc[:0]).empty
