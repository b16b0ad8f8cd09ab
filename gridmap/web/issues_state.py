"""What one person's page of issues holds between two runs, and what its address says."""

from __future__ import annotations

from dataclasses import dataclass

import streamlit as st

_KEY = "gridmap_issues"


@dataclass
class IssuesState:
    """One person's page of issues.

    Parameters
    ----------
    tab
        The tab that is shown.
    """

    tab: str = "list"


def current() -> IssuesState:
    """Return this person's page, begun from its address."""
    if _KEY not in st.session_state:
        st.session_state[_KEY] = IssuesState(tab=st.query_params.get("tab", "list"))
    state: IssuesState = st.session_state[_KEY]
    return state


def remember(state: IssuesState, community_id: int, language: str) -> None:
    """Write what is shown into the address."""
    wanted = {"lang": language, "c": str(community_id)}
    if state.tab != "list":
        wanted["tab"] = state.tab
    if st.query_params.to_dict() != wanted:
        st.query_params.from_dict(wanted)
