"""What stands on the map: issues, walks, service points, letters and names, none hiding another."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

import geopandas as gpd
import numpy as np
import shapely
from matplotlib.axes import Axes
from matplotlib.path import Path

from gridmap import palette
from gridmap.model import IssueState, PathKind
from gridmap.reports import glyphs, labels
from gridmap.reports.content import MapContent
from gridmap.reports.presentation_map import thinned
from gridmap.reports.sheet import Sheet
from gridmap.service_kinds import ServiceKinds

_MOST_NUMBERED = 250
"""Numbers of buildings are written up to so many; more would be a grey mist."""
_MOST_SPREAD = 300
CROWDED = 60
"""Of more service points, those of one kind that would hide each other are drawn as one with their number."""
_MOST_TRIED = 300
_WALKS = ("o", "s", "h", "D")


@dataclass(frozen=True, kw_only=True)
class Drawn:
    """How an issue is drawn: its look, its marker, its size beside others, the width of its edge in points."""

    look: palette.Look
    marker: str
    size: float
    line: float


ISSUES: Mapping[str, Drawn] = MappingProxyType(
    {
        "closed": Drawn(look=palette.CLOSED_ISSUE, marker="o", size=0.85, line=0.9),
        "open": Drawn(look=palette.OPEN_ISSUE, marker="o", size=1.0, line=0.6),
        "overdue": Drawn(look=palette.OVERDUE_ISSUE, marker="s", size=1.0, line=1.1),
    }
)


def issues(sheet: Sheet, content: MapContent) -> None:
    """One dot an issue: filled while open, a square with a dark edge when overdue, hollow afterwards.

    Several on a spot stand side by side.
    """
    if not len(content.issues):
        return
    looks = issue_looks(content)
    size_pt = 5.0 * sheet.finesse
    xy = shapely.get_coordinates(content.issues.geometry.to_numpy())
    if len(xy) <= 600:
        pixels = sheet.axes.transData.transform(xy)
        pixels = labels.spread(pixels, size_pt * 0.53 * sheet.px_per_pt, rounds=12)
        xy = sheet.metres(pixels)
        half = size_pt / 2 * sheet.px_per_pt
        for px, py in pixels:
            sheet.placer.take((px - half, py - half, px + half, py + half))
    for z, (name, drawn) in enumerate(ISSUES.items()):
        chosen = xy[looks == name]
        sheet.axes.scatter(
            chosen[:, 0],
            chosen[:, 1],
            (size_pt * drawn.size) ** 2,
            marker=drawn.marker,
            c=drawn.look.fill,
            edgecolors=drawn.look.edge,
            linewidths=drawn.line * sheet.finesse,
            zorder=9.5 + z / 10,
        )


def issue_looks(content: MapContent) -> Any:
    """Return ``closed``, ``open`` or ``overdue`` for each issue, as an array."""
    open_ones = np.array([IssueState(str(s)).is_open for s in content.issues["state"]], dtype=bool)
    late = np.zeros(len(open_ones), dtype=bool)
    if "overdue" in content.issues.columns:
        late = open_ones & content.issues["overdue"].to_numpy(dtype=bool)
    return np.select([late, open_ones], ["overdue", "open"], "closed")


def chosen(sheet: Sheet, content: MapContent) -> None:
    """A ring round what is chosen, or its outline where it is an area; a service point has its ring already."""
    for geometry in content.chosen.geometry:
        if geometry.geom_type == "Point":
            if not any(geometry.equals(one) for one in content.points.geometry):
                _ring(sheet, geometry.x, geometry.y)
        else:
            outline = glyphs.lines(shapely.get_parts(geometry.boundary))
            sheet.stroke(outline, 16, "white", 5.0 * sheet.finesse)
            sheet.stroke(outline, 16.1, palette.INK, 2.6 * sheet.finesse)


def _ring(sheet: Sheet, x: float, y: float) -> None:
    for width, colour in ((4.6, "white"), (2.4, palette.INK)):
        size, line = (27 * sheet.finesse) ** 2, width * sheet.finesse
        sheet.axes.scatter([x], [y], size, c="none", edgecolors=colour, linewidths=line, zorder=16)


def route(sheet: Sheet, content: MapContent) -> None:
    """The line of the walk; of several each with its colour and its dash."""
    for number, line in zip(_walks(content.route), content.route.geometry, strict=True):
        look, strokes = palette.walk(number), glyphs.lines([line])
        sheet.stroke(strokes, 10, "white", 4.4 * sheet.finesse, alpha=0.9)
        sheet.stroke(strokes, 10.1, look.edge, 2.0 * sheet.finesse, linestyles=[glyphs.dashes(look)])


def _walks(frame: gpd.GeoDataFrame) -> list[int]:
    """Return the number of the walk that each row belongs to."""
    return [int(number) for number in frame["walk"]] if "walk" in frame else [0] * len(frame)


def symbols(sheet: Sheet, content: MapContent) -> None:
    """Numbered stops, and service points with the icon of their kind, pushed apart where they would hide each other.

    What is chosen has a ring round it.
    """
    f = sheet.finesse
    groups = together(content.points, content.kinds, f / sheet.pt_per_m)
    kinds = [str(content.points["kind"].iloc[group[0]]) for group in groups]
    numbers, walks = content.stops["seq"].tolist() if len(content.stops) else [], _walks(content.stops)
    homes = [*(content.points.geometry.iloc[group[0]] for group in groups), *content.stops.geometry]
    pixels = [sheet.pixels(home.x, home.y) for home in homes]
    sizes = (_radius_pt(content.kinds, kind) + 2 * (len(group) > 1) for kind, group in zip(kinds, groups, strict=True))
    radii_pt = [*(size * f for size in sizes), *(5.9 * f for _ in numbers)]
    radii = np.array(radii_pt) * sheet.px_per_pt
    places = labels.spread(pixels, radii) if len(pixels) <= _MOST_SPREAD else np.array(pixels)
    for k, (home, (px, py), radius) in enumerate(zip(homes, places, radii, strict=True)):
        x, y = (float(v) for v in sheet.metres((px, py)))
        if np.hypot(x - home.x, y - home.y) * sheet.pt_per_m > 6 * f:
            sheet.stroke([[(home.x, home.y), (x, y)]], 12.9, palette.SERVICE_POINT.edge, 0.8 * f)
        if k < len(kinds):
            point(sheet.axes, x, y, content.kinds, kinds[k], f, 14)
            if len(groups[k]) > 1:
                corner = 0.85 * _radius_pt(content.kinds, kinds[k]) * f / sheet.pt_per_m
                count(sheet, x + corner, y + corner, len(groups[k]))
            mine = content.points.geometry.iloc[groups[k]]
            if any(mine.geom_equals(one).any() for one in content.chosen.geometry):
                _ring(sheet, x, y)
        else:
            stop(sheet, x, y, int(numbers[k - len(kinds)]), 13, walks[k - len(kinds)])
        sheet.placer.take((px - radius, py - radius, px + radius, py + radius))


def together(points: gpd.GeoDataFrame, kinds: ServiceKinds, m_per_pt: float) -> list[list[int]]:
    """Let points of one kind that would hide each other be one sign where there are many.

    Parameters
    ----------
    points
        Service points in a CRS in metres, with ``kind``.
    kinds
        What their kinds are.
    m_per_pt
        Metres that a point of paper takes at the size in which signs are drawn.

    Returns
    -------
    list
        For each sign the points that it stands for, by position, the one at whose place it stands first.
    """
    if len(points) <= CROWDED:
        return [[row] for row in range(len(points))]
    rows = np.arange(len(points))
    found = []
    for kind in points["kind"].unique():
        mine = rows[(points["kind"] == kind).to_numpy()]
        near = thinned(points.geometry.iloc[mine], 2.6 * _radius_pt(kinds, str(kind)) * m_per_pt)
        found += [[int(mine[row]) for row in group] for group in near]
    return found


def _radius_pt(kinds: ServiceKinds, kind: str) -> float:
    return 10.5 if kinds.is_station(kind) else 8.5


def count(sheet: Sheet, x: float, y: float, number: int) -> None:
    """Say for how many a sign stands."""
    f = sheet.finesse
    sheet.axes.scatter([x], [y], (9.5 * f) ** 2, c=palette.INK, edgecolors="white", linewidths=f, zorder=14.5)
    sheet.write(x, y, str(number), 6 * f / sheet.scale, 14.6, color="white", bold=True, va="center_baseline")


def stop(sheet: Sheet, x: float, y: float, seq: int, z: float, walk: int = 0) -> None:
    """A numbered stop; those of another walk have another colour and another shape."""
    f, marker = sheet.finesse, _WALKS[walk % len(_WALKS)]
    size, colour = (11.5 * f) ** 2, palette.walk(walk).fill
    sheet.axes.scatter([x], [y], size, marker=marker, c=colour, edgecolors="white", linewidths=1.1 * f, zorder=z)
    sheet.write(x, y, str(seq), 6.4 * f / sheet.scale, z + 0.1, color="white", bold=True, va="center_baseline")


def point(axes: Axes, x: float, y: float, kinds: ServiceKinds, kind: str, finesse: float, z: float) -> None:
    """One service point: stations as a dark square, others as a pale disc."""
    station = kinds.is_station(kind)
    look = palette.STATION if station else palette.SERVICE_POINT
    ink = "white" if station else palette.SERVICE_POINT.edge
    marker, size = (_SQUARE, 19.0) if station else ("o", 15.0)
    axes.scatter([x], [y], ((size + 1.8) * finesse) ** 2, marker=marker, c="white", linewidths=0, zorder=z, alpha=0.9)
    axes.scatter(
        [x],
        [y],
        (size * finesse) ** 2,
        marker=marker,
        c=look.fill,
        edgecolors=ink if not station else "none",
        linewidths=1.1 * finesse,
        zorder=z + 0.1,
    )
    drawing = glyphs.icon(kinds.icon(kind))
    axes.scatter(
        [x],
        [y],
        ((12.0 if station else 9.6) * finesse) ** 2,
        marker=_framed(drawing),
        facecolors="none",
        edgecolors=ink,
        linewidths=0.85 * finesse,
        zorder=z + 0.2,
    )


def _framed(path: Path) -> Path:
    """Add the corners of the icon's square, by which matplotlib scales a marker."""
    corners = Path([(-1, -1), (1, 1)], [Path.MOVETO, Path.MOVETO])
    return Path.make_compound_path(path, corners)


