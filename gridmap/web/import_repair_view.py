"""Gaps and overlaps of drawn grids: whether they are repaired, and where each piece of ground goes."""

from __future__ import annotations

import datetime as dt

import streamlit as st

from gridmap import i18n
from gridmap.access import Action, Actor
from gridmap.exchange import workbook
from gridmap.services import grid_repair, grid_repair_draft
from gridmap.services.community_data import CommunityData
from gridmap.services.import_preview import Preview
from gridmap.web import acts, downloads, grids_state, navigation, sources
from gridmap.web.import_state import ImportState

_FAULTS = frozenset({"grids_overlap", "grids_apart", "grids_gap"})


def show(state: ImportState, preview: Preview, data: CommunityData, language: str) -> None:
    """Offer to repair drawn grids, and list what that changes; nothing where they tile the community."""
    if preview.kind != "grids" or not (state.repair or any(fault.problem in _FAULTS for fault in preview.faults)):
        return

    def say(key: str, **more: object) -> str:
        return i18n.text(f"repair.{key}", language, **more)

    key = f"repair-{state.serial}"

    def chosen() -> None:
        state.repair = st.session_state[key]
        state.anew()

    st.session_state[key] = state.repair
    with st.container(border=True, key="import-repair"):
        st.toggle(say("ask"), key=key, on_change=chosen, help=say("help"))
        if preview.repairs is None:
            return
        if preview.repairs.empty:
            st.caption(say("none"))
            return
        table = grid_repair.table(preview.repairs, language)
        st.markdown(f"**{say('title', n=len(table))}**")
        st.dataframe(table, hide_index=True, width="stretch", height=min(38 + 35 * len(table), 260))
        st.download_button(
            i18n.text("table.excel", language),
            data=downloads.listed(
                Action.IMPORT_DATA,
                say("file"),
                lambda _: workbook.write({say("file"): table}, title=data.community.name),
            ),
            file_name=downloads.file_name(data.community.name, say("file"), ending="xlsx"),
            mime=workbook.MIME,
            icon=":material/table_view:",
            on_click="ignore",
            key="repair-xlsx",
        )


def draft(state: ImportState, preview: Preview, data: CommunityData, actor: Actor, language: str) -> None:
    """Offer to go on with the repaired grids as a draft, which is where they are looked at and published."""

    def begin() -> str:
        grid_repair_draft.begin(
            sources.store(), actor, data, preview, now=dt.datetime.now(dt.UTC), address=st.context.ip_address or ""
        )
        return i18n.text("repair.draft.begun", language)

    st.caption(i18n.text("repair.draft.note", language))
    with st.container(horizontal=True, key="import-repair-draft"):
        words = i18n.text("repair.draft", language)
        if st.button(words, type="primary", icon=":material/edit:", key="repair-draft") and acts.attempt(
            begin, language
        ):
            state.forget()
            grids_state.open_tab("draft")
            navigation.lead("grids", {"lang": language, "c": str(data.community.id), "tab": "draft"}, language)
        if st.button(i18n.text("data.leave", language), icon=":material/close:", key="repair-leave"):
            state.forget()
            st.rerun()
