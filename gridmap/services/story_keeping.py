"""Presentations that are kept: made, copied, renamed, changed step by step, taken back."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from gridmap import access, i18n, model
from gridmap.access import Action, Actor
from gridmap.errors import Conflict, InputError, NotFound
from gridmap.services import audit, community_settings, story_steps, writing_pace
from gridmap.services.story_steps import Content
from gridmap.store import Store, tables

LONGEST_NAME = 60
MOST_VERSIONS = 20


@dataclass(frozen=True, kw_only=True)
class Story:
    """A presentation.

    Parameters
    ----------
    number, name
        Its id and its name, each once in a community.
    version
        Counts its changes.
    at, by
        When it was last changed, and by whom.
    content
        Its period and its steps.
    """

    number: int
    name: str
    version: int
    at: dt.datetime
    by: str
    content: Content


@dataclass(frozen=True, kw_only=True)
class Earlier:
    """What a presentation was before a change: the change's number in the history, since when, and what it held."""

    number: int
    at: dt.datetime
    content: Content


def demand(actor: Actor, community: model.Community) -> None:
    """Refuse whoever may make no presentation of a community.

    Raises
    ------
    Forbidden
    """
    access.demand(actor, Action.MAKE_BRIEFING, street_id=community.street_id, community_id=community.id)


def listed(store: Store, actor: Actor, community: model.Community) -> list[Story]:
    """Return the presentations of a community, that changed last first.

    Raises
    ------
    Forbidden
    """
    demand(actor, community)
    of = sa.inspect(model.Story).c
    with store.read() as session:
        found = session.scalars(_of(community).order_by(of.at.desc(), of.id.desc()))
        return [as_story(row) for row in found]


def read(store: Store, actor: Actor, community: model.Community, number: int) -> Story:
    """Return one presentation.

    Raises
    ------
    Forbidden, NotFound
    """
    demand(actor, community)
    with store.read() as session:
        return as_story(row_of(session, community, number))


def shown(store: Store, actor: Actor, number: int) -> tuple[model.Community, Story]:
    """Return a presentation and its community for whoever opens it: by right, or by a link that leads to it.

    Raises
    ------
    Forbidden, NotFound
    """
    with store.read() as session:
        row = session.get(model.Story, number)
        community = None if row is None else session.get(model.Community, row.community_id)
        if row is None or community is None:
            raise NotFound("story_missing")
        story = as_story(row)
    if actor.story != number:
        demand(actor, community)
    return community, story


def make(
    store: Store,
    actor: Actor,
    community: model.Community,
    name: str,
    content: Content,
    *,
    now: dt.datetime,
    address: str = "",
) -> Story:
    """Keep a new presentation.

    Raises
    ------
    Forbidden
    InputError
        If the name is empty, too long or taken.
    """
    demand(actor, community)
    number = community_settings.number(community)
    with store.write() as session:
        writing_pace.demand(session, actor, now)
        title = _free_name(session, community, name, None)
        row = model.Story(community_id=number, name=title, at=now, content=content.to_json())
        _signed(row, actor, now)
        session.add(row)
        session.flush()
        note(session, actor, row, "story_made", now, address)
        return as_story(row)


def copy(
    store: Store,
    actor: Actor,
    community: model.Community,
    number: int,
    *,
    language: str,
    now: dt.datetime,
    address: str = "",
) -> Story:
    """Keep a copy of a presentation under a name that is free.

    Raises
    ------
    Forbidden, NotFound
    """
    base = read(store, actor, community, number)
    taken = {one.name for one in listed(store, actor, community)}
    for n in range(1, len(taken) + 2):
        ending = len(i18n.text("present.copy_of", language, name="", n=n))
        name = i18n.text("present.copy_of", language, name=base.name[: LONGEST_NAME - ending], n=n)
        if name not in taken:
            break
    return make(store, actor, community, name, base.content, now=now, address=address)


def rename(
    store: Store,
    actor: Actor,
    community: model.Community,
    number: int,
    name: str,
    *,
    now: dt.datetime,
    address: str = "",
) -> Story:
    """Call a presentation by another name.

    Raises
    ------
    Forbidden, NotFound
    InputError
        If the name is empty, too long or taken.
    """
    demand(actor, community)
    with store.write() as session:
        row = row_of(session, community, number, alone=True)
        writing_pace.demand(session, actor, now)
        row.name = _free_name(session, community, name, number)
        _signed(row, actor, now)
        session.flush()
        note(session, actor, row, "story_changed", now, address)
        return as_story(row)


