"""Why a building is covered or not, what would cover it, and the places on trial."""

from __future__ import annotations

import pandas as pd
import streamlit as st

from gridmap import i18n
from gridmap.services.community_data import CommunityData
from gridmap.services.coverage_kinds import KindsTable
from gridmap.services.coverage_table import CoverageTable
from gridmap.services.coverage_why import Why
from gridmap.services.sight import Sight
from gridmap.web import chrome
from gridmap.web.coverage_state import CoverageState

_OF_THE_WHOLE = ("point", "room")


def say(key: str, language: str, **fields: object) -> str:
    """Return words of the page of coverage."""
    return i18n.text(f"reach.{key}", language, **fields)


def may(data: CommunityData, seen: Sight, building: int | None) -> bool:
    """Whether a person is told more of a building than the map shows."""
    grid = data.buildings.at[building, "grid_id"]
    return seen.building(None if pd.isna(grid) else int(grid))


def show(
    state: CoverageState, data: CommunityData, found: CoverageTable, why: Why | None, seen: Sight, language: str
) -> None:
    """Show how the chosen building fares, and what would mend it."""
    with st.container(border=True, key="reach-why"):
        if why is None:
            _nothing(state, data, found.buildings.index, seen, language)
            return
        st.markdown(f"**{chrome.literally(why.title)}**")
        told = say(
            f"why.{why.reason}", language, point=why.point, walk=_metres(why.walk_m), minutes=_minutes(why.minutes),
            straight=_metres(why.straight_m), limit=round(found.radius_m), wall=why.wall, n=why.households,
            hour="" if state.hour is None else f"{state.hour:%H:%M}",
        )  # fmt: skip
        st.markdown(chrome.literally(told))
        # What tells figures of the whole community is for those who see them.
        mends_told = [mend for mend in why.mends if seen.figures is None or mend.key not in _OF_THE_WHOLE]
        if mends_told:
            mends = "\n".join(f"- {chrome.literally(mend.sentence(language))}" for mend in mends_told)
            st.markdown(f"{say('cure', language)}\n\n{mends}")


def show_kinds(state: CoverageState, data: CommunityData, found: KindsTable, seen: Sight, language: str) -> None:
    """Show which of several kinds the chosen building has in reach, and which it lacks."""
    with st.container(border=True, key="reach-why"):
        rows = found.buildings
        if state.selected not in rows.index or not may(data, seen, state.selected):
            _nothing(state, data, rows.index, seen, language)
            return
        chosen = int(state.selected or 0)
        missing, households = rows["missing"][chosen], int(rows["households"][chosen])
        st.markdown(f"**{chrome.literally(str(rows['compound'][chosen] or '') + str(rows['building'][chosen]))}**")
        fields = {"n": households, "number": len(found.kinds) - len(missing), "of": len(found.kinds)}
        st.markdown(chrome.literally(say("kinds.why", language, **fields)))
        # What is missing is named first.
        for_each = sorted(found.by_kind.items(), key=lambda one: one[0] not in missing)
        st.markdown("\n".join(_line(kind, one, chosen, kind in missing, language) for kind, one in for_each))


def _line(kind: str, one: CoverageTable, building: int, missing: bool, language: str) -> str:
    walk_m = float(one.buildings["walk_m"][building])
    key = "nowhere" if pd.isna(walk_m) else "missing" if missing else "there"
    words = say(
        f"kinds.{key}", language, kind=one.known.label(kind, language),
        point=str(one.buildings["point"][building]), walk=_metres(walk_m), limit=round(one.radius_m),
    )  # fmt: skip
    return f"- {chrome.literally(words)}"


def _nothing(state: CoverageState, data: CommunityData, rows: pd.Index, seen: Sight, language: str) -> None:
    if state.selected is not None and state.selected in rows and not may(data, seen, state.selected):
        st.caption(say("why.not_yours", language))
    else:
        st.caption(say("why.press", language))


def _metres(value: float) -> str:
    return "—" if pd.isna(value) else f"{round(value):,}"


def _minutes(value: float) -> str:
    return "—" if pd.isna(value) else f"{value:.0f}"


def trials(state: CoverageState, language: str) -> None:
    """Show the buttons by which places are tried out."""
    with st.container(border=True, key="reach-trials"):
        if state.pointing:
            st.info(say("trial.press", language), icon=":material/touch_app:")
        with st.container(horizontal=True):
            if st.button(say("trial.add", language), icon=":material/add_location_alt:", key="trial-add"):
                state.pointing, state.siting.pointing = not state.pointing, False
                st.rerun()
            if state.trials and st.button(say("trial.clear", language), icon=":material/delete:", key="trial-clear"):
                state.trials, state.pointing = [], False
                st.rerun()
        st.caption(say("trial.drag" if state.trials else "trial.help", language, n=len(state.trials)))
