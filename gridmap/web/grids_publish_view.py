"""A draft becomes the valid division from a day on, with a reason."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence

import streamlit as st

from gridmap import access, i18n
from gridmap.services import grid_checks, grid_drafts
from gridmap.services.community_data import CommunityData
from gridmap.services.grid_checks import Check
from gridmap.services.grid_drafts import Draft
from gridmap.services.grid_versions import LONGEST_REASON
from gridmap.web import acts, grids_bars_view, session, sources
from gridmap.web.grids_state import GridsState


def say(key: str, language: str, **fields: object) -> str:
    """Return words of the page of grids."""
    return i18n.text(f"grids.{key}", language, **fields)


def next_monday(day: dt.date) -> dt.date:
    """Return the first Monday after a day."""
    return day + dt.timedelta(days=7 - day.weekday())


def show(state: GridsState, data: CommunityData, draft: Draft, found: Sequence[Check], language: str) -> None:
    """Show the button that leads to publishing."""

    @st.dialog(say("publish", language))
    def ask() -> None:
        # The dialog runs without the page around it, which would have asked who this is.
        by = session.actor(language)
        day = st.date_input(
            say("publish.day", language), next_monday(data.day), min_value=data.day, format="YYYY-MM-DD",
            key="grids-publish-day",
        )  # fmt: skip
        reason = st.text_input(
            say("publish.reason", language), max_chars=LONGEST_REASON, key="grids-publish-reason",
            placeholder=say("publish.reason.example", language),
        )  # fmt: skip
        wrong = grid_checks.broken(found)
        all_the_same = False
        if wrong:
            st.markdown(say("publish.broken", language))
            grids_bars_view.checks(wrong, language)
            all_the_same = st.checkbox(say("publish.all_the_same", language), key="grids-all-the-same")
        st.caption(say("publish.note", language))
        pressed = st.button(
            say("publish.go", language), type="primary", icon=":material/event_available:", key="grids-publish-go",
            disabled=day is None,
        )  # fmt: skip
        if pressed and day is not None and acts.attempt(lambda: _published(by, day, reason, all_the_same), language):
            state.tab, state.day, state.version = "valid", None, None
            st.rerun()

    def _published(by: access.Actor, day: dt.date, reason: str, all_the_same: bool) -> str:
        grid_drafts.publish(
            sources.store(), by, data, draft.version, valid_from=day, reason=reason, all_the_same=all_the_same,
            language=language, address=st.context.ip_address or "",
        )  # fmt: skip
        return say("published", language, day=i18n.date(day, language))

    if st.button(say("publish", language), type="primary", icon=":material/event_available:", key="grids-publish"):
        ask()
