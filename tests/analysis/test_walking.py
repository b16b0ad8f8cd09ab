"""Walking on paths, through gates, over what hangs together and what does not."""

import datetime as dt
import itertools

import networkx as nx
import numpy as np
import pandas as pd
import pytest
import shapely
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from walking_scenes import at, box, frame, lines, points, scenes

from gridmap.analysis import coverage, walking, walking_changes, walking_hours
from gridmap.analysis.walking_network import Network, Starts
from gridmap.errors import InputError, NotFound

# Shrinking a scene takes minutes and says little more.
QUIET = settings(
    max_examples=10,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow],
    phases=[Phase.explicit, Phase.reuse, Phase.generate],
)
STREET = [(-10, -5), (210, -5), (210, 165), (-10, 165), (-10, -5)]


@pytest.fixture
def court():
    """A walled court with an inner way that leads to its gate on the street, and a house in it."""
    return {
        "buildings": frame([box(40, 60, 60, 70)], households=[10]),
        "compounds": frame([box(0, 0, 100, 100)], walled=[True], name=["槐院"]),
        "gates": frame([shapely.Point(at(50, 0))], compound_id=[0], pedestrians=[True], open_hours=["06:00-22:00"]),
        "paths": lines([(50, -10), (50, 50)], [(-50, -10), (150, -10)]),
    }


def test_along_the_path_and_through_the_gate(court):
    model = walking.build(**court)
    spot = points((120, -15), index=[7])
    found = model.nearest(spot, limit_min=2)
    assert found.limit_m == 150
    assert found.walk_m[0] == pytest.approx(10 + 60 + 70 + 5)
    assert list(found.point) == [7]
    assert found.minutes[0] == pytest.approx(145 / 75)
    assert model.nearest(spot, limit_min=2, pace_m_min=60).state[0] == coverage.OUT_OF_REACH
    assert found.coverage(court["buildings"]["households"]).summary().households_covered == 10


def test_a_gate_closed_at_the_hour_lets_nobody_through(court):
    model = walking.build(**court)
    shut = model.nearest(points((120, -15)), limit_m=500, hour=dt.time(23))
    assert np.isnan(shut.walk_m[0])
    assert shut.point.isna().all()
    assert list(shut.state) == ["out_of_reach"]
    assert model.nearest(points((120, -15)), limit_m=500, hour=dt.time(12)).state[0] == coverage.COVERED


def test_a_path_that_crosses_a_wall_without_a_gate_is_cut_there(court):
    court["gates"] = frame([shapely.Point(at(100, 50))], compound_id=[0], pedestrians=[True])
    found = walking.build(**court).nearest(points((50, -12)), limit_m=500)
    # Out by the eastern gate alone.
    assert found.walk_m[0] > 150


def test_a_gate_for_cars_only_is_no_way_where_another_is_open(court):
    two = [shapely.Point(at(50, 0)), shapely.Point(at(100, 50))]
    court["gates"] = frame(two, compound_id=[0, 0], pedestrians=[False, True])
    assert walking.build(**court).nearest(points((50, -12)), limit_m=500).walk_m[0] > 150


@pytest.mark.parametrize(
    ("gates", "paths", "key"),
    [
        (None, [[(50, -10), (50, 50)]], "gate_assumed_path"),
        (None, [[(-50, -10), (150, -10)]], "gate_assumed_nearest"),
        ([(50, 0)], [[(-50, -10), (150, -10)]], "gate_assumed_vehicles"),
        (None, None, "gate_assumed_middle"),
    ],
)
def test_a_compound_without_a_gate_is_given_one_and_it_is_said(court, gates, paths, key):
    court["gates"] = None
    if gates:
        court["gates"] = frame([shapely.Point(at(*gates[0]))], compound_id=[0], pedestrians=[False])
    court["paths"] = None if paths is None else lines(*paths)
    found = walking.build(**court).nearest(points((50, -10)), limit_m=500)
    assert key in [one.key for one in found.remarks]
    assert found.walk_m.notna().all()
    for language, name in (("zh", "槐院"), ("en", "槐院")):
        assert all(name in one.sentence(language) for one in found.remarks if one.key == key)


def test_within_a_court_without_paths_people_walk_freely_from_the_gate(court):
    court["buildings"] = frame([box(40, 60, 60, 70), box(30, 20, 70, 30)])
    court["paths"] = lines([(-50, -10), (150, -10)])
    found = walking.build(**court).nearest(points((50, -10)), limit_m=500)
    round_the_front = 10 + np.hypot(20, 20) + 10 + np.hypot(10, 30)
    assert found.walk_m[0] == pytest.approx(round_the_front, rel=0.02)
    assert found.walk_m[1] == pytest.approx(30, rel=0.02)


def test_entrances_that_are_known_are_the_only_way_in(court):
    door = frame([shapely.Point(at(50, 70))], building_id=[0])
    spot = points((50, -10))
    free = walking.build(**court).nearest(spot, limit_m=500).walk_m[0]
    bound = walking.build(**court, entrances=door).nearest(spot, limit_m=500).walk_m[0]
    assert free == pytest.approx(70)
    assert bound == pytest.approx(60 + 10 + 20 + 10, abs=0.1)


