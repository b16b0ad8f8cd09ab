"""What people have said about visits to come: must-visits, no-visits, residents who asked, with hours and minutes."""

from __future__ import annotations

import datetime as dt
import math
from dataclasses import dataclass

import shapely
from sqlalchemy.orm import Session

from gridmap import i18n, model
from gridmap.access import Actor
from gridmap.analysis import walking_hours
from gridmap.errors import InputError, NotFound
from gridmap.model import WishKind
from gridmap.services import audit, walk_keeping, walk_places, writing_pace
from gridmap.services.community_data import CommunityData
from gridmap.services.walk_places import Place
from gridmap.store import Store

LONGEST_MIN = 240.0
_LONGEST_NOTE = 500


@dataclass(frozen=True, kw_only=True)
class Wish:
    """A wish as it stands: its number, kind, place, days, hours, minutes and note."""

    number: int
    kind: WishKind
    place: Place
    from_day: dt.date
    until_day: dt.date | None
    hours: str
    minutes: float | None
    note: str


def listed(data: CommunityData, *, day: dt.date | None = None) -> list[Wish]:
    """Return the wishes of a community, or those that hold on a day; the latest first."""
    found = []
    for number, row in data.visit_wishes.sort_index(ascending=False).iterrows():
        told = walk_keeping.key_of({"issue_id": None, **row})
        place = walk_places.place(data, told) or Place(key=told, geom=shapely.Point())
        one = Wish(
            number=int(str(number)),
            kind=WishKind(row["kind"]),
            place=place,
            from_day=row["from_day"],
            until_day=row["until_day"],
            hours=row["hours"],
            minutes=None if math.isnan(row["minutes"]) else float(row["minutes"]),
            note=row["note"],
        )
        if day is None or (one.from_day <= day and (one.until_day is None or day <= one.until_day)):
            found.append(one)
    return found


def add(
    store: Store,
    actor: Actor | None,
    data: CommunityData,
    kind: WishKind,
    key: str,
    *,
    from_day: dt.date,
    until_day: dt.date | None = None,
    hours: str = "",
    minutes: float | None = None,
    note: str = "",
    now: dt.datetime,
    address: str = "",
) -> int:
    """Keep a wish, and return its number.

    Parameters
    ----------
    store, actor, data
        Where, and who says it; None for the command line.
    kind, key
        What is said, and of which place: ``building:<id>`` or ``point:<id>``.
    from_day, until_day
        First and last day; for good without a last one.
    hours, minutes
        When a visit may be (``17:00-19:00``), and how long it takes, where that differs from usual.
    note
        What the walkers need to know.
    now, address
        For the audit.

    Raises
    ------
    Forbidden
        If ``actor`` may not plan walks there.
    InputError
        If the place is unknown, the days are the wrong way round, or hours or minutes cannot be read.
    """
    place = walk_places.place(data, key)
    if place is None or place.issue_id is not None:
        raise InputError("visit_wish_place", place=key)
    if until_day is not None and until_day < from_day:
        raise InputError("visit_wish_days", first=from_day.isoformat(), last=until_day.isoformat())
    if minutes is not None and not 0 < minutes <= LONGEST_MIN:
        raise InputError("visit_wish_minutes", minutes=f"{minutes:g}", most=round(LONGEST_MIN))
    try:
        walking_hours.read(hours)
    except InputError as wrong:
        raise InputError("visit_wish_hours", hours=hours) from wrong
    walk_keeping.demand(actor, data, {place.grid_id})
    with store.write() as session:
        if actor is not None:
            writing_pace.demand(session, actor, now)
        row = model.VisitWish(
            community_id=int(data.community.id or 0),
            kind=kind,
            building_id=place.building_id if place.service_point_id is None else None,
            service_point_id=place.service_point_id,
            from_day=from_day,
            until_day=until_day,
            hours=hours.strip(),
            minutes=minutes,
            note=" ".join(note.split())[:_LONGEST_NOTE],
        )
        session.add(row)
        session.flush()
        _note(session, actor, data, "visit_wish_added", row, place, now, address)
        return int(row.id or 0)


def remove(
    store: Store, actor: Actor | None, data: CommunityData, number: int, *, now: dt.datetime, address: str = ""
) -> None:
    """Take a wish back.

    Raises
    ------
    Forbidden, NotFound
    """
    with store.write() as session:
        row = session.get(model.VisitWish, number)
        if row is None or row.community_id != data.community.id:
            raise NotFound("visit_wish_missing", number=str(number))
        told = f"building:{row.building_id}" if row.service_point_id is None else f"point:{row.service_point_id}"
        place = walk_places.place(data, told) or Place(key=told, geom=shapely.Point())
        walk_keeping.demand(actor, data, {place.grid_id})
        if actor is not None:
            writing_pace.demand(session, actor, now)
        _note(session, actor, data, "visit_wish_removed", row, place, now, address)
        session.delete(row)


def _note(
    session: Session,
    actor: Actor | None,
    data: CommunityData,
    action: str,
    row: model.VisitWish,
    place: Place,
    now: dt.datetime,
    address: str,
) -> None:
    title = walk_places.title(data, place, "zh") if place.building_id or place.service_point_id else place.key
    audit.record(
        session,
        actor,
        action,
        target=f"{i18n.text(f'walk_wish.{row.kind}', 'zh')} {title}",
        target_id=row.id,
        community_id=row.community_id,
        address=address,
        now=now,
    )
