"""How fast an account may change records: as fast as a person can, and no faster."""

from __future__ import annotations

import datetime as dt
import math

import sqlalchemy as sa
from sqlalchemy.orm import Session

from gridmap import access, model, settings
from gridmap.errors import TooManyWrites

#: Entries of the audit that tell of a change to a record.
WRITES = (
    *("record_added", "record_changed", "record_deleted", "record_restored", "issue_tagged", "photo_added"),
    *("issue_moved", "issue_answered", "catalogue_changed", "walks_planned", "walk_dropped"),
    *("story_made", "story_changed", "story_deleted", "story_restored"),
    *("visit_wish_added", "visit_wish_removed", "fund_added", "fund_corrected"),
    *("care_added", "care_changed", "care_helped"),
    *("register_saved", "register_removed"),
)
_WINDOW = dt.timedelta(minutes=1)


def demand(session: Session, actor: access.Actor, now: dt.datetime) -> None:
    """Refuse a change by an account that has changed too much within the last minute.

    The audit is what is counted, so that this holds for all processes and after a restart.

    Parameters
    ----------
    session
        Session of the ``Store.write()`` block of the change.
    actor
        Who changes something.
    now
        This moment, timezone-aware.

    Raises
    ------
    TooManyWrites
        With the seconds to wait.
    """
    limit = int(settings.defaults()["writes"]["per_minute"])
    entry = sa.inspect(model.AuditEntry).c
    mine = (
        sa.select(entry.at)
        .where(entry.account_id == actor.account_id, entry.action.in_(WRITES), entry.at > now - _WINDOW)
        .order_by(entry.at.desc())
        .limit(limit)
    )
    moments = session.scalars(mine).all()
    if len(moments) >= limit:
        wait = moments[-1] + _WINDOW - now
        raise TooManyWrites(max(1, math.ceil(wait.total_seconds())), limit)
