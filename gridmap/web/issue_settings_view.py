"""The community's catalogues on the page of issues."""

from __future__ import annotations

import streamlit as st

from gridmap import access, i18n
from gridmap.access import Action, Actor
from gridmap.services.community_data import CommunityData
from gridmap.services.issue_catalogue import CATEGORIES, DEPARTMENTS, FLOW, GROUPS
from gridmap.web import catalogue_view

_ORDER = (CATEGORIES, GROUPS, DEPARTMENTS, FLOW)


def show(data: CommunityData, actor: Actor, language: str) -> None:
    """Show the catalogues to whoever may change the community's settings."""
    access.demand(actor, Action.CHANGE_SETTINGS, street_id=data.community.street_id, community_id=data.community.id)
    st.caption(i18n.text("catalogue.intro", language))
    catalogue = st.segmented_control(
        i18n.text("catalogue.which", language),
        _ORDER,
        default=_ORDER[0],
        required=True,
        key="catalogue-which",
        format_func=lambda name: i18n.text(f"catalogue.{name}", language),
        label_visibility="collapsed",
    )
    catalogue_view.panel(catalogue, data, language)
