"""Which paths a recorded track went along.

A phone's places are some metres off, so the nearest path is often the one beside. Of all ways along the network that
could have given such a recording, the most probable one is taken: a hidden Markov model of places on edges, after
Newson & Krumm (2009), doi:10.1145/1653771.1653818.
"""

from __future__ import annotations

import itertools
from dataclasses import dataclass

import numpy as np
import shapely
from numpy.typing import NDArray
from scipy.sparse import csr_matrix

from gridmap.analysis import walking_pairs
from gridmap.analysis.walking_network import Floats, Ints, Network
from gridmap.errors import InputError

SIGMA_M = 8.0
"""Standard deviation of a phone's places in a compound, in metres."""
RADIUS_M = 35.0
"""A place farther than this from every path is off the paths."""
_BETA_M = 10.0
_STEP_M = 2 * SIGMA_M
_MOST = 6
# What lies farther apart is not one walk: the recording was interrupted.
_GAP_M = 150.0
_DETOUR = 3.0


@dataclass(frozen=True, kw_only=True, eq=False)
class Matched:
    """A track on the network.

    Parameters
    ----------
    line
        Along the paths, in the CRS of the network; one part for each piece that hangs together.
    walk_m
        Metres along the paths.
    track_m
        Metres of the recording, thinned to a place each 16 m.
    off_m
        Metres of it where no path is near.
    """

    line: shapely.MultiLineString
    walk_m: float
    track_m: float
    off_m: float


def match(
    track: shapely.LineString | shapely.MultiLineString, network: Network, *, sigma_m: float = SIGMA_M
) -> Matched:
    """Find the way along the network that a track most probably recorded.

    Parameters
    ----------
    track
        In the CRS of the network; one part for each uninterrupted recording.
    network
        With ``xy``; lengths count as straight lines between its nodes.
    sigma_m
        How far off the recorded places are, as a standard deviation.

    Raises
    ------
    InputError
        If the network has no edge.
    """
    if network.xy is None or not len(network.edges):
        raise InputError("track_no_paths")
    ends = network.xy[network.edges]
    metres = np.hypot(*(ends[:, 0] - ends[:, 1]).T)
    plain = Network.from_arrays(network.edges, metres, nodes=network.nodes, xy=network.xy)
    lines = shapely.linestrings(ends)
    tree = shapely.STRtree(lines)
    parts, walk_m, track_m, off_m = [], 0.0, 0.0, 0.0
    for piece in shapely.get_parts(track):
        places = _thinned(shapely.get_coordinates(piece))
        step_m = np.hypot(*np.diff(places, axis=0).T)
        track_m += float(step_m.sum())
        chains, away = _chains(places, lines, tree, metres)
        off_m += float(step_m[away[1:] | away[:-1]].sum())
        for chain in chains:
            spots, length = _most_probable(chain, plain, metres, ends, sigma_m)
            walk_m += length
            parts += [shapely.LineString(spot) for spot in spots if len(spot) > 1]
    return Matched(line=shapely.MultiLineString(parts), walk_m=walk_m, track_m=track_m, off_m=off_m)


@dataclass(frozen=True, kw_only=True, eq=False)
class _Candidates:
    """Where a recorded place may have been: edges, the metres along each, the metres between; and the place itself."""

    place: Floats
    edge: Ints
    along_m: Floats
    off_m: Floats


def _thinned(xy: Floats) -> Floats:
    """Put places that follow each other within a step of the first of them at their mean: standing is no walking."""
    first, begun = 0, [0]
    for number in range(1, len(xy)):
        if np.hypot(*(xy[number] - xy[first])) >= _STEP_M:
            first = number
            begun.append(number)
    sums = np.add.reduceat(xy, begun, axis=0)
    means: Floats = sums / np.diff([*begun, len(xy)])[:, None]
    return means


