"""A border between two areas, taken in hand at one place and drawn over to another.

The new border leads from where the stretch begins over that place to where it ends: along streets, walls and paths
where they lead there, else half-way between the buildings, else straight.
"""

from __future__ import annotations

import itertools
from dataclasses import dataclass
from typing import Any

import geopandas as gpd
import numpy as np
import shapely
from numpy.typing import NDArray
from scipy.sparse import coo_array, csr_array
from scipy.sparse.csgraph import dijkstra
from shapely import LineString, MultiPolygon, Point
from shapely.ops import substring

from gridmap.analysis import cells, seam_lines

Geometries = NDArray[np.object_]
Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

#: A place so near to a line, or to the middle between two buildings, is taken for one on it.
SNAP_M = 12.0
# The ends of a stretch are led to lines so far away, and lines are looked for so far around.
_REACH_M, _AROUND_M = 25.0, 80.0
# A metre half-way between buildings, and one through a building, beside 1 in open ground.
_MIDDLE, _THROUGH = 0.95, 4.0
_SHORTEST_M, _TOUCHING_M = 8.0, 0.05
_SPACING_M = 3.0


@dataclass(frozen=True, kw_only=True)
class Handle:
    """A stretch of a border that can be taken in hand.

    Parameters
    ----------
    one, other
        The areas on its sides, by the index they have.
    at
        Its middle.
    stretch
        The border between the places that stay.
    """

    one: Any
    other: Any
    at: Point
    stretch: LineString


@dataclass(frozen=True, kw_only=True)
class Dragged:
    """A border that was drawn over.

    Parameters
    ----------
    line
        Where it runs now, from one end of the stretch to the other.
    swept
        The ground between the old border and the new.
    """

    line: LineString
    swept: MultiPolygon


def handles(areas: gpd.GeoSeries, length_m: float = 60.0) -> list[Handle]:
    """Divide the borders between areas into stretches.

    Parameters
    ----------
    areas
        Polygons in metres that tile their ground.
    length_m
        About how long a stretch is.
    """
    found: list[Handle] = []
    shapes = areas.geometry.to_numpy()
    pairs = np.transpose(shapely.STRtree(shapes).query(shapes, predicate="dwithin", distance=_TOUCHING_M))
    for i, j in sorted((int(a), int(b)) for a, b in pairs if a < b):
        rim = shapely.intersection(shapely.boundary(shapes[i]), shapely.buffer(shapes[j], _TOUCHING_M))
        lines = [part for part in shapely.get_parts(rim) if part.geom_type == "LineString"]
        for whole in shapely.get_parts(shapely.line_merge(shapely.multilinestrings(lines))) if lines else ():
            arc = whole
            if arc.length < _SHORTEST_M:
                continue
            if not arc.is_closed:
                # What lies beside the other area only at a corner is no border with it.
                arc = substring(arc, _TOUCHING_M, arc.length - _TOUCHING_M)
            # A border that runs round an area has two halves at least: both ends of a stretch must differ.
            n = max(2 if arc.is_closed else 1, round(arc.length / length_m))
            for at in range(n):
                begin, end = arc.length * at / n, arc.length * (at + 1) / n
                stretch = substring(arc, begin, end)
                middle = shapely.line_interpolate_point(arc, (begin + end) / 2)
                found.append(Handle(one=areas.index[i], other=areas.index[j], at=middle, stretch=stretch))
    return found


def drag(handle: Handle, to: Point, lines: gpd.GeoDataFrame, buildings: gpd.GeoDataFrame) -> Dragged:
    """Draw a border over to a place.

    Parameters
    ----------
    handle
        What is dragged.
    to
        Where it is let go.
    lines
        Streets, walls and paths in metres, with ``cost`` (`tessellation.tile`).
    buildings
        Footprints in metres.

    Returns
    -------
    Dragged
        The line has the ends of the stretch; it leads over the place, or over what is near enough for it to be meant.
    """
    first, last = (Point(handle.stretch.coords[at]) for at in (0, -1))
    around = shapely.box(*shapely.MultiPoint([first, last, to]).bounds).buffer(_AROUND_M)
    ways = lines[lines.intersects(around)]
    drawn = shapely.intersection(ways.geometry.to_numpy(), around)
    cost = ways["cost"].to_numpy(dtype=float)
    homes = buildings.geometry.to_numpy()
    homes = homes[shapely.intersects(homes, around)]
    middles = _middles(homes, around)
    goal = snapped(to, drawn, middles, homes)
    line = _led(first, goal, last, drawn, cost, middles, homes)
    return Dragged(line=line, swept=swept(handle.stretch, line))


