"""Small scenes with walls, and what another library and another method say of them."""

from __future__ import annotations

import itertools

import geopandas as gpd
import networkx as nx
import numpy as np
import shapely
from hypothesis import strategies as st

CRS = 4545
X, Y = 500_000.0, 3_789_000.0


def at(x, y):
    return (X + x, Y + y)


def box(west, south, east, north):
    return shapely.box(X + west, Y + south, X + east, Y + north)


def frame(shapes, index=None, **columns):
    return gpd.GeoDataFrame(columns, geometry=list(shapes), crs=CRS, index=index)


def points(*places, index=None):
    return frame([shapely.Point(at(*place)) if place else shapely.Point() for place in places], index=index)


def lines(*ways, kind="footpath"):
    return frame([shapely.LineString([at(*place) for place in way]) for way in ways], kind=[kind] * len(ways))


@st.composite
def scenes(draw, gap_m=3.0):
    """Some buildings on a plot of 200 m, two compounds with gates, and a point."""
    cells = draw(st.lists(st.integers(0, 24), min_size=3, max_size=7, unique=True))
    shapes = []
    for cell in cells:
        west, south = (cell % 5) * 40 + gap_m, (cell // 5) * 40 + gap_m
        wide, high = draw(st.integers(8, 30)), draw(st.integers(8, 30))
        shapes.append(box(west, south, west + wide, south + high))
    walls = [box(-1, -1, 79, 119), box(120.5, 39, 199, 160)]
    gates = []
    for wall in walls:
        for _ in range(draw(st.integers(1, 2))):
            gates.append(wall.exterior.interpolate(draw(st.integers(1, int(wall.exterior.length) - 1))))
    owner = [int(np.argmin([wall.distance(gate) for wall in walls])) for gate in gates]
    spot = points((draw(st.integers(0, 200)), draw(st.integers(0, 200))))
    return frame(shapes), frame(walls), frame(gates, compound_id=owner), spot


def exact(building, place, buildings, walls, gates):
    """Return the shortest walk by the graph of all vertices that see each other, free of ours.

    Buildings may be touched and not entered; a wall is met at its gates only.
    """
    solid = shapely.union_all(shapely.buffer(np.array(buildings, dtype=object), -1e-7))
    rings = shapely.union_all(shapely.boundary(np.array(walls, dtype=object))) if len(walls) else shapely.Point()
    doors = [shapely.Point(gate) for gate in gates]
    # A step off the wall on each side, so that nothing has to touch it.
    spots = [(place.x, place.y)]
    for wall in walls:
        for off in (-1e-4, 1e-4):
            spots += list(wall.buffer(off, join_style="mitre").exterior.coords[:-1])
    for shape in buildings:
        spots += list(shape.exterior.coords[:-1])
    graph = nx.Graph()
    pairs = [
        (one, other, shapely.LineString([one, other])) for one, other in itertools.combinations(dict.fromkeys(spots), 2)
    ]
    home = [shapely.shortest_line(building, shapely.Point(spot)) for spot in spots]
    pairs += [("home", spot, line) for spot, line in zip(spots, home, strict=True)]
    for number, door in enumerate(doors):
        near = shapely.shortest_line(building, door)
        pairs.append((("door", number), "home", near))
        pairs += [(("door", number), spot, shapely.LineString([(door.x, door.y), spot])) for spot in spots]
        pairs += [
            (("door", number), ("door", other), shapely.LineString([door, doors[other]])) for other in range(number)
        ]
    ways = np.array([line for _, _, line in pairs], dtype=object)
    shapely.prepare(solid)
    blocked = shapely.intersects(solid, ways)
    ends = shapely.union_all(shapely.buffer(np.array(doors, dtype=object), 1e-3)) if doors else shapely.Point()
    met = np.flatnonzero(~blocked & shapely.intersects(rings, ways))
    blocked[met] = shapely.intersects(shapely.difference(ways[met], ends), rings)
    for (one, other, line), shut in zip(pairs, blocked, strict=True):
        if not shut:
            graph.add_edge(one, other, weight=line.length)
    target = (place.x, place.y)
    if "home" not in graph or target not in graph or not nx.has_path(graph, "home", target):
        return np.inf
    return nx.shortest_path_length(graph, "home", target, weight="weight")
