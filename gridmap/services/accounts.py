"""Accounts, and the sessions of those who have signed in."""

from __future__ import annotations

import datetime as dt
import hashlib
import secrets
import unicodedata
from typing import Any
from zoneinfo import ZoneInfo

import sqlalchemy as sa
from sqlalchemy.orm import Session

from gridmap import access, model, settings
from gridmap.errors import Forbidden, InputError, NotFound, SignInFailed
from gridmap.model import Role
from gridmap.services import audit, grids, leave, passwords, sign_in_tries
from gridmap.store import Store

#: Password of every account of the demo.
DEMO_PASSWORD = "wuse-wangge"  # noqa: S105 (public by design)

#: Roles that work in one community.
IN_COMMUNITY = frozenset({Role.SECRETARY, Role.GRID_LEADER, Role.GRID_WORKER, Role.DESK})
#: Roles of people, who sign in with a name; the others come by a link.
OF_PEOPLE = tuple(role for role in Role if role != Role.VIEWER)
#: Roles whose work lies in the grids that they lead.
IN_GRIDS = (Role.GRID_LEADER, Role.GRID_WORKER)
_SEEN_EVERY = dt.timedelta(minutes=1)
_LONGEST_AGENT = 200
# Longer than any account's name, and short enough for the column.
_LONGEST_LOOKED_FOR = 100


def none(store: Store) -> bool:
    """Whether the store has no account yet, so that nobody can sign in."""
    with store.read() as session:
        return session.scalars(sa.select(columns(model.Account).id).limit(1)).first() is None


def sign_in(store: Store, name: str, password: str, *, address: str, agent: str, now: dt.datetime) -> str:
    """Begin a session and return its token, which is kept nowhere else.

    An unknown name, an account that is not active and a wrong password take the same time and are answered alike.

    Parameters
    ----------
    store
        The store whose account it is.
    name, password
        As they were typed.
    address
        Network address it came from; "" where there is none.
    agent
        What the browser calls itself.
    now
        This moment, timezone-aware.

    Raises
    ------
    errors.SignInFailed
        If the two do not belong together, or the account is not active.
    errors.TooManyTries
        If there were too many failures for this name or from this address; nothing was looked at.
    """
    wanted = folded(name)
    sign_in_tries.begin(store, wanted, address, now)
    with store.read() as session:
        account = named(session, wanted)
        # An account without a password is entered by a link or by the identity provider.
        admitted = account is not None and account.password_hash != "" and _is_admitted(session, account)
    hashed = account.password_hash if account is not None and admitted else passwords.nobodys_hash()
    right = passwords.matches(hashed, password)
    if account is None or not admitted or not right:
        with store.write() as session:
            # Only a name that exists: people type their password there by mistake.
            audit.record(session, account, "sign_in_failed", address=address, now=now)
        raise SignInFailed("sign_in_failed")
    fresh = passwords.hash_of(password) if passwords.is_outdated(hashed) else hashed
    with store.write() as session:
        kept = session.get_one(model.Account, account.id)
        if not kept.active or kept.password_hash != hashed:
            raise SignInFailed("sign_in_failed")
        if fresh != hashed:
            kept.password_hash = fresh
        sign_in_tries.forget(session, wanted)
        token = begin(session, kept, agent=agent, now=now)
        audit.record(session, kept, "sign_in", address=address, now=now)
    return token


def begin(
    session: Session, account: model.Account, *, agent: str, now: dt.datetime, until: dt.datetime | None = None
) -> str:
    """Begin a session with the transaction of ``session`` and return its token, which is kept nowhere else.

    It ends at ``until``, if the rules do not end it before.
    """
    session.execute(sa.delete(model.Session).where(columns(model.Session).expires_at <= now))
    token = secrets.token_urlsafe(32)
    latest = now + dt.timedelta(hours=_rules()["absolute_h"])
    session.add(
        model.Session(
            account_id=number(account),
            token_hash=token_hash(token),
            created_at=now,
            seen_at=now,
            expires_at=latest if until is None else min(latest, until),
            agent=agent.replace("\0", "")[:_LONGEST_AGENT],
        )
    )
    return token


