"""The audit: who did what, when and from where. Rows are only added; the databases refuse everything else.

No password and no token is ever handed to these functions.
"""

from __future__ import annotations

import datetime as dt

from sqlalchemy.orm import Session

from gridmap import access, model
from gridmap.store import Store

_LONGEST = 200


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
        Who did it; None for the command line and for somebody who is not signed in.
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
    """
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
        )
