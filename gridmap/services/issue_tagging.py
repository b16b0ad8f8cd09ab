"""Tagging an issue where one stands: what a place belongs to, who is in charge there, keeping it, taking it back."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import pandas as pd
import shapely

from gridmap.access import Action, Actor
from gridmap.errors import Conflict, NotFound
from gridmap.services import (
    issue_authors,
    layers,
    leave,
    place_cards,
    record_kinds,
    record_places,
    record_rows,
    records,
    recycle_bin,
    writing_pace,
)
from gridmap.services.community_data import CommunityData
from gridmap.services.record_rows import Record
from gridmap.services.sight import Sight
from gridmap.store import Store

GOOD_M = 30.0
"""A phone's position is taken without a word up to this; beyond `record_places.ROUGH_M` a place is asked for."""
LONGEST_AGO = dt.timedelta(days=14)
"""A draft that waited longer than this for the line counts as reported so long ago."""
BACK_WITHIN = dt.timedelta(minutes=10)
"""So long whoever recorded an issue may take it back."""


@dataclass(frozen=True, kw_only=True)
class Spot:
    """A place in words, with the ids of what it belongs to; None and "" where there is none.

    ``keeper`` is who is in charge of the grid today, ``outside_m`` how far the place is outside the community
    (0 where it belongs to it).
    """

    lon: float
    lat: float
    building_id: int | None
    compound_id: int | None
    grid_id: int | None
    building: str = ""
    compound: str = ""
    grid: str = ""
    colour: str = ""
    keeper: str = ""
    outside_m: int = 0


def near(
    store: Store,
    data: CommunityData,
    seen: Sight,
    *,
    lon: float,
    lat: float,
    accuracy_m: float | None = None,
    language: str,
) -> Spot:
    """Return what a place in WGS 84 belongs to: the nearest building within reach, compound, grid, who is in charge.

    Parameters
    ----------
    store, data
        The store, and the community in it.
    seen
        What the person sees: names of colleagues elsewhere are not told.
    lon, lat
        The place.
    accuracy_m
        How sure a phone is of it.
    language
        Of the words.
    """
    place = shapely.Point(lon, lat)
    outside_m = record_places.outside_m(place, data)
    if outside_m > record_places.REACH_M:
        nowhere: dict[str, Any] = {"building_id": None, "compound_id": None, "grid_id": None}
        return Spot(lon=lon, lat=lat, outside_m=round(outside_m), **nowhere)
    building = record_places.snapped(data, place, accuracy_m)
    at = record_places.of(place, data) if building is None else record_places.at_building(building, data)
    if at.grid_id is None:
        by_place = record_places.of(place, data)
        at = replace(at, grid_id=by_place.grid_id)
    return _spot(store, data, seen, at, (lon, lat), language)


def at_building(store: Store, data: CommunityData, seen: Sight, building_id: int, *, language: str) -> Spot:
    """Return the same for a building that was chosen.

    Raises
    ------
    errors.NotFound
        If there is no such building.
    """
    if building_id not in data.buildings.index:
        raise NotFound("record_missing", number=str(building_id))
    middle = record_places.middle(building_id, data)
    at = record_places.at_building(building_id, data)
    return _spot(store, data, seen, at, (middle.x, middle.y) if not middle.is_empty else (0.0, 0.0), language)


def record(
    store: Store,
    actor: Actor,
    data: CommunityData,
    given: Mapping[str, Any],
    *,
    client_id: str,
    accuracy_m: float | None = None,
    ago: dt.timedelta = dt.timedelta(0),
    now: dt.datetime,
    address: str = "",
) -> Record:
    """Record an issue as `records.tag_issue` does, as of when the device wrote it down.

    Parameters
    ----------
    given
        Fields of `record_kinds.TAGGED`; the place as text.
    accuracy_m
        How sure the phone was of the place.
    ago
        How long before this moment it was written down, by the device's own clock.

    Raises
    ------
    errors.Forbidden, errors.FaultyRecord, errors.TooManyWrites, errors.StoreError
        As `records.tag_issue` does.
    """
    return records.tag_issue(
        store,
        actor,
        data,
        given,
        client_id=client_id,
        accuracy_m=accuracy_m,
        reported_at=now - min(max(ago, dt.timedelta(0)), LONGEST_AGO),
        now=now,
        address=address,
    )


def take_back(
    store: Store, actor: Actor, data: CommunityData, client_id: str, *, now: dt.datetime, address: str = ""
) -> None:
    """Put an issue that ``actor`` has just recorded into the bin again, if nobody has touched it.

    One that is not there, or not any longer, is no fault: it may have been asked twice.

    Raises
    ------
    errors.Forbidden
        If somebody else recorded it.
    errors.Conflict
        If somebody works on it already, or it is too long ago.
    errors.TooManyWrites, errors.StoreError
        As `records.tag_issue` does.
    """
    records.demand(actor, Action.TAG_ISSUE, data, None)
    of = record_kinds.kind("issues")
    with store.write() as session:
        row = records.tagged(session, int(data.community.id or 0), client_id)
        if row is None:
            return
        if not issue_authors.recorded(session, actor, int(row.id or 0)):
            records.demand(actor, Action.EDIT_ISSUES, data, row.grid_id)
        recorded_at, moves = issue_authors.since(session, row)
        if moves > 1 or now - recorded_at > BACK_WITHIN:
            raise Conflict("tag_touched", code=row.code)
        writing_pace.demand(session, actor, now)
        recycle_bin.within(session, actor, data, record_rows.as_record(of, row, data), now=now, address=address)


def usual(data: CommunityData, *, since: dt.datetime, most: int) -> list[str]:
    """Return the categories that come up most in a community since a moment, the most frequent first."""
    lately = data.issues[data.issues["reported_at"] >= since]
    counted = lately["category"].value_counts(sort=True)
    return [str(code) for code in counted.index[:most]]


def _spot(
    store: Store,
    data: CommunityData,
    seen: Sight,
    at: record_places.Whereabouts,
    place: tuple[float, float],
    language: str,
) -> Spot:
    compound = at.compound_id if at.compound_id in data.compounds.index else None
    building = ""
    if at.building_id is not None:
        building = str(layers.building_titles(data.buildings.loc[[at.building_id]], language).iloc[0])
    keeper, colour = "", ""
    if at.grid_id is not None and at.grid_id in data.grids.index:
        colour = str(data.grids.at[at.grid_id, "colour"])
        leader = data.grids.at[at.grid_id, "leader_id"]
        if not pd.isna(leader):
            with store.read() as session:
                there = leave.present(session, int(leader), data.day)
            keeper = place_cards.colleague(data, there, seen, at.grid_id)
    return Spot(
        lon=place[0],
        lat=place[1],
        building_id=at.building_id,
        compound_id=at.compound_id,
        grid_id=at.grid_id,
        building=building,
        compound="" if compound is None else str(data.compounds.at[compound, "name"]),
        grid=place_cards.grid(data, at),
        colour=colour,
        keeper=keeper,
    )
