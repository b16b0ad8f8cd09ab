"""All pairs of nodes within a limit.

The search from a node cannot leave the square of twice the limit around it, since no walk is shorter than the straight
line. So nodes are taken tile by tile, each with the part of the network that can matter to it.
"""

from __future__ import annotations

import numpy as np
from scipy.sparse import csr_matrix
from scipy.sparse.csgraph import dijkstra

from gridmap.analysis.walking_network import Flags, Floats, Ints, Network

# So many numbers a search may hold at once.
_ROOM = 4_000_000


def within(
    network: Network, sources: Ints, targets: Ints, limit_m: float, *, shut: Flags | None = None
) -> tuple[Ints, Ints, Floats]:
    """Find the walks from ``sources`` to ``targets`` that are no longer than ``limit_m``.

    Returns
    -------
    three arrays
        Position in ``sources``, node among ``targets``, metres; sorted by the first, then the second.
    """
    wanted = np.zeros(network.nodes, dtype=bool)
    wanted[targets] = True
    around = network.around
    length_m = around.length_m if shut is None else np.where(shut, np.inf, around.length_m)
    local = np.full(network.nodes, -1)
    parts: list[tuple[Ints, Ints, Floats]] = []
    for mine, here in _tiles(network, sources, limit_m):
        local[here] = np.arange(len(here))
        halves = around.out_of(here)
        tail, head = local[around.head[halves ^ 1]], local[around.head[halves]]
        inner = (head >= 0) & (length_m[halves] <= limit_m)
        # A length of 0 would be no edge at all in a sparse matrix.
        metres = np.maximum(length_m[halves[inner]], 1e-9)
        graph = least(tail[inner], head[inner], metres, len(here))
        columns = np.flatnonzero(wanted[here])
        step = max(1, _ROOM // len(here))
        for at in range(0, len(mine), step):
            some = mine[at : at + step]
            found = dijkstra(graph, indices=local[sources[some]], limit=limit_m)[:, columns]
            row, column = np.nonzero(np.isfinite(found))
            parts.append((some[row], here[columns[column]], found[row, column]))
        local[here] = -1
    if not parts:
        return np.empty(0, dtype=np.int64), np.empty(0, dtype=np.int64), np.empty(0)
    source, node, metres = (np.concatenate([part[i] for part in parts]) for i in range(3))
    order = np.lexsort((node, source))
    return source[order], node[order], metres[order]


def least(tail: Ints, head: Ints, metres: Floats, count: int) -> csr_matrix:
    """Return the graph with the shortest of several edges between two nodes: a sparse matrix would add them up."""
    order = np.lexsort((metres, head, tail))
    tail, head, metres = tail[order], head[order], metres[order]
    first = np.ones(len(tail), dtype=bool)
    first[1:] = (tail[1:] != tail[:-1]) | (head[1:] != head[:-1])
    return csr_matrix((metres[first], (tail[first], head[first])), shape=(count, count))


def _tiles(network: Network, sources: Ints, limit_m: float) -> list[tuple[Ints, Ints]]:
    """Group the sources by place, and name with each group the nodes that its walks can touch."""
    if network.xy is None or not np.isfinite(limit_m) or limit_m <= 0 or not len(sources):
        return [(np.arange(len(sources)), np.arange(network.nodes))] if len(sources) else []
    step = max(limit_m / 2, 50.0)
    cell = np.floor(network.xy[sources] / step).astype(np.int64)
    by = np.lexsort((cell[:, 1], cell[:, 0]))
    edge = np.flatnonzero(np.concatenate([[True], (np.diff(cell[by], axis=0) != 0).any(axis=1)]))
    order = np.argsort(network.xy[:, 0], kind="stable")
    x = network.xy[order, 0]
    found = []
    for mine in np.split(by, edge[1:]):
        low, high = network.xy[sources[mine]].min(axis=0) - limit_m, network.xy[sources[mine]].max(axis=0) + limit_m
        strip = order[np.searchsorted(x, low[0]) : np.searchsorted(x, high[0], side="right")]
        y = network.xy[strip, 1]
        found.append((mine, strip[(y >= low[1]) & (y <= high[1])]))
    return found
