"""Walks between any two of some places: metres, and the line of one walk.

Each place is joined to the network as service points are. For the search it becomes a node of its own, from which ways
lead only out, so that nobody walks through a building on the way to another place.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, field

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from scipy.sparse.csgraph import dijkstra

from gridmap.analysis import walking_pairs
from gridmap.analysis.walking import Model
from gridmap.analysis.walking_network import Floats, Ints
from gridmap.analysis.walking_points import Approach

# A length of 0 would be no edge at all in a sparse matrix.
_LEAST_M = 1e-9


@dataclass(frozen=True, kw_only=True, eq=False)
class Legs:
    """Walks between places.

    Parameters
    ----------
    metres
        Square matrix in the order of the places; infinite where no way leads.
    crs
        The CRS in metres of `line`.
    """

    metres: Floats
    crs: object
    model: Model = field(repr=False)
    approach: Approach = field(repr=False)
    reached: Floats = field(repr=False)
    before: Ints = field(repr=False)
    direct: Floats = field(repr=False)

    def line(self, one: int, other: int) -> shapely.LineString:
        """Return the walk from one place to another, in the model's CRS; two equal ends for a walk of 0 m.

        Raises
        ------
        ValueError
            If no way leads there.
        """
        number = {int(row): at for at, row in enumerate(self.approach.row)}
        if not np.isfinite(self.metres[one, other]):
            raise ValueError(f"no way leads from place {one} to {other}")
        a, b = number[one], number[other]
        ends = [shapely.get_coordinates(self.approach.place[at]) for at in (a, b)]
        starts = self.approach.starts
        last = np.flatnonzero(starts.owner == b)
        over = self.reached[a, starts.node[last]] + starts.walk_m[last]
        if one == other or self.direct[one, other] <= over.min(initial=np.inf):
            return _joined(ends)
        door = last[int(np.argmin(over))]
        way = [int(starts.node[door])]
        nodes = len(self.model.fabric.ways.xy)
        while (back := int(self.before[a, way[-1]])) >= 0 and back < nodes:
            way.append(back)
        first = np.flatnonzero((starts.owner == a) & (starts.node == way[-1]))
        begun = first[int(np.argmin(starts.walk_m[first]))]
        parts = [
            shapely.get_coordinates(self.approach.start_line[begun]),
            self.model.fabric.ways.xy[way[::-1]],
            shapely.get_coordinates(self.approach.start_line[door])[::-1],
        ]
        return _joined([ends[0], *parts, ends[1]])


def between(model: Model, places: gpd.GeoDataFrame, *, shut: Collection[int] = ()) -> Legs:
    """Measure all walks between places.

    Parameters
    ----------
    model
        Where people can walk.
    places
        Points in the model's CRS on a default index; an empty one is reached from nowhere.
    shut
        Numbers of gates that let nobody through, as `Model.closed` gives them.
    """
    approach = model.approach(places.reset_index(drop=True))
    count, starts, network = len(places), approach.starts, model.network
    marked = network.shut(sorted(shut))
    open_ = np.ones(len(network.edges), dtype=bool) if marked is None else ~marked[::2]
    own = network.nodes + starts.owner
    tail = np.concatenate([network.edges[open_, 0], network.edges[open_, 1], own])
    head = np.concatenate([network.edges[open_, 1], network.edges[open_, 0], starts.node])
    metres = np.concatenate([network.length_m[open_], network.length_m[open_], starts.walk_m])
    numbers = network.nodes + np.arange(len(approach.row))
    graph = walking_pairs.least(tail, head, np.maximum(metres, _LEAST_M), network.nodes + len(approach.row))
    reached, before = dijkstra(graph, indices=numbers, return_predecessors=True)
    table = np.full((count, count), np.inf)
    inner = np.full((len(numbers), len(numbers)), np.inf)
    np.minimum.at(inner.T, starts.owner, (reached[:, starts.node] + starts.walk_m).T)
    table[np.ix_(approach.row, approach.row)] = inner
    direct = _direct(model, approach, count)
    table = np.minimum(table, direct)
    table = np.minimum(table, table.T)
    table[approach.row, approach.row] = 0.0
    return Legs(
        metres=table,
        crs=model.crs,
        model=model,
        approach=approach,
        reached=reached,
        before=before.astype(np.int64),
        direct=direct,
    )


def _direct(model: Model, approach: Approach, count: int) -> Floats:
    """Return the metres between places that see each other across open ground; one of them is in a building."""
    home = np.full(len(approach.row), -1)
    which, building = model.fabric.scene.building_tree.query(approach.place, predicate="intersects")
    home[which[::-1]] = building[::-1]
    seen = pd.DataFrame({"building": approach.seen_building, "point": approach.seen_point, "metres": approach.seen_m})
    mine = pd.DataFrame({"building": home, "place": np.arange(len(home))})
    pairs = seen.merge(mine[mine["building"] >= 0], on="building")
    direct = np.full((count, count), np.inf)
    a, b = approach.row[pairs["point"].to_numpy()], approach.row[pairs["place"].to_numpy()]
    np.minimum.at(direct, (a, b), pairs["metres"].to_numpy())
    both: Floats = np.minimum(direct, direct.T)
    return both


def _joined(parts: list[Floats]) -> shapely.LineString:
    xy = np.concatenate(parts)
    moved = np.ones(len(xy), dtype=bool)
    moved[1:] = (np.abs(np.diff(xy, axis=0)) > 1e-6).any(axis=1)
    xy = xy[moved]
    return shapely.LineString(xy if len(xy) > 1 else np.repeat(xy, 2, axis=0))