_SQUARE = Path(
    [
        (-0.5, -1),
        (0.5, -1),
        (1, -1),
        (1, -0.5),
        (1, 0.5),
        (1, 1),
        (0.5, 1),
        (-0.5, 1),
        (-1, 1),
        (-1, 0.5),
        (-1, -0.5),
        (-1, -1),
        (-0.5, -1),
        (0, 0),
    ],
    [1, 2, 3, 3, 2, 3, 3, 2, 3, 3, 2, 3, 3, 79],
)


def spare(sheet: Sheet, content: MapContent) -> None:
    """Keep letters and names off buildings and gates where that can be done."""
    if len(content.buildings) > _MOST_NUMBERED:
        return
    for frame, margin in ((content.buildings, 0.0), (content.gates, 3.5 * sheet.finesse * sheet.px_per_pt)):
        if len(frame):
            bounds = frame.bounds.to_numpy()
            low, high = (sheet.axes.transData.transform(bounds[:, k : k + 2]) for k in (0, 2))
            sheet.placer.avoid(np.hstack([low - margin, high + margin]))


def badges(sheet: Sheet, content: MapContent) -> None:
    """The letter of each grid, large, where it hides no service point and no stop."""
    half = 13.5 * sheet.finesse * sheet.px_per_pt
    for row in content.grids.itertuples():
        colour = palette.grid(str(row.colour))
        candidates = labels.inside_points(row.geometry, max(10 / sheet.pt_per_m, 1.0))
        deep = shapely.distance(shapely.points(candidates), row.geometry.boundary) > 15 * sheet.finesse / sheet.pt_per_m
        candidates = candidates[deep if deep.any() else slice(1)][:_MOST_TRIED]
        best = sheet.placer.best([_around(sheet, xy, half) for xy in candidates])
        x, y = candidates[best or 0]
        letter(sheet, float(x), float(y), colour, 15)
        sheet.placer.take(_around(sheet, (x, y), half))


