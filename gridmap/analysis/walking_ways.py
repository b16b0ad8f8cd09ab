"""Paths cut where they meet each other and where they cross a wall.

A path that crosses a wall is cut there: the nodes on both sides of the wall are different ones, which only a gate near
the crossing joins again.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray

from gridmap.analysis.walking_scene import Flags, Floats, Ints, Scene, Shapes, straight_pieces

STREET, STAIRS = "street", "stairs"


@dataclass(frozen=True, kw_only=True)
class Costs:
    """What is walked more slowly, and how far apart things still belong together.

    Parameters
    ----------
    stairs_factor
        Each metre of stairs counts as so many, 1 or more.
    crossing_m
        Metres by which a walk across a street counts longer; half of it where a path joins a street.
    access_m
        A building and a point are joined to all paths as near as this on each side, and to the nearest if none is.
    gate_m
        A path that crosses a wall as near as this to a gate of that wall passes the gate.
    snap_m
        A path that ends as near as this to another meets it.
    """

    stairs_factor: float = 1.0
    crossing_m: float = 0.0
    access_m: float = 60.0
    gate_m: float = 5.0
    snap_m: float = 1.0

    def __post_init__(self) -> None:
        """Refuse costs that would make a walk shorter than the straight line."""
        if not (self.stairs_factor >= 1 and self.crossing_m >= 0):
            raise ValueError("stairs and crossings can only make a walk longer")


@dataclass(frozen=True, kw_only=True, eq=False)
class Ways:
    """Edges between places that carry their zone.

    Parameters
    ----------
    xy, zone
        Of the nodes. Nodes at one place with different zones have a wall between them.
    edges, factor, path
        Nodes of each edge, what each of its metres counts for, and the row of its path; -1 for what is no path.
    extra_m
        Metres that count besides its length.
    gate
        Number of the gate that an edge passes, or -1.
    base, pieces
        Which straight piece each edge is a part of, and the ends of these pieces. They are cut where paths meet and at
        the boundary of any compound, walled or not: what a place is joined to must not depend on walls.
    """

    xy: Floats
    zone: Ints
    edges: Ints
    factor: Floats
    extra_m: Floats
    path: Ints
    gate: Ints
    base: Ints
    pieces: Floats

    @property
    def length_m(self) -> Floats:
        """Metres of each edge as they count."""
        span = self.xy[self.edges[:, 0]] - self.xy[self.edges[:, 1]]
        metres: Floats = np.hypot(span[:, 0], span[:, 1]) * self.factor + self.extra_m
        return metres

    @property
    def lines(self) -> Shapes:
        """Each edge as a line."""
        lines: Shapes = shapely.linestrings(self.xy[self.edges])
        return lines


def ways(paths: gpd.GeoDataFrame | None, scene: Scene, costs: Costs) -> Ways:
    """Cut the paths into edges, and join them where they meet; no wall is passed yet."""
    piece, row, kind = _pieces(paths)
    cuts = [_crossings(piece), _endings(piece, costs.snap_m), _at_outlines(piece, scene)]
    part = np.concatenate([cut[0] for cut in cuts])
    at = np.concatenate([cut[1] for cut in cuts])
    begin, end, origin = split(piece, part, at)
    middle = shapely.points((begin + end) / 2)
    zone = scene.zone_of(middle)
    xy, node_zone, edges = _nodes(begin, end, zone)
    keep = edges[:, 0] != edges[:, 1]
    edges, origin = edges[keep], origin[keep]
    row, kind = row[origin], kind[origin]
    whole = Ways(
        xy=xy,
        zone=node_zone,
        edges=edges,
        factor=np.where(kind == STAIRS, costs.stairs_factor, 1.0),
        extra_m=np.zeros(len(edges)),
        path=row,
        gate=np.full(len(edges), -1),
        base=np.arange(len(edges)),
        pieces=np.stack([begin[keep], end[keep]], axis=1),
    )
    joined = _snapped(whole, costs.snap_m)
    return _kerbed(joined, kind == STREET, costs.crossing_m) if costs.crossing_m else joined


def added(
    ways: Ways, xy: Floats, zone: Ints, edges: Ints, gate: Ints | None = None, extra_m: Floats | None = None
) -> Ways:
    """Return the ways with more nodes, and edges that are no path."""
    more = len(edges)
    return Ways(
        xy=np.concatenate([ways.xy, xy]),
        zone=np.concatenate([ways.zone, zone]),
        edges=np.concatenate([ways.edges, edges]),
        factor=np.concatenate([ways.factor, np.ones(more)]),
        extra_m=np.concatenate([ways.extra_m, np.zeros(more) if extra_m is None else extra_m]),
        path=np.concatenate([ways.path, np.full(more, -1)]),
        gate=np.concatenate([ways.gate, np.full(more, -1) if gate is None else gate]),
        base=np.concatenate([ways.base, np.full(more, -1)]),
        pieces=ways.pieces,
    )


def divided(ways: Ways, edge: Ints, at: Floats) -> tuple[Ways, Ints]:
    """Put a node on ``edge`` at the share ``at`` of its length, for each; return the node of each besides.

    A node that is there already, to the millimetre, is used again.
    """
    ends = ways.xy[ways.edges[edge]]
    xy = ends[:, 0] + (ends[:, 1] - ends[:, 0]) * at[:, None]
    length = np.hypot(*(ends[:, 1] - ends[:, 0]).T)
    node = np.where(
        at * length < 0.001, ways.edges[edge, 0], np.where((1 - at) * length < 0.001, ways.edges[edge, 1], -1)
    )
    inner = np.flatnonzero(node < 0)
    order = inner[np.lexsort((at[inner], edge[inner]))]
    same = np.zeros(len(order), dtype=bool)
    same[1:] = (edge[order][1:] == edge[order][:-1]) & (np.hypot(*(xy[order][1:] - xy[order][:-1]).T) < 0.001)
    number = np.cumsum(~same) - 1
    node[order] = len(ways.xy) + number
    fresh = order[~same]
    host = edge[fresh]
    zone = ways.zone[ways.edges[host, 0]]
    # A chain of nodes along each edge that is cut: its first node, the new ones, its last.
    cut = np.unique(host)
    chain = np.concatenate([ways.edges[cut, 0], node[fresh], ways.edges[cut, 1]])
    owner = np.concatenate([cut, host, cut])
    place = np.concatenate([np.full(len(cut), -1.0), at[fresh], np.full(len(cut), 2.0)])
    by = np.lexsort((place, owner))
    chain, owner = chain[by], owner[by]
    joint = owner[1:] == owner[:-1]
    edges, origin = np.stack([chain[:-1][joint], chain[1:][joint]], axis=1), owner[1:][joint]
    rest = np.ones(len(ways.edges), dtype=bool)
    rest[cut] = False
    which = np.concatenate([np.flatnonzero(rest), origin])
    return (
        Ways(
            xy=np.concatenate([ways.xy, xy[fresh]]),
            zone=np.concatenate([ways.zone, zone]),
            edges=np.concatenate([ways.edges[rest], edges]),
            factor=ways.factor[which],
            extra_m=ways.extra_m[which],
            path=ways.path[which],
            gate=ways.gate[which],
            base=ways.base[which],
            pieces=ways.pieces,
        ),
        node,
    )


def placed(ways: Ways, base: Ints, xy: Floats) -> tuple[Ints, Floats]:
    """Find places on straight pieces again: the edge that each lies on, and the share of its length."""
    ends = ways.pieces[ways.base]
    along = ends[:, 1] - ends[:, 0]
    long = (along**2).sum(axis=1)
    first, last = (((ways.xy[ways.edges[:, side]] - ends[:, 0]) * along).sum(axis=1) / long for side in (0, 1))
    own = np.flatnonzero(ways.base >= 0)
    order = own[np.lexsort((np.minimum(first, last)[own], ways.base[own]))]
    wanted = ways.pieces[base]
    share = ((xy - wanted[:, 0]) * (wanted[:, 1] - wanted[:, 0])).sum(axis=1)
    share = np.clip(share / ((wanted[:, 1] - wanted[:, 0]) ** 2).sum(axis=1), 0, 1)
    keys = ways.base[order] * 2 + np.clip(np.minimum(first, last)[order], 0, 1)
    edge = order[np.maximum(np.searchsorted(keys, base * 2 + share + 1e-12, side="right") - 1, 0)]
    at = (share - first[edge]) / (last[edge] - first[edge])
    return edge, np.clip(at, 0, 1)


def split(piece: Floats, part: Ints, at: Floats) -> tuple[Floats, Floats, Ints]:
    """Cut straight pieces at shares of their length; return begins, ends, and the piece that each was."""
    count = len(piece)
    owner = np.concatenate([np.arange(count), part, np.arange(count)])
    share = np.concatenate([np.zeros(count), np.clip(at, 0, 1), np.ones(count)])
    order = np.lexsort((share, owner))
    owner, share = owner[order], share[order]
    xy = piece[owner, 0] + (piece[owner, 1] - piece[owner, 0]) * share[:, None]
    xy = np.where(share[:, None] == 1, piece[owner, 1], xy)
    both = (owner[1:] == owner[:-1]) & (share[1:] > share[:-1])
    return xy[:-1][both], xy[1:][both], owner[1:][both]


def _pieces(paths: gpd.GeoDataFrame | None) -> tuple[Floats, Ints, NDArray[np.object_]]:
    """Return the straight pieces of all paths, the row of each one's path, and its kind."""
    if paths is None or paths.empty:
        return np.empty((0, 2, 2)), np.empty(0, dtype=np.int64), np.empty(0, dtype=object)
    lines = paths.geometry.to_numpy()
    known = np.flatnonzero(~(shapely.is_missing(lines) | shapely.is_empty(lines)))
    parts, of = shapely.get_parts(lines[known], return_index=True)
    xy, part = shapely.get_coordinates(parts, return_index=True)
    xy = np.round(xy, 3)
    within = (part[1:] == part[:-1]) & (xy[1:] != xy[:-1]).any(axis=1)
    row = known[of[part[1:][within]]]
    kind = paths["kind"].to_numpy(dtype=object) if "kind" in paths.columns else np.full(len(paths), "", dtype=object)
    return np.stack([xy[:-1][within], xy[1:][within]], axis=1), row, kind[row]


