"""A recorded track is found on the paths it went along, whatever the phone's places are off."""

from __future__ import annotations

import networkx as nx
import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from gridmap.analysis import walking_tracks
from gridmap.analysis.walking_network import Network
from gridmap.errors import InputError

SIDE, BLOCK_M = 6, 80.0


def town() -> tuple[Network, nx.Graph]:
    """A town of square blocks."""
    graph = nx.grid_2d_graph(SIDE, SIDE)
    number = {node: n for n, node in enumerate(graph)}
    edges = np.array([(number[a], number[b]) for a, b in graph.edges])
    xy = np.array(list(graph), dtype=float) * BLOCK_M
    return Network.from_arrays(edges, np.full(len(edges), BLOCK_M), xy=xy), nx.relabel_nodes(graph, number)


NETWORK, GRAPH = town()


def recorded(nodes: list[int], rng: np.random.Generator, sigma_m: float) -> shapely.LineString:
    """What a phone records of a walk over ``nodes``: a place each 10 m, so far off."""
    assert NETWORK.xy is not None
    line = shapely.LineString(NETWORK.xy[nodes])
    along = np.arange(0, line.length + 1, 10.0)
    places = shapely.get_coordinates(shapely.line_interpolate_point(line, along))
    return shapely.LineString(places + rng.normal(0, sigma_m, places.shape))


@settings(max_examples=10, deadline=None)
@given(st.integers(0, SIDE**2 - 1), st.integers(0, SIDE**2 - 1), st.integers(0, 2**32 - 1))
def test_the_walk_is_found_again(start: int, end: int, seed: int) -> None:
    if start == end:
        return
    rng = np.random.default_rng(seed)
    way = nx.shortest_path(GRAPH, start, end, weight=lambda *_: rng.random() + 0.5)
    found = walking_tracks.match(recorded(way, rng, 5.0), NETWORK)
    truth = shapely.LineString(NETWORK.xy[way])  # type: ignore[index]
    assert found.off_m == 0
    # It may end some metres short, or go on so far.
    assert found.walk_m == pytest.approx(truth.length, abs=30 + 0.08 * truth.length)
    away = found.line.difference(truth.buffer(20)).length
    assert away <= 0.05 * truth.length + 15
    assert truth.difference(found.line.buffer(20)).length <= 0.05 * truth.length + 25


def test_what_lies_off_the_paths_is_said_and_joins_nothing() -> None:
    away = shapely.LineString([(0, 0), (BLOCK_M, 0), (BLOCK_M, -300), (2 * BLOCK_M, -300), (2 * BLOCK_M, 0)])
    places = shapely.segmentize(away, 10)
    found = walking_tracks.match(places, NETWORK)
    assert found.off_m > 500
    assert found.walk_m < 3 * BLOCK_M
    assert found.track_m == pytest.approx(away.length, rel=0.05)


def test_two_recordings_of_one_walk_are_two_pieces() -> None:
    first, second = recorded([0, 1], np.random.default_rng(1), 1.0), recorded([30, 31], np.random.default_rng(2), 1.0)
    found = walking_tracks.match(shapely.MultiLineString([first, second]), NETWORK)
    assert len(found.line.geoms) == 2
    assert found.walk_m == pytest.approx(2 * BLOCK_M, abs=25)


def test_standing_still_is_no_walking() -> None:
    rng = np.random.default_rng(3)
    still = shapely.LineString(rng.normal((40.0, 0.0), 3.0, (400, 2)))
    assert walking_tracks.match(still, NETWORK).walk_m < 40


def test_a_community_without_paths_is_told_so() -> None:
    empty = Network.from_arrays(np.empty((0, 2), int), np.empty(0), nodes=1, xy=np.zeros((1, 2)))
    with pytest.raises(InputError):
        walking_tracks.match(shapely.LineString([(0, 0), (50, 0)]), empty)
