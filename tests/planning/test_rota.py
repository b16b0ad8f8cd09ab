"""Rotas checked by a verifier of their own, and the calendar against the package ``chinesecalendar``."""

from __future__ import annotations

import datetime as dt
from collections import Counter

import chinese_calendar
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gridmap import errors
from gridmap.model import Half
from gridmap.planning import rota, rota_solving, workdays

MONDAY = dt.date(2026, 11, 23)
DAY = dt.timedelta(days=1)
FRIDAY = MONDAY + 4 * DAY
SLOTS = tuple(rota.Slot(day=MONDAY + n * DAY, half=half) for n in range(5) for half in (Half.MORNING, Half.AFTERNOON))


def week(absences: tuple[rota.Absence, ...] = (), published: tuple[rota.Assignment, ...] = ()) -> rota.Demand:
    people = tuple(rota.Person(id=n, all_round=n != 1, partner=n + 1 if n % 2 else n - 1) for n in range(1, 9))
    receptions = tuple(
        rota.Place(grid=g, own=frozenset({g + 1}), slot=SLOTS[at]) for g, at in enumerate((0, 2, 4, 6, 7), start=1)
    )
    grids = tuple(rota.Place(grid=g, own=frozenset({g + 1})) for g in range(1, 6))
    return rota.Demand(
        people=people, slots=SLOTS, off_desk=frozenset({FRIDAY}), receptions=receptions, grids=grids,
        absences=absences, published=published,
    )  # fmt: skip


def verify(demand: rota.Demand, found: rota.Rota) -> None:
    """Hold a rota against the rules, in words of this test only."""
    busy = Counter((one.slot, one.staff) for one in found.duties)
    assert not [who for who, n in busy.items() if n > 1]
    for slot in SLOTS:
        here = [one for one in found.duties if one.slot == slot]
        gone = {a.staff for a in demand.absences if a.first <= slot.day <= a.last and a.half in (None, slot.half)}
        desk = [one.staff for one in here if one.duty == "desk"]
        assert 2 <= len(desk) <= 3
        assert 1 not in desk
        assert not gone & {one.staff for one in here}
        held = sorted(one.grid or 0 for one in here if one.duty == "reception")
        assert held == sorted(place.grid for place in demand.receptions if place.slot == slot)
        if slot.day == FRIDAY:
            assert {one.staff for one in here} == set(range(1, 9)) - gone
        else:
            assert all(one.duty != "walk" for one in here)
            out = {one.staff for one in here if one.duty == "reception"}
            assert not any({n, n + 1} <= out for n in (1, 3, 5, 7))
        assert not any({n, n + 1} <= gone for n in (1, 3, 5, 7))


away = st.lists(
    st.builds(
        lambda staff, first, length, half: rota.Absence(
            staff=staff, first=MONDAY + first * DAY, last=MONDAY + (first + length) * DAY, half=half
        ),
        st.integers(1, 8), st.integers(0, 4), st.integers(0, 2), st.sampled_from([None, *Half]),
    ),
    max_size=5,
)  # fmt: skip


@settings(max_examples=25, deadline=None)
@given(away)
def test_a_rota_keeps_every_rule_or_names_a_clash(absences):
    demand = week(tuple(dict.fromkeys(absences)))
    found = rota_solving.solve(demand)
    if found.status == rota.Status.OPTIMAL:
        verify(demand, found)
        assert rota.broken(demand, found.duties) == ()
        assert found.cost == pytest.approx(found.bound)
    else:
        assert found.status == rota.Status.INFEASIBLE
        assert found.clash
        assert {rule.kind for rule in found.clash} >= {rota.RuleKind.AWAY}


def test_the_usual_week_is_proven_at_once_and_the_same_again():
    first, second = rota_solving.solve(week(), seed=3), rota_solving.solve(week(), seed=3)
    assert first.status == rota.Status.OPTIMAL
    assert first.seconds < 5
    assert first.duties == second.duties
    walked = {(one.slot.half, one.grid) for one in first.duties if one.duty == rota.Duty.WALK}
    assert len(walked) == 10


def test_who_falls_ill_changes_only_what_they_had():
    before = rota_solving.solve(week()).duties
    ill = next(one for one in before if one.duty == rota.Duty.RECEPTION)
    gone = rota.Absence(staff=ill.staff, first=ill.slot.day, last=ill.slot.day, half=ill.slot.half)
    after = rota_solving.solve(week((gone,), before))
    assert after.status == rota.Status.OPTIMAL
    assert len(rota.changes(before, after.duties)) == 2


def test_leave_of_both_of_a_pair_is_named_and_nothing_else():
    both = tuple(rota.Absence(staff=n, first=MONDAY, last=MONDAY) for n in (3, 4))
    found = rota_solving.solve(week(both))
    assert found.status == rota.Status.INFEASIBLE
    assert sorted(rule.kind for rule in found.clash) == ["away", "away", "pair"]
    assert {staff for rule in found.clash for staff in rule.staff} == {3, 4}


def test_who_had_much_before_has_less_now():
    usual = week()
    busy = rota.Person(id=8, partner=7, past={rota.Load.DESK: 12.0})
    demand = rota.Demand(**{**vars(usual), "people": (*usual.people[:7], busy)})
    held = rota.loads(rota_solving.solve(demand).duties, demand.off_desk)
    assert held.get((8, rota.Load.DESK), 0) == 0


def test_the_calendar_is_that_of_the_notices():
    calendar = workdays.official()
    day = dt.date(2024, 1, 1)
    while day.year < 2027:
        assert calendar.works(day) == chinese_calendar.is_workday(day), day
        assert calendar.knows(day)
        day += DAY
    assert not calendar.knows(dt.date(2027, 1, 4))


def test_a_holidays_duties_go_to_the_moved_working_day():
    calendar = workdays.official()
    assert calendar.held_on(dt.date(2026, 10, 5), 1) == dt.date(2026, 10, 10)
    assert calendar.held_on(dt.date(2026, 9, 28), 5) is None
    assert calendar.days(dt.date(2026, 2, 16)) == ()
    own = calendar.changed(off=[MONDAY], worked=[MONDAY + 5 * DAY])
    assert own.held_on(MONDAY, 1) == MONDAY + 5 * DAY


@pytest.mark.parametrize("wrong", ["", "2026-48", "2026-W54", "2026-W00", "0000-W01", "W48"])
def test_no_such_week(wrong):
    with pytest.raises(errors.InputError):
        workdays.monday_of(wrong)
