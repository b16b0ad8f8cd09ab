"""Accounts and signing in."""

from __future__ import annotations

import datetime as dt
import hashlib
import secrets
import unicodedata
from dataclasses import dataclass
from functools import cache
from typing import Any

import argon2
import sqlalchemy as sa
from sqlalchemy.orm import Session

from gridmap import access, model, settings
from gridmap.errors import SignInFailed, TooManyTries
from gridmap.services import audit, grids
from gridmap.store import Store

#: Password of every account of the demo.
DEMO_PASSWORD = "wuse-wangge"  # noqa: S105 (public by design)

_SEEN_EVERY = dt.timedelta(minutes=1)
_TRIES_KEPT = dt.timedelta(days=1)
_LONGEST_AGENT = 200


@dataclass(frozen=True, kw_only=True)
class Rules:
    """The operator's rules for sign-in, from ``data/defaults.toml``."""

    idle: dt.timedelta
    absolute: dt.timedelta
    tries: int
    lock: dt.timedelta
    longest_lock: dt.timedelta
    password_min_length: int


def rules() -> Rules:
    """Return the rules for sign-in."""
    chosen = settings.defaults()["accounts"]
    return Rules(
        idle=dt.timedelta(minutes=chosen["idle_min"]),
        absolute=dt.timedelta(hours=chosen["absolute_h"]),
        tries=chosen["tries"],
        lock=dt.timedelta(seconds=chosen["lock_s"]),
        longest_lock=dt.timedelta(seconds=chosen["longest_lock_s"]),
        password_min_length=chosen["password_min_length"],
    )


def none(store: Store) -> bool:
    """Whether the store has no account yet, so that nobody can sign in."""
    with store.read() as session:
        return session.scalars(sa.select(_columns(model.Account).id).limit(1)).first() is None


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
    digest = hashlib.sha256(wanted.encode()).hexdigest()
    failure = _begin_try(store, digest, address, now)
    with store.read() as session:
        account = _named(session, wanted)
    known = account is not None and account.active
    right = _matches(account.password_hash if account is not None and known else _dummy_hash(), password)
    if account is None or not known or not right:
        with store.write() as session:
            # Only a name that exists: what else was typed may be a password.
            target = account.name if account is not None else ""
            target_id = account.id if account is not None else None
            audit.record(session, None, "sign_in_failed", target=target, target_id=target_id, address=address, now=now)
        raise SignInFailed("sign_in_failed")
    token = secrets.token_urlsafe(32)
    with store.write() as session:
        kept = session.get_one(model.Account, account.id)
        if not kept.active or kept.password_hash != account.password_hash:
            raise SignInFailed("sign_in_failed")
        tries = _columns(model.SignInTry)
        for row in session.scalars(sa.select(model.SignInTry).where((tries.name == digest) | (tries.id == failure))):
            session.delete(row)
        if _hasher().check_needs_rehash(kept.password_hash):
            kept.password_hash = hash_of(password)
        session.add(
            model.Session(
                account_id=_number(kept),
                token_hash=_token_hash(token),
                created_at=now,
                seen_at=now,
                expires_at=now + rules().absolute,
                agent=agent[:_LONGEST_AGENT],
            )
        )
        audit.record(session, kept, "sign_in", address=address, now=now)
    return token


def actor(store: Store, token: str, *, now: dt.datetime) -> access.Actor | None:
    """Return who holds ``token`` and what they may do; None if the session is over or was never begun.

    Parameters
    ----------
    store
        The store whose session it is.
    token
        As `sign_in` gave it.
    now
        This moment, timezone-aware.
    """
    sessions = _columns(model.Session)
    wanted = (
        sa.select(model.Session, model.Account)
        .join(model.Account, _columns(model.Account).id == sessions.account_id)
        .where(sessions.token_hash == _token_hash(token))
    )
    with store.read() as session:
        found = session.execute(wanted).first()
        if found is None:
            return None
        kept, account = found
        if not account.active or now >= kept.expires_at or now >= kept.seen_at + rules().idle:
            return None
        person = access.Actor(
            account_id=_number(account),
            name=account.name,
            role=account.role,
            street_id=account.street_id,
            community_id=account.community_id,
            grid_ids=grids_of(session, account),
            session_id=_number(kept),
            display=account.display,
            must_change=account.must_change,
        )
    if now - kept.seen_at >= _SEEN_EVERY:
        with store.write() as session:
            row = session.get(model.Session, kept.id, with_for_update=True)
            if row is not None and row.seen_at < now:
                row.seen_at = now
    return person


def sign_out(store: Store, token: str) -> None:
    """End the session of ``token`` at once; one that is over already stays so."""
    with store.write() as session:
        wanted = sa.select(model.Session).where(_columns(model.Session).token_hash == _token_hash(token))
        row = session.scalars(wanted).first()
        if row is None:
            return
        account = session.get_one(model.Account, row.account_id)
        session.delete(row)
        audit.record(session, account, "sign_out")


