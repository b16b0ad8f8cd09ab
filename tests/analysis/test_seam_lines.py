"""Borders of areas lie along streets, paths and walls where one runs between the buildings, and still tile all."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from gridmap import crs
from gridmap.analysis import districting, districting_ground, tessellation
from gridmap.errors import InputError

EAST, NORTH = 500_000.0, 3_789_000.0
STREET, PATH, WALL = districting_ground.STREET, districting_ground.PATH, districting_ground.WALL


def at(*corners):
    return shapely.linestrings([(EAST + x, NORTH + y) for x, y in corners])


def ways(*drawn):
    return gpd.GeoDataFrame({"cost": [cost for cost, _ in drawn]}, geometry=[line for _, line in drawn], crs=4545)


def rows(gap_m=40.0):
    """Two rows of houses, the northern one 40 m beyond the southern, in two grids."""
    boxes = [shapely.box(EAST + x, NORTH + y, EAST + x + 30, NORTH + y + 10) for y in (0, 10 + gap_m)
             for x in range(0, 200, 50)]  # fmt: skip
    frame = gpd.GeoDataFrame(geometry=boxes, crs=4545)
    return frame, pd.Series([0] * 4 + [1] * 4), shapely.box(EAST - 20, NORTH - 20, EAST + 220, NORTH + 80)


def border(tiles, area):
    shapes = tiles.geometry.to_numpy()
    return shapely.union_all(shapely.boundary(shapes)).difference(area.boundary.buffer(0.01))


@pytest.mark.parametrize("y", [14.0, 22.0, 44.0])
def test_a_border_lies_in_the_street_and_not_half_way_between_the_houses(y, tiles_exactly):
    frame, label, area = rows()
    street = at((-40, y), (240, y))
    tiles = tessellation.tile(frame, label, area, ways((STREET, street)))
    tiles_exactly(tiles, frame, label, area)
    assert border(tiles, area).hausdorff_distance(street.intersection(area)) < 0.02
    halfway = border(tessellation.tile(frame, label, area), area)
    assert halfway.hausdorff_distance(at((-20, 30), (220, 30))) < 2


def test_a_street_is_taken_before_a_wall_and_a_wall_before_a_path(tiles_exactly):
    frame, label, area = rows()
    lines = [(cost, at((-40, y), (240, y))) for cost, y in ((PATH, 34.0), (WALL, 20.0), (STREET, 16.0))]
    for first in (0, 1):
        tiles = tessellation.tile(frame, label, area, ways(*lines[: first + 2]))
        tiles_exactly(tiles, frame, label, area)
        assert border(tiles, area).hausdorff_distance(lines[first + 1][1].intersection(area)) < 0.02


def test_a_street_that_ends_is_followed_as_far_as_it_goes(tiles_exactly):
    frame, label, area = rows()
    tiles = tessellation.tile(frame, label, area, ways((STREET, at((-40, 22), (100, 22)))))
    tiles_exactly(tiles, frame, label, area)
    on = border(tiles, area).intersection(at((-20, 22), (100, 22)).buffer(0.02))
    assert on.length > 115


def test_no_line_leads_through_a_house_or_away_from_the_grids(tiles_exactly):
    frame, label, area = rows()
    # One runs through the houses of the south, one round the whole community: neither is between the two grids.
    through = at((-40, 5), (240, 5))
    ring = shapely.boundary(shapely.box(EAST - 10, NORTH - 10, EAST + 210, NORTH + 70))
    tiles = tessellation.tile(frame, label, area, ways((STREET, through), (STREET, ring)))
    tiles_exactly(tiles, frame, label, area)
    assert not shapely.intersects(border(tiles, area), frame.geometry.to_numpy()).any()
    assert border(tiles, area).hausdorff_distance(at((-20, 30), (220, 30))) < 12


def test_grids_that_meet_at_a_crossing_stay_in_one_piece(tiles_exactly):
    # One grid is south-west and north-east of a crossing: both streets together would cut it in two.
    corners = ((-24, -24), (6, 6), (-70, 50), (50, -70))
    boxes = [shapely.box(EAST + x, NORTH + y, EAST + x + 18, NORTH + y + 18) for x, y in corners]
    frame, label = gpd.GeoDataFrame(geometry=boxes, crs=4545), pd.Series([0, 0, 1, 2])
    area = shapely.box(EAST - 90, NORTH - 80, EAST + 90, NORTH + 90)
    lines = ways((STREET, at((0, -100), (0, 100))), (STREET, at((-100, 0), (100, 0))))
    tiles = tessellation.tile(frame, label, area, lines)
    tiles_exactly(tiles, frame, label, area)
    assert [len(shape.geoms) for shape in tiles.geometry] == [1, 1, 1]
    along = border(tiles, area).intersection(shapely.union_all(lines.geometry.to_numpy()).buffer(0.02))
    assert along.length > 150


def test_lines_in_degrees_or_without_a_cost_are_seen_to():
    frame, label, area = rows()
    lines = ways((STREET, at((-40, 22), (240, 22))))
    with pytest.raises(InputError, match="cost"):
        tessellation.tile(frame, label, area, lines[["geometry"]])
    assert tessellation.tile(frame, label, area, lines.iloc[:0]).area.tolist() == pytest.approx([12_000] * 2, rel=0.02)


crossing = st.tuples(
    st.sampled_from([STREET, PATH, WALL]), st.lists(st.tuples(*[st.integers(-30, 330)] * 2), min_size=2, max_size=5)
)


@settings(max_examples=8, deadline=None)
@given(st.lists(crossing, max_size=7), st.integers(2, 4), st.integers(0, 50))
def test_any_lines_leave_a_tiling_in_one_piece(slabs, tiles_exactly, drawn, k, seed):
    frame = slabs(5, 5, seed)
    area = tessellation.outline(frame)
    label = districting.partition(frame, k, load=None, seed=seed)
    lines = ways(*[(cost, at(*corners)) for cost, corners in drawn])
    tiles = tessellation.tile(frame, label, area, lines)
    tiles_exactly(tiles, frame, label, area)
    assert [len(shape.geoms) for shape in tiles.geometry] == [1] * k


def test_borders_of_real_streets(shared_data, tiles_exactly):
    frame = crs.to_metric(gpd.read_file(shared_data / "liechtenstein_osm.gpkg", layer="buildings"))
    streets = gpd.read_file(shared_data / "liechtenstein_osm.gpkg", layer="ways").to_crs(frame.crs)
    streets = streets[streets["highway"].isin(["residential", "tertiary", "secondary", "primary", "unclassified"])]
    middle = frame.geometry.representative_point()
    frame = frame.loc[middle.distance(middle.iloc[1000]).nsmallest(250).index].reset_index(drop=True)
    area = tessellation.outline(frame)
    label = districting.partition(frame, 5, load=None)
    lines = ways(*[(STREET, line) for line in streets.geometry[streets.intersects(area)]]).set_crs(
        frame.crs, allow_override=True
    )
    tiles = tessellation.tile(frame, label, area, lines)
    tiles_exactly(tiles, frame, label, area)
    assert all(len(shape.geoms) == 1 for shape in tiles.geometry)
    along = [
        border(each, area).intersection(shapely.union_all(lines.geometry.to_numpy()).buffer(0.05)).length
        for each in (tiles, tessellation.tile(frame, label, area))
    ]
    assert along[0] > 10 * along[1]
    # No sliver: what is thinner than two metres is next to nothing.
    shapes = tiles.geometry.to_numpy()
    thick = shapely.buffer(shapely.buffer(shapes, -1), 1.05)
    assert np.all(shapely.area(shapely.difference(shapes, thick)) < 25)
