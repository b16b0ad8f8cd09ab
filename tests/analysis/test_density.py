"""A kernel in metres that loses nothing at the edge."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import pytest
import shapely
from scipy import stats

from gridmap.analysis import density
from gridmap.errors import InputError

EAST, NORTH = 500_000.0, 3_789_000.0
SQUARE = shapely.box(EAST, NORTH, EAST + 1000, NORTH + 800)


def points(xy: np.ndarray) -> gpd.GeoSeries:
    return gpd.GeoSeries(shapely.points(xy + np.array([EAST, NORTH])), crs="EPSG:4545")


def test_far_from_the_edge_it_is_scipys_kernel() -> None:
    rng = np.random.default_rng(1)
    xy = rng.normal([500, 400], 20, (40, 2))
    found = density.kernel_m(points(xy), SQUARE, bandwidth_m=40, cell_m=2)
    centre = np.array([[500 + 1], [400 + 1]])
    peer = np.mean([stats.multivariate_normal(one, 40**2).pdf(centre.ravel()) for one in xy]) * 40 * 10_000
    assert found.per_ha[200, 250] == pytest.approx(peer, rel=1e-3)


def test_kernel_is_round_and_in_metres() -> None:
    xy = np.array([[500.0, 400.0], [560.0, 430.0], [430.0, 380.0]])
    found = density.kernel_m(points(xy), SQUARE, bandwidth_m=50, cell_m=4)
    row = 400 // 4
    middles = np.column_stack([np.arange(250) * 4 + 2.0, np.full(250, row * 4 + 2.0)])
    away = ((middles[:, None] - xy[None]) ** 2).sum(axis=2)
    expected = (np.exp(-away / (2 * 50**2)) / (2 * np.pi * 50**2)).sum(axis=1) * 10_000
    np.testing.assert_allclose(found.per_ha[row], expected, rtol=2e-2, atol=1e-6)


@pytest.mark.parametrize("shape", ["square", "ring"])
def test_points_within_are_counted_and_none_is_lost(shape: str) -> None:
    area = SQUARE if shape == "square" else SQUARE.difference(shapely.Point(EAST + 500, NORTH + 400).buffer(200))
    given = points(np.random.default_rng(2).uniform([-100, -100], [1100, 900], (500, 2)))
    found = density.kernel_m(given, area, bandwidth_m=80, cell_m=20)
    assert found.n == int(given.intersects(area).sum()) < 500
    assert np.nansum(found.per_ha) * 20**2 / 10_000 == pytest.approx(found.n, rel=0.05)


def test_edge_is_not_thinner_than_the_middle() -> None:
    """100 points a hectare everywhere; without the correction a corner would have 25."""
    x, y = np.meshgrid(np.arange(5, 1000, 10.0), np.arange(5, 800, 10.0))
    found = density.kernel_m(points(np.column_stack([x.ravel(), y.ravel()])), SQUARE, bandwidth_m=60, cell_m=20)
    np.testing.assert_allclose(found.per_ha, 100, rtol=0.01)


def test_densest_areas_hold_their_share() -> None:
    rng = np.random.default_rng(4)
    given = points(np.vstack([rng.normal([300, 300], 40, (300, 2)), rng.uniform(0, [1000, 800], (100, 2))]))
    found = density.kernel_m(given, SQUARE, bandwidth_m=30, cell_m=10)
    areas = found.densest()
    assert areas["share"].tolist() == [0.75, 0.5, 0.25]
    assert areas["area_ha"].is_monotonic_decreasing
    assert areas.geometry.is_valid.all()
    inside = [float(given.intersects(area).mean()) for area in areas.geometry]
    np.testing.assert_allclose(inside, areas["share"], atol=0.15)
    for outer, inner in zip(areas.geometry[:-1], areas.geometry[1:], strict=True):
        assert outer.buffer(0.5).covers(inner)


def test_nothing_and_nonsense() -> None:
    none = density.kernel_m(points(np.zeros((0, 2))), SQUARE, bandwidth_m=50, cell_m=20)
    assert none.n == 0
    assert none.densest().empty
    nowhere = gpd.GeoSeries([shapely.Point()], crs="EPSG:4545")
    assert density.kernel_m(nowhere, SQUARE, bandwidth_m=50, cell_m=20).n == 0
    assert density.kernel_m(nowhere, shapely.Polygon(), bandwidth_m=50, cell_m=20).densest().empty
    with pytest.raises(InputError):
        density.kernel_m(none_in_degrees(), SQUARE, bandwidth_m=50, cell_m=20)
    with pytest.raises(InputError):
        density.kernel_m(points(np.ones((1, 2))), SQUARE, bandwidth_m=0, cell_m=20)
    with pytest.raises(InputError):
        density.kernel_m(points(np.ones((1, 2))), SQUARE, bandwidth_m=50, cell_m=0.01)


def none_in_degrees() -> gpd.GeoSeries:
    return gpd.GeoSeries([shapely.Point(108.9, 34.2)], crs="EPSG:4326")
