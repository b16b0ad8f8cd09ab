"""The ground plan: a neighbourhood that holds together, in metres."""

from __future__ import annotations

import itertools
from collections import Counter

import geopandas as gpd
import pandas as pd
import pytest
import shapely
from scipy.sparse import coo_matrix
from scipy.sparse.csgraph import connected_components

from gridmap import model
from gridmap.demo import DemoCommunity


@pytest.fixture(scope="module")
def houses(built, metric) -> gpd.GeoDataFrame:
    return metric(built.buildings)


@pytest.fixture(scope="module")
def walls(built, metric) -> gpd.GeoDataFrame:
    return metric(built.compounds)


@pytest.fixture(scope="module")
def paths(built, metric) -> gpd.GeoDataFrame:
    return metric(built.paths)


@pytest.fixture(scope="module")
def gates(built, metric) -> gpd.GeoDataFrame:
    return metric(built.gates)


def test_it_says_that_it_is_invented(built: DemoCommunity):
    assert built.community.synthetic
    assert built.community.name == "太白社区（模拟）"
    assert built.street.name == "大雁塔街道（模拟）"


def test_it_lies_where_it_should_and_is_about_a_square_kilometre(built, metric):
    boundary = metric([built.community])
    centre = gpd.GeoSeries([shapely.Point(108.92, 34.23)], crs=4326).to_crs(4545).iloc[0]
    west, south, east, north = boundary.total_bounds
    assert boundary.geom.iloc[0].contains(centre)
    assert 1000 <= east - west <= 1150
    assert 1000 <= north - south <= 1150
    assert 0.8e6 <= boundary.area.iloc[0] <= 1.1e6


def test_sixty_two_buildings_hold_2486_households(built: DemoCommunity):
    assert len(built.buildings) == 62
    assert sum(b.households for b in built.buildings) == 2486
    assert not any(b.households_estimated for b in built.buildings)


def test_the_five_compounds_are_of_the_kinds_asked_for(built: DemoCommunity):
    assert Counter(c.kind.value for c in built.compounds) == {"work_unit": 1, "old": 2, "commercial": 1, "village": 1}


def test_households_fit_the_floors_and_units(built: DemoCommunity):
    for b in built.buildings:
        if b.households:
            assert b.units
            assert b.floors
            assert 1 <= b.households / (b.units * b.floors) <= 4.2, b


def test_shops_and_public_buildings_house_nobody(built: DemoCommunity):
    for b in built.buildings:
        assert (b.households > 0) == (b.use is model.BuildingUse.RESIDENTIAL)


def test_numbers_run_from_one_in_each_compound(built: DemoCommunity):
    for compound in built.compounds:
        numbers = [b.number for b in built.buildings if b.compound_id == compound.id]
        assert numbers == [f"{i}号楼" for i in range(1, len(numbers) + 1)]


def test_all_shapes_are_valid_and_not_empty(built: DemoCommunity):
    for rows in built.tables():
        for row in rows:
            if hasattr(row, "geom"):
                assert row.geom.is_valid, row
                assert not row.geom.is_empty, row


def test_buildings_stand_apart(houses: gpd.GeoDataFrame):
    for a, b in itertools.combinations(houses.geom, 2):
        assert a.distance(b) > 0.2


def test_buildings_stand_inside_their_compound_and_off_its_wall(houses, walls):
    for house in houses.itertuples():
        for wall in walls.itertuples():
            if house.compound_id == wall.id:
                assert wall.geom.contains(house.geom)
                assert wall.geom.boundary.distance(house.geom) > 3
            else:
                assert wall.geom.distance(house.geom) > 3


def test_nothing_is_built_on_paths_water_or_squares(houses, paths, built, metric):
    clear = {"street": 8.0, "inner_road": 2.8, "footpath": 0.6}
    for path in paths.itertuples():
        assert houses.distance(path.geom).min() > clear[path.kind], path.name
    for ground in metric(built.grounds).geom:
        assert houses.intersection(ground).area.max() < 1e-3


def test_ground_does_not_overlap(built, metric):
    grounds = list(metric(built.grounds).geom)
    for a, b in itertools.combinations(grounds, 2):
        assert a.intersection(b).area < 0.5


