"""A network of ways as arrays, and the shortest walks on it from many places at once.

The search is a wave: all places send out a front at the same time, and each round of a few numpy calls takes every
front one edge further. With many places no front gets far before it meets another, so the rounds are few. A front goes
on from a node through the edges that it did not come by; a list of the halves of the edges around each node says
which these are.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_matrix
from scipy.sparse.csgraph import connected_components

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]
NOBODY = -1


@dataclass(frozen=True, kw_only=True, eq=False)
class Network:
    """Nodes, the edges between them, and the gates that stand on edges.

    Parameters
    ----------
    nodes
        How many nodes there are.
    edges
        Two node numbers for each edge; every edge is walked both ways.
    length_m
        Metres of each edge, 0 or more; what costs more than its length has its cost here.
    gate
        For each edge the number of the gate that it passes, or -1.
    xy
        Place of each node in a CRS in metres, where it is known.
    """

    nodes: int
    edges: Ints
    length_m: Floats
    gate: Ints
    xy: Floats | None = None

    @staticmethod
    def from_arrays(
        edges: NDArray[np.integer],
        length_m: NDArray[np.floating],
        *,
        nodes: int | None = None,
        gate: NDArray[np.integer] | None = None,
        xy: NDArray[np.floating] | None = None,
    ) -> Network:
        """Make a network of arrays; without ``nodes`` there are as many as the edges name.

        Raises
        ------
        ValueError
            If an edge names a node that is not there, or a length is negative or no number.
        """
        pairs = np.ascontiguousarray(edges, dtype=np.int64).reshape(-1, 2)
        lengths = np.ascontiguousarray(length_m, dtype=np.float64)
        highest = int(pairs.max(initial=-1))
        count = (highest + 1 if xy is None else len(xy)) if nodes is None else nodes
        if len(lengths) != len(pairs) or highest >= count or pairs.min(initial=0) < 0:
            raise ValueError("each edge needs one length and two nodes that are there")
        if not lengths.min(initial=0.0) >= 0:
            raise ValueError("no edge is shorter than 0 m")
        gates = np.full(len(pairs), -1) if gate is None else np.asarray(gate, dtype=np.int64)
        return Network(
            nodes=count,
            edges=pairs,
            length_m=lengths,
            gate=gates,
            xy=None if xy is None else np.asarray(xy, dtype=np.float64),
        )

    @cached_property
    def around(self) -> Around:
        """The halves of the edges in order around the nodes."""
        count = len(self.edges)
        halves = np.arange(2 * count, dtype=np.int32)
        # Two entries a row, so that turning rows into columns sorts the halves by node in one pass.
        start = np.arange(0, 2 * count + 1, 2, dtype=np.int32)
        columns = self.edges.reshape(-1).astype(np.int32)
        by_node = csr_matrix((halves, columns, start), shape=(count, self.nodes)).tocsc()
        first, half = by_node.indptr, by_node.data.astype(np.int64)
        degree = np.diff(first)
        beside = np.empty(2 * count, dtype=np.int64)
        beside[half[:-1]] = half[1:]
        some = np.flatnonzero(degree)
        beside[half.take(first.take(some + 1) - 1)] = half.take(first.take(some))
        head = np.empty(2 * count, dtype=np.int64)
        head[::2], head[1::2] = self.edges[:, 1], self.edges[:, 0]
        return Around(
            first=first,
            half=half,
            beside=beside,
            degree=degree,
            head=head,
            length_m=np.repeat(self.length_m, 2),
        )

    @cached_property
    def _by_gate(self) -> tuple[Ints, Ints]:
        gated = np.flatnonzero(self.gate >= 0)
        gated = gated[np.argsort(self.gate[gated], kind="stable")]
        gates: Ints = self.gate[gated]
        return gated, gates

    def edges_of_gate(self, gate: int) -> Ints:
        """Return the edges that pass a gate."""
        edges, gates = self._by_gate
        found: Ints = edges[np.searchsorted(gates, gate) : np.searchsorted(gates, gate, side="right")]
        return found

    def shut(self, gates: Sequence[int] | Ints) -> Flags | None:
        """Mark the halves of the edges that pass one of ``gates``; None where there are none."""
        marked = np.isin(self.gate, np.asarray(gates, dtype=np.int64)) & (self.gate >= 0)
        return np.repeat(marked, 2) if marked.any() else None

    def pieces(self, shut: Flags | None = None) -> Ints:
        """Return for each node the number of the piece that it hangs together with."""
        edges = self.edges if shut is None else self.edges[~shut[::2]]
        graph = csr_matrix((np.ones(len(edges), np.int8), (edges[:, 0], edges[:, 1])), shape=(self.nodes, self.nodes))
        _, piece = connected_components(graph, directed=False)
        pieces: Ints = piece.astype(np.int64)
        return pieces

    def reach(self, starts: Starts, *, limit_m: float = np.inf, shut: Flags | None = None) -> Reach:
        """Find the shortest walk from any of ``starts`` to each node, up to ``limit_m``."""
        distance_m = np.full(self.nodes, np.inf)
        owner = np.full(self.nodes, NOBODY, dtype=np.int32)
        begun = begin(distance_m, owner, starts, limit_m)
        spread(self.around, distance_m, owner, self.around.out_of(begun), distance_m, limit_m=limit_m, shut=shut)
        return Reach(network=self, starts=starts, limit_m=limit_m, shut=shut, distance_m=distance_m, owner=owner)


@dataclass(frozen=True, kw_only=True, eq=False)
class Around:
    """Halves of edges: half ``2 e`` leads from the first node of edge ``e`` to the second, ``2 e + 1`` back.

    Parameters
    ----------
    first, half
        The halves that begin at node ``v`` are ``half[first[v]:first[v + 1]]``.
    beside
        For each half the next one around the node where it begins.
    degree
        How many halves begin at each node.
    head, length_m
        For each half the node where it ends, and its metres.
    """

    first: Ints
    half: Ints
    beside: Ints
    degree: Ints
    head: Ints
    length_m: Floats

    def out_of(self, nodes: Ints) -> Ints:
        """Return all halves that begin at ``nodes``."""
        count = self.degree.take(nodes).astype(np.int64)
        ends = np.cumsum(count)
        shift = np.repeat(self.first.take(nodes) - (ends - count), count)
        found: Ints = self.half.take(np.arange(len(shift)) + shift)
        return found


@dataclass(frozen=True, kw_only=True, eq=False)
class Starts:
    """Where walks begin: a place ``owner`` reaches ``node`` after ``walk_m`` metres; a place may have several nodes."""

    node: Ints
    owner: Ints
    walk_m: Floats

    @staticmethod
    def at(nodes: NDArray[np.integer]) -> Starts:
        """Return starts on nodes, numbered in order."""
        where = np.asarray(nodes, dtype=np.int64)
        return Starts(node=where, owner=np.arange(len(where)), walk_m=np.zeros(len(where)))


@dataclass(frozen=True, kw_only=True, eq=False)
class Reach:
    """Shortest walk to each node: metres, infinite where none leads there, and the place it comes from, or -1."""

    network: Network
    starts: Starts
    limit_m: float
    shut: Flags | None
    distance_m: Floats = field(repr=False)
    owner: NDArray[np.int32] = field(repr=False)

    def way_to(self, node: int) -> Ints:
        """Return the nodes of the shortest walk to ``node``, from where it begins."""
        around, metres = self.network.around, self.distance_m
        begun: dict[int, float] = {}
        mine = self.starts.owner == self.owner[node]
        for where, walk_m in zip(self.starts.node[mine].tolist(), self.starts.walk_m[mine].tolist(), strict=True):
            begun[where] = min(walk_m, begun.get(where, np.inf))
        way = [node]
        seen = {node}
        while begun.get(way[-1], np.inf) > metres[way[-1]]:
            halves = around.out_of(np.array([way[-1]]))
            before = around.head[halves]
            over = metres[before] + around.length_m[halves]
            tight = (over == metres[way[-1]]) & ~np.isin(before, list(seen)) & (self.owner[before] == self.owner[node])
            if self.shut is not None:
                tight &= ~self.shut[halves]
            if not tight.any():
                # Edges of 0 m led astray: one step back, and another way.
                way.pop()
                continue
            way.append(int(before[np.argmax(tight)]))
            seen.add(way[-1])
        return np.array(way[::-1])


def begin(distance_m: Floats, owner: NDArray[np.int32], starts: Starts, limit_m: float) -> Ints:
    """Write the starts into the two arrays where they are better, the lower owner first; return the nodes changed."""
    order = np.lexsort((starts.owner, starts.walk_m))
    node, walk_m = starts.node[order], starts.walk_m[order]
    _, once = np.unique(node, return_index=True)
    node, walk_m, who = node[once], walk_m[once], starts.owner[order][once]
    better = (walk_m < distance_m[node]) & (walk_m <= limit_m)
    distance_m[node[better]] = walk_m[better]
    owner[node[better]] = who[better]
    return node[better]


def spread(
    around: Around,
    distance_m: Floats,
    owner: NDArray[np.int32],
    halves: Ints,
    tail_m: Floats,
    *,
    limit_m: float = np.inf,
    shut: Flags | None = None,
) -> list[Ints]:
    """Let fronts go out through ``halves`` and write into the two arrays what they make shorter.

    Returns
    -------
    list of arrays
        The nodes that became nearer, round by round.
    """
    tails = around.head.take(halves ^ 1)
    metres, who = tail_m.take(tails), owner.take(tails)
    changed: list[Ints] = []
    while len(halves):
        metres = metres + around.length_m.take(halves, mode="clip")
        if shut is not None:
            metres[shut.take(halves)] = np.inf
        node = around.head.take(halves, mode="clip")
        better = (metres < distance_m.take(node, mode="clip")).nonzero()[0]
        node, metres = node.take(better, mode="clip"), metres.take(better, mode="clip")
        if limit_m < np.inf:
            within = (metres <= limit_m).nonzero()[0]
            node, metres, better = node.take(within), metres.take(within), better.take(within)
        np.minimum.at(distance_m, node, metres)
        won = (metres == distance_m.take(node, mode="clip")).nonzero()[0]
        if len(won) < len(node):
            node, metres, better = node.take(won), metres.take(won), better.take(won)
        halves = halves.take(better, mode="clip")
        owner[node] = who.take(better, mode="clip")
        # Of fronts that come at once, one has the node; the others go on in its name.
        who = owner.take(node, mode="clip")
        changed.append(node)
        halves, metres, who = _onward(around, node, halves ^ 1, metres, who)
    return changed


def _onward(
    around: Around, node: Ints, back: Ints, metres: Floats, who: NDArray[np.int32]
) -> tuple[Ints, Floats, NDArray[np.int32]]:
    """Return the halves that leave each node, all but the one it was reached by, and what goes with them."""
    left = around.degree.take(node, mode="clip")
    parts: list[tuple[Ints, Floats, NDArray[np.int32]]] = []
    step = 1
    while True:
        go = (left > step).nonzero()[0]
        if not len(go):
            break
        if len(go) < len(left):
            left, back, metres, who = left.take(go), back.take(go), metres.take(go), who.take(go)
        back = around.beside.take(back, mode="clip")
        parts.append((back, metres, who))
        step += 1
    if not parts:
        return back[:0], metres[:0], who[:0]
    if len(parts) == 1:
        return parts[0]
    return (
        np.concatenate([part[0] for part in parts]),
        np.concatenate([part[1] for part in parts]),
        np.concatenate([part[2] for part in parts]),
    )
