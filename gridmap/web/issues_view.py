"""The page of issues: its tabs, each a view of its own."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import streamlit as st

from gridmap import access, i18n
from gridmap.access import Action, Actor
from gridmap.services.community_data import CommunityData
from gridmap.services.sight import Sight
from gridmap.web import (
    contact_view,
    hotline_view,
    issue_figures_view,
    issue_list_view,
    issue_reminders_view,
    issue_settings_view,
    issues_state,
    session,
    sources,
)


@dataclass(frozen=True)
class Tab:
    """One tab: its name, also its words' (``issues.tab.<name>``), what it needs, and what shows it.

    A view is handed the community as far as the person sees it, the person, and their language.
    """

    name: str
    needs: Action
    show: Callable[[CommunityData, Actor, str], None]


TABS = (
    Tab("list", Action.SEE_ISSUES, issue_list_view.show),
    Tab("figures", Action.SEE_ISSUE_FIGURES, issue_figures_view.show),
    Tab("hotline", Action.SEE_ISSUE_FIGURES, hotline_view.show),
    Tab("settings", Action.CHANGE_SETTINGS, issue_settings_view.show),
)
"""The tabs in their order."""


def show(data: CommunityData, actor: Actor, language: str) -> None:
    """Show the tab that is chosen, of those that the person may see."""
    shown = {tab.name: tab for tab in TABS if access.permission(actor.role, tab.needs)}
    state = issues_state.current()
    if state.tab not in shown:
        state.tab = next(iter(shown))
    if "list" not in shown:
        # An address that names an issue names nothing to whom none is shown.
        state.chosen = None
        state.close()
    seen = sources.seen(data, Sight.of(actor, data.community))
    with st.container(horizontal=True, key="issues-top"):
        if len(shown) > 1:
            _tabs(state, list(shown), language)
        if state.tab == "list":
            issue_reminders_view.show(seen, actor, language)
    shown[state.tab].show(seen, actor, language)
    contact_view.show(session.current(), language)
    issues_state.remember(state, session.current().page.filters, int(data.community.id or 0), language)


def _tabs(state: issues_state.IssuesState, names: list[str], language: str) -> None:
    st.session_state["issues-tab"] = state.tab

    def choose() -> None:
        state.tab = st.session_state["issues-tab"] or state.tab

    st.segmented_control(
        i18n.text("page.issues", language),
        names,
        required=True,
        key="issues-tab",
        on_change=choose,
        format_func=lambda name: i18n.text(f"issues.tab.{name}", language),
        label_visibility="collapsed",
    )
