"""Coverage on foot in the demo community, as services tell it."""

from __future__ import annotations

import dataclasses
import datetime as dt

import pytest
import shapely
from demo_town import town

from gridmap import settings
from gridmap.analysis import coverage, walking
from gridmap.services import coverage_table, overview, walking_data
from gridmap.services.community_settings import CommunitySettings

DEFAULTS = settings.defaults()
CHOSEN = CommunitySettings(
    radius_station_m=DEFAULTS["coverage"]["radius_m"]["station"],
    radius_other_m=DEFAULTS["coverage"]["radius_m"]["other"],
    radius_by_kind_m={},
    grids=5,
    **DEFAULTS["households"],
    **DEFAULTS["walking"],
    **DEFAULTS["premises"],
    **DEFAULTS["stations"],
)


def told(**more):
    return coverage_table.of_data(town(), CHOSEN, coverage_table.Question(kind="station", **more), "station")


def test_sixteen_buildings_look_covered_and_are_not():
    found, straight = told(), told(straight=True)
    assert (found.measure, straight.measure) == ("walking", "straight_line")
    gone = found.buildings[(found.buildings["state"] != "covered") & (straight.buildings["state"] == "covered")]
    assert found.only_straight == len(gone) == 16
    assert gone["households"].sum() == 803
    assert (found.buildings["walk_m"] + 0.06 >= found.buildings["straight_m"]).all()
    assert straight.only_straight == 0
    assert [remark.key for remark in found.remarks] == ["points_in_building"]


def test_without_the_walls_more_of_them_are_covered():
    data = town()
    at = data.buildings_m.crs
    frames = (data.compounds.to_crs(at), data.gates.to_crs(at), data.paths.to_crs(at))
    points = data.points_m[data.points_m["kind"] == "station"]
    homes = overview.dwellings(data).index
    walled = walking.build(data.buildings_m, *frames).nearest(points, limit_m=500)
    free = walking.build(data.buildings_m, frames[0].assign(walled=False), *frames[1:]).nearest(points, limit_m=500)
    assert (free.walk_m <= walled.walk_m + 0.15).all()
    by_the_wall = (free.state != walled.state).loc[homes]
    assert (walled.state.loc[homes][by_the_wall] == coverage.OUT_OF_REACH).all()
    assert by_the_wall.sum() > 0


def test_the_model_is_made_once():
    data = town()
    assert walking_data.model(data, walking.Costs()) is walking_data.model(data, walking.Costs())


def test_every_home_has_a_walk_and_the_line_of_it_keeps_to_gates():
    data = town()
    model = walking_data.model(data, walking.Costs())
    points = data.points_m[data.points_m["kind"] == "station"]
    found = model.nearest(points, limit_m=500)
    assert found.walk_m.notna().all()
    assert len(model.unreached) == 0
    assert model.islands() == ()
    compounds = data.compounds.to_crs(model.crs)
    gates = shapely.union_all(data.gates.to_crs(model.crs).geometry.to_numpy())
    for building in found.walk_m.nlargest(5).index:
        route = model.route(building, points)
        assert route.walk_m == pytest.approx(found.walk_m[building])
        assert route.point == found.point[building]
        for wall in compounds.boundary:
            crossed = shapely.get_parts(shapely.intersection(route.line, wall))
            away = [one for one in crossed if one.distance(gates) > 5.5]
            assert not away


def test_the_hour_closes_gates_and_points():
    day, night = told(hour=dt.time(12)), told(hour=dt.time(23, 50))
    assert day.points == 3
    assert night.points == 0
    assert night.points_closed == 3
    assert night.by_state["buildings"]["out_of_reach"] == 53


def test_with_room_for_few_some_are_told_that_it_is_full():
    data = town()
    small = dataclasses.replace(data, points=data.points.assign(capacity_households=300))
    asked = coverage_table.Question(kind="station", capacity=True)
    found = coverage_table.of_data(small, CHOSEN, asked, "station")
    households = found.by_state["households"]
    assert households["covered"] == 900
    assert households["full"] > 0
    assert sum(households.values()) == 2486
    assert households["out_of_reach"] == told().by_state["households"]["out_of_reach"]
    assert found.buildings["households_covered"].sum() == 900
    assert (found.buildings["state"] == "full").sum() == found.by_state["buildings"]["full"]


def test_minutes_are_metres_at_a_pace():
    ten = told(minutes=10, pace_m_min=60)
    assert ten.radius_m == 600
    assert ten.buildings["state"].equals(told(limit_m=600).buildings["state"])
    assert (ten.buildings["minutes"] - ten.buildings["walk_m"] / 60).abs().max() < 0.06


def test_pairs_say_the_same_as_the_nearest():
    data = town()
    homes = overview.dwellings(data)
    points = data.points_m[data.points_m["kind"] == "station"]
    for straight in (True, False):
        near = walking_data.pairs(data, walking.Costs(), homes.index, points, 500, straight=straight)
        rows = told(straight=straight).buildings["state"] == "covered"
        assert set(near.demand.tolist()) == set(rows.to_numpy().nonzero()[0].tolist())
