"""Where a place lies in a community: inside it or not, at which building, in which grid and compound."""

from __future__ import annotations

from dataclasses import dataclass

import geopandas as gpd
import pandas as pd
import shapely

from gridmap import crs
from gridmap.services.community_data import CommunityData

REACH_M = 50.0
"""So far outside the boundary something may still belong to the community, as in imports."""
NEAR_M = 30.0
"""A place that is not farther from a building than this is at that building."""
ROUGH_M = 100.0
"""A phone that is less sure of its place than this knows no building."""

# A degree of longitude at 66 degrees north or south, beyond which nobody uses this.
_SHORTEST_DEGREE_M = 45_000.0


@dataclass(frozen=True, kw_only=True)
class Whereabouts:
    """Ids of what a place belongs to; None where there is none."""

    building_id: int | None = None
    compound_id: int | None = None
    grid_id: int | None = None


def outside_m(place: shapely.Geometry, data: CommunityData) -> float:
    """Return how far a place in WGS 84 lies outside the community, in metres; 0 inside, or where it has no boundary."""
    boundary = data.community.geom
    if boundary.is_empty or boundary.covers(place):
        return 0.0
    metric = crs.metric_crs(boundary)
    inside, there = gpd.GeoSeries([boundary, place], crs=crs.WGS84).to_crs(metric)
    # What is farthest counts: an outline must not reach over the boundary with one corner.
    return max(float(inside.distance(shapely.Point(corner))) for corner in shapely.get_coordinates(there))


def of(place: shapely.Geometry, data: CommunityData) -> Whereabouts:
    """Return what a place in WGS 84 belongs to: the building it is in or near, its compound, the grid."""
    if place.is_empty:
        return Whereabouts()
    building_id = snapped(data, place, None)
    if building_id is not None:
        at = at_building(building_id, data)
        if at.grid_id is not None:
            return at
    grid_id = _nearest(data.grids, place, None)
    compound_id = _nearest(data.compounds, place, 0)
    return Whereabouts(building_id=building_id, compound_id=compound_id, grid_id=grid_id)


def snapped(data: CommunityData, place: shapely.Geometry, accuracy_m: float | None) -> int | None:
    """Return the building at or nearest to a place, as far off as its phone may be wrong; None where there is none.

    Parameters
    ----------
    data
        The community.
    place
        In WGS 84.
    accuracy_m
        How sure the phone was; None where a person showed the place.
    """
    if place.is_empty:
        return None
    return _nearest(data.buildings, place, max(NEAR_M, min(accuracy_m or 0.0, ROUGH_M)))


def at_building(building_id: int, data: CommunityData) -> Whereabouts:
    """Return what a building belongs to."""
    row = data.buildings.loc[building_id]
    return Whereabouts(
        building_id=building_id,
        compound_id=None if pd.isna(row["compound_id"]) else int(row["compound_id"]),
        grid_id=None if pd.isna(row["grid_id"]) else int(row["grid_id"]),
    )


def middle(building_id: int, data: CommunityData) -> shapely.Point:
    """Return a place inside a building; empty where it is not known."""
    footprint = data.buildings.geometry[building_id]
    return shapely.Point() if footprint.is_empty else footprint.representative_point()


def _nearest(frame: gpd.GeoDataFrame, place: shapely.Geometry, reach_m: float | None) -> int | None:
    """Return the id of the area that is nearest to a place, of those within reach (None: however far)."""
    placed = frame.geometry[~frame.geometry.is_empty]
    if placed.empty:
        return None
    if reach_m is None:
        return int(placed.index[placed.sindex.nearest(place, return_all=False)[1][0]])
    # Only what is near is put into metres: there may be thousands of buildings.
    around = shapely.box(*shapely.buffer(place, reach_m / _SHORTEST_DEGREE_M).bounds)
    close = placed.iloc[placed.sindex.query(around)]
    if close.empty:
        return None
    metric = crs.metric_crs(place)
    away_m = close.to_crs(metric).distance(gpd.GeoSeries([place], crs=crs.WGS84).to_crs(metric).iloc[0])
    return int(away_m.idxmin()) if away_m.min() <= reach_m else None
