"""The places of a walk: buildings, service points and issues by their key, where they are, what they are called.

Keys are ``building:12``, ``point:3`` and ``issue:45``; ``spot:108.94216,34.22011`` is a place of no kind (lon, lat).
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Any

import pandas as pd
import shapely

from gridmap import i18n, service_kinds
from gridmap.model import IssueState
from gridmap.services import layers
from gridmap.services.community_data import CommunityData
from gridmap.services.sight import Sight

_SPOT = re.compile(r"(-?\d{1,3}(?:\.\d+)?),(-?\d{1,2}(?:\.\d+)?)")


@dataclass(frozen=True, kw_only=True)
class Place:
    """Where a candidate is: numbers of building, service point or issue, its grid, and its point (lon, lat)."""

    key: str
    building_id: int | None = None
    service_point_id: int | None = None
    issue_id: int | None = None
    grid_id: int | None = None
    geom: shapely.Point = field(default_factory=shapely.Point)

    @property
    def doors(self) -> str:
        """What tells whose doors these are: a service point in a building shares the building's."""
        return self.key if self.building_id is None else f"building:{self.building_id}"


def place(data: CommunityData, key: str) -> Place | None:
    """Return where a key is, whatever grid that is in; None where there is no such place."""
    kind, _, told = key.partition(":")
    if kind == "spot" and (at := _SPOT.fullmatch(told)) is not None:
        return Place(key=key, geom=shapely.Point(float(at[1]), float(at[2])))
    frame = {"building": data.buildings, "point": data.points, "issue": data.issues}.get(kind)
    if frame is None or not told.isdecimal() or int(told) not in frame.index:
        return None
    number = int(told)
    row = frame.loc[number]
    if kind == "building":
        spot = row["geom"].representative_point()
        return Place(key=key, building_id=number, grid_id=whole(row["grid_id"]), geom=spot)
    if kind == "point":
        return Place(key=key, service_point_id=number, building_id=whole(row["building_id"]), geom=row["geom"])
    return Place(key=key, issue_id=number, grid_id=whole(row["grid_id"]), geom=row["geom"])


def spot(geom: shapely.Point) -> str:
    """Return the key of a place of no kind."""
    return f"spot:{geom.x:.6f},{geom.y:.6f}"


def stations(data: CommunityData) -> list[Place]:
    """Return the stations."""
    numbers = data.points.index[data.points["kind"].map(is_station)]
    return [one for number in numbers if (one := place(data, f"point:{number}")) is not None]


def title(data: CommunityData, place: Place, language: str) -> str:
    """Return what a place is called."""
    if place.service_point_id is not None:
        return str(data.points.at[place.service_point_id, "name"])
    if place.building_id is not None:
        titles = layers.building_titles(data.buildings.loc[[place.building_id]], language)
        return str(titles.iloc[0])
    if place.issue_id is None:
        return i18n.text("walks.spot", language)
    row = data.issues.loc[place.issue_id]
    return f"{data.categories.label(row['category'], language)} {row['code']}"


def within(data: CommunityData, seen: Sight, grids: frozenset[int]) -> dict[str, Place]:
    """Return the buildings, points and issues without a building in some grids, as far as they are seen there."""
    open_ = grids if seen.buildings is None else grids & seen.buildings
    found = {}
    spots = data.buildings.geometry.representative_point()
    for number, grid, spot in zip(data.buildings.index, data.buildings["grid_id"], spots, strict=True):
        if (not pd.isna(grid) and grid in open_) or len(data.grids) == 0:
            key = f"building:{number}"
            found[key] = Place(key=key, building_id=int(number), grid_id=whole(grid), geom=spot)
    grid_of = data.buildings["grid_id"]
    within = data.points[["geom"]].sjoin(data.grids[["geom"]], predicate="intersects")
    lies_in = dict(zip(within.index, within[within.columns[-1]], strict=True))
    for number, row in data.points.iterrows():
        building = whole(row["building_id"])
        grid = whole(grid_of.get(building)) if building is not None else whole(lies_in.get(number))
        if grid in open_ or len(data.grids) == 0:
            key = f"point:{number}"
            found[key] = Place(
                key=key, service_point_id=whole(number), building_id=building, grid_id=grid, geom=row["geom"]
            )
    issues = data.issues[data.issues["building_id"].isna() & data.issues["grid_id"].isin(open_)]
    for number, row in issues[issues["state"].map(is_unsettled)].iterrows():
        key = f"issue:{number}"
        found[key] = Place(key=key, issue_id=whole(number), grid_id=whole(row["grid_id"]), geom=row["geom"])
    return found


def is_unsettled(state: str) -> bool:
    """Whether an issue in a state is open, or done and not checked yet."""
    return IssueState(state).is_open or state == IssueState.DONE.value


def is_station(kind: str) -> bool:
    """Whether a kind of service point is a station."""
    return service_kinds.default().is_station(kind)


def whole(value: Any) -> int | None:
    """Return a number out of a frame as a whole one; None where there is none."""
    return None if value is None or pd.isna(value) else int(value)
