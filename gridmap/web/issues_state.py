"""What one person's page of issues holds between two runs, and what its address says."""

from __future__ import annotations

import uuid
from dataclasses import dataclass, field

import streamlit as st

from gridmap.cartography import events
from gridmap.services.overview import Filters
from gridmap.web import session, state


@dataclass
class Draft:
    """A move that is being prepared; what is typed into its form stays while the form is shown.

    Parameters
    ----------
    number, version
        The issue, and its version as the person saw it when they began, or were told of another.
    action, note
        The move that is chosen, "" for none; and what was written with it.
    client_id
        What this device calls the act: pressed twice, it counts once.
    problem
        Why the last try did not go through.
    turn
        Number of the form: the next one begins empty.
    """

    number: int
    version: int
    turn: int
    action: str = ""
    note: str = ""
    client_id: str = field(default_factory=lambda: uuid.uuid4().hex)
    problem: str = ""

    def take(self, action: str) -> None:
        """Choose a move."""
        self.action, self.problem = action, ""

    def overtaken(self, version: int, problem: str) -> None:
        """Say that somebody was faster; from now on their version is the one that is seen."""
        self.version, self.problem = version, problem


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
    draft
        The move that is being prepared.
    dense
        Whether the map shows where issues are dense.
    """

    tab: str = "list"
    chosen: int | None = None
    opened: int | None = None
    turns: int = 0
    journeys: int = 0
    seen: int = 0
    draft: Draft | None = None
    dense: bool = False

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

    def draft_of(self, number: int, version: int) -> Draft:
        """Return the move that is being prepared for an issue, begun anew where it is another issue."""
        if self.draft is None or self.draft.number != number:
            self.turns += 1
            self.draft = Draft(number=number, version=version, turn=self.turns)
        if not self.draft.action:
            self.draft.version = version
        return self.draft

    def done(self) -> None:
        """Forget the move that was prepared: it is made."""
        self.draft = None

    def close(self) -> None:
        """Go back to list and map."""
        self.opened, self.draft = None, None

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
            tab=asked.get("tab", "list"),
            chosen=chosen,
            opened=opened,
            journeys=int(chosen is not None),
            dense=asked.get("dense") == "1",
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
    if here.dense:
        wanted["dense"] = "1"
    if here.chosen is not None:
        wanted["sel"] = f"issue:{here.chosen}"
    if st.query_params.to_dict() != wanted:
        st.query_params.from_dict(wanted)
