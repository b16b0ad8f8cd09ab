"""GCJ-02 and BD-09: there and back again, and the same as the libraries that everybody uses."""

from __future__ import annotations

import coord_convert.transform
import eviltransform
import geopandas as gpd
import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from gridmap import datums
from gridmap.datums import Datum

SHIFTED = (Datum.GCJ02, Datum.BD09)
# One metre, in degrees of latitude.
METRE = 1 / 111_320
PLACES = st.lists(st.tuples(st.floats(72.004, 137.8347), st.floats(0.8293, 55.8271)), min_size=1, max_size=30)


@pytest.mark.parametrize("datum", SHIFTED)
@settings(max_examples=60, deadline=None)
@given(places=PLACES)
def test_a_place_comes_back_to_less_than_a_millimetre(datum: Datum, places: list[tuple[float, float]]) -> None:
    xy = np.array(places)
    back = datums.to_wgs84(datums.from_wgs84(xy, datum), datum)
    assert np.abs(back - xy).max() < 0.0001 * METRE


@pytest.mark.parametrize("datum", SHIFTED)
def test_many_places_come_back_at_once_also_at_the_edges_and_on_the_origin(datum: Datum) -> None:
    rng = np.random.default_rng(4)
    xy = np.column_stack([rng.uniform(72.004, 137.8347, 200_000), rng.uniform(0.8293, 55.8271, 200_000)])
    xy[:1000, 0] = 105 + rng.normal(0, 1e-6, 1000)
    xy[1000:2000, 0] = 105
    xy[2000:3000, 1] = 55.8271 - rng.uniform(0, 0.01, 1000)
    xy[3000:4000, 0] = 72.004 + rng.uniform(0, 0.01, 1000)
    back = datums.to_wgs84(datums.from_wgs84(xy, datum), datum)
    assert np.abs(back - xy).max() < 0.001 * METRE


@pytest.mark.parametrize("datum", SHIFTED)
@settings(max_examples=40, deadline=None)
@given(lon=st.floats(-180, 180), lat=st.floats(-90, 90))
def test_a_place_outside_china_stays_where_it_is(datum: Datum, lon: float, lat: float) -> None:
    xy = np.array([[lon, lat]])
    if 71.9 <= lon <= 137.94 and 0.72 <= lat <= 55.94:
        assert np.abs(datums.from_wgs84(xy, datum) - xy).max() < 0.03
        return
    assert (datums.from_wgs84(xy, datum) == xy).all()
    assert (datums.to_wgs84(xy, datum) == xy).all()


def test_the_forward_way_is_that_of_the_libraries() -> None:
    rng = np.random.default_rng(5)
    xy = np.column_stack([rng.uniform(75, 134, 3000), rng.uniform(18, 53, 3000)])
    peers = {Datum.GCJ02: coord_convert.transform.wgs2gcj, Datum.BD09: coord_convert.transform.wgs2bd}
    for datum, peer in peers.items():
        theirs = np.array([peer(lon, lat) for lon, lat in xy.tolist()])
        assert np.abs(datums.from_wgs84(xy, datum) - theirs).max() < 1e-6 * METRE
    # Of another ellipsoid, which makes two centimetres.
    others = {Datum.GCJ02: eviltransform.wgs2gcj, Datum.BD09: eviltransform.wgs2bd}
    for datum, peer in others.items():
        theirs = np.array([peer(lat, lon)[::-1] for lon, lat in xy.tolist()])
        assert np.abs(datums.from_wgs84(xy, datum) - theirs).max() < 0.03 * METRE


def test_the_way_back_is_no_less_exact_than_that_of_the_libraries() -> None:
    rng = np.random.default_rng(6)
    xy = np.column_stack([rng.uniform(75, 134, 2000), rng.uniform(18, 53, 2000)])
    drawn = datums.from_wgs84(xy, Datum.GCJ02)
    theirs = np.array([coord_convert.transform.gcj2wgs(lon, lat) for lon, lat in drawn.tolist()])
    ours = np.abs(datums.to_wgs84(drawn, Datum.GCJ02) - xy).max()
    assert ours < np.abs(theirs - xy).max()
    others = np.array([eviltransform.gcj2wgs_exact(lat, lon)[::-1] for lon, lat in drawn.tolist()])
    assert ours < np.abs(others - xy).max()


def test_what_is_no_number_stays_none_and_moves_nothing_else() -> None:
    xy = np.array([[np.nan, 34.2], [108.9, np.nan], [np.inf, 1.0], [108.9, 34.2]])
    for convert in (datums.from_wgs84, datums.to_wgs84):
        moved = convert(xy, Datum.BD09)
        assert np.array_equal(moved[:3], xy[:3], equal_nan=True)
        assert (np.abs(moved[3] - xy[3]) > 0.001).all()
    assert datums.to_wgs84(np.empty((0, 2)), Datum.GCJ02).shape == (0, 2)
    with pytest.raises(ValueError, match="come as"):
        datums.to_wgs84(np.zeros(4), Datum.GCJ02)


def test_undo_moves_every_kind_of_geometry() -> None:
    shapes = [
        shapely.Point(108.93, 34.23),
        shapely.LineString([(108.93, 34.23), (108.94, 34.24)]),
        shapely.box(108.93, 34.23, 108.94, 34.24).difference(shapely.box(108.932, 34.232, 108.934, 34.234)),
        shapely.GeometryCollection([shapely.MultiPoint([(108.93, 34.23), (108.94, 34.24)])]),
        shapely.Point(),
    ]
    frame = gpd.GeoDataFrame({"name": list("abcde")}, geometry=shapes, crs="EPSG:4326")
    drawn = frame.set_geometry(shapely.transform(shapes, lambda xy: datums.from_wgs84(xy, Datum.GCJ02)), crs=frame.crs)
    back = datums.undo(drawn, Datum.GCJ02)
    assert back.geom_equals_exact(frame, 1e-9).all()
    assert not drawn.geometry.iloc[:4].geom_equals_exact(frame.geometry.iloc[:4], 0.001).any()
    assert datums.undo(drawn.to_crs("EPSG:3857"), Datum.GCJ02).geom_equals_exact(frame, 1e-8).all()
    assert datums.undo(frame, Datum.WGS84).geom_equals_exact(frame, 0).all()
