"""The demo community's ground plan, in metres of the town's own frame, from the recipe ``town.toml``."""

from __future__ import annotations

import itertools
import math
from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

import shapely
from shapely import LineString, MultiPolygon, Point, Polygon
from shapely.geometry.base import BaseGeometry
from shapely.ops import polygonize

from gridmap.demo import grounds, network, recipe, shapes
from gridmap.demo.plan import Building, Gate, Line, Town, face

_GATE_REACH_M = 200.0
_STUB_M = 14.0


def plan() -> Town:
    """Draw the plan from the recipe; the same each time."""
    plan_of = recipe.part("town")
    streets = _streets(plan_of)
    faces = list(polygonize(shapely.unary_union([s.geom for s in streets])))
    town = Town(boundary=MultiPolygon(), lines=streets)
    by_name = {street.name: street.geom for street in streets}
    for spec in plan_of["compounds"]:
        _add_compound(town, spec, faces, by_name)
    for spec in plan_of["singles"]:
        town.buildings.append(_single(spec))
    for spec in plan_of["footpaths"]:
        town.lines.append(Line("footpath", "", LineString(shapes.soft_line(spec["points"])), 1.2))
    for line, joined in zip(town.lines, network.join([line.geom for line in town.lines]), strict=True):
        line.geom = joined
    _trim(town.lines)
    _add_grids(town, plan_of["blocks"])
    town.boundary = shapes.multi(shapely.unary_union(list(town.grids.values())))
    town.grounds = grounds.drawn(town, plan_of)
    return town


def _streets(plan_of: Mapping[str, Any]) -> list[Line]:
    nodes = plan_of["nodes"]
    lines = [LineString([nodes[p] if isinstance(p, str) else p for p in s["points"]]) for s in plan_of["streets"]]
    return [
        Line("street", spec["name"], geom, float(spec["half_width_m"]))
        for spec, geom in zip(plan_of["streets"], network.join(lines), strict=True)
    ]


def _trim(lines: Sequence[Line]) -> None:
    """Cut the ends of footpaths that run on past their last junction by no more than `_STUB_M`."""
    met = Counter(xy for line in lines for xy in set(line.geom.coords))
    for line in lines:
        coords = list(line.geom.coords)
        junctions = [i for i, xy in enumerate(coords) if met[xy] > 1]
        if line.kind != "footpath" or len(junctions) < 2:
            continue
        first, last = junctions[0], junctions[-1]
        if _length(coords[: first + 1]) > _STUB_M:
            first = 0
        if _length(coords[last:]) > _STUB_M:
            last = len(coords) - 1
        line.geom = LineString(coords[first : last + 1])


def _length(coords: Sequence[shapes.XY]) -> float:
    return sum(math.dist(a, b) for a, b in itertools.pairwise(coords))


# ------------------------------------------------------------------------------------------- compounds


def _add_compound(town: Town, spec: Mapping[str, Any], faces: list[Polygon], streets: Mapping[str, LineString]) -> None:
    key = spec["key"]
    if "outline" in spec:
        wall = Polygon(spec["outline"])
    else:
        wall = face(faces, spec["inside"]).buffer(-spec["setback_m"], join_style="mitre", mitre_limit=2.5)
    wall = shapes.millimetres(wall)
    frame = shapes.Frame.of(spec)
    gates: list[Gate] = []
    for road in spec["roads"]:
        line, found = _road(road, frame, wall, streets, key)
        gates += found
        town.lines.append(line)
    for y, x0, x1 in spec.get("row_paths", ()):
        line = frame.place(LineString([(x0, y), (x1, y)]))
        town.lines.append(Line("footpath", "", line, 1.6))
    town.gates += gates
    town.compounds[key] = shapes.with_vertices(wall, [gate.geom for gate in gates])
    town.buildings += [_millimetred(b) for b in _buildings(spec, frame)]


def _road(
    road: Mapping[str, Any], frame: shapes.Frame, wall: Polygon, streets: Mapping[str, LineString], key: str
) -> tuple[Line, list[Gate]]:
    points = [frame.point(xy) for xy in road["points"]]
    if "round_m" in road:
        points = shapes.rounded(points, road["round_m"])
    gates: list[Gate] = []
    for end in ("start", "end"):
        if end not in road:
            continue
        spec = road[end]
        ordered = points if end == "end" else points[::-1]
        gate_at, street_at = _way_out(ordered, wall, streets[spec["street"]])
        ordered = [*ordered, (gate_at.x, gate_at.y), (street_at.x, street_at.y)]
        points = ordered if end == "end" else ordered[::-1]
        gates.append(Gate(key, spec["gate"], spec.get("vehicles", False), spec.get("hours", ""), gate_at))
    half_width = 2.8 if road["kind"] == "inner_road" else 1.3
    line = Line(road["kind"], "", LineString(points), half_width, division=road.get("division", False))
    return line, gates


