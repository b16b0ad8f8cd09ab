"""Why a building is covered or not: how far its nearest point is, by which way, and what stands in between."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import geopandas as gpd
import pandas as pd
import shapely

from gridmap import crs
from gridmap.analysis import walking_routes
from gridmap.errors import NotFound
from gridmap.services import walking_data
from gridmap.services.community_data import CommunityData
from gridmap.services.coverage_table import CoverageTable

_DETOUR = 1.5


@dataclass(frozen=True, kw_only=True, eq=False)
class Why:
    """How a building fares.

    Parameters
    ----------
    building
        Its id.
    title
        Compound and number.
    state
        ``covered``, ``full`` or ``out_of_reach``.
    households
        Who live there.
    point
        The point it goes to; empty where there is none.
    walk_m, minutes, straight_m
        Metres and minutes on foot, and metres in a straight line; NaN where no way leads there.
    route
        The way in WGS 84; empty where there is none or a straight line is measured.
    reason
        Key of the sentence ``reach.why.<reason>``.
    wall
        The compound whose wall the straight line crosses, where the way is much longer.
    """

    building: int
    title: str
    state: str
    households: int
    point: str
    walk_m: float
    minutes: float
    straight_m: float
    route: shapely.LineString
    reason: str
    wall: str


def of(data: CommunityData, found: CoverageTable, building: int) -> Why:
    """Return how one of the buildings of a coverage fares.

    Raises
    ------
    NotFound
        If it is none of them: nobody lives there.
    """
    if building not in found.buildings.index:
        raise NotFound("coverage_building", building=str(building))
    row: Mapping[Any, Any] = found.buildings.loc[[building]].to_dict("records")[0]
    route, line = _ways(found, building)
    wall = ""
    if pd.notna(row["walk_m"]) and row["walk_m"] > max(_DETOUR * row["straight_m"], row["straight_m"] + 50):
        wall = _crossed(data, line, str(row["compound"] or ""))
    return Why(
        building=building,
        title=f"{row['compound'] or ''}{row['building']}",
        state=str(row["state"]),
        households=int(row["households"]),
        point=str(row["point"]),
        walk_m=float(row["walk_m"]),
        minutes=float(row["minutes"]),
        straight_m=float(row["straight_m"]),
        route=route,
        reason=_reason(found, row, wall),
        wall=wall,
    )


def _reason(found: CoverageTable, row: Mapping[Any, Any], wall: str) -> str:
    if found.points == 0:
        return "no_point"
    if row["state"] != "out_of_reach":
        return str(row["state"])
    if pd.isna(row["walk_m"]):
        return "no_way"
    if row["straight_m"] <= found.radius_m and found.measure == walking_data.WALKING:
        return "wall" if wall else "detour"
    return "far"


def _ways(found: CoverageTable, building: int) -> tuple[shapely.LineString, shapely.LineString]:
    """Return the way in WGS 84, and the straight line between its ends in metres."""
    nothing = shapely.LineString()
    if found.walks is None:
        return nothing, nothing
    walks = found.walks
    row = int(walks.model.index.get_indexer(pd.Index([building]))[0])
    route = walking_routes.route(walks.model.fabric, walks.model.doors, walks.reach, walks.approach, row)
    if route is None:
        return nothing, nothing
    line = shapely.LineString([route.line.coords[0], route.line.coords[-1]]) if route.line.length else nothing
    shown = gpd.GeoSeries([route.line], crs=found.walks.model.crs).to_crs(crs.WGS84).iloc[0]
    return shown, line


def _crossed(data: CommunityData, line: shapely.LineString, own: str) -> str:
    walled = data.compounds[data.compounds["walled"] & ~data.compounds.geometry.is_empty]
    if line.is_empty or walled.empty:
        return ""
    walls = walled.geometry.to_crs(data.buildings_m.crs).boundary
    hit = walls.intersects(line)
    names = [str(name) for name in walled["name"][hit]]
    return own if own in names else next(iter(names), "")
