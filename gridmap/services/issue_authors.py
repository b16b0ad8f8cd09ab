"""Who may change an issue, by its place; and who recorded it, by the audit: an account need not be of the staff."""

from __future__ import annotations

import datetime as dt

import sqlalchemy as sa
from sqlalchemy.orm import Session

from gridmap import access, model
from gridmap.access import Action, Actor


def place(session: Session, issue: model.Issue) -> dict[str, int | None]:
    """Return where an issue is, as `access.decide` asks for it."""
    street_id = session.get_one(model.Community, issue.community_id).street_id
    return {"street_id": street_id, "community_id": issue.community_id, "grid_id": issue.grid_id}


def demand(session: Session, actor: Actor, issue: model.Issue, *, or_author: bool = False) -> None:
    """Refuse who may not change an issue; with ``or_author`` whoever recorded it may, too.

    Raises
    ------
    errors.Forbidden
        If it is not for ``actor``.
    """
    if not (or_author and recorded(session, actor, int(issue.id or 0))):
        access.demand(actor, Action.EDIT_ISSUES, **place(session, issue))


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
