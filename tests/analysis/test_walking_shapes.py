"""Rings and catchments as shapes."""

import numpy as np
import pytest
import shapely
from walking_scenes import at, box, frame, lines, points

from gridmap.analysis import walking, walking_shapes


@pytest.fixture(scope="module")
def road():
    """A road of 2 km with houses, and a walled court beside it whose gate is far from the first point."""
    houses = frame([box(x, 10, x + 20, 20) for x in range(0, 2000, 100)])
    court = frame([box(200, -120, 400, -5)], walled=[True])
    gate = frame([shapely.Point(at(400, -60))], compound_id=[0], pedestrians=[True])
    ways = lines([(0, 0), (2000, 0)], [(420, 0), (420, -60), (300, -60)])
    return walking.build(houses, court, gate, ways, boundary=box(-50, -200, 1800, 200))


def test_rings_grow_and_end_where_the_minutes_end(road):
    walks = road.nearest(points((0, 0)), limit_m=500)
    found = walking_shapes.rings(walks)
    assert list(found["minutes"]) == [5, 10, 15]
    for inner, outer in zip(found.geometry, found.geometry[1:], strict=False):
        assert shapely.within(inner, shapely.buffer(outer, 0.01))
    east = found.bounds["maxx"] - at(0, 0)[0]
    assert east[0] == pytest.approx(375 + walking_shapes.BESIDE_M, abs=1)
    assert east[2] == pytest.approx(1125 + walking_shapes.BESIDE_M, abs=1)
    assert found.geometry[2].within(road.boundary.buffer(0.01))


def test_a_ring_does_not_leak_through_a_wall(road):
    (ring,) = walking_shapes.rings(road.nearest(points((0, 0)), limit_m=500), [5]).geometry
    assert not ring.contains(shapely.Point(at(300, -15)))
    assert ring.contains(shapely.Point(at(300, 5)))
    (wide,) = walking_shapes.rings(road.nearest(points((0, 0)), limit_m=500), [10]).geometry
    assert wide.contains(shapely.Point(at(320, -70)))


def test_catchments_part_the_ground_between_points(road):
    walks = road.nearest(points((0, 0), (1000, 0), index=[4, 9]), limit_m=700)
    found = walking_shapes.catchments(walks)
    assert list(found.index) == [4, 9]
    one, other = found.geometry
    assert shapely.area(shapely.intersection(one, other)) < 1e-6
    assert one.contains(shapely.Point(at(300, 0)))
    assert other.contains(shapely.Point(at(700, 0)))
    near = walks.walk_m[walks.state == "covered"].index
    assert np.isin(walks.point[near].astype(int), [4, 9]).all()
