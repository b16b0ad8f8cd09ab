import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st

from gridmap.analysis import coverage
from gridmap.errors import InputError

CRS = 4545
X, Y = 500_000.0, 3_789_000.0


def buildings(*boxes, households=None, index=None):
    shapes = [shapely.box(X + w, Y + s, X + e, Y + n) for w, s, e, n in boxes]
    columns = {"households": households if households is not None else [10] * len(shapes)}
    return gpd.GeoDataFrame(columns, geometry=shapes, crs=CRS, index=index)


def points(*places, index=None, kind="station"):
    shapes = [shapely.Point(X + p[0], Y + p[1]) if len(p) else shapely.Point() for p in places]
    return gpd.GeoDataFrame({"kind": [kind] * len(shapes)}, geometry=shapes, crs=CRS, index=index)


HOUSE = (0, 0, 40, 12)


@pytest.mark.parametrize(
    ("east", "state"),
    [
        (500.0, "covered"),
        (500.0009, "covered"),
        (500.0011, "out_of_reach"),
        (499.0, "covered"),
        (501.0, "out_of_reach"),
    ],
)
def test_exactly_on_the_radius_is_covered(east, state):
    found = coverage.straight_line(buildings(HOUSE), points((40 + east, 6)), 500)
    assert list(found.state) == [state]
    assert found.distance_m.iloc[0] == pytest.approx(east, abs=1e-6)


@pytest.mark.parametrize("place", [(20, 6), (0, 0), (40, 6)])
def test_a_point_inside_or_on_the_wall_is_0_m_away(place):
    found = coverage.straight_line(buildings(HOUSE), points(place), 0)
    assert list(found.state) == ["covered"]
    assert found.distance_m.iloc[0] == 0


def test_the_distance_is_to_the_nearest_part_not_to_the_middle():
    found = coverage.straight_line(buildings((0, 0, 600, 12)), points((-100, 6)), 100)
    assert list(found.state) == ["covered"]
    assert found.distance_m.iloc[0] == pytest.approx(100)


def test_a_courtyard_is_not_inside():
    ring = shapely.difference(shapely.box(X, Y, X + 60, Y + 60), shapely.box(X + 10, Y + 10, X + 50, Y + 50))
    frame = gpd.GeoDataFrame(geometry=[ring], crs=CRS)
    assert coverage.straight_line(frame, points((30, 30)), 5).distance_m.iloc[0] == pytest.approx(20)


def test_of_equally_near_points_the_lower_id_counts():
    found = coverage.straight_line(buildings(HOUSE), points((50, 6), (-10, 6), (50, 6), index=[9, 4, 3]), 100)
    assert list(found.point) == [3]


def test_the_nearest_point_is_named_out_of_reach_too():
    found = coverage.straight_line(buildings(HOUSE, index=[77]), points((1000, 6), index=[5]), 100)
    assert found.point.loc[77] == 5
    assert found.state.loc[77] == coverage.OUT_OF_REACH


def test_points_without_a_place_are_ignored():
    found = coverage.straight_line(buildings(HOUSE), points((), (60, 6), index=[1, 2]), 100)
    assert list(found.point) == [2]


@pytest.mark.parametrize("none", [points(), points((), ())])
def test_without_points_everybody_is_out_of_reach(none):
    found = coverage.straight_line(buildings(HOUSE, HOUSE), none, 500)
    assert list(found.state) == ["out_of_reach"] * 2
    assert found.distance_m.isna().all()
    assert found.point.isna().all()
    assert found.summary().ratio == 0


def test_without_buildings_the_answer_is_empty():
    found = coverage.straight_line(buildings(), points((0, 0)), 500)
    assert len(found.state) == 0
    assert found.summary() == coverage.Figures(0, 0, 0, 0, 0, 0)
    assert found.summary().ratio is None


def test_a_building_without_a_footprint_is_out_of_reach():
    frame = buildings(HOUSE, HOUSE)
    frame.loc[1, "geometry"] = shapely.MultiPolygon()
    found = coverage.straight_line(frame, points((0, 0)), 500)
    assert list(found.state) == ["covered", "out_of_reach"]
    assert coverage.nearest(frame, points((0, 0)))["building"].tolist() == [0]


def test_the_summary_counts_buildings_and_households():
    frame = buildings(HOUSE, (2000, 0, 2040, 12), (10, 50, 50, 62), households=[24, 36, None])
    figures = coverage.straight_line(frame, points((0, 0)), 100).summary()
    assert (figures.buildings, figures.buildings_covered, figures.buildings_out_of_reach) == (3, 2, 1)
    assert (figures.households, figures.households_covered, figures.households_out_of_reach) == (60, 24, 36)
    assert figures.ratio == pytest.approx(0.4)


def test_the_ratio_is_of_buildings_where_no_household_is_known():
    frame = buildings(HOUSE, (2000, 0, 2040, 12)).drop(columns="households")
    assert coverage.straight_line(frame, points((0, 0)), 100).summary().ratio == 0.5


