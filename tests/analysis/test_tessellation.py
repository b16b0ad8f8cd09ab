import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from gridmap import crs
from gridmap.analysis import districting, tessellation
from gridmap.errors import InputError

EAST, NORTH = 500_000.0, 3_789_000.0


def town(*boxes):
    shapes = [shapely.box(EAST + w, NORTH + s, EAST + e, NORTH + n) for w, s, e, n in boxes]
    return gpd.GeoDataFrame(geometry=shapes, crs=4545)


def ground(w, s, e, n):
    return shapely.box(EAST + w, NORTH + s, EAST + e, NORTH + n)


def test_two_houses_meet_half_way(tiles_exactly):
    frame = town((0, 0, 10, 10), (30, 0, 40, 10))
    area = ground(-10, -10, 50, 20)
    label = pd.Series(["east", "west"][::-1])
    tiles = tessellation.tile(frame, label, area)
    tiles_exactly(tiles, frame, label, area)
    assert list(tiles.index) == ["east", "west"]
    assert tiles.crs == frame.crs
    assert tiles.geometry["west"].bounds[2] == pytest.approx(EAST + 20, abs=0.1)
    assert tiles.area.tolist() == pytest.approx([900, 900], rel=0.01)


def test_one_label_has_it_all(tiles_exactly):
    frame, area = town((0, 0, 10, 10)), ground(-10, -10, 50, 20)
    tiles = tessellation.tile(frame, pd.Series([3]), area)
    tiles_exactly(tiles, frame, pd.Series([3]), area)
    assert tiles.geometry.iloc[0].geom_type == "MultiPolygon"


@pytest.mark.parametrize(
    "boxes",
    [
        [(0, 0, 20, 10), (20, 0, 40, 10), (0, 10, 40, 20)],  # wall to wall
        [(0, 0, 20, 10), (10, 5, 40, 15)],  # overlapping
        [(0, 0, 60, 60), (5, 5, 15, 15)],  # a tower on a corner of its podium
        [(0, 0, 0.2, 30), (10, 0, 10.2, 30)],  # thinner than they are drawn in
    ],
)
def test_touching_and_overlapping_footprints(boxes, tiles_exactly):
    frame, area = town(*boxes), ground(-30, -30, 90, 90)
    label = pd.Series(range(len(boxes)))
    tiles_exactly(tessellation.tile(frame, label, area), frame, label, area)


def test_footprints_on_one_another_in_two_grids_are_refused():
    frame = town((0, 0, 20, 10), (0, 0, 20, 10), (50, 0, 70, 10))
    with pytest.raises(InputError, match=r"lies on others.*: 0"):
        tessellation.tile(frame, pd.Series(["a", "b", "a"]), ground(-10, -10, 80, 20))


def test_a_house_in_a_courtyard_has_an_island(tiles_exactly):
    ring = shapely.difference(ground(0, 0, 60, 60), ground(10, 10, 50, 50))
    frame = gpd.GeoDataFrame(geometry=[ring, ground(25, 25, 35, 35)], crs=4545)
    area, label = ground(-20, -20, 80, 80), pd.Series([0, 1])
    tiles = tessellation.tile(frame, label, area)
    tiles_exactly(tiles, frame, label, area)
    assert len(tiles.geometry[0].geoms[0].interiors) == 1


def test_a_boundary_with_a_hole_and_a_bay(slabs, tiles_exactly):
    frame = slabs(10, 10)
    whole = tessellation.outline(frame)
    area = shapely.difference(whole, shapely.union(ground(200, 100, 300, 200), ground(400, -50, 430, 150)))
    label = districting.partition(frame, 4, boundary=area)
    tiles_exactly(tessellation.tile(frame, label, area), frame, label, area)


def test_a_building_outside_the_boundary_does_not_disturb(tiles_exactly):
    frame, area = town((0, 0, 10, 10), (30, 0, 40, 10), (500, 0, 510, 10)), ground(-10, -10, 50, 20)
    label = pd.Series([0, 1, 1])
    tiles_exactly(tessellation.tile(frame, label, area), frame, label, area)
    with pytest.raises(InputError, match="outside the boundary"):
        tessellation.tile(frame, pd.Series([0, 1, 2]), area)


def test_ground_without_buildings_goes_to_a_neighbour():
    # The bay at the top is nearest to the left house, but only the right one's ground leads there.
    frame = town((0, 0, 10, 10), (60, 0, 70, 10))
    area = shapely.union_all([ground(-5, -5, 75, 15), ground(60, 15, 75, 60), ground(-5, 40, 75, 60)])
    tiles = tessellation.tile(frame, pd.Series([0, 1]), area)
    assert [len(shape.geoms) for shape in tiles.geometry] == [1, 1]


