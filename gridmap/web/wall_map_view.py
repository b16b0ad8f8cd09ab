"""The map of the grids for a wall: paper, form, and what stands on it."""

from __future__ import annotations

import streamlit as st

from gridmap import errors, i18n
from gridmap.access import Actor
from gridmap.reports.wall_map import PAPERS, Paper
from gridmap.services import briefing_making, wall_maps
from gridmap.services.community_data import CommunityData
from gridmap.services.wall_maps import FORMS, MIME, Drawn, Form
from gridmap.web import chrome, downloads, sources

_MADE = "gridmap_wall_map"


def show(data: CommunityData, actor: Actor, language: str) -> None:
    """Show what can be chosen, and the sheet once it is drawn; ``data`` is the whole community."""
    briefing_making.demand(actor, data.community)

    def say(key: str, **fields: object) -> str:
        return i18n.text(f"wall_map.{key}", language, **fields)

    st.caption(say("explain"))
    left, right = st.columns([2, 3], gap="medium")
    with left, st.container(border=True, key="wall-map"):
        paper = st.segmented_control(say("paper"), PAPERS, default=PAPERS[0], required=True, key="wall-paper")
        form = st.segmented_control(
            say("form"), FORMS, default=FORMS[0], required=True, format_func=str.upper, key="wall-form"
        )  # fmt: skip
        named = wall_maps.may_name(actor, data.community) and st.checkbox(
            say("names"), help=say("names.help"), key="wall-names"
        )
        internal = st.checkbox(say("internal"), key="wall-internal")
        approval = st.text_input(
            i18n.text("briefing.page.approval", language), max_chars=briefing_making.LONGEST_APPROVAL,
            help=i18n.text("briefing.page.approval.help", language), key="wall-approval",
        )  # fmt: skip
        asked = (data.community.id, data.revision, data.day, paper, form, named, internal, approval, language)
        if st.button(say("make"), type="primary", icon=":material/map:", key="wall-make"):
            st.session_state.pop(_MADE, None)
            with st.spinner(say("at_work", paper=paper), show_time=True):
                try:
                    drawn = wall_maps.draw(
                        sources.store(), data, paper=paper, form=form, language=language, names=named,
                        internal=internal, approval=approval, actor=actor, preview=True,
                    )  # fmt: skip
                    st.session_state[_MADE] = (asked, drawn)
                except errors.InputError as fault:
                    st.error(chrome.literally(fault.sentence(language)), icon=":material/error:")
        known = st.session_state.get(_MADE)
        if known is not None and known[0] == asked:
            _download(data, known[1], paper, form, named=named, language=language)
    if known is not None and known[0] == asked:
        right.image(known[1].preview, width="stretch")


def _download(data: CommunityData, drawn: Drawn, paper: Paper, form: Form, *, named: bool, language: str) -> None:
    """Offer the sheet; who takes it is asked again, and noted."""
    mb = i18n.number(len(drawn.data) / 1e6, language, 1)
    st.success(i18n.text("wall_map.made", language, mb=mb), icon=":material/check_circle:")
    title = f"{i18n.text('wall_map.page', language)} {paper}"
    address = st.context.ip_address or ""

    def take(asking: Actor) -> bytes:
        wall_maps.demand(asking, data.community, names=named)
        wall_maps.note(sources.store(), asking, data, f"{title} · {form}", address=address)
        return drawn.data

    st.download_button(
        i18n.text("wall_map.download", language),
        data=downloads.asked(take),
        file_name=downloads.file_name(data.community.name, title, ending=form),
        mime=MIME[form], icon=":material/download:", on_click="ignore", key="wall-download",
    )  # fmt: skip
