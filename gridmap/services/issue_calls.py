"""吹哨报到: calling the street's departments to an issue, and what they answer."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence

import sqlalchemy as sa
from sqlalchemy.orm import Session

from gridmap import errors, model
from gridmap.access import Actor
from gridmap.errors import FaultyRecord, NotFound, Refusal
from gridmap.services import (
    audit,
    issue_authors,
    issue_catalogue,
    issue_limits,
    issue_ties,
    record_checks,
    writing_pace,
)
from gridmap.services.community_data import CommunityData
from gridmap.services.issue_catalogue import Department, Departments
from gridmap.store import Store

LONGEST_ANSWER = 1000
WHISTLE = "whistle"
"""The move by which departments are called."""


def offered(data: CommunityData, number: int) -> list[Department]:
    """Return whom a community may whistle for at an issue: the street's departments that owe it no answer."""
    owing = waiting(data, number)
    return [one for one in data.departments.live() if one.street and one.code not in owing]


def waiting(data: CommunityData, number: int) -> frozenset[str]:
    """Return the codes of the departments that were called to an issue, or to a double of it, and have not answered."""
    calls = data.calls
    own = calls["issue_id"].isin(issue_ties.family(data, number))
    return frozenset(calls.loc[own & calls["answered_at"].isna(), "department"])


def waiting_within(session: Session, number: int) -> frozenset[str]:
    """Return the same as `waiting`, as a transaction sees it."""
    of, issue = sa.inspect(model.IssueCall).c, sa.inspect(model.Issue).c
    doubles = sa.select(issue.id).where(issue.merged_into_id == number)
    own = sa.or_(of.issue_id == number, of.issue_id.in_(doubles))
    return frozenset(session.scalars(sa.select(of.department).where(own, of.answered_at.is_(None))))


def add(
    session: Session,
    issue: model.Issue,
    departments: Sequence[str],
    known: Departments,
    now: dt.datetime,
    until: dt.datetime | None,
) -> None:
    """Note whom an issue's community has called, inside the transaction of the whistle.

    Parameters
    ----------
    session
        Session of a ``Store.write()`` block.
    issue
        What they are called to.
    departments
        Their codes.
    known
        The departments of the community.
    now
        This moment.
    until
        Until when they have to answer; by each one's own days if left out.
    """
    for code in departments:
        one = known.entries[code]
        session.add(
            model.IssueCall(
                community_id=issue.community_id,
                issue_id=int(issue.id or 0),
                department=code,
                called_at=now,
                due_at=until or issue_limits.answer_by(one, now),
            )
        )


def answer(
    store: Store,
    actor: Actor,
    number: int,
    *,
    version: int,
    arrived: bool,
    text: str,
    now: dt.datetime | None = None,
    address: str = "",
) -> model.IssueCall:
    """Write down whether a department that was called has come, and what it said; return the call.

    Parameters
    ----------
    store, actor
        Where, and who.
    number, version
        The call as the person saw it.
    arrived
        Whether they came to the spot.
    text
        What they answered.
    now
        This moment, timezone-aware; the present one if left out.
    address
        Network address it comes from.

    Raises
    ------
    Forbidden
        If ``actor`` may not change the issue.
    NotFound
        If there is no such call.
    Conflict
        If somebody else wrote it down meanwhile.
    FaultyRecord
        If the text is missing or too long.
    """
    moment = now or dt.datetime.now(dt.UTC)
    said = record_checks.lines(text)
    if not said:
        raise FaultyRecord([Refusal(name="answer", problem="required")])
    if len(said) > LONGEST_ANSWER:
        fields = {"longest": LONGEST_ANSWER, "n": len(said)}
        raise FaultyRecord([Refusal(name="answer", problem="long", fields=fields)])
    with store.write() as session:
        call = session.get(model.IssueCall, number, with_for_update=True)
        if call is None:
            raise NotFound("flow_no_call", number=str(number))
        issue = session.get_one(model.Issue, call.issue_id)
        issue_authors.demand(session, actor, issue)
        known = issue_catalogue.within(session, issue.community_id).departments
        if call.version != version:
            raise errors.Conflict("flow_answered", department=known.get(call.department) or call.department)
        writing_pace.demand(session, actor, moment)
        call.arrived, call.answer, call.answered_at = arrived, said, moment
        audit.record(
            session,
            actor,
            "issue_answered",
            target=f"{issue.code} · {known.label(call.department, 'zh')}",
            target_id=issue.id,
            community_id=issue.community_id,
            address=address,
            now=moment,
        )
        session.flush()
    return call
