"""Tagging where one stands: what a place belongs to, what is kept of it, and taking it back."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
import record_town
from record_town import DAY, NOW, Town, at

from gridmap import errors, model
from gridmap.model import Role
from gridmap.services import issue_tagging, records, recycle_bin
from gridmap.services.sight import Sight
from gridmap.store import Store


@pytest.fixture
def town(file_store: Store) -> Town:
    built = record_town.build(file_store)
    with file_store.write() as session:
        pair = [
            model.Staff(community_id=built.community, name=name, post=model.PostKind.GRID_LEADER)
            for name in ("甲某", "乙某")
        ]
        session.add_all(pair)
        session.flush()
        pair[0].partner_id = pair[1].id
        session.get_one(model.Grid, built.west).leader_id = pair[0].id
    return built


def tagged(town: Town, actor: Any, **more: Any) -> model.Issue:
    lon, lat = at(35, 35)
    given = {"category": "lighting", "text": "灯不亮", "source": "walk", "geom": f"{lon},{lat}"}
    how = {name: more.pop(name) for name in ("accuracy_m", "ago", "client_id") if name in more}
    how.setdefault("client_id", "device-12345")
    made = issue_tagging.record(town.store, actor, town.data(), given | more, now=NOW, **how)
    with town.store.read() as session:
        return session.get_one(model.Issue, made.number)


def near(town: Town, x_m: float, y_m: float, actor: Any = None, **more: Any) -> issue_tagging.Spot:
    data = town.data()
    seen = Sight.of(actor or town.actor(), data.community)
    lon, lat = at(x_m, y_m)
    return issue_tagging.near(town.store, data, seen, lon=lon, lat=lat, language="zh", **more)


def test_place_is_snapped_to_the_nearest_building_with_compound_grid_and_who_is_in_charge(town: Town) -> None:
    spot = near(town, 60, 35)  # ten metres east of building 1
    assert (spot.building_id, spot.building, spot.compound) == (town.buildings[0], "甲小区1号楼", "甲小区")
    assert (spot.grid_id, spot.grid, spot.colour, spot.keeper) == (town.west, "A · 西网格", "red", "甲某")
    open_air = near(town, 200, 200)
    assert (open_air.building_id, open_air.outside_m) == (None, 0)
    assert near(town, 200, 80, accuracy_m=90).building_id == town.buildings[1]


def test_whoever_stands_in_is_named_and_has_it_in_hand(town: Town) -> None:
    with town.store.write() as session:
        leader = session.get_one(model.Grid, town.west).leader_id
        session.add(model.Leave(community_id=town.community, staff_id=leader or 0, from_day=DAY, to_day=DAY))
        other = session.query(model.Staff).filter_by(name="乙某").one().id
    assert near(town, 35, 35).keeper == "乙某"
    assert tagged(town, town.actor()).assignee_id == other


def test_names_of_colleagues_elsewhere_are_not_told(town: Town) -> None:
    assert near(town, 35, 35, town.actor(Role.GRID_WORKER, town.east)).keeper == ""


def test_place_outside_is_told_with_how_far(town: Town) -> None:
    spot = near(town, 900, 200)
    assert spot.building_id is None
    assert spot.outside_m == pytest.approx(500, rel=0.02)
    lon, lat = at(900, 200)
    with pytest.raises(errors.FaultyRecord) as refused:
        tagged(town, town.actor(), geom=f"{lon},{lat}")
    assert [one.problem for one in refused.value.refusals] == ["outside"]


def test_what_waited_for_the_line_was_reported_when_it_was_written(town: Town) -> None:
    actor = town.actor(Role.GRID_WORKER, town.east)  # passing by, in somebody else's grid
    issue = tagged(town, actor, accuracy_m=12.0, ago=dt.timedelta(hours=3))
    assert issue.reported_at == NOW - dt.timedelta(hours=3)
    assert (issue.position_accuracy_m, issue.building_id, issue.grid_id) == (12.0, town.buildings[0], town.west)
    again = tagged(town, actor, accuracy_m=12.0, ago=dt.timedelta(hours=4))
    assert (again.id, again.reported_at) == (issue.id, issue.reported_at)
    odd = tagged(town, actor, client_id="device-odd", ago=dt.timedelta(days=-3), accuracy_m=float("nan"))
    assert (odd.reported_at, odd.position_accuracy_m) == (NOW, None)
    old = tagged(town, actor, client_id="device-old", ago=dt.timedelta(days=4000))
    assert old.reported_at == NOW - issue_tagging.LONGEST_AGO


@pytest.mark.parametrize(
    ("given", "problem"),
    [
        ({"text": " \n\u3000"}, "required"),
        ({"text": "\u202e\u200f\u2066"}, "required"),
        ({"text": "长" * 10_000}, "long"),
        ({"category": "given_up"}, "not_offered"),
        ({"geom": ""}, "somewhere"),
        ({"building_id": 999_999}, "building_gone"),
    ],
)
def test_bad_input_is_refused_in_a_sentence(town: Town, given: dict[str, Any], problem: str) -> None:
    with pytest.raises(errors.FaultyRecord) as refused:
        tagged(town, town.actor(), **given)
    assert [one.problem for one in refused.value.refusals] == [problem]
    assert refused.value.sentence("zh")


def test_taken_back_while_nobody_has_touched_it(town: Town) -> None:
    actor, data = town.actor(Role.GRID_WORKER, town.east), town.data()
    issue = tagged(town, actor)
    other = town.actor(Role.GRID_WORKER, town.east)
    with pytest.raises(errors.Forbidden):
        issue_tagging.take_back(town.store, other, data, "device-12345", now=NOW)
    issue_tagging.take_back(town.store, actor, data, "device-12345", now=NOW)
    issue_tagging.take_back(town.store, actor, data, "device-12345", now=NOW)  # the answer was lost on its way
    with town.store.read() as session:
        assert session.get(model.Issue, issue.id) is None
    assert [entry.title for entry in recycle_bin.listed(town.store, town.actor(), data)] == [issue.code]


def test_not_taken_back_once_somebody_works_on_it_or_later(town: Town) -> None:
    actor, data = town.actor(), town.data()
    tagged(town, actor)
    with pytest.raises(errors.Conflict):
        issue_tagging.take_back(town.store, actor, data, "device-12345", now=NOW + dt.timedelta(minutes=11))
    base = records.read(town.store, actor, data, "issues", tagged(town, actor).id or 0)
    records.change(town.store, actor, data, base, {"state": "accepted"}, now=NOW)
    with pytest.raises(errors.Conflict, match="works on"):
        issue_tagging.take_back(town.store, actor, data, "device-12345", now=NOW)


def test_usual_categories_are_the_most_frequent_lately(town: Town) -> None:
    for n in range(2):
        tagged(town, town.actor(), client_id=f"device-usual-{n}")
    assert issue_tagging.usual(town.data(), since=NOW - dt.timedelta(days=1), most=5) == ["lighting", "noise"]
    assert issue_tagging.usual(town.data(), since=NOW + dt.timedelta(days=1), most=5) == []