def _chains(
    places: Floats, lines: NDArray[np.object_], tree: shapely.STRtree, metres: Floats
) -> tuple[list[list[_Candidates]], NDArray[np.bool_]]:
    """Return the candidates of places one after the other that have some, and which places have none."""
    points = shapely.points(places)
    which, edge = tree.query(points, predicate="dwithin", distance=RADIUS_M)
    off = shapely.distance(points[which], lines[edge])
    along = np.minimum(shapely.line_locate_point(lines[edge], points[which]), metres[edge])
    away = np.ones(len(places), dtype=bool)
    chains: list[list[_Candidates]] = []
    for number in range(len(places)):
        mine = np.flatnonzero(which == number)
        mine = mine[np.argsort(off[mine], kind="stable")][:_MOST]
        if not len(mine):
            continue
        away[number] = False
        gap = number == 0 or away[number - 1] or np.hypot(*(places[number] - places[number - 1])) > _GAP_M
        if gap:
            chains.append([])
        chains[-1].append(_Candidates(place=places[number], edge=edge[mine], along_m=along[mine], off_m=off[mine]))
    return chains, away


def _most_probable(
    chain: list[_Candidates], network: Network, metres: Floats, ends: Floats, sigma_m: float
) -> tuple[list[Floats], float]:
    """Return the places on the network of the most probable way, in pieces, and the metres between them (Viterbi)."""
    table = _distances(chain, network)
    score = -0.5 * (chain[0].off_m / sigma_m) ** 2
    back: list[Ints] = []
    begins = [0]
    stretches: list[Floats] = []
    for before, now in itertools.pairwise(chain):
        walked = _between(before, now, network, metres, table)
        straight = float(np.hypot(*(now.place - before.place)))
        # No way between two places: the recording begins anew.
        likely = np.where(np.isfinite(walked), -np.abs(walked - straight) / _BETA_M, -np.inf)
        whole = score[:, None] + likely
        best = whole.argmax(axis=0)
        reached = whole[best, np.arange(len(best))]
        seen = -0.5 * (now.off_m / sigma_m) ** 2
        if not np.isfinite(reached).any():
            begins.append(len(back) + 1)
            reached = np.full(len(best), score.max())
            best = np.full(len(best), -1 - int(score.argmax()))
        back.append(best)
        stretches.append(walked)
        score = reached + seen
    at = int(score.argmax())
    chosen = [at]
    length = 0.0
    for number in range(len(chain) - 1, 0, -1):
        came = int(back[number - 1][at])
        if came >= 0:
            length += float(stretches[number - 1][came, at])
        # Below 0 stands the best end of the stretch before, where a new one begins.
        at = came if came >= 0 else -1 - came
        chosen.append(at)
    chosen.reverse()
    spots = np.array([_spot(one, at, metres, ends) for one, at in zip(chain, chosen, strict=True)])
    return np.split(spots, begins[1:]), length


def _spot(one: _Candidates, at: int, metres: Floats, ends: Floats) -> Floats:
    edge = one.edge[at]
    share = one.along_m[at] / metres[edge] if metres[edge] > 0 else 0.0
    spot: Floats = ends[edge, 0] + share * (ends[edge, 1] - ends[edge, 0])
    return spot


def _distances(chain: list[_Candidates], network: Network) -> csr_matrix:
    """Return the metres between the nodes of the candidates' edges, more by 1: what is not stored is out of reach."""
    nodes = np.unique(network.edges[np.unique(np.concatenate([one.edge for one in chain]))])
    steps = [float(np.hypot(*(now.place - before.place))) for before, now in itertools.pairwise(chain)]
    limit_m = _DETOUR * max(steps, default=0.0) + 4 * RADIUS_M
    source, node, metres = walking_pairs.within(network, nodes, nodes, limit_m)
    return csr_matrix((metres + 1.0, (nodes[source], node)), shape=(network.nodes, network.nodes))


def _between(before: _Candidates, now: _Candidates, network: Network, metres: Floats, table: csr_matrix) -> Floats:
    """Return the metres along the network between each two candidates; infinite where there is no way."""
    shape = (len(before.edge), len(now.edge))
    found = np.full(shape, np.inf)
    for side, to_end in ((0, before.along_m), (1, metres[before.edge] - before.along_m)):
        for other, from_end in ((0, now.along_m), (1, metres[now.edge] - now.along_m)):
            tail, head = network.edges[before.edge, side], network.edges[now.edge, other]
            grid = table[np.repeat(tail, shape[1]), np.tile(head, shape[0])]
            stored = np.asarray(grid).reshape(shape)
            way = np.where(stored > 0, stored - 1.0, np.inf)
            found = np.minimum(found, to_end[:, None] + way + from_end[None, :])
    same = before.edge[:, None] == now.edge[None, :]
    return np.where(same, np.minimum(found, np.abs(before.along_m[:, None] - now.along_m[None, :])), found)
