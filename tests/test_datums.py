"""GCJ-02 and BD-09: there and back again, and the same as the libraries that everybody uses."""

from __future__ import annotations

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
