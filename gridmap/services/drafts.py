"""What somebody has typed and not saved: kept for their account, so that it is there again after the next sign-in."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Mapping
from typing import Any

import sqlalchemy as sa

from gridmap import model, privacy, settings
from gridmap.access import Actor
from gridmap.store import Store


def keep(store: Store, actor: Actor, key: str, content: Mapping[str, Any], now: dt.datetime) -> None:
    """Keep what is in a form.

    Parameters
    ----------
    store, actor
        Whose draft it is.
    key
        Name of the form, at most 128 characters.
    content
        What is in it, as JSON can hold it.
    now
        This moment, timezone-aware.

    Raises
    ------
    StoreError
        If it cannot be kept just now.
    """
    text = json.dumps(_without_identity(content), ensure_ascii=False)
    with store.write() as session:
        row = session.scalars(_mine(actor, key)).first()
        if row is None:
            session.add(model.Draft(account_id=actor.account_id, key=key, at=now, content=text))
        elif row.content != text:
            row.content, row.at = text, now


def find(store: Store, actor: Actor, key: str) -> tuple[dict[str, Any], dt.datetime] | None:
    """Return what was kept of a form, and when; None if there is nothing."""
    with store.read() as session:
        row = session.scalars(_mine(actor, key)).first()
    return None if row is None else (json.loads(row.content), row.at)


def drop(store: Store, actor: Actor, key: str) -> None:
    """Forget a draft: it was saved, or is not wanted. Nothing is written where there is none."""
    if find(store, actor, key) is None:
        return
    with store.write() as session:
        row = session.scalars(_mine(actor, key)).first()
        if row is not None:
            session.delete(row)


def clear(store: Store, now: dt.datetime) -> int:
    """Delete drafts that nobody has touched for as long as things stay in the bin; return how many."""
    at = sa.inspect(model.Draft).c.at
    old = at <= now - dt.timedelta(days=settings.defaults()["bin"]["days"])
    with store.read() as session:
        n = session.scalar(sa.select(sa.func.count()).select_from(model.Draft).where(old)) or 0
    if n:
        with store.write() as session:
            session.execute(sa.delete(model.Draft).where(old))
    return int(n)


def _without_identity(value: Any) -> Any:
    """Return what was typed with stars in the place of identity numbers, which are kept nowhere."""
    if isinstance(value, str):
        return privacy.mask_identity(value)
    if isinstance(value, Mapping):
        return {key: _without_identity(one) for key, one in value.items()}
    return [_without_identity(one) for one in value] if isinstance(value, (list, tuple)) else value


def _mine(actor: Actor, key: str) -> sa.Select[Any]:
    draft = sa.inspect(model.Draft).c
    return sa.select(model.Draft).where(draft.account_id == actor.account_id, draft.key == key)
