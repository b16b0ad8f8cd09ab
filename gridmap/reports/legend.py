"""The legend: what it says, and how it is drawn."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import shapely
from matplotlib.patches import FancyBboxPatch

from gridmap import catalogues, i18n, palette
from gridmap.model import BuildingUse
from gridmap.reports import glyphs, marks
from gridmap.reports.content import MapContent
from gridmap.reports.sheet import Sheet
from gridmap.service_kinds import ServiceKinds

Swatch = Callable[[Sheet, float, float], None]

_ROW_PT = 17.5
_GAP_PT = 9.0
_SWATCH_PT = 34.0
_CLASSES = 5
_STEPS = (1, 2, 5, 10, 15, 20, 25, 30, 40, 50, 60, 80, 100, 150, 200, 250, 300, 400, 500)


@dataclass(frozen=True, kw_only=True)
class Row:
    """One line: a heading where it has no swatch."""

    text: str
    value: str = ""
    swatch: Swatch | None = None


def households_classes(content: MapContent) -> tuple[int, ...]:
    """Return the upper limits of the classes of households: those given, else up to four even steps of a round number.

    The last class is open, so that a few very large buildings do not make all others look alike.
    """
    if content.classes:
        return content.classes
    counts = content.buildings["households"].fillna(0) if len(content.buildings) else np.array([])
    counts = counts[counts > 0]
    if not len(counts):
        return ()
    most = float(np.quantile(counts, 0.95))
    step = next((s for s in _STEPS if most / s <= _CLASSES), math.ceil(most / _CLASSES / 500) * 500)
    return tuple(step * k for k in range(1, _CLASSES) if step * k < counts.max())


def rows(content: MapContent, language: str) -> list[Row]:
    """Return the lines of the legend: only what the picture shows."""
    parts = (_grids, _buildings, _shapes, _points, _issues, _walk, _ground)
    return [row for part in parts for row in part(content, language)]


def height_pt(lines: Sequence[Row]) -> float:
    """Return how many points (at scale 1) the legend needs."""
    headings = sum(row.swatch is None for row in lines)
    return len(lines) * _ROW_PT + max(headings - 1, 0) * _GAP_PT + 2 * _GAP_PT


def draw(sheet: Sheet, lines: Sequence[Row], width_pt: float, room_pt: float) -> None:
    """Draw the legend on axes whose unit is the point at scale 1, from the top at ``room_pt`` downwards."""
    y = room_pt - _GAP_PT
    for k, row in enumerate(lines):
        if row.swatch is None and k:
            y -= _GAP_PT
        middle = y - _ROW_PT / 2
        if row.swatch is None:
            sheet.fit(0, middle, row.text, 9.6, width_pt - 50, bold=True)
            sheet.write(width_pt, middle, row.value, 7.2, 5, ha="right", color=palette.MUTED, va="center_baseline")
            sheet.stroke([[(0, y - _ROW_PT + 1), (width_pt, y - _ROW_PT + 1)]], 4, "#D5D2CB", 0.7 * sheet.scale)
        else:
            row.swatch(sheet, 13, middle)
            value = sheet.write(width_pt, middle, row.value, 8.8, 5, ha="right", va="center_baseline")
            box = sheet.placer.box(value)
            taken = (box[2] - box[0]) / sheet.px_per_pt / sheet.scale + 6 if row.value else 0
            sheet.fit(_SWATCH_PT, middle, row.text, 8.8, width_pt - taken)
        y -= _ROW_PT


def _grids(content: MapContent, language: str) -> list[Row]:
    if not len(content.grids):
        return []
    found = [Row(text=i18n.text("picture.grids", language), value=i18n.text("picture.households", language))]
    counted = len(content.buildings) > 0
    sums = content.buildings.groupby("grid_id")["households"].sum() if counted else {}
    for grid_id, row in content.grids.sort_values("letter").iterrows():
        colour = palette.grid(str(row["colour"]))
        name = str(row["name"]) or catalogues.label("grid_palette", colour.key, language, "key")
        value = i18n.number(float(sums.get(grid_id, 0)), language) if counted else ""
        found.append(Row(text=name, value=value, swatch=_grid_swatch(colour)))
    return found


def _buildings(content: MapContent, language: str) -> list[Row]:
    frame = content.buildings
    if not len(frame):
        return []

    def say(key: str, **fields: object) -> str:
        return i18n.text(f"picture.{key}", language, **fields)

    found: list[Row] = []
    households = frame["households"].fillna(0)
    dwelling = households > 0
    if content.fill == "coverage":
        found.append(Row(text=say("coverage"), value=say("buildings_households")))
        states = (
            frame["coverage"]
            .fillna("")
            .astype(str)
            .where(frame["coverage"].isin(list(palette.COVERAGE)), palette.UNKNOWN)
        )
        told = not (states[dwelling] == palette.UNKNOWN).all()
        for state in (palette.OUT_OF_REACH, palette.LOOKS_COVERED, palette.FULL, palette.COVERED, palette.UNKNOWN):
            these = dwelling & (states == state)
            if these.any() or (told and state in (palette.OUT_OF_REACH, palette.COVERED)):
                counted = (int(these.sum()), float(households[these].sum()))
                value = " / ".join(i18n.number(count, language) for count in counted)
                found.append(Row(text=say(state), value=value, swatch=_building_swatch(palette.coverage(state))))
        if content.radius_m is not None and len(content.reach):
            words = say("reach" if content.coverage_kind else "reach_any", radius=round(content.radius_m))
            found.append(Row(text=words, swatch=_line_swatch(palette.STATION.fill, 1.2, (0, (2, 2)))))
    elif content.looks:
        found.append(Row(text=say(f"by_{content.fill}"), value=say("buildings_households")))
        for state, (look, words) in content.looks.items():
            these = dwelling & (frame["state"] == state)
            counted = (int(these.sum()), float(households[these].sum()))
            value = " / ".join(i18n.number(count, language) for count in counted)
            found.append(Row(text=words, value=value, swatch=_building_swatch(look)))
    elif content.fill == "kinds":
        found.append(Row(text=say("kinds"), value=say("buildings_households")))
        for step, text in content.step_names.items():
            these = frame["step"] == step
            value = " / ".join(i18n.number(n, language) for n in (int(these.sum()), float(households[these].sum())))
            found.append(Row(text=text, value=value, swatch=_building_swatch(palette.KINDS[step])))
    elif content.fill == "households":
        found.append(Row(text=say("by_households"), value=say("buildings")))
        limits = households_classes(content)
        lows = (1, *(limit + 1 for limit in limits))
        for k, low in enumerate(lows):
            last = k == len(limits)
            these = (households >= low) & (True if last else households <= limits[min(k, len(limits) - 1)])
            words = say("more_than", low=low) if last else say("up_to", low=low, high=limits[k])
            look = palette.Look(
                fill=palette.HOUSEHOLDS[min(k, len(palette.HOUSEHOLDS) - 1)], edge=palette.HOUSEHOLDS[-1]
            )
            found.append(Row(text=words, value=i18n.number(int(these.sum()), language), swatch=_building_swatch(look)))
    uses = [use for use in BuildingUse if ((frame["use"] == use.value) & ~dwelling).any()]
    if uses and not found:
        found.append(Row(text=say("other_buildings"), value=say("buildings")))
    for use in uses:
        number = int(((frame["use"] == use.value) & ~dwelling).sum())
        value = "" if content.fill in ("coverage", "kinds") else i18n.number(number, language)
        found.append(Row(text=say(f"use.{use.value}"), value=value, swatch=_building_swatch(palette.BUILDINGS[use])))
    return found


def _shapes(content: MapContent, language: str) -> list[Row]:
    there = list(dict.fromkeys(content.shapes["look"])) if len(content.shapes) else []
    if not there:
        return []
    kinds = content.shapes.geometry.geom_type.groupby(content.shapes["look"]).first()
    made = [
        Row(text=content.shape_names[look], swatch=_shape_swatch(palette.SHAPES[look], str(kinds[look])))
        for look in there
    ]
    return [Row(text=i18n.text("picture.shapes", language)), *made]


def _points(content: MapContent, language: str) -> list[Row]:
    if not len(content.points):
        return []
    counts = content.points["kind"].value_counts()
    found = [Row(text=i18n.text("picture.points", language), value=i18n.text("picture.count", language))]
    for kind in content.kinds.ordered({str(k) for k in counts.index}):
        name = content.kinds.label(kind, language)
        name = name[:1].upper() + name[1:]
        swatch = _point_swatch(content.kinds, kind)
        found.append(Row(text=name, value=i18n.number(int(counts[kind]), language), swatch=swatch))
    if len(content.points) > marks.CROWDED:
        found.append(Row(text=i18n.text("picture.points_together", language), swatch=_count_swatch))
    return found


def _count_swatch(sheet: Sheet, x: float, y: float) -> None:
    marks.count(sheet, x, y, 2)


def _issues(content: MapContent, language: str) -> list[Row]:
    if not len(content.issues):
        return []
    looks = marks.issue_looks(content)
    found = [Row(text=i18n.text("picture.issues", language), value=i18n.text("picture.cases", language))]
    told = "overdue" in content.issues.columns
    for name in ("overdue", "open", "closed") if told else ("open", "closed"):
        words = i18n.text("picture.open_in_time" if told and name == "open" else f"picture.{name}", language)
        number = int((looks == name).sum())
        if name == "closed" and told and not number:
            continue  # they may be filtered away
        found.append(Row(text=words, value=i18n.number(number, language), swatch=_issue_swatch(marks.ISSUES[name])))
    return found


def _walk(content: MapContent, language: str) -> list[Row]:
    if not len(content.route) and not len(content.stops):
        return []
    words = i18n.text("picture.walk", language)
    if content.walk_names:
        heading = Row(text=words, value=i18n.text("picture.stops", language))
        return [heading, *(_one_walk(content, number, language) for number in range(len(content.walk_names)))]
    found = [Row(text=words), Row(text=words, swatch=_line_swatch(palette.ROUTE, 2.0))]
    if len(content.stops):
        value = i18n.number(len(content.stops), language)
        found.append(
            Row(
                text=i18n.text("picture.stops", language),
                value=value,
                swatch=lambda s, x, y: marks.stop(s, x, y, 1, 5),
            )
        )
    return found[1:] if not len(content.stops) else found


def _one_walk(content: MapContent, number: int, language: str) -> Row:
    look, stops = palette.walk(number), content.stops[content.stops["walk"] == number]

    def paint(sheet: Sheet, x: float, y: float) -> None:
        _line_swatch(look.edge, 2.0, glyphs.dashes(look))(sheet, x, y)
        marks.stop(sheet, x, y, 1, 6, number)

    return Row(text=content.walk_names[number], value=i18n.number(len(stops), language), swatch=paint)


def _ground(content: MapContent, language: str) -> list[Row]:
    found: list[Row] = []
    if len(content.chosen):
        words = i18n.text("picture.chosen", language, name=content.chosen_name)
        found.append(Row(text=words, swatch=_chosen_swatch))
    if len(content.boundary):
        swatch = _line_swatch(palette.INK, 1.8, (0, (7, 2, 1.2, 2)))
        found.append(Row(text=i18n.text("picture.boundary", language), swatch=swatch))
    if len(content.compounds) and content.compounds["walled"].astype(bool).any():
        found.append(Row(text=i18n.text("picture.wall", language), swatch=_line_swatch(palette.WALL, 1.25)))
    if len(content.gates):
        found.append(Row(text=i18n.text("picture.gate", language), swatch=_gate_swatch))
    return [Row(text=i18n.text("picture.map", language)), *found] if found else []


def _box(sheet: Sheet, x: float, y: float, fill: str, edge: str, width: float, alpha: float | None = None) -> None:
    patch = FancyBboxPatch(
        (x - 11, y - 5.5),
        22,
        11,
        boxstyle="square,pad=0",
        fc=fill,
        ec=edge,
        lw=width * sheet.scale,
        alpha=alpha,
        zorder=4,
    )
    sheet.axes.add_patch(patch)


def _grid_swatch(colour: palette.GridColour) -> Swatch:
    def paint(sheet: Sheet, x: float, y: float) -> None:
        _box(sheet, x + 4, y, colour.hex, "none", 0, 0.4)
        sheet.hatch(shapely.box(x - 7, y - 5.5, x + 15, y + 5.5), colour.hatch, 4.5, colour.hex, 0.6, 0.9, 4.5)
        _box(sheet, x + 4, y, "none", colour.hex, 1.3)
        size = 12.5 * sheet.scale
        sheet.axes.scatter(
            [x - 6], [y], size**2, c=colour.hex, edgecolors="white", linewidths=0.9 * sheet.scale, zorder=5
        )
        ink = palette.text_on(colour.hex)
        sheet.write(x - 6, y, colour.letter, 8, 6, bold=True, color=ink, va="center_baseline")

    return paint


def _building_swatch(look: palette.Look) -> Swatch:
    def paint(sheet: Sheet, x: float, y: float) -> None:
        _box(sheet, x, y, look.fill, look.edge, 1.5 if look.hatch else 0.6)
        if look.hatch:
            sheet.hatch(shapely.box(x - 11, y - 5.5, x + 11, y + 5.5), look.hatch, 4.5, look.edge, 0.6, 0.95, 3.0)

    return paint


def _point_swatch(kinds: ServiceKinds, kind: str) -> Swatch:
    return lambda sheet, x, y: marks.point(sheet.axes, x, y, kinds, kind, 0.95 * sheet.scale, 5)


def _issue_swatch(drawn: marks.Drawn) -> Swatch:
    def paint(sheet: Sheet, x: float, y: float) -> None:
        sheet.axes.scatter(
            [x],
            [y],
            (6.5 * sheet.scale) ** 2,
            marker=drawn.marker,
            c=drawn.look.fill,
            edgecolors=drawn.look.edge,
            linewidths=max(drawn.line, 1.0) * sheet.scale,
            zorder=5,
        )

    return paint


def _shape_swatch(look: palette.ShapeLook, kind: str) -> Swatch:
    if "Line" in kind:
        return _line_swatch(look.edge, 1.8, glyphs.dashes(look))

    def paint(sheet: Sheet, x: float, y: float) -> None:
        if kind == "Point":
            size = (9 * sheet.scale) ** 2
            sheet.axes.scatter([x], [y], size, c=look.fill, edgecolors="white", linewidths=sheet.scale, zorder=5)
            return
        _box(sheet, x, y, look.fill, "none", 0, look.alpha)
        _box(sheet, x, y, "none", look.edge, 1.4)

    return paint


def _line_swatch(colour: str, width: float, dashes: object = "solid") -> Swatch:
    def paint(sheet: Sheet, x: float, y: float) -> None:
        sheet.stroke([[(x - 12, y), (x + 12, y)]], 5, colour, width * sheet.scale, linestyles=[dashes], capstyle="butt")

    return paint


def _chosen_swatch(sheet: Sheet, x: float, y: float) -> None:
    size = (10 * sheet.scale) ** 2
    sheet.axes.scatter([x], [y], size, c="none", edgecolors=palette.INK, linewidths=2.2 * sheet.scale, zorder=5)


def _gate_swatch(sheet: Sheet, x: float, y: float) -> None:
    sheet.stroke([[(x - 12, y), (x - 4, y)], [(x + 4, y), (x + 12, y)]], 4, palette.WALL, 1.25 * sheet.scale)
    sheet.axes.scatter(
        [x],
        [y],
        (5 * sheet.scale) ** 2,
        marker="D",
        c="white",
        edgecolors=palette.WALL,
        linewidths=sheet.scale,
        zorder=5,
    )
