"""What has changed since a scenario was worked out: points, buildings, and what it comes to now."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import geopandas as gpd
import pandas as pd
import shapely

from gridmap import i18n
from gridmap.services import overview, siting_plan
from gridmap.services.community_data import CommunityData

_FAR_M = 1.0


def base(data: CommunityData, made: siting_plan.Plan) -> dict[str, Any]:
    """Return what a plan stands on, to be kept with it: points of its kind, buildings with people, what it covers."""
    served = made.answer.served
    homes = overview.dwellings(data)
    return {
        "points": _points(data, made.kind, ()),
        "buildings": len(homes),
        "households": int(homes["households"].sum()),
        "covered": 0 if served is None else int(served.covered.sum()),
    }


def told(
    data: CommunityData,
    kind: str,
    known: Mapping[str, Any],
    *,
    added: tuple[int, ...],
    closed: tuple[int, ...],
    adopted: bool,
    covers: int | None,
    language: str,
) -> list[str]:
    """Say what has changed since ``known`` was noted.

    Parameters
    ----------
    data, kind
        The community as it is now, and the kind of point.
    known
        As `base` made it.
    added, closed, adopted
        Points that the scenario itself has added and closes, which are no change once it is adopted.
    covers
        Households that it covers as things are now; None where that is not comparable.
    language
        In whose words.
    """
    if not known:
        return []
    now, before = _points(data, kind, added), known["points"]
    own = {str(one) for one in closed} if adopted else set()
    said = []

    def say(key: str, **fields: Any) -> None:
        said.append(i18n.text(f"siting.changed.{key}", language, **fields))

    if new := [one["name"] for number, one in now.items() if number not in before]:
        say("new", n=len(new), names=new[:5])
    if gone := [one["name"] for number, one in before.items() if number not in now and number not in own]:
        say("gone", n=len(gone), names=gone[:5])
    if moved := [one["name"] for number, one in now.items() if number in before and _moved(one, before[number], data)]:
        say("moved", n=len(moved), names=moved[:5])
    rooms = [one["name"] for number, one in now.items() if number in before and one["room"] != before[number]["room"]]
    if rooms:
        say("room", n=len(rooms), names=rooms[:5])
    homes = overview.dwellings(data)
    if len(homes) != known["buildings"]:
        say("buildings", before=known["buildings"], n=len(homes))
    households = int(homes["households"].sum())
    if households != known["households"]:
        say("households", before=known["households"], n=households)
    if covers is not None and covers != known["covered"]:
        say("covers", before=known["covered"], n=covers)
    return said


def _points(data: CommunityData, kind: str, without: tuple[int, ...]) -> dict[str, dict[str, Any]]:
    mine = data.points[(data.points["kind"] == kind) & ~data.points.geometry.is_empty]
    return {
        str(number): {
            "name": str(point["name"]),
            "lon": round(point["geom"].x, 7),
            "lat": round(point["geom"].y, 7),
            "room": None if pd.isna(point["capacity_households"]) else int(point["capacity_households"]),
        }
        for number, point in mine.iterrows()
        if number not in without
    }


def _moved(one: Mapping[str, Any], other: Mapping[str, Any], data: CommunityData) -> bool:
    places = shapely.points([(one["lon"], one["lat"]), (other["lon"], other["lat"])])
    first, second = gpd.GeoSeries(places, crs="EPSG:4326").to_crs(data.buildings_m.crs)
    return bool(first.distance(second) > _FAR_M)
