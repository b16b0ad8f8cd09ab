"""The room of a service point: who has it in a week, and booking it once or every week."""

from __future__ import annotations

import datetime as dt

import streamlit as st

from gridmap import i18n
from gridmap.access import Actor
from gridmap.services import accounts, register_rooms
from gridmap.services.community_data import CommunityData
from gridmap.services.register_rooms import Slot
from gridmap.web import acts, registers_bin_view, registers_calendar, registers_state, sources
from gridmap.web.registers_state import RegistersState

_WEEK = dt.timedelta(weeks=1)


def show(here: RegistersState, data: CommunityData, point: int, language: str, *, may: bool) -> None:
    """Show the week of a room, and (``may``) what it takes to have it."""
    today = accounts.day_of(dt.datetime.now(dt.UTC))
    monday = registers_calendar.monday(here.day or today)
    taken = register_rooms.week(sources.store(), data, point, monday, sources.time_zone())
    with st.container(key="register-room"):
        st.subheader(_say("title", language), anchor=False)
        registers_calendar.steps(here, monday, today, _WEEK, language)
        registers_calendar.week(monday, today, [_entry(one, language) for one in taken], language)
        if not taken:
            st.caption(_say("none", language))
        if not may:
            return
        once, weekly, back = st.tabs([_say(tab, language) for tab in ("book", "repeat", "release")])
        with once:
            _book(here, data, point, today, language)
        with weekly:
            _repeat(here, data, point, today, language)
        with back:
            _release(here, data, taken, language)


def _say(key: str, language: str, **fields: object) -> str:
    return i18n.text(f"register.room.{key}", language, **fields)


def _entry(one: Slot, language: str) -> registers_calendar.Entry:
    kind = _say("weekly" if one.weekly is not None else "once", language)
    told = " · ".join(part for part in (one.holder, kind) if part)
    return registers_calendar.Entry(
        day=one.begin.date(), hours=register_rooms.hours(one.begin.time(), one.end.time()), title=one.what, more=told
    )


def group(data: CommunityData, point: int, key: str, language: str) -> int | None:
    """Ask which group it is for; those of this point come first."""
    rows = data.groups.assign(away=data.groups["service_point_id"] != point).sort_values("away", kind="stable")
    names: dict[int, str] = dict(zip(rows.index.tolist(), rows["name"].tolist(), strict=True))
    chosen: int | None = st.selectbox(
        _say("group", language), list(names), index=None, format_func=lambda one: names[one], key=key,
        placeholder=_say("no_group", language), width=240,
    )  # fmt: skip
    return chosen


def _book(here: RegistersState, data: CommunityData, point: int, today: dt.date, language: str) -> None:
    key = f"room-{point}-{here.turn}"
    with st.form(f"{key}-book", border=False):
        with st.container(horizontal=True, vertical_alignment="bottom"):
            day = st.date_input(
                _say("day", language), value=max(today, here.day or today), min_value=today, format="YYYY-MM-DD",
                key=f"{key}-day", width=150,
            )  # fmt: skip
            begin = st.time_input(
                _say("begin", language), value=dt.time(14, 30), step=900, key=f"{key}-begin", width=110
            )
            end = st.time_input(_say("end", language), value=dt.time(16, 30), step=900, key=f"{key}-end", width=110)
            purpose = st.text_input(_say("purpose", language), max_chars=100, key=f"{key}-purpose", width=220)
            whose = group(data, point, f"{key}-group", language)
            holder = st.text_input(_say("holder", language), max_chars=100, key=f"{key}-holder", width=200)
        sent = st.form_submit_button(_say("book", language), type="primary", icon=":material/event_available:")

    def book() -> str:
        register_rooms.book(
            registers_state.writer(data, language), point, day, begin, end, purpose=purpose, group=whose, holder=holder,
            zone=sources.time_zone(),
        )  # fmt: skip
        return _say("booked", language, day=i18n.date(day, language), hours=register_rooms.hours(begin, end))

    if sent and acts.attempt(book, language):
        here.day = day
        here.turn += 1
        st.rerun()


def _repeat(here: RegistersState, data: CommunityData, point: int, today: dt.date, language: str) -> None:
    key = f"weekly-{point}-{here.turn}"
    with st.form(f"{key}-repeat", border=False):
        with st.container(horizontal=True, vertical_alignment="bottom"):
            names = registers_calendar.weekdays(language)
            weekday = st.selectbox(
                i18n.text("rota.wish.weekday", language), list(names), format_func=lambda n: names[n],
                key=f"{key}-weekday", width=110,
            )  # fmt: skip
            begin = st.time_input(_say("begin", language), value=dt.time(9), step=900, key=f"{key}-begin", width=110)
            end = st.time_input(_say("end", language), value=dt.time(11), step=900, key=f"{key}-end", width=110)
            name = st.text_input(_say("purpose", language), max_chars=100, key=f"{key}-name", width=220)
            whose = group(data, point, f"{key}-group", language)
            first = st.date_input(
                _say("from", language), value=today, format="YYYY-MM-DD", key=f"{key}-from", width=150
            )
            last = st.date_input(
                _say("until", language), value=None, format="YYYY-MM-DD", key=f"{key}-until", width=150
            )
        sent = st.form_submit_button(_say("repeat", language), type="primary", icon=":material/event_repeat:")

    def repeat() -> str:
        register_rooms.repeat(
            registers_state.writer(data, language), point, weekday, register_rooms.hours(begin, end), name=name,
            group=whose, from_day=first, until_day=last, zone=sources.time_zone(),
        )  # fmt: skip
        return i18n.text("register.saved", language, title=name)

    if sent and acts.attempt(repeat, language):
        here.turn += 1
        st.rerun()


def _release(here: RegistersState, data: CommunityData, taken: list[Slot], language: str) -> None:
    if not taken:
        st.caption(_say("none", language))
        return
    names = {
        n: f"{i18n.weekday(one.begin.date(), language)} "
        f"{register_rooms.hours(one.begin.time(), one.end.time())} {one.what} {one.holder}"
        for n, one in enumerate(taken)
    }
    n = st.selectbox(
        _say("which", language), list(names), format_func=lambda n: names[n], key=f"room-free-{here.turn}", width=420
    )
    one = taken[n]

    word = _say("release", language)
    if one.booking is not None:
        if st.button(word, icon=":material/event_busy:", key="room-release"):
            registers_bin_view.ask(here, data, "bookings", one.booking, names[n].strip(), language)
        return

    def stop(by: Actor) -> str:
        last = one.begin.date() - dt.timedelta(days=1)
        register_rooms.stop(registers_state.writer(data, language, by), int(one.weekly or 0), last)
        here.turn += 1
        return _say("released", language, what=one.what)

    if st.button(word, icon=":material/event_busy:", key="room-release"):
        acts.ask(word, _say("stop_ask", language, what=names[n].strip()), word, stop, language)