def test_stairs_and_crossings_cost_what_is_set(court):
    court["paths"] = court["paths"].assign(kind=["stairs", "street"])
    spot = points((120, -15))
    plain = walking.build(**court).nearest(spot, limit_m=500).walk_m[0]
    costly = walking.build(**court, costs=walking.Costs(stairs_factor=2, crossing_m=20)).nearest(spot, limit_m=500)
    assert costly.walk_m[0] == pytest.approx(plain + 60 + 10, abs=0.2)
    route = walking.build(**court, costs=walking.Costs(stairs_factor=2)).route(0, spot)
    assert route.length_m == pytest.approx(plain)
    assert route.walk_m == pytest.approx(plain + 60, abs=0.2)


def test_points_inside_outside_and_nowhere(court):
    model = walking.build(**court, boundary=box(0, -20, 200, 200))
    found = model.nearest(points((50, 65), (), (-40, -12), index=[1, 2, 3]), limit_m=10)
    assert found.walk_m[0] == 0
    assert list(found.point) == [1]
    assert [one.key for one in found.remarks] == ["points_without_place", "points_outside", "points_in_building"]
    with pytest.raises(InputError):
        model.nearest(points((0, 0)), limit_m=5, limit_min=5)
    with pytest.raises(InputError):
        model.nearest(points((0, 0)), limit_m=5, pace_m_min=0)


def test_the_route_is_as_long_as_the_walk(court):
    model = walking.build(**court)
    spot = points((120, -15), index=[7])
    route = model.route(0, spot)
    assert route.length_m == pytest.approx(model.nearest(spot, limit_m=500).walk_m[0])
    assert shapely.distance(route.line, court["buildings"].geometry[0]) == pytest.approx(0)
    assert route.line.coords[-1] == pytest.approx(at(120, -15))
    with pytest.raises(NotFound):
        model.route(0, spot, hour=dt.time(3))
    with pytest.raises(NotFound):
        model.route(99, spot)


def test_islands_are_named_with_the_place_to_mend(court):
    court["paths"] = lines([(50, -10), (50, 50)], [(-50, -10), (150, -10)], [(160, -10), (300, -10)])
    court["buildings"] = frame([box(40, 60, 60, 70), box(260, -30, 280, -20)], index=[5, 6])
    (island,) = walking.build(**court).islands()
    assert island.buildings == (6,)
    assert island.gap_m == pytest.approx(10)
    assert island.length_m == pytest.approx(140)
    assert not island.wall
    shut = walking.build(**court).islands(hour=dt.time(23))
    assert [one.wall for one in shut if one.buildings == (5,)] == [True]


@pytest.mark.parametrize(
    ("text", "open_", "closed"),
    [("06:00-22:30", (6, 0), (22, 30)), ("22:00-5:00", (23, 0), (5, 0)), ("6:00-9:00, 17:00-19:00", (18, 0), (12, 0))],
)
def test_hours(text, open_, closed):
    hours = walking_hours.read(text)
    assert hours.at(dt.time(*open_))
    assert not hours.at(dt.time(*closed))


@pytest.mark.parametrize("text", ["early", "25:00-26:00", "06:00", "06:00-06:00", "06:70-08:00"])
def test_hours_that_cannot_be_read_are_refused(text):
    with pytest.raises(InputError):
        walking_hours.read(text, gate="南门")


def test_hours_always():
    assert walking_hours.read("").at(dt.time(3))
    assert walking_hours.read("00:00-24:00").at(dt.time(3))


@given(scene=scenes(), spots=st.lists(st.tuples(st.integers(0, 200), st.integers(0, 200)), min_size=1, max_size=3))
@QUIET
def test_no_wall_fewer_and_no_gate_more_makes_a_walk_longer(scene, spots):
    buildings, walls, gates, spot = scene
    paths = lines(STREET, [(100, -5), (100, 165)], [(40, 39), (40, -5)])
    gates = gates.assign(open_hours=["06:00-22:00"] + [""] * (len(gates) - 1))
    walls = walls.assign(walled=True)
    for ways in (paths, None):
        found = walking.build(buildings, walls, gates, ways).nearest(spot, limit_m=300)
        shut = walking.build(buildings, walls, gates, ways).nearest(spot, limit_m=300, hour=dt.time(3))
        fewer = walking.build(buildings, walls.assign(walled=[True, False]), gates, ways).nearest(spot, limit_m=300)
        straight = coverage.straight_line(buildings, spot, 300).distance_m
        assert not_longer(found.walk_m, shut.walk_m)
        assert not_longer(fewer.walk_m, found.walk_m)
        assert not_longer(straight, found.walk_m)
        more = walking_changes.with_point(found, points(*spots, index=range(100, 100 + len(spots))))
        assert not_longer(more.walk_m, found.walk_m)
        assert (more.state == coverage.COVERED).sum() >= (found.state == coverage.COVERED).sum()


