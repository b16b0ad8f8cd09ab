"""The register of activities and receptions: a calendar, list and map, and the card of one with what came up."""

from __future__ import annotations

import datetime as dt

import streamlit as st

from gridmap import i18n, model
from gridmap.access import Actor
from gridmap.services import register_lists, register_meetings
from gridmap.services.community_data import CommunityData
from gridmap.services.register_issues import Subject
from gridmap.services.register_meetings import KINDS, Kind, Meeting
from gridmap.services.sight import Sight
from gridmap.web import (
    acts,
    record_history_view,
    registers_bin_view,
    registers_calendar,
    registers_issues_view,
    registers_list_view,
    registers_state,
    sources,
)
from gridmap.web.registers_calendar import Entry
from gridmap.web.registers_state import RegistersState

_WEEK, _MONTH = "week", "month"


def show(here: RegistersState, data: CommunityData, actor: Actor, language: str) -> None:
    """Show calendar and list, or the card of what is chosen."""
    seen = Sight.of(actor, data.community)
    known = register_meetings.held(sources.store(), data, language)
    by_key = {one.key: one for one in known}
    may = _may_somewhere(actor, data)
    form = None
    if may:

        def form() -> None:
            _new(here, data, actor, language)

    if here.chosen is None and not here.adding:
        _calendar(here, data, known, language)
    registers_list_view.show(
        here, data, actor, register_meetings.listed(known, data, language), language, form=form,
        card=lambda key: _card(here, data, actor, seen, by_key[key], language),
    )  # fmt: skip


def _may_somewhere(actor: Actor, data: CommunityData) -> bool:
    return any(register_lists.may_edit(actor, data, grid) for grid in (None, *actor.grid_ids))


def _calendar(here: RegistersState, data: CommunityData, known: list[Meeting], language: str) -> None:
    today = data.day
    at = here.day or today
    span = st.segmented_control(
        i18n.text("register.calendar.span", language), (_WEEK, _MONTH), default=_WEEK, required=True,
        key="register-span", format_func=lambda one: i18n.text(f"register.calendar.{one}", language),
        label_visibility="collapsed",
    )  # fmt: skip
    if span == _MONTH:
        first = at.replace(day=1)
        days = dt.timedelta(days=(first + dt.timedelta(days=32)).replace(day=1).toordinal() - first.toordinal())
        begin = registers_calendar.monday(first)
        end = registers_calendar.monday(first + days - dt.timedelta(days=1)) + dt.timedelta(days=6)
    else:
        first, days = registers_calendar.monday(at), dt.timedelta(weeks=1)
        begin, end = first, first + dt.timedelta(days=6)
    registers_calendar.steps(here, first, today, days, language, month=span == _MONTH)
    found = register_meetings.calendar(sources.store(), data, known, begin, end, language)
    entries = [_entry(one, today, language) for one in found]
    if span == _MONTH:
        registers_calendar.month(first, today, entries, language)
    else:
        registers_calendar.week(first, today, entries, language)
    st.caption(i18n.text("register.meeting.due_help", language))


def _entry(one: Meeting, today: dt.date, language: str) -> Entry:
    came = "" if one.attendance is None else i18n.text("register.meeting.came", language, n=one.attendance)
    heard = i18n.text("register.meeting.heard", language, n=one.issues) if one.issues else ""
    due = one.number is None and one.day < today
    parts = [one.place, came, heard, i18n.text("register.meeting.due", language) if due else ""]
    return Entry(
        day=one.day, hours=one.hours, title=one.name, more=" · ".join(part for part in parts if part),
        tone="due" if due else "",
    )  # fmt: skip


def _card(here: RegistersState, data: CommunityData, actor: Actor, seen: Sight, one: Meeting, language: str) -> None:
    may = register_lists.may_edit(actor, data, one.grid_id)
    if here.editing and may:
        _form(here, data, one.kind, one, language)
        return
    facts = {
        "kind": i18n.text(f"register.meeting.{one.kind}", language),
        "day": i18n.date(one.day, language),
        "hours": one.hours,
        "place": one.place,
        "grid": register_meetings.where(data, one),
        "group": "" if one.resident_group_id is None else str(data.groups.at[one.resident_group_id, "name"]),
        "attendance": "" if one.attendance is None else str(one.attendance),
        "note": one.note,
    }
    registers_list_view.facts(facts, language)
    if may:
        with st.container(horizontal=True):
            st.button(
                i18n.text("register.meeting.edit", language), icon=":material/edit:", key="register-edit",
                on_click=here.edit, args=(True,),
            )  # fmt: skip
            if one.number is not None:
                kind = "activities" if one.kind == "activity" else "receptions"
                title = f"{one.name} {i18n.date(one.day, language)}"
                registers_bin_view.button(here, data, kind, one.number, title, language, version=one.version, card=True)
    if seen.layer("issues") and one.number is not None:
        subject: Subject = "activity_id" if one.kind == "activity" else "reception_day_id"
        registers_issues_view.show(data, subject, one.number, one.name, language, grid_id=one.grid_id, may=may)
    if one.number is not None:
        cls = model.Activity if one.kind == "activity" else model.ReceptionDay
        record_history_view.show(data, actor, cls, one.number, language)


