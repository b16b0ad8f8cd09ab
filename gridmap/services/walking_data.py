"""The walking model of a community as it is kept: made once for each revision, and what is asked of it."""

from __future__ import annotations

import datetime as dt
from functools import lru_cache
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from gridmap.analysis import coverage, walking, walking_hours
from gridmap.analysis.pairs import Pairs
from gridmap.services.community_data import CommunityData
from gridmap.services.community_settings import CommunitySettings

WALKING, STRAIGHT_LINE = "walking", "straight_line"


def has_ways(data: CommunityData) -> bool:
    """Whether anything is known by which walking differs from a straight line: a path, or a wall."""
    paths = not data.paths.geometry.is_empty.all()
    return paths or bool((data.compounds["walled"] & ~data.compounds.geometry.is_empty).any())


def measure(data: CommunityData, *, straight: bool = False) -> str:
    """Return how distance is measured: by walking where that is known and nothing else is asked for."""
    return WALKING if has_ways(data) and not straight else STRAIGHT_LINE


def costs(chosen: CommunitySettings) -> walking.Costs:
    """Return what a community lets be walked more slowly."""
    return walking.Costs(stairs_factor=max(chosen.stairs_factor, 1.0), crossing_m=chosen.crossing_m)


@lru_cache(maxsize=8)
def model(data: CommunityData, slower: walking.Costs) -> walking.Model:
    """Return the walking model of a community; the same one as long as its data is the same object.

    Raises
    ------
    InputError
        If the opening hours of a gate cannot be read.
    """
    at = data.buildings_m.crs
    boundary = None if data.community.geom.is_empty else data.boundary.to_crs(at).geometry.iloc[0]
    return walking.build(
        data.buildings_m,
        data.compounds.to_crs(at),
        data.gates.to_crs(at),
        data.paths.to_crs(at),
        boundary=boundary,
        costs=slower,
    )


def open_at(points: gpd.GeoDataFrame, hour: dt.time | None) -> pd.Series:
    """Return which service points are open at an hour, as far as their hours say it; days are not looked at."""
    told = points["hours"].map(lambda text: hour is None or walking_hours.mentioned(str(text)).at(hour))
    open_: pd.Series = told.astype(bool)
    return open_


def pairs(
    data: CommunityData,
    slower: walking.Costs,
    homes: pd.Index,
    places: gpd.GeoDataFrame,
    limit_m: float,
    *,
    straight: bool,
    hour: dt.time | None = None,
) -> Pairs:
    """Return which of ``homes`` reach which of ``places`` (points in metres) within a limit, and how far that is."""
    metres = limit_m + coverage.TOLERANCE_M
    if measure(data, straight=straight) == WALKING:
        table = model(data, slower).matrix(places, metres, hour=hour)
        table = table[data.buildings_m.index.get_indexer(homes)].tocoo()
        home, place, walk_m = table.row.astype(np.int64), table.col.astype(np.int64), table.data
    else:
        footprints: Any = data.buildings_m.geometry.loc[homes].to_numpy()
        spots = places.geometry.to_numpy()
        known = np.flatnonzero(~(shapely.is_empty(spots) | shapely.is_missing(spots)))
        place, home = shapely.STRtree(footprints).query(spots[known], predicate="dwithin", distance=metres)
        place = known[place]
        walk_m = shapely.distance(footprints[home], spots[place])
    order = np.lexsort((place, home))
    return Pairs(home[order], place[order], walk_m[order], len(homes), len(places))