def snapped(to: Point, lines: Geometries, middles: Geometries, homes: Geometries) -> Point:
    """Return the place that is meant: on a line that is near, else half-way between buildings, else the place itself.

    Parameters
    ----------
    to
        A place.
    lines, middles
        What is near if at most `SNAP_M` away; the middles are gone to from a building however far they are.
    homes
        Buildings.
    """
    for near, limit_m in ((lines, SNAP_M), (middles, np.inf if shapely.intersects(homes, to).any() else SNAP_M)):
        away = shapely.distance(near, to)
        if len(near) and np.nanmin(away) <= limit_m:
            nearest = near[int(np.nanargmin(away))]
            return Point(shapely.shortest_line(nearest, to).coords[0])
    return to


def swept(old: LineString, new: LineString) -> MultiPolygon:
    """Return the ground between two lines that have both ends in common."""
    faces = shapely.get_parts(shapely.polygonize([shapely.union_all([old, new])]))
    return MultiPolygon([face for face in shapely.get_parts(shapely.union_all(faces)) if face.geom_type == "Polygon"])


def _middles(homes: Geometries, around: shapely.Geometry) -> Geometries:
    reduced, _ = cells.apart(homes)
    reduced = reduced[~shapely.is_empty(reduced)]
    if len(reduced) < 2:
        return np.empty(0, dtype=object)
    found = shapely.linestrings(cells.borders(reduced, cells.joint_extent(reduced, around), _SPACING_M).ends)
    found = found[shapely.intersects(found, around)]
    return np.asarray(shapely.get_parts(shapely.line_merge(shapely.multilinestrings(found))), dtype=object)


def _led(
    first: Point,
    goal: Point,
    last: Point,
    lines: Geometries,
    cost: Floats,
    middles: Geometries,
    homes: Geometries,
) -> LineString:
    """Return the cheapest way over a place; where there is none, the straight one."""
    places = [first, goal, last]
    straight = [LineString([one, other]) for one, other in itertools.pairwise(places) if not one.equals(other)]
    ways = np.concatenate([lines, middles])
    price = np.concatenate([cost, np.full(len(middles), _MIDDLE)])
    leads = [
        lead
        for place in places
        for near in (lines, middles)
        if len(near)
        for lead in [shapely.shortest_line(place, near[int(np.nanargmin(shapely.distance(near, place)))])]
        if 0 < lead.length <= _REACH_M
    ]
    net = shapely.get_parts(shapely.union_all([*ways, *leads, *straight]))
    corners, of = shapely.get_coordinates(net, return_index=True)
    within = of[1:] == of[:-1]
    edges = np.hstack([corners[:-1][within], corners[1:][within]])
    worth = np.ones(len(edges))
    if len(ways):
        edge, way = seam_lines.on_lines(edges, ways)
        np.minimum.at(worth, edge, price[way])
    drawn = shapely.linestrings(edges.reshape(-1, 2, 2))
    # A line that leads through a building is no street there.
    worth[np.unique(shapely.STRtree(homes).query(drawn, predicate="crosses")[0])] = _THROUGH
    worth[np.unique(shapely.STRtree(homes).query(drawn, predicate="within")[0])] = _THROUGH
    nodes, at = np.unique(edges.reshape(-1, 2), axis=0, return_inverse=True)
    ends = at.reshape(-1, 2)
    length_m = shapely.length(drawn) * worth
    begin, over, end = (int(np.argmin(np.hypot(*(nodes - (one.x, one.y)).T))) for one in places)
    there = _way(ends, length_m, len(nodes), begin, over)
    open_ = ~np.isin(ends, there[:-1]).any(axis=1)
    back = _way(ends[open_], length_m[open_], len(nodes), over, end)
    if not there or not back:
        return LineString(places)
    return LineString([first, *nodes[[*there, *back[1:]]][1:-1].tolist(), last])


def _way(ends: Ints, cost: Floats, n: int, begin: int, end: int) -> list[int]:
    """Return the nodes of the cheapest way, none where there is no way."""
    graph: csr_array = coo_array((cost, ends.T), shape=(n, n)).tocsr()
    far, before = dijkstra(graph, directed=False, indices=begin, return_predecessors=True)
    if not np.isfinite(far[end]):
        return []
    way = [end]
    while way[-1] != begin:
        way.append(int(before[way[-1]]))
    return way[::-1]