def not_longer(one, other, slack=0.15):
    """Whether no walk of ``one`` is longer than that of ``other``; gates are 12 cm deep."""
    far = 1e9
    return bool((one.fillna(far) <= other.fillna(far) + slack).all())


@given(scene=scenes(), spots=st.lists(st.tuples(st.integers(0, 200), st.integers(0, 200)), min_size=2, max_size=4))
@QUIET
def test_a_change_says_the_same_as_a_new_answer(scene, spots):
    buildings, walls, gates, _ = scene
    gates = gates.assign(open_hours="06:00-22:00")
    model = walking.build(buildings, walls, gates, lines(STREET, [(100, -5), (100, 165)]))
    places = points(*spots)
    found = model.nearest(places, limit_m=300)
    shut = found
    for gate in gates.index:
        shut = walking_changes.without_gate(shut, gate)
    same(shut, model.nearest(places, limit_m=300, hour=dt.time(3)))
    for gate in gates.index:
        shut = walking_changes.with_gate(shut, gate)
    same(shut, found)
    one, rest = places.iloc[[0]], places.iloc[1:]
    same(walking_changes.with_point(model.nearest(rest, limit_m=300), one), found)
    same(walking_changes.without_point(found, 0), model.nearest(rest, limit_m=300))
    elsewhere = points((33, 77))
    moved = walking_changes.moved_point(found, elsewhere)
    same(moved, model.nearest(pd.concat([elsewhere, rest]), limit_m=300))


def same(one, other):
    np.testing.assert_allclose(one.walk_m, other.walk_m, atol=1e-6)
    assert (one.state == other.state).all()


@given(scene=scenes())
@QUIET
def test_the_matrix_says_the_same_as_the_nearest(scene):
    buildings, walls, gates, spot = scene
    model = walking.build(buildings, walls, gates, lines(STREET, [(100, -5), (100, 165)]))
    both = points((spot.geometry.x[0] - at(0, 0)[0], spot.geometry.y[0] - at(0, 0)[1]), (150, 150))
    stored = model.matrix(both, 150.0).tocoo()
    table = np.full(stored.shape, np.inf)
    table[stored.row, stored.col] = stored.data
    found = model.nearest(both, limit_m=150)
    near = found.state == coverage.COVERED
    np.testing.assert_allclose(table.min(axis=1)[near], found.walk_m[near], atol=1e-6)
    assert np.isinf(table.min(axis=1)[~near]).all()


def test_symmetric():
    houses = frame([box(0, 0, 1, 1), box(180, 130, 181, 131)])
    model = walking.build(houses, paths=lines(STREET, [(0, 3), (90, 80), (181, 128)], [(90, 80), (90, -5)]))
    one = model.nearest(points((0.5, 0.5)), limit_m=1000).walk_m[1]
    other = model.nearest(points((180.5, 130.5)), limit_m=1000).walk_m[0]
    assert one == pytest.approx(other, abs=1.5)


@given(st.integers(0, 10_000))
@settings(max_examples=20, deadline=None)
def test_the_network_says_the_same_as_networkx(seed):
    rng = np.random.default_rng(seed)
    nodes, edges = int(rng.integers(2, 60)), int(rng.integers(1, 150))
    pairs = rng.integers(0, nodes, (edges, 2))
    metres = rng.choice([0.0, 1.0, 2.5, 40.0, 7.25], edges)
    sources = rng.choice(nodes, int(rng.integers(1, min(nodes, 6) + 1)), replace=False)
    graph = nx.MultiGraph()
    graph.add_nodes_from(range(nodes))
    graph.add_weighted_edges_from((int(a), int(b), float(w)) for (a, b), w in zip(pairs, metres, strict=True))
    true = nx.multi_source_dijkstra_path_length(graph, set(sources.tolist()))
    network = Network.from_arrays(pairs, metres, nodes=nodes)
    found = network.reach(Starts.at(sources))
    expected = np.array([true.get(node, np.inf) for node in range(nodes)])
    np.testing.assert_allclose(found.distance_m, expected, atol=1e-9)
    near = network.reach(Starts.at(sources), limit_m=10.0)
    np.testing.assert_allclose(near.distance_m, np.where(expected <= 10, expected, np.inf), atol=1e-9)
    for node in np.flatnonzero(np.isfinite(expected)):
        way = found.way_to(int(node))
        steps = [min(graph[a][b][key]["weight"] for key in graph[a][b]) for a, b in itertools.pairwise(way)]
        assert sum(steps) == pytest.approx(expected[node])


def test_a_network_of_arrays_that_contradict_each_other_is_refused():
    with pytest.raises(ValueError, match="two nodes"):
        Network.from_arrays(np.array([[0, 5]]), np.array([1.0]), nodes=3)
    with pytest.raises(ValueError, match="shorter"):
        Network.from_arrays(np.array([[0, 1]]), np.array([-1.0]))
