"""Free space: as long as the shortest walk, and no shorter."""

import numpy as np
import pytest
import shapely
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from walking_scenes import box, exact, frame, points, scenes

from gridmap.analysis import coverage, walking

QUIET = settings(
    max_examples=8,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow],
    phases=[Phase.explicit, Phase.reuse, Phase.generate],
)


@given(scene=scenes(), few=st.booleans())
@QUIET
def test_within_2_percent_of_the_shortest_and_never_below_the_straight_line(scene, few):
    buildings, walls, gates, spot = scene
    model = walking.build(buildings, walls, gates, all_pairs=10 if few else 700)
    found = model.nearest(spot, limit_m=500)
    straight = coverage.straight_line(buildings, spot, 500).distance_m
    place = spot.geometry.iloc[0]
    inside = buildings.geometry.intersects(place)
    for row in buildings.index[:3]:
        if inside.any() or walls.boundary.distance(place).min() < 0.05:
            continue
        true = exact(
            buildings.geometry[row], place, list(buildings.geometry), list(walls.geometry), list(gates.geometry)
        )
        ours = found.walk_m[row]
        assert ours <= true * 1.02 + 0.3
        assert ours >= true - 0.3
    known = found.walk_m.notna()
    assert (found.walk_m[known] >= straight[known] - 1e-6).all()


def test_no_paths_and_no_walls_is_a_walk_round_buildings():
    buildings = frame([box(0, 0, 10, 10), box(-50, 20, 60, 30)])
    model = walking.build(buildings)
    found = model.nearest(points((5, 50)), limit_m=100)
    assert [one.key for one in found.remarks] == ["no_paths_no_walls"]
    round_the_slab = np.hypot(50, 10) + np.hypot(55, 20) + 10
    assert found.walk_m[0] == pytest.approx(round_the_slab, rel=0.02)
    assert found.walk_m[1] == pytest.approx(20)


def test_a_wall_is_passed_at_its_gate():
    buildings = frame([box(10, 40, 20, 50)])
    walls = frame([box(0, 0, 100, 100)], walled=[True])
    gate = frame([shapely.Point(points((100, 50)).geometry[0])], compound_id=[0], pedestrians=[True], open_hours=[""])
    found = walking.build(buildings, walls, gate).nearest(points((-5, 45)), limit_m=100)
    in_and_round = np.hypot(80, 0) + 50 + 100 + np.hypot(5, 45)
    assert found.walk_m[0] == pytest.approx(in_and_round, rel=0.01)
    assert list(found.state) == ["out_of_reach"]
    open_ = walking.build(buildings, walls.assign(walled=False), gate).nearest(points((-5, 45)), limit_m=100)
    assert open_.walk_m[0] == pytest.approx(15)
