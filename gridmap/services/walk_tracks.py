"""Tracks of walks: recorded by the walker's own act, sent when they end it, shown to them and the secretary.

Nothing is told of a track while it is being recorded; `retention` deletes it when its time (``walk_tracks``) is over.
"""

from __future__ import annotations

import datetime as dt
import json
import math
from collections.abc import Sequence
from typing import Any

import geopandas as gpd
import shapely
import sqlalchemy as sa

from gridmap import crs, model
from gridmap.access import Actor
from gridmap.errors import InputError
from gridmap.model import Role
from gridmap.services import audit, record_rows, walk_rights
from gridmap.services.community_data import CommunityData
from gridmap.store import Store, parcel, tables

MOST_PLACES = 20_000
_DIGITS = 6


def keep(
    store: Store,
    actor: Actor,
    data: CommunityData,
    walk_id: int,
    places: Sequence[Any],
    *,
    begun_at: dt.datetime,
    client_id: str,
    now: dt.datetime,
    address: str = "",
) -> model.WalkTrack:
    """Keep a track; sent twice it is kept once.

    Parameters
    ----------
    places
        ``[longitude, latitude, seconds since begun_at]`` in WGS 84, in their order.
    begun_at
        When the recording began; timezone-aware.
    client_id
        What the device calls it.

    Raises
    ------
    errors.InputError
        If the places are none, or too many.
    errors.NotFound, errors.Forbidden
        As `walk_rights.walk` does; only whoever goes on the walk, and the secretary, keep a track of it.
    """
    checked = _checked(places)
    line = shapely.LineString([place[:2] for place in checked])
    metric = gpd.GeoSeries([line], crs="EPSG:4326")
    column = sa.inspect(model.WalkTrack).c
    with store.write() as session:
        walk = walk_rights.walk(session, actor, int(data.community.id or 0), walk_id)
        same = sa.select(model.WalkTrack).where(column.community_id == walk.community_id, column.client_id == client_id)
        if (kept := session.scalars(same).first()) is not None:
            return kept
        begun = min(max(begun_at, now - dt.timedelta(days=14)), now)
        made = model.WalkTrack(
            community_id=walk.community_id,
            walk_id=walk_id,
            begun_at=begun,
            ended_at=min(begun + dt.timedelta(seconds=checked[-1][2]), now),
            actor_id=record_rows.staff(session, actor),
            client_id=client_id,
            walk_m=round(float(metric.to_crs(crs.metric_crs(metric)).length.iloc[0]), 1),
            content=json.dumps(checked),
        )
        session.add(made)
        audit.record(
            session,
            actor,
            "walk_track_kept",
            target=walk.day.isoformat(),
            target_id=walk_id,
            community_id=walk.community_id,
            address=address,
            now=now,
        )
        session.flush()
    return made


def of_walk(store: Store, actor: Actor, data: CommunityData, walk_id: int) -> list[model.WalkTrack]:
    """Return the tracks of a walk: whoever walked sees their own, the secretary all.

    Raises
    ------
    errors.NotFound, errors.Forbidden
        As `walk_rights.walk` does.
    """
    column = sa.inspect(model.WalkTrack).c
    with store.read() as session:
        walk_rights.walk(session, actor, int(data.community.id or 0), walk_id)
        mine = sa.select(model.WalkTrack).where(column.walk_id == walk_id).order_by(column.begun_at)
        staff_id = record_rows.staff(session, actor)
        found = list(session.scalars(mine))
    if actor.role is Role.SECRETARY:
        return found
    return [one for one in found if one.actor_id is not None and one.actor_id == staff_id]


def forget(store: Store, actor: Actor, data: CommunityData, walk_id: int, client_id: str) -> None:
    """Delete one's own track for good, before its time; one that is not there is no fault.

    Raises
    ------
    errors.NotFound, errors.Forbidden
        As `walk_rights.walk` does.
    """
    theirs = {int(one.id or 0) for one in of_walk(store, actor, data, walk_id) if one.client_id == client_id}
    with store.write() as session:
        for number in theirs:
            session.delete(session.get_one(model.WalkTrack, number))
        session.flush()
        parcel.forget(session, {tables.name(model.WalkTrack): sorted(theirs)})
    store.leave_no_trace()


def _checked(places: Sequence[Any]) -> list[list[float]]:
    if not 2 <= len(places) <= MOST_PLACES:
        raise InputError("walk_track_places", n=len(places), most=MOST_PLACES)
    made: list[list[float]] = []
    for place in places:
        try:
            lon, lat, seconds = (float(value) for value in place)
        except (TypeError, ValueError) as fault:
            raise InputError("walk_track_broken", n=len(made) + 1) from fault
        fits = math.isfinite(lon + lat + seconds) and abs(lon) <= 180 and abs(lat) <= 90
        if not fits or seconds < (made[-1][2] if made else 0) or seconds > 10**6:
            raise InputError("walk_track_broken", n=len(made) + 1)
        made.append([round(lon, _DIGITS), round(lat, _DIGITS), round(seconds, 1)])
    return made
