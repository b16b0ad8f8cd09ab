"""Plans of walks on the demo: who may know what, what is kept, and what gates and wishes do."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace

import prepared
import pytest
import sqlalchemy as sa

from gridmap import errors, model
from gridmap.access import Actor
from gridmap.model import Half, Role, StopOutcome, WishKind
from gridmap.planning import routing_check
from gridmap.planning.visits import ReasonKind
from gridmap.services import (
    community_data,
    retention,
    sight,
    visit_wishes,
    walk_keeping,
    walk_plans,
    walk_staff,
)
from gridmap.services.community_data import CommunityData
from gridmap.services.sight import EVERYTHING, Sight
from gridmap.store import Store, open_store, tables

NOW = dt.datetime(2026, 11, 24, 2, 0, tzinfo=dt.UTC)
TODAY = dt.date(2026, 11, 24)
DAY = dt.date(2026, 12, 1)
QUICK = 0.02


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Store:
    opened = open_store(str(prepared.with_demo(tmp_path_factory.mktemp("walks") / "demo.gpkg", NOW)))
    with opened.write() as session:
        for leave in session.scalars(sa.select(model.Leave)):
            session.delete(leave)
    return opened


def read(store: Store) -> CommunityData:
    (community,) = store.communities()
    assert community.id is not None
    return community_data.read(store, community.id, day=TODAY)


def asked(store: Store, walkers: int = 1, **more: object) -> walk_plans.Question:
    (community,) = store.communities()
    able = walk_staff.free(store, int(community.id or 0), DAY)
    half = more.pop("half", Half.MORNING)
    outings = walk_plans.together(DAY, half, walk_staff.teams(able, walkers))
    return replace(walk_plans.Question(outings=outings, seconds=QUICK), **more)


def planned(
    store: Store, data: CommunityData, question: walk_plans.Question, seen: Sight = EVERYTHING
) -> walk_plans.Made:
    made = walk_plans.plan(store, sight.masked(data, seen), seen, question, now=NOW)
    assert routing_check.broken(made.answer) == ()
    return made


def person(data: CommunityData, role: Role, *letters: str) -> Actor:
    grids = data.grids.index[data.grids["letter"].isin(letters)]
    return Actor(
        account_id=1,
        name="somebody",
        role=role,
        street_id=data.community.street_id,
        community_id=data.community.id,
        grid_ids=frozenset(int(one) for one in grids),
        session_id=1,
    )


def kinds(made: walk_plans.Made) -> set[ReasonKind]:
    every = [*made.wishes.candidates.values(), *(one.candidate for one in made.left)]
    return {reason.kind for one in every for reason in one.reasons}


def test_households_in_need_are_for_those_who_may_know(store):
    data = read(store)
    assert {ReasonKind.CARE, ReasonKind.UNCOVERED} <= kinds(planned(store, data, asked(store)))
    desk = Sight.of(person(data, Role.DESK), data.community)
    assert ReasonKind.CARE not in kinds(planned(store, data, asked(store), desk))
    # Each team is given those of its own grids only; the secretary may visit all.
    for walk in planned(store, data, asked(store, 4)).walks:
        team = [one for one in walk_staff.free(store, int(data.community.id or 0), DAY) if one.id in walk.staff]
        for stop in walk.stops:
            if any(reason.kind == ReasonKind.CARE for reason in stop.reasons):
                assert any(one.may_see_care(stop.place.grid_id) for one in team)


def test_what_is_kept_comes_back_as_it_was_and_tells_nobody_of_need(store):
    data = read(store)
    secretary = person(data, Role.SECRETARY)
    made = planned(store, data, asked(store, 2, rest_min=10.0, letters=("A", "B")))
    numbers = walk_keeping.keep(store, secretary, data, made, now=NOW)
    kept = read(store)
    again = walk_keeping.asked(kept, numbers)
    assert [walk_keeping.keys(kept, number) for number in numbers] == [[s.key for s in w.stops] for w in made.walks]
    assert again.outings == made.question.outings
    remade = planned(store, kept, again)
    for before, after in zip(made.walks, remade.walks, strict=True):
        order = [stop.key for stop in before.stops if stop.key]
        assert [stop.key for stop in after.stops if stop.key in order] == order
        assert all(stop.locked for stop in after.stops if stop.key in order)
    rows = kept.stops[kept.stops["walk_id"].isin(numbers)]
    cares = rows[rows["why"].str.contains('"care"')]
    assert len(cares)
    assert not rows["reason"].str.contains("困难").any()
    leader = Sight.of(person(data, Role.DESK), data.community)
    assert not sight.masked(kept, leader).stops["why"].str.contains('"care"').any()
    with pytest.raises(errors.InputError, match="walk already"):
        walk_keeping.keep(store, secretary, kept, made, now=NOW)
    replaced = walk_keeping.keep(store, secretary, kept, remade, replaces=numbers, now=NOW)
    with pytest.raises(errors.NotFound):
        walk_keeping.asked(read(store), numbers)
    with store.write() as session:
        stop = session.scalars(sa.select(model.Stop).where(sa.inspect(model.Stop).c.walk_id == replaced[0])).first()
        stop.outcome = StopOutcome.DONE
    with pytest.raises(errors.Conflict):
        walk_keeping.drop(store, secretary, read(store), replaced, now=NOW)
    walk_keeping.drop(store, secretary, read(store), replaced[1:], now=NOW)


def test_a_household_that_is_deleted_is_deleted_from_the_reasons_too(store, tmp_path):
    address = str(tmp_path / "copy.gpkg")
    store.snapshot(address)
    copy = open_store(address)
    data = read(copy)
    made = planned(copy, data, asked(copy, 3, half=Half.AFTERNOON))
    numbers = walk_keeping.keep(copy, None, data, made, now=NOW)
    with copy.write() as session:
        stops = list(session.scalars(sa.select(model.Stop).where(sa.inspect(model.Stop).c.walk_id.in_(numbers))))
        cares = [stop.id for stop in stops if '"care"' in stop.why]
        for stop in stops:
            stop.note = "1"
        for household in session.scalars(sa.select(model.CareHousehold)):
            household.ended_on = dt.date(2020, 1, 1)
    assert cares
    retention.run(copy, NOW + dt.timedelta(days=1))
    assert not read(copy).stops["why"].str.contains('"care"').any()
    with copy.read() as session:
        old = session.scalars(sa.select(tables.HISTORY.c.old).where(tables.HISTORY.c.table_name == "stop")).all()
    assert old
    assert not any('\\"care\\"' in one for one in old)


def test_whoever_works_in_a_grid_plans_there_and_nowhere_else(store):
    data = read(store)
    made = planned(store, data, asked(store, letters=("A",)))
    with pytest.raises(errors.Forbidden):
        walk_keeping.keep(store, person(data, Role.GRID_LEADER, "B"), data, made, now=NOW)
    with pytest.raises(errors.Forbidden):
        walk_keeping.keep(store, person(data, Role.DESK), data, made, now=NOW)


def test_a_dragged_order_stays_and_what_is_dropped_is_gone(store):
    data = read(store)
    made = planned(store, data, asked(store, letters=("A",)))
    keys = [stop.key for stop in made.walks[0].stops]
    first, last = keys[0], keys[-1]
    again = planned(store, data, made.around({"1": (last, first)}, drop=(keys[1],)))
    after = [stop.key for stop in again.walks[0].stops]
    assert after.index(last) < after.index(first)
    assert keys[1] not in after
    assert keys[1] in again.wishes.never


def test_wishes_are_kept_and_obeyed(store):
    data = read(store)
    secretary = person(data, Role.SECRETARY)
    when = {"from_day": DAY, "now": NOW}
    homes = [one.key for one in planned(store, data, asked(store)).walks[0].stops if one.key.startswith("building:")]
    never = homes[0]
    far = [one.key for one in planned(store, data, asked(store)).left if one.key.startswith("building:")][-1]
    with pytest.raises(errors.InputError, match="17:00-19:00"):
        visit_wishes.add(store, secretary, data, WishKind.MUST, far, hours="late", **when)
    with pytest.raises(errors.InputError, match="no place"):
        visit_wishes.add(store, secretary, data, WishKind.MUST, "building:9999", **when)
    numbers = [
        visit_wishes.add(store, secretary, data, WishKind.MUST, far, hours="10:00-11:00", minutes=20.0, **when),
        visit_wishes.add(store, secretary, data, WishKind.NEVER, never, **when),
    ]
    data = read(store)
    assert [one.kind for one in visit_wishes.listed(data, day=DAY)] == [WishKind.NEVER, WishKind.MUST]
    assert visit_wishes.listed(data, day=TODAY) == []
    (walk,) = planned(store, data, asked(store)).walks
    stops = {stop.key: stop for stop in walk.stops}
    assert never not in stops
    assert stops[far].must
    assert stops[far].begin.hour == 10
    assert stops[far].minutes == pytest.approx(20.0)
    for number in numbers:
        visit_wishes.remove(store, secretary, data, number, now=NOW)
    assert read(store).visit_wishes.empty


def test_a_gate_that_shuts_gives_hours_and_one_that_is_shut_keeps_out(store):
    data = read(store)
    walled = data.compounds.index[data.compounds["walled"]][0]
    its = data.gates["compound_id"] == walled
    homes = [f"building:{one}" for one in data.buildings.index[data.buildings["compound_id"] == walled]]

    def with_hours(hours: str) -> CommunityData:
        return replace(data, gates=data.gates.assign(open_hours=data.gates["open_hours"].where(~its, hours)))

    outside = data.points[
        ~data.points["building_id"].isin(data.buildings.index[data.buildings["compound_id"] == walled])
    ]
    question = asked(store, minutes=150.0, start=f"point:{outside.index[0]}")
    shut = planned(store, with_hours("13:00-14:00"), question)
    away = {one.key: one for one in shut.left if one.key in homes}
    assert away
    assert {one.why for one in away.values()} == {"gate"}
    assert any(name in one.said("en") for one in away.values() for name in data.gates.loc[its, "name"])
    made = planned(store, with_hours("06:00-10:00"), question)
    for walk in made.walks:
        for stop in walk.stops:
            if stop.key in homes:
                assert stop.leave.hour < 10


def test_places_without_a_position_are_named(store):
    data = read(store)
    gone = data.buildings.copy()
    number = gone.index[3]
    gone.loc[[number], "geom"] = type(gone.geometry.iloc[0])()
    made = planned(store, replace(data, buildings=gone), asked(store))
    lost = next(one for one in made.left if one.key == f"building:{number}")
    assert lost.why == "no_place"
    assert any(note.key == "walks.note.no_place" for note in made.notes)
