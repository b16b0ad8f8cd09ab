"""A recorded track beside the walk that was planned: how far it went along the paths, and which stops it passed."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import geopandas as gpd
import numpy as np
import shapely

from gridmap import crs, model
from gridmap.analysis import walking, walking_tracks
from gridmap.errors import InputError
from gridmap.exchange import gpx
from gridmap.services import walking_data
from gridmap.services.community_data import CommunityData

NEAR_M = 30.0
"""A stop as near as this to the track was passed; a planned way as near as this to it was walked."""


@dataclass(frozen=True, kw_only=True)
class Compared:
    """A track beside a planned walk.

    Parameters
    ----------
    line
        Along the paths, in WGS 84.
    walk_m, off_m
        Metres along the paths, and metres of the track where no path is near.
    planned_m
        Metres of the planned way; None where none is known.
    share
        Share of the planned way that was walked; None where none is known.
    passed, missed
        Numbers of the stops that the track passed, and of those it did not, in their order; those without a place are
        in neither.
    """

    line: shapely.MultiLineString
    walk_m: float
    off_m: float
    planned_m: float | None
    share: float | None
    passed: tuple[int, ...]
    missed: tuple[int, ...]


def of_file(path: Path) -> shapely.MultiLineString:
    """Return the tracks of a GPX file as lines in WGS 84.

    Raises
    ------
    InputError
        If it is no GPX, or holds no track.
    """
    frame = gpx.read(path, part="tracks").frame
    return _lines(frame.geometry.to_list())


def of_rows(tracks: Sequence[model.WalkTrack]) -> shapely.MultiLineString:
    """Return tracks that walkers have recorded as lines in WGS 84."""
    told = [[place[:2] for place in json.loads(one.content)] for one in tracks]
    return _lines([shapely.LineString(places) for places in told if len(places) > 1])


def compare(data: CommunityData, walk_id: int, track: shapely.MultiLineString, slower: walking.Costs) -> Compared:
    """Put a track beside a walk; nothing of it is kept.

    Parameters
    ----------
    data
        The community.
    walk_id
        The walk.
    track
        Lines in WGS 84.
    slower
        What the community lets be walked more slowly: its network is known by it.

    Raises
    ------
    InputError
        If the community has no paths, or the track is nowhere near them.
    """
    metric = data.buildings_m.crs
    recorded = gpd.GeoSeries([track], crs=crs.WGS84).to_crs(metric).iloc[0]
    found = walking_tracks.match(recorded, walking_data.model(data, slower).network)
    if found.line.is_empty:
        raise InputError("track_elsewhere", metres=round(found.track_m))
    near = recorded.buffer(NEAR_M)
    route = data.walks.geometry.loc[[walk_id]].to_crs(metric).iloc[0]
    stops = data.stops[data.stops["walk_id"] == walk_id].sort_values("seq", kind="stable")
    placed = stops[~stops.geometry.is_empty]
    inside = placed.geometry.to_crs(metric).intersects(near) if len(placed) else placed["seq"].astype(bool)
    return Compared(
        line=gpd.GeoSeries([found.line], crs=metric).to_crs(crs.WGS84).iloc[0],
        walk_m=found.walk_m,
        off_m=found.off_m,
        planned_m=None if route.is_empty else float(route.length),
        share=None if route.is_empty else _within(route, near) / float(route.length),
        passed=tuple(int(seq) for seq in placed.loc[inside, "seq"]),
        missed=tuple(int(seq) for seq in placed.loc[~inside, "seq"]),
    )


def _within(route: shapely.LineString, near: shapely.Geometry) -> float:
    """Return how many metres of a way lie in an area; what is walked there and back counts twice."""
    ends = shapely.get_coordinates(route)
    pieces = shapely.linestrings(np.stack([ends[:-1], ends[1:]], axis=1))
    return float(shapely.length(shapely.intersection(pieces, near)).sum())


def _lines(shapes: Sequence[shapely.Geometry]) -> shapely.MultiLineString:
    parts = [part for shape in shapes for part in shapely.get_parts(shape)]
    return shapely.MultiLineString([part for part in parts if len(part.coords) > 1])
