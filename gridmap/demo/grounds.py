"""Water, paved ground and planting of the demo community: what lies between its houses and roads."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import shapely
from shapely import LineString, MultiPolygon, Polygon
from shapely.affinity import translate
from shapely.geometry.base import BaseGeometry
from shapely.ops import polygonize

from gridmap.demo import shapes
from gridmap.demo.plan import Ground, Town, face

_COURT_DEPTH_M = 21.0
_WALL_BELT_M = 4.5


def drawn(town: Town, spec: Mapping[str, Any]) -> list[Ground]:
    """Return all ground of ``town``, as its recipe ``spec`` has it; no two pieces overlap."""
    blocks = list(polygonize(shapely.unary_union([s.geom for s in town.lines if s.kind == "street"])))
    wet: BaseGeometry = MultiPolygon()
    water = []
    for pool in _waters(spec):
        water.append(Ground("water", pool.name, shapes.multi(pool.geom.difference(wet))))
        wet = wet.union(pool.geom)
    houses = shapely.unary_union([b.geom.buffer(2.2) for b in town.buildings])
    roads = shapely.unary_union([line.geom.buffer(line.half_width_m + 0.6) for line in town.lines])
    streets = [line for line in town.lines if line.kind == "street"]
    carriageways = shapely.unary_union([s.geom.buffer(s.half_width_m + 3.0) for s in streets])
    squares = [Ground(g.kind, g.name, shapes.multi(g.geom.difference(wet).difference(houses))) for g in _squares(spec)]
    paved = shapely.unary_union([g.geom.buffer(0.8) for g in squares])
    bare = shapely.unary_union([wet.buffer(1.0), paved, houses, roads, carriageways])
    walls = shapely.unary_union(list(town.compounds.values()))
    greens = [
        Ground("green", name, _planted(area.difference(walls.buffer(2.0)), bare)) for name, area in _parks(spec, blocks)
    ]
    greens += [
        Ground("green", compound["name"], _planted(_gardens(compound, town), bare)) for compound in spec["compounds"]
    ]
    verges = shapely.unary_union([s.geom.buffer(s.half_width_m + 5.5) for s in streets]).intersection(town.boundary)
    taken = shapely.unary_union([bare, walls.buffer(1.0), *[g.geom.buffer(1.0) for g in greens]])
    greens.append(Ground("green", "行道绿带", _planted(verges, taken, soft_m=0.4)))
    return [
        Ground(g.kind, g.name, shapes.multi(shapely.set_precision(g.geom, 0.001)))
        for g in [*greens, *squares, *water]
        if not g.geom.is_empty
    ]


def _waters(spec: Mapping[str, Any]) -> Iterator[Ground]:
    for water in spec["waters"]:
        if "course" in water:
            line = LineString(shapes.soft_line(water["course"]))
            yield Ground("water", water["name"], shapes.multi(line.buffer(water["width_m"] / 2, cap_style="flat")))
        else:
            yield Ground("water", water["name"], shapes.multi(_outline(water)))
    for compound in spec["compounds"]:
        for pond in compound.get("ponds", ()):
            yield Ground("water", compound["name"], shapes.multi(_frame(compound).place(shapes.smooth(pond))))


def _squares(spec: Mapping[str, Any]) -> Iterator[Ground]:
    for square in spec["squares"]:
        if "boxes" in square:
            frame = shapes.Frame(square["x"], square["y"], square["angle_deg"])
            boxes = [translate(shapes.hall(w, d), x, y) for x, y, w, d in square["boxes"]]
            yield Ground("square", square["name"], shapes.multi(frame.place(MultiPolygon(boxes))))
        else:
            yield Ground("square", square["name"], shapes.multi(_outline(square)))
    for compound in spec["compounds"]:
        for square in compound.get("squares", ()):
            yield Ground("square", compound["name"], shapes.multi(_frame(compound).place(Polygon(square))))


def _parks(spec: Mapping[str, Any], blocks: Sequence[Polygon]) -> Iterator[tuple[str, BaseGeometry]]:
    for park in spec["parks"]:
        yield park["name"], face(blocks, park["inside"]).buffer(-park["inset_m"], join_style="mitre")
    for orchard in spec["orchards"]:
        area = face(blocks, orchard["inside"]).buffer(-orchard["inset_m"], join_style="mitre")
        frame = shapes.Frame.of({**orchard, "origin": orchard["inside"]})
        width, depth, track = orchard["width_m"], orchard["depth_m"], orchard["track_m"]
        plots = [
            frame.place(translate(shapes.hall(width - track, depth - track), i * width, j * depth))
            for i in range(-12, 12)
            for j in range(-12, 12)
        ]
        yield orchard["name"], MultiPolygon(plots).intersection(area)


def _gardens(compound: Mapping[str, Any], town: Town) -> BaseGeometry:
    """Return where a compound is planted: all of it, its courts and a belt at the wall, or what is named."""
    wall = town.compounds[compound["key"]]
    inside = wall.buffer(-1.2)
    if compound["gardens"] == "all":
        return inside
    extra = [Polygon(outline) for outline in compound.get("planted", ())]
    if compound["gardens"] == "planted":
        return _frame(compound).place(shapely.unary_union(extra)).intersection(inside)
    belt = inside.difference(wall.buffer(-_WALL_BELT_M))
    courts = [
        translate(shapes.hall(units * shapes.UNIT_LENGTH_M + 4, _COURT_DEPTH_M), x - 2, y - _COURT_DEPTH_M - 1.5)
        for x, y, units, *_ in compound["slabs"]
    ]
    green = _frame(compound).place(shapely.unary_union([*courts, *extra]))
    return shapely.union(green.intersection(wall.buffer(-_WALL_BELT_M)), belt)


def _frame(compound: Mapping[str, Any]) -> shapes.Frame:
    return shapes.Frame.of(compound)


def _outline(spec: Mapping[str, Any]) -> Polygon:
    outer = shapes.smooth(spec["smooth"])
    islands = [shapes.smooth(island) for island in spec.get("islands", ())]
    return Polygon(outer.exterior, [island.exterior for island in islands])


def _planted(area: BaseGeometry, bare: BaseGeometry, soft_m: float = 1.2) -> MultiPolygon:
    """Return the part of ``area`` that is left for planting, its corners rounded, its slivers gone."""
    left = area.difference(bare).buffer(-soft_m).buffer(soft_m, quad_segs=3)
    return shapes.multi(shapely.simplify(left, 0.15))
