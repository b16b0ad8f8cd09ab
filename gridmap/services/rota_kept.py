"""A week's rota as it is kept: the draft, what people know, and the acts that led there."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Iterable
from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy.orm import Session

from gridmap import access, model
from gridmap.access import Action, Actor
from gridmap.model import Half
from gridmap.planning import rota, workdays
from gridmap.planning.rota import Assignment, Change, Duty, Slot
from gridmap.services import community_settings, rota_demand
from gridmap.store import Store


@dataclass(frozen=True, kw_only=True)
class Step:
    """One act on a rota.

    Parameters
    ----------
    at, by, act
        When, by whom, and what: ``made``, ``swapped``, ``published`` or ``withdrawn``.
    undone
        Whether it was taken back.
    draft, published
        The duties after it.
    changed
        What it changed in what people know.
    """

    at: dt.datetime
    by: str
    act: str
    undone: bool
    draft: tuple[Assignment, ...]
    published: tuple[Assignment, ...]
    changed: tuple[Change, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Kept:
    """A week's rota as it is kept.

    Parameters
    ----------
    week
        ISO week.
    acts
        How many acts there have been; 0 where nothing is kept.
    status
        What the solver knew of the draft; empty for one changed by hand.
    draft, published
        Duties in order; empty where there are none.
    published_at, published_by
        When and by whom it was published; None and empty while it is not.
    steps
        The acts, the newest first.
    """

    week: str
    acts: int = 0
    status: str = ""
    draft: tuple[Assignment, ...] = ()
    published: tuple[Assignment, ...] = ()
    published_at: dt.datetime | None = None
    published_by: str = ""
    steps: tuple[Step, ...] = ()

    @property
    def pending(self) -> tuple[Change, ...]:
        """What publishing the draft would change in what people know; nothing while nothing is published."""
        return rota.changes(self.published, self.draft) if self.published_at is not None else ()

    @property
    def can_undo(self) -> bool:
        """Whether there is an act to take back."""
        return any(not one.undone for one in self.steps)


def read(store: Store, actor: Actor | None, community: model.Community, week: str) -> Kept:
    """Return the rota of a week as far as ``actor`` sees it: the draft and its steps only if they plan it.

    Raises
    ------
    Forbidden
        If they see no rota there.
    InputError
        If there is no such week.
    """
    demand(actor, Action.SEE_ROTA, community)
    plans = actor is None or access.decide(actor, Action.MANAGE_ROTA, **_place(community)).allowed
    with store.read() as session:
        found = kept(session, community_settings.number(community), workdays.week_of(workdays.monday_of(week)))
    if plans:
        return found
    return Kept(
        week=found.week,
        acts=found.acts,
        draft=found.published,
        published=found.published,
        published_at=found.published_at,
        published_by=found.published_by,
    )


def kept(session: Session, community_id: int, week: str) -> Kept:
    """Return the rota of a week, as part of what reads more."""
    row = row_of(session, community_id, week)
    if row is None:
        return Kept(week=week)
    present = rota_demand.present_grids(session, community_id, workdays.monday_of(week))
    of = sa.inspect(model.RotaStep).c
    steps: list[Step] = []
    before: tuple[Assignment, ...] = ()
    for told in session.scalars(sa.select(model.RotaStep).where(of.rota_id == row.id).order_by(of.id)):
        content = json.loads(told.content)
        published = duties(content["published"])
        steps.append(
            Step(
                at=told.at,
                by=told.account_name,
                act=told.act,
                undone=told.undone,
                draft=duties(content["draft"]),
                published=published,
                changed=rota.changes(before, published) if before and published else (),
            )
        )
        before = before if told.undone else published
    return Kept(
        week=week,
        acts=row.acts,
        status=row.status,
        draft=rota_demand.duties(session, row, published=False, present=present),
        published=rota_demand.duties(session, row, published=True, present=present) if row.published_at else (),
        published_at=row.published_at,
        published_by=row.published_by,
        steps=tuple(reversed(steps)),
    )


def duties(told: Iterable[tuple[str, str, str, int, int | None]]) -> tuple[Assignment, ...]:
    """Read duties out of a step's content."""
    return tuple(
        Assignment(slot=Slot(day=dt.date.fromisoformat(day), half=Half(half)), duty=Duty(duty), staff=staff, grid=grid)
        for day, half, duty, staff, grid in told
    )


def row_of(session: Session, community_id: int, week: str) -> model.WeekRota | None:
    """Return the row of a week; None where nothing is kept."""
    of = sa.inspect(model.WeekRota).c
    return session.scalars(sa.select(model.WeekRota).where(of.community_id == community_id, of.week == week)).first()


def _place(community: model.Community) -> dict[str, int | None]:
    return {"street_id": community.street_id, "community_id": community.id}


def demand(actor: Actor | None, action: Action, community: model.Community) -> None:
    """Refuse whoever may not do ``action`` in a community.

    Raises
    ------
    Forbidden
    """
    # Whoever has the store itself, on the command line, is nobody's actor.
    if actor is not None:
        access.demand(actor, action, **_place(community))
