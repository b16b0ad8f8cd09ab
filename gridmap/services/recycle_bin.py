"""The bin: what was deleted lies there for a while, and comes back with everything that hung on it.

A deleted row leaves its table in the same transaction, and lies as text in the bin's own table: no map, table, export
or other program that reads the store needs to know of the bin.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import shapely
import sqlalchemy as sa
from sqlalchemy.orm import Session

from gridmap import access, errors, model, settings
from gridmap.access import Actor
from gridmap.services import (
    bin_fits,
    folders,
    record_checks,
    record_kinds,
    record_rows,
    records,
    writing_pace,
)
from gridmap.services.community_data import CommunityData
from gridmap.services.record_kinds import Kind
from gridmap.services.record_rows import Record
from gridmap.services.records import Gone, Overtaken
from gridmap.store import Store, parcel, tables
from gridmap.store.parcel import Link, Parcel

_PHOTOS = (model.Photo, model.StopPhoto, model.ProjectPhoto)


@dataclass(frozen=True, kw_only=True)
class Entry:
    """Something in the bin.

    Parameters
    ----------
    number
        Number of the entry.
    kind, title
        What it is.
    deleted_at, until
        When it was deleted, and when it is deleted for good.
    by
        Name of the account that deleted it.
    along
        How many further rows went with it.
    """

    number: int
    kind: str
    title: str
    deleted_at: dt.datetime
    until: dt.datetime
    by: str
    along: int


def keeping() -> dt.timedelta:
    """Return how long something stays in the bin (``bin.days`` in ``data/defaults.toml``)."""
    return dt.timedelta(days=settings.defaults()["bin"]["days"])


def delete(
    store: Store, actor: Actor, data: CommunityData, base: Record, *, now: dt.datetime, address: str = ""
) -> int:
    """Put a record into the bin and return the number of its entry there.

    Parameters
    ----------
    store, data
        The store, and the community in it.
    actor
        Who deletes it.
    base
        The record as the person saw it.
    now
        This moment, timezone-aware.
    address
        Network address it comes from.

    Raises
    ------
    Forbidden
        If ``actor`` may not.
    Overtaken, Gone
        If somebody else has changed or deleted it since.
    TooManyWrites, StoreError
        As `records.create` does.
    """
    of = record_kinds.kind(base.kind)
    records.demand_somewhere(actor, of.action, data)
    with store.write() as session:
        row = session.get(of.cls, base.number, with_for_update=True)
        if row is None:
            raise Gone(base.title, records.bin_entry(session, data, base))
        seen = record_rows.as_record(of, row, data)
        records.demand(actor, of.action, data, seen.grid_id)
        if row.version != base.version:
            raise Overtaken(seen)
        writing_pace.demand(session, actor, now)
        number = within(session, actor, data, seen, now=now, address=address)
    return number


def within(
    session: Session, actor: Actor, data: CommunityData, seen: Record, *, now: dt.datetime, address: str = ""
) -> int:
    """Put a record into the bin inside a transaction that has looked whether it may, and return its entry's number."""
    taken = parcel.take(session, record_kinds.kind(seen.kind).cls, seen.number, seen.version)
    entry = model.BinEntry(
        community_id=int(data.community.id or 0),
        kind=seen.kind,
        number=seen.number,
        title=seen.title,
        deleted_at=now,
        account_id=actor.account_id,
        account_name=actor.display or actor.name,
        content=taken.to_json(),
    )
    session.add(entry)
    records.note(session, actor, data, "record_deleted", seen, now, address)
    session.flush()
    return int(entry.id or 0)


def restore(
    store: Store,
    actor: Actor,
    data: CommunityData,
    entry: int,
    *,
    values: Mapping[str, Any] | None = None,
    now: dt.datetime,
    address: str = "",
) -> Record:
    """Put something back out of the bin, with all that hung on it, and return it.

    Parameters
    ----------
    entry
        Number of its entry.
    values
        What a form holds that was open while somebody else deleted the record; written into it in the same step.

    Raises
    ------
    NotFound
        If the entry is gone: it was restored, or its time was over.
    Conflict
        If its place is taken meanwhile: its number, a room at its time, a reception's day.
    InputError
        If what it was paid from is spent meanwhile.
    Forbidden, FaultyRecord, TooManyWrites, StoreError
        As `records.change` does.
    """
    with store.write() as session:
        kept = session.get(model.BinEntry, entry, with_for_update=True)
        known = [kind.name for kind in record_kinds.BINNED]
        if kept is None or kept.community_id != data.community.id or kept.kind not in known:
            raise errors.NotFound("bin_entry_missing")
        of = record_kinds.kind(kept.kind)
        records.demand_somewhere(actor, of.action, data)
        checked = record_checks.checked(of, values, data) if values is not None else {}
        writing_pace.demand(session, actor, now)
        dangling = parcel.put(session, _fitting(session, kept, now))
        _leave_word(session, kept.community_id, dangling)
        session.delete(kept)
        session.flush()
        row = session.get_one(of.cls, kept.number)
        bin_fits.demand(session, data, row)
        if isinstance(row, model.Building):
            record_rows.into_grid(session, kept.community_id)
        found = record_rows.rewrite(session, actor, data, of, row, checked, now)
        records.demand(actor, of.action, data, found.grid_id)
        records.note(session, actor, data, "record_restored", found, now, address)
    return found


