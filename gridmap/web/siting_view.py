"""Where the next points should stand: what is asked of the search, and its answer beside the map."""

from __future__ import annotations

import streamlit as st

from gridmap import access, i18n
from gridmap.services import siting_plan
from gridmap.services.community_data import CommunityData
from gridmap.services.siting_places import Candidate
from gridmap.services.siting_plan import Wish
from gridmap.web import chrome, siting_answer_view, siting_candidates_view, siting_compare_view, siting_progress_view
from gridmap.web.coverage_state import CoverageState

_OBJECTIVES = ("mclp", "lscp", "pmedian", "pcenter")
_EXISTING = ("fixed", "closable", "movable", "each")
_SECONDS = (5, 10, 30, 60)
_MOST = 20


def say(key: str, language: str, **fields: object) -> str:
    """Return words of the search for places."""
    return i18n.text(f"reach.site.{key}", language, **fields)


def show(state: CoverageState, data: CommunityData, actor: access.Actor, language: str) -> None:
    """Show what is asked of the search, and its answer."""
    mine = state.siting
    with st.container(border=True, key="reach-site"):
        st.markdown(f"**{say('title', language)}**")
        wish = _asked(state, data, language)
        pressed = st.button(
            say("go", language), type="primary", icon=":material/travel_explore:", key="site-go",
            disabled=mine.job is not None,
        )  # fmt: skip
        if mine.refused:
            st.error(chrome.literally(mine.refused), icon=":material/error:")
        if pressed:
            mine.anew()
            mine.wish, mine.revision = wish, data.revision
            siting_progress_view.begin(mine, data, language)
            st.rerun()
        with st.container(key="site-progress"):
            siting_progress_view.show(mine, language)
        if mine.plan is not None:
            if mine.wish != wish or mine.revision != data.revision:
                st.warning(say("stale", language), icon=":material/sync_problem:")
            siting_answer_view.show(state, data, actor, language)


def compared(state: CoverageState, data: CommunityData, actor: access.Actor, language: str) -> None:
    """Show the scenarios that are kept, one of them beside today or another."""
    siting_compare_view.show(state, data, actor, language)


def _asked(state: CoverageState, data: CommunityData, language: str) -> Wish:
    objective = st.selectbox(
        say("objective", language), _OBJECTIVES, format_func=lambda one: say(f"objective.{one}", language),
        key="site-objective",
    )  # fmt: skip
    st.caption(say(f"explained.{objective}", language))
    add = siting_plan.LARGEST_ADD
    if objective != "lscp":
        add = st.number_input(say("add", language), 0, _MOST, 2, key="site-add")
    candidates = siting_candidates_view.show(state, data, language)
    return _terms(state, data, objective, int(add), candidates, language)


def _terms(
    state: CoverageState, data: CommunityData, objective: str, add: int, candidates: list[Candidate], language: str
) -> Wish:
    """Ask for what binds the search, and return all that is wished."""
    with st.expander(say("terms", language), icon=":material/tune:"):
        existing, standing = _existing(state, data, language)
        room = siting_plan.ROOM
        if state.capacity:
            room = st.number_input(say("room", language), 0, 100_000, siting_plan.ROOM, 50, key="site-room")
        else:
            st.caption(say("room.off", language))
        budget = st.number_input(
            say("budget", language), 0, None, None, 1000, key="site-budget", placeholder=say("budget.none", language)
        )
        price = None
        if budget is not None:
            price = st.number_input(
                say("price", language), 0, None, None, 500, key="site-price", help=say("price.help", language),
                placeholder=say("price.none", language),
            )  # fmt: skip
        seconds = st.select_slider(
            say("seconds", language), _SECONDS, 10, key="site-seconds", format_func=lambda one: f"{one} s"
        )
    return Wish(
        kind=state.kind,
        add=add,
        objective=objective,
        walk_m=state.limit_m,
        straight=state.straight,
        existing=existing,
        standing=standing,
        capacity=state.capacity,
        room=int(room),
        budget=None if budget is None else float(budget),
        price=None if price is None else float(price),
        candidates=tuple(candidates),
        alternatives=3,
        seconds=float(seconds),
    )


def _existing(state: CoverageState, data: CommunityData, language: str) -> tuple[str, tuple[tuple[int, str], ...]]:
    """Ask which of the points that are there stay, may close, or may move."""
    existing = st.selectbox(
        say("existing", language), _EXISTING, format_func=lambda one: say(f"existing.{one}", language),
        key="site-existing",
    )  # fmt: skip
    if existing != "each":
        return existing, ()
    mine = data.points[(data.points["kind"] == state.kind) & ~data.points.geometry.is_empty]
    names = dict(zip(mine.index.tolist(), mine["name"].tolist(), strict=True))
    picked: list[tuple[int, str]] = []
    for standing in ("closable", "movable"):
        left = [number for number in names if number not in dict(picked)]
        wanted = st.multiselect(
            say(f"each.{standing}", language), left, format_func=lambda one: names[one], key=f"site-{standing}",
            placeholder=say("each.none", language), select_all=False,
        )  # fmt: skip
        picked += [(number, standing) for number in wanted]
    return "fixed", tuple(picked)
