"""A plan is kept, compared with today, adopted in one act, and taken back."""

from __future__ import annotations

import io
from collections.abc import Iterator

import pandas as pd
import prepared
import pytest
import record_town
import shapely
from record_town import DAY, NOW, Town

from gridmap import errors, model
from gridmap.model import Role
from gridmap.services import community_settings, recycle_bin, scenario_comparison, scenarios, siting_plan
from gridmap.services.siting_places import Candidate
from gridmap.store import open_store


@pytest.fixture
def town(tmp_path) -> Iterator[Town]:
    store = open_store(str(prepared.empty(tmp_path / "s.gpkg")))
    yield record_town.build(store)
    store.close()


@pytest.fixture(params=["geopackage", pytest.param("postgis", marks=pytest.mark.postgis)])
def each_town(request: pytest.FixtureRequest, tmp_path) -> Iterator[Town]:
    address = (
        request.getfixturevalue("postgis_database")(with_tables=True)
        if request.param == "postgis"
        else str(tmp_path / "s.gpkg")
    )
    store = open_store(address)
    yield record_town.build(store)
    store.close()


def wish(**more) -> siting_plan.Wish:
    return siting_plan.Wish(**{"kind": "station", "add": 1, "walk_m": 60.0, "straight": True} | more)


def kept(town: Town, name: str = "多一个站", **more) -> scenarios.Scenario:
    asked = wish(**more)
    made = siting_plan.plan(town.store, town.data().community, asked, today=DAY)
    return scenarios.save(town.store, town.actor(), town.data(), made, asked, name, now=NOW)


def compare(town: Town, made: scenarios.Scenario) -> scenario_comparison.Comparison:
    return scenario_comparison.compare(town.data(), community_settings.of(town.store, town.community), made)


def points(town: Town) -> pd.DataFrame:
    return town.store.frame(model.ServicePoint, town.community)


def audited(town: Town) -> list[str]:
    with town.store.read() as session:
        return [entry.action for entry in session.query(model.AuditEntry).order_by(model.AuditEntry.id)]


def test_it_is_kept_under_its_name_and_compared_with_today(town):
    made = kept(town)
    assert scenarios.listed(town.store, town.actor(), town.data()) == [made]
    assert scenarios.read(town.store, town.actor(), town.data(), made.number) == made
    told = compare(town, made)
    assert told.then.covered - told.today.covered == sum(made.gains) > 0
    assert told.then.covered == made.value
    assert told.grids["gained"].sum() == told.compounds["gained"].sum() == sum(made.gains)
    assert (told.buildings["covered_then"] >= told.buildings["covered_today"]).all()
    assert told.grids["households"].sum() == told.today.households


def test_it_is_adopted_in_one_act_and_taken_back(each_town):
    town = each_town
    made = kept(town)
    before = points(town)
    adopted = scenarios.adopt(
        town.store, town.actor(), town.data(), made.number, now=NOW, names={made.places[0].id: "新站"}
    )
    after = points(town)
    new = after.loc[list(adopted.added)]
    assert len(after) == len(before) + 1
    assert list(new["name"]) == ["新站"]
    assert list(new["kind"]) == ["station"]
    assert new["building_id"].iloc[0] == made.places[0].building_id
    # The points that it has added are not taken for today's.
    assert compare(town, adopted).then.covered == made.value
    with pytest.raises(errors.InputError):
        scenarios.adopt(town.store, town.actor(), town.data(), made.number, now=NOW)
    back = scenarios.withdraw(town.store, town.actor(), town.data(), made.number, now=NOW)
    assert back == made
    assert list(points(town).index) == list(before.index)
    assert [entry.title for entry in recycle_bin.listed(town.store, town.actor(), town.data())] == ["新站"]
    told = audited(town)
    for action in ("scenario_saved", "scenario_adopted", "record_added", "scenario_withdrawn", "record_deleted"):
        assert action in told