def letter(sheet: Sheet, x: float, y: float, colour: palette.GridColour, z: float) -> None:
    """A grid's letter on its colour."""
    f = sheet.finesse
    sheet.axes.scatter([x], [y], (27 * f) ** 2, c="white", linewidths=0, alpha=0.92, zorder=z)
    sheet.axes.scatter([x], [y], (22.5 * f) ** 2, c=colour.hex, linewidths=0, zorder=z + 0.1)
    sheet.write(
        x,
        y,
        colour.letter,
        14.5 * f / sheet.scale,
        z + 0.2,
        bold=True,
        color=palette.text_on(colour.hex),
        va="center_baseline",
    )


def _around(sheet: Sheet, xy: Any, half: float) -> labels.Box:
    px, py = sheet.pixels(float(xy[0]), float(xy[1]))
    return px - half, py - half, px + half, py + half


def names(sheet: Sheet, content: MapContent) -> None:
    """Names of compounds and streets and numbers of buildings, each only where there is room."""
    for row in content.compounds.itertuples():
        candidates = labels.inside_points(row.geometry, max(7 / sheet.pt_per_m, 1.0))
        x, y = candidates[0]
        text = sheet.write(x, y, str(row.name), 8.2, 12, bold=True, halo=2.4, color=palette.WALL)
        x0, y0, x1, y1 = sheet.placer.box(text, 2)
        half_x, half_y = (x1 - x0) / 2, (y1 - y0) / 2
        reach_m = half_x / sheet.px_per_pt / sheet.pt_per_m
        within = np.logical_and.reduce(
            [shapely.contains_xy(row.geometry, candidates[:, 0] + side * reach_m, candidates[:, 1]) for side in (-1, 1)]
        )
        candidates = candidates[within if within.any() else slice(None)][:_MOST_TRIED]
        boxes = [
            (px - half_x, py - half_y, px + half_x, py + half_y) for px, py in (sheet.pixels(*xy) for xy in candidates)
        ]
        best = sheet.placer.best(boxes)
        if best is None:
            text.remove()
        else:
            text.set_position(candidates[best])
            sheet.placer.take(boxes[best])
    if len(content.buildings) <= _MOST_NUMBERED:
        for row in content.buildings.itertuples():
            number = str(row.number).removesuffix("号楼").removesuffix("号")
            if 0 < len(number) <= 4 and row.geometry.length * sheet.pt_per_m > 34 * sheet.scale:
                _number(sheet, row.geometry, number)
    if len(content.paths):
        streets = content.paths[content.paths["kind"] == PathKind.STREET]
        for name, (x, y, length, angle) in labels.longest_straight(streets).items():
            text = sheet.write(
                x, y, name, 7.4, 12, halo=2.0, color=palette.MUTED, rotation=angle, rotation_mode="anchor"
            )
            if length * sheet.pt_per_m < 9 * sheet.scale * len(name):
                text.remove()
            else:
                sheet.placer.keep(text, 1)


def _number(sheet: Sheet, building: Any, number: str) -> None:
    """Write a building's number in its middle, or else nearer to one end, or not at all."""
    corners = shapely.get_coordinates(building.minimum_rotated_rectangle)
    sides = np.diff(corners[:3], axis=0)
    along = sides[np.hypot(sides[:, 0], sides[:, 1]).argmax()]
    middle = np.array(building.representative_point().coords[0])
    for share in (0.0, -0.2, 0.2, -0.35, 0.35):
        x, y = middle + share * along
        if shapely.contains_xy(building, x, y) and sheet.placer.keep(sheet.write(x, y, number, 5.6, 11, halo=1.4), 0.5):
            return
