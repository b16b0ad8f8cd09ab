"""What is settled for a person before a rota is made: duties they are to have, and half days on which they cannot."""

from __future__ import annotations

import datetime as dt

import sqlalchemy as sa
from sqlalchemy.orm import Session

from gridmap import access, i18n, model
from gridmap.access import Action, Actor
from gridmap.errors import InputError, NotFound
from gridmap.model import Duty, Half
from gridmap.planning import workdays
from gridmap.services import accounts, audit, community_settings, rota_demand
from gridmap.store import Store


def listed(store: Store, actor: Actor, community: model.Community, *, since: dt.date) -> list[model.RotaWish]:
    """Return what is settled for every week, and for single days from ``since`` on.

    Raises
    ------
    Forbidden
        If ``actor`` may not plan rotas there.
    """
    access.demand(actor, Action.MANAGE_ROTA, street_id=community.street_id, community_id=community.id)
    of = sa.inspect(model.RotaWish).c
    wanted = sa.select(model.RotaWish).where(
        of.community_id == community.id, sa.or_(of.weekday.is_not(None), of.day >= since)
    )
    with store.read() as session:
        found = list(session.scalars(wanted.order_by(of.id)))
    return sorted(found, key=lambda one: (one.weekday is None, one.weekday or 0, one.day or since, one.staff_id))


def add(
    store: Store,
    actor: Actor,
    community: model.Community,
    wish: model.RotaWish,
    *,
    now: dt.datetime,
    address: str = "",
) -> None:
    """Settle something for a person.

    Raises
    ------
    Forbidden
        If ``actor`` may not plan rotas there.
    NotFound
        If there is no such member of staff.
    InputError
        If neither a day nor a weekday is named, a duty lacks its grid, a reception is not held then, or it is settled
        already.
    """
    access.demand(actor, Action.MANAGE_ROTA, street_id=community.street_id, community_id=community.id)
    community_id = community_settings.number(community)
    with store.write() as session:
        member = session.get(model.Staff, wish.staff_id)
        if member is None or member.community_id != community_id or not member.active:
            raise NotFound("rota_nobody")
        _demand_sound(session, community_id, wish, member, now)
        wish.community_id = community_id
        wish.note = " ".join(wish.note.split())
        session.add(wish)
        session.flush()
        _note(session, actor, "rota_wish_added", wish, member, now, address)


def remove(
    store: Store, actor: Actor, community: model.Community, number: int, *, now: dt.datetime, address: str = ""
) -> None:
    """Take back what was settled.

    Raises
    ------
    Forbidden, NotFound
    """
    access.demand(actor, Action.MANAGE_ROTA, street_id=community.street_id, community_id=community.id)
    with store.write() as session:
        wish = session.get(model.RotaWish, number)
        if wish is None or wish.community_id != community.id:
            raise NotFound("rota_wish_gone")
        member = session.get_one(model.Staff, wish.staff_id)
        session.delete(wish)
        _note(session, actor, "rota_wish_removed", wish, member, now, address)


def told(wish: model.RotaWish, grids: dict[int, str], language: str) -> tuple[str, str]:
    """Return when and what was settled, in words."""
    half = i18n.text(f"rota.half.{wish.half or 'day'}", language)
    if wish.weekday is not None:
        monday = dt.date(2024, 1, 1)  # any Monday: only its name is said
        name = i18n.weekday_name(monday + dt.timedelta(days=wish.weekday - 1), language)
        day = i18n.text("rota.wish.every", language, day=name)
    else:
        day = "" if wish.day is None else i18n.weekday(wish.day, language)
    if wish.duty is None:
        what = i18n.text("rota.wish.part_time" if wish.weekday is not None else "rota.wish.away", language)
    else:
        grid = "" if wish.grid_id is None else grids.get(wish.grid_id, "?")
        what = " ".join([i18n.text(f"rota.duty.{wish.duty}", language), grid]).strip()
    return f"{day} {half}", what


def _demand_sound(
    session: Session, community_id: int, wish: model.RotaWish, member: model.Staff, now: dt.datetime
) -> None:
    if (wish.day is None) == (wish.weekday is None) or not 1 <= (wish.weekday or 1) <= 7:
        raise InputError("rota_wish_day")
    if wish.day is not None and wish.day < accounts.day_of(now):
        raise InputError("rota_wish_past", day=wish.day.isoformat())
    if wish.duty == Duty.DESK and member.post == model.PostKind.SECRETARY:
        raise InputError("rota_wish_desk", name=member.name)
    if wish.duty in (None, Duty.DESK):
        wish.grid_id = None
    if wish.duty == Duty.RECEPTION and not _is_held(session, community_id, wish, now):
        raise InputError("rota_wish_reception")
    of = sa.inspect(model.RotaWish).c
    same = sa.select(model.RotaWish).where(
        of.community_id == community_id, of.staff_id == wish.staff_id,
        of.day == wish.day if wish.day is not None else of.day.is_(None),
        of.weekday == wish.weekday if wish.weekday is not None else of.weekday.is_(None),
    )  # fmt: skip
    for other in session.scalars(same):
        if None in (other.half, wish.half) or other.half == wish.half:
            raise InputError("rota_wish_twice", name=member.name)


def _is_held(session: Session, community_id: int, wish: model.RotaWish, now: dt.datetime) -> bool:
    present = rota_demand.present_grids(session, community_id, wish.day or accounts.day_of(now))
    of, calendar = sa.inspect(model.Reception).c, workdays.official()
    for sitting in session.scalars(sa.select(model.Reception).where(of.community_id == community_id)):
        if present.get(sitting.grid_id) != wish.grid_id or wish.half not in (None, Half(sitting.half)):
            continue
        if wish.weekday == sitting.weekday:
            return True
        if wish.day is not None:
            monday = wish.day - dt.timedelta(days=wish.day.weekday())
            if calendar.held_on(monday, sitting.weekday) == wish.day:
                return True
    return False


def _note(
    session: Session,
    actor: Actor,
    action: str,
    wish: model.RotaWish,
    member: model.Staff,
    now: dt.datetime,
    address: str,
) -> None:
    # Not the note: why somebody cannot is nobody else's business.
    when = wish.day.isoformat() if wish.day is not None else f"W{wish.weekday}"
    audit.record(
        session, actor, action, target=f"{member.name} {when}", target_id=wish.id, community_id=member.community_id,
        address=address, now=now,
    )  # fmt: skip