def sign_out_everywhere(store: Store, account_id: int) -> int:
    """End all sessions of an account at once, and return how many there were."""
    with store.write() as session:
        account = session.get_one(model.Account, account_id)
        ended = _end_sessions(session, account_id)
        audit.record(session, account, "sign_out_everywhere")
    return ended


def demo_accounts(store: Store) -> list[model.Account]:
    """Return one account per role, made where it is missing, if every community of the store is synthetic.

    Every one has `DEMO_PASSWORD`. A store that holds a real community, or none, has no such accounts: an empty list.
    """
    with store.read() as session:
        there = list(session.scalars(sa.select(model.Community)))
        accounts = list(session.scalars(sa.select(model.Account).where(_columns(model.Account).demo)))
    if not there or not all(community.synthetic for community in there):
        return []
    if len({account.role for account in accounts}) == len(model.Role):
        return sorted(accounts, key=lambda account: list(model.Role).index(account.role))
    with store.write() as session:
        return _made_demo_accounts(session, there[0])


def grids_of(session: Session, account: model.Account) -> frozenset[int]:
    """Return the grids of the present division that the account's member of staff leads."""
    if account.staff_id is None or account.community_id is None:
        return frozenset()
    version = grids.current_version(session, account.community_id)
    if version is None:
        return frozenset()
    return frozenset(
        grid.id
        for grid in grids.grids_within(session, version)
        if grid.leader_id == account.staff_id and grid.id is not None
    )


def folded(name: str) -> str:
    """Return the name of an account as it is kept: half width, lower case, without blanks around it."""
    return unicodedata.normalize("NFKC", name).strip().casefold()


def hash_of(password: str) -> str:
    """Return the Argon2 hash of a password, with a salt of its own."""
    return _hasher().hash(unicodedata.normalize("NFC", password))


def _begin_try(store: Store, digest: str, address: str, now: dt.datetime) -> int:
    """Count this try as a failure before the password is looked at, so that many at once gain nothing."""
    limits = rules()
    tries = _columns(model.SignInTry)
    with store.write() as session:
        old = sa.select(model.SignInTry).where(tries.at < now - _TRIES_KEPT)
        for row in session.scalars(old):
            session.delete(row)
        mine = [tries.name == digest, *([tries.address == address] if address else [])]
        for condition in mine:
            times = sorted(row.at for row in session.scalars(sa.select(model.SignInTry).where(condition)))
            wait = _wait(len(times), limits)
            if times and now < times[-1] + wait:
                raise TooManyTries(max(1, int((times[-1] + wait - now).total_seconds() + 0.999)))
        row = model.SignInTry(name=digest, address=address, at=now)
        session.add(row)
        session.flush()
        return _number(row)


def _wait(failures: int, limits: Rules) -> dt.timedelta:
    if failures < limits.tries:
        return dt.timedelta(0)
    doublings = min(failures - limits.tries, 30)
    return min(limits.lock * 2**doublings, limits.longest_lock)


def _made_demo_accounts(session: Session, community: model.Community) -> list[model.Account]:
    staff = list(
        session.scalars(sa.select(model.Staff).where(_columns(model.Staff).community_id == community.id).order_by("id"))
    )
    secret = hash_of(DEMO_PASSWORD)
    made = []
    for role in model.Role:
        name = f"demo-{role.value.replace('_', '-')}"
        account = _named(session, name)
        if account is None:
            in_community = role not in (model.Role.ADMINISTRATOR, model.Role.STREET_LEADER)
            member = next((one for one in staff if one.post.value == role.value), None) if in_community else None
            account = model.Account(
                name=name,
                display=member.name if member is not None else "",
                role=role,
                password_hash=secret,
                street_id=community.street_id if role == model.Role.STREET_LEADER else None,
                community_id=community.id if in_community else None,
                staff_id=member.id if member is not None else None,
                demo=True,
            )
            session.add(account)
            session.flush()
            audit.record(session, None, "account_made", target=name, target_id=account.id)
        made.append(account)
    return made


def _end_sessions(session: Session, account_id: int) -> int:
    rows = list(session.scalars(sa.select(model.Session).where(_columns(model.Session).account_id == account_id)))
    for row in rows:
        session.delete(row)
    return len(rows)


def _named(session: Session, name: str) -> model.Account | None:
    return session.scalars(sa.select(model.Account).where(_columns(model.Account).name == name)).first()


def _matches(hashed: str, password: str) -> bool:
    try:
        return _hasher().verify(hashed, unicodedata.normalize("NFC", password))
    except argon2.exceptions.VerifyMismatchError:
        return False


@cache
def _hasher() -> argon2.PasswordHasher:
    return argon2.PasswordHasher()


@cache
def _dummy_hash() -> str:
    """Return a hash that takes as long to verify as any account's, and that no password fits."""
    return _hasher().hash(secrets.token_urlsafe(32))


def _token_hash(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()


def _columns(cls: type[model.Row]) -> Any:
    return sa.inspect(cls).c


def _number(row: model.Row) -> int:
    if row.id is None:
        raise ValueError(f"{type(row).__name__} was never kept")
    return row.id