def test_wrong_input_is_refused():
    frame, area = town((0, 0, 10, 10), (30, 0, 40, 10)), ground(-10, -10, 50, 20)
    with pytest.raises(InputError, match="1 building is in no grid"):
        tessellation.tile(frame, pd.Series([0, None]), area)
    with pytest.raises(InputError, match="no buildings"):
        tessellation.tile(frame.iloc[:0], pd.Series([], dtype=int), area)
    with pytest.raises(InputError, match="boundary"):
        tessellation.tile(frame, pd.Series([0, 1]), shapely.Polygon())
    with pytest.raises(InputError, match="degrees"):
        tessellation.tile(frame.to_crs(4326), pd.Series([0, 1]), area)


houses = st.lists(
    st.tuples(st.integers(0, 300), st.integers(0, 300), st.integers(3, 60), st.integers(3, 20)), min_size=2, max_size=14
)


@settings(max_examples=15, deadline=None)
@given(houses, st.integers(1, 4), st.integers(0, 5))
def test_any_town_is_tiled(tiles_exactly, drawn, k, seed):
    frame = town(*[(x, y, x + w, y + h) for x, y, w, h in drawn])
    # Footprints on one another cannot be told apart on the ground; their grid is that of the partition.
    area = tessellation.outline(frame)
    label = districting.partition(frame, min(k, len(_apart(frame))), load=None, seed=seed)
    tiles = tessellation.tile(frame, label, area)
    tiles_exactly(tiles, frame, label, area)
    assert all(len(shape.geoms) == 1 for shape in tiles.geometry)


def _apart(frame):
    inner = frame.geometry.representative_point()
    joined = gpd.GeoDataFrame(geometry=inner, crs=frame.crs).sjoin(frame, predicate="intersects")
    lone = joined.index.value_counts()
    clear = set(lone.index[lone == 1]) - set(joined.loc[joined.index != joined["index_right"], "index_right"])
    return clear or {0}


def test_the_tiling_holds_after_it_goes_to_wgs84(slabs):
    frame = slabs(16, 30)
    # Edges of 1 km: straight in degrees, and 1 cm off the straight line in metres.
    drawn = gpd.GeoDataFrame(geometry=gpd.GeoSeries([ground(-40, -40, 1000, 960)], crs=4545).to_crs(4326))
    area = crs.to_metric(crs.densified(drawn)).geometry.iloc[0]
    tiles = tessellation.tile(frame, districting.partition(frame, 5), area).to_crs(4326)
    shapes = tiles.geometry.to_numpy()
    assert shapely.coverage_is_valid(shapes)
    off = gpd.GeoSeries([shapely.union_all(shapes).symmetric_difference(drawn.geometry.iloc[0])], crs=4326)
    assert off.to_crs(4545).area.iloc[0] < 0.2
    one, other = np.triu_indices(5, 1)
    overlap = gpd.GeoSeries(shapely.intersection(shapes[one], shapes[other]), crs=4326).to_crs(4545)
    assert overlap.area.sum() < 1e-3


def test_real_slab_housing(suzhou, suzhou_in_five, tiles_exactly):
    area, label, tiles = suzhou_in_five
    tiles_exactly(tiles, suzhou, label, area)
    assert all(len(shape.geoms) == 1 for shape in tiles.geometry)
    # Of the footprints themselves next to nothing is cut off either.
    kept = shapely.intersection(suzhou.geometry.to_numpy(), tiles.geometry.loc[label].to_numpy())
    assert shapely.area(kept).sum() > 0.999 * suzhou.area.sum()


def test_grids_of_an_outline_fit_it_in_wgs84(suzhou, suzhou_in_five):
    area, _, tiles = suzhou_in_five
    community = gpd.GeoSeries([area], crs=suzhou.crs).to_crs(4326).iloc[0]
    together = tiles.to_crs(4326).union_all()
    off = gpd.GeoSeries([together.symmetric_difference(community)], crs=4326).to_crs(suzhou.crs)
    assert off.area.iloc[0] < 0.05


def test_the_outline_is_one_gentle_hull(suzhou):
    area = tessellation.outline(suzhou)
    assert len(area.geoms) == 1
    assert not area.geoms[0].interiors
    assert area.buffer(-14.9).covers(shapely.union_all(suzhou.geometry.to_numpy()))
    assert area.length < 1.3 * area.convex_hull.length
    assert area.area < area.convex_hull.area * 1.05


@settings(max_examples=40, deadline=None)
@given(st.lists(st.tuples(st.integers(-3000, 3000), st.integers(-3000, 3000)), min_size=1, max_size=12))
def test_any_outline_is_in_one_piece_and_holds_all(corners):
    frame = town(*[(x, y, x + 45, y + 12) for x, y in corners])
    area = tessellation.outline(frame)
    assert area.is_valid
    assert len(area.geoms) == 1
    assert area.covers(shapely.buffer(shapely.union_all(frame.geometry.to_numpy()), 14.9))


def test_no_buildings_have_no_outline():
    assert tessellation.outline(town()).is_empty
