"""Issues that belong together: doubles folded into one, links between places, parts of a larger matter.

Nothing of a double moves: its voices, photos, events and the number of its order stay with it, and its limit runs on.
It only points at the issue it was folded into, and is left out of lists, maps and counts. So all can be taken back.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass

import geopandas as gpd
import pandas as pd
import sqlalchemy as sa
from sqlalchemy.orm import Session

from gridmap import model
from gridmap.access import Action, Actor
from gridmap.errors import Conflict, InputError, NotFound
from gridmap.model import IssueLinkKind, IssueState
from gridmap.services import audit, records, writing_pace
from gridmap.services.community_data import CommunityData
from gridmap.store import Store

_FARTHEST = 100


@dataclass(frozen=True, kw_only=True)
class Merged:
    """What was folded into an issue; `split` takes it back.

    Parameters
    ----------
    number, into
        The double, and the issue it is now part of.
    along
        The double's own former doubles, which went with it.
    """

    number: int
    into: int
    along: tuple[int, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Order:
    """A work order that is part of an issue, with its own number, state and limit."""

    issue_id: int
    number: str
    state: IssueState
    due_at: dt.datetime | None
    folded: bool


def merge(
    store: Store, actor: Actor, data: CommunityData, number: int, into: int, *, now: dt.datetime, address: str = ""
) -> Merged:
    """Fold a double into the issue it repeats.

    Parameters
    ----------
    store, data
        The store, and the community in it.
    actor
        Who does it.
    number, into
        The double, and the issue that stays; of one that is itself a double, the issue that it is part of.
    now
        This moment, timezone-aware.
    address
        Network address it comes from.

    Raises
    ------
    Forbidden
        If ``actor`` may not change both.
    NotFound
        If one of them is gone.
    InputError
        If an issue would be folded into itself, or an open one into one that is closed: it would be lost.
    Conflict
        If somebody else has folded the double into another meanwhile.
    TooManyWrites, StoreError
        As `records.create` does.
    """
    with store.write() as session:
        double, other = _pair(session, actor, data, number, into)
        stays = survivor(session, other)
        _demand(actor, data, stays)
        if stays.id == double.id:
            raise InputError("tie_itself", code=double.code)
        if double.merged_into_id is not None:
            if double.merged_into_id == stays.id:
                return Merged(number=number, into=int(stays.id or 0))
            raise Conflict(
                "tie_overtaken", code=double.code, other=session.get_one(model.Issue, double.merged_into_id).code
            )
        if double.state.is_open and not stays.state.is_open:
            raise InputError("tie_into_closed", code=double.code, other=stays.code)
        writing_pace.demand(session, actor, now)
        own = _doubles_of(session, double)
        for one in (double, *own):
            one.merged_into_id = stays.id
        _note(session, actor, "issue_merged", double, stays, now, address)
        return Merged(number=number, into=int(stays.id or 0), along=tuple(int(one.id or 0) for one in own))


def split(
    store: Store,
    actor: Actor,
    data: CommunityData,
    number: int,
    *,
    along: Iterable[int] = (),
    now: dt.datetime,
    address: str = "",
) -> None:
    """Make a double an issue of its own again, as it was; ``along`` are doubles that become its own.

    Raises
    ------
    Forbidden, NotFound, TooManyWrites, StoreError
        As `merge` does.
    Conflict
        If it is part of no other issue any longer.
    """
    with store.write() as session:
        double = _theirs(session, actor, data, number)
        if double.merged_into_id is None:
            raise Conflict("tie_gone", code=double.code)
        was = session.get_one(model.Issue, double.merged_into_id)
        writing_pace.demand(session, actor, now)
        double.merged_into_id = None
        for one in _doubles_of(session, was):
            if one.id in set(along):
                one.merged_into_id = double.id
        _note(session, actor, "issue_split", double, was, now, address)


def link(
    store: Store,
    actor: Actor,
    data: CommunityData,
    number: int,
    other: int,
    kind: IssueLinkKind,
    *,
    now: dt.datetime,
    address: str = "",
) -> bool:
    """Say that two issues, perhaps at different places, belong together; answer whether that is new.

    Parameters
    ----------
    number, other, kind
        The issues, and how they belong together. Of ``FOUND_BEFORE``, ``number`` is the one that was known first.

    Raises
    ------
    Forbidden, NotFound, TooManyWrites, StoreError
        As `merge` does.
    InputError
        If an issue would be linked to itself.
    """
    with store.write() as session:
        one, two = _pair(session, actor, data, number, other)
        if one.id == two.id:
            raise InputError("tie_itself", code=one.code)
        if _links(session, one, two, kind):
            return False
        writing_pace.demand(session, actor, now)
        session.add(
            model.IssueLink(
                community_id=one.community_id, issue_id=int(one.id or 0), other_id=int(two.id or 0), kind=kind
            )
        )
        _note(session, actor, "issue_linked", one, two, now, address)
        return True


def unlink(
    store: Store,
    actor: Actor,
    data: CommunityData,
    number: int,
    other: int,
    kind: IssueLinkKind,
    *,
    now: dt.datetime,
    address: str = "",
) -> bool:
    """Take a link back; answer whether there was one.

    Raises
    ------
    Forbidden, NotFound, TooManyWrites, StoreError
        As `merge` does.
    """
    with store.write() as session:
        one, two = _pair(session, actor, data, number, other)
        found = _links(session, one, two, kind)
        if not found:
            return False
        writing_pace.demand(session, actor, now)
        for row_of_link in found:
            session.delete(row_of_link)
        _note(session, actor, "issue_unlinked", one, two, now, address)
        return True


def set_parent(
    store: Store,
    actor: Actor,
    data: CommunityData,
    number: int,
    parent: int | None,
    *,
    now: dt.datetime,
    address: str = "",
) -> int | None:
    """Make an issue part of a larger matter, or of none; return what it was part of, by which it is taken back.

    Raises
    ------
    Forbidden, NotFound, TooManyWrites, StoreError
        As `merge` does.
    InputError
        If the larger matter is itself part of the issue.
    """
    with store.write() as session:
        child = _theirs(session, actor, data, number)
        before = child.parent_id
        above = None if parent is None else survivor(session, _theirs(session, actor, data, parent))
        if above is not None and child.id in _upwards(session, above):
            raise InputError("tie_circle", code=child.code, other=above.code)
        if before == (None if above is None else above.id):
            return before
        writing_pace.demand(session, actor, now)
        child.parent_id = None if above is None else above.id
        _note(session, actor, "issue_parent_set", child, above, now, address)
        return before


# ------------------------------------------------------------------------------------------------- what is shown


def doubles(data: CommunityData, number: int) -> gpd.GeoDataFrame:
    """Return the doubles that were folded into an issue, the oldest first."""
    found = data.doubles[data.doubles["merged_into_id"] == number]
    ordered: gpd.GeoDataFrame = found.sort_values("reported_at", kind="stable")
    return ordered


def family(data: CommunityData, number: int) -> list[int]:
    """Return an issue and its doubles: all of them together hold its voices, photos and events."""
    return [number, *map(int, doubles(data, number).index)]


def standing(data: CommunityData, number: int) -> int:
    """Return the issue that a number leads to: of a double, the one it was folded into."""
    if number in data.doubles.index:
        return int(data.doubles.at[number, "merged_into_id"])
    return number


def orders(data: CommunityData, number: int) -> list[Order]:
    """Return the work orders that are part of an issue, its own first, each with its own limit."""
    rows = pd.concat([data.issues[data.issues.index == number], doubles(data, number)])
    rows = rows[rows["order_number"].notna()]
    return [
        Order(
            issue_id=int(one),
            number=str(row["order_number"]),
            state=IssueState(row["state"]),
            due_at=None if pd.isna(row["due_at"]) else row["due_at"],
            folded=int(one) != number,
        )
        for one, row in rows.iterrows()
    ]


def children(data: CommunityData, number: int, *, only_open: bool = False) -> gpd.GeoDataFrame:
    """Return the issues that are part of this one, or of a double of it; what to offer when it is closed."""
    found = data.issues[data.issues["parent_id"].isin(family(data, number))]
    if only_open:
        found = found[found["state"].isin([state.value for state in IssueState if state.is_open])]
    ordered: gpd.GeoDataFrame = found.sort_values("reported_at", kind="stable")
    return ordered


def parent(data: CommunityData, number: int) -> int | None:
    """Return the larger matter an issue is part of; None where there is none, or it is not seen."""
    above = data.issues["parent_id"].get(number)
    if above is None or pd.isna(above):
        return None
    found = standing(data, int(above))
    return found if found in data.issues.index else None


def links(data: CommunityData, number: int) -> list[tuple[int, IssueLinkKind, bool]]:
    """Return what an issue is linked to: the other issue, how, and whether the other one was known first."""
    own = set(family(data, number))
    found = []
    told = data.links[["issue_id", "other_id", "kind"]].itertuples(index=False, name=None)
    for first, second, kind in told:
        here, there = first in own, second in own
        if here == there or kind == IssueLinkKind.APART:
            continue
        other = standing(data, int(second if here else first))
        found.append((other, IssueLinkKind(kind), there))
    return list(dict.fromkeys(found))


# ----------------------------------------------------------------------------------------------------- the rows


def row(session: Session, data: CommunityData, number: int) -> model.Issue:
    """Return an issue of the community to be changed.

    Raises
    ------
    NotFound
        If there is none.
    """
    found = session.get(model.Issue, number, with_for_update=True)
    if found is None or found.community_id != data.community.id:
        raise NotFound("record_missing", number=str(number))
    return found


def survivor(session: Session, issue: model.Issue) -> model.Issue:
    """Return the issue that a double was folded into; any other issue itself."""
    return issue if issue.merged_into_id is None else session.get_one(model.Issue, issue.merged_into_id)


def _pair(
    session: Session, actor: Actor, data: CommunityData, number: int, other: int
) -> tuple[model.Issue, model.Issue]:
    return _theirs(session, actor, data, number), _theirs(session, actor, data, other)


def _theirs(session: Session, actor: Actor, data: CommunityData, number: int) -> model.Issue:
    records.demand_somewhere(actor, Action.EDIT_ISSUES, data)
    found = row(session, data, number)
    _demand(actor, data, found)
    return found


def _demand(actor: Actor, data: CommunityData, issue: model.Issue) -> None:
    records.demand(actor, Action.EDIT_ISSUES, data, issue.grid_id)


def _doubles_of(session: Session, issue: model.Issue) -> list[model.Issue]:
    wanted = sa.select(model.Issue).where(sa.inspect(model.Issue).c.merged_into_id == issue.id)
    return list(session.scalars(wanted.order_by(sa.inspect(model.Issue).c.id)))


def _links(session: Session, one: model.Issue, two: model.Issue, kind: IssueLinkKind) -> list[model.IssueLink]:
    """Return the links of a kind between two issues; only that something was known before has a direction."""
    column = sa.inspect(model.IssueLink).c
    there = sa.and_(column.issue_id == one.id, column.other_id == two.id)
    back = sa.and_(column.issue_id == two.id, column.other_id == one.id)
    wanted = there if kind is IssueLinkKind.FOUND_BEFORE else sa.or_(there, back)
    return list(session.scalars(sa.select(model.IssueLink).where(column.kind == kind, wanted)))


def _upwards(session: Session, issue: model.Issue) -> list[int]:
    """Return an issue and all that it is part of."""
    found: list[int] = []
    at: model.Issue | None = issue
    while at is not None and int(at.id or 0) not in found and len(found) < _FARTHEST:
        found.append(int(at.id or 0))
        at = None if at.parent_id is None else session.get(model.Issue, at.parent_id)
    return found


def _note(
    session: Session,
    actor: Actor,
    action: str,
    one: model.Issue,
    other: model.Issue | None,
    now: dt.datetime,
    address: str,
) -> None:
    told = one.code if other is None else f"{one.code} · {other.code}"
    audit.record(
        session,
        actor,
        action,
        target=told,
        target_id=one.id,
        community_id=one.community_id,
        address=address,
        now=now,
    )
