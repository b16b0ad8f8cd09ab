"""What one person's page of issues holds between two runs, and what its address says."""

from __future__ import annotations

from dataclasses import dataclass

import streamlit as st

from gridmap.cartography import events
from gridmap.services.overview import Filters
from gridmap.web import session, state


@dataclass
class IssuesState:
    """One person's page of issues.

    Parameters
    ----------
    tab
        The tab that is shown.
    chosen
        Number of the issue that is chosen in list and map.
    opened
        Number of the issue that is shown by itself.
    turns
        How often something was chosen elsewhere than in the list: another list, with another row ticked, stands there.
    journeys
        How often something was chosen elsewhere than on the map: the map goes there.
    seen
        The last event of the map that was taken.
    """

    tab: str = "list"
    chosen: int | None = None
    opened: int | None = None
    turns: int = 0
    journeys: int = 0
    seen: int = 0

    def take(self, event: events.Event) -> None:
        """Take what was done on the map."""
        if event.seq == self.seen:
            return
        self.seen = event.seq
        match event:
            case events.Clicked() if event.target == "issue":
                self.choose(event.id, on_map=True)
            case events.Wanted() if event.act == "open":
                self.opened = event.id
            case events.Asked() if event.subject == "issue":
                session.current().asking = (event.subject, event.id)
            case events.Closed():
                self.choose(None, on_map=True)
            case _:
                pass

    def choose(self, number: int | None, *, on_map: bool = False) -> None:
        """Choose an issue, on the map or in the list; None for none."""
        self.chosen, session.current().asking = number, None
        if on_map:
            self.turns += 1
        else:
            self.journeys += 1

    def open(self, number: int) -> None:
        """Show an issue by itself."""
        self.choose(number)
        self.turns += 1
        self.opened = number


def current() -> IssuesState:
    """Return this person's page, begun from its address: ``tab``, ``sel`` and ``issue``."""
    if session.ISSUES not in st.session_state:
        asked = st.query_params
        chosen, opened = state.whole(asked.get("sel", "").removeprefix("issue:")), state.whole(asked.get("issue"))
        st.session_state[session.ISSUES] = IssuesState(
            tab=asked.get("tab", "list"), chosen=chosen, opened=opened, journeys=int(chosen is not None)
        )
    found: IssuesState = st.session_state[session.ISSUES]
    return found


def remember(here: IssuesState, filters: Filters, community_id: int, language: str) -> None:
    """Write what is shown into the address."""
    wanted = {"lang": language, "c": str(community_id)}
    if here.tab != "list":
        wanted["tab"] = here.tab
    elif here.opened is not None:
        wanted["issue"] = str(here.opened)
    wanted |= state.filter_params(filters)
    if here.chosen is not None:
        wanted["sel"] = f"issue:{here.chosen}"
    if st.query_params.to_dict() != wanted:
        st.query_params.from_dict(wanted)
