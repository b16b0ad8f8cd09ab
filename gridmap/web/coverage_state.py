"""What one person's page of coverage holds between two runs: what is asked, what is tried out, what is proposed."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, field

import streamlit as st

from gridmap.cartography import events
from gridmap.services.coverage_table import Question
from gridmap.web.siting_state import SitingState

_KEY = "gridmap_coverage"
OLD, USUAL = "old", "usual"
_LONGEST_M = 3000


@dataclass(kw_only=True)
class CoverageState:
    """One person's page of coverage.

    Parameters
    ----------
    kind
        Code of the kind of service point.
    kinds
        Codes of several kinds that are looked at together; none for one kind alone.
    limit_m
        How far a point may be; None for the community's setting.
    straight, capacity
        Whether the straight line is measured, and whether rooms are limited.
    pace
        ``usual`` or ``old``: at whose pace the minutes are told.
    hour
        Time of day; None for any.
    areas
        What is drawn besides: ``""``, ``circle``, ``catchments``, ``rings`` or ``mend``.
    selected
        The building that is asked about.
    trials
        Places tried out, (lon, lat).
    pointing
        Whether the next press on the map is a place to try out.
    siting
        The search for places, and the scenarios.
    seen
        The last event of the map that was taken.
    notice
        What was just done.
    """

    kind: str
    kinds: tuple[str, ...] = ()
    limit_m: float | None = None
    straight: bool = False
    capacity: bool = False
    pace: str = USUAL
    hour: dt.time | None = None
    areas: str = ""
    selected: int | None = None
    trials: list[tuple[float, float]] = field(default_factory=list)
    pointing: bool = False
    siting: SitingState = field(default_factory=SitingState)
    seen: int = 0
    notice: str = ""

    def question(self, old_m_min: float, kind: str = "") -> Question:
        """Return what is asked, with the pace of the old where theirs is wanted; of another kind where one is named."""
        return Question(
            kind=kind or self.kind,
            limit_m=self.limit_m,
            pace_m_min=old_m_min if self.pace == OLD else None,
            straight=self.straight,
            capacity=self.capacity,
            hour=self.hour,
            trials=() if self.kinds else tuple(self.trials),
        )

    def take(self, event: events.Event) -> None:
        """Take what was done on the map."""
        if event.seq == self.seen:
            return
        self.seen = event.seq
        if self.siting.take(event):
            return
        match event:
            case events.Pointed() if self.pointing:
                self.trials.append((event.lon, event.lat))
                self.pointing = False
            case events.Dragged() if 0 <= event.id < len(self.trials):
                self.trials[event.id] = (event.lon, event.lat)
            case events.Clicked() if event.target == "building":
                self.selected = event.id
            case events.Closed():
                self.selected = None
            case _:
                pass


def current(kinds: list[str]) -> CoverageState:
    """Return this person's page, begun from its address: ``kind`` or ``kinds``, ``m`` (metres) and ``how``."""
    if _KEY not in st.session_state:
        asked = st.query_params
        kind = asked.get("kind", "")
        metres = asked.get("m", "")
        limit = float(metres) if metres.isascii() and metres.isdigit() and 0 < int(metres) <= _LONGEST_M else None
        several = asked.get("kinds", "").split(",")
        st.session_state[_KEY] = CoverageState(
            kind=kind if kind in kinds else kinds[0],
            kinds=tuple(one for one in kinds if one in several),
            limit_m=limit,
            straight=asked.get("how") == "straight",
        )
    state: CoverageState = st.session_state[_KEY]
    return state


def remember(state: CoverageState, community_id: int, language: str) -> None:
    """Write what is asked into the address."""
    wanted = {"lang": language, "c": str(community_id), "kind": state.kind}
    if state.kinds:
        wanted["kinds"] = ",".join(state.kinds)
    if state.limit_m is not None:
        wanted["m"] = f"{state.limit_m:.0f}"
    if state.straight:
        wanted["how"] = "straight"
    if st.query_params.to_dict() != wanted:
        st.query_params.from_dict(wanted)
