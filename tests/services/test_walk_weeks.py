"""A week of walks on the demo: by the published rota, planned at once, kept and taken back as one."""

from __future__ import annotations

import datetime as dt
import json
from pathlib import Path

import prepared
import pytest
import sqlalchemy as sa

from gridmap import cli, errors, model
from gridmap.model import Duty, Half, WishKind
from gridmap.planning import routing_check, workdays
from gridmap.planning.rota import Slot
from gridmap.services import (
    community_data,
    visit_wishes,
    walk_keeping,
    walk_outings,
    walk_plan_tables,
    walk_plans,
)
from gridmap.services.community_data import CommunityData
from gridmap.services.sight import EVERYTHING
from gridmap.services.walk_outings import Week
from gridmap.store import Store, open_store

NOW = dt.datetime(2026, 11, 24, 2, 0, tzinfo=dt.UTC)
TODAY = dt.date(2026, 11, 24)
WEEK = "2026-W49"
MONDAY = workdays.monday_of(WEEK)
THURSDAY, FRIDAY = MONDAY + dt.timedelta(days=3), MONDAY + dt.timedelta(days=4)
QUICK = 0.03


@pytest.fixture(scope="module")
def path(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return prepared.with_demo(tmp_path_factory.mktemp("weeks") / "demo.gpkg", NOW)


@pytest.fixture(scope="module")
def store(path: Path) -> Store:
    opened = open_store(str(path))
    data = read(opened)
    with opened.write() as session:
        for leave in session.scalars(sa.select(model.Leave)):
            session.delete(leave)
        rota = model.WeekRota(community_id=1, week=WEEK, published_at=NOW, published_by="甲一")
        session.add(rota)
        session.flush()
        # One grid is walked after its reception alone, the others on the off-desk day.
        sitting = session.scalars(sa.select(model.Reception)).first()
        for grid, row in data.grids.drop(index=sitting.grid_id).iterrows():
            session.add(duty(int(rota.id or 0), FRIDAY, Half.MORNING, Duty.WALK, int(row["leader_id"]), int(str(grid))))
        day = MONDAY + dt.timedelta(days=sitting.weekday - 1)
        leader = int(data.grids.at[sitting.grid_id, "leader_id"])
        session.add(duty(int(rota.id or 0), day, sitting.half, Duty.RECEPTION, leader, sitting.grid_id))
    return opened


def duty(rota: int, day: dt.date, half: Half, what: Duty, staff: int, grid: int) -> model.RotaDuty:
    return model.RotaDuty(
        community_id=1, rota_id=rota, day=day, half=half, duty=what, staff_id=staff, grid_id=grid, published=True
    )


def read(store: Store) -> CommunityData:
    return community_data.read(store, 1, day=TODAY)


def planned(store: Store, data: CommunityData, told: Week, **more: object) -> walk_plans.Made:
    question = walk_plans.Question(outings=told.outings, seconds=QUICK, **more)
    made = walk_plans.plan(store, data, EVERYTHING, question, now=NOW)
    assert routing_check.broken(made.answer) == ()
    return made


def test_a_week_is_planned_by_the_rota_kept_and_taken_back_as_one(store: Store) -> None:
    data = read(store)
    told = walk_outings.by_rota(store, data, WEEK, today=TODAY)
    assert told.published
    assert len(told.outings) == 5
    assert len(walk_outings.by_rota(store, data, WEEK, today=TODAY, receptions=False).outings) == 4
    pairs = walk_outings.by_rota(store, data, WEEK, today=TODAY, people=2)
    assert pairs.outings == told.outings, "one leads each grid, so nobody has company"
    made = planned(store, data, told)
    visited = [stop.key for walk in made.walks for stop in walk.stops if stop.key]
    assert len(visited) == len(set(visited)) > 40
    letters = data.grids["letter"]
    for walk in made.walks:
        outing = made.question.outing(walk.walker)
        assert {letters[stop.place.grid_id] for stop in walk.stops} <= set(outing.letters)
        assert walk.begin.date() == walk.day == outing.day
    beside = next(walk for walk in made.walks if walk.day != FRIDAY)
    sitting = data.grids.index[letters == made.question.outing(beside.walker).letters[0]][0]
    with store.read() as session:
        held = sa.select(model.Reception).where(sa.inspect(model.Reception).c.grid_id == int(sitting))
        hours = session.scalars(held).one().hours
    assert f"{beside.begin:%H:%M}" >= hours.split("-")[1]
    assert beside.start.key.startswith("spot:")

    # Changed by hand, the other walks stand as they are, or better.
    walker, other = sorted((walk.walker for walk in made.walks), key=lambda one: -len(made.keys(one)))[:2]
    keys = made.keys(walker)
    wanted = made.around({walker: (keys[2], keys[0])}, before={walker: (keys[2], *keys[:2], *keys[3:])})
    after = walk_plans.plan(store, data, EVERYTHING, wanted, now=NOW)
    assert routing_check.broken(after.answer) == ()
    assert after.keys(walker).index(keys[2]) < after.keys(walker).index(keys[0])
    assert made.keys(other) == after.keys(other)
    assert [key for key in after.keys(walker) if key in keys][:2] == [keys[2], keys[0]]
    assert after.answer.prize > 0.97 * made.answer.prize

    numbers = walk_keeping.keep(store, None, data, after, now=NOW)
    kept = read(store)
    rows = kept.walks.loc[list(numbers)]
    assert rows["plan"].nunique() == 1
    assert set(zip(rows["day"], rows["half"], strict=True)) == {(w.day, w.half.value) for w in after.walks}
    again = walk_keeping.asked(kept, numbers)
    assert set(again.outings) == {after.question.outing(walk.walker) for walk in after.walks}
    assert walk_outings.by_rota(store, kept, WEEK, today=TODAY).outings == ()
    assert len(walk_outings.by_rota(store, kept, WEEK, today=TODAY, replaced=numbers).outings) == len(told.outings)
    with pytest.raises(errors.InputError, match="walk already"):
        walk_keeping.keep(store, None, kept, after, now=NOW)
    walk_keeping.drop(store, None, kept, numbers, now=NOW)
    assert not read(store).walks.index.isin(numbers).any()

    table = walk_plan_tables.walks(after, data, "en", "Asia/Shanghai")
    assert list(table["Stops"]) == [len(after.keys(str(walker))) for walker in table.index]


def test_a_wish_for_one_day_is_met_on_that_day(store: Store) -> None:
    data = read(store)
    slots = [Slot(day=MONDAY + dt.timedelta(days=n), half=Half.AFTERNOON) for n in range(5)]
    told = walk_outings.chosen(slots, [int(data.grids["leader_id"].iloc[0])])
    far = planned(store, data, Week(week=WEEK, published=False, outings=told)).left[-1].key
    number = visit_wishes.add(
        store, None, data, WishKind.MUST, far, from_day=THURSDAY, until_day=THURSDAY, hours="15:00-16:00", now=NOW
    )  # fmt: skip
    early = {"from_day": MONDAY, "until_day": THURSDAY, "now": NOW}
    never = visit_wishes.add(store, None, data, WishKind.NEVER, "building:1", **early)
    made = planned(store, read(store), Week(week=WEEK, published=False, outings=told))
    there = next(walk for walk in made.walks if far in made.keys(walk.walker))
    stop = next(stop for stop in there.stops if stop.key == far)
    assert there.day == THURSDAY
    assert stop.must
    assert stop.begin.hour == 15
    assert "building:1" not in {key for walk in made.walks if walk.day < FRIDAY for key in made.keys(walk.walker)}
    for one in (number, never):
        visit_wishes.remove(store, None, data, one, now=NOW)


def test_nobody_walks_twice_at_once_and_a_week_without_a_rota_says_so(
    store: Store, path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    data = read(store)
    staff = int(data.grids["leader_id"].iloc[0])
    twice = walk_outings.chosen([Slot(day=FRIDAY, half=Half.MORNING)], [staff, staff])
    with pytest.raises(errors.InputError, match="walk twice"):
        planned(store, data, Week(week=WEEK, published=False, outings=twice))
    here = {"LANG": "en_GB.UTF-8"}
    quick = ("--seconds", "0.02", "--walkers", "2", "--json")
    assert cli.run(["plan", str(path), "--week", "2026-W52", *quick], here) == cli.DONE
    told = capsys.readouterr()
    assert "No rota is published for 2026-W52" in told.err
    walks = json.loads(told.out)["walks"]
    assert {walk["date"] for walk in walks} == {"2026-12-25"}
    assert {walk["half"] for walk in walks} == {"morning", "afternoon"}
    assert cli.run(["plan", str(path), *quick], here) == cli.USERS_MISTAKE
    assert "--week" in capsys.readouterr().err
    with pytest.raises(errors.InputError, match="2026-W60"):
        walk_outings.by_rota(store, data, "2026-W60", today=TODAY)