def _new(here: RegistersState, data: CommunityData, actor: Actor, language: str) -> None:
    """Ask what is to be noted: an activity, or a reception that was held."""
    kind: Kind = st.segmented_control(
        i18n.text("register.column.kind", language), KINDS, default="activity", required=True,
        key="register-meeting-kind",
        format_func=lambda one: i18n.text(f"register.meeting.{one}", language), label_visibility="collapsed",
    )  # fmt: skip
    if kind == "activity":
        _form(here, data, kind, None, language)
        return
    settled = register_meetings.settled(sources.store(), data)
    grids = [
        int(grid) for grid in data.grids.sort_values("letter").index if register_lists.may_edit(actor, data, int(grid))
    ]
    if not grids:
        st.info(i18n.text("rota.no_grids", language), icon=":material/info:")
        return
    names = data.grids["name"]
    grid = st.selectbox(
        i18n.text("register.column.grid", language), grids, format_func=lambda one: str(names[one]),
        key="register-meeting-grid", width=240,
    )  # fmt: skip
    usual = settled.get(grid)
    day = data.day
    if usual is not None:
        day -= dt.timedelta(days=(day.isoweekday() - usual.weekday) % 7)
        base = register_meetings.planned(data, usual, day, language)
    else:
        base = Meeting(
            kind="reception",
            number=None,
            version=None,
            day=day,
            hours="",
            place="",
            name=str(names[grid]),
            grid_id=grid,
        )
    _form(here, data, kind, base, language)


def _form(here: RegistersState, data: CommunityData, kind: Kind, base: Meeting | None, language: str) -> None:
    number = None if base is None else base.number
    grid = None if base is None else base.grid_id
    key = f"meeting-{kind}-{number}-{grid}-{here.turn}"
    # What the form was opened on: a change by somebody else meanwhile must not be overwritten unseen.
    opened: Meeting | None = st.session_state.setdefault(f"{key}-opened", base)

    def say(name: str) -> str:
        return i18n.text(f"register.column.{name}", language)

    name, point, group = "", None, None
    with st.form(key, border=True):
        if kind == "activity":
            name = st.text_input(
                say("name") + " *", value="" if opened is None else opened.name, max_chars=100, key=f"{key}-name"
            )
        with st.container(horizontal=True):
            day = st.date_input(
                say("day"),
                value=data.day if opened is None else opened.day,
                format="YYYY-MM-DD",
                key=f"{key}-day",
                width=150,
            )
            hours = st.text_input(
                say("hours"), value="" if opened is None else opened.hours, max_chars=100, key=f"{key}-hours", width=150
            )
            place = st.text_input(
                say("place"), value="" if opened is None else opened.place, max_chars=100, key=f"{key}-place", width=240
            )
            came = st.number_input(
                say("attendance"), value=None if opened is None else opened.attendance, min_value=0, max_value=100_000,
                step=1, key=f"{key}-came", width=130,
            )  # fmt: skip
        if kind == "activity":
            with st.container(horizontal=True):
                names: dict[int, str] = dict(zip(data.points.index.tolist(), data.points["name"].tolist(), strict=True))
                kept = None if opened is None else opened.service_point_id
                point = st.selectbox(
                    i18n.text("register.meeting.point", language), list(names), key=f"{key}-point", width=260,
                    index=list(names).index(kept) if kept in names else None, format_func=lambda one: names[one],
                    placeholder=i18n.text("record.none_chosen", language),
                )  # fmt: skip
                groups: dict[int, str] = dict(
                    zip(data.groups.index.tolist(), data.groups["name"].tolist(), strict=True)
                )
                whose = None if opened is None else opened.resident_group_id
                group = st.selectbox(
                    say("group"), list(groups), key=f"{key}-group", width=260,
                    index=list(groups).index(whose) if whose in groups else None, format_func=lambda one: groups[one],
                    placeholder=i18n.text("record.none_chosen", language),
                )  # fmt: skip
        note = st.text_area(
            say("note"), value="" if opened is None else opened.note, max_chars=2000, key=f"{key}-note", height=90,
            help=i18n.text("register.project.no_names", language),
        )  # fmt: skip
        sent = st.form_submit_button(i18n.text("register.save", language), type="primary", icon=":material/save:")

    def save() -> str:
        made = register_meetings.save(
            registers_state.writer(data, language), kind, opened, day=day, hours=hours, place=place, name=name,
            grid=grid, point=point, group=group, attendance=came, note=note,
        )  # fmt: skip
        here.choose(2 * made + (kind == "reception"))
        told = name or ("" if opened is None else opened.name)
        return i18n.text("register.saved", language, title=f"{told} {i18n.date(day, language)}")

    if sent and acts.attempt(save, language):
        st.rerun()
    if here.editing:
        st.button(i18n.text("acts.leave_it", language), key="register-leave", on_click=here.edit, args=(False,))
