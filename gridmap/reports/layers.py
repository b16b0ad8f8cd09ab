"""The ground of the map: land, ways, grids, walls and buildings, on axes whose unit is the metre."""

from __future__ import annotations

import numpy as np
import pandas as pd
import shapely

from gridmap import palette
from gridmap.model import BuildingUse, GroundKind, PathKind
from gridmap.reports import glyphs
from gridmap.reports.content import MapContent
from gridmap.reports.sheet import Sheet

# Drawn widths of ways in metres: a map shows a street wide enough to be seen, not as surveyed.
_WIDTH_M = {PathKind.STREET: 13.0, PathKind.INNER_ROAD: 5.5, PathKind.FOOTPATH: 1.8, PathKind.STAIRS: 1.8}
_CASING_M = 2.2
_HATCH_STEP_PT = 5.5
_GATE_M = 7.0


def ground(sheet: Sheet, content: MapContent) -> None:
    """Water, green and squares; where grids carry the colour, water lies above it and the rest is pale."""
    tinted = len(content.grids) > 0
    for kind, rows in content.ground.groupby("kind") if len(content.ground) else ():
        what = GroundKind(str(kind))
        look = palette.GROUND[what]
        water = what is GroundKind.WATER
        alpha = 1.0 if not tinted else 0.85 if water else 0.35
        sheet.fill(rows.geometry, 1.8 if water else 1, look.fill, look.edge, 0.5 * sheet.scale, alpha=alpha)


def paths(sheet: Sheet, content: MapContent) -> None:
    """Streets and inner roads with casing, footpaths as thin lines."""
    if not len(content.paths):
        return
    by_kind = {PathKind(str(kind)): glyphs.lines(rows.geometry) for kind, rows in content.paths.groupby("kind")}
    for kind in (PathKind.STREET, PathKind.INNER_ROAD):
        width = sheet.width(_WIDTH_M[kind] + _CASING_M, 2.0)
        sheet.stroke(by_kind.get(kind, []), 2, palette.PATHS[kind].edge, width)
    for kind in (PathKind.FOOTPATH, PathKind.STAIRS):
        dashes = "dotted" if kind is PathKind.STAIRS else (0, (3, 1.6))
        strokes = by_kind.get(kind, [])
        sheet.stroke(
            strokes,
            2.5,
            palette.PATHS[kind].fill,
            sheet.width(_WIDTH_M[kind], 0.5),
            linestyles=[dashes],
            capstyle="butt",
        )
    for kind in (PathKind.INNER_ROAD, PathKind.STREET):
        sheet.stroke(by_kind.get(kind, []), 3, palette.PATHS[kind].fill, sheet.width(_WIDTH_M[kind], 1.2))


def surroundings(sheet: Sheet, content: MapContent) -> None:
    """Pale what is not the community, and draw its boundary."""
    if not len(content.boundary):
        return
    area = shapely.union_all(content.boundary.geometry.to_numpy())
    (west, east), (south, north) = sheet.axes.get_xlim(), sheet.axes.get_ylim()
    outside = shapely.box(west, south, east, north).difference(area)
    sheet.fill([outside], 4, palette.BASE, alpha=0.45)
    edge = glyphs.lines(shapely.get_parts(area.boundary))
    sheet.stroke(edge, 8, "white", 4.2 * sheet.finesse, alpha=0.9)
    sheet.stroke(edge, 8.1, palette.INK, 1.8 * sheet.finesse, linestyles=[(0, (7, 2, 1.2, 2))], capstyle="butt")


def grids(sheet: Sheet, content: MapContent) -> None:
    """Colour and hatch of the grids, and the lines between them."""
    strong = content.fill == "grid"
    for row in content.grids.itertuples():
        colour = palette.grid(str(row.colour))
        sheet.fill([row.geometry], 1.5, colour.hex, alpha=0.24 if strong else 0.13)
        alpha, width = (0.5, 0.55) if strong else (0.28, 0.45)
        sheet.hatch(row.geometry, colour.hatch, 1.6, colour.hex, width, alpha, _HATCH_STEP_PT * (1 if strong else 1.6))
    between = glyphs.lines(content.grids.geometry.boundary)
    sheet.stroke(between, 6, "white", 3.4 * sheet.finesse)
    for row in content.grids.itertuples():
        sheet.stroke(
            glyphs.lines([row.geometry.boundary]),
            6.1,
            palette.grid(str(row.colour)).hex,
            1.5 * sheet.finesse,
            alpha=0.8,
        )


def compounds(sheet: Sheet, content: MapContent) -> None:
    """Walls, open at their gates, and the gates."""
    if not len(content.compounds):
        return
    sheet.fill(content.compounds.geometry, 1.3, "white", alpha=0.55)
    walled = content.compounds[content.compounds["walled"].astype(bool)]
    wall = shapely.union_all(walled.geometry.boundary.to_numpy()) if len(walled) else shapely.LineString()
    gates = content.gates.geometry.to_numpy()
    if len(gates):
        wall = wall.difference(shapely.union_all(shapely.buffer(gates, _GATE_M / 2)))
    strokes = glyphs.lines([wall])
    sheet.stroke(strokes, 6.5, "white", 2.6 * sheet.finesse, alpha=0.85)
    sheet.stroke(strokes, 6.6, palette.WALL, 1.25 * sheet.finesse, capstyle="butt")
    if len(gates):
        xy = shapely.get_coordinates(gates)
        size = (4.6 * sheet.finesse) ** 2
        sheet.axes.scatter(
            xy[:, 0],
            xy[:, 1],
            size,
            marker="D",
            c="white",
            edgecolors=palette.WALL,
            linewidths=1.0 * sheet.finesse,
            zorder=9,
        )