def _meetings(one: Floats, other: Floats) -> tuple[Flags, Floats, Floats]:
    """Return where straight pieces meet, as shares of both lengths; pieces that run alongside do not."""
    p, r = one[:, 0], one[:, 1] - one[:, 0]
    q, s = other[:, 0], other[:, 1] - other[:, 0]
    across = r[:, 0] * s[:, 1] - r[:, 1] * s[:, 0]
    steep = np.abs(across) > 1e-9 * np.hypot(*r.T) * np.hypot(*s.T)
    safe = np.where(steep, across, 1.0)
    gap = q - p
    return steep, (gap[:, 0] * s[:, 1] - gap[:, 1] * s[:, 0]) / safe, (gap[:, 0] * r[:, 1] - gap[:, 1] * r[:, 0]) / safe


def _crossings(piece: Floats) -> tuple[Ints, Floats]:
    """Return which pieces are met by another one, and at which share of their length."""
    lines = shapely.linestrings(piece)
    one, other = shapely.STRtree(lines).query(lines, predicate="intersects")
    pair = one < other
    one, other = one[pair], other[pair]
    steep, at_one, at_other = _meetings(piece[one], piece[other])
    parts, shares = [one[steep], other[steep]], [at_one[steep], at_other[steep]]
    # Those that lie on one line are cut at each other's ends.
    flat = np.flatnonzero(~steep)
    for a, b in ((one[flat], other[flat]), (other[flat], one[flat])):
        for end in (0, 1):
            parts.append(a)
            shares.append(_share(piece[a], piece[b, end]))
    return _inside(piece, np.concatenate(parts), np.concatenate(shares))


