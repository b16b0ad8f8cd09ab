"""A week's rota that is kept: made, published, withdrawn, and each act taken back.

What the planners work on is the draft; what people know is the published rota. Each act leaves a step with both as they
are after it, so that undoing is going back to the step before. Whoever acts names how many acts they have seen, so that
of two secretaries the second is told what the first has done.
"""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from gridmap import i18n, model
from gridmap.access import Action, Actor
from gridmap.errors import Conflict, InputError, NotFound
from gridmap.planning import rota, rota_check
from gridmap.planning.rota import Assignment, Slot
from gridmap.services import accounts, audit, community_settings, rota_demand, rota_kept, rotas
from gridmap.services.rota_demand import Asked
from gridmap.store import Store, changes


def keep(
    store: Store,
    actor: Actor | None,
    community: model.Community,
    made: rotas.Week,
    *,
    seen: int,
    now: dt.datetime,
    address: str = "",
) -> rota_kept.Kept:
    """Keep what the solver found as the draft of its week.

    Parameters
    ----------
    seen
        How many acts there had been when the search began.

    Raises
    ------
    Forbidden
        If ``actor`` may not plan rotas there.
    Conflict
        If somebody else was faster.
    InputError
        If there is no rota to keep.
    """
    if not made.duties:
        raise InputError("rota_none", week=made.asked.week)
    return _act(
        store, actor, community, made.asked.week, "made", draft=made.duties, status=made.answer.status.value,
        seen=seen, now=now, address=address,
    )  # fmt: skip


def change(
    store: Store,
    actor: Actor | None,
    community: model.Community,
    week: str,
    duties: Sequence[Assignment],
    *,
    publish: bool,
    seen: int,
    now: dt.datetime,
    address: str = "",
) -> rota_kept.Kept:
    """Keep a draft that a person changed by exchanging two duties (`rota_swaps` checks that).

    Parameters
    ----------
    publish
        Whether people are to know it at once, in the same act.

    Raises
    ------
    Forbidden, Conflict
        As `keep`.
    """
    return _act(
        store, actor, community, week, "swapped", draft=duties, publish=publish, seen=seen, now=now, address=address
    )


def publish(
    store: Store,
    actor: Actor | None,
    community: model.Community,
    week: str,
    *,
    seen: int,
    now: dt.datetime,
    address: str = "",
) -> rota_kept.Kept:
    """Let everybody on the staff know the draft.

    Raises
    ------
    Forbidden, Conflict
        As `keep`.
    NotFound
        If there is no draft.
    InputError
        If the draft breaks a rule, which happens when somebody has fallen ill or left since it was made.
    """
    with store.read() as session:
        found = rota_kept.kept(session, community_settings.number(community), week)
        asked = rota_demand.read(session, community_settings.number(community), week)
    if not found.draft:
        raise NotFound("rota_no_draft", week=week)
    wrong = broken(asked, found.draft, accounts.day_of(now))
    if wrong:
        raise InputError("rota_broken", week=week, rules=[asked.phrase(rule) for rule in wrong])
    return _act(store, actor, community, week, "published", publish=True, seen=seen, now=now, address=address)


def withdraw(
    store: Store,
    actor: Actor | None,
    community: model.Community,
    week: str,
    *,
    seen: int,
    now: dt.datetime,
    address: str = "",
) -> rota_kept.Kept:
    """Take a published rota back; the draft stays.

    Raises
    ------
    Forbidden, Conflict
        As `keep`.
    NotFound
        If it is not published.
    """
    return _act(store, actor, community, week, "withdrawn", withdraw=True, seen=seen, now=now, address=address)


def undo(
    store: Store,
    actor: Actor,
    community: model.Community,
    week: str,
    *,
    seen: int,
    now: dt.datetime,
    address: str = "",
) -> str:
    """Take the last act back that was not taken back yet, and return which it was.

    Raises
    ------
    Forbidden, Conflict
        As `keep`.
    NotFound
        If there is none.
    """
    rota_kept.demand(actor, Action.MANAGE_ROTA, community)
    community_id = community_settings.number(community)
    of = sa.inspect(model.RotaStep).c
    with store.write() as session:
        row = _alone(session, community_id, week, seen)
        wanted = sa.select(model.RotaStep).where(of.rota_id == row.id, of.undone.is_(False)).order_by(of.id.desc())
        standing = list(session.scalars(wanted.limit(2)))
        if not standing:
            raise NotFound("rota_nothing_to_undo", week=week)
        last = standing[0]
        last.undone = True
        content: dict[str, Any] = json.loads(standing[1].content) if len(standing) > 1 else _content(row, (), ())
        row.acts += 1
        row.status = content["status"]
        row.published_at = None if content["at"] is None else dt.datetime.fromisoformat(content["at"])
        row.published_by = content["by"]
        _write(session, row, False, rota_kept.duties(content["draft"]))
        _write(session, row, True, rota_kept.duties(content["published"]))
        audit.record(
            session, actor, "rota_undone", target=week, target_id=row.id, community_id=community_id, address=address,
            now=now,
        )  # fmt: skip
        return last.act


