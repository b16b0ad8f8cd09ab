"""What the administrator does with accounts, on a page or on the command line."""

from __future__ import annotations

import datetime as dt
import re
from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy.orm import Session

from gridmap import access, model
from gridmap.errors import Conflict, InputError, NotFound
from gridmap.model import Role
from gridmap.services import accounts, audit, passwords, sign_in_tries
from gridmap.store import Store

LONGEST_NAME = 40


@dataclass(frozen=True, kw_only=True)
class Standing:
    """An account, and how it stands.

    Parameters
    ----------
    account
        The account.
    last_sign_in
        When somebody last signed in under it; None if never.
    locked
        Whether sign-in under its name waits after too many failures.
    sessions
        How many sessions are open.
    """

    account: model.Account
    last_sign_in: dt.datetime | None
    locked: bool
    sessions: int


def create(
    store: Store,
    by: access.Actor | None,
    name: str,
    *,
    role: Role,
    password: str,
    display: str = "",
    street_id: int | None = None,
    community_id: int | None = None,
    staff_id: int | None = None,
    must_change: bool = True,
) -> model.Account:
    """Make an account.

    Parameters
    ----------
    store
        Where it is kept.
    by
        Who makes it; None for the command line, whose user holds the store itself.
    name
        Name to sign in with: up to 40 letters, digits and ``. _ - @``; upper and lower case are the same.
    role, street_id, community_id
        A street leader needs a street, the administrator neither, all others a community.
    password
        The first password.
    display
        Name that pages show.
    staff_id
        The member of staff it belongs to: the grids that they lead are the account's.
    must_change
        Whether the person has to choose another password at the first sign-in.

    Raises
    ------
    errors.Forbidden
        If ``by`` may not manage accounts.
    errors.InputError
        If something does not fit together, the name is taken or the password easily guessed.
    """
    _demand_manager(by)
    _demand_of_people(role)
    made = _new(name, role, password, must_change=must_change)
    with store.write() as session:
        if accounts.named(session, made.name) is not None:
            raise InputError("account_taken", name=made.name)
        _place(session, made, role, display, street_id, community_id, staff_id)
        session.add(made)
        session.flush()
        _record(session, by, "account_made", made)
    return made


def create_first(store: Store, name: str, password: str) -> model.Account | None:
    """Make the first administrator of a store; None if it has an account already.

    Raises
    ------
    errors.InputError
        If the name cannot be one, or the password is easily guessed.
    """
    made = _new(name, Role.ADMINISTRATOR, password, must_change=False)
    with store.write() as session:
        if session.get_bind().dialect.name == "postgresql":
            # Of two at the same time the second sees the first.
            session.connection().exec_driver_sql("LOCK TABLE account IN EXCLUSIVE MODE")
        if session.scalars(sa.select(accounts.columns(model.Account).id).limit(1)).first() is not None:
            return None
        session.add(made)
        session.flush()
        _record(session, None, "account_made", made)
    return made


def change(
    store: Store,
    by: access.Actor | None,
    account_id: int,
    *,
    role: Role,
    display: str = "",
    street_id: int | None = None,
    community_id: int | None = None,
    staff_id: int | None = None,
    version: int | None = None,
) -> model.Account:
    """Give an account another role, place or shown name; it counts from the person's next page on.

    Parameters are those of `create`; ``version`` is the version that was seen before, if any was.

    Raises
    ------
    errors.Conflict
        If somebody else changed the account since that version.
    errors.Forbidden
        If ``by`` may not manage accounts, or it is an account of the demo.
    errors.InputError
        If something does not fit together, or no administrator would be left.
    errors.NotFound
        If there is no such account.
    """
    _demand_manager(by)
    _demand_of_people(role)
    with store.write() as session:
        account = _of_somebody(session, account_id)
        accounts.demand_own(account)
        if version is not None and account.version != version:
            raise Conflict("account_changed_meanwhile", name=account.name)
        led = _is_administrator(account)
        _place(session, account, role, display, street_id, community_id, staff_id)
        _demand_administrator(session, led)
        _record(session, by, "account_changed", account)
    return account


def set_password(
    store: Store, by: access.Actor | None, account_id: int, password: str, *, must_change: bool = True
) -> None:
    """Give somebody a new password, which ends their sessions and a lock-out.

    Raises
    ------
    errors.Forbidden, errors.InputError, errors.NotFound
        As `create` and `change`.
    """
    _demand_manager(by)
    with store.read() as session:
        account = _of_somebody(session, account_id)
    accounts.demand_own(account)
    accounts.demand_password(account)
    passwords.demand(password, account.name)
    hashed = passwords.hash_of(password)
    with store.write() as session:
        kept = _of_somebody(session, account_id)
        kept.password_hash, kept.must_change = hashed, must_change
        sign_in_tries.forget(session, kept.name)
        accounts.end_sessions(session, kept)
        _record(session, by, "password_set", kept)


def deactivate(store: Store, by: access.Actor | None, account_id: int) -> None:
    """Let an account sign in no more, and end its sessions at once.

    Raises
    ------
    errors.Forbidden, errors.InputError, errors.NotFound
        As `change`.
    """
    _demand_manager(by)
    with store.write() as session:
        account = _of_somebody(session, account_id)
        accounts.demand_own(account)
        led, account.active = _is_administrator(account), False
        _demand_administrator(session, led)
        accounts.end_sessions(session, account)
        _record(session, by, "account_deactivated", account)


