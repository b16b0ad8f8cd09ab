"""Duties and receptions as iCalendar (RFC 5545), for the calendars of staff and of residents."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from sqlalchemy.orm import Session

from gridmap import access, i18n, model, settings
from gridmap.access import Action, Actor
from gridmap.planning import workdays
from gridmap.planning.rota import Slot
from gridmap.services import accounts, community_settings, grids, rota_demand, rota_rules
from gridmap.services.rota_rules import Rules
from gridmap.store import Store

if TYPE_CHECKING:
    from icalendar import Calendar, Event

_REFRESH = dt.timedelta(hours=1)
_BACK, _AHEAD = 1, 12
_PUBLIC_AHEAD = 8


def begun(name: str) -> Calendar:
    """Return a calendar without events that programs look at every hour."""
    from icalendar import Calendar  # only calendars need it, and a page should not wait for it

    made = Calendar()
    made.add("prodid", "-//gridmap//community//ZH")
    made.add("version", "2.0")
    made.add("method", "PUBLISH")
    made.add("x-wr-calname", name)
    made.add("refresh-interval", _REFRESH, parameters={"value": "DURATION"})
    return made


def written(made: Calendar) -> bytes:
    """Return a calendar as a file; one without events names its time zone: RFC 5545 (3.6) wants some component."""
    from icalendar import Timezone

    if not made.subcomponents:
        made.add_component(Timezone.from_tzid(settings.from_environment().time_zone))
    return bytes(made.to_ical())


def duties(
    store: Store,
    community: model.Community,
    staff_id: int,
    *,
    now: dt.datetime,
    language: str,
    week: str | None = None,
) -> list[Event]:
    """Return a person's published duties as events, from last week on, or of one week."""
    community_id = community_settings.number(community)
    today = accounts.day_of(now)
    first = today - dt.timedelta(days=today.weekday())
    mondays = [first + dt.timedelta(weeks=n) for n in range(-_BACK, _AHEAD + 1)]
    found = []
    with store.read() as session:
        rules = rota_rules.within(session, community_id)
        for monday in mondays if week is None else [workdays.monday_of(week)]:
            present = rota_demand.present_grids(session, community_id, max(monday, today))
            told = rota_demand.published(session, community_id, workdays.week_of(monday), present)
            mine = [one for one in told if one.staff == staff_id]
            if not mine:
                continue
            names = _names(session, community_id, max(monday, today))
            sittings = _held(session, community_id, monday, today)
            for one in mine:
                sitting = None if one.grid is None else sittings.get((one.grid, one.slot))
                what = i18n.text(f"rota.duty.{one.duty}", language)
                grid = names.get(one.grid or 0, "")
                found.append(
                    _event(
                        f"rota-{community.code}-{one.slot.day:%Y%m%d}-{one.slot.half}-{staff_id}",
                        f"{what} · {grid}" if grid else what,
                        one.slot,
                        "" if sitting is None or one.duty != "reception" else sitting.hours,
                        "" if sitting is None or one.duty != "reception" else sitting.place,
                        rules,
                        now,
                    )
                )
    return found


def week_of(
    store: Store, actor: Actor, community: model.Community, staff_id: int, week: str, *, now: dt.datetime, language: str
) -> bytes:
    """Return the published duties of a person in a week as a file for their calendar.

    Raises
    ------
    Forbidden
        If ``actor`` sees no rota there.
    """
    access.demand(actor, Action.SEE_ROTA, street_id=community.street_id, community_id=community.id)
    made = begun(i18n.text("rota.calendar", language, community=community.name))
    for event in duties(store, community, staff_id, now=now, language=language, week=week):
        made.add_component(event)
    return written(made)


def receptions(store: Store, community: model.Community, *, now: dt.datetime, language: str) -> bytes:
    """Return when and where receptions are held in this and the next weeks; nobody is named."""
    made = begun(i18n.text("receptions.calendar", language, community=community.name))
    for area, slot, sitting, rules in held(store, community, now=now, weeks=_PUBLIC_AHEAD):
        made.add_component(
            _event(
                f"reception-{community.code}-{area.code}-{slot.day:%Y%m%d}-{slot.half}",
                i18n.text("receptions.event", language, grid=area.name),
                slot,
                sitting.hours,
                sitting.place,
                rules,
                now,
            )
        )
    return written(made)


def held(
    store: Store, community: model.Community, *, now: dt.datetime, weeks: int, week: str | None = None
) -> Iterator[tuple[model.Grid, Slot, model.Reception, Rules]]:
    """Return the receptions of so many weeks from this one on, or of one week, in order."""
    community_id = community_settings.number(community)
    today = accounts.day_of(now)
    first = today - dt.timedelta(days=today.weekday())
    found = []
    with store.read() as session:
        rules = rota_rules.within(session, community_id)
        mondays = [first + dt.timedelta(weeks=n) for n in range(weeks)]
        for monday in mondays if week is None else [workdays.monday_of(week)]:
            version = grids.current_version(session, community_id, max(monday, today))
            areas = {} if version is None else {one.id: one for one in grids.grids_within(session, version)}
            for (grid, slot), sitting in _held(session, community_id, monday, today).items():
                if grid in areas:
                    found.append((areas[grid], slot, sitting, rules))
    yield from sorted(found, key=lambda one: (one[1].order, one[0].letter))


def _held(
    session: Session, community_id: int, monday: dt.date, today: dt.date
) -> dict[tuple[int, Slot], model.Reception]:
    day = max(monday, today)
    return rota_demand.held(session, community_id, monday, rota_demand.present_grids(session, community_id, day))[0]


def _names(session: Session, community_id: int, day: dt.date) -> dict[int, str]:
    version = grids.current_version(session, community_id, day)
    areas = [] if version is None else grids.grids_within(session, version)
    return {int(one.id or 0): one.name for one in areas}


def _event(uid: str, summary: str, slot: Slot, hours: str, place: str, rules: Rules, now: dt.datetime) -> Event:
    from icalendar import Event

    zone = ZoneInfo(settings.from_environment().time_zone)
    begin, end = rules.hours(slot.half, hours)
    made: Any = Event()
    made.add("uid", f"{uid}@gridmap")
    made.add("dtstamp", now.astimezone(dt.UTC))
    # In UTC: a calendar then needs no table of time zones.
    made.add("dtstart", dt.datetime.combine(slot.day, begin, tzinfo=zone).astimezone(dt.UTC))
    made.add("dtend", dt.datetime.combine(slot.day, end, tzinfo=zone).astimezone(dt.UTC))
    made.add("summary", summary)
    if place:
        made.add("location", place)
    return made  # type: ignore[no-any-return]
