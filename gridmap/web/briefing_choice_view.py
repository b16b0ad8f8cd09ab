"""What is made for others on the page of the briefing: a community's, its street's, or the map for a wall."""

from __future__ import annotations

import streamlit as st

from gridmap import i18n
from gridmap.access import Actor
from gridmap.services import briefing_street, communities
from gridmap.services.community_data import CommunityData
from gridmap.web import briefing_street_view, briefing_view, sources, wall_map_view

_KEY = "what"


def show(data: CommunityData, actor: Actor, language: str) -> None:
    """Let it be chosen, and show it; the address tells which it is. ``data`` is the whole community."""
    street = next((one for one in communities.streets(sources.store()) if one.id == data.community.street_id), None)
    wide = street is not None and briefing_street.may(actor, street.id)
    offered = ("briefing", *(("street",) if wide else ()), "wall_map")
    said = st.query_params.get(_KEY)
    what = st.segmented_control(
        i18n.text("wall_map.what", language), offered, default=said if said in offered else offered[0], required=True,
        format_func=lambda one: i18n.text(f"wall_map.what.{one}", language), key="briefing-what",
        label_visibility="collapsed",
    )  # fmt: skip
    if what == offered[0]:
        st.query_params.pop(_KEY, None)
        briefing_view.show(data, actor, language)
        return
    st.query_params[_KEY] = str(what)
    if what == "street" and street is not None:
        briefing_street_view.show(data, street, actor, language)
    else:
        wall_map_view.show(data, actor, language)
