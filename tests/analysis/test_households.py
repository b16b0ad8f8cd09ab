import geopandas as gpd
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st

from gridmap.analysis import households
from gridmap.errors import InputError

RULE = {"area_m2_per_household": 110.0, "default_floors": 6, "smallest_footprint_m2": 60.0}


def frame(*sizes, **columns):
    shapes = [shapely.box(500_000, 3_789_000, 500_000 + w, 3_789_000 + d) for w, d in sizes]
    return gpd.GeoDataFrame(columns, geometry=shapes, crs=4545)


def test_floors_times_footprint_over_the_area_of_one():
    counted = households.estimate(frame((55, 12), (11, 10), floors=[5, 1]), **RULE)
    assert counted.tolist() == [30, 1]
    assert counted.dtype == "int64"


def test_half_a_household_is_rounded_up():
    assert households.estimate(frame((11, 15), floors=[1]), **RULE).tolist() == [2]


@pytest.mark.parametrize("floors", [None, 0, -1])
def test_missing_floors_are_the_default(floors):
    assert households.estimate(frame((55, 12), floors=[floors]), **RULE).tolist() == [36]
    assert households.estimate(frame((55, 12)), **RULE).tolist() == [36]


def test_a_shed_and_a_shop_have_none():
    frame_ = frame((5.9, 10), (6, 10), (55, 12), use=["residential", "residential", "shop"])
    assert households.estimate(frame_, **RULE).tolist() == [0, 3, 0]


def test_wrong_rules_and_degrees_are_refused():
    with pytest.raises(InputError, match="above 0"):
        households.estimate(frame((55, 12)), **{**RULE, "area_m2_per_household": 0})
    with pytest.raises(InputError, match="degrees"):
        households.estimate(frame((55, 12)).to_crs(4326), **RULE)


def test_no_buildings():
    assert households.estimate(frame(), **RULE).tolist() == []


@given(st.lists(st.tuples(st.integers(10, 90), st.integers(10, 20), st.integers(1, 30)), min_size=1, max_size=30))
def test_the_sum_is_fair(town):
    counted = households.estimate(frame(*[t[:2] for t in town], floors=[t[2] for t in town]), **RULE)
    exact = sum(w * d * f / 110 for w, d, f in town)
    assert abs(counted.sum() - exact) <= len(town) / 2 + 1e-6
    assert (counted >= 0).all()
