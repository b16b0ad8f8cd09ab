"""The audit: who did what, when and from where. Rows are only added; the databases refuse everything else.

No password and no token is ever handed to these functions.
"""

from __future__ import annotations

import dataclasses
import datetime as dt

import pandas as pd
import sqlalchemy as sa
from sqlalchemy.orm import Session

from gridmap import access, i18n, model
from gridmap.store import Store

_LONGEST = 200
# Whose target is an account.
_TO_ACCOUNTS = (
    *("account_made", "account_changed", "account_deactivated", "account_activated", "account_unlocked"),
    *("account_signed_out", "password_set"),
)


def record(
    session: Session,
    actor: access.Actor | model.Account | None,
    action: str,
    *,
    target: str = "",
    target_id: int | None = None,
    community_id: int | None = None,
    reason: str = "",
    address: str = "",
    now: dt.datetime | None = None,
) -> None:
    """Add an entry inside the transaction of what it tells of: both are kept, or neither.

    Parameters
    ----------
    session
        Session of a ``Store.write()`` block.
    actor
        Who did it, or under whose name it was tried; None for the command line and for a name that no account has.
    action
        What was done: a key of the catalogues below ``audit.``.
    target, target_id
        What it was done to, in words and by number.
    community_id
        The community it belongs to.
    reason
        What the person gave as the reason.
    address
        Network address it came from.
    now
        The moment; this one if left out.

    Raises
    ------
    ValueError
        If the catalogues have no word for the action: a fault of the program.
    """
    if f"audit.{action}" not in i18n.catalogue("en"):
        raise ValueError(f"the catalogues lack audit.{action}")
    account_id = actor.account_id if isinstance(actor, access.Actor) else None if actor is None else actor.id
    session.add(
        model.AuditEntry(
            at=now or dt.datetime.now(dt.UTC),
            action=action,
            account_id=account_id,
            account_name="" if actor is None else actor.name,
            target=target[:_LONGEST],
            target_id=target_id,
            community_id=community_id,
            reason=reason,
            address=address[:_LONGEST],
        )
    )


def note(
    store: Store,
    actor: access.Actor | None,
    action: str,
    *,
    target: str = "",
    target_id: int | None = None,
    community_id: int | None = None,
    reason: str = "",
    address: str = "",
    now: dt.datetime | None = None,
) -> None:
    """Add an entry for what changes nothing in the store: a download, a look."""
    with store.write() as session:
        record(
            session,
            actor,
            action,
            target=target,
            target_id=target_id,
            community_id=community_id,
            reason=reason,
            address=address,
            now=now,
        )


def search(
    store: Store,
    by: access.Actor | None,
    *,
    since: dt.datetime | None = None,
    until: dt.datetime | None = None,
    account: str | None = None,
    action: str | None = None,
    words: str = "",
    limit: int = 1000,
    offset: int = 0,
) -> pd.DataFrame:
    """Return entries of the audit, the newest first.

    Parameters
    ----------
    store
        The store whose audit it is.
    by
        Who asks; None for the command line.
    since, until
        Only entries from this moment on, and before that one; timezone-aware.
    account
        Only what was done under this account, or to it, by its name.
    action
        Only this action.
    words
        Only entries whose account, target, reason or address holds each of these words; upper and lower case are the
        same.
    limit, offset
        At most so many entries, after so many newer ones.

    Returns
    -------
    One row per entry with the columns of `model.AuditEntry` except ``version``; the index is ``id``, ``at`` is UTC.

    Raises
    ------
    errors.Forbidden
        If ``by`` may not see the audit.
    """
    entry = sa.inspect(model.AuditEntry).c
    with store.read() as session:
        meant = _meant(session, by, since=since, until=until, account=account, action=action, words=words)
        wanted = sa.select(model.AuditEntry).where(*meant).order_by(entry.at.desc(), entry.id.desc())
        found = list(session.scalars(wanted.limit(limit).offset(offset)))
    columns = [field.name for field in dataclasses.fields(model.AuditEntry) if field.name != "version"]
    table = pd.DataFrame([[getattr(row, name) for name in columns] for row in found], columns=columns)
    table = table.astype({"account_id": "Int64", "target_id": "Int64", "community_id": "Int64"})
    table["at"] = pd.to_datetime(table["at"], utc=True)
    return table.set_index("id")


def count(
    store: Store,
    by: access.Actor | None,
    *,
    since: dt.datetime | None = None,
    until: dt.datetime | None = None,
    account: str | None = None,
    action: str | None = None,
    words: str = "",
) -> int:
    """Return how many entries `search` would find without a limit.

    Parameters are those of `search`.

    Raises
    ------
    errors.Forbidden
        If ``by`` may not see the audit.
    """
    with store.read() as session:
        meant = _meant(session, by, since=since, until=until, account=account, action=action, words=words)
        return int(session.scalar(sa.select(sa.func.count()).select_from(model.AuditEntry).where(*meant)) or 0)


def actions(language: str) -> dict[str, str]:
    """Return all that is noted in the audit, and what it is called."""
    start = "audit."
    keys = [key for key in i18n.catalogue(language) if key.startswith(start) and key.count(".") == 1]
    return {key.removeprefix(start): i18n.text(key, language) for key in keys}


def worded(table: pd.DataFrame, store: Store, language: str, time_zone: str) -> pd.DataFrame:
    """Return what `search` found as a person reads it: headings, actions, moments and communities in words."""
    names = {community.id: community.name for community in store.communities()}
    columns = {
        "at": [i18n.time(moment, language, time_zone) for moment in table["at"]],
        "account_name": list(table["account_name"]),
        "action": [i18n.text(f"audit.{action}", language) for action in table["action"]],
        "target": list(table["target"]),
        "community_id": ["" if pd.isna(number) else names.get(int(number), "") for number in table["community_id"]],
        "reason": list(table["reason"]),
        "address": list(table["address"]),
    }
    return pd.DataFrame(
        {i18n.text(f"audit.column.{name}", language): values for name, values in columns.items()}, index=table.index
    )


def _meant(
    session: Session,
    by: access.Actor | None,
    *,
    since: dt.datetime | None,
    until: dt.datetime | None,
    account: str | None,
    action: str | None,
    words: str,
) -> list[sa.ColumnElement[bool]]:
    if by is not None:
        access.demand(by, access.Action.SEE_AUDIT)
    entry = sa.inspect(model.AuditEntry).c
    meant: list[sa.ColumnElement[bool]] = []
    if since is not None:
        meant.append(entry.at >= since)
    if until is not None:
        meant.append(entry.at < until)
    if action is not None:
        meant.append(entry.action == action)
    if account is not None:
        meant.append(_concerns(session, account))
    for word in words.split():
        told = (entry.account_name, entry.target, entry.reason, entry.address)
        meant.append(sa.or_(*(column.icontains(word, autoescape=True) for column in told)))
    return meant


def _concerns(session: Session, account: str) -> sa.ColumnElement[bool]:
    entry, accounts = sa.inspect(model.AuditEntry).c, sa.inspect(model.Account).c
    number = session.scalar(sa.select(accounts.id).where(accounts.name == account))
    to_it = sa.and_(entry.action.in_(_TO_ACCOUNTS), entry.target_id == number)
    return sa.or_(entry.account_name == account, to_it)