def change(
    store: Store,
    actor: Actor,
    community: model.Community,
    number: int,
    act: Callable[[Content], Content],
    *,
    now: dt.datetime,
    address: str = "",
) -> Story:
    """Change what a presentation holds, as it is now: what others have changed in other steps stays.

    Parameters
    ----------
    act
        Makes the new content of the present one (`story_steps`).

    Raises
    ------
    Forbidden, NotFound
    Conflict, InputError
        As ``act`` does; nothing is changed then.
    """
    demand(actor, community)
    with store.write() as session:
        row = row_of(session, community, number, alone=True)
        before = Content.from_json(row.content)
        after = act(before)
        if after != before:
            writing_pace.demand(session, actor, now)
            row.content = after.to_json()
            _signed(row, actor, now)
            session.flush()
            note(session, actor, row, "story_changed", now, address)
        return as_story(row)


def earlier(store: Store, actor: Actor, community: model.Community, number: int) -> list[Earlier]:
    """Return what a presentation was before its last changes, the latest first.

    Raises
    ------
    Forbidden, NotFound
    """
    present = read(store, actor, community, number).content
    history = tables.HISTORY
    mine = (history.c.table_name == tables.name(model.Story)) & (history.c.row_id == number)
    wanted = sa.select(history.c.id, history.c.old).where(mine).order_by(history.c.id.desc()).limit(5 * MOST_VERSIONS)
    found: list[Earlier] = []
    with store.read() as session:
        for row in session.execute(wanted):
            old = json.loads(row.old)
            one = Earlier(
                number=int(row.id), at=_moment(old["at"]), content=Content.from_json(old["content"])
            )  # fmt: skip
            # A change of the name alone, or one taken back, is nothing to go back to.
            if one.content != (found[-1].content if found else present):
                found.append(one)
    return found[:MOST_VERSIONS]


def go_back(
    store: Store,
    actor: Actor,
    community: model.Community,
    number: int,
    to: int | None = None,
    *,
    version: int,
    now: dt.datetime,
    address: str = "",
) -> Story:
    """Let a presentation hold again what it held before its last change, or before the change ``to`` of its history.

    Parameters
    ----------
    version
        The version that the person saw: what somebody else has done since is not taken back unseen.

    Raises
    ------
    Forbidden
    NotFound
        If there is no such presentation, or nothing to go back to.
    Conflict
        If it was changed since.
    """
    known = earlier(store, actor, community, number)
    chosen = next((one for one in known if to is None or one.number == to), None)
    if chosen is None:
        raise NotFound("story_nothing_to_undo")
    with store.write() as session:
        row = row_of(session, community, number, alone=True)
        if row.version != version:
            raise Conflict("story_overtaken")
        writing_pace.demand(session, actor, now)
        row.content = chosen.content.to_json()
        _signed(row, actor, now)
        session.flush()
        note(session, actor, row, "story_changed", now, address)
        return as_story(row)


def demand_name(store: Store, community: model.Community, name: str) -> None:
    """Refuse a name that no presentation can have, before anything else is done for it.

    Raises
    ------
    InputError
        If the name is empty, too long or taken.
    """
    with store.read() as session:
        _free_name(session, community, name, None)


def _free_name(session: Session, community: model.Community, name: str, number: int | None) -> str:
    title = story_steps.clean(name)
    if not title or len(title) > LONGEST_NAME:
        raise InputError("story_name", n=LONGEST_NAME)
    of = sa.inspect(model.Story).c
    other = session.scalars(sa.select(of.id).where(of.community_id == community.id, of.name == title)).first()
    if other not in (None, number):
        raise InputError("story_taken", name=title)
    return title


def _signed(row: model.Story, actor: Actor, now: dt.datetime) -> None:
    row.at, row.account_id, row.account_name = now, actor.account_id, actor.display or actor.name


def as_story(row: model.Story) -> Story:
    """Return a row as a presentation."""
    return Story(
        number=int(row.id or 0),
        name=row.name,
        version=int(row.version),
        at=row.at,
        by=row.account_name,
        content=Content.from_json(row.content),
    )


def _moment(text: Any) -> dt.datetime:
    read = dt.datetime.fromisoformat(str(text).replace("Z", "+00:00"))
    return read if read.tzinfo else read.replace(tzinfo=dt.UTC)


def _of(community: model.Community) -> sa.Select[Any]:
    return sa.select(model.Story).where(sa.inspect(model.Story).c.community_id == community.id)


def row_of(session: Session, community: model.Community, number: int, *, alone: bool = False) -> model.Story:
    """Return the row of a presentation, for one who changes it ``alone``.

    Raises
    ------
    NotFound
    """
    row = session.get(model.Story, number, with_for_update=alone)
    if row is None or row.community_id != community.id:
        raise NotFound("story_missing")
    return row


def note(session: Session, actor: Actor, row: model.Story, action: str, now: dt.datetime, address: str) -> None:
    """Write into the audit what was done to a presentation."""
    audit.record(
        session, actor, action, target=row.name, target_id=row.id, community_id=row.community_id, address=address,
        now=now,
    )  # fmt: skip
