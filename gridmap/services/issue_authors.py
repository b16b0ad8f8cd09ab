"""Who recorded an issue: by the audit, since an account need not belong to anybody of the staff."""

from __future__ import annotations

import datetime as dt

import sqlalchemy as sa
from sqlalchemy.orm import Session

from gridmap import model
from gridmap.access import Actor


def recorded(session: Session, actor: Actor, issue_id: int) -> bool:
    """Whether ``actor`` recorded this issue."""
    entry = sa.inspect(model.AuditEntry).c
    mine = sa.select(entry.id).where(
        entry.account_id == actor.account_id, entry.action == "issue_tagged", entry.target_id == issue_id
    )
    return session.scalars(mine.limit(1)).first() is not None


def since(session: Session, issue: model.Issue) -> tuple[dt.datetime, int]:
    """Return when an issue came into the store, and how many moves it has made, its record included."""
    entry, event = sa.inspect(model.AuditEntry).c, sa.inspect(model.IssueEvent).c
    told = sa.select(sa.func.min(entry.at)).where(entry.action == "issue_tagged", entry.target_id == issue.id)
    moves = sa.select(sa.func.count()).select_from(model.IssueEvent).where(event.issue_id == issue.id)
    return session.scalar(told) or issue.reported_at, session.scalar(moves) or 0
