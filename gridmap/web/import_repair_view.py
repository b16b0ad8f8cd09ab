"""Gaps and overlaps of drawn grids: whether they are repaired, and where each piece of ground goes."""

from __future__ import annotations

import streamlit as st

from gridmap import i18n
from gridmap.access import Action
from gridmap.exchange import workbook
from gridmap.services import grid_repair
from gridmap.services.community_data import CommunityData
from gridmap.services.import_preview import Preview
from gridmap.web import downloads
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
