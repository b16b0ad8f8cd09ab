"""The page of rotas: the choice of week and part, and the week itself as each sees it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass

import streamlit as st

from gridmap import access, errors, i18n, model
from gridmap.access import Action, Actor
from gridmap.exchange import workbook
from gridmap.planning import rota, workdays
from gridmap.services import accounts, record_rows, rota_demand, rota_kept, rota_tables
from gridmap.services.community_data import CommunityData
from gridmap.services.rota_demand import Asked
from gridmap.services.rota_kept import Kept
from gridmap.web import (
    chrome,
    downloads,
    rota_fairness_view,
    rota_plan_view,
    rota_receptions_view,
    rota_rules_view,
    rota_share_view,
    rota_sheet,
    rota_state,
    rota_wishes_view,
    sources,
)
from gridmap.web.rota_state import RotaState


@dataclass(frozen=True)
class Part:
    """One part of the page: its name, also its words' (``rota.part.<name>``), what it needs, and what shows it."""

    name: str
    needs: Action
    show: Callable[[RotaState, CommunityData, Actor, str], None]


def show(data: CommunityData, actor: Actor, language: str) -> None:
    """Show the part that is chosen, of those that the person may see."""
    today = accounts.day_of(dt.datetime.now(dt.UTC))
    here = rota_state.current(int(data.community.id or 0), today)
    parts = {part.name: part for part in PARTS if access.permission(actor.role, part.needs)}
    if here.part not in parts:
        here.part = "week"
    with st.container(horizontal=True, vertical_alignment="center", key="rota-top"):
        if len(parts) > 1:
            _parts(here, list(parts), language)
        if parts[here.part].show in _OF_A_WEEK:
            _weeks(here, today, language)
    parts[here.part].show(here, data, actor, language)
    rota_state.remember(here, language)


def _parts(here: RotaState, names: list[str], language: str) -> None:
    st.session_state["rota-part"] = here.part

    def choose() -> None:
        here.part = st.session_state["rota-part"] or here.part

    st.segmented_control(
        i18n.text("page.rota", language),
        names,
        required=True,
        key="rota-part",
        on_change=choose,
        format_func=lambda name: i18n.text(f"rota.part.{name}", language),
        label_visibility="collapsed",
    )


def _weeks(here: RotaState, today: dt.date, language: str) -> None:
    this = workdays.week_of(today)

    def told(week: str) -> str:
        monday = workdays.monday_of(week)
        days = {"first": i18n.day(monday, language), "last": i18n.day(monday + dt.timedelta(days=6), language)}
        key = "rota.this_week" if week == this else "rota.week"
        return i18n.text(key, language, week=week, **days)

    st.session_state["rota-week"] = here.week
    with st.container(horizontal=True, vertical_alignment="center", key="rota-weeks", width="content"):
        for weeks_on, icon in ((-1, ":material/chevron_left:"), (1, ":material/chevron_right:")):
            if weeks_on == 1:
                st.selectbox(
                    i18n.text("rota.choose_week", language),
                    rota_state.weeks(here.week, today),
                    key="rota-week",
                    format_func=told,
                    on_change=lambda: here.go(st.session_state["rota-week"]),
                    label_visibility="collapsed",
                    width=300,
                )
            st.button(
                "",
                icon=icon,
                key=f"rota-week-{weeks_on}",
                help=i18n.text("rota.week_before" if weeks_on < 0 else "rota.week_after", language),
                on_click=lambda n=weeks_on: here.go(rota_state.beside(here.week, n)),
            )


