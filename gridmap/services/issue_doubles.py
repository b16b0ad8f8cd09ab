"""What is open nearby and may be the same: shown before an issue is saved, so that it is said once more and not twice.

How near and how long ago something may be is said by its category (``double_m``, ``double_days``).
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

import geopandas as gpd
import pandas as pd
import shapely
import sqlalchemy as sa
from sqlalchemy.orm import Session

from gridmap import crs, model
from gridmap.access import Action, Actor
from gridmap.errors import Conflict, InputError, NotFound
from gridmap.exchange import hotline
from gridmap.model import IssueSource, IssueState
from gridmap.services import audit, issue_ties, record_places, record_rows, records, writing_pace
from gridmap.services.community_data import CommunityData
from gridmap.store import Store

USUAL_M, USUAL_DAYS = 60.0, 30
LONGEST = 1000
_LONGEST_CLIENT_ID = 100
# A degree of longitude at 66 degrees north or south, beyond which nobody uses this.
_SHORTEST_DEGREE_M = 45_000.0
_OPEN = frozenset(state.value for state in IssueState if state.is_open)


@dataclass(frozen=True, kw_only=True)
class Double:
    """An open issue that may be the same.

    Parameters
    ----------
    issue_id, code
        Its id, and how the office calls it.
    category, text, state
        What it is about, with persons' numbers masked, and its state.
    distance_m
        How far away it is: 0 at the same building.
    age_days
        For how many days it has been known.
    voices
        How many further persons have said the same.
    """

    issue_id: int
    code: str
    category: str
    text: str
    state: IssueState
    distance_m: float
    age_days: int
    voices: int


def nearby(
    data: CommunityData,
    lon: float | None,
    lat: float | None,
    category: str,
    at: dt.datetime,
    *,
    building_id: int | None = None,
    most: int = 5,
) -> tuple[Double, ...]:
    """Return the open issues near a place that may be the same as one that is to be saved, the likeliest first.

    Parameters
    ----------
    data
        The community, as the person sees it: what is not theirs to see is not offered.
    lon, lat
        The place in WGS 84; None where only the building is known.
    category
        Code of the category.
    at
        When it was seen or said.
    building_id
        The building, where it is known: what was said of the same building is no distance away.
    most
        How many are returned at most.
    """
    place = _place(data, lon, lat, building_id)
    limit_m, limit_days = limits(data, category)
    there = data.issues[data.issues["state"].isin(_OPEN) & (data.issues["category"] == category)]
    age = (at - there["reported_at"]) / dt.timedelta(days=1)
    # A clock that is a little behind must not hide what was saved a moment ago.
    there = there[(age <= limit_days) & (age >= -1)]
    away_m = _away_m(there, place, limit_m)
    if building_id is not None:
        same = there.index[there["building_id"] == building_id]
        away_m = pd.concat([pd.Series(0.0, index=same), away_m.drop(same, errors="ignore")])
    said = data.voices.groupby("issue_id").size()
    found = [
        Double(
            issue_id=int(number),
            code=str(row["code"]),
            category=str(row["category"]),
            text=str(row["text"]),
            state=IssueState(row["state"]),
            distance_m=float(away_m[number]),
            age_days=max(0, (at - row["reported_at"]).days),
            voices=int(said.get(number, 0)),
        )
        for number, row in there.loc[away_m.index].iterrows()
    ]
    return tuple(sorted(found, key=lambda one: (one.distance_m, one.age_days, one.issue_id))[:most])


def add_voice(
    store: Store,
    actor: Actor,
    data: CommunityData,
    issue_id: int,
    *,
    source: IssueSource,
    text: str = "",
    client_id: str,
    now: dt.datetime,
    address: str = "",
) -> model.IssueVoice:
    """Keep that a further person said the same as an open issue; sent twice under one ``client_id``, once.

    Parameters
    ----------
    store, data
        The store, and the community in it.
    actor
        Who heard it.
    issue_id
        The issue; of a double that was folded into another, the other.
    source, text
        Where it was heard, and what was said besides.
    client_id
        What the device calls this act.
    now
        This moment, timezone-aware.
    address
        Network address it comes from.

    Raises
    ------
    Forbidden
        If ``actor`` may not record issues here.
    NotFound
        If there is no such issue in the community.
    Conflict
        If it is no longer open: then it is to be recorded as a new one.
    InputError
        If the text is too long.
    TooManyWrites, StoreError
        As `records.create` does.
    """
    records.demand(actor, Action.TAG_ISSUE, data, None)
    if not client_id or len(client_id) > _LONGEST_CLIENT_ID:
        raise ValueError("a voice needs a client_id of at most 100 characters")
    told = hotline.plain(text)
    if len(told) > LONGEST:
        raise InputError("voice_long", n=len(told), longest=LONGEST)
    with store.write() as session:
        known = _sent(session, data, client_id)
        if known is not None:
            return known
        issue = issue_ties.row(session, data, issue_id)
        issue = issue_ties.survivor(session, issue)
        if not issue.state.is_open:
            raise Conflict("voice_closed", code=issue.code)
        writing_pace.demand(session, actor, now)
        voice = model.IssueVoice(
            community_id=issue.community_id,
            issue_id=int(issue.id or 0),
            at=now,
            source=source,
            text=told,
            reporter_id=record_rows.staff(session, actor),
            client_id=client_id,
        )
        session.add(voice)
        audit.record(
            session,
            actor,
            "issue_voiced",
            target=issue.code,
            target_id=issue.id,
            community_id=issue.community_id,
            address=address,
            now=now,
        )
    return voice


def take_back(
    store: Store, actor: Actor, data: CommunityData, voice_id: int, *, now: dt.datetime, address: str = ""
) -> None:
    """Forget a voice that was added by mistake: by whoever may change the issue.

    Raises
    ------
    Forbidden
        If ``actor`` may not.
    NotFound
        If there is none.
    """
    records.demand_somewhere(actor, Action.EDIT_ISSUES, data)
    with store.write() as session:
        voice = session.get(model.IssueVoice, voice_id, with_for_update=True)
        if voice is None or voice.community_id != data.community.id:
            raise NotFound("voice_missing")
        issue = session.get_one(model.Issue, voice.issue_id)
        records.demand(actor, Action.EDIT_ISSUES, data, issue.grid_id)
        session.delete(voice)
        audit.record(
            session,
            actor,
            "issue_voice_taken",
            target=issue.code,
            target_id=issue.id,
            community_id=issue.community_id,
            address=address,
            now=now,
        )


def limits(data: CommunityData, category: str) -> tuple[float, int]:
    """Return within how many metres and days something of a category may be the same."""
    entry = data.categories.get(category)
    return (USUAL_M, USUAL_DAYS) if entry is None else (entry.double_m, entry.double_days)


def _place(data: CommunityData, lon: float | None, lat: float | None, building_id: int | None) -> shapely.Point:
    if lon is not None and lat is not None:
        return shapely.Point(lon, lat)
    known = building_id is not None and building_id in data.buildings.index
    return record_places.middle(int(building_id or 0), data) if known else shapely.Point()


def _away_m(issues: gpd.GeoDataFrame, place: shapely.Point, limit_m: float) -> pd.Series:
    """Return how far the issues that are near enough are away from a place, in metres."""
    placed = issues.geometry[~issues.geometry.is_empty]
    if place.is_empty or placed.empty:
        return pd.Series(dtype="float64")
    # Only what is near is put into metres.
    close = placed.iloc[placed.sindex.query(shapely.box(*shapely.buffer(place, limit_m / _SHORTEST_DEGREE_M).bounds))]
    if close.empty:
        return pd.Series(dtype="float64")
    metric = crs.metric_crs(place)
    away_m = close.to_crs(metric).distance(gpd.GeoSeries([place], crs=crs.WGS84).to_crs(metric).iloc[0])
    near: pd.Series = away_m[away_m <= limit_m]
    return near


def _sent(session: Session, data: CommunityData, client_id: str) -> model.IssueVoice | None:
    voice = sa.inspect(model.IssueVoice).c
    wanted = sa.select(model.IssueVoice).where(voice.community_id == data.community.id, voice.client_id == client_id)
    return session.scalars(wanted).first()
