"""What one person's figures of issues hold between two runs."""

from __future__ import annotations

from dataclasses import dataclass

import streamlit as st

from gridmap.cartography import events
from gridmap.services import issue_figure_words, issue_figures
from gridmap.services.issue_figure_words import Mode

_KEY = "gridmap_issue_figures"


@dataclass(kw_only=True)
class FiguresState:
    """One person's figures of issues.

    Parameters
    ----------
    weeks
        Length of the period, where the filters name no days.
    mode
        What the map shows.
    compound
        The compound whose days are shown, and to which the map went.
    journeys
        How often the map was sent somewhere.
    seen
        The last event of the map that was taken.
    """

    weeks: int = issue_figures.WEEKS[1]
    mode: Mode = issue_figure_words.MODES[0]
    compound: int | None = None
    journeys: int = 0
    seen: int = 0

    def take(self, event: events.Event) -> None:
        """Take what was done on the map: nothing on it can be chosen."""
        self.seen = event.seq

    def go(self, compound_id: int) -> None:
        """Show a compound's days, and go to it on the map."""
        self.compound = compound_id
        self.journeys += 1


def current() -> FiguresState:
    """Return this person's figures."""
    if _KEY not in st.session_state:
        st.session_state[_KEY] = FiguresState()
    state: FiguresState = st.session_state[_KEY]
    return state
