"""Why a building is not covered, and what would mend it, with numbers that hold."""

from __future__ import annotations

import dataclasses
import datetime as dt

import geopandas as gpd
import pytest
import shapely
from demo_town import town
from test_walking_data import CHOSEN, told

from gridmap import crs, errors
from gridmap.analysis import walking
from gridmap.services import coverage_table, coverage_why, walking_data
from gridmap.services.community_data import CommunityData
from gridmap.services.coverage_table import CoverageTable, Question


def answers(data: CommunityData, found: CoverageTable, state: str) -> list[coverage_why.Why]:
    return [coverage_why.of(data, found, int(one)) for one in found.buildings.index[found.buildings["state"] == state]]


def test_a_gap_behind_a_wall_names_the_wall_and_what_would_mend_it():
    found = told()
    gap = found.buildings[(found.buildings["compound"] == "桃溪雅苑") & (found.buildings["building"] == "2号楼")]
    why = coverage_why.of(town(), found, int(gap.index[0]))
    assert (why.reason, why.wall) == ("wall", "桃溪雅苑")
    assert not why.route.is_empty
    assert why.straight_m <= found.radius_m < why.walk_m
    assert [mend.key for mend in why.mends] == ["gate", "point"]
    assert why.mends[0].fields["wall"] == "桃溪雅苑"


def test_the_gate_that_is_proposed_does_what_is_said():
    """The model is built anew with it: the way it promises is there."""
    data, found = town(), told()
    proposed = [(why, mend) for why in answers(data, found, "out_of_reach") for mend in why.mends if mend.key == "gate"]
    assert proposed
    why, mend = proposed[0]
    at = data.buildings_m.crs
    line = gpd.GeoSeries([mend.line], crs=crs.WGS84).to_crs(at).iloc[0]
    compounds = data.compounds.to_crs(at)
    ring = compounds.geometry[compounds["name"] == mend.fields["wall"]].iloc[0].boundary
    gate = gpd.GeoDataFrame(
        {"pedestrians": [True], "open_hours": "", "name": "", "compound_id": None},
        geometry=[ring.intersection(line)], index=[9999], crs=at,
    ).rename_geometry("geom")  # fmt: skip
    path = gpd.GeoDataFrame({"kind": ["footpath"], "name": ""}, geometry=[line], index=[9999], crs=at)
    gates = gpd.GeoDataFrame(gpd.pd.concat([data.gates.to_crs(at), gate]), geometry="geom", crs=at)
    paths = gpd.GeoDataFrame(
        gpd.pd.concat([data.paths.to_crs(at), path.rename_geometry("geom")]), geometry="geom", crs=at
    )
    model = walking.build(data.buildings_m, compounds, gates, paths)
    points = data.points_m[data.points_m["kind"] == "station"]
    assert model.nearest(points, limit_m=500).walk_m[why.building] <= mend.fields["walk"] + 1


def test_a_point_at_the_building_covers_as_many_as_is_said():
    data, found = town(), told()
    why = answers(data, found, "out_of_reach")[-1]
    place = data.buildings.geometry[why.building].representative_point()
    then = told(trials=((place.x, place.y),))
    gained = then.by_state["households"]["covered"] - found.by_state["households"]["covered"]
    assert why.mends[-1].key == "point"
    assert why.mends[-1].fields["n"] == gained > 0


def test_what_is_closed_at_the_hour_is_named():
    data = town()
    shut = dataclasses.replace(data, gates=data.gates.assign(open_hours="06:00-11:00"))
    asked = Question(kind="station", limit_m=800, hour=dt.time(12))
    found = coverage_table.of_data(shut, CHOSEN, asked, "station")
    behind = [why for why in answers(shut, found, "out_of_reach") if why.reason == "closed"]
    assert behind
    assert {mend.key for why in behind for mend in why.mends} == {"gate_hours"}
    said = " ".join(mend.sentence("zh") for why in behind for mend in why.mends)
    assert "12:00 时把“桃溪雅苑" in said
    assert "06:00-11:00" in said
    late = told(hour=dt.time(22), straight=True)
    closed = [why for why in answers(data, late, "out_of_reach") if why.reason == "closed"]
    assert {mend.key for why in closed for mend in why.mends} == {"point_hours"}


def test_a_full_station_says_how_much_room_is_lacking():
    data = town()
    small = dataclasses.replace(data, points=data.points.assign(capacity_households=300))
    found = coverage_table.of_data(small, CHOSEN, Question(kind="station", capacity=True), "station")
    for why in answers(small, found, "full")[:3]:
        (mend,) = why.mends
        row = found.buildings.loc[why.building]
        assert mend.fields["n"] == row["households"] - row["households_covered"] > 0
        assert mend.fields["total"] == found.by_state["households"]["full"]
        assert "300 户，已满" in mend.sentence("zh")


def test_a_building_whose_way_leads_nowhere_says_so():
    data = town()
    row = data.buildings.loc[[data.buildings.index[0]]]
    far = row.assign(geom=row.geometry.translate(0.02, 0), compound_id=None).set_axis([9999])
    lane = (
        data.paths.iloc[[0]]
        .assign(geom=shapely.LineString(shapely.box(*far.total_bounds).buffer(2e-4).exterior.coords))
        .set_axis([9999])
    )
    more = {"buildings": gpd.pd.concat([data.buildings, far]), "paths": gpd.pd.concat([data.paths, lane])}
    apart = dataclasses.replace(data, **more)
    found = coverage_table.of_data(apart, CHOSEN, Question(kind="station"), "station")
    why = coverage_why.of(apart, found, 9999)
    assert (why.reason, [mend.key for mend in why.mends]) == ("no_way", ["point"])
    assert why.mends[0].fields["n"] == why.households
    (island,) = walking_data.model(apart, walking.Costs()).islands()
    assert island.buildings == (9999,)
    assert not island.wall
    assert island.gap_m > 500


def test_without_any_point_it_says_what_one_would_cover():
    data = town()
    none = dataclasses.replace(data, points=data.points.iloc[:0])
    for straight in (True, False):
        found = coverage_table.of_data(none, CHOSEN, Question(kind="station", straight=straight), "station")
        why = coverage_why.of(none, found, int(found.buildings.index[0]))
        assert (why.reason, [mend.key for mend in why.mends]) == ("no_point", ["point"])
        assert why.mends[0].fields["n"] >= why.households > 0


def test_the_walls_add_up_to_those_who_look_covered():
    data, found = town(), told()
    walls = coverage_why.walls(data, found)
    assert sum(n for _, n, _ in walls) == found.only_straight == found.buildings["looks_covered"].sum() == 16
    assert {name for name, _, _ in walls} == {"桃溪雅苑", "柿庄新村"}
    assert [households for _, _, households in walls] == sorted((one[2] for one in walls), reverse=True)
    assert coverage_why.walls(data, told(straight=True)) == ()


def test_nobody_asks_about_a_building_that_is_not_there():
    with pytest.raises(errors.NotFound):
        coverage_why.of(town(), told(), -7)
