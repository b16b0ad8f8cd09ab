"""The page of coverage: what is asked, and where figures, map, reasons and tables stand."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Sequence
from dataclasses import replace

import streamlit as st

from gridmap import access, i18n
from gridmap.analysis import walking
from gridmap.services import community_settings, coverage_equity, coverage_kinds, coverage_why, overview
from gridmap.services.community_data import CommunityData
from gridmap.services.community_settings import CommunitySettings
from gridmap.services.sight import Sight
from gridmap.web import (
    chrome,
    coverage_figures_view,
    coverage_map_view,
    coverage_state,
    coverage_tables_view,
    coverage_why_view,
    siting_view,
    sources,
)
from gridmap.web.coverage_state import OLD, USUAL, CoverageState

_AREAS = ("", "circle", "catchments", "rings", "mend")
_HOURS = [dt.time(hour) for hour in range(6, 23)]
_SEVERAL = "several"
_DISTANCES_M = (300, 500, 800, 1000)


def say(key: str, language: str, **fields: object) -> str:
    """Return words of the page of coverage."""
    return i18n.text(f"reach.{key}", language, **fields)


def show(data: CommunityData, actor: access.Actor, language: str) -> None:
    """Show the page."""
    kinds = data.kinds.offered(data.points["kind"])
    there = [kind for kind in kinds if (data.points["kind"] == kind).any()]
    kinds = [*there, *(kind for kind in kinds if kind not in there)]
    state = coverage_state.current(kinds)
    chosen = community_settings.of(sources.store(), community_settings.number(data.community))
    _asked(state, data, chosen, kinds, there, language)
    coverage_state.remember(state, int(data.community.id or 0), language)
    if state.kinds:
        _several(state, data, chosen, actor, language)
    else:
        _one_kind(state, data, chosen, actor, language)


def _one_kind(
    state: CoverageState, data: CommunityData, chosen: CommunitySettings, actor: access.Actor, language: str
) -> None:
    asked = state.question(chosen.pace_old_m_min)
    found = sources.reached(data, asked)
    before = sources.reached(data, replace(asked, trials=())) if state.trials else None
    seen = Sight.of(actor, data.community)
    # What is added up over the whole community, and the search that tells it grid by grid, is for those who see it all.
    whole = seen.figures is None
    with st.container(key="reach-figures"):
        if whole:
            coverage_figures_view.show(state, found, before, language)
    with st.container(key="reach-said"):
        if whole:
            coverage_figures_view.said(data, found, language)
    why = None
    if state.selected in found.buildings.index and coverage_why_view.may(data, seen, state.selected):
        why = coverage_why.of(data, found, int(state.selected or 0))
    drawing = coverage_map_view.of_kind(state, data, found, why, language)
    with st.container(horizontal=True, key="reach-body"):
        with st.container(key="reach-left", width="stretch"):
            coverage_map_view.show(state, data, drawing, language)
        with st.container(key="reach-right", width=360):
            coverage_why_view.show(state, data, found, why, seen, language)
            coverage_why_view.trials(state, language)
            if whole:
                siting_view.show(state, data, actor, language)
    _assumed(found.remarks, language)
    if whole:
        siting_view.compared(state, data, actor, language)
    fares = None
    if whole:
        slower = sources.reached(data, coverage_equity.old_question(chosen, found))
        fares = coverage_equity.fares(data, found, slower, seen)
    coverage_tables_view.show(data, found, fares, drawing, seen, language)


def _several(
    state: CoverageState, data: CommunityData, chosen: CommunitySettings, actor: access.Actor, language: str
) -> None:
    found = coverage_kinds.together(
        [sources.reached(data, state.question(chosen.pace_old_m_min, kind)) for kind in state.kinds]
    )
    seen = Sight.of(actor, data.community)
    with st.container(key="reach-figures"):
        if seen.figures is None:
            coverage_figures_view.show_kinds(found, language)
    st.container(key="reach-said")
    drawing = coverage_map_view.of_kinds(found, language)
    with st.container(horizontal=True, key="reach-body"):
        with st.container(key="reach-left", width="stretch"):
            coverage_map_view.show(state, data, drawing, language)
        with st.container(key="reach-right", width=360):
            coverage_why_view.show_kinds(state, data, found, seen, language)
    _assumed(found.remarks, language)
    coverage_tables_view.show_kinds(data, found, drawing, seen, language)


def _assumed(remarks: Sequence[walking.Remark], language: str) -> None:
    """Say what was assumed, and what is odd."""
    for remark in remarks:
        st.caption(chrome.literally(remark.sentence(language)))


def _asked(
    state: CoverageState,
    data: CommunityData,
    chosen: CommunitySettings,
    kinds: list[str],
    there: list[str],
    language: str,
) -> None:
    def take() -> None:
        said = st.session_state
        kind = said["reach-kind"]
        if kind == _SEVERAL:
            picked = said.get("reach-kinds", state.kinds or tuple(there))
            state.kinds = tuple(one for one in kinds if one in picked) or (state.kind,)
            state.limit_m = said.get("reach-distance")
        else:
            if kind != state.kind or state.kinds:
                state.limit_m = state.siting.compared = None
                state.siting.anew()
                state.trials = []
            state.kinds, state.kind = (), kind
            metres = float(said[f"reach-m-{kind}"]) if f"reach-m-{kind}" in said else None
            state.limit_m = None if metres == chosen.radius_m(kind) else metres
            state.areas = said.get("reach-areas", state.areas) or ""
        state.straight = said["reach-how"] == "straight"
        state.capacity = bool(said["reach-capacity"])
        state.pace = said["reach-pace"]
        state.hour = said["reach-hour"]

    with st.container(horizontal=True, vertical_alignment="bottom", key="reach-asked"):
        st.selectbox(
            say("kind", language), [*kinds, _SEVERAL], index=len(kinds) if state.kinds else kinds.index(state.kind),
            key="reach-kind", on_change=take, width=200,
            format_func=lambda kind: say("several", language) if kind == _SEVERAL
            else data.kinds.label(kind, language),
        )  # fmt: skip
        _limit(state, chosen, take, language)
        _one(say("how", language), ("walking", "straight"), "straight" if state.straight else "walking",
             "reach-how", "how", take, language)  # fmt: skip
        _one(say("pace", language), (USUAL, OLD), state.pace, "reach-pace", "pace", take, language)
        st.selectbox(
            say("hour", language), [None, *_HOURS], index=0 if state.hour is None else 1 + _HOURS.index(state.hour),
            format_func=lambda hour: say("any_hour", language) if hour is None else f"{hour:%H:%M}", key="reach-hour",
            on_change=take, width=120, placeholder=say("any_hour", language),
        )  # fmt: skip
        st.toggle(say("capacity", language), value=state.capacity, key="reach-capacity", on_change=take)
        if not state.kinds:
            _one(say("areas", language), _AREAS, state.areas, "reach-areas", "area", take, language)
        else:
            st.multiselect(
                say("kinds", language), kinds, default=state.kinds, key="reach-kinds", on_change=take,
                format_func=lambda kind: data.kinds.label(kind, language),
                placeholder=say("kinds.choose", language), select_all=False,
            )  # fmt: skip


def _limit(state: CoverageState, chosen: CommunitySettings, take: Callable[[], None], language: str) -> None:
    """Ask how far a point may be: one kind by a slider, several each within its own distance or all within one."""
    if state.kinds:
        st.selectbox(
            say("distance", language), [None, *_DISTANCES_M],
            index=0 if state.limit_m is None else 1 + _DISTANCES_M.index(int(state.limit_m)),
            format_func=lambda metres: say("distance.own", language) if metres is None else f"{metres} m",
            key="reach-distance", on_change=take, width=180, placeholder=say("distance.own", language),
        )  # fmt: skip
        return
    limit_m = chosen.radius_m(state.kind) if state.limit_m is None else state.limit_m
    pace = chosen.pace_old_m_min if state.pace == OLD else chosen.pace_m_min
    st.slider(
        say("limit", language, minutes=round(limit_m / pace)), 100, 2000, int(limit_m), 50,
        key=f"reach-m-{state.kind}", on_change=take, width=190, format="%d m",
    )  # fmt: skip


def _one(
    label: str, options: tuple[str, ...], value: str, key: str, words: str, take: Callable[[], None], language: str
) -> None:
    st.segmented_control(
        label, options, default=value, required=True, key=key, on_change=take,
        format_func=lambda one: say(f"{words}.{one or 'none'}", language),
    )  # fmt: skip


def has_homes(data: CommunityData) -> bool:
    """Whether there is any building of which coverage can be told."""
    return not overview.dwellings(data).geometry.is_empty.all()
