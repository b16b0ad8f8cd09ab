"""The register of service points: list, map, and the card of one with venue, groups, timetable and room."""

from __future__ import annotations

import datetime as dt

import streamlit as st

from gridmap import access, i18n, model
from gridmap.access import Action, Actor
from gridmap.services import accounts, register_lists, register_points, register_teams, register_writing
from gridmap.services.community_data import CommunityData
from gridmap.services.register_points import Group
from gridmap.services.sight import Sight
from gridmap.web import (
    acts,
    chrome,
    contact_view,
    record_history_view,
    registers_issues_view,
    registers_kinds_view,
    registers_list_view,
    registers_rooms_view,
    registers_state,
    registers_stations_view,
    registers_team_view,
    sources,
)
from gridmap.web.registers_state import RegistersState


def show(here: RegistersState, data: CommunityData, actor: Actor, language: str) -> None:
    """Show the service points, or the card of the one that is chosen."""
    listed = register_points.listed(data, language)
    registers_list_view.show(
        here, data, actor, listed, language, card=lambda number: _card(here, data, actor, number, language),
        recorded="points" if access.permission(actor.role, Action.EDIT_POINTS) else None,
    )  # fmt: skip
    if here.chosen is None:
        registers_kinds_view.show(data, actor, language)
        today = accounts.day_of(dt.datetime.now(dt.UTC))
        every = register_points.timetable(sources.store(), data, today, language)
        st.subheader(i18n.text("register.point.timetable", language), anchor=False)
        if every.empty:
            st.caption(i18n.text("register.point.no_timetable", language))
        else:
            st.dataframe(every, hide_index=True, width="stretch", placeholder="")
        seen = Sight.of(actor, data.community)
        if seen.tables:
            title = i18n.text("register.point.timetable", language)
            registers_list_view.excel(data, seen, title, every, language, key="-timetable")
    elif not here.editing:
        may = register_lists.may_edit(actor, data, register_writing.point_grid(data, here.chosen))
        registers_rooms_view.show(here, data, here.chosen, language, may=may)


def _card(here: RegistersState, data: CommunityData, actor: Actor, number: int, language: str) -> None:
    seen = Sight.of(actor, data.community)
    grid_id = register_writing.point_grid(data, number)
    may = register_lists.may_edit(actor, data, grid_id)
    team = register_teams.read(sources.store(), data, seen, number)
    if here.editing and may:
        registers_team_view.venue_form(here, data, number, team, language)
        return
    kind = data.kinds.label(str(data.points.at[number, "kind"]), language)
    where = register_points.titles(data, number, language)
    registers_stations_view.venue(team, language, more={"kind": kind, "grid": where})
    if may:
        st.button(
            i18n.text("register.point.edit", language), icon=":material/edit:", key="register-edit",
            on_click=here.edit, args=(True,),
        )  # fmt: skip
    found = register_points.groups(sources.store(), data, number)
    for group in found:
        with st.container(border=True, key=f"register-group-{group.number}"):
            _group(here, data, number, group, seen, grid_id, language, may=may)
    if not found:
        st.caption(i18n.text("register.group.none", language))
    if may:
        with st.expander(i18n.text("register.group.add", language), icon=":material/group_add:"):
            _form(here, data, number, None, language)
    record_history_view.show(data, actor, model.ServicePoint, number, language)


def _group(
    here: RegistersState,
    data: CommunityData,
    point: int,
    group: Group,
    seen: Sight,
    grid_id: int | None,
    language: str,
    *,
    may: bool,
) -> None:
    with st.container(horizontal=True, vertical_alignment="center"):
        n = i18n.text("register.group.members", language, n=group.members)
        told = " · ".join(part for part in (n, group.hours, group.note) if part)
        st.markdown(f"**{chrome.literally(group.name)}** {chrome.literally(told)}", width="stretch")
        if group.leader and seen.person(grid_id):
            st.markdown(
                chrome.literally(i18n.text("register.group.leader", language, who=group.leader)), width="content"
            )
            look = i18n.text("register.open_contact", language)
            if st.button(look, key=f"register-leader-{group.number}", icon=":material/visibility:"):
                contact_view.ask("group", group.number, language)
    if seen.layer("issues"):
        registers_issues_view.show(
            data, "resident_group_id", group.number, group.name, language, grid_id=grid_id, may=may
        )
    if may:
        with st.expander(i18n.text("register.group.change", language), icon=":material/edit:"):
            _form(here, data, point, group, language)


def _form(here: RegistersState, data: CommunityData, point: int, group: Group | None, language: str) -> None:
    key = f"group-{point}-{0 if group is None else group.number}-{here.turn}"

    def say(name: str) -> str:
        return i18n.text(f"record.field.{name}", language)

    kept = str(data.points.at[point, "kind"]) if group is None else group.kind
    kinds = data.kinds.offered([] if group is None else [kept])
    with st.form(key, border=False):
        name = st.text_input(say("name"), value="" if group is None else group.name, max_chars=100, key=f"{key}-name")
        with st.container(horizontal=True):
            kind = st.selectbox(
                say("kind"), kinds, index=kinds.index(kept) if kept in kinds else None, key=f"{key}-kind", width=180,
                format_func=lambda code: data.kinds.label(code, language),
            )  # fmt: skip
            members = st.number_input(
                i18n.text("register.column.members", language), value=0 if group is None else group.members,
                min_value=0, max_value=10_000, key=f"{key}-members", width=130,
            )  # fmt: skip
            hours = st.text_input(
                i18n.text("register.group.hours", language), value="" if group is None else group.hours, max_chars=100,
                key=f"{key}-hours", width=220,
            )  # fmt: skip
        with st.container(horizontal=True):
            leader = st.text_input(
                i18n.text("register.group.leader_label", language), max_chars=50, key=f"{key}-leader", width=200,
                placeholder="" if group is None else group.leader, autocomplete="off",
            )  # fmt: skip
            phone = st.text_input(
                i18n.text("register.team.phone", language),
                max_chars=30,
                key=f"{key}-phone",
                width=180,
                autocomplete="off",
            )
        note = st.text_input(
            i18n.text("register.group.note", language), value="" if group is None else group.note, max_chars=500,
            key=f"{key}-note",
        )  # fmt: skip
        st.caption(i18n.text("register.team.names_help", language))
        sent = st.form_submit_button(i18n.text("register.save", language), type="primary", icon=":material/save:")
    values: dict[str, object] = {"name": name, "kind": kind, "members": members, "hours": hours, "note": note}

    def save() -> str:
        writes = registers_state.writer(data, language)
        register_points.save(writes, point, group, values, leader=leader, phone=phone)
        return i18n.text("register.saved", language, title=name)

    if sent and acts.attempt(save, language):
        here.turn += 1
        st.rerun()
    if group is None:
        return
    number = group.number

    def dissolve(by: Actor) -> str:
        told = register_points.dissolve(registers_state.writer(data, language, by), point, number)
        here.turn += 1
        return i18n.text("register.group.dissolved", language, name=told)

    word = i18n.text("register.group.dissolve", language)
    if st.button(word, icon=":material/link_off:", key=f"{key}-dissolve"):
        question = i18n.text("register.group.dissolve_ask", language, name=group.name)
        acts.ask(word, question, word, dissolve, language)
