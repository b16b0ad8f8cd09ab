"""Walks between places of the demo's town, beside those from buildings to points that are measured another way."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import shapely
from shapely import Point

from gridmap.analysis import walking, walking_legs

CRS = "EPSG:32649"


def scene() -> tuple[walking.Model, gpd.GeoDataFrame]:
    """Two walled compounds side by side, a gate each to the street below, that of the second open in the morning."""
    boxes = [shapely.box(x, y, x + 20, y + 12) for x in (20, 60, 120, 160) for y in (30, 70)]
    buildings = gpd.GeoDataFrame(index=range(8), geometry=boxes, crs=CRS)
    walls = [shapely.box(10, 20, 90, 100), shapely.box(110, 20, 190, 100)]
    compounds = gpd.GeoDataFrame({"walled": True, "name": ["a", "b"]}, index=[1, 2], geometry=walls, crs=CRS)
    gates = gpd.GeoDataFrame(
        {"pedestrians": True, "compound_id": [1, 2], "name": ["a", "b"], "open_hours": ["", "06:00-12:00"]},
        index=[7, 8],
        geometry=[Point(50, 20), Point(150, 20)],
        crs=CRS,
    )
    lines = [shapely.LineString([(0, 10), (200, 10)])]
    lines += [shapely.LineString([(x, 10), (x, 95)]) for x in (50, 150)]
    paths = gpd.GeoDataFrame({"kind": "footpath"}, index=range(3), geometry=lines, crs=CRS)
    return walking.build(buildings, compounds, gates, paths), buildings


def test_legs_are_the_walks_that_buildings_have_to_points():
    model, buildings = scene()
    places = gpd.GeoDataFrame(geometry=[*buildings.representative_point(), Point(100, 10), Point(30, 24)], crs=CRS)
    legs = walking_legs.between(model, places)
    told = model.matrix(places, 10_000.0).toarray()
    assert np.isfinite(legs.metres).all()
    assert np.allclose(legs.metres, legs.metres.T)
    # From a building's side instead of its middle: shorter by the way inside it at most.
    inside = 24.0
    apart = ~np.eye(8, 10, dtype=bool)
    difference = (legs.metres[:8] - told)[apart]
    assert difference.min() > -1e-6
    assert difference.max() < inside
    # No detour over a third place is shorter, but for the way through buildings in between.
    over = (legs.metres[:, :, None] + legs.metres[None]).min(axis=1)
    assert (over >= legs.metres - 3 * inside).all()
    for one, other in ((0, 7), (8, 3), (9, 8), (2, 2)):
        line = legs.line(one, other)
        assert -1e-6 <= line.length - legs.metres[one, other] < inside
        assert line.distance(places.geometry.iloc[one]) < inside


def test_a_gate_that_is_shut_cuts_off_what_lies_behind_it():
    model, buildings = scene()
    places = gpd.GeoDataFrame(geometry=[Point(100, 10), *buildings.representative_point(), Point()], crs=CRS)
    shut = walking_legs.between(model, places, shut=[model.gate_number(8)])
    assert np.isfinite(shut.metres[0, 1:5]).all()
    assert np.isinf(shut.metres[0, 5:]).all()
    assert np.isfinite(shut.metres[5, 6])
    assert np.isinf(shut.metres[9, :9]).all()
