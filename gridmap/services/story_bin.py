"""Presentations that were deleted: they lie in the bin for a while, and come back with what they held."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

import sqlalchemy as sa

from gridmap import model
from gridmap.access import Actor
from gridmap.errors import NotFound
from gridmap.services import community_settings, recycle_bin, story_keeping, writing_pace
from gridmap.services.story_keeping import Story
from gridmap.store import Store, parcel
from gridmap.store.parcel import Parcel

KIND = "stories"
"""Kind of a presentation's entry in the bin."""


@dataclass(frozen=True, kw_only=True)
class Binned:
    """A presentation in the bin: its entry's number, its name, when and by whom it was deleted, until when it lies."""

    entry: int
    name: str
    deleted_at: dt.datetime
    by: str
    until: dt.datetime


def delete(
    store: Store, actor: Actor, community: model.Community, number: int, *, now: dt.datetime, address: str = ""
) -> int:
    """Put a presentation into the bin and return its entry's number; links that lead to it show nothing meanwhile.

    Raises
    ------
    Forbidden, NotFound
    """
    story_keeping.demand(actor, community)
    with store.write() as session:
        row = story_keeping.row_of(session, community, number, alone=True)
        writing_pace.demand(session, actor, now)
        name = row.name
        story_keeping.note(session, actor, row, "story_deleted", now, address)
        taken = parcel.take(session, model.Story, number, row.version)
        entry = model.BinEntry(
            community_id=community_settings.number(community),
            kind=KIND,
            number=number,
            title=name,
            deleted_at=now,
            account_id=actor.account_id,
            account_name=actor.display or actor.name,
            content=taken.to_json(),
        )
        session.add(entry)
        session.flush()
        return int(entry.id or 0)


def listed(store: Store, actor: Actor, community: model.Community) -> list[Binned]:
    """Return the presentations in the bin, the newest first.

    Raises
    ------
    Forbidden
    """
    story_keeping.demand(actor, community)
    of = sa.inspect(model.BinEntry).c
    wanted = sa.select(model.BinEntry).where(of.community_id == community.id, of.kind == KIND)
    with store.read() as session:
        return [
            Binned(
                entry=int(one.id or 0),
                name=one.title,
                deleted_at=one.deleted_at,
                by=one.account_name,
                until=one.deleted_at + recycle_bin.keeping(),
            )
            for one in session.scalars(wanted.order_by(of.deleted_at.desc(), of.id.desc()))
        ]


def restore(
    store: Store, actor: Actor, community: model.Community, entry: int, *, now: dt.datetime, address: str = ""
) -> Story:
    """Put a presentation back out of the bin; its links lead to it again.

    Raises
    ------
    Forbidden
    NotFound
        If the entry is gone.
    Conflict
        If another has its name meanwhile.
    """
    story_keeping.demand(actor, community)
    with store.write() as session:
        kept = session.get(model.BinEntry, entry, with_for_update=True)
        if kept is None or kept.community_id != community.id or kept.kind != KIND:
            raise NotFound("bin_entry_missing")
        writing_pace.demand(session, actor, now)
        number = kept.number
        parcel.put(session, Parcel.from_json(kept.content))
        session.delete(kept)
        session.flush()
        row = story_keeping.row_of(session, community, number)
        story_keeping.note(session, actor, row, "story_restored", now, address)
        return story_keeping.as_story(row)