def activate(store: Store, by: access.Actor | None, account_id: int) -> None:
    """Let an account sign in again.

    Raises
    ------
    errors.Forbidden, errors.NotFound
        As `change`.
    """
    _demand_manager(by)
    with store.write() as session:
        account = _of_somebody(session, account_id)
        account.active = True
        _record(session, by, "account_activated", account)


def unlock(store: Store, by: access.Actor | None, account_id: int) -> None:
    """Forget the failures for which sign-in under an account's name waits.

    Raises
    ------
    errors.Forbidden, errors.NotFound
        As `change`.
    """
    _demand_manager(by)
    with store.write() as session:
        account = _of_somebody(session, account_id)
        sign_in_tries.forget(session, account.name)
        _record(session, by, "account_unlocked", account)


def sign_out_everywhere(store: Store, by: access.Actor | None, account_id: int) -> None:
    """End all sessions of an account at once, in open tabs too.

    Raises
    ------
    errors.Forbidden, errors.NotFound
        As `change`.
    """
    _demand_manager(by)
    with store.write() as session:
        account = _of_somebody(session, account_id)
        accounts.end_sessions(session, account)
        _record(session, by, "account_signed_out", account)


def listed(store: Store, by: access.Actor | None) -> list[model.Account]:
    """Return all accounts of people by name.

    Raises
    ------
    errors.Forbidden
        If ``by`` may not manage accounts.
    """
    _demand_manager(by)
    with store.read() as session:
        return _all(session)


def standings(store: Store, by: access.Actor | None, now: dt.datetime) -> list[Standing]:
    """Return all accounts of people by name, and how each stands at the moment ``now``.

    Raises
    ------
    errors.Forbidden
        If ``by`` may not manage accounts.
    """
    _demand_manager(by)
    entry, sessions = accounts.columns(model.AuditEntry), accounts.columns(model.Session)
    last = sa.select(entry.account_id, sa.func.max(entry.at)).where(entry.action == "sign_in")
    open_now = sa.select(sessions.account_id, sa.func.count()).where(sessions.expires_at > now)
    with store.read() as session:
        there = _all(session)
        seen = {number: at for number, at in session.execute(last.group_by(entry.account_id))}  # noqa: C416
        held = {number: n for number, n in session.execute(open_now.group_by(sessions.account_id))}  # noqa: C416
        locked = sign_in_tries.locked(session, [account.name for account in there], now)
    return [
        Standing(
            account=account,
            last_sign_in=seen.get(account.id),
            locked=account.name in locked,
            sessions=held.get(account.id, 0),
        )
        for account in there
    ]


def _new(name: str, role: Role, password: str, *, must_change: bool) -> model.Account:
    wanted = accounts.folded(name)
    if not re.fullmatch(rf"[\w.@-]{{1,{LONGEST_NAME}}}", wanted):
        raise InputError("account_name", name=wanted[:LONGEST_NAME], n=LONGEST_NAME)
    passwords.demand(password, wanted)
    hashed = passwords.hash_of(password)
    return model.Account(name=wanted, display="", role=role, password_hash=hashed, must_change=must_change)


def _all(session: Session) -> list[model.Account]:
    of = accounts.columns(model.Account)
    return list(session.scalars(sa.select(model.Account).where(of.role != Role.VIEWER).order_by(of.name)))


def _of_somebody(session: Session, account_id: int) -> model.Account:
    """Return an account of a person: those of links are made and ended with their link."""
    account = accounts.get(session, account_id)
    if account.role == Role.VIEWER:
        raise NotFound("account_missing", name=account.name)
    return account


def _demand_of_people(role: Role) -> None:
    if role not in accounts.OF_PEOPLE:
        raise InputError("account_of_a_link", role=role.value)


def _demand_manager(by: access.Actor | None) -> None:
    if by is not None:
        access.demand(by, access.Action.MANAGE_ACCOUNTS)


def _place(
    session: Session,
    account: model.Account,
    role: Role,
    display: str,
    street_id: int | None,
    community_id: int | None,
    staff_id: int | None,
) -> None:
    if (community_id is not None) != (role in accounts.IN_COMMUNITY):
        raise InputError("account_needs_community" if community_id is None else "account_no_community", role=role.value)
    if (street_id is not None) != (role == Role.STREET_LEADER):
        raise InputError("account_needs_street" if street_id is None else "account_no_street", role=role.value)
    if staff_id is not None:
        member = session.get(model.Staff, staff_id)
        if member is None or member.community_id != community_id:
            raise InputError("account_staff")
    account.role, account.display = role, " ".join(display.split())
    account.street_id, account.community_id, account.staff_id = street_id, community_id, staff_id


def _is_administrator(account: model.Account) -> bool:
    return account.role == Role.ADMINISTRATOR and account.active


def _demand_administrator(session: Session, led: bool) -> None:
    """Refuse what leaves no administrator, where ``led`` says that it took one away."""
    session.flush()
    if not led:
        return
    of = accounts.columns(model.Account)
    left = sa.select(of.id).where(of.role == Role.ADMINISTRATOR, of.active)
    if session.scalars(left.limit(1)).first() is None:
        raise InputError("account_last_administrator")


def _record(session: Session, by: access.Actor | None, action: str, account: model.Account) -> None:
    audit.record(
        session,
        by,
        action,
        target=f"{account.name} ({account.role.value})",
        target_id=account.id,
        community_id=account.community_id,
    )
