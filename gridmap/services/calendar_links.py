"""Links under which a person's deadlines are read by a calendar: made and taken back by that person, and told once."""

from __future__ import annotations

import datetime as dt
import secrets

import sqlalchemy as sa
from sqlalchemy.orm import Session

from gridmap import access, i18n, model
from gridmap.access import Action, Actor
from gridmap.errors import NotFound, SignInFailed
from gridmap.services import accounts, audit, issue_reminders, record_rows, rota_calendars, sight, sign_in_tries
from gridmap.services.community_data import CommunityData
from gridmap.services.issue_reminders import Reminder
from gridmap.services.sight import Sight
from gridmap.store import Store

MIME = "text/calendar; charset=utf-8"
_USED_EVERY = dt.timedelta(hours=1)


def make(store: Store, actor: Actor, community: model.Community, *, now: dt.datetime) -> str:
    """Make a link for ``actor``, in place of one they have, and return its token, which is kept nowhere else.

    Raises
    ------
    errors.Forbidden
        If they see no issues.
    """
    access.demand_somewhere(actor, Action.SEE_ISSUES)
    token = secrets.token_urlsafe(32)
    with store.write() as session:
        _end(session, actor, now)
        link = model.CalendarLink(
            community_id=int(community.id or 0),
            account_id=actor.account_id,
            token_hash=accounts.token_hash(token),
            made_at=now,
        )
        session.add(link)
        session.flush()
        audit.record(
            session, actor, "calendar_made", target=actor.name, target_id=link.id, community_id=community.id, now=now
        )
    return token


def revoke(store: Store, actor: Actor, *, now: dt.datetime) -> None:
    """Let the person's link show nothing any more.

    Raises
    ------
    errors.NotFound
        If they have none.
    """
    with store.write() as session:
        if not _end(session, actor, now):
            raise NotFound("calendar_none")
        audit.record(session, actor, "calendar_ended", target=actor.name, community_id=actor.community_id, now=now)


def standing(store: Store, actor: Actor) -> model.CalendarLink | None:
    """Return the link that a person has, None where there is none."""
    of = accounts.columns(model.CalendarLink)
    wanted = sa.select(model.CalendarLink).where(of.account_id == actor.account_id, of.revoked_at.is_(None))
    with store.read() as session:
        return session.scalars(wanted).first()


def open_(store: Store, token: str, *, address: str, now: dt.datetime) -> tuple[model.CalendarLink, Actor, int | None]:
    """Return the link whose token this is, whose it is as their rights stand now, and their number among the staff.

    Raises
    ------
    errors.SignInFailed
        If there is none, it was taken back, or the account is not active.
    errors.TooManyTries
        If there were too many failures from this address; they count with those of sign-in.
    """
    of, hashed = accounts.columns(model.CalendarLink), accounts.token_hash(token)
    with store.read() as session:
        wanted = sa.select(model.CalendarLink).where(of.token_hash == hashed, of.revoked_at.is_(None))
        link = session.scalars(wanted).first()
        account = None if link is None else session.get(model.Account, link.account_id)
        person = None if account is None else accounts.person(session, account, now=now)
        staff_id = None if person is None else record_rows.staff(session, person)
    if link is None or person is None:
        sign_in_tries.begin(store, f"calendar {hashed}", address, now)
        raise SignInFailed("calendar_link")
    if (link.used_at is None or now - link.used_at >= _USED_EVERY) and not store.is_writing:
        with store.write() as session:
            session.get_one(model.CalendarLink, link.id).used_at = now
    return link, person, staff_id


def feed(
    store: Store, data: CommunityData, actor: Actor, staff_id: int | None, *, now: dt.datetime, language: str
) -> bytes:
    """Return what waits for a person and has a limit, and their duties, as iCalendar (RFC 5545).

    Of an issue: category, code and place, no text. Of the rota: what is published.

    Raises
    ------
    errors.Forbidden
        If they see nothing of the community.
    """
    # Only calendars need it, and a page should not wait for it.
    from icalendar import Alarm, Event

    seen = sight.masked(data, Sight.of(actor, data.community))
    found = issue_reminders.of(seen, actor, staff_id, now, language)
    made = rota_calendars.begun(i18n.text("calendar.name", language, community=data.community.name))
    for one in (*found.late, *found.soon, *found.waiting):
        if one.step.due is None:
            continue
        day = accounts.day_of(one.step.due)
        event = Event()
        event.add("uid", f"issue-{data.community.code}-{one.issue_id}@gridmap")
        event.add("dtstamp", now.astimezone(dt.UTC))
        event.add("dtstart", day)
        event.add("dtend", day + dt.timedelta(days=1))
        event.add("summary", _summary(one, language))
        if one.place:
            event.add("location", one.place)
        event.add("transp", "TRANSPARENT")
        if one.step.state != "late":
            alarm = Alarm()
            alarm.add("action", "DISPLAY")
            alarm.add("description", _summary(one, language))
            alarm.add("trigger", dt.timedelta(hours=-15))
            event.add_component(alarm)
        made.add_component(event)
    if staff_id is not None and access.permission(actor.role, Action.SEE_ROTA):
        for duty in rota_calendars.duties(store, data.community, staff_id, now=now, language=language):
            made.add_component(duty)
    return rota_calendars.written(made)


def _summary(one: Reminder, language: str) -> str:
    late = f"【{i18n.text('step.late', language)}】" if one.step.state == "late" else ""
    told = f"{late}{one.category} · {one.code}"
    return f"{told} · {one.step.label}" if one.step.label else told


def _end(session: Session, actor: Actor, now: dt.datetime) -> bool:
    of = accounts.columns(model.CalendarLink)
    wanted = sa.select(model.CalendarLink).where(of.account_id == actor.account_id, of.revoked_at.is_(None))
    found = list(session.scalars(wanted))
    for link in found:
        link.revoked_at = now
    return bool(found)
