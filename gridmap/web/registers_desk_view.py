"""The register of the all-round desk: its posts, its matters, and which of them are handled at home."""

from __future__ import annotations

import streamlit as st

from gridmap import access, i18n, model
from gridmap.access import Action, Actor
from gridmap.services import community_settings, desk, record_lists, sight
from gridmap.services.community_data import CommunityData
from gridmap.services.sight import Sight
from gridmap.web import (
    chrome,
    navigation,
    record_history_view,
    registers_home_visits_view,
    registers_list_view,
    registers_premises_view,
    sources,
)
from gridmap.web.registers_state import RegistersState


def _say(key: str, language: str, **fields: object) -> str:
    return i18n.text(f"desk.{key}", language, **fields)


def show(here: RegistersState, data: CommunityData, actor: Actor, language: str) -> None:
    """Show what the desk handles, and who sits there to those who see the staff."""
    seen = Sight.of(actor, data.community)
    may = access.decide(
        actor, Action.KEEP_DESK, street_id=data.community.street_id, community_id=data.community.id
    ).allowed
    if here.chosen in data.matters.index:
        _card(here, data, actor, language, may=may)
        return
    if seen.staff is None:
        _posts(data, language)
    _matters(here, data, seen, language, may=may)
    if may or seen.staff is None:
        registers_home_visits_view.show(here, data, seen, language, may=may)


def _posts(data: CommunityData, language: str) -> None:
    posts = desk.posts(data, language)
    st.markdown(f"**{_say('posts', language)}**")
    if posts.empty:
        st.info(_say("posts.none", language), icon=":material/info:")
        return
    with sources.store().read() as session:
        rules = community_settings.values(session, community_settings.number(data.community))
    least, most = (int(rules[f"rota.desk_{name}"]) for name in ("least", "most"))
    st.caption(f"{_say('posts.help', language)} {_say('posts.at_once', language, least=least, most=most)}")
    st.dataframe(posts, hide_index=True, width="stretch", height=38 + 35 * min(len(posts), 8), placeholder="")


def _matters(here: RegistersState, data: CommunityData, seen: sight.Sight, language: str, *, may: bool) -> None:
    every, home = desk.matters(data, at_home=False), desk.matters(data, at_home=True)
    counts = {"all": len(every), "at_home": len(home)}
    with st.container(horizontal=True, vertical_alignment="center", key="register-tools"):
        which = st.segmented_control(
            _say("which", language),
            list(counts),
            default="all",
            required=True,
            format_func=lambda one: _say(f"which.{one}", language, n=counts[one]),
            key="desk-which",
            label_visibility="collapsed",
        )
        words = st.text_input(
            i18n.text("record.search", language), key="desk-search", width=240,
            placeholder=i18n.text("record.search", language), label_visibility="collapsed",
        )  # fmt: skip
        if may and st.button(
            i18n.text("register.add.desk", language), type="primary", icon=":material/add:", key="register-add"
        ):
            query = {"lang": language, "c": str(data.community.id), "kind": "matters", "new": "1"}
            navigation.lead("records", query, language)
        found = every if which == "all" else home
        table = record_lists.found(desk.table(found, language), words)
        if seen.tables:
            registers_list_view.excel(data, seen, i18n.text("register.tab.desk", language), table, language, "-desk")
    if table.empty:
        key = "desk.none" if every.empty else "record.none_found" if words else "desk.none_at_home"
        st.info(i18n.text(key, language), icon=":material/info:")
        return
    key = f"desk-table-{language}-{here.turn}"

    def take() -> None:
        said = st.session_state[key]["selection"]
        rows = [*(row for row, _ in said["cells"]), *said["rows"]]
        if rows:
            here.choose(int(table.index[rows[0]]))

    st.dataframe(
        table, hide_index=True, width="stretch", height=min(38 + 35 * len(table), 480), placeholder="", key=key,
        on_select=take, selection_mode=["single-row", "single-cell"],
    )  # fmt: skip


def _card(here: RegistersState, data: CommunityData, actor: Actor, language: str, *, may: bool) -> None:
    row = data.matters.loc[[here.chosen]]
    st.button(
        i18n.text("register.back", language), icon=":material/arrow_back:", key="register-back", on_click=here.choose,
        args=(None,),
    )  # fmt: skip
    st.subheader(chrome.literally(str(row["name"].iloc[0])), anchor=False)
    told = desk.table(row, language).iloc[0]
    st.markdown("  \n".join(f"{label}: {chrome.literally(value)}" for label, value in told.items() if value))
    if may and access.permission(actor.role, Action.EDIT_POINTS):
        registers_premises_view.change("matters", int(here.chosen or 0), data, language)
    record_history_view.show(data, actor, model.DeskMatter, int(here.chosen or 0), language)
