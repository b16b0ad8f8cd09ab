"""A draft is kept apart from the valid grids, changed step by step, published from a day on, and that withdrawn."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from pathlib import Path

import prepared
import pytest

from gridmap import model
from gridmap.access import Actor
from gridmap.errors import Forbidden, InputError, NotFound
from gridmap.model import Role
from gridmap.services import (
    accounts,
    community_data,
    grid_divisions,
    grid_drafts,
    grid_drawing,
    grid_sketch,
    grid_tables,
    grid_versions,
    grids,
    rota_demand,
)
from gridmap.services.community_data import CommunityData
from gridmap.services.grid_drafts import Draft
from gridmap.store import Store, open_store

NOW = dt.datetime(2026, 11, 24, 2, 0, tzinfo=dt.UTC)
DAY = dt.date(2026, 11, 24)
MONDAY = dt.date(2026, 11, 30)


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    opened = open_store(str(prepared.with_demo(tmp_path / "store.gpkg", NOW)))
    yield opened
    opened.close()


def read(store: Store, day: dt.date = DAY) -> CommunityData:
    return community_data.read(store, 1, day=day)


def person(store: Store, role: Role = Role.SECRETARY) -> Actor:
    with store.write() as session:
        n = session.query(model.Account).count()
        session.add(account := model.Account(name=f"somebody-{n}", display="", role=role, password_hash=""))
    return Actor(
        account_id=account.id or 0, name=account.name, role=role, street_id=None, community_id=1,
        grid_ids=frozenset(), session_id=1,
    )  # fmt: skip


def begin(store: Store, actor: Actor, data: CommunityData) -> Draft:
    return grid_drafts.begin(store, actor, data, *grid_drawing.of_drawn(data, grid_divisions.present(data)), now=NOW)


def move(store: Store, actor: Actor, data: CommunityData, draft: Draft, building: int, to: int) -> Draft:
    return grid_drafts.change(
        store, actor, data, draft.version, "move", lambda sketch: grid_sketch.move(sketch, [building], to), now=NOW
    )


def test_it_outlives_a_reload_goes_back_and_forth_and_changes_nothing_that_others_see(store: Store) -> None:
    data, me = read(store), person(store)
    draft = begin(store, me, data)
    revision = store.revision(1)
    one, two = draft.sketch.members(0)[:2]
    moved = move(store, me, data, move(store, me, data, draft, one, 1), two, 2)
    assert grid_drafts.find(store, me, data) == moved
    assert [step.act for step in moved.past] == ["move", "move"]
    once = grid_drafts.undo(store, me, data, moved.version, now=NOW)
    assert once.sketch.of[one] == 1
    start = grid_drafts.undo(store, me, data, once.version, now=NOW)
    assert start.sketch == draft.sketch
    again = grid_drafts.redo(store, me, data, start.version, now=NOW)
    assert again.sketch == once.sketch
    # A new step ends what could be taken again.
    other = move(store, me, data, again, two, 3)
    assert other.future == ()
    assert store.revision(1) == revision
    assert grid_drafts.find(store, person(store), data) is None
    with pytest.raises(InputError, match="have a draft"):
        begin(store, me, data)
    grid_drafts.discard(store, me, data)
    assert grid_drafts.find(store, me, data) is None


def test_a_step_on_what_another_window_has_changed_is_not_taken(store: Store) -> None:
    data, me = read(store), person(store)
    draft = begin(store, me, data)
    building = draft.sketch.members(0)[0]
    first = move(store, me, data, draft, building, 1)
    with pytest.raises(InputError, match="another window"):
        move(store, me, data, draft, building, 2)
    assert grid_drafts.find(store, me, data) == first
    with pytest.raises(InputError, match="another window"):
        grid_drafts.publish(store, me, data, draft.version, valid_from=MONDAY, reason="x", language="en")


def test_it_is_published_from_a_day_and_until_then_everything_stays(store: Store) -> None:
    data, me = read(store), person(store)
    draft = begin(store, me, data)
    building = draft.sketch.members(0)[0]
    edits = [
        ("move", lambda sketch: grid_sketch.move(sketch, [building], 1)),
        ("rename", lambda sketch: grid_sketch.rename(sketch, 1, "北二网格")),
    ]
    for act, edit in edits:
        draft = grid_drafts.change(store, me, data, draft.version, act, edit, now=NOW)
    before = grid_divisions.present(data)
    issues = store.frame(model.Issue, 1)["grid_id"]
    # Borders of the two are drawn anew, and one of them lies in two pieces: that is said, and may be so.
    number = grid_drafts.publish(
        store, me, data, draft.version, valid_from=MONDAY, reason=" 户数 变了 ", all_the_same=True, language="zh"
    )
    assert grid_drafts.find(store, me, data) is None
    today, monday = read(store), read(store, MONDAY)
    assert today.buildings["grid_id"].equals(data.buildings["grid_id"])
    new = monday.grids.loc[monday.buildings.at[building, "grid_id"]]
    old = before.grids.loc[data.grids["name"] == "第二网格"].iloc[0]
    assert (new["name"], new["code"], new["leader_id"]) == ("北二网格", old["code"], old["leader_id"])
    changed = monday.buildings["grid"] != today.buildings["grid"]
    assert set(today.buildings.loc[changed, "grid"]) == {"第一网格", "第二网格"}
    after = grid_divisions.of_version(store, today, number)
    table = grid_tables.changes(today, before, after, "zh")
    assert list(table.index) == [building]
    # Who sits in a grid for half a day sits in the one that goes on from it.
    with store.read() as session:
        held, _ = rota_demand.held(session, 1, MONDAY, rota_demand.present_grids(session, 1, MONDAY))
    assert {grid for grid, _ in held} <= set(monday.grids.index)
    assert len(held) > 0
    # Issues and walks keep the grid they belonged to; who leads the one that goes on from it sees to them.
    kept = store.frame(model.Issue, 1)["grid_id"]
    assert kept.equals(issues)
    assert set(kept.dropna()) <= set(data.grids.index)
    assert set(monday.issues["grid_id"].dropna()) <= set(monday.grids.index)
    names = monday.issues["grid_id"].map(monday.grids["code"])
    assert names.dropna().equals(monday.issues.index.to_series().map(issues).map(data.grids["code"]).dropna())
    assert set(monday.walks["grid_id"].dropna()) <= set(monday.grids.index)
    leader = model.Account(
        name="l", display="", role=Role.GRID_LEADER, password_hash="", community_id=1, staff_id=int(new["leader_id"])
    )
    with store.read() as session:
        before_it, on_it = (accounts.grids_of(session, leader, day) for day in (DAY, MONDAY))
    assert {old.name, new.name} <= on_it == before_it
    with store.read() as session:
        reasons = [one.reason for one in grid_versions.versions(session, 1)]
    assert reasons[-1] == "户数 变了"


def test_a_division_that_has_not_begun_is_withdrawn_and_no_other(store: Store) -> None:
    data, me = read(store), person(store)
    draft = begin(store, me, data)
    number = grid_drafts.publish(store, me, data, draft.version, valid_from=MONDAY, reason="x", language="en")
    first = next(one for one in grid_divisions.versions(store, data) if one.id != number)
    assert first.valid_to == MONDAY
    for today, one, said in ((MONDAY, number, "has begun"), (DAY, first.id, "has begun"), (DAY, 999, "no division")):
        with pytest.raises((InputError, NotFound), match=said):
            grid_versions.withdraw(store, me, data, int(one or 0), today=today)
    with pytest.raises(Forbidden):
        grid_versions.withdraw(store, person(store, Role.GRID_LEADER), data, number, today=DAY)
    grid_versions.withdraw(store, me, data, number, today=DAY)
    (left,) = grid_divisions.versions(store, data)
    assert (left.id, left.valid_to) == (first.id, None)
    assert read(store, MONDAY).buildings["grid_id"].equals(data.buildings["grid_id"])


@pytest.mark.parametrize(
    ("day", "reason", "said"),
    [
        (DAY - dt.timedelta(days=1), "x", "is past"),
        (MONDAY, " ", "needs a reason"),
        (MONDAY, "长" * 201, "at most 200"),
    ],
)
def test_what_is_wrong_with_day_or_reason_is_said_and_the_draft_stays(
    store: Store, day: dt.date, reason: str, said: str
) -> None:
    data, me = read(store), person(store)
    draft = begin(store, me, data)
    with pytest.raises(InputError, match=said):
        grid_drafts.publish(store, me, data, draft.version, valid_from=day, reason=reason, language="en")
    assert grid_drafts.find(store, me, data) == draft


def test_grids_that_lie_in_pieces_or_are_empty_are_named(store: Store) -> None:
    data, me = read(store), person(store)
    draft = begin(store, me, data)
    far = draft.sketch.members(4)[0]
    draft = move(store, me, data, draft, far, 0)
    with pytest.raises(InputError, match="several pieces: A 第一网格"):
        grid_drafts.publish(store, me, data, draft.version, valid_from=MONDAY, reason="x", language="en")
    draft = grid_drafts.change(
        store, me, data, draft.version, "move",
        lambda sketch: grid_sketch.move(sketch, sketch.members(1), 2), now=NOW,
    )  # fmt: skip
    with pytest.raises(InputError, match="B 第二网格 has no building"):
        grid_drafts.publish(
            store, me, data, draft.version, valid_from=MONDAY, reason="x", all_the_same=True, language="en"
        )


def test_buildings_that_come_and_go_meanwhile_are_taken_in(store: Store) -> None:
    data, me = read(store), person(store)
    draft = begin(store, me, data)
    with store.write() as session:
        first, second = grids.buildings_within(session, 1)[:2]
        gone, twin = first.id or 0, second.geom
        session.delete(first)
        session.add(model.Building(community_id=1, number="新楼", households=30, geom=twin))
    now = read(store)
    new, lost = grid_drawing.missing(now, draft.sketch)
    assert (len(new), lost) == (1, [gone])
    shown = grid_drawing.drawn(now, draft.sketch, draft.base)
    assert shown.grid_of.isna().sum() == 1
    with pytest.raises(InputError, match="in no grid: 新楼"):
        grid_drafts.publish(store, me, now, draft.version, valid_from=MONDAY, reason="x", language="en")
    draft = grid_drafts.change(
        store, me, now, draft.version, "catch_up", lambda sketch: grid_drawing.caught_up(now, sketch), now=NOW
    )
    assert draft.sketch.of[new[0]] == draft.sketch.of[second.id or 0]
    grid_drafts.publish(store, me, now, draft.version, valid_from=MONDAY, reason="x", all_the_same=True, language="en")
    assert read(store, MONDAY).buildings["grid_id"].notna().all()


@pytest.mark.parametrize("role", [Role.GRID_LEADER, Role.GRID_WORKER, Role.STREET_LEADER, Role.VIEWER])
def test_who_may_not_draw_grids_has_no_draft(store: Store, role: Role) -> None:
    data, other = read(store), person(store, role)
    with pytest.raises(Forbidden):
        begin(store, other, data)
    with pytest.raises(Forbidden):
        grid_drafts.find(store, other, data)
    with pytest.raises(Forbidden):
        grid_drafts.discard(store, other, data)


def test_what_a_hand_has_moved_stays_when_the_rest_is_mended(store: Store) -> None:
    data, me = read(store), person(store, Role.DESK)
    draft = begin(store, me, data)
    shown = grid_drawing.drawn(data, draft.sketch, draft.base)
    assert float(grid_divisions.deviation(grid_divisions.loads(data, shown)["households"]).abs().max()) < 0.01
    edge = draft.sketch.members(1)[-1]
    draft = move(store, me, data, draft, edge, 0)
    sketch, _ = grid_drawing.mended(data, draft.sketch, draft.past, draft.weighed, "en")
    assert sketch.of[edge] == 0
    after = grid_drawing.drawn(data, sketch, draft.base)
    assert all(len(area.geoms) == 1 for area in after.grids.geometry)
    ring = data.buildings.geometry[edge].envelope.buffer(1e-5).exterior.coords
    assert grid_drawing.within(data, list(ring)) == [edge]
    with pytest.raises(InputError, match="no building in the area"):
        grid_drawing.within(data, [(0.0, 0.0), (0.0, 1.0), (1.0, 1.0)])


def test_a_grid_split_off_after_a_merge_takes_no_code_that_was_there(store: Store) -> None:
    data, me = read(store), person(store)
    draft = begin(store, me, data)
    merged = grid_sketch.merge(draft.sketch, 0, 4)
    new = grid_drawing.halves(data, merged, draft.base, 0, draft.weighed)
    (key,) = set(new.looks) - set(merged.looks)
    assert new.looks[key].code not in set(data.grids["code"])


def test_mending_names_the_grid_that_cannot_be_in_one_piece(store: Store) -> None:
    data, me = read(store), person(store)
    sketch = grid_sketch.rename(begin(store, me, data).sketch, 4, "最后的网格")
    far = sketch.members(4)[0]
    alone = grid_sketch.move(grid_sketch.fix(sketch, [one for one in sketch.of if one != far]), [far], 0)
    with pytest.raises(InputError, match="A 第一网格 cannot be in one piece"):
        grid_drawing.mended(data, grid_sketch.fix(alone, [far]), (), {"households": 1.0}, "en")
