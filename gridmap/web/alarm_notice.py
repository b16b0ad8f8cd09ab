"""The notice of compounds whose daily count of issues breaks from their own past, for those who see such figures."""

from __future__ import annotations

import streamlit as st

from gridmap import access
from gridmap.services import issue_figure_words
from gridmap.services.community_data import CommunityData
from gridmap.services.sight import Sight
from gridmap.web import chrome, issue_figures_state, issues_state, navigation, sources

_SHOWN = 3


def show(data: CommunityData, seen: Sight, actor: access.Actor, language: str) -> None:
    """Say which alarms last, and lead to the figures; ``data`` is the whole community."""
    if not seen.table("compounds"):
        return
    alarms = sources.alarms(data, seen)
    for number, one in enumerate(alarms[:_SHOWN]):
        with st.container(horizontal=True, vertical_alignment="center", key=f"alarm-{number}"):
            words = chrome.literally(issue_figure_words.alarm(one, language))
            if number == _SHOWN - 1 and len(alarms) > _SHOWN:
                words += " " + issue_figure_words.say("alarm.others", language, n=len(alarms) - _SHOWN)
            st.warning(words, icon=":material/notifications_active:")
            if access.permission(actor.role, access.Action.SEE_ISSUE_FIGURES) is None:
                continue
            if st.button(issue_figure_words.say("alarm.link", language), key=f"alarm-go-{number}"):
                issues_state.current().tab = "figures"
                issue_figures_state.current().go(one.compound_id)
                navigation.lead("issues", {"lang": language, "c": str(data.community.id)}, language)
