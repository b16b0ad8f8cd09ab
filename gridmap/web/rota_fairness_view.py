"""How the loads are shared out: weeks before, this week, and how far from even that is."""

from __future__ import annotations

import streamlit as st

from gridmap import errors, i18n
from gridmap.access import Action, Actor
from gridmap.exchange import workbook
from gridmap.planning import rota_fairness
from gridmap.services import rota_demand, rota_kept, rota_tables
from gridmap.services.community_data import CommunityData
from gridmap.web import chrome, downloads, sources
from gridmap.web.rota_state import RotaState


def show(here: RotaState, data: CommunityData, actor: Actor, language: str) -> None:
    """Show the table of loads, and offer it as Excel."""
    store = sources.store()
    kept = rota_kept.read(store, actor, data.community, here.week)
    try:
        with store.read() as session:
            asked = rota_demand.read(session, here.community, here.week)
    except errors.InputError as fault:
        st.info(chrome.literally(fault.sentence(language)), icon=":material/info:")
        return
    st.caption(i18n.text("rota.fair_what", language, n=rota_fairness.WEEKS))
    table = rota_tables.fairness(asked, kept.draft, language)
    st.dataframe(table, hide_index=True, width="stretch")
    title = i18n.text("rota.part.fairness", language)
    st.download_button(
        i18n.text("table.excel", language),
        data=downloads.listed(
            Action.MANAGE_ROTA, title, lambda _: workbook.write({title: table}, title=f"{title} {here.week}")
        ),
        file_name=downloads.file_name(data.community.name, title, here.week, ending="xlsx"),
        mime=workbook.MIME,
        icon=":material/table_view:",
        on_click="ignore",
        key="rota-fair-xlsx",
    )
