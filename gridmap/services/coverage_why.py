"""Why a building is covered or not: how far its nearest point is, by which way, and what stands in between."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from gridmap import crs
from gridmap.analysis import walking_routes
from gridmap.errors import NotFound
from gridmap.services import coverage_mend, coverage_table, walking_data
from gridmap.services.community_data import CommunityData
from gridmap.services.coverage_mend import Mend
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
    mends
        What would cover it.
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
    mends: tuple[Mend, ...]


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
        wall = _crossed(data, [line], [str(row["compound"] or "")])[0]
    reason, mends = _reason(data, found, building, row, wall)
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
        reason=reason,
        wall=wall,
        mends=mends,
    )


def _reason(
    data: CommunityData, found: CoverageTable, building: int, row: Mapping[Any, Any], wall: str
) -> tuple[str, tuple[Mend, ...]]:
    if row["state"] == "covered":
        return "covered", ()
    if row["state"] == "full":
        return "full", coverage_mend.room(data, found, building)
    closed = coverage_mend.at_any_hour(data, found, building)
    if closed:
        return "closed", closed
    mends = coverage_mend.nearer(data, found, building)
    if found.points == 0:
        return "no_point", mends
    if pd.isna(row["walk_m"]):
        return "no_way", mends
    if row["straight_m"] <= found.radius_m and found.measure == walking_data.WALKING:
        return "wall" if wall else "detour", mends
    return "far", mends


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


@lru_cache(maxsize=8)
def _walls(data: CommunityData) -> tuple[list[str], shapely.STRtree]:
    """Return the names of walled compounds, and a tree over their walls in metres."""
    walled = data.compounds[data.compounds["walled"] & ~data.compounds.geometry.is_empty]
    return walled["name"].tolist(), shapely.STRtree(walled.geometry.to_crs(data.buildings_m.crs).boundary.to_numpy())


def _crossed(data: CommunityData, lines: Sequence[shapely.LineString], own: Sequence[str]) -> list[str]:
    """Return for each line the compound whose wall it crosses, its own one first; empty where there is none."""
    names, tree = _walls(data)
    found = [""] * len(lines)
    for line, wall in sorted(zip(*tree.query(np.array(lines, dtype=object), predicate="intersects"), strict=True)):
        if not found[line] or names[wall] == own[line]:
            found[line] = names[wall]
    return found


def circles(data: CommunityData, found: CoverageTable) -> gpd.GeoSeries:
    """Return the outline of what lies within the radius of the points in a straight line, in metres."""
    places = coverage_table.points_asked(data, found.asked, found.kind).geometry
    near = shapely.union_all(shapely.buffer(places.to_numpy(), found.radius_m, quad_segs=24))
    return gpd.GeoSeries([near.boundary], crs=places.crs).explode(ignore_index=True)


def walls(data: CommunityData, found: CoverageTable) -> tuple[tuple[str, int, int], ...]:
    """Return what keeps buildings out of reach that look covered, those with most households first.

    Returns
    -------
    tuples
        Name of the compound whose wall stands between them and the nearest point (empty where there is none: the way
        is long), number of buildings, and their households.
    """
    rows = found.buildings[found.buildings["looks_covered"]]
    points = coverage_table.points_asked(data, found.asked, found.kind).geometry
    points = points[~(points.is_empty | points.isna())]
    if rows.empty:
        return ()
    shapes, places = data.buildings_m.geometry[rows.index].to_numpy(), points.to_numpy()
    nearest = shapely.STRtree(places).query_nearest(shapes, all_matches=False)[1]
    lines = shapely.shortest_line(shapes, places[nearest])
    named = _crossed(data, lines, [str(compound or "") for compound in rows["compound"]])
    told = pd.DataFrame({"wall": named, "n": 1, "households": rows["households"].to_numpy()}).groupby("wall").sum()
    order = told.sort_values(["households", "n"], ascending=False, kind="stable")
    return tuple((str(wall), int(one["n"]), int(one["households"])) for wall, one in order.iterrows())