def test_a_point_that_moves_comes_back_from_the_bin(town):
    with town.store.write() as session:
        session.get_one(model.ServicePoint, town.point).kind = "station"
    spot = Candidate(
        id="spot", name="中间", lon=record_town.at(200, 200)[0], lat=record_town.at(200, 200)[1], source="spot"
    )
    made = kept(town, add=0, existing="movable", candidates=(spot,), walk_m=5000.0, objective="pmedian")
    assert made.closed == (town.point,)
    scenarios.adopt(town.store, town.actor(), town.data(), made.number, now=NOW)
    assert town.point not in points(town).index
    scenarios.withdraw(town.store, town.actor(), town.data(), made.number, now=NOW)
    assert town.point in points(town).index


def test_it_is_told_what_has_changed_since_it_was_kept(town):
    made = kept(town)

    def told() -> list[str]:
        return scenario_comparison.changed(town.data(), made, compare(town, made), "en")

    assert told() == []
    lon, lat = record_town.at(10, 10)
    with town.store.write() as session:
        session.add(
            model.ServicePoint(community_id=town.community, kind="station", name="东站", geom=shapely.Point(lon, lat))
        )
        first = session.query(model.Building).order_by(model.Building.id).first()
        first.households += 7
    said = " ".join(told())
    assert "1 point of this kind was added: 东站" in said
    assert "now there are" in said
    # Its own points are no news once it is adopted.
    adopted = scenarios.adopt(town.store, town.actor(), town.data(), made.number, now=NOW)
    since = scenario_comparison.changed(town.data(), adopted, compare(town, adopted), "en")
    assert [line for line in since if "added" in line] == ["Since then 1 point of this kind was added: 东站."]


def test_two_scenarios_are_set_against_each_other(town):
    one, two = kept(town, "一个站"), kept(town, "三个站", add=3)
    data, chosen = town.data(), community_settings.of(town.store, town.community)
    both = scenario_comparison.compare(data, chosen, two, one)
    assert both.today.covered == compare(town, one).then.covered
    assert both.then.covered == compare(town, two).then.covered
    assert len(both.sides[0].places) == len(one.places) < len(both.sides[1].places)
    sheets = pd.read_excel(
        io.BytesIO(scenario_comparison.excel(both, "甲", "乙", "比较", "", "zh")), sheet_name=None, engine="calamine"
    )
    assert len(sheets) == 4


def test_names_are_needed_and_each_is_there_once(town):
    asked = wish()
    made = siting_plan.plan(town.store, town.data().community, asked, today=DAY)
    by, data = town.actor(), town.data()
    scenarios.save(town.store, by, data, made, asked, "多一个站", now=NOW)
    for name in ("", "  ", "长" * 101, " 多一个站 "):
        with pytest.raises(errors.InputError) as refused:
            scenarios.save(town.store, by, data, made, asked, name, now=NOW)
        assert refused.value.sentence("zh")


def test_who_may_not_change_points_may_neither_keep_nor_adopt(town):
    made = kept(town)
    for role in (Role.VIEWER, Role.STREET_LEADER):
        with pytest.raises(errors.Forbidden):
            scenarios.adopt(town.store, town.actor(role), town.data(), made.number, now=NOW)
        with pytest.raises(errors.Forbidden):
            scenarios.delete(town.store, town.actor(role), town.data(), made.number, now=NOW)
    assert not audited(town).count("scenario_adopted")


def test_a_worker_adopts_nothing_in_another_grid_and_nothing_of_it_is_kept(town):
    made = kept(town)
    grids = town.data().buildings["grid_id"]
    there = grids.loc[made.places[0].building_id]
    other = town.east if there == town.west else town.west
    before = len(points(town))
    with pytest.raises(errors.Forbidden):
        scenarios.adopt(town.store, town.actor(Role.GRID_WORKER, other), town.data(), made.number, now=NOW)
    assert len(points(town)) == before


def test_it_is_dropped_and_then_nowhere(town):
    made = kept(town)
    scenarios.delete(town.store, town.actor(), town.data(), made.number, now=NOW)
    assert scenarios.listed(town.store, town.actor(), town.data()) == []
    with pytest.raises(errors.NotFound):
        scenarios.adopt(town.store, town.actor(), town.data(), made.number, now=NOW)