def _way_out(points: Sequence[shapes.XY], wall: Polygon, street: LineString) -> tuple[Point, Point]:
    """Return where the line's last segment, drawn on, meets the wall, and where from there the street."""
    (ax, ay), (bx, by) = points[-2], points[-1]
    length = ((bx - ax) ** 2 + (by - ay) ** 2) ** 0.5
    reach = _GATE_REACH_M / length
    ray = LineString([(bx, by), (bx + (bx - ax) * reach, by + (by - ay) * reach)])
    gate = _first(ray, wall.exterior)
    street_at = _first(ray, street)
    return shapes.millimetres(gate), shapes.millimetres(street_at)


def _first(ray: LineString, other: BaseGeometry) -> Point:
    hits = [p for p in shapely.get_parts(ray.intersection(other)) if isinstance(p, Point)]
    if not hits:
        raise ValueError(f"{ray.wkt} meets nothing")
    return min(hits, key=ray.project)


# ------------------------------------------------------------------------------------------- buildings


def _buildings(spec: Mapping[str, Any], frame: shapes.Frame) -> list[Building]:
    key = spec["key"]
    homes: list[tuple[Polygon, int | None, int, int]] = []
    for x, y, units, floors, households in spec.get("slabs", ()):
        shape = shapely.affinity.translate(shapes.slab(units), x, y)
        homes.append((frame.place(shape), units, floors, households))
    for x, y, floors, households, form in spec.get("towers", ()):
        shape = shapely.affinity.translate(shapes.tower(form), x, y)
        homes.append((frame.place(shape), 2 if form == "long" else 1, floors, households))
    for row in spec.get("village_rows", ()):
        homes += [(frame.place(shape), 1, floors, n) for shape, floors, n in _plots(row)]
    buildings = [
        Building(key, f"{i}号楼", "", "residential", units, floors, n, shape)
        for i, (shape, units, floors, n) in enumerate(homes, start=1)
    ]
    for i, other in enumerate(spec.get("publics", ()), start=len(homes) + 1):
        shape = shapely.affinity.translate(shapes.hall(other["width_m"], other["depth_m"]), other["x"], other["y"])
        buildings.append(
            Building(key, f"{i}号楼", other["name"], other["use"], None, other["floors"], 0, frame.place(shape))
        )
    return buildings


def _plots(row: Mapping[str, Any]) -> list[tuple[Polygon, int, int]]:
    """Return a village row's houses, wall to wall; ``top`` rows hang down from their line."""
    place = shapes.Frame(row["x"], row["y"], row["angle_deg"])
    x = 0.0
    houses = []
    for i, (width, depth, floors, households) in enumerate(row["plots"]):
        step_back = 0.5 * (i % 2)
        y0 = -depth - step_back if row["top"] else step_back
        house = shapely.box(x, y0, x + width, y0 + depth)
        court = shapely.box(x + width * 0.36, y0 + depth * 0.42, x + width * 0.64, y0 + depth * 0.62)
        houses.append((place.place(house.difference(court)), floors, households))
        x += width + row["gap_m"]
    return houses


def _single(spec: Mapping[str, Any]) -> Building:
    frame = shapes.Frame(spec["x"], spec["y"], spec["angle_deg"])
    shape = frame.place(shapes.hall(spec["width_m"], spec["depth_m"]))
    return _millimetred(Building(None, spec["number"], spec["name"], spec["use"], None, spec["floors"], 0, shape))


def _millimetred(b: Building) -> Building:
    geom = shapes.millimetres(b.geom)
    return Building(b.compound, b.number, b.name, b.use, b.units, b.floors, b.households, geom)


# ----------------------------------------------------------------------------------------- grids


def _add_grids(town: Town, blocks: Sequence[Mapping[str, Any]]) -> None:
    edges = [line.geom for line in town.lines if line.kind == "street" or line.division]
    faces = list(polygonize(shapely.unary_union(edges)))
    parts: dict[str, list[Polygon]] = {}
    for block in blocks:
        parts.setdefault(block["grid"], []).append(face(faces, block["inside"]))
    town.grids = {letter: shapely.unary_union(parts[letter]) for letter in sorted(parts)}