def actor(store: Store, token: str, *, now: dt.datetime, present: bool = True) -> access.Actor | None:
    """Return who holds ``token`` and what they may do; None if the session is over or was never begun.

    Parameters
    ----------
    store
        The store whose session it is.
    token
        As `sign_in` gave it.
    now
        This moment, timezone-aware.
    present
        Whether a person is there: what a page asks by itself keeps no session from ending.
    """
    sessions = columns(model.Session)
    wanted = (
        sa.select(model.Session, model.Account)
        .join(model.Account, columns(model.Account).id == sessions.account_id)
        .where(sessions.token_hash == token_hash(token))
    )
    with store.read() as session:
        found = session.execute(wanted).first()
        if found is None:
            return None
        kept, account = found
        idle = dt.timedelta(minutes=_rules()["idle_min"])
        if now >= kept.expires_at or now >= kept.seen_at + idle or not _is_admitted(session, account):
            return None
        found_actor = _as_actor(session, account, now, session_id=number(kept), until=kept.expires_at)
    # While somebody imports, nobody waits for this; the next page writes it.
    if present and now - kept.seen_at >= _SEEN_EVERY and not store.is_writing:
        with store.write() as session:
            row = session.get(model.Session, kept.id, with_for_update=True)
            if row is not None and row.seen_at < now:
                row.seen_at = now
    return found_actor


def sign_out(store: Store, token: str) -> None:
    """End the session of ``token`` at once; one that is over already stays so."""
    mine = columns(model.Session).token_hash == token_hash(token)
    with store.write() as session:
        found = session.scalars(sa.select(model.Session).where(mine)).first()
        if found is not None:
            account = session.get_one(model.Account, found.account_id)
            session.execute(sa.delete(model.Session).where(mine))
            audit.record(session, account, "sign_out")


def sign_out_everywhere(store: Store, account_id: int) -> None:
    """End all sessions of an account at once.

    Raises
    ------
    errors.NotFound
        If there is no such account.
    """
    with store.write() as session:
        account = get(session, account_id)
        end_sessions(session, account)
        audit.record(session, account, "sign_out_everywhere")


def change_password(store: Store, who: access.Actor, old: str, new: str, *, address: str, now: dt.datetime) -> None:
    """Give oneself a new password, which ends all of one's sessions.

    Raises
    ------
    errors.SignInFailed
        If ``old`` is not the present password.
    errors.TooManyTries
        If that was wrong too often; it counts with failed sign-ins.
    errors.InputError
        If the new password is easily guessed, or the old one again.
    errors.Forbidden
        For an account of the demo, which everybody shares, and for one without a password.
    """
    passwords.demand(new, who.name)
    with store.read() as session:
        account = get(session, who.account_id)
    demand_own(account)
    demand_password(account)
    sign_in_tries.begin(store, account.name, address, now)
    if not passwords.matches(account.password_hash, old):
        audit.note(store, who, "password_wrong", address=address, now=now)
        raise SignInFailed("sign_in_failed")
    if passwords.matches(account.password_hash, new):
        raise InputError("password_same")
    hashed = passwords.hash_of(new)
    with store.write() as session:
        kept = get(session, who.account_id)
        kept.password_hash, kept.must_change = hashed, False
        sign_in_tries.forget(session, kept.name)
        end_sessions(session, kept)
        audit.record(session, who, "password_changed", address=address, now=now)


def find(store: Store, name: str) -> model.Account:
    """Return the account with this name.

    Raises
    ------
    errors.NotFound
        If there is none.
    """
    with store.read() as session:
        found = named(session, folded(name))
    if found is None:
        raise NotFound("account_missing", name=folded(name))
    return found


def day_of(now: dt.datetime) -> dt.date:
    """Return the day it is at a moment, where the office is."""
    return now.astimezone(ZoneInfo(settings.from_environment().time_zone)).date()


