import geopandas as gpd
import numpy as np
import pyproj
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from gridmap import crs
from gridmap.errors import InputError

XIAN = shapely.box(108.915, 34.225, 108.925, 34.235)


def frame(*geometries, epsg=4326):
    return gpd.GeoDataFrame(geometry=list(geometries), crs=epsg)


@pytest.mark.parametrize(
    ("lon", "lat", "epsg"),
    [
        (108.92, 34.23, 4545),  # Xi'an
        (120.6, 31.3, 4549),  # Suzhou
        (116.4, 39.9, 4548),  # Beijing: 117 E is nearer than 114 E
        (75.99, 39.5, 4534),  # Kashgar, the first zone
        (134.7, 48.3, 4554),  # Fuyuan, the last
        (9.52, 47.14, 32632),  # Vaduz
        (-70.6, -33.4, 32719),  # Santiago
        (180.0, 10.0, 32660),
        (0.0, 85.0, 32661),
        (0.0, -85.0, 32761),
    ],
)
def test_the_system_fits_the_place(lon, lat, epsg):
    assert crs.metric_crs(shapely.Point(lon, lat)).to_epsg() == epsg


def test_a_frame_in_any_system_is_placed_by_its_middle():
    assert crs.metric_crs(frame(XIAN).to_crs(3857)).to_epsg() == 4545


@settings(deadline=None)
@given(lon=st.floats(-179.9, 179.9), lat=st.floats(-79, 83))
def test_lengths_and_areas_are_those_on_the_ellipsoid(lon, lat):
    square = shapely.box(lon - 0.004, lat - 0.004, lon + 0.004, lat + 0.004)
    area_m2, length_m = pyproj.Geod(ellps="WGS84").geometry_area_perimeter(square)
    there = crs.to_metric(frame(square)).geometry.iloc[0]
    assert there.area == pytest.approx(abs(area_m2), rel=0.0025)
    assert there.length == pytest.approx(length_m, rel=0.0015)


def test_what_is_in_metres_stays_as_it_is():
    there = frame(XIAN).to_crs(4545)
    assert crs.to_metric(there) is there
    assert crs.to_metric(frame(XIAN).to_crs(3857)).crs.to_epsg() == 4545
    # A zone far away stretches, though its unit is the metre.
    assert crs.to_metric(frame(XIAN).to_crs(32643)).crs.to_epsg() == 4545


@pytest.mark.parametrize(
    ("epsg", "said"),
    [(4326, "degrees"), (4490, "degrees"), (3857, "true metres"), (2263, "foot"), (32643, "true metres")],
)
def test_what_is_not_in_metres_is_refused(epsg, said):
    place = XIAN if epsg != 2263 else shapely.box(-74.0, 40.7, -73.99, 40.71)
    with pytest.raises(InputError, match=said):
        crs.require_metric(frame(place).to_crs(epsg))


@pytest.mark.parametrize("epsg", [4545, 32649])
def test_what_is_in_metres_is_accepted(epsg):
    crs.require_metric(frame(XIAN).to_crs(epsg))
    crs.require_metric(frame(epsg=epsg))


def test_web_mercator_is_refused_even_when_empty_or_on_the_equator():
    with pytest.raises(InputError, match="3857"):
        crs.require_metric(frame(epsg=3857))
    with pytest.raises(InputError, match="3857"):
        crs.require_metric(frame(shapely.box(10, -0.01, 10.01, 0.01)).to_crs(3857))


def test_no_system_and_no_place_are_said():
    bare = gpd.GeoDataFrame(geometry=[XIAN])
    for measure in (crs.metric_crs, crs.require_metric, crs.doubts):
        with pytest.raises(InputError, match="coordinate reference system"):
            measure(bare)
    with pytest.raises(InputError, match="empty"):
        crs.metric_crs(frame())
    with pytest.raises(InputError, match="empty"):
        crs.metric_crs(shapely.Point())


def test_metres_declared_as_degrees_are_not_on_the_earth():
    with pytest.raises(InputError, match="do not lie on the earth"):
        crs.metric_crs(frame(shapely.box(5e5, 3.7e6, 6e5, 3.8e6)))


def test_a_densified_boundary_is_the_same_boundary_in_both_systems():
    square = shapely.box(108.90, 34.22, 108.92, 34.24)
    densified = crs.densified(frame(square))
    assert densified.geometry.iloc[0].equals(square)
    corners = np.diff(shapely.get_coordinates(crs.to_metric(densified).geometry.iloc[0]), axis=0)
    assert np.hypot(*corners.T).max() <= 25.5


NEAR = (108.92, 34.23)


def test_doubts_in_degrees():
    places = [
        shapely.Point(108.92, 34.23),
        shapely.Point(34.23, 108.92),
        shapely.Point(0, 0),
        shapely.Point(),
        shapely.Point(2.35, 48.85),
        shapely.Point(500_000, 3_789_000),
    ]
    assert list(crs.doubts(frame(*places), NEAR)) == [
        "",
        "not_degrees",
        "null_island",
        "empty",
        "far_away",
        "not_degrees",
    ]
    assert list(crs.doubts(frame(*places))) == ["", "not_degrees", "null_island", "empty", "", "not_degrees"]


def test_swapped_degrees_are_told_where_both_ways_round_are_on_the_earth():
    assert list(crs.doubts(frame(shapely.Point(47.14, 9.52)), near=(9.52, 47.14))) == ["swapped"]


def test_doubts_in_metres():
    east, north = pyproj.Transformer.from_crs(4326, 4545, always_xy=True).transform(*NEAR)
    places = [shapely.Point(east, north), shapely.Point(north, east), shapely.Point(*NEAR), shapely.Point(0, 0)]
    said = list(crs.doubts(frame(*places, epsg=4545), NEAR))
    assert said[0] == ""
    assert said[1] in ("swapped", "outside_crs")
    assert said[2] == "outside_crs"
    assert said[3] == "null_island"


def test_doubts_keep_the_index_and_stand_an_empty_frame():
    assert list(crs.doubts(frame(XIAN).set_index([[7]])).index) == [7]
    assert len(crs.doubts(frame())) == 0


@pytest.mark.parametrize("code", [3857, 3395, 4087, 8857, 4326])
def test_a_world_wide_system_holds_every_place(code: int) -> None:
    places = gpd.GeoSeries([shapely.Point(108.92, 34.23), shapely.Point(-74, 40.7), shapely.Point(179, -17)], crs=4326)
    frame = gpd.GeoDataFrame(geometry=places).to_crs(code)
    assert crs.doubts(frame).tolist() == ["", "", ""]
