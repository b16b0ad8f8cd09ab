"""A real country: Liechtenstein's buildings and ways, as OpenStreetMap has them."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import pytest

from gridmap.analysis import coverage, walking

UTM = 32632


@pytest.fixture(scope="module")
def country(shared_data):
    file = shared_data / "liechtenstein_osm.gpkg"
    return {layer: gpd.read_file(file, layer=layer).to_crs(UTM) for layer in ("buildings", "ways", "pois")}


def test_coverage_by_bus_stops_is_computed_and_its_islands_are_named(country):
    buildings = country["buildings"][["geometry"]]
    ways = country["ways"]
    stairs = np.where(ways["highway"] == "steps", "stairs", "footpath")
    stops = country["pois"].loc[country["pois"]["highway"] == "bus_stop", ["geometry"]]
    model = walking.build(buildings, paths=ways[["geometry"]].assign(kind=stairs))
    found = model.nearest(stops, limit_min=8)
    covered = found.state == coverage.COVERED
    straight = coverage.straight_line(buildings, stops, found.limit_m)
    assert 0.8 < covered.mean() < (straight.state == coverage.COVERED).mean()
    known = found.walk_m.notna()
    assert known.mean() > 0.99
    assert (found.walk_m[known] >= straight.distance_m[known] - 1e-6).all()
    islands = model.islands()
    assert 10 < len(islands) < 60
    assert all(island.gap_m > 0 and island.mend.length == pytest.approx(island.gap_m) for island in islands)
    assert len(islands[0].buildings) == max(len(island.buildings) for island in islands)
    assert set(found.walk_m.index[~known]) <= {one for island in islands for one in island.buildings}
