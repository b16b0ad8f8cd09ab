"""An issue that is met on a walk: recorded where the stop is, a small one settled at once (小事就地解决)."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Any

import pandas as pd

from gridmap import model
from gridmap.access import Actor
from gridmap.model import IssueSource, IssueState
from gridmap.services import issue_flow, issue_tagging, record_checks, walk_rights
from gridmap.services.community_data import CommunityData
from gridmap.services.record_rows import Record
from gridmap.store import Store


@dataclass(frozen=True, kw_only=True)
class Found:
    """An issue as a walker writes it down.

    Parameters
    ----------
    client_id
        What the device calls it.
    key
        The key of the place of the stop where it was met (`walk_keeping.key_of`).
    category, text
        What it is about, and one line of it.
    spot
        How a small matter was settled there and then (小事就地解决); "" where it was not.
    at
        When it was written down; timezone-aware.
    """

    client_id: str
    key: str
    category: str
    text: str
    spot: str = ""
    at: dt.datetime


def keep(
    store: Store,
    actor: Actor,
    data: CommunityData,
    walk_id: int,
    found: Found,
    *,
    now: dt.datetime,
    address: str = "",
) -> Record:
    """Keep an issue of a walk, once, and settle it if that was done there.

    Raises
    ------
    errors.NotFound, errors.Forbidden
        As `walk_rights.walk` does.
    errors.FaultyRecord, errors.TooManyWrites, errors.StoreError
        As `records.tag_issue` does.
    """
    with store.read() as session:
        walk_rights.walk(session, actor, int(data.community.id or 0), walk_id)
    given = {
        "category": found.category,
        "text": found.text,
        "source": IssueSource.WALK.value,
        **_place(data, found.key),
    }
    made = issue_tagging.record(
        store, actor, data, given, client_id=found.client_id, ago=now - found.at, now=now, address=address
    )
    with store.write() as session:
        issue = session.get_one(model.Issue, made.number, with_for_update=True)
        issue.walk_id = walk_id
        if found.spot.strip() and issue.state is IssueState.RECORDED:
            # Whoever walks here may settle it, though the grid be another's.
            issue_flow.within(
                session, actor, issue, "spot", note=found.spot, client_id=f"{found.client_id}-spot"[:100], now=now
            )
    return made


def _place(data: CommunityData, key: str) -> dict[str, Any]:
    """Return where a stop is, as the short form of an issue asks it."""
    kind, _, told = key.partition(":")
    number = int(told) if told else 0
    if kind == "building":
        return {"building_id": number, "geom": ""}
    frame = {"point": data.points, "issue": data.issues}.get(kind)
    if frame is None or number not in frame.index:
        return {"building_id": None, "geom": ""}
    building = frame.at[number, "building_id"]
    place = record_checks.place_text(frame.at[number, "geom"])
    return {"building_id": None if pd.isna(building) else int(building), "geom": place}
