"""What one person's page of grids holds between two runs, and what its address says."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass, field

import streamlit as st

from gridmap.cartography import events
from gridmap.services.grid_marks import Mark
from gridmap.services.grid_proposals import Plan, Wish
from gridmap.web.job import Job

_KEY = "gridmap_grids"


@dataclass(kw_only=True)
class GridsState:
    """One person's page of grids.

    Parameters
    ----------
    tab
        The part of the page that is shown.
    day
        Day of which the division is looked at; None for today.
    load
        What the bars show.
    compared
        Numbers of the two divisions that are compared; None until they are chosen.
    wish, plan, revision
        What was asked of the search, its proposals, and the revision of the data they stand on.
    job
        The search that goes on.
    refused
        Why nothing is proposed, in words.
    shown
        Which proposal is on the map.
    version
        The version of the draft that is on screen; None while there is none.
    tool, target
        What a press on the map does to the draft, and the grid that buildings go to.
    told
        What a draft's step could not do, in words.
    pressed
        What was done on the map and is still to be taken into the draft.
    written
        What was written on valid grids last, so that it can be taken back.
    seen
        The last event of the map that was taken.
    """

    tab: str = ""
    day: dt.date | None = None
    load: str = "households"
    compared: tuple[int, int] | None = None
    wish: Wish | None = None
    plan: Plan | None = None
    revision: int = 0
    job: Job[Plan] | None = None
    refused: str = ""
    shown: int = 0
    version: int | None = None
    tool: str = "building"
    target: int | None = None
    told: str = ""
    pressed: list[events.Event] = field(default_factory=list)
    written: tuple[Mark, ...] = ()
    seen: int = 0

    def take(self, event: events.Event) -> None:
        """Take what was done on the map."""
        if event.seq == self.seen:
            return
        self.seen = event.seq
        if isinstance(event, (events.Clicked, events.Lassoed, events.Dragged)):
            self.pressed.append(event)

    def anew(self) -> None:
        """Forget the proposals."""
        self.job = self.wish = self.plan = None
        self.shown = 0
        self.refused = ""


def current(parse_day: Callable[[str], dt.date | None]) -> GridsState:
    """Return this person's page, begun from its address: ``tab`` and ``day``."""
    if _KEY not in st.session_state:
        asked = st.query_params
        st.session_state[_KEY] = GridsState(tab=asked.get("tab", ""), day=parse_day(asked.get("day", "")))
    state: GridsState = st.session_state[_KEY]
    return state


def open_tab(tab: str) -> None:
    """Open the page at a part of it when it is shown next, whatever was shown there before."""
    if _KEY in st.session_state:
        st.session_state[_KEY].tab = tab
    else:
        st.session_state[_KEY] = GridsState(tab=tab)


def remember(state: GridsState, community_id: int, language: str) -> None:
    """Write what is shown into the address."""
    wanted = {"lang": language, "c": str(community_id), "tab": state.tab}
    if state.day is not None:
        wanted["day"] = state.day.isoformat()
    if st.query_params.to_dict() != wanted:
        st.query_params.from_dict(wanted)