def test_a_result_that_contradicts_itself_cannot_be_made():
    good = coverage.straight_line(buildings(HOUSE), points((0, 0)), 100)
    for state in ("out_of_reach", "perhaps"):
        with pytest.raises(ValueError, match="coverage"):
            coverage.Coverage(100, pd.Series([state]), good.point, good.distance_m, good.households)
    with pytest.raises(ValueError, match="index"):
        coverage.Coverage(100, good.state.set_axis([5]), good.point, good.distance_m, good.households)


def test_wrong_input_is_refused():
    with pytest.raises(InputError, match="-5"):
        coverage.straight_line(buildings(HOUSE), points(), -5)
    with pytest.raises(InputError, match="0 m or more"):
        coverage.straight_line(buildings(HOUSE), points(), float("nan"))
    with pytest.raises(InputError, match="degrees"):
        coverage.straight_line(buildings(HOUSE).to_crs(4326), points(), 5)
    with pytest.raises(InputError, match="different coordinate"):
        coverage.straight_line(buildings(HOUSE), points((0, 0)).to_crs(32649), 5)
    with pytest.raises(InputError, match="Point where polygons"):
        coverage.straight_line(points((0, 0)), points((0, 0)), 5)


def test_each_kind_has_its_radius():
    both = pd.concat([points((400, 6), index=[1]), points((400, 6), index=[2], kind="dance")])
    found = coverage.by_kind(buildings(HOUSE), both, {"station": 500, "dance": 300, "music": 300})
    assert {kind: list(c.state) for kind, c in found.items()} == {
        "station": ["covered"],
        "dance": ["out_of_reach"],
        "music": ["out_of_reach"],
    }


def test_the_card_lists_the_nearest_of_each_kind():
    both = pd.concat([points((50, 6), (45, 6), (), index=[1, 2, 3]), points((400, 6), index=[4], kind="dance")])
    table = coverage.nearest(buildings(HOUSE, index=[70]), both)
    assert table.to_dict("records") == [
        {"building": 70, "kind": "station", "rank": 1, "point": 2, "distance_m": pytest.approx(5)},
        {"building": 70, "kind": "dance", "rank": 1, "point": 4, "distance_m": pytest.approx(360)},
    ]
    assert coverage.nearest(buildings(HOUSE), both, n=5)["point"].tolist() == [2, 1, 4]
    assert coverage.nearest(buildings(HOUSE), points()).empty


place = st.tuples(st.integers(-900, 900), st.integers(-900, 900))
house = place.map(lambda p: (p[0], p[1], p[0] + 45, p[1] + 12))
towns = st.lists(house, max_size=12)
services = st.lists(place, max_size=8)


@given(towns, services, place, st.floats(0, 800))
def test_another_point_never_takes_cover_away(town, served, more, radius_m):
    few = coverage.straight_line(buildings(*town), points(*served), radius_m)
    many = coverage.straight_line(buildings(*town), points(*served, more), radius_m)
    assert not ((few.state == "covered") & (many.state != "covered")).any()
    assert (many.distance_m <= few.distance_m.fillna(np.inf)).all()


@given(towns, services, st.floats(0, 800), st.floats(0, 800))
def test_a_larger_radius_never_takes_cover_away(town, served, one, other):
    small, large = (coverage.straight_line(buildings(*town), points(*served), r) for r in sorted((one, other)))
    assert not ((small.state == "covered") & (large.state != "covered")).any()


@given(towns, services, st.floats(0, 800))
def test_covered_and_out_of_reach_are_all(town, served, radius_m):
    figures = coverage.straight_line(buildings(*town), points(*served), radius_m).summary()
    assert figures.buildings_covered + figures.buildings_out_of_reach == figures.buildings == len(town)
    assert figures.households_covered + figures.households_out_of_reach == figures.households == 10 * len(town)


@given(towns, services, st.integers(-5000, 5000))
def test_moving_everything_changes_nothing(town, served, shift):
    frame, places = buildings(*town), points(*served)
    before = coverage.straight_line(frame, places, 300)
    frame.geometry, places.geometry = frame.geometry.translate(shift, -shift), places.geometry.translate(shift, -shift)
    after = coverage.straight_line(frame, places, 300)
    assert after.state.equals(before.state)
    assert after.point.equals(before.point)


def test_the_same_as_geopandas():
    rng = np.random.default_rng(7)
    corner = rng.uniform(0, 2000, (400, 2))
    frame = buildings(*[(x, y, x + 45, y + 12) for x, y in corner])
    places = points(*rng.uniform(0, 2000, (40, 2)))
    found = coverage.straight_line(frame, places, 120)
    peer = frame.sjoin_nearest(places, distance_col="metres")
    assert peer["metres"].to_numpy() == pytest.approx(found.distance_m.loc[peer.index].to_numpy())
    assert (peer["index_right"] == found.point.loc[peer.index]).all()
    near = frame.sjoin(places, predicate="dwithin", distance=120).index.unique()
    assert set(near) == set(found.state.index[found.state == "covered"])
    listed = coverage.nearest(frame, places, 3)
    brute = np.sort(shapely.distance(frame.geometry.to_numpy()[:, None], places.geometry.to_numpy()), axis=1)[:, :3]
    assert listed["distance_m"].to_numpy() == pytest.approx(brute.ravel())