def broken(asked: Asked, duties: Sequence[Assignment], today: dt.date) -> tuple[rota.Rule, ...]:
    """Return the rules that a rota breaks on ``today`` or later; what is over can no longer be mended."""
    return tuple(
        rule for rule in rota_check.broken(asked.demand, duties) if (rule.last or rule.first or today) >= today
    )


def _act(
    store: Store,
    actor: Actor | None,
    community: model.Community,
    week: str,
    act: str,
    *,
    seen: int,
    now: dt.datetime,
    address: str,
    draft: Sequence[Assignment] | None = None,
    status: str = "",
    publish: bool = False,
    withdraw: bool = False,
) -> rota_kept.Kept:
    rota_kept.demand(actor, Action.MANAGE_ROTA, community)
    community_id = community_settings.number(community)
    who = "" if actor is None else actor.display or actor.name
    with store.write() as session:
        row = _alone(session, community_id, week, seen)
        if withdraw and row.published_at is None:
            raise NotFound("rota_not_published", week=week)
        if draft is not None:
            row.status = status
            _write(session, row, False, draft)
        wanted = rota_demand.duties(session, row, published=False)
        if publish:
            row.published_at, row.published_by = now, who
            _write(session, row, True, wanted)
        if withdraw:
            row.published_at, row.published_by = None, ""
            _write(session, row, True, ())
        row.acts += 1
        known = rota_demand.duties(session, row, published=True)
        session.add(
            model.RotaStep(
                community_id=community_id,
                rota_id=int(row.id or 0),
                at=now,
                act=act,
                account_id=None if actor is None else actor.account_id,
                account_name=who,
                content=json.dumps(_content(row, wanted, known), separators=(",", ":")),
            )
        )
        audit.record(
            session, actor, f"rota_{act}", target=week, target_id=row.id, community_id=community_id, address=address,
            now=now,
        )  # fmt: skip
        session.flush()
        return rota_kept.kept(session, community_id, week)


def _alone(session: Session, community_id: int, week: str, seen: int) -> model.WeekRota:
    """Return the row of a week, made if there is none, and let nobody else change it until this transaction ends."""
    changes.alone(session, community_id)
    row = rota_kept.row_of(session, community_id, week)
    if row is None:
        row = model.WeekRota(community_id=community_id, week=week)
        session.add(row)
        session.flush()
    if row.acts != seen:
        of = sa.inspect(model.RotaStep).c
        last = session.scalars(sa.select(model.RotaStep).where(of.rota_id == row.id).order_by(of.id.desc())).first()
        raise Conflict(
            "rota_changed_meanwhile",
            week=week,
            name=(last.account_name if last is not None else "") or i18n.Phrase("rota.somebody"),
        )
    return row


def _write(session: Session, row: model.WeekRota, published: bool, wanted: Iterable[Assignment]) -> None:
    """Let the rows of a rota be these; whatever stays the same keeps its row.

    Who or what has been deleted since an earlier step does not come back with it.
    """
    of, staff, grids = (sa.inspect(cls).c for cls in (model.RotaDuty, model.Staff, model.Grid))
    here = set(session.scalars(sa.select(staff.id).where(staff.community_id == row.community_id)))
    areas = set(session.scalars(sa.select(grids.id).where(grids.community_id == row.community_id)))
    wanted = [one if one.grid in areas else replace(one, grid=None) for one in wanted if one.staff in here]
    mine = sa.select(model.RotaDuty).where(of.rota_id == row.id, of.published == published)
    left = set(wanted)
    for one in session.scalars(mine).all():
        told = Assignment(slot=Slot(day=one.day, half=one.half), duty=one.duty, staff=one.staff_id, grid=one.grid_id)
        if told in left:
            left.discard(told)
        else:
            session.delete(one)
    session.add_all(
        model.RotaDuty(
            community_id=row.community_id, rota_id=int(row.id or 0), day=one.slot.day, half=one.slot.half,
            duty=one.duty, staff_id=one.staff, grid_id=one.grid, published=published,
        )
        for one in sorted(left, key=lambda one: one.order)
    )  # fmt: skip
    session.flush()


def _content(row: model.WeekRota, draft: Iterable[Assignment], published: Iterable[Assignment]) -> dict[str, Any]:
    def told(duties: Iterable[Assignment]) -> list[list[object]]:
        return [[one.slot.day.isoformat(), one.slot.half, one.duty, one.staff, one.grid] for one in duties]

    return {
        "draft": told(draft),
        "published": told(published),
        "status": row.status if draft else "",
        "at": None if row.published_at is None or not published else row.published_at.isoformat(),
        "by": row.published_by if published else "",
    }