def _endings(piece: Floats, snap_m: float) -> tuple[Ints, Floats]:
    """Return where pieces are to be cut since another path ends close by."""
    ends = piece.reshape(-1, 2)
    lone, index, count = np.unique(ends, axis=0, return_index=True, return_counts=True)
    lone, index = lone[count == 1], index[count == 1]
    row, near = shapely.STRtree(shapely.linestrings(piece)).query(
        shapely.points(lone), predicate="dwithin", distance=snap_m
    )
    foreign = near != index[row] // 2
    return _inside(piece, near[foreign], _share(piece[near[foreign]], lone[row[foreign]]))


def _at_outlines(piece: Floats, scene: Scene) -> tuple[Ints, Floats]:
    outlines = straight_pieces(shapely.boundary(scene.compounds))
    one, wall = shapely.STRtree(outlines).query(shapely.linestrings(piece), predicate="intersects")
    walls = shapely.get_coordinates(outlines).reshape(-1, 2, 2)
    steep, at, _ = _meetings(piece[one], walls[wall])
    parts, shares = [one[steep]], [at[steep]]
    flat = np.flatnonzero(~steep)
    for end in (0, 1):
        parts.append(one[flat])
        shares.append(_share(piece[one[flat]], walls[wall[flat], end]))
    return _inside(piece, np.concatenate(parts), np.concatenate(shares))


