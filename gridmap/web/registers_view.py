"""The page of registers: a table of them, each with a view of its own."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import streamlit as st

from gridmap import access, i18n
from gridmap.access import Action, Actor
from gridmap.services.community_data import CommunityData
from gridmap.services.sight import Sight
from gridmap.web import (
    registers_care_view,
    registers_desk_view,
    registers_forms_view,
    registers_fund_view,
    registers_meetings_view,
    registers_points_view,
    registers_premises_view,
    registers_projects_view,
    registers_search_view,
    registers_state,
    registers_stations_view,
    sources,
)
from gridmap.web.registers_state import RegistersState


@dataclass(frozen=True)
class Tab:
    """A register: its name, also its words' (``register.tab.<name>``), what it needs, and what shows it.

    A view is handed the page's state, the community as far as the person sees it, the person, and their language. It
    reads its rows through a service of its own and shows them by `registers_list_view.show`.
    """

    name: str
    needs: Action
    show: Callable[[RegistersState, CommunityData, Actor, str], None]


TABS = (
    Tab("stations", Action.SEE_REGISTERS, registers_stations_view.show),
    Tab("points", Action.SEE_REGISTERS, registers_points_view.show),
    Tab("meetings", Action.SEE_REGISTERS, registers_meetings_view.show),
    Tab("projects", Action.SEE_REGISTERS, registers_projects_view.show),
    Tab("care", Action.KEEP_CARE, registers_care_view.show),
    Tab("fund", Action.KEEP_FUND, registers_fund_view.show),
    Tab("desk", Action.SEE_REGISTERS, registers_desk_view.show),
    Tab("premises", Action.SEE_REGISTERS, registers_premises_view.show),
    Tab("forms", Action.SEE_REGISTERS, registers_forms_view.show),
)
"""The registers in their order."""


def show(data: CommunityData, actor: Actor, language: str) -> None:
    """Show the register that is chosen, of those that the person may see."""
    shown = {tab.name: tab for tab in TABS if access.permission(actor.role, tab.needs)}
    here = registers_state.current()
    if here.register not in shown:
        here.turn_to(next(iter(shown)))
    sight = Sight.of(actor, data.community)
    seen = sources.seen(data, sight)
    if registers_search_view.show(here, seen, sight, frozenset(shown), language):
        return
    st.session_state["registers-tab"] = here.register

    def choose() -> None:
        here.turn_to(st.session_state["registers-tab"] or here.register)

    st.segmented_control(
        i18n.text("page.registers", language), list(shown), required=True, key="registers-tab", on_change=choose,
        format_func=lambda name: i18n.text(f"register.tab.{name}", language), label_visibility="collapsed",
    )  # fmt: skip
    shown[here.register].show(here, seen, actor, language)
    registers_state.remember(here, int(data.community.id or 0), language)
