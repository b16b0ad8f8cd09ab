"""What happened to a record, below its card or form."""

from __future__ import annotations

import streamlit as st

from gridmap import access, i18n, model
from gridmap.access import Action, Actor
from gridmap.services import record_history
from gridmap.services.community_data import CommunityData
from gridmap.services.sight import Sight
from gridmap.web import issue_history_view, navigation, sources

_FIRST = 50


def show(data: CommunityData, actor: Actor, cls: type[model.Owned], number: int, language: str) -> None:
    """Show who has changed what of a row and of what hangs on it, the newest first, and lead to the bin.

    Who it was is told to those who see the whole staff.
    """
    names = Sight.of(actor, data.community).staff is None
    with st.expander(i18n.text("history.title", language), icon=":material/history:", key=f"history-{number}"):
        entries = record_history.of(sources.store(), data, cls, number, language, names=names, zone=sources.time_zone())
        if not entries:
            st.caption(i18n.text("history.none", language))
        else:
            st.html(issue_history_view.listed(entries[:_FIRST], language))
        if len(entries) > _FIRST:
            st.caption(i18n.text("card.moves_more", language, n=len(entries) - _FIRST))
        st.caption(i18n.text("history.about", language))
        if access.permission(actor.role, Action.EDIT_POINTS):
            query = {"c": str(data.community.id), "bin": "1"}
            navigation.link("records", i18n.text("record.bin", language), query, language)
