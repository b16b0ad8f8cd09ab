"""Small towns to measure on."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import pytest
import shapely

from gridmap import crs
from gridmap.analysis import districting, households, tessellation

XIAN = 4545
EAST, NORTH = 500_000.0, 3_789_000.0


@pytest.fixture(scope="session")
def suzhou(shared_data):
    """Dense slab housing: real footprints with floors, households estimated."""
    frame = crs.to_metric(gpd.read_file(shared_data / "suzhou_west_buildings.gpkg")).rename(columns={"Floor": "floors"})
    frame["households"] = households.estimate(
        frame, area_m2_per_household=110, default_floors=6, smallest_footprint_m2=60
    )
    return frame


@pytest.fixture(scope="session")
def suzhou_in_five(suzhou):
    """Five grids of it: the area, the grid of each building, and the tiles."""
    area = tessellation.outline(suzhou)
    label = districting.partition(suzhou, 5)
    return area, label, tessellation.tile(suzhou, label, area)


@pytest.fixture(scope="session")
def slabs():
    """Return a maker of a town of slab buildings in rows, with some households left to chance."""

    def make(columns: int, rows: int, seed: int = 0, east: float = EAST, north: float = NORTH) -> gpd.GeoDataFrame:
        x, y = (a.ravel() for a in np.meshgrid(np.arange(columns) * 60.0, np.arange(rows) * 30.0))
        boxes = shapely.box(east + x, north + y, east + x + 45, north + y + 12)
        loads = np.random.default_rng(seed).integers(6, 60, len(boxes))
        return gpd.GeoDataFrame({"households": loads}, geometry=boxes, crs=XIAN)

    return make


@pytest.fixture(scope="session")
def in_one_piece():
    """Return a check that the ground of each group is in one piece."""

    def check(frame: gpd.GeoDataFrame, label, area) -> bool:
        tiles = tessellation.tile(frame, label, area)
        return all(len(shape.geoms) == 1 for shape in tiles.geometry)

    return check


@pytest.fixture(scope="session")
def tiles_exactly():
    """Return a check that areas tile the boundary without gap or overlap, and hold the buildings of their label."""

    def check(tiles: gpd.GeoDataFrame, frame: gpd.GeoDataFrame, label, area) -> None:
        shapes = tiles.geometry.to_numpy()
        assert shapely.is_valid(shapes).all()
        assert shapely.coverage_is_valid(shapes)
        assert abs(shapely.area(shapes).sum() - area.area) < 1e-3
        assert shapely.union_all(shapes).symmetric_difference(area).area < 1e-3
        one, other = np.triu_indices(len(shapes), 1)
        assert shapely.area(shapely.intersection(shapes[one], shapes[other])).sum() < 1e-6
        inner = frame.geometry.representative_point()
        for building in frame.index:
            if area.covers(inner[building]):
                assert tiles.geometry[label[building]].intersects(inner[building])

    return check
