"""Grid receptions: on which half day of the week, from when to when, and where each grid's is held."""

from __future__ import annotations

import datetime as dt

import sqlalchemy as sa
from shapely import Point
from sqlalchemy.orm import Session

from gridmap import access, model
from gridmap.access import Action, Actor
from gridmap.errors import InputError, NotFound
from gridmap.model import Half
from gridmap.services import accounts, audit, community_settings, rota_demand, rota_rules
from gridmap.store import Store

_LONGEST_PLACE = 100


def listed(store: Store, actor: Actor, community: model.Community, *, day: dt.date) -> dict[int, model.Reception]:
    """Return the reception of each grid of the division of ``day`` that has one, by the grid's number.

    Raises
    ------
    Forbidden
        If ``actor`` sees no rota there.
    """
    access.demand(actor, Action.SEE_ROTA, street_id=community.street_id, community_id=community.id)
    with store.read() as session:
        return _by_grid(session, community_settings.number(community), day)


def save(
    store: Store,
    actor: Actor,
    community: model.Community,
    grid_id: int,
    *,
    weekday: int,
    half: Half,
    hours: str,
    place: str,
    geom: Point | None,
    now: dt.datetime,
    address: str = "",
) -> None:
    """Settle when and where a grid's reception is held; rotas that are made from now on go by it.

    Parameters
    ----------
    geom
        Where that is, in WGS 84; None where it stays as it is.

    Raises
    ------
    Forbidden
        If ``actor`` may not plan rotas there.
    NotFound
        If there is no such grid.
    InputError
        If the hours are none, or not in that half day, or the place is not named.
    """
    access.demand(actor, Action.MANAGE_ROTA, street_id=community.street_id, community_id=community.id)
    community_id, told = community_settings.number(community), " ".join(place.split())
    span = rota_rules.span(hours)
    if span is None:
        raise InputError("rota_hours", hours=hours)
    if (span[0] < dt.time(12)) != (half == Half.MORNING):
        raise InputError("rota_hours_half", hours=hours)
    if not told or len(told) > _LONGEST_PLACE or not 1 <= weekday <= 7:
        raise InputError("rota_reception_place", n=_LONGEST_PLACE)
    with store.write() as session:
        area = session.get(model.Grid, grid_id)
        if area is None or area.community_id != community_id:
            raise NotFound("rota_no_grid")
        row = _by_grid(session, community_id, accounts.day_of(now)).get(grid_id)
        if row is None:
            row = model.Reception(
                community_id=community_id, grid_id=grid_id, weekday=weekday, half=half, hours=hours, place=told
            )
            session.add(row)
        row.grid_id, row.weekday, row.half = grid_id, weekday, half
        row.hours = f"{span[0]:%H:%M}-{span[1]:%H:%M}"
        row.place = told
        if geom is not None:
            row.geom = geom
        session.flush()
        audit.record(
            session, actor, "rota_reception_saved", target=f"{area.name} {told}", target_id=row.id,
            community_id=community_id, address=address, now=now,
        )  # fmt: skip


def remove(
    store: Store, actor: Actor, community: model.Community, grid_id: int, *, now: dt.datetime, address: str = ""
) -> None:
    """Hold a grid's reception no longer; rotas that are published stay as they are.

    Raises
    ------
    Forbidden, NotFound
    """
    access.demand(actor, Action.MANAGE_ROTA, street_id=community.street_id, community_id=community.id)
    community_id = community_settings.number(community)
    with store.write() as session:
        row = _by_grid(session, community_id, accounts.day_of(now)).get(grid_id)
        if row is None:
            raise NotFound("rota_no_grid")
        session.delete(row)
        audit.record(
            session, actor, "rota_reception_removed", target=row.place, target_id=row.id, community_id=community_id,
            address=address, now=now,
        )  # fmt: skip


def _by_grid(session: Session, community_id: int, day: dt.date) -> dict[int, model.Reception]:
    present = rota_demand.present_grids(session, community_id, day)
    of = sa.inspect(model.Reception).c
    found = session.scalars(sa.select(model.Reception).where(of.community_id == community_id).order_by(of.id))
    return {present[one.grid_id]: one for one in found if one.grid_id in present}