def test_slabs_face_south_with_light_between_the_rows(houses, walls):
    old = walls[walls.kind.isin([model.CompoundKind.OLD, model.CompoundKind.WORK_UNIT])]
    for compound in old.index:
        slabs = houses[(houses.compound_id == compound) & (houses.households > 0)]
        for a, b in itertools.combinations(slabs.itertuples(), 2):
            ax0, ay0, ax1, ay1 = a.geom.bounds
            bx0, by0, bx1, _ = b.geom.bounds
            assert ax1 - ax0 > 2 * (ay1 - ay0)
            if min(ax1, bx1) - max(ax0, bx0) > 20:
                south = a if ay0 < by0 else b
                assert a.geom.distance(b.geom) >= 1.1 * 3.0 * south.floors


def test_compounds_have_two_to_four_gates_on_their_walls(gates, walls):
    for wall in walls.itertuples():
        own = gates[gates.compound_id == wall.id]
        assert 2 <= len(own) <= 4
        assert own.distance(wall.geom.boundary).max() < 0.001
        assert own.vehicles.any()
        assert own.pedestrians.all()
    assert (gates.open_hours != "").any()
    assert (gates.open_hours == "").any()


def test_paths_cross_walls_at_gates_only(paths, walls, gates):
    for wall in walls.itertuples():
        own = gates[gates.compound_id == wall.id]
        used = set()
        for path in paths.geom:
            crossings = shapely.get_parts(path.intersection(wall.geom.boundary))
            for crossing in crossings[~shapely.is_empty(crossings)]:
                gaps = own.distance(crossing)
                assert gaps.min() < 0.5
                used.add(gaps.idxmin())
        assert used == set(own.index)


def test_paths_join_to_one_network_by_common_vertices(built: DemoCommunity):
    number: dict[tuple[float, float], int] = {}
    links = [
        (number.setdefault(a, len(number)), number.setdefault(b, len(number)))
        for path in built.paths
        for a, b in itertools.pairwise(path.geom.coords)
    ]
    rows, columns = zip(*links, strict=True)
    graph = coo_matrix(([1] * len(links), (rows, columns)), shape=(len(number),) * 2)
    assert connected_components(graph, directed=False)[0] == 1


def test_a_path_leads_to_every_building_on_its_own_side_of_the_wall(houses, paths, walls):
    for house in houses.itertuples():
        near = paths.geom
        if pd.notna(house.compound_id):
            near = paths.geom.intersection(walls.geom[house.compound_id])
        assert near.distance(house.geom).min() < 12.5


def test_five_grids_in_five_colours_tile_the_community(built, metric):
    grids, boundary = metric(built.grids), metric([built.community]).geom.iloc[0]
    assert [(g.colour, g.letter) for g in built.grids] == [
        ("red", "A"),
        ("yellow", "B"),
        ("blue", "C"),
        ("green", "D"),
        ("purple", "E"),
    ]
    assert len({g.code for g in built.grids}) == 5
    assert grids.union_all().symmetric_difference(boundary).area < 1
    for a, b in itertools.combinations(grids.geom, 2):
        assert a.intersection(b).area < 0.2
    assert all(len(g.geom.geoms) == 1 for g in built.grids)


def test_every_building_is_in_one_grid_which_holds_it(built, houses, metric):
    grids = metric(built.grids)
    assert sorted(m.building_id for m in built.grid_buildings) == sorted(houses.index)
    for member in built.grid_buildings:
        assert grids.geom[member.grid_id].contains(houses.geom[member.building_id])


def test_grids_are_alike_in_households(built, houses):
    loads = Counter()
    for member in built.grid_buildings:
        loads[member.grid_id] += houses.households[member.building_id]
    mean = sum(loads.values()) / 5
    assert all(abs(load - mean) <= 0.15 * mean for load in loads.values())


def test_grid_edges_cut_no_building_and_follow_streets_or_a_compounds_axis(built, metric, paths):
    lines = paths[paths.kind.isin([model.PathKind.STREET, model.PathKind.INNER_ROAD])].union_all().buffer(0.5)
    for edge in metric(built.grids).boundary:
        assert edge.difference(lines).length < 1


def test_stations_leave_some_buildings_out_of_reach(built, houses, metric):
    points = metric(built.service_points)
    stations = points[points.kind == "station"]
    assert len(stations) == 3
    gaps = [min(house.distance(station) for station in stations.geom) for house in houses.geom]
    assert 8 <= sum(gap > 500 for gap in gaps) <= 14
