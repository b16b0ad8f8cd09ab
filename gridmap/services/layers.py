"""The map's layers of a community: what each shows, in the words of a language."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from shapely.geometry.base import BaseGeometry

from gridmap import i18n, model
from gridmap.analysis import indicators
from gridmap.cartography import layers
from gridmap.services import community_data
from gridmap.services.community_data import CommunityData

NAMES = tuple(layers.PROPERTIES)
PERSONAL = ("issues", "walks", "stops")
"""Layers that are not the same for everybody who sees the map."""
MADE_OF: Mapping[str, tuple[type[model.Row], ...]] = {
    "boundary": (model.Community,),
    "grids": (*community_data.PLACES, model.ServicePoint),
    "compounds": (model.Compound,),
    "paths": (model.Path,),
    "ground": (model.Ground,),
    "buildings": community_data.PLACES,
    "gates": (model.Gate,),
    "points": (model.ServicePoint,),
    "issues": (model.Issue, model.CatalogueEntry),
    "walks": (model.Walk,),
    "stops": (model.Walk, model.Stop, *community_data.PLACES),
}
"""What each layer is made of: where none of it has changed, the layer has not either."""
_TRIED = 25  # places tried along each side of a grid for its letter
_ROOM_M = 30.0  # more room than this is no better


def build(data: CommunityData, name: str, *, language: str, now: dt.datetime) -> bytes:
    """Return a layer as GeoJSON.

    Parameters
    ----------
    data
        The community.
    name
        One of ``NAMES``.
    language
        Language of titles.
    now
        Moment by which an issue is overdue; timezone-aware.

    Raises
    ------
    KeyError
        If there is no such layer.
    """
    return layers.geojson(name, _FRAMES[name](data, language, now))


def issue_groups(issues: pd.DataFrame, now: dt.datetime) -> pd.Series:
    """Return ``open``, ``overdue`` or ``settled`` for each issue."""
    overdue, is_open = indicators.overdue_issues(issues, now), indicators.open_issues(issues)
    groups = np.select([overdue, is_open], ["overdue", "open"], "settled")
    return pd.Series(groups, index=issues.index, name="group", dtype="str")


def building_titles(buildings: pd.DataFrame, language: str) -> pd.Series:
    """Return what a building is called where it stands alone: compound and number."""
    apart = "" if language == "zh" else " "
    return (buildings["compound"] + apart + buildings["number"]).str.strip()


def with_letters(data: CommunityData, grids: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """Let each grid's letter stand where it is farthest from its edge, from buildings and from service points."""
    metric = grids.to_crs(data.buildings_m.crs)
    in_the_way = [*data.points_m.geometry, *data.buildings_m.geometry]
    obstacles = shapely.STRtree([g for g in in_the_way if not g.is_empty])
    at = [_freest(shape, obstacles) for shape in metric.geometry]
    places = gpd.GeoSeries(at, index=metric.index, crs=metric.crs).to_crs(grids.crs)
    return grids.assign(label_at=[[round(p.x, 7), round(p.y, 7)] for p in places])


def _freest(shape: BaseGeometry, obstacles: shapely.STRtree) -> shapely.Point:
    west, south, east, north = shape.bounds
    x, y = np.meshgrid(np.linspace(west, east, _TRIED), np.linspace(south, north, _TRIED))
    tried = shapely.points(x.ravel(), y.ravel())
    tried = tried[shapely.contains(shape, tried)]
    if not len(tried):
        return shape.representative_point()
    room = np.minimum(shapely.distance(shape.boundary, tried), _ROOM_M)
    if len(obstacles.geometries):
        _, away = obstacles.query_nearest(tried, return_distance=True, all_matches=False)
        room = np.minimum(room, away)
    # Where there is room enough, the place nearest to the middle is the one that is looked for.
    middle = shapely.distance(tried, shape.centroid)
    return tried[np.lexsort((middle, -room))[0]]


def _issues(data: CommunityData, language: str, now: dt.datetime) -> gpd.GeoDataFrame:
    # The text of an issue is not told here: it may name a person.
    titles = [
        f"{data.categories.label(category, language)} · {i18n.text(f'issue_state.{state}', language)}"
        for category, state in zip(data.issues["category"], data.issues["state"], strict=True)
    ]
    return data.issues.assign(group=issue_groups(data.issues, now), title=titles)


def shown_walk(data: CommunityData) -> int | None:
    """Return the id of the walk whose stops are shown: the next one planned, or None."""
    planned = data.walks[(data.walks["state"] == model.WalkState.PLANNED.value) & (data.walks["day"] >= data.day)]
    return None if planned.empty else int(planned.sort_values("day", kind="stable").index[0])


def walk_within(data: CommunityData, grids: pd.Index) -> bool:
    """Whether the walk that is shown leads through one of ``grids``."""
    walk = shown_walk(data)
    return walk is not None and data.walks.at[walk, "grid_id"] in grids


def _walks(data: CommunityData, _language: str, _now: dt.datetime) -> gpd.GeoDataFrame:
    chosen = data.walks[data.walks.index == shown_walk(data)]
    return chosen.assign(planned=True)


def _stops(data: CommunityData, language: str, _now: dt.datetime) -> gpd.GeoDataFrame:
    stops = data.stops[data.stops["walk_id"] == shown_walk(data)].sort_values("seq")
    names = community_data.named(stops["building_id"], building_titles(data.buildings, language))
    return stops.assign(title=[f"{seq} · {name}" for seq, name in zip(stops["seq"], names, strict=True)])


_FRAMES: Mapping[str, Callable[[CommunityData, str, dt.datetime], gpd.GeoDataFrame]] = {
    "boundary": lambda data, _language, _now: data.boundary,
    "grids": lambda data, _language, _now: with_letters(data, data.grids),
    "compounds": lambda data, _language, _now: data.compounds,
    "paths": lambda data, _language, _now: data.paths,
    "ground": lambda data, _language, _now: data.ground,
    "buildings": lambda data, _language, _now: data.buildings.assign(estimated=data.buildings["households_estimated"]),
    "gates": lambda data, _language, _now: data.gates,
    "points": lambda data, _language, _now: data.points,
    "issues": _issues,
    "walks": _walks,
    "stops": _stops,
}
