"""Leave: who is away on which days, and for whom somebody stands in meanwhile.

The two of an A/B pair are never away together; whoever is there has the other's grids on the days of the leave.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable

import sqlalchemy as sa
from sqlalchemy.orm import Session

from gridmap import access, model
from gridmap.errors import Conflict, InputError, NotFound
from gridmap.services import audit
from gridmap.store import Store

LONGEST_DAYS = 366
"""More days in one go are a slip of the pen."""


def add(
    store: Store,
    by: access.Actor,
    staff_id: int,
    from_day: dt.date,
    to_day: dt.date,
    *,
    note: str = "",
) -> model.Leave:
    """Enter leave; it counts from the next page on, if its days have come.

    Parameters
    ----------
    store
        Where it is kept.
    by
        Who enters it.
    staff_id
        Who is away.
    from_day, to_day
        The first and the last day, in the time zone of the settings.
    note
        What colleagues need to know.

    Raises
    ------
    errors.Forbidden
        If ``by`` may not manage leave in that community.
    errors.InputError
        If the days are the wrong way round or too many, or the person or the other half of the pair is away by then.
    errors.NotFound
        If there is no such member of staff.
    """
    with store.write() as session:
        member = _member(session, by, staff_id)
        _demand_free(session, member, from_day, to_day)
        made = model.Leave(
            community_id=member.community_id,
            staff_id=staff_id,
            from_day=from_day,
            to_day=to_day,
            note=" ".join(note.split()),
        )
        session.add(made)
        session.flush()
        _record(session, by, "leave_added", made, member)
    return made


def change(
    store: Store,
    by: access.Actor,
    leave_id: int,
    from_day: dt.date,
    to_day: dt.date,
    *,
    note: str = "",
    version: int,
) -> model.Leave:
    """Change the days of a leave, such as when somebody is back earlier.

    Parameters are those of `add`; ``version`` is the version that was seen before.

    Raises
    ------
    errors.Conflict
        If somebody else changed it meanwhile.
    errors.Forbidden, errors.InputError
        As `add`.
    errors.NotFound
        If it is there no longer.
    """
    with store.write() as session:
        kept, member = _kept(session, by, leave_id)
        if kept.version != version:
            raise Conflict("leave_changed_meanwhile", name=member.name)
        _demand_free(session, member, from_day, to_day, but=leave_id)
        kept.from_day, kept.to_day, kept.note = from_day, to_day, " ".join(note.split())
        _record(session, by, "leave_changed", kept, member)
    return kept


def remove(store: Store, by: access.Actor, leave_id: int) -> None:
    """Take a leave back.

    Raises
    ------
    errors.Forbidden, errors.NotFound
        As `change`.
    """
    with store.write() as session:
        kept, member = _kept(session, by, leave_id)
        session.delete(kept)
        _record(session, by, "leave_removed", kept, member)


def listed(store: Store, by: access.Actor, community_id: int, *, since: dt.date) -> list[model.Leave]:
    """Return the leave of a community that is not over before ``since``, by its days.

    Raises
    ------
    errors.Forbidden
        If ``by`` may not manage leave there.
    """
    access.demand(by, access.Action.MANAGE_LEAVE, community_id=community_id)
    of = sa.inspect(model.Leave).c
    wanted = sa.select(model.Leave).where(of.community_id == community_id, of.to_day >= since)
    with store.read() as session:
        return list(session.scalars(wanted.order_by(of.from_day, of.to_day, of.id)))


def replaced_by(session: Session, staff_id: int, day: dt.date) -> frozenset[int]:
    """Return the members of staff for whom this one stands in on ``day``."""
    me = session.get(model.Staff, staff_id)
    if me is None:
        return frozenset()
    return frozenset(leave.staff_id for leave in _between(session, _pair(session, me), day, day))


def present(session: Session, staff_id: int, day: dt.date) -> int:
    """Return who is there on ``day`` for this member of the staff: themselves, or the other half of their pair."""
    me = session.get(model.Staff, staff_id)
    if me is None or not _between(session, [staff_id], day, day):
        return staff_id
    return min(_pair(session, me), default=staff_id)


def _member(session: Session, by: access.Actor, staff_id: int) -> model.Staff:
    member = session.get(model.Staff, staff_id)
    if member is None:
        raise NotFound("staff_gone")
    access.demand(by, access.Action.MANAGE_LEAVE, community_id=member.community_id)
    return member


def _kept(session: Session, by: access.Actor, leave_id: int) -> tuple[model.Leave, model.Staff]:
    kept = session.get(model.Leave, leave_id, with_for_update=True)
    if kept is None:
        raise NotFound("leave_gone")
    return kept, _member(session, by, kept.staff_id)


def _demand_free(
    session: Session, member: model.Staff, from_day: dt.date, to_day: dt.date, *, but: int | None = None
) -> None:
    if to_day < from_day:
        raise InputError("leave_backwards", first=from_day.isoformat(), last=to_day.isoformat())
    if (to_day - from_day).days >= LONGEST_DAYS:
        raise InputError("leave_long", n=LONGEST_DAYS)
    both = {_number(member), *_pair(session, member)}
    # Of two who enter leave for the two of a pair at the same time, the second sees the first.
    locked = sa.select(model.Staff).where(sa.inspect(model.Staff).c.id.in_(both)).with_for_update()
    names = {one.id: one.name for one in session.scalars(locked.order_by(sa.inspect(model.Staff).c.id))}
    for there in _between(session, both, from_day, to_day):
        if there.id == but:
            continue
        days = {"first": there.from_day.isoformat(), "last": there.to_day.isoformat()}
        if there.staff_id == member.id:
            raise InputError("leave_twice", name=member.name, **days)
        raise InputError("leave_pair", name=member.name, other=names[there.staff_id], **days)


def _pair(session: Session, member: model.Staff) -> set[int]:
    """Return the other half of the pair, whichever of the two rows says so."""
    of = sa.inspect(model.Staff).c
    told = [of.partner_id == member.id] + ([] if member.partner_id is None else [of.id == member.partner_id])
    wanted = sa.select(of.id).where(of.community_id == member.community_id, of.id != member.id, sa.or_(*told))
    return set(session.scalars(wanted))


def _between(session: Session, staff: Iterable[int], first: dt.date, last: dt.date) -> list[model.Leave]:
    of = sa.inspect(model.Leave).c
    wanted = sa.select(model.Leave).where(of.staff_id.in_(list(staff)), of.from_day <= last, of.to_day >= first)
    return list(session.scalars(wanted.order_by(of.from_day, of.id)))


def _record(session: Session, by: access.Actor, action: str, leave: model.Leave, member: model.Staff) -> None:
    # Not the note: why somebody is away is nobody else's business.
    audit.record(
        session,
        by,
        action,
        target=f"{member.name} {leave.from_day.isoformat()} - {leave.to_day.isoformat()}",
        target_id=leave.id,
        community_id=member.community_id,
    )


def _number(row: model.Row) -> int:
    if row.id is None:
        raise ValueError(f"{type(row).__name__} was never kept")
    return row.id
