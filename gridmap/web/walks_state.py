"""What one person's page of walks holds between two runs, and what its address says."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

import streamlit as st

from gridmap.cartography import events
from gridmap.services import walk_review
from gridmap.services.community_data import CommunityData
from gridmap.web import session, state


@dataclass
class WalksState:
    """One person's page of walks.

    Parameters
    ----------
    tab
        The tab that is shown.
    week
        Monday of the last week that is looked back on; None for the latest of which there is something to tell.
    weeks
        Length of that period.
    chosen
        Number of the walk that is chosen in the list.
    shown, letters
        Which walks the list shows: of one state, or all; in which grids, none for all.
    """

    tab: str = "review"
    week: dt.date | None = None
    weeks: int = walk_review.WEEKS[0]
    chosen: int | None = None
    shown: str = "all"
    letters: tuple[str, ...] = ()

    def looked_back(self, data: CommunityData) -> dt.date:
        """Return the Monday of the last week of the period."""
        return walk_review.latest_week(data) if self.week is None else self.week

    def take(self, event: events.Event) -> None:
        """Take what was done on a map on which nothing can be chosen."""


def current() -> WalksState:
    """Return this person's page, begun from its address: ``tab``, ``week``, ``weeks`` and ``walk``."""
    if session.WALKS not in st.session_state:
        asked = st.query_params
        weeks = state.whole(asked.get("weeks"))
        day = state.day(asked.get("week"))
        st.session_state[session.WALKS] = WalksState(
            tab=asked.get("tab", ""),
            week=None if day is None else walk_review.monday(day),
            weeks=weeks if weeks in walk_review.WEEKS else walk_review.WEEKS[0],
            chosen=state.whole(asked.get("walk")),
        )
    found: WalksState = st.session_state[session.WALKS]
    return found


def remember(here: WalksState, community_id: int, language: str) -> None:
    """Write what is shown into the address."""
    wanted = {"lang": language, "c": str(community_id), "tab": here.tab}
    if here.tab == "review":
        if here.week is not None:
            wanted["week"] = here.week.isoformat()
        if here.weeks != walk_review.WEEKS[0]:
            wanted["weeks"] = str(here.weeks)
    elif here.tab == "list" and here.chosen is not None:
        wanted["walk"] = str(here.chosen)
    if st.query_params.to_dict() != wanted:
        st.query_params.from_dict(wanted)