def week(here: RotaState, data: CommunityData, actor: Actor, language: str) -> None:
    """Show the week: to planners what they plan, to the others what is published, with their own duties first."""
    store = sources.store()
    kept = rota_kept.read(store, actor, data.community, here.week)
    with store.read() as session:
        staff_id = record_rows.staff(session, actor)
        try:
            asked = rota_demand.read(session, here.community, here.week)
        except errors.InputError as fault:
            st.info(chrome.literally(fault.sentence(language)), icon=":material/info:")
            return
    if access.permission(actor.role, Action.MANAGE_ROTA):
        rota_plan_view.show(here, data, actor, kept, asked, language)
    elif not kept.published:
        st.info(i18n.text("rota.none_published", language), icon=":material/event_busy:")
        return
    else:
        zone = sources.time_zone()
        assert kept.published_at is not None  # for mypy: there are duties
        told = i18n.time(kept.published_at, language, zone)
        st.caption(chrome.literally(i18n.text("rota.since", language, time=told, name=kept.published_by)))
        if staff_id is not None:
            _mine(asked, kept, staff_id, language)
    if kept.draft:
        _table(here, data, asked, kept, staff_id, language)
    rota_plan_view.history(data, kept, asked, language)


def _mine(asked: Asked, kept: Kept, staff_id: int, language: str) -> None:
    st.markdown(f"**{i18n.text('rota.my_week', language)}**")
    today = accounts.day_of(dt.datetime.now(dt.UTC))
    st.html(rota_sheet.my_week(asked, kept.published, staff_id, language, today))


def _table(here: RotaState, data: CommunityData, asked: Asked, kept: Kept, staff_id: int | None, language: str) -> None:
    marked = {(one.slot, one.staff) for one in kept.pending}
    with st.container(horizontal=True, vertical_alignment="center", key="rota-looks"):
        look = st.segmented_control(
            i18n.text("rota.look", language),
            ["duty", "person"],
            default="duty",
            required=True,
            key="rota-look",
            format_func=lambda name: i18n.text(f"rota.look.{name}", language),
            label_visibility="collapsed",
        )
        title = i18n.text("rota.title", language, community=data.community.name, week=here.week)
        st.download_button(
            i18n.text("table.excel", language),
            data=downloads.listed(Action.SEE_ROTA, title, lambda who: excel(who, data.community, here.week, language)),
            file_name=downloads.file_name(
                data.community.name, i18n.text("page.rota", language), here.week, ending="xlsx"
            ),
            mime=workbook.MIME,
            icon=":material/table_view:",
            on_click="ignore",
            key="rota-xlsx",
        )
    draw = rota_sheet.by_person if look == "person" else rota_sheet.by_duty
    st.html(draw(asked, kept.draft, language, marked=marked, me=staff_id))


def excel(actor: Actor, community: model.Community, week: str, language: str) -> bytes:
    """Return the week as Excel: by duty, by person, and for planners the loads and what publishing would change."""
    store = sources.store()
    kept = rota_kept.read(store, actor, community, week)
    with store.read() as session:
        asked = rota_demand.read(session, int(community.id or 0), week)
    tables = {
        i18n.text("rota.look.duty", language): rota_tables.by_duty(asked, kept.draft, language),
        i18n.text("rota.look.person", language): rota_tables.by_person(asked, kept.draft, language),
    }
    if access.permission(actor.role, Action.MANAGE_ROTA):
        tables[i18n.text("rota.part.fairness", language)] = rota_tables.fairness(asked, kept.draft, language)
    if kept.pending:
        tables[i18n.text("rota.pending", language)] = rota_tables.changes(asked, kept.pending, language)
    published = kept.published_at is not None and not rota.changes(kept.published, kept.draft)
    note = i18n.text("rota.note_published" if published else "rota.note_draft", language)
    title = i18n.text("rota.title", language, community=community.name, week=week)
    return workbook.write(tables, title=title, note=note, time_zone=sources.time_zone())


PARTS = (
    Part("week", Action.SEE_ROTA, week),
    Part("wishes", Action.MANAGE_ROTA, rota_wishes_view.show),
    Part("receptions", Action.MANAGE_ROTA, rota_receptions_view.show),
    Part("fairness", Action.MANAGE_ROTA, rota_fairness_view.show),
    Part("share", Action.SEE_ROTA, rota_share_view.show),
    Part("rules", Action.CHANGE_SETTINGS, rota_rules_view.show),
)
"""The parts in their order."""
_OF_A_WEEK = (week, rota_fairness_view.show, rota_share_view.show)
