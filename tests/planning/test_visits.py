"""What needs a visit: reasons, prizes and minutes from facts."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gridmap import settings
from gridmap.planning import visits
from gridmap.planning.visits import CareDue, Facts, ReasonKind

WEIGHTS = {key: float(value) for key, value in settings.defaults()["visits"].items()} | {"least": 0.0}


def home(**more: object) -> Facts:
    return Facts(**{"key": "building:1", "is_home": True, "days_unvisited": 0, "floors": 6, **more})


def only(facts: Facts, **weights: float) -> visits.Candidate:
    (found,) = visits.candidates([facts], WEIGHTS | weights)
    return found


facts = st.builds(
    home,
    open=st.lists(st.integers(1, 9), max_size=4).map(tuple),
    overdue=st.lists(st.integers(10, 19), max_size=4).map(tuple),
    checks=st.lists(st.integers(20, 29), max_size=2).map(tuple),
    days_unvisited=st.one_of(st.none(), st.integers(0, 500)),
    care=st.lists(
        st.builds(CareDue, id=st.integers(1, 9), interval_days=st.integers(1, 60), days=st.integers(0, 200)), max_size=3
    ).map(tuple),
    floors=st.integers(1, 30),
    lift=st.sampled_from([None, True, False]),
)


@given(facts, st.sampled_from(["overdue", "open", "check", "care", "unvisited"]))
def test_a_weight_adds_its_own_reason_and_no_other(one, weight):
    told = {c.key: c for c in visits.candidates([one], WEIGHTS)}
    without = {c.key: c for c in visits.candidates([one], WEIGHTS | {weight: 0.0})}
    before = {reason.kind: reason.points for c in told.values() for reason in c.reasons}
    after = {reason.kind: reason.points for c in without.values() for reason in c.reasons}
    mine = {"unvisited": {ReasonKind.UNVISITED, ReasonKind.NEVER_VISITED}}.get(weight, {ReasonKind(weight)})
    assert after == {kind: points for kind, points in before.items() if kind not in mine}
    assert all(c.minutes > 0 and c.prize == pytest.approx(sum(before.values())) for c in told.values())


def test_what_is_due_grows_with_time_and_is_nothing_before():
    def care(days: int | None) -> float:
        found = visits.candidates(
            [home(care=(CareDue(id=1, interval_days=30, days=days),))], WEIGHTS | {"unvisited": 0}
        )
        return found[0].prize if found else 0.0

    assert care(10) == 0
    assert 0 < care(30) < care(60) < care(90) == care(400)
    assert care(30) < care(None) < care(60)
    prizes = [only(home(days_unvisited=days)).prize for days in (30, 90, 180, 270, 1000)]
    assert prizes == sorted(prizes)
    assert prizes[3] == prizes[4]


def test_must_comes_first_and_never_is_left_out():
    some = [home(overdue=(1, 2)), home(key="building:2", must=True), home(key="building:3", never=True, must=True)]
    found = visits.candidates(some, WEIGHTS)
    assert [one.key for one in found] == ["building:2", "building:1"]
    assert found[0].must
    assert visits.candidates([Facts(key="building:9")], WEIGHTS) == []
    assert visits.candidates([Facts(key="building:9", kept=True)], WEIGHTS)[0].prize == 0


def test_what_is_hardly_worth_anything_is_left_until_it_is():
    some = [home(days_unvisited=10), home(key="building:2", days_unvisited=80)]
    assert [one.key for one in visits.candidates(some, WEIGHTS | {"least": 0.8})] == ["building:2"]


def test_stairs_count_once_and_a_lift_spares_them():
    fifth = CareDue(id=1, interval_days=30, days=60, floor=5)
    first = CareDue(id=2, interval_days=30, days=60, floor=1)
    both = only(home(care=(fifth, first))).minutes
    assert both == pytest.approx(2 * WEIGHTS["minutes_care"] + 4 * WEIGHTS["minutes_floor"])
    assert only(home(care=(first,))).minutes == pytest.approx(WEIGHTS["minutes_care"])
    lifted = only(home(care=(fifth,), lift=True, floors=30)).minutes
    assert lifted == pytest.approx(WEIGHTS["minutes_care"] + WEIGHTS["minutes_lift"])
    assert only(home(days_unvisited=200, minutes=3.0)).minutes == 3.0


@pytest.mark.parametrize(
    ("unit", "floor"), [("2单元501", 5), ("5楼", 5), ("3单元1203室", 12), ("东单元", None), ("", None), ("2-301", 3)]
)
def test_the_floor_of_a_unit(unit, floor):
    assert visits.floor_of(unit) == floor