def listed(store: Store, actor: Actor, data: CommunityData) -> list[Entry]:
    """Return what lies in the bin of a community and ``actor`` may restore, the newest first."""
    entry = sa.inspect(model.BinEntry).c
    known = [kind.name for kind in record_kinds.BINNED]
    wanted = sa.select(model.BinEntry).where(entry.community_id == data.community.id, entry.kind.in_(known))
    found = []
    with store.read() as session:
        for kept in session.scalars(wanted.order_by(entry.deleted_at.desc(), entry.id.desc())):
            packed = Parcel.from_json(kept.content)
            if _may(actor, data, record_kinds.kind(kept.kind), packed):
                found.append(
                    Entry(
                        number=int(kept.id or 0),
                        kind=kept.kind,
                        title=kept.title,
                        deleted_at=kept.deleted_at,
                        until=kept.deleted_at + keeping(),
                        by=kept.account_name,
                        along=len(packed.rows) - 1,
                    )
                )
    return found


def empty(store: Store, now: dt.datetime) -> int:
    """Delete for good what has lain in the bin for its time, with its history and photos; return how many entries.

    Nothing is written where nothing is due.
    """
    column = sa.inspect(model.BinEntry).c
    due = sa.select(column.id).where(column.deleted_at <= now - keeping())
    with store.read() as session:
        numbers = session.scalars(due).all()
    if not numbers:
        return 0
    names: set[str] = set()
    with store.write() as session:
        gone = 0
        for number in numbers:
            kept = session.get(model.BinEntry, number, with_for_update=True)
            if kept is None:
                continue
            past: dict[str, list[int]] = {tables.name(model.BinEntry): [number]}
            for row in Parcel.from_json(kept.content).rows:
                past.setdefault(row.table, []).append(row.values["id"])
            names |= _photos_in(kept.content)
            _cut_loose(session, Parcel.from_json(kept.content))
            session.delete(kept)
            session.flush()
            parcel.forget(session, past)
            gone += 1
        # Before the rows are: a row without its file is due again, a file without its row never.
        for path in folders.of_photos(store, names - photos(session)):
            path.unlink(missing_ok=True)
    store.leave_no_trace()
    return gone


def photos(session: Session) -> set[str]:
    """Return the names of the photos that something needs: an issue, a stop, a project, something in the bin."""
    found: set[str] = set()
    for cls in _PHOTOS:
        found.update(session.scalars(sa.select(sa.inspect(cls).c.sha256)))
    for content in session.scalars(sa.select(sa.inspect(model.BinEntry).c.content)):
        found |= _photos_in(content)
    return found


def _cut_loose(session: Session, packed: Parcel) -> None:
    """Delete ties to issues that lead nowhere once a meeting is gone for good."""
    for link in packed.links:
        row = session.get(model.IssueOrigin, link.id) if link.table == tables.name(model.IssueOrigin) else None
        if row is not None and {row.activity_id, row.reception_day_id, row.resident_group_id} == {None}:
            session.delete(row)


def _photos_in(content: str) -> set[str]:
    rows = Parcel.from_json(content).rows
    kinds = {tables.name(cls) for cls in _PHOTOS}
    return {row.values["sha256"] for row in rows if row.table in kinds}


def _may(actor: Actor, data: CommunityData, of: Kind, packed: Parcel) -> bool:
    place = {"street_id": data.community.street_id, "community_id": data.community.id}
    values = dict(packed.head.values)
    if values.get("geom") is not None:
        values["geom"] = shapely.from_wkb(values["geom"])
    grid_id = record_rows.grid_of(of.cls, values, data) if of.cls is not model.Building else None
    return access.decide(actor, of.action, grid_id=grid_id, **place).allowed


def _fitting(session: Session, kept: model.BinEntry, now: dt.datetime) -> Parcel:
    """Return what an entry holds, under another code where an issue's own was given to another meanwhile."""
    packed = Parcel.from_json(kept.content)
    head = packed.head
    if kept.kind != "issues":
        return packed
    issue = sa.inspect(model.Issue).c
    values = dict(head.values)
    mine = issue.community_id == kept.community_id
    if session.scalars(sa.select(issue.id).where(mine, issue.code == values["code"])).first() is not None:
        values["code"] = records.next_code(session, kept.community_id, now)
    if values["client_id"] is not None:
        again = sa.select(issue.id).where(mine, issue.client_id == values["client_id"])
        values["client_id"] = values["client_id"] if session.scalars(again).first() is None else None
    return replace(packed, rows=(replace(head, values=values), *packed.rows[1:]))


def _leave_word(session: Session, community_id: int, dangling: tuple[Link, ...]) -> None:
    """Note with what is still in the bin that something restored before it belongs to it."""
    entry = sa.inspect(model.BinEntry).c
    for link in dangling:
        kinds = [kind.name for kind in record_kinds.BINNED if tables.name(kind.cls) == link.to_table]
        wanted = sa.select(model.BinEntry).where(
            entry.community_id == community_id, entry.kind.in_(kinds), entry.number == link.to_id
        )
        kept = session.scalars(wanted.order_by(entry.id.desc())).first()
        if kept is not None:
            packed = Parcel.from_json(kept.content)
            kept.content = replace(packed, links=(*packed.links, link)).to_json()
