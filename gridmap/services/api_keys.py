"""Keys by which other programs read and report issues of one community: made, taken back, looked up."""

from __future__ import annotations

import datetime as dt
import secrets

import sqlalchemy as sa

from gridmap import access, model
from gridmap.errors import InputError, NotFound, SignInFailed
from gridmap.services import accounts, audit, sign_in_tries
from gridmap.store import Store

_LONGEST_NAME = 80
_USED_EVERY = dt.timedelta(hours=1)


def make(
    store: Store, by: access.Actor | None, community_id: int, *, name: str, now: dt.datetime
) -> tuple[model.ApiKey, str]:
    """Make a key and return it with its text, which is kept nowhere else.

    Parameters
    ----------
    store, community_id
        What it opens.
    by
        Who makes it; None for the command line.
    name
        What it is for.
    now
        This moment, timezone-aware.

    Raises
    ------
    errors.Forbidden
        If ``by`` may not share what this community shows.
    errors.InputError
        If the name is missing or too long.
    """
    _demand(by, community_id)
    called = " ".join(name.split())
    if not 0 < len(called) <= _LONGEST_NAME:
        raise InputError("api_key_name", n=_LONGEST_NAME)
    token = f"gm_{secrets.token_urlsafe(32)}"
    with store.write() as session:
        made = model.ApiKey(
            community_id=community_id,
            name=called,
            token_hash=accounts.token_hash(token),
            made_by="" if by is None else by.name,
            made_at=now,
        )
        session.add(made)
        session.flush()
        audit.record(session, by, "key_made", target=called, target_id=made.id, community_id=community_id, now=now)
    return made, token


def revoke(store: Store, by: access.Actor | None, key_id: int, *, now: dt.datetime) -> model.ApiKey:
    """Let a key open nothing any more.

    Raises
    ------
    errors.Forbidden
        If ``by`` may not share what its community shows.
    errors.NotFound
        If there is no such key.
    """
    with store.write() as session:
        key = session.get(model.ApiKey, key_id)
        if key is None:
            raise NotFound("api_key_missing", number=str(key_id))
        _demand(by, key.community_id)
        if key.revoked_at is None:
            key.revoked_at = now
            audit.record(
                session, by, "key_revoked", target=key.name, target_id=key.id, community_id=key.community_id, now=now
            )
    return key


def listed(store: Store, by: access.Actor | None, community_id: int) -> list[model.ApiKey]:
    """Return the keys of a community, the newest first.

    Raises
    ------
    errors.Forbidden
        If ``by`` may not share what it shows.
    """
    _demand(by, community_id)
    of = accounts.columns(model.ApiKey)
    with store.read() as session:
        wanted = sa.select(model.ApiKey).where(of.community_id == community_id)
        return list(session.scalars(wanted.order_by(of.made_at.desc(), of.id.desc())))


def open_(store: Store, token: str, *, address: str, now: dt.datetime) -> model.ApiKey:
    """Return the key whose text this is.

    Parameters
    ----------
    store
        Where it is kept.
    token
        As `make` gave it.
    address
        Network address it came from.
    now
        This moment, timezone-aware.

    Raises
    ------
    errors.SignInFailed
        If there is none, or it was taken back.
    errors.TooManyTries
        If there were too many failures from this address; they count with those of sign-in.
    """
    of = accounts.columns(model.ApiKey)
    hashed = accounts.token_hash(token)
    with store.read() as session:
        key = session.scalars(sa.select(model.ApiKey).where(of.token_hash == hashed)).first()
    if key is None or key.revoked_at is not None:
        sign_in_tries.begin(store, f"key {hashed}", address, now)
        raise SignInFailed("api_key_wrong")
    if (key.used_at is None or now - key.used_at >= _USED_EVERY) and not store.is_writing:
        with store.write() as session:
            session.get_one(model.ApiKey, key.id).used_at = now
    return key


def _demand(by: access.Actor | None, community_id: int) -> None:
    if by is not None:
        access.demand(by, access.Action.SHARE_VIEW, community_id=community_id)