def _share(piece: Floats, place: Floats) -> Floats:
    along = piece[:, 1] - piece[:, 0]
    share: Floats = ((place - piece[:, 0]) * along).sum(axis=1) / (along**2).sum(axis=1)
    return share


def _inside(piece: Floats, part: Ints, at: Floats) -> tuple[Ints, Floats]:
    """Leave out cuts at the ends of a piece, to the millimetre."""
    length = np.hypot(*(piece[part, 1] - piece[part, 0]).T)
    real = (at * length > 0.001) & ((1 - at) * length > 0.001)
    return part[real], at[real]


def _nodes(begin: Floats, end: Floats, zone: Ints) -> tuple[Floats, Ints, Ints]:
    """Number the ends of edges: one node for each place, to the millimetre, and zone."""
    mm = np.round(np.concatenate([begin, end]) * 1000).astype(np.int64)
    table = np.column_stack([mm, np.concatenate([zone, zone])])
    if not len(table):
        return np.empty((0, 2)), np.empty(0, dtype=np.int64), np.empty((0, 2), dtype=np.int64)
    codes = pd.MultiIndex.from_arrays(list(table.T)).factorize()
    number = codes[0].astype(np.int64)
    _, first = np.unique(number, return_index=True)
    xy = np.concatenate([begin, end])[first]
    return xy, table[first, 2], np.stack([number[: len(begin)], number[len(begin) :]], axis=1)


def _kerbed(ways: Ways, street: Flags, crossing_m: float) -> Ways:
    """Let what joins a street end at a kerb of its own: from there to the street counts half a crossing."""
    on_street = np.zeros(len(ways.xy), dtype=bool)
    on_street[ways.edges[: len(street)][street].ravel()] = True
    joins = on_street[ways.edges]
    joins[: len(street)][street] = False
    node = ways.edges[joins]
    kerb = len(ways.xy) + np.arange(len(node))
    edges = ways.edges.copy()
    edges[joins] = kerb
    moved = replace(ways, edges=edges)
    half = np.full(len(node), crossing_m / 2)
    return added(moved, ways.xy[node], ways.zone[node], np.stack([kerb, node], axis=1), extra_m=half)


def gated(ways: Ways, scene: Scene, gate_m: float) -> Ways:
    """Join nodes that only a wall keeps apart, where a gate of that wall is near."""
    if not len(scene.gates) or not len(ways.xy):
        return ways
    row, node = shapely.STRtree(shapely.points(ways.xy)).query(scene.gates, predicate="dwithin", distance=gate_m)
    mm = np.round(ways.xy[node] * 1000).astype(np.int64)
    near = pd.DataFrame({"gate": row, "node": node, "x": mm[:, 0], "y": mm[:, 1], "zone": ways.zone[node]})
    pairs = near.merge(near, on=["gate", "x", "y"], suffixes=("", "_over"))
    compound = scene.gate_compound[pairs["gate"].to_numpy()]
    inside = _holds(scene, pairs["zone"].to_numpy(), compound)
    outside = ~_holds(scene, pairs["zone_over"].to_numpy(), compound)
    through = pairs[inside & outside]
    edges = through[["node", "node_over"]].to_numpy(dtype=np.int64)
    return added(ways, np.empty((0, 2)), np.empty(0, dtype=np.int64), edges, through["gate"].to_numpy(dtype=np.int64))


def _holds(scene: Scene, zone: Ints, compound: Ints) -> Flags:
    """Return whether each zone lies inside each compound: alone, or together with others that are met."""
    key = scene.keys[compound]
    known = np.unique(np.concatenate([zone, scene.keys, [0]]))
    found: Flags = (zone == key) | (np.isin(zone - key, known) & (zone != 0))
    return found


def _snapped(ways: Ways, snap_m: float) -> Ways:
    """Join lone ends to the nearest node of another way that is close by on the same side of all walls."""
    degree = np.bincount(ways.edges.ravel(), minlength=len(ways.xy))
    lone = np.flatnonzero(degree == 1)
    if not len(lone):
        return ways
    places = shapely.points(ways.xy)
    row, near = shapely.STRtree(places).query(places[lone], predicate="dwithin", distance=snap_m)
    one = lone[row]
    good = (one != near) & (ways.zone[one] == ways.zone[near])
    edges = np.unique(np.sort(np.stack([one[good], near[good]], axis=1), axis=1), axis=0)
    return added(ways, np.empty((0, 2)), np.empty(0, dtype=np.int64), edges)
