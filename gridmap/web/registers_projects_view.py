"""The register of the ten practical things: a year as list and map, the card of one, and the page for residents."""

from __future__ import annotations

import datetime as dt

import streamlit as st

from gridmap import access, i18n
from gridmap.access import Actor
from gridmap.services import register_lists, register_project_page, register_projects
from gridmap.services.community_data import CommunityData
from gridmap.services.register_projects import Projects
from gridmap.services.sight import Sight
from gridmap.web import chrome, downloads, registers_list_view, registers_project_view, sources
from gridmap.web.registers_state import RegistersState


def show(here: RegistersState, data: CommunityData, actor: Actor, language: str) -> None:
    """Show the projects of a year, or the card of the one that is chosen."""
    seen = Sight.of(actor, data.community)
    projects = register_projects.read(sources.store(), data)
    may = register_lists.may_edit(actor, data)
    year = _year(here, projects, language)
    if here.chosen is None and not here.adding:
        _said(projects, data, seen, year, language)
    listed = register_projects.listed(projects, data, seen, year, language)
    form = None
    if may:

        def form() -> None:
            registers_project_view.form(here, data, projects, None, year, language)

    registers_list_view.show(
        here, data, actor, listed, language, form=form,
        card=lambda number: registers_project_view.show(here, data, actor, projects, number, language, may=may),
    )  # fmt: skip


def _year(here: RegistersState, projects: Projects, language: str) -> int:
    """Ask which year; that of the chosen project where one is chosen."""
    if here.chosen in projects.rows.index:
        return int(projects.rows.at[here.chosen, "year"])
    chosen = here.day.year if here.day is not None else projects.day.year
    years = sorted({*projects.years(), chosen, projects.day.year + 1}, reverse=True)

    def take() -> None:
        here.day = dt.date(st.session_state["register-year"], 1, 1)

    if here.adding:
        return chosen
    st.selectbox(
        i18n.text("register.project.year", language), years, index=years.index(chosen), key="register-year",
        on_change=take, label_visibility="collapsed", width=110, format_func=str,
    )  # fmt: skip
    return chosen


def _said(projects: Projects, data: CommunityData, seen: Sight, year: int, language: str) -> None:
    """Say how the year stands, and offer the page for residents."""
    rows = projects.of(year)
    late = [int(one) for one in rows.index if projects.late_days(int(one))]
    done = int((rows["state"] == "done").sum())
    parts = [i18n.text("register.project.counted", language, n=len(rows), done=done)]
    if late:
        parts.append(i18n.text("register.project.late_n", language, n=len(late)))
    if len(rows) < register_projects.TEN:
        parts.append(i18n.text("register.project.short", language, n=register_projects.TEN - len(rows)))
    if len(rows) > register_projects.TEN:
        parts.append(i18n.text("register.project.more", language, n=len(rows) - register_projects.TEN))
    with st.container(horizontal=True, vertical_alignment="center"):
        st.markdown(" · ".join(chrome.literally(part) for part in parts), width="content")
        if seen.picture and len(rows):
            title = i18n.text("register.project.page", language)
            st.download_button(
                title,
                data=downloads.noted(
                    data, seen, access.Action.DOWNLOAD_PICTURE, title,
                    lambda: register_project_page.make(sources.store(), projects, data, year, language),
                ),
                file_name=downloads.file_name(data.community.name, title, str(year), ending="html"),
                mime="text/html", on_click="ignore", icon=":material/print:", key="register-project-page",
                help=i18n.text("register.project.page_help", language),
            )  # fmt: skip