def grids_of(session: Session, account: model.Account, day: dt.date) -> frozenset[int]:
    """Return the grids of the present division that the account's member of staff leads, or has the care of that day.

    While the other half of the pair is on leave, their grids are the person's too. So are those of other divisions with
    the same code, which go on in these: what belonged to them is theirs to see to.
    """
    if account.staff_id is None or account.community_id is None:
        return frozenset()
    version = grids.current_version(session, account.community_id, day)
    led = [] if version is None else grids.grids_within(session, version)
    leaders = {account.staff_id, *leave.replaced_by(session, account.staff_id, day)}
    codes = {grid.code for grid in led if grid.leader_id in leaders}
    if not codes:
        return frozenset()
    of = sa.inspect(model.Grid).c
    mine = sa.select(of.id).where(of.community_id == account.community_id, of.code.in_(codes))
    return frozenset(session.scalars(mine))


def folded(name: str) -> str:
    """Return the name of an account as it is kept: half width, lower case, without blanks around it."""
    # What is no text, such as half a character, is no account's name either.
    whole = name.encode("utf-8", "replace").decode().replace("\0", "?")
    return unicodedata.normalize("NFKC", whole).strip().casefold()[:_LONGEST_LOOKED_FOR]


def demand_own(account: model.Account) -> None:
    """Refuse to change an account of the demo, which everybody shares.

    Raises
    ------
    errors.Forbidden
    """
    if account.demo:
        raise Forbidden("forbidden_demo", action=access.Action.MANAGE_ACCOUNTS.value)


def demand_password(account: model.Account) -> None:
    """Refuse to give a password to an account that is entered without one: by a link, or by the identity provider.

    Raises
    ------
    errors.Forbidden
    """
    if not account.password_hash:
        raise Forbidden("forbidden_no_password", action=access.Action.SEE_MAP.value)


def end_sessions(session: Session, account: model.Account) -> None:
    """End all sessions of an account with the transaction of ``session``."""
    session.flush()
    session.execute(sa.delete(model.Session).where(columns(model.Session).account_id == account.id))


def named(session: Session, name: str) -> model.Account | None:
    """Return the account with this folded name."""
    return session.scalars(sa.select(model.Account).where(columns(model.Account).name == name)).first()


def get(session: Session, account_id: int) -> model.Account:
    """Return the account with this number.

    Raises
    ------
    errors.NotFound
        If there is none.
    """
    found = session.get(model.Account, account_id)
    if found is None:
        raise NotFound("account_missing", name=str(account_id))
    return found


def columns(cls: type[model.Row]) -> Any:
    """Return the columns of a class, for conditions."""
    return sa.inspect(cls).c


def all_synthetic(session: Session) -> bool:
    """Whether the store holds communities, and none that is real."""
    there = list(session.scalars(sa.select(columns(model.Community).synthetic)))
    return bool(there) and all(there)


def token_hash(token: str) -> str:
    """Return what is kept of a token."""
    return hashlib.sha256(token.encode()).hexdigest()


def number(row: model.Row) -> int:
    """Return the number of a row that was kept."""
    if row.id is None:
        raise ValueError(f"{type(row).__name__} was never kept")
    return row.id


def person(session: Session, account: model.Account, *, now: dt.datetime) -> access.Actor | None:
    """Return whom an account is for without a session of theirs, None where it may not sign in."""
    return _as_actor(session, account, now, session_id=0, until=None) if _is_admitted(session, account) else None


def _as_actor(
    session: Session, account: model.Account, now: dt.datetime, *, session_id: int, until: dt.datetime | None
) -> access.Actor:
    return access.Actor(
        account_id=number(account),
        name=account.name,
        role=account.role,
        street_id=account.street_id,
        community_id=account.community_id,
        grid_ids=grids_of(session, account, day_of(now)),
        session_id=session_id,
        display=account.display,
        must_change=account.must_change,
        until=until,
        story=_story_of(session, account),
    )


def _story_of(session: Session, account: model.Account) -> int | None:
    """Return the presentation to which the link of a guest leads; None for everybody else."""
    if account.role is not model.Role.VIEWER or account.password_hash:
        return None
    of = columns(model.ViewLink)
    return session.scalars(sa.select(of.story).where(of.account_id == account.id, of.story.is_not(None))).first()


def _is_admitted(session: Session, account: model.Account) -> bool:
    # Everybody knows the password of a demo account: where a real community has moved in, it opens nothing.
    return account.active and (not account.demo or all_synthetic(session))


def _rules() -> dict[str, int]:
    chosen: dict[str, int] = settings.defaults()["accounts"]
    return chosen
