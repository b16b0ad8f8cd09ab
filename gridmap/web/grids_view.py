"""The page of grids: its parts, each a tab of its own."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass

import streamlit as st

from gridmap import access, i18n
from gridmap.access import Action
from gridmap.services.community_data import CommunityData
from gridmap.services.sight import Sight
from gridmap.web import (
    grids_compare_view,
    grids_draft_view,
    grids_marks_view,
    grids_propose_view,
    grids_split_view,
    grids_state,
    grids_valid_view,
    sources,
)
from gridmap.web.grids_state import GridsState

Show = Callable[[GridsState, CommunityData, access.Actor, str], None]


@dataclass(frozen=True)
class Tab:
    """A part of the page: its name, also its words' (``grids.tab.<name>``), what it needs, and what shows it."""

    name: str
    needs: Action
    show: Show


TABS = (
    Tab("valid", Action.SEE_ISSUE_FIGURES, grids_valid_view.show),
    Tab("compare", Action.SEE_ISSUE_FIGURES, grids_compare_view.show),
    Tab("propose", Action.DRAW_GRIDS, grids_propose_view.show),
    Tab("draft", Action.DRAW_GRIDS, grids_draft_view.show),
    Tab("marks", Action.DRAW_GRIDS, grids_marks_view.show),
    Tab("split", Action.CHANGE_SETTINGS, grids_split_view.show),
)
"""The parts in their order; the first is shown where the address names none."""


def show(whole: CommunityData, actor: access.Actor, language: str) -> None:
    """Show the page, as far as the person sees the community."""
    data = sources.seen(whole, Sight.of(actor, whole.community))
    place = {"street_id": data.community.street_id, "community_id": data.community.id}
    shown = {
        tab.name: tab
        for tab in TABS
        if tab.needs == Action.SEE_ISSUE_FIGURES or access.decide(actor, tab.needs, **place).allowed
    }
    state = grids_state.current(_day)
    if state.tab not in shown:
        state.tab = next(iter(shown))
    st.session_state["grids-tab"] = state.tab

    def choose() -> None:
        state.tab = st.session_state["grids-tab"]

    if len(shown) > 1:
        st.segmented_control(
            i18n.text("page.grids", language), list(shown), required=True, key="grids-tab", on_change=choose,
            format_func=lambda name: i18n.text(f"grids.tab.{name}", language), label_visibility="collapsed",
        )  # fmt: skip
    grids_state.remember(state, int(data.community.id or 0), language)
    shown[state.tab].show(state, data, actor, language)


def _day(text: str) -> dt.date | None:
    try:
        return dt.date.fromisoformat(text)
    except ValueError:
        return None
