"""Coverage on foot of a seeded city of gated blocks, beside networkit, igraph and pandana.

    python -m benchmarks.walking [--buildings N] [--points N] [--pairs N] [--without pandana ...]

The whole way from arrays to the answer is timed: the building of the graph and the search. Each peer answers in its
best way: where it knows one source only, a node more is joined to all points by edges of 0 m. networkx is what
distances are checked against. Peers that are not installed (``requirements-bench.txt``) are left out and named.
"""

from __future__ import annotations

import argparse
import importlib
import importlib.util
import time
from collections.abc import Callable
from typing import Any

import networkx as nx
import numpy as np
import pandas as pd

from benchmarks import walking_city
from gridmap.analysis import walking_changes, walking_pairs
from gridmap.analysis.walking_doors import Doors
from gridmap.analysis.walking_network import Network, Starts

LIMIT_M = 500.0005  # half a millimetre, so that no sum of whole ones lies on the limit
FAR_M = 100_000.0


def best(run: Callable[[], Any], times: int) -> tuple[float, Any]:
    """Return the least seconds of some runs, and the last answer."""
    spent, answer = [], None
    for _ in range(times):
        begun = time.perf_counter()
        answer = run()
        spent.append(time.perf_counter() - begun)
    return min(spent), answer


def ours(city: walking_city.City) -> tuple[np.ndarray, np.ndarray]:
    """From arrays to metres and point of each building."""
    network = Network.from_arrays(city.edges, city.length_m, nodes=len(city.xy), gate=city.gate, xy=city.xy)
    doors = Doors.from_arrays(np.arange(len(city.door)), city.door, city.door_m, buildings=len(city.door))
    return doors.nearest(network.reach(Starts.at(city.points)))


def with_networkit(city: walking_city.City) -> np.ndarray:
    """One source that is joined to all points."""
    networkit = importlib.import_module("networkit")
    nodes, edges, length = _with_source(city)
    ends = edges.astype(np.uint64)
    graph = networkit.GraphFromCoo((length, (ends[:, 0], ends[:, 1])), n=nodes + 1, weighted=True, directed=False)
    search = networkit.distance.Dijkstra(graph, nodes, storePaths=False)
    search.run()
    return np.asarray(search.getDistances(asarray=True))[city.door] + city.door_m


def with_igraph(city: walking_city.City) -> np.ndarray:
    """One source that is joined to all points."""
    igraph = importlib.import_module("igraph")
    nodes, edges, length = _with_source(city)
    graph = igraph.Graph(nodes + 1, edges)
    return np.asarray(graph.distances(source=[nodes], weights=length)[0])[city.door] + city.door_m


def with_pandana(city: walking_city.City) -> np.ndarray:
    """Its own query for the nearest point of interest."""
    network = pandana_network(city)
    places = pd.DataFrame(city.xy[city.points])
    network.set_pois("points", FAR_M, 1, places[0], places[1])
    found = network.nearest_pois(FAR_M, "points", num_pois=1)
    return found[1].to_numpy()[city.door] + city.door_m


def pandana_network(city: walking_city.City) -> Any:
    """Build pandana's network of the city."""
    pandana = importlib.import_module("pandana")
    nodes, ends = pd.DataFrame(city.xy), pd.DataFrame(city.edges)
    # It cuts off what is less than a millimetre, of 1.001 too, which a computer holds as a little less.
    metres = pd.DataFrame({"metres": city.length_m + 1e-4})
    return pandana.Network(nodes[0], nodes[1], ends[0], ends[1], metres)


def _with_source(city: walking_city.City) -> tuple[int, np.ndarray, np.ndarray]:
    nodes = len(city.xy)
    more = np.column_stack([np.full(len(city.points), nodes), city.points])
    return nodes, np.concatenate([city.edges, more]), np.concatenate([city.length_m, np.zeros(len(more))])


def check(buildings: int = 1000) -> float:
    """Return how far ours is from networkx on a small city, in metres."""
    city = walking_city.city(buildings, 10)
    graph = nx.Graph()
    for (a, b), metres in zip(city.edges.tolist(), city.length_m.tolist(), strict=True):
        if metres < graph.get_edge_data(a, b, {"weight": np.inf})["weight"]:
            graph.add_edge(a, b, weight=metres)
    true = nx.multi_source_dijkstra_path_length(graph, set(city.points.tolist()))
    expected = np.array([true.get(int(node), np.inf) for node in city.door]) + city.door_m
    found, _ = ours(city)
    assert np.array_equal(np.isfinite(found), np.isfinite(expected))
    return float(np.nanmax(np.where(np.isfinite(found), np.abs(found - expected), 0)))


