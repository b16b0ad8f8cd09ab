"""The gate or the piece of path that would bring a building within reach."""

from __future__ import annotations

import pytest
import shapely
from walking_scenes import at, box, frame, lines, points

from gridmap.analysis import walking, walking_shortcuts


def test_a_gap_in_the_path_is_closed():
    paths = [[(-50, -10), (150, -10)], [(160, -10), (300, -10)]]
    houses = frame([box(40, 0, 60, 10), box(260, -30, 280, -20)])
    model = walking.build(houses, paths=lines(*paths))
    walks = model.nearest(points((0, -11), index=[7]), limit_m=350)
    cut = walking_shortcuts.find(walks, 1)
    assert cut is not None
    assert (cut.length_m, cut.point, cut.compound) == (pytest.approx(10), 7, -1)
    joined = walking.build(houses, paths=lines(*paths, [(150, -10), (160, -10)]))
    assert joined.nearest(points((0, -11)), limit_m=350).walk_m[1] == pytest.approx(cut.walk_m)


def test_a_gate_is_put_where_a_way_is_on_both_sides_of_the_wall():
    court = frame([box(0, 0, 100, 100)], walled=[True], name=["槐院"])
    far_gate = frame([shapely.Point(at(50, 100))], compound_id=[0], pedestrians=[True], open_hours=[""])
    paths = lines([(50, 5), (50, 110)], [(-50, -10), (50, -10), (150, -10)], [(150, -10), (150, 110), (50, 110)])
    model = walking.build(frame([box(30, 20, 45, 30)]), court, far_gate, paths)
    walks = model.nearest(points((0, -12), index=[3]), limit_m=120)
    assert walks.walk_m[0] > 300
    cut = walking_shortcuts.find(walks, 0)
    assert cut is not None
    assert (cut.compound, cut.point) == (0, 3)
    assert cut.walk_m < 120
    assert cut.line.intersects(shapely.Point(at(50, 0)).buffer(1))


def test_nothing_is_proposed_through_a_building_or_over_a_long_way():
    paths = lines([(-50, -10), (150, -10)], [(160, -10), (300, -10)])
    house = box(260, -30, 280, -20)
    blocked = walking.build(frame([box(152, -60, 158, 60), house]), paths=paths)
    assert walking_shortcuts.find(blocked.nearest(points((0, -11)), limit_m=350), 1) is None
    free = walking.build(frame([box(40, 0, 60, 10), house]), paths=paths)
    walks = free.nearest(points((0, -11)), limit_m=350)
    assert walking_shortcuts.find(walks, 1, longest_m=8) is None
    assert walking_shortcuts.find(free.nearest(points((0, -11)), limit_m=200), 1) is None
