"""The poster of a week's receptions, from what the community keeps."""

from __future__ import annotations

import datetime as dt
from typing import Literal

import segno

from gridmap import access, i18n
from gridmap.access import Action, Actor
from gridmap.errors import InputError
from gridmap.model import Duty
from gridmap.planning import workdays
from gridmap.reports import poster
from gridmap.services import pictures, rota_calendars, rota_demand
from gridmap.services.community_data import CommunityData
from gridmap.store import Store

Form = Literal["pdf", "png"]
FORMS: tuple[Form, ...] = ("pdf", "png")
MIMES = {"pdf": "application/pdf", "png": "image/png"}


def draw(
    store: Store,
    actor: Actor,
    data: CommunityData,
    week: str,
    *,
    paper: poster.Paper,
    form: Form,
    link: str,
    now: dt.datetime,
    language: str,
) -> bytes:
    """Draw the poster of a week.

    Parameters
    ----------
    paper
        ``A4`` or ``A3``.
    form
        ``pdf`` or ``png``.
    link
        Where the QR code leads; empty for none.

    Raises
    ------
    Forbidden
        If ``actor`` may not plan rotas there.
    InputError
        If the community has no grid on the map.
    """
    place = {"street_id": data.community.street_id, "community_id": data.community.id}
    access.demand(actor, Action.MANAGE_ROTA, **place)
    if data.grids.geometry.is_empty.all():
        raise InputError("rota_no_map")
    made = of(store, data, week, link=link, now=now, language=language)
    return (
        poster.pdf(made, paper=paper, language=language)
        if form == "pdf"
        else poster.png(made, paper=paper, language=language)
    )


def of(store: Store, data: CommunityData, week: str, *, link: str, now: dt.datetime, language: str) -> poster.Poster:
    """Return what the poster of a week says; people are named only where the community's rules allow it."""
    monday = workdays.monday_of(week)
    told = workdays.week_of(monday)
    with store.read() as session:
        known = rota_demand.published(session, int(data.community.id or 0), told)
        names = dict(data.staff["name"])
    sittings = []
    for area, slot, sitting, rules in rota_calendars.held(store, data.community, now=now, weeks=1, week=told):
        there = [
            str(names.get(one.staff, ""))
            for one in known
            if rules.poster_names and (one.slot, one.duty, one.grid) == (slot, Duty.RECEPTION, area.id)
        ]
        half = i18n.text(f"rota.half.{slot.half}", language)
        sittings.append(
            poster.Sitting(
                grid=area.name,
                colour=area.colour,
                day=f"{i18n.weekday(slot.day, language)} {half}",
                hours=sitting.hours,
                place=sitting.place,
                names=i18n.listed(there, language),
                spot=sitting.geom,
            )
        )
    last = monday + dt.timedelta(days=6)
    span = {"first": i18n.date(monday, language), "last": i18n.date(last, language)}
    return poster.Poster(
        title=i18n.text("receptions.poster", language, community=data.community.name),
        subtitle=i18n.text("receptions.poster_week", language, **span),
        sittings=sittings,
        ground=pictures.ground(data),
        code=[[bool(dark) for dark in row] for row in segno.make(link, error="m", micro=False).matrix]
        if link
        else None,
        code_words=(i18n.text("receptions.scan", language), link) if link else (),
        none=i18n.text("receptions.none_in_week", language),
    )
