"""Rooms of service points: what takes place there every week, and who has them once; nobody has one twice.

Whoever books locks the service point's row first, on every database, and looks then: of two at once the second sees
what the first has kept, and is told who has the room and when it is free.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass
from zoneinfo import ZoneInfo

import pandas as pd
import sqlalchemy as sa
from sqlalchemy.orm import Session

from gridmap import errors, i18n, model, privacy, settings
from gridmap.errors import InputError
from gridmap.services import record_checks, register_writing, rota_rules
from gridmap.services.community_data import CommunityData
from gridmap.services.register_writing import REMOVED, SAVED, Writer
from gridmap.store import Store

OPENS, CLOSES = dt.time(7), dt.time(22)
"""Between which hours free times are told."""
_LEAST = dt.timedelta(minutes=15)
_FARTHEST = dt.timedelta(days=366)
_LONGEST = 100
_SHOWN = 4


@dataclass(frozen=True, kw_only=True)
class Slot:
    """A time at which a room is taken.

    Parameters
    ----------
    begin, end
        In the office's time zone.
    what, holder
        What for, and who has it ("" where nobody said).
    booking, weekly
        Number of the booking, or of the weekly activity, that takes it.
    """

    begin: dt.datetime
    end: dt.datetime
    what: str
    holder: str
    booking: int | None = None
    weekly: int | None = None


class Taken(errors.Conflict):
    """The room is taken at that time.

    Parameters
    ----------
    slots
        What takes it.
    free
        When it is free on that day, from and to.
    """

    def __init__(self, slots: tuple[Slot, ...], free: tuple[tuple[dt.time, dt.time], ...]) -> None:
        super().__init__("room_taken", n=len(slots))
        self.slots = slots
        self.free = free

    def sentence(self, language: str) -> str:
        """Say who has the room, and what is free."""
        told = [
            i18n.text(
                "register.room.held", language, hours=hours(one.begin.time(), one.end.time()),
                day=i18n.date(one.begin.date(), language), what=one.what,
                holder=one.holder or i18n.text("register.room.nobody", language),
            )
            for one in self.slots[:_SHOWN]
        ]  # fmt: skip
        if len(self.slots) > _SHOWN:
            told.append("…")
        free = i18n.listed([hours(*one) for one in self.free], language)
        key = "register.room.free" if self.free else "register.room.full"
        said = i18n.text("error.room_taken", language, held=i18n.listed(told, language))
        return said + ("" if language == "zh" else " ") + i18n.text(key, language, hours=free)


def hours(begin: dt.time, end: dt.time) -> str:
    """Write hours as they are kept."""
    return f"{begin:%H:%M}-{end:%H:%M}"


def book(
    writer: Writer,
    point: int,
    day: dt.date,
    begin: dt.time,
    end: dt.time,
    *,
    purpose: str,
    group: int | None,
    holder: str,
    zone: str,
) -> int:
    """Take a room once and return the booking's number.

    Parameters
    ----------
    point
        The service point whose room it is.
    day, begin, end
        When, by the clock of ``zone``.
    purpose
        What for.
    group, holder
        Who has it: a group that is registered, or whoever else.
    zone
        IANA name of the office's time zone.

    Raises
    ------
    Taken
        If the room is not free; nothing is kept then.
    InputError
        If the times are none, it is long past or far off, or nobody says what for.
    Forbidden, NotFound, TooManyWrites, StoreError
    """
    what, who = record_checks.line(purpose)[:_LONGEST], record_checks.line(holder)[:_LONGEST]
    here = ZoneInfo(zone)
    first, last = (dt.datetime.combine(day, one, here) for one in (begin, end))
    if last - first < _LEAST:
        raise InputError("room_hours", least=int(_LEAST.total_seconds() // 60))
    if last <= writer.now or first > writer.now + _FARTHEST:
        raise InputError("room_day")
    if not what:
        raise InputError("room_purpose")
    with writer.writing(register_writing.point_grid(writer.data, point)) as session:
        place = writer.row(session, model.ServicePoint, point)
        if group is not None:
            writer.row(session, model.ResidentGroup, group)
        there = slots(session, writer.data, point, day, day, here)
        _demand_free(there, first, last, day)
        row = model.RoomBooking(
            community_id=writer.community_id, service_point_id=point, starts_at=first, ends_at=last, purpose=what,
            resident_group_id=group, holder="" if group is not None else who,
        )  # fmt: skip
        session.add(row)
        session.flush()
        writer.note(session, SAVED, f"{place.name} {what}", row.id)
        return int(row.id or 0)


def demand_again(session: Session, data: CommunityData, row: model.RoomBooking) -> None:
    """Refuse a booking that was put back if somebody else has the room at that time meanwhile.

    Raises
    ------
    Taken
    """
    here = ZoneInfo(settings.from_environment().time_zone)
    session.get_one(model.ServicePoint, row.service_point_id, with_for_update=True)
    day = row.starts_at.astimezone(here).date()
    there = [one for one in slots(session, data, row.service_point_id, day, day, here) if one.booking != row.id]
    _demand_free(there, row.starts_at, row.ends_at, day)


def repeat(
    writer: Writer,
    point: int,
    weekday: int,
    span: str,
    *,
    name: str,
    group: int | None,
    from_day: dt.date,
    until_day: dt.date | None,
    zone: str,
) -> int:
    """Give a room to something that takes place there every week, and return its number.

    Parameters
    ----------
    weekday
        Monday is 1.
    span
        Hours, such as ``09:00-11:30``.
    from_day, until_day
        First and last day; None where no end is set.

    Raises
    ------
    Taken
        If something else has the room on one of those days, as far as a year ahead is known.
    InputError
        If the hours are none, the name is missing, or the end comes before the beginning.
    Forbidden, NotFound, TooManyWrites, StoreError
    """
    read, what = rota_rules.span(span), record_checks.line(name)[:_LONGEST]
    if read is None:
        raise InputError("rota_hours", hours=span[:40])
    if not what:
        raise InputError("room_purpose")
    if until_day is not None and until_day < from_day:
        raise InputError("room_until")
    here = ZoneInfo(zone)
    with writer.writing(register_writing.point_grid(writer.data, point)) as session:
        place = writer.row(session, model.ServicePoint, point)
        if group is not None:
            writer.row(session, model.ResidentGroup, group)
        last = min(until_day or dt.date.max, from_day + _FARTHEST)
        day = from_day + dt.timedelta(days=(weekday - from_day.isoweekday()) % 7)
        there = slots(session, writer.data, point, from_day, last, here)
        while day <= last:
            begin, end = (dt.datetime.combine(day, one, here) for one in read)
            _demand_free(there, begin, end, day)
            day += dt.timedelta(weeks=1)
        row = model.WeeklyActivity(
            community_id=writer.community_id, service_point_id=point, weekday=weekday, hours=hours(*read), name=what,
            from_day=from_day, until_day=until_day, resident_group_id=group,
        )  # fmt: skip
        session.add(row)
        session.flush()
        writer.note(session, SAVED, f"{place.name} {what}", row.id)
        return int(row.id or 0)


def stop(writer: Writer, weekly: int, last_day: dt.date) -> str:
    """End a weekly activity after a day; one that has not begun by then goes. Returns its name.

    Raises
    ------
    Forbidden, NotFound, TooManyWrites, StoreError
    """
    with writer.store.read() as session:
        found = session.get(model.WeeklyActivity, weekly)
        point = None if found is None else found.service_point_id
    with writer.writing(register_writing.point_grid(writer.data, point)) as session:
        row = writer.row(session, model.WeeklyActivity, weekly)
        if row.from_day > last_day:
            session.delete(row)
        else:
            row.until_day = last_day
        writer.note(session, REMOVED, row.name, weekly)
        return str(row.name)


def week(store: Store, data: CommunityData, point: int, monday: dt.date, zone: str) -> list[Slot]:
    """Return when a room is taken in a week, in the order of time."""
    with store.read() as session:
        return slots(session, data, point, monday, monday + dt.timedelta(days=6), ZoneInfo(zone))


def slots(
    session: Session, data: CommunityData, point: int, first: dt.date, last: dt.date, here: ZoneInfo
) -> list[Slot]:
    """Return when a room is taken from the first day to the last, in the order of time."""
    begin = dt.datetime.combine(first, dt.time(0), here)
    end = dt.datetime.combine(last, dt.time(0), here) + dt.timedelta(days=1)
    of = sa.inspect(model.RoomBooking).c
    mine = sa.select(model.RoomBooking).where(of.service_point_id == point, of.starts_at < end, of.ends_at > begin)
    names = data.groups["name"].to_dict()
    found = [
        Slot(
            begin=one.starts_at.astimezone(here), end=one.ends_at.astimezone(here), what=privacy.mask_text(one.purpose),
            holder=names.get(one.resident_group_id, privacy.mask_text(one.holder)), booking=one.id,
        )
        for one in session.scalars(mine)
    ]  # fmt: skip
    every = sa.inspect(model.WeeklyActivity).c
    for weekly in session.scalars(sa.select(model.WeeklyActivity).where(every.service_point_id == point)):
        span = rota_rules.span(weekly.hours)
        day = max(first, weekly.from_day)
        day += dt.timedelta(days=(weekly.weekday - day.isoweekday()) % 7)
        while span is not None and day <= min(last, weekly.until_day or last):
            found.append(
                Slot(
                    begin=dt.datetime.combine(day, span[0], here), end=dt.datetime.combine(day, span[1], here),
                    what=weekly.name, holder=names.get(weekly.resident_group_id, ""), weekly=weekly.id,
                )
            )  # fmt: skip
            day += dt.timedelta(weeks=1)
    return sorted(found, key=lambda one: one.begin)


def free(taken: Iterable[Slot], day: dt.date) -> tuple[tuple[dt.time, dt.time], ...]:
    """Return when a room is free on a day, between the hours in which anybody would use it."""
    found, at = [], OPENS
    for one in sorted((one for one in taken if one.begin.date() == day), key=lambda one: one.begin):
        if one.begin.time() > at:
            found.append((at, min(one.begin.time(), CLOSES)))
        at = max(at, one.end.time())
    if at < CLOSES:
        found.append((at, CLOSES))
    return tuple((begin, end) for begin, end in found if begin < end)


def table(taken: Iterable[Slot], language: str) -> pd.DataFrame:
    """Return a week of a room as a table: day, hours, what, who."""
    rows = [
        {
            "day": f"{i18n.date(one.begin.date(), language)} {i18n.weekday_name(one.begin.date(), language)}",
            "hours": hours(one.begin.time(), one.end.time()),
            "what": one.what,
            "holder": one.holder,
            "weekly": i18n.text("register.room.weekly" if one.weekly is not None else "register.room.once", language),
        }
        for one in taken
    ]
    words = {name: i18n.text(f"register.column.{name}", language) for name in ("day", "hours", "what", "holder")}
    words["weekly"] = i18n.text("register.room.how", language)
    return pd.DataFrame(rows, columns=list(words)).rename(columns=words)


def _demand_free(there: list[Slot], first: dt.datetime, last: dt.datetime, day: dt.date) -> None:
    clash = tuple(one for one in there if one.begin < last and one.end > first)
    if clash:
        raise Taken(clash, free(there, day))
