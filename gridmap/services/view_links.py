"""Links for others to look: whoever holds one sees a community's map and figures, or a presentation, for hours."""

from __future__ import annotations

import datetime as dt
import secrets
from dataclasses import dataclass

import sqlalchemy as sa

from gridmap import access, model
from gridmap.errors import InputError, NotFound, SignInFailed
from gridmap.model import Role
from gridmap.services import accounts, audit, sign_in_tries
from gridmap.store import Store

LONGEST_H = 168
"""A link holds for a week at most."""


@dataclass(frozen=True, kw_only=True)
class Standing:
    """A link, and whether it still opens anything.

    Parameters
    ----------
    link
        The link.
    state
        ``"open"``, ``"over"`` after its time, ``"withdrawn"``.
    """

    link: model.ViewLink
    state: str


def make(
    store: Store,
    by: access.Actor,
    community_id: int,
    *,
    hours: int,
    note: str = "",
    story: int | None = None,
    now: dt.datetime,
) -> tuple[model.ViewLink, str]:
    """Make a link and return it with its token, which is kept nowhere else.

    Parameters
    ----------
    store
        Where it is kept.
    by
        Who makes it.
    community_id
        What it shows.
    hours
        How long it holds: 1 to 168.
    note
        What it is for; those who open it read it too.
    story
        Number of the presentation that it opens, and nothing besides; None for map and figures.
    now
        This moment, timezone-aware.

    Raises
    ------
    errors.Forbidden
        If ``by`` may not share a view of that community.
    errors.InputError
        If it would hold too long, or not at all.
    errors.NotFound
        If there is no such community, or no such presentation in it.
    """
    access.demand(by, access.Action.SHARE_VIEW, community_id=community_id)
    if not 1 <= hours <= LONGEST_H:
        raise InputError("view_hours", n=LONGEST_H)
    token = secrets.token_urlsafe(32)
    hashed, note = accounts.token_hash(token), " ".join(note.split())
    with store.write() as session:
        if session.get(model.Community, community_id) is None:
            raise NotFound("store_no_community", community=str(community_id))
        shown = None if story is None else session.get(model.Story, story)
        if story is not None and (shown is None or shown.community_id != community_id):
            raise NotFound("story_missing")
        # An account of its own: it has no password, and ends with the link.
        account = model.Account(
            name=f"view-{hashed[:16]}", display=note, role=Role.VIEWER, password_hash="", community_id=community_id
        )
        session.add(account)
        session.flush()
        link = model.ViewLink(
            community_id=community_id,
            account_id=accounts.number(account),
            token_hash=hashed,
            made_by=by.name,
            made_at=now,
            expires_at=now + dt.timedelta(hours=hours),
            note=note,
            story=story,
        )
        session.add(link)
        session.flush()
        audit.record(session, by, "view_made", target=note, target_id=link.id, community_id=community_id, now=now)
    return link, token


def open_(store: Store, token: str, *, address: str, agent: str, now: dt.datetime) -> str:
    """Begin a session of whoever holds a link and return the session's token; it ends with the link.

    Parameters
    ----------
    store
        Where the link is kept.
    token
        As `make` gave it.
    address
        Network address it came from; "" where there is none.
    agent
        What the browser calls itself.
    now
        This moment, timezone-aware.

    Raises
    ------
    errors.SignInFailed
        If there is no such link, or it is over or withdrawn.
    errors.TooManyTries
        If there were too many failures from this address; they count with those of sign-in.
    """
    hashed = accounts.token_hash(token)
    tried = f"view {hashed}"
    sign_in_tries.begin(store, tried, address, now)
    of = accounts.columns(model.ViewLink)
    wanted = sa.select(model.ViewLink).where(of.token_hash == hashed, of.expires_at > now).with_for_update()
    with store.write() as session:
        link = session.scalars(wanted).first()
        account = None if link is None else session.get_one(model.Account, link.account_id)
        if link is not None and account is not None and account.active:
            link.uses += 1
            link.used_at = now
            begun = accounts.begin(session, account, agent=agent, now=now, until=link.expires_at)
            sign_in_tries.forget(session, tried)
            audit.record(
                session, account, "view_opened", target=link.note, target_id=link.id,
                community_id=link.community_id, address=address, now=now,
            )  # fmt: skip
            return begun
        audit.record(session, account, "view_refused", address=address, now=now)
    raise SignInFailed("view_link")


def leads_to(store: Store, token: str, *, now: dt.datetime) -> str | None:
    """Return the name of the presentation that a link opens; None where it opens none, or nothing any more."""
    of, account = accounts.columns(model.ViewLink), accounts.columns(model.Account)
    story = accounts.columns(model.Story)
    wanted = (
        sa.select(story.name)
        .join(model.ViewLink, of.story == story.id)
        .join(model.Account, account.id == of.account_id)
        .where(of.token_hash == accounts.token_hash(token), of.expires_at > now, account.active)
    )
    with store.read() as session:
        return session.scalars(wanted).first()


def withdraw(store: Store, by: access.Actor, link_id: int) -> None:
    """Let a link open nothing any more, and end all sessions that came of it at once.

    Raises
    ------
    errors.Forbidden
        If ``by`` may not share a view of the link's community.
    errors.NotFound
        If there is no such link.
    """
    with store.write() as session:
        link = session.get(model.ViewLink, link_id)
        if link is None:
            raise NotFound("view_link")
        access.demand(by, access.Action.SHARE_VIEW, community_id=link.community_id)
        account = session.get_one(model.Account, link.account_id)
        account.active = False
        accounts.end_sessions(session, account)
        audit.record(session, by, "view_withdrawn", target=link.note, target_id=link.id, community_id=link.community_id)


def listed(
    store: Store, by: access.Actor, community_id: int, now: dt.datetime, *, story: int | None = None
) -> list[Standing]:
    """Return the links of a community, the newest first, and how each stands at the moment ``now``.

    With ``story`` they are those that open this presentation.

    Raises
    ------
    errors.Forbidden
        If ``by`` may not share a view of the community.
    """
    access.demand(by, access.Action.SHARE_VIEW, community_id=community_id)
    of = accounts.columns(model.ViewLink)
    account = accounts.columns(model.Account)
    wanted = (
        sa.select(model.ViewLink, account.active)
        .join(model.Account, account.id == of.account_id)
        .where(of.community_id == community_id, *(() if story is None else (of.story == story,)))
        .order_by(of.made_at.desc(), of.id.desc())
    )
    with store.read() as session:
        found = session.execute(wanted).all()
    return [
        Standing(link=link, state="withdrawn" if not active else "open" if link.expires_at > now else "over")
        for link, active in found
    ]
