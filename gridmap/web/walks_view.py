"""The page of walks: its tabs, each a view of its own."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import streamlit as st

from gridmap import access, i18n
from gridmap.access import Action, Actor
from gridmap.services.community_data import CommunityData
from gridmap.services.sight import Sight
from gridmap.web import sources, walks_list_view, walks_plan_view, walks_review_view, walks_rules_view, walks_state


@dataclass(frozen=True)
class Tab:
    """One tab: its name, also its words' (``walks.tab.<name>``), what it needs, and what shows it.

    A view is handed the community as far as the person sees it, the person, and their language.
    """

    name: str
    needs: Action
    show: Callable[[CommunityData, Actor, str], None]


TABS = (
    Tab("plan", Action.PLAN_WALKS, walks_plan_view.show),
    Tab("list", Action.SEE_STAFF, walks_list_view.show),
    Tab("review", Action.SEE_STAFF, walks_review_view.show),
    Tab("rules", Action.CHANGE_SETTINGS, walks_rules_view.show),
)
"""The tabs in their order."""


def show(data: CommunityData, actor: Actor, language: str) -> None:
    """Show the tab that is chosen, of those that the person may see."""
    shown = {tab.name: tab for tab in TABS if access.permission(actor.role, tab.needs)}
    here = walks_state.current()
    if here.tab not in shown:
        here.tab = next(iter(shown))
    seen = sources.seen(data, Sight.of(actor, data.community))
    if not Sight.of(actor, data.community).layer("walks"):
        st.info(i18n.text("figure.none_for_you", language), icon=":material/info:")
        return
    st.session_state["walks-tab"] = here.tab

    def choose() -> None:
        here.tab = st.session_state["walks-tab"] or here.tab

    st.segmented_control(
        i18n.text("page.walks", language), list(shown), required=True, key="walks-tab", on_change=choose,
        format_func=lambda name: i18n.text(f"walks.tab.{name}", language), label_visibility="collapsed",
    )  # fmt: skip
    shown[here.tab].show(seen, actor, language)
    walks_state.remember(here, int(data.community.id or 0), language)
