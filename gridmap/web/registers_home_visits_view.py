"""What the desk has handled at home: how often, the log, and a new line in it."""

from __future__ import annotations

from typing import Any

import streamlit as st

from gridmap import i18n
from gridmap.services import desk, home_visits, layers
from gridmap.services.community_data import CommunityData
from gridmap.services.sight import Sight
from gridmap.web import acts, registers_bin_view, registers_list_view, registers_state, sources
from gridmap.web.registers_state import RegistersState

_ON_SCREEN = 1000  # rows sent to the browser; Excel has them all


def _say(key: str, language: str, **fields: object) -> str:
    return i18n.text(f"desk.{key}", language, **fields)


def show(here: RegistersState, data: CommunityData, seen: Sight, language: str, *, may: bool) -> None:
    """Show the log, and (``may``) what it takes to add a line or to delete one."""
    month, year = home_visits.counts(sources.store(), data)
    st.markdown(f"**{_say('visits', language)}** · {_say('visits.counts', language, month=month, year=year)}")
    st.caption(_say("visits.about", language))
    if may:
        _form(here, data, language)
    table = home_visits.table(data, home_visits.read(sources.store(), data), language)
    if table.empty:
        st.caption(_say("visits.none", language))
        return
    shown: Any = st.dataframe(
        table.head(_ON_SCREEN).apply(registers_list_view.days_told), hide_index=True, width="stretch", placeholder="",
        height=38 + 35 * min(len(table), 8), key=f"home-visits-{language}-{here.turn}",
        on_select="rerun" if may else "ignore", selection_mode="single-row",
    )  # fmt: skip
    with st.container(horizontal=True):
        if seen.tables:
            registers_list_view.excel(data, seen, _say("visits", language), table, language, "-home-visits")
        picked = shown["selection"]["rows"] if may else []
        if picked:
            row = table.iloc[picked[0]]
            title = f"{row.iloc[0].isoformat()} {row.iloc[1]}"
            registers_bin_view.button(here, data, "home_visits", int(table.index[picked[0]]), title, language)


def _form(here: RegistersState, data: CommunityData, language: str) -> None:
    handled = desk.matters(data, at_home=True)["name"]
    matters: dict[int, str] = dict(zip(handled.index.tolist(), handled.tolist(), strict=True))
    if not matters:
        st.caption(_say("visits.no_matters", language))
        return
    homes = layers.building_titles(data.buildings, language)
    titles: dict[int, str] = dict(zip(homes.index.tolist(), homes.tolist(), strict=True))
    key = f"home-visit-{here.turn}"
    with (
        st.expander(_say("visits.add", language), icon=":material/add_home:"),
        st.form(key, border=False),
    ):
        with st.container(horizontal=True, vertical_alignment="bottom"):
            day = st.date_input(
                _say("visit.day", language), value=data.day, max_value=data.day, format="YYYY-MM-DD", key=f"{key}-day",
                width=150,
            )  # fmt: skip
            matter = st.selectbox(
                _say("visit.name", language), list(matters), format_func=lambda one: matters[one],
                key=f"{key}-matter", width=260,
            )  # fmt: skip
            building = st.selectbox(
                _say("visit.building", language), list(titles), index=None, format_func=lambda one: titles[one],
                key=f"{key}-building", width=220, placeholder=i18n.text("record.none_chosen", language),
            )  # fmt: skip
        sent = st.form_submit_button(i18n.text("register.save", language), type="primary", icon=":material/save:")

    def save() -> str:
        home_visits.add(registers_state.writer(data, language), matter, day, building)
        return _say("visits.added", language, day=day.isoformat(), matter=matters[matter])

    if sent and acts.attempt(save, language):
        here.turn += 1
        st.rerun()
