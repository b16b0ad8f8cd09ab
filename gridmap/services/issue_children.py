"""Closing the parts of a larger matter with it: offered when it is closed, done where the table of moves allows."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

import sqlalchemy as sa

from gridmap import access, model
from gridmap.access import Action, Actor
from gridmap.model import IssueState
from gridmap.services import audit, issue_catalogue, issue_flow, issue_ties, records, writing_pace
from gridmap.services.community_data import CommunityData
from gridmap.store import Store


@dataclass(frozen=True, kw_only=True)
class Closed:
    """What became of the open parts of a matter: codes of those that were closed, and of those that were not."""

    closed: tuple[str, ...]
    left: tuple[str, ...]


def close(
    store: Store,
    actor: Actor,
    data: CommunityData,
    number: int,
    note: str,
    *,
    now: dt.datetime,
    address: str = "",
) -> Closed:
    """Close the open parts of an issue by the fewest moves that ask nothing but words, in one transaction.

    A part that ``actor`` may not change, or that the table leads nowhere near its end without more being asked (a
    photo, a department's answer), is left as it is and named.

    Parameters
    ----------
    store, data
        The store, and the community in it.
    actor
        Who closes them.
    number
        The larger matter.
    note
        Words for each move: what was done.
    now
        This moment, timezone-aware.
    address
        Network address it comes from.

    Raises
    ------
    Forbidden
        If ``actor`` may change no issue here.
    NotFound
        If there is no such issue.
    FaultyRecord
        If a move asks for words and none are given.
    TooManyWrites, StoreError
        As `records.create` does.
    """
    records.demand_somewhere(actor, Action.EDIT_ISSUES, data)
    place = {"street_id": data.community.street_id, "community_id": data.community.id}
    closed, left = [], []
    with store.write() as session:
        whole = issue_ties.row(session, data, number)
        writing_pace.demand(session, actor, now)
        flow = issue_catalogue.within(session, whole.community_id).flow
        column = sa.inspect(model.Issue).c
        own = sa.select(column.id).where(sa.or_(column.id == whole.id, column.merged_into_id == whole.id))
        parts = sa.select(model.Issue).where(column.parent_id.in_(own), column.merged_into_id.is_(None))
        for part in session.scalars(parts.order_by(column.id)):
            if not part.state.is_open:
                continue
            may = access.decide(actor, Action.EDIT_ISSUES, grid_id=part.grid_id, **place).allowed
            way = flow.way(part.state, IssueState.CLOSED, part.level, actor.role) if may else None
            if not way:
                left.append(part.code)
                continue
            for move in way:
                issue_flow.within(session, actor, part, move.action, note=note, now=now)
            closed.append(part.code)
        if closed:
            audit.record(
                session,
                actor,
                "issue_parts_closed",
                target=f"{whole.code} · {'、'.join(closed)}",
                target_id=whole.id,
                community_id=whole.community_id,
                address=address,
                now=now,
            )
    return Closed(closed=tuple(closed), left=tuple(left))
