"""The cells of a register: places, and the names of what rows point at."""

from __future__ import annotations

from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from gridmap.datums import Datum, from_wgs84
from gridmap.services import community_data
from gridmap.services.community_data import CommunityData


def shifted(frame: gpd.GeoDataFrame, datum: Datum) -> gpd.GeoSeries:
    """Return the places of rows in a datum."""
    if datum is Datum.WGS84:
        return frame.geometry
    moved = shapely.transform(frame.geometry.to_numpy(), lambda xy: from_wgs84(xy, datum))
    return gpd.GeoSeries(moved, index=frame.index, crs=frame.crs)


def coordinate(places: gpd.GeoSeries | None, field: str) -> pd.Series:
    """Return longitude or latitude of a place within each shape: its middle, where that lies inside."""
    assert places is not None  # for mypy: a register with coordinates has a shape
    shapes = places.to_numpy()
    middle = shapely.centroid(shapes)
    inside = np.where(shapely.covers(shapes, middle), middle, shapely.point_on_surface(shapes))
    values = shapely.get_x(inside) if field == "lon" else shapely.get_y(inside)
    return pd.Series(values.round(9), index=places.index)


def of(data: CommunityData, field: str, frame: Any) -> pd.Series:
    """Return what stands under a field, in the words of what it points at."""
    if field == "grid" and "grid" not in frame.columns:
        return community_data.named(grids_of(data, frame), data.grids["name"])
    if field == "partner":
        return community_data.named(frame["partner_id"], data.staff["name"])
    if field == "owner":
        own = community_data.named(frame["owner_id"], data.staff["name"])
        return own.where(own != "", frame["owner"])
    if field == "service_point":
        return community_data.named(frame["service_point_id"], data.points["name"])
    if field == "resident_group":
        return community_data.named(frame["resident_group_id"], data.groups["name"])
    if field == "compound":
        ids = frame["compound_id"] if "compound_id" in frame.columns else _compounds_of(data, frame)
        return community_data.named(ids, data.compounds["name"])
    if field == "building":
        return community_data.named(frame["building_id"], data.buildings["number"])
    column: pd.Series = frame[field]
    return column


def grids_of(data: CommunityData, frame: Any) -> pd.Series:
    """Return the grid of each row: its own, its building's, or that which it leads."""
    if "grid_id" in frame.columns:
        found: pd.Series = frame["grid_id"]
    elif "building_id" in frame.columns:
        found = frame["building_id"].map(data.buildings["grid_id"])
    else:
        led = {leader: number for number, leader in data.grids["leader_id"].items() if pd.notna(leader)}
        found = frame.index.to_series().map(led)
    return found


def _compounds_of(data: CommunityData, frame: Any) -> pd.Series:
    found: pd.Series = frame["building_id"].map(data.buildings["compound_id"])
    return found
