"""Rotas checked by a verifier of their own, and the calendar against the package ``chinesecalendar``."""

from __future__ import annotations

import dataclasses
import datetime as dt
from collections import Counter

import chinese_calendar
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gridmap import errors
from gridmap.model import Half
from gridmap.planning import rota, rota_check, rota_fairness, rota_solving, workdays

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


@pytest.fixture(scope="module")
def usual() -> tuple[rota.Assignment, ...]:
    return rota_solving.solve(week()).duties


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
        assert rota_check.broken(demand, found.duties) == ()
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


@settings(max_examples=12, deadline=None)
@given(away, st.data())
def test_a_published_rota_is_left_but_for_what_it_must(absences, data):
    demand = week(tuple(dict.fromkeys(absences)))
    before = rota_solving.solve(week()).duties
    found = rota_solving.solve(dataclasses.replace(demand, published=before))
    if found.status != rota.Status.OPTIMAL:
        return
    verify(demand, found)
    changed = {one.slot for one in rota.changes(before, found.duties)}
    # Half days do not hang together: whoever is there in one, and has no colleague away, keeps what they had.
    assert changed <= {
        one.slot for one in before for a in absences
        if a.staff == one.staff and a.first <= one.slot.day <= a.last and a.half in (None, one.slot.half)
    }  # fmt: skip
    if changed:
        # No change is for nothing: going back in any one of them breaks a rule.
        slot = data.draw(st.sampled_from(sorted(changed, key=lambda one: one.order)))
        back = [one for one in found.duties if one.slot != slot] + [one for one in before if one.slot == slot]
        assert rota_check.broken(demand, back)


@settings(max_examples=40, deadline=None)
@given(st.data())
def test_an_exchange_breaks_a_rule_just_if_it_makes_no_rota_and_back_again_it_is_the_first(usual, data):
    demand, before = week(), usual
    turns = [(slot, staff) for slot in SLOTS for staff in range(1, 9)]
    one, other = data.draw(st.sampled_from(turns)), data.draw(st.sampled_from(turns))
    after = rota.exchanged(before, one, other)
    broken = rota_check.newly_broken(demand, before, after)
    try:
        verify(demand, rota.Rota(status=rota.Status.FEASIBLE, duties=after))
    except AssertionError:
        assert broken
    else:
        assert not broken
        if {one, other} <= {(duty.slot, duty.staff) for duty in before}:
            assert rota.exchanged(after, (one[0], other[1]), (other[0], one[1])) == before
    assert Counter((d.slot, d.duty, d.grid) for d in after) == Counter((d.slot, d.duty, d.grid) for d in before)


def test_over_the_weeks_everybody_has_as_much_of_each_load():
    usual = week()
    weeks: list = []
    for _ in range(6):
        shares = rota_fairness.shares(usual.people, weeks)
        people = tuple(dataclasses.replace(one, past=shares[one.id].past) for one in usual.people)
        found = rota_solving.solve(dataclasses.replace(usual, people=people))
        assert found.status == rota.Status.OPTIMAL
        weeks.append((found.duties, usual.off_desk))
    shares = rota_fairness.shares(usual.people, weeks)
    for load in rota.Load:
        had = [shares[n].had[load] for n in range(2, 9)]
        # Receptions come to those first whose grid it is, and to others in turn.
        assert max(had) - min(had) <= (4 if load == rota.Load.RECEPTION else 2), load
    assert shares[2].weeks == 6
    new = rota_fairness.shares([*usual.people, rota.Person(id=9)], weeks)[9]
    assert set(new.past.values()) == {2.0}, "who comes new need not catch up"


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
