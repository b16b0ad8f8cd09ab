"""Borders of a draft that are dragged on the map: where they can be taken in hand, and what a drag changes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from gridmap import crs
from gridmap.analysis import seam_drag
from gridmap.analysis.seam_drag import Handle
from gridmap.errors import InputError
from gridmap.services import grid_lines, grid_proposals, grid_sketch
from gridmap.services.community_data import CommunityData
from gridmap.services.grid_divisions import Drawn
from gridmap.services.grid_sketch import Border, Sketch

# Stretches are as long as that, or longer where there would be more of them.
_LENGTH_M, _MOST = 60.0, 90
# A border that was drawn over is left by nothing but another.
_DRAWN = 0.01
# What is less is the end of a line on a corner.
_LEAST_M, _LEAST_M2 = 3.0, 1.0
_OVER_M = 0.05


@dataclass(frozen=True, kw_only=True)
class Effect:
    """What a drag does.

    Parameters
    ----------
    border
        The border as it was drawn over.
    moved
        Grid, by its key, of each building that is on another side now.
    """

    border: Border
    moved: dict[int, int]


@lru_cache(maxsize=16)
def handles(data: CommunityData, shown: Drawn) -> tuple[Handle, ...]:
    """Return the stretches of the borders between grids, in metres, always in the same order."""
    areas = shown.grids.geometry[~shown.grids.geometry.is_empty].to_crs(data.buildings_m.crs)
    length_m = _LENGTH_M
    while len(found := seam_drag.handles(areas, length_m)) > _MOST and length_m < 1000:
        length_m *= 1.5
    return tuple(found)


def places(data: CommunityData, found: Sequence[Handle]) -> gpd.GeoDataFrame:
    """Return where handles are in WGS 84: the place, and ``begin`` and ``end`` of the stretch as places."""
    at, begin, end = (
        gpd.GeoSeries(points, crs=data.buildings_m.crs).to_crs(crs.WGS84)
        for points in (
            [one.at for one in found],
            [shapely.Point(one.stretch.coords[0]) for one in found],
            [shapely.Point(one.stretch.coords[-1]) for one in found],
        )
    )
    return gpd.GeoDataFrame({"begin": list(begin), "end": list(end)}, geometry=at.to_list(), crs=crs.WGS84)


def drag(data: CommunityData, shown: Drawn, number: int, lon: float, lat: float) -> Effect:
    """Say what comes of a stretch that is dragged to a place.

    Parameters
    ----------
    data, shown
        The community, and its division as it was on the map.
    number
        Which of the `handles`.
    lon, lat
        Where it was let go, in WGS 84; outside the community the nearest place inside is meant.

    Raises
    ------
    InputError
        If there is no such stretch, or the border stays where it is.
    """
    found = handles(data, shown)
    if not 0 <= number < len(found):
        raise InputError("draft_border_gone")
    handle = found[number]
    metric = data.buildings_m.crs
    to = gpd.GeoSeries.from_xy([lon], [lat], crs=crs.WGS84).to_crs(metric).iloc[0]
    whole = grid_proposals.area(data)
    if not whole.covers(to):
        to = shapely.Point(shapely.shortest_line(whole, to).coords[0])
    placed = grid_proposals.placed(data)
    done = seam_drag.drag(handle, to, grid_lines.of_data(data), placed)
    if done.swept.area < _LEAST_M2:
        raise InputError("draft_border_same")
    other_of = {handle.one: handle.other, handle.other: handle.one}
    crossed = placed.index[done.swept.intersects(placed.geometry.representative_point())]
    grid_of = shown.grid_of.reindex(crossed).dropna().astype(int)
    on = zip(grid_of.index.tolist(), grid_of.tolist(), strict=True)
    moved = {int(one): int(other_of[key]) for one, key in on if key in other_of}
    areas = shown.grids.geometry.to_crs(metric)
    given = {int(to): areas[key].intersection(done.swept) for key, to in other_of.items()}
    flat = gpd.GeoSeries([done.line, *given.values()], crs=metric).to_crs(crs.WGS84)
    line, *ground = (shapely.to_wkb(shape, hex=True) for shape in flat)
    return Effect(border=Border(line=line, given=dict(zip(given, ground, strict=True))), moved=moved)


def drag_in(sketch: Sketch, effect: Effect) -> Sketch:
    """Draw the border over in a draft.

    Raises
    ------
    InputError
        If all buildings on the other side are fixed.
    """
    if effect.moved and sketch.fixed.issuperset(effect.moved):
        raise InputError("draft_all_fixed", n=len(effect.moved))
    return grid_sketch.draw(sketch, effect.border, effect.moved)


def touched(flat: gpd.GeoSeries, borders: Sequence[Border]) -> set[int]:
    """Return the grids whose ground borders that were drawn over change: areas in metres, index = keys."""
    found: set[int] = set()
    for border in borders:
        for ground in _in_metres([*border.given.values()], flat):
            found |= {int(key) for key in flat.index[flat.intersection(ground).area > _LEAST_M2]}
        found |= {key for key in border.given if key in flat.index}
    return found


def drawn_over(areas: gpd.GeoSeries, borders: Sequence[Border]) -> gpd.GeoSeries:
    """Return areas in metres with the ground that went from one to the other, whoever has buildings on it."""
    now = areas.copy()
    for border in borders:
        for key, ground in zip(border.given, _in_metres([*border.given.values()], areas), strict=True):
            if key not in now.index or ground.area < _LEAST_M2:
                continue
            for giver in border.given:
                if giver != key and giver in now.index:
                    gone = now[giver].intersection(ground)
                    now[giver], now[key] = now[giver].difference(gone), now[key].union(gone)
    return now


def and_drawn(lines: gpd.GeoDataFrame, borders: Sequence[Border]) -> gpd.GeoDataFrame:
    """Return lines and the borders that were drawn over, as far as no later one lies across the same ground."""
    kept: list[shapely.Geometry] = []
    for border in borders:
        line, *ground = _in_metres([border.line, *border.given.values()], lines)
        later = shapely.buffer(shapely.union_all(ground), _LEAST_M2 / 2)
        kept = [*(one.difference(later) for one in kept), _longer(line)]
    kept = [one for one in kept if one.length > _LEAST_M]
    more = gpd.GeoDataFrame({"kind": "drawn", "cost": [_DRAWN] * len(kept)}, geometry=kept, crs=lines.crs)
    return gpd.GeoDataFrame(pd.concat([lines, more], ignore_index=True)) if kept else lines


def _longer(line: shapely.LineString) -> shapely.LineString:
    """Lead both ends over the border that they lie on: rounding of coordinates must not keep them from it."""
    corners = shapely.get_coordinates(line)
    for end, before in ((0, 1), (-1, -2)):
        away = corners[end] - corners[before]
        corners[end] += away * (_OVER_M / max(float(np.hypot(*away)), _OVER_M))
    return shapely.LineString(corners)


def _in_metres(shapes: Sequence[str], like: gpd.GeoSeries | gpd.GeoDataFrame) -> list[shapely.Geometry]:
    return list(gpd.GeoSeries(shapely.from_wkb(list(shapes)), crs=crs.WGS84).to_crs(like.crs))