def buildings(sheet: Sheet, content: MapContent, classes: tuple[int, ...]) -> None:
    """Buildings, coloured by what the picture is about; those out of reach by outline and hatch too."""
    frame = content.buildings
    if not len(frame):
        return
    looks = building_looks(content, classes)
    faces, edges = [look.fill for look in looks], [look.edge for look in looks]
    sheet.fill(frame.geometry, 5, faces, edges, 0.55 * sheet.finesse)
    hatched = np.array([bool(look.hatch) for look in looks])
    for geometry, look in zip(frame.geometry[hatched], [x for x in looks if x.hatch], strict=True):
        sheet.hatch(geometry, look.hatch, 5.2, look.edge, 0.6, 0.95, 3.0)
    if hatched.any():
        marked = [look.edge for look in looks if look.hatch]
        sheet.fill(frame.geometry[hatched], 5.3, "none", marked, 1.2 * sheet.finesse)


def building_looks(content: MapContent, classes: tuple[int, ...]) -> list[palette.Look]:
    """Return how each building is drawn."""
    frame = content.buildings
    plain = [palette.BUILDINGS[BuildingUse(str(use))] for use in frame["use"]]
    dwelling = (frame["households"].fillna(0) > 0).tolist()
    if content.fill == "coverage":
        states = frame["coverage"].fillna("").astype(str)
        return [palette.coverage(s) if d else p for s, d, p in zip(states, dwelling, plain, strict=True)]
    if content.looks:
        unknown = palette.COVERAGE[palette.UNKNOWN]
        told = [content.looks[state][0] if state in content.looks else unknown for state in frame["state"]]
        return [look if d else p for look, d, p in zip(told, dwelling, plain, strict=True)]
    if content.fill == "kinds":
        counted = frame["step"].tolist()
        return [palette.KINDS[k] if k >= 0 else p for k, p in zip(counted, plain, strict=True)]
    if content.fill == "households":
        steps = np.searchsorted(np.array(classes), frame["households"].fillna(0), side="left")
        shades = [palette.HOUSEHOLDS[min(int(k), len(palette.HOUSEHOLDS) - 1)] for k in steps]
        edge = palette.HOUSEHOLDS[-1]
        return [palette.Look(fill=s, edge=edge) if d else p for s, d, p in zip(shades, dwelling, plain, strict=True)]
    colours = frame["grid_id"].map(content.grids["colour"]) if len(content.grids) else pd.Series(None, frame.index)
    return [
        palette.Look(
            fill=palette.over(palette.grid(str(c)).hex, 0.78, "#FFFFFF"),
            edge=palette.over("#000000", 0.45, palette.grid(str(c)).hex),
        )
        if d and pd.notna(c)
        else p
        for c, d, p in zip(colours, dwelling, plain, strict=True)
    ]


def reach(sheet: Sheet, content: MapContent) -> None:
    """Outline what lies within the radius of the points that the coverage is about."""
    if content.fill == "coverage" and content.radius_m is not None and len(content.reach):
        near = shapely.union_all(shapely.buffer(content.reach.geometry.to_numpy(), content.radius_m, quad_segs=32))
        sheet.stroke(
            glyphs.lines([near.boundary]),
            7,
            palette.STATION.fill,
            1.2 * sheet.finesse,
            linestyles=[(0, (2, 2))],
            alpha=0.75,
        )


def shapes(sheet: Sheet, content: MapContent) -> None:
    """Areas, lines and places above the layers; those given first lie below."""
    for k, row in enumerate(content.shapes.itertuples()):
        look, z = palette.SHAPES[str(row.look)], 7 + k / 1000
        width = 1.8 * sheet.finesse
        if row.geometry.geom_type == "Point":
            _disc(sheet, row.geometry, look, str(row.sign))
        elif row.geometry.geom_type in ("LineString", "MultiLineString"):
            strokes = glyphs.lines(shapely.get_parts(row.geometry))
            sheet.stroke(strokes, z + 3, "white", 2.4 * width, alpha=0.85)
            sheet.stroke(strokes, z + 3.0005, look.edge, width, linestyles=[glyphs.dashes(look)], capstyle="butt")
        else:
            sheet.fill([row.geometry], z, look.fill, alpha=look.alpha)
            outline = glyphs.lines(shapely.get_parts(row.geometry.boundary))
            sheet.stroke(outline, z + 0.0005, look.edge, width, linestyles=[glyphs.dashes(look)], alpha=0.8)


def _disc(sheet: Sheet, place: shapely.Point, look: palette.ShapeLook, sign: str) -> None:
    size = (19 * sheet.finesse) ** 2
    sheet.axes.scatter(
        [place.x], [place.y], size, c=look.fill, edgecolors="white", linewidths=1.6 * sheet.finesse, zorder=15
    )
    ink = palette.text_on(look.fill)
    sheet.write(
        place.x, place.y, sign, 9 * sheet.finesse / sheet.scale, 15.1, bold=True, color=ink, va="center_baseline"
    )
