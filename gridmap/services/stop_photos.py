"""Photos of stops: taken on a walk, of no issue; seen by whoever has to do with the walk (`walk_rights`)."""

from __future__ import annotations

import datetime as dt

import sqlalchemy as sa
from sqlalchemy.orm import Session

from gridmap import errors, model
from gridmap.access import Actor
from gridmap.errors import InputError, NotFound
from gridmap.exchange.photo import Taken
from gridmap.model import Role
from gridmap.services import audit, photo_files, record_rows, walk_recording, walk_rights, writing_pace
from gridmap.services.community_data import CommunityData
from gridmap.store import Store, parcel, tables

MOST = 6
"""A stop has at most so many photos."""


def keep(
    store: Store,
    actor: Actor,
    data: CommunityData,
    walk_id: int,
    content: bytes,
    *,
    stop_id: int,
    key: str,
    client_id: str,
    taken_at: dt.datetime | None = None,
    now: dt.datetime,
    address: str = "",
) -> tuple[model.StopPhoto, bool]:
    """Keep a photo of a stop, small and without what it tells besides; return it, and whether it is new.

    Parameters
    ----------
    store, actor, data
        The store, who brings it, the community.
    walk_id, stop_id, key
        The walk, and the stop by its number or, in a plan made anew, by the key of its place.
    content
        The file as it was chosen.
    client_id
        What the device calls it: sent twice it is kept once.
    taken_at
        When it was taken, where the device knows; timezone-aware.
    now
        This moment, timezone-aware.
    address
        Network address it comes from.

    Raises
    ------
    errors.InputError
        If it is no photo (`photo.take`), the stop has too many, or the walk has no such stop.
    errors.NotFound, errors.Forbidden
        As `walk_rights.walk` does.
    errors.TooManyWrites, errors.StoreError
        As `records.create` does.
    """
    community = int(data.community.id or 0)
    with store.read() as session:
        walk_rights.walk(session, actor, community, walk_id)
        if (found := _kept(session, community, client_id)) is not None:
            return found, False
    shot = photo_files.taken(content, now)
    with store.write() as session:
        walk = walk_rights.walk(session, actor, community, walk_id, alone=True)
        if (found := _kept(session, community, client_id)) is not None:
            return found, False
        stop = walk_recording.stop_of(session, walk, stop_id, key)
        if stop is None:
            raise InputError("walk_stop_gone")
        row = _added(session, actor, walk, stop, shot, client_id, taken_at, now, address)
        photo_files.write(store, shot)
    return row, True


def of_walk(store: Store, actor: Actor, data: CommunityData, walk_id: int) -> list[model.StopPhoto]:
    """Return the photos of a walk's stops, as they were added; none where ``actor`` has nothing to do with it."""
    try:
        with store.read() as session:
            walk_rights.walk(session, actor, int(data.community.id or 0), walk_id)
            mine = sa.select(model.StopPhoto).where(sa.inspect(model.StopPhoto).c.walk_id == walk_id)
            return list(session.scalars(mine.order_by(sa.inspect(model.StopPhoto).c.id)))
    except (errors.Forbidden, NotFound):
        return []


def remove(
    store: Store, actor: Actor, data: CommunityData, client_id: str, *, now: dt.datetime, address: str = ""
) -> None:
    """Delete a photo for good, with its file and its history: it may show somebody; one that is not there is no fault.

    Raises
    ------
    errors.Forbidden, errors.NotFound
        As `walk_rights.walk` does; and if somebody else took it, unless the secretary asks.
    """
    community = int(data.community.id or 0)
    with store.write() as session:
        row = _kept(session, community, client_id)
        if row is None:
            return
        walk = walk_rights.walk(session, actor, community, row.walk_id)
        if actor.role is not Role.SECRETARY and row.actor_id != record_rows.staff(session, actor):
            raise NotFound("photo_missing")
        number, sha256 = int(row.id or 0), row.sha256
        session.delete(row)
        _note(session, actor, "photo_removed", walk, now, address)
        session.flush()
        parcel.forget(session, {tables.name(model.StopPhoto): [number]})
        photo_files.drop(store, session, sha256)
    store.leave_no_trace()


def sees(session: Session, actor: Actor, sha256: str) -> bool:
    """Whether a photo is of a walk that ``actor`` has to do with."""
    column = sa.inspect(model.StopPhoto).c
    for row in session.scalars(sa.select(model.StopPhoto).where(column.sha256 == sha256)):
        try:
            walk_rights.walk(session, actor, row.community_id, row.walk_id)
        except (errors.Forbidden, NotFound):
            continue
        return True
    return False


def _kept(session: Session, community_id: int, client_id: str) -> model.StopPhoto | None:
    column = sa.inspect(model.StopPhoto).c
    same = sa.select(model.StopPhoto).where(column.community_id == community_id, column.client_id == client_id)
    return session.scalars(same).first()


def _added(
    session: Session,
    actor: Actor,
    walk: model.Walk,
    stop: model.Stop,
    shot: Taken,
    client_id: str,
    taken_at: dt.datetime | None,
    now: dt.datetime,
    address: str,
) -> model.StopPhoto:
    mine = sa.select(sa.func.count()).where(sa.inspect(model.StopPhoto).c.stop_id == stop.id)
    if (session.scalar(mine) or 0) >= MOST:
        raise InputError("photo_many_stop", limit=MOST)
    writing_pace.demand(session, actor, now)
    row = model.StopPhoto(
        community_id=walk.community_id,
        walk_id=int(walk.id or 0),
        stop_id=stop.id,
        building_id=stop.building_id,
        sha256=shot.sha256,
        media_type=photo_files.TYPE,
        taken_at=shot.taken_at or (taken_at if taken_at is not None and taken_at <= now else None),
        width=shot.width,
        height=shot.height,
        actor_id=record_rows.staff(session, actor),
        client_id=client_id,
    )
    session.add(row)
    _note(session, actor, "photo_added", walk, now, address)
    session.flush()
    return row


def _note(session: Session, actor: Actor, action: str, walk: model.Walk, now: dt.datetime, address: str) -> None:
    audit.record(
        session,
        actor,
        action,
        target=walk.day.isoformat(),
        target_id=walk.id,
        community_id=walk.community_id,
        address=address,
        now=now,
    )