def coverage(city: walking_city.City, without: list[str]) -> float:
    """Time the whole way, ours and the peers', and return our seconds."""
    spent_s, (walk_m, _) = best(lambda: ours(city), 7)
    print(f"{'gridmap':12}{spent_s:10.4f} s")
    peers = (("networkit", with_networkit, 3), ("igraph", with_igraph, 2), ("pandana", with_pandana, 1))
    for name, run, times in peers:
        if name in without or importlib.util.find_spec(name) is None:
            print(f"{name:12}{'left out':>12}")
            continue
        peer_s, metres = best(lambda run=run: run(city), times)
        same = np.isfinite(walk_m) & (metres < FAR_M)
        off_m = np.abs(walk_m - metres)[same].max()
        print(f"{name:12}{peer_s:10.4f} s{peer_s / spent_s:10.1f} times   differs by at most {off_m:.1e} m")
    return spent_s


def changes(city: walking_city.City, full_s: float) -> None:
    """Time a gate closed and opened, a point added, taken away and moved, against a full pass."""
    network = Network.from_arrays(city.edges, city.length_m, nodes=len(city.xy), gate=city.gate, xy=city.xy)
    doors = Doors.from_arrays(np.arange(len(city.door)), city.door, city.door_m, buildings=len(city.door))
    reach = network.reach(Starts.at(city.points))
    walk_m, owner = doors.nearest(reach)
    rng = np.random.default_rng(5)
    print(f"{'change':12}{'mean s':>10}{'of a pass':>12}")
    network.edges_of_gate(0)
    doors.again(reach, city.points[:1], walk_m.copy(), owner.copy())
    tried = {name: [] for name in ("close a gate", "open a gate", "add a point", "drop a point", "move a point")}
    for number in rng.choice(int(city.gate.max()), 30, replace=False).tolist():
        spot = Starts(node=rng.choice(city.door, 1), owner=np.array([len(city.points)]), walk_m=np.zeros(1))
        gone = int(rng.integers(len(city.points)))
        shut, _ = walking_changes.closed(reach, number)
        for name, change in (
            ("close a gate", lambda number=number: walking_changes.closed(reach, number)),
            ("open a gate", lambda shut=shut, number=number: walking_changes.opened(shut, number)),
            ("add a point", lambda spot=spot: walking_changes.joined(reach, spot)),
            ("drop a point", lambda gone=gone: walking_changes.left(reach, gone)),
            ("move a point", lambda gone=gone, spot=spot: walking_changes.moved(reach, gone, spot)),
        ):
            begun = time.perf_counter()
            new, changed = change()
            doors.again(new, changed, walk_m.copy(), owner.copy())
            tried[name].append(time.perf_counter() - begun)
    for name, spent in tried.items():
        middle = float(np.median(spent))
        print(f"{name:14}{middle:8.5f}{middle / full_s:12.3f}")


def pairs(buildings: int, without: list[str]) -> None:
    """Time all pairs of buildings within 500 m, ours and pandana's range query, and compare the pairs."""
    city = walking_city.city(buildings, 10)
    network = Network.from_arrays(city.edges, city.length_m, nodes=len(city.xy), gate=city.gate, xy=city.xy)
    spent_s, (source, node, _) = best(lambda: walking_pairs.within(network, city.door, city.door, LIMIT_M), 2)
    print(f"all pairs within {LIMIT_M:.0f} m of {buildings} buildings: {len(source)} pairs")
    print(f"{'gridmap':12}{spent_s:10.3f} s")
    if "pandana" in without or importlib.util.find_spec("pandana") is None:
        print(f"{'pandana':12}{'left out':>12}")
        return
    peer = pandana_network(city)
    begun = time.perf_counter()
    found = peer.nodes_in_range(city.door.tolist(), LIMIT_M)
    peer_s = time.perf_counter() - begun
    is_door = np.zeros(len(city.xy), dtype=bool)
    is_door[city.door] = True
    found = found[is_door[found["destination"].to_numpy()]]
    theirs = np.unique(found["source"].to_numpy() * len(city.xy) + found["destination"].to_numpy())
    mine = np.unique(city.door[source] * len(city.xy) + node)
    said = "the same pairs" if np.array_equal(theirs, mine) else f"{len(np.setxor1d(theirs, mine))} PAIRS DIFFER"
    print(f"{'pandana':12}{peer_s:10.3f} s{peer_s / spent_s:10.1f} times   {said}")


def main(arguments: list[str] | None = None) -> None:
    """Measure and print the tables."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--buildings", type=int, default=200_000)
    parser.add_argument("--points", type=int, help="one for each hundred buildings if left out")
    parser.add_argument("--pairs", type=int, default=20_000, help="buildings of the city whose pairs are counted")
    parser.add_argument("--without", nargs="*", default=[], metavar="PEER", help="peers to leave out")
    options = parser.parse_args(arguments)
    city = walking_city.city(options.buildings, options.points or max(options.buildings // 100, 1))
    print(f"{len(city.door)} buildings, {len(city.points)} points, {len(city.xy)} nodes, {len(city.edges)} edges")
    print(f"networkx on 1000 buildings: differs by at most {check():.1e} m")
    changes(city, coverage(city, options.without))
    pairs(options.pairs, options.without)


if __name__ == "__main__":
    main()
