"""Where residents read when and where receptions are held: opened and closed by the planners; nobody is named there."""

from __future__ import annotations

import datetime as dt
import ipaddress
import re
import secrets
from typing import Any
from urllib.parse import urlsplit

import sqlalchemy as sa
from sqlalchemy.orm import Session

from gridmap import access, model
from gridmap.access import Action, Actor
from gridmap.errors import InputError, NotFound, SignInFailed
from gridmap.services import audit, community_settings, sign_in_tries
from gridmap.store import Store

_CODE_LETTERS = "abcdefghjkmnpqrstuvwxyz23456789"
_CODE_LENGTH = 10
_LONGEST_ADDRESS = 120


def standing(store: Store, actor: Actor, community: model.Community) -> model.ReceptionFeed | None:
    """Return where residents of a community read now; None where that is not open.

    Raises
    ------
    Forbidden
        If ``actor`` sees no rota there.
    """
    access.demand(actor, Action.SEE_ROTA, street_id=community.street_id, community_id=community.id)
    with store.read() as session:
        return _standing(session, community_settings.number(community))


def open_(
    store: Store, actor: Actor, community: model.Community, address: str, *, now: dt.datetime, by_address: str = ""
) -> model.ReceptionFeed:
    """Open a page and a calendar for residents, or change how this server is reached by them.

    The code in the address stays the same, so that posters that hang somewhere stay right.

    Raises
    ------
    Forbidden
        If ``actor`` may not plan rotas there.
    InputError
        If ``address`` is none of the web.
    """
    access.demand(actor, Action.MANAGE_ROTA, street_id=community.street_id, community_id=community.id)
    told = address.strip().rstrip("/")
    try:
        parts = urlsplit(told)
        sound = parts.scheme in ("http", "https") and bool(parts.hostname) and not (parts.query or parts.fragment)
    except ValueError:
        sound = False
    if not sound or len(told) > _LONGEST_ADDRESS or re.search(r"\s", told):
        raise InputError("receptions_address", address=told)
    community_id = community_settings.number(community)
    with store.write() as session:
        row = _standing(session, community_id)
        if row is None:
            code = "".join(secrets.choice(_CODE_LETTERS) for _ in range(_CODE_LENGTH))
            row = model.ReceptionFeed(
                community_id=community_id, code=code, address=told, made_by=actor.display or actor.name, made_at=now
            )
            session.add(row)
        row.address = told
        session.flush()
        audit.record(
            session, actor, "receptions_opened", target=told, target_id=row.id, community_id=community_id,
            address=by_address, now=now,
        )  # fmt: skip
    return row


def close(store: Store, actor: Actor, community: model.Community, *, now: dt.datetime, by_address: str = "") -> None:
    """Let residents read nothing there any more.

    Raises
    ------
    Forbidden
        If ``actor`` may not plan rotas there.
    NotFound
        If it is not open.
    """
    access.demand(actor, Action.MANAGE_ROTA, street_id=community.street_id, community_id=community.id)
    community_id = community_settings.number(community)
    with store.write() as session:
        row = _standing(session, community_id)
        if row is None:
            raise NotFound("receptions_none")
        row.revoked_at = now
        audit.record(
            session, actor, "receptions_closed", target=row.address, target_id=row.id, community_id=community_id,
            address=by_address, now=now,
        )  # fmt: skip


def found(store: Store, code: str, *, address: str, now: dt.datetime) -> model.Community:
    """Return whose receptions are read under a code.

    Raises
    ------
    SignInFailed
        If there is no such code, or it was closed.
    TooManyTries
        If there were too many failures from this address; they count with those of sign-in.
    """
    of = sa.inspect(model.ReceptionFeed).c
    wanted = sa.select(model.ReceptionFeed).where(of.code == code, of.revoked_at.is_(None))
    with store.read() as session:
        row = session.scalars(wanted).first()
        community = None if row is None else session.get(model.Community, row.community_id)
    if community is None:
        sign_in_tries.begin(store, f"receptions {code}", address, now)
        raise SignInFailed("receptions_closed")
    return community


def is_inside(address: str) -> bool:
    """Whether an address is reached within the office's own network only, so that residents cannot open it."""
    host = urlsplit(address).hostname or ""
    try:
        return not ipaddress.ip_address(host).is_global
    except ValueError:
        return "." not in host or host.endswith((".local", ".lan", ".internal"))


def _standing(session: Session, community_id: int) -> model.ReceptionFeed | None:
    of = sa.inspect(model.ReceptionFeed).c
    wanted: sa.Select[Any] = sa.select(model.ReceptionFeed).where(
        of.community_id == community_id, of.revoked_at.is_(None)
    )
    return session.scalars(wanted.order_by(of.id.desc())).first()
