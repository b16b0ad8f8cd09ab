"""Proposals of grids: what is asked, several answers side by side, and one of them taken as a draft."""

from __future__ import annotations

import datetime as dt

import streamlit as st

from gridmap import access, errors, i18n
from gridmap.services import (
    community_settings,
    grid_checks,
    grid_divisions,
    grid_drafts,
    grid_drawing,
    grid_lines,
    grid_proposals,
    grid_tables,
)
from gridmap.services.community_data import CommunityData
from gridmap.services.grid_proposals import Plan, Wish
from gridmap.services.sight import Sight
from gridmap.web import acts, chrome, grids_bars_view, grids_map_view, grids_takeaway_view, session, sources
from gridmap.web.grids_state import GridsState
from gridmap.web.job import Job

_MOST = 30
_SECONDS = (1, 3, 5, 10)
_MIX = "mix"
_PATIENCE_S = 1.0
_EVERY_S = 0.5


def say(key: str, language: str, **fields: object) -> str:
    """Return words of the page of grids."""
    return i18n.text(f"grids.{key}", language, **fields)


def show(state: GridsState, data: CommunityData, actor: access.Actor, language: str) -> None:
    """Show what is asked, and the proposals."""
    if grid_proposals.placed(data).empty:
        st.info(say("none.no_buildings", language), icon=":material/info:")
        return
    seen = Sight.of(actor, data.community)
    left, right = grids_map_view.body()
    with right:
        wish = _asked(data, seen, language)
        if not data.buildings["households"].sum() and "households" in wish.weights:
            st.caption(say("propose.no_households", language))
        if grid_lines.of_data(data).empty:
            st.caption(say("propose.no_lines", language))
        if st.button(
            say("propose.go", language), type="primary", icon=":material/auto_awesome:", key="grids-go",
            disabled=state.job is not None,
        ):  # fmt: skip
            state.anew()
            state.wish, state.revision = wish, data.revision
            _begin(state, data, language)
            st.rerun()
        if state.refused:
            st.error(chrome.literally(state.refused), icon=":material/error:")
        with st.container(key="grids-progress"):
            _progress(state, language)
        if state.plan is not None and (state.wish != wish or state.revision != data.revision):
            st.warning(say("propose.stale", language), icon=":material/sync_problem:")
        if state.plan is not None:
            _chosen(state, data, state.plan, actor, language)
    shown = grid_divisions.present(data)
    if state.plan is not None:
        shown = grid_divisions.of_proposal(data, state.plan.proposals[state.shown])
    with left:
        grids_map_view.show(data, shown, language, on_event=state.take)
    if state.plan is not None:
        _tables(data, seen, state, state.plan, language)


def _asked(data: CommunityData, seen: Sight, language: str) -> Wish:
    chosen = community_settings.of(sources.store(), community_settings.number(data.community))
    k = st.number_input(say("propose.k", language), 1, _MOST, min(chosen.grids, _MOST), key="grids-k")
    loads = grids_bars_view.shown_loads(seen)
    load = st.selectbox(
        say("propose.load", language), [*loads, _MIX], key="grids-by",
        format_func=lambda one: say(f"load.{one}", language),
    )  # fmt: skip
    weights = {load: 1.0}
    if load == _MIX:
        st.caption(say("propose.mix", language))
        weights = {}
        for one in loads:
            begins = int(one == "households")
            weight = st.slider(say(f"load.{one}", language), 0, 5, begins, key=f"grids-weight-{one}")
            if weight:
                weights[one] = float(weight)
        weights = weights or {"households": 1.0}
    keep = st.toggle(say("propose.keep", language), key="grids-keep", help=say("propose.keep.help", language))
    stay = st.toggle(
        say("propose.stay", language), value=True, key="grids-stay", help=say("propose.stay.help", language)
    )
    with st.expander(say("propose.more", language), icon=":material/tune:"):
        seconds = st.select_slider(
            say("propose.seconds", language), _SECONDS, 1, key="grids-seconds", format_func=lambda one: f"{one} s"
        )
        seed = st.number_input(
            say("propose.seed", language), 0, 9999, 0, key="grids-seed", help=say("propose.seed.help", language)
        )
    return Wish(k=int(k), weights=weights, keep_compounds=keep, stay=stay, seconds=float(seconds), seed=int(seed))


def _begin(state: GridsState, data: CommunityData, language: str) -> None:
    """Begin the search, and take its answer at once if it is quick; else it goes on beside the page."""
    wish = state.wish
    assert wish is not None
    state.job = Job(lambda: grid_proposals.propose(data, wish), "grids")
    with st.spinner(say("propose.at_work", language), show_time=True):
        if state.job.start(_PATIENCE_S):
            _take(state, state.job, language)


def _progress(state: GridsState, language: str) -> None:
    if state.job is None:
        return
    if state.job.over:
        _take(state, state.job, language)
        st.rerun()

    @st.fragment(run_every=_EVERY_S)
    def watched() -> None:
        # It runs without the page around it, which would have asked who this is.
        session.actor(language)
        job = state.job
        if job is None or job.over:
            st.rerun()
        share = job.seconds / (job.seconds + (state.wish.seconds if state.wish else 1.0))
        st.progress(share, text=say("propose.running", language, n=round(job.seconds)))
        if st.button(say("propose.leave", language), icon=":material/close:", key="grids-leave"):
            state.anew()
            st.rerun()

    watched()


def _take(state: GridsState, job: Job[Plan], language: str) -> None:
    state.job = None
    if job.fault is not None:
        if not isinstance(job.fault, errors.GridmapError):
            raise job.fault
        state.refused = job.fault.sentence(language)
    else:
        state.plan, state.shown = job.result, 0


def _chosen(state: GridsState, data: CommunityData, plan: Plan, actor: access.Actor, language: str) -> None:
    """Show which proposal is on the map, its loads, and the way to take it as a draft."""
    st.session_state["grids-shown"] = state.shown

    def choose() -> None:
        state.shown = st.session_state["grids-shown"]

    st.segmented_control(
        say("propose.which", language), range(len(plan.proposals)), required=True, key="grids-shown", on_change=choose,
        format_func=lambda one: say("propose.number", language, n=one + 1),
    )  # fmt: skip
    for remark in plan.remarks:
        st.caption(chrome.literally(remark.sentence(language)))
    proposal = plan.proposals[state.shown]
    shown = grid_divisions.of_proposal(data, proposal)
    weighed = next(iter(plan.wish.weights)) if len(plan.wish.weights) == 1 else "households"
    grids_bars_view.bars(shown, grid_divisions.loads(data, shown), weighed, language)
    if proposal.division.cut_compounds:
        st.caption(chrome.literally(say("propose.cut", language, names=list(proposal.division.cut_compounds))))
    wrong = grid_checks.broken(grid_checks.of(data, shown, language))
    if wrong:
        grids_bars_view.checks(wrong, language)
    store, address = sources.store(), st.context.ip_address or ""

    def begin(by: access.Actor) -> str:
        grid_drafts.discard(store, by, data, address=address)
        grid_drafts.begin(
            store, by, data, *grid_drawing.of_drawn(data, shown), weighed=plan.wish.weights,
            now=dt.datetime.now(dt.UTC), address=address,
        )  # fmt: skip
        state.tab = "draft"
        return say("draft.begun", language)

    if st.button(say("propose.take", language), icon=":material/edit:", key="grids-take"):
        if grid_drafts.find(store, actor, data) is not None:
            acts.ask(say("propose.take", language), say("propose.take.ask", language), say("propose.take", language),
                     begin, language)  # fmt: skip
        elif acts.attempt(lambda: begin(actor), language):
            st.rerun()


def _tables(data: CommunityData, seen: Sight, state: GridsState, plan: Plan, language: str) -> None:
    table = grid_tables.proposals(plan, language)
    proposal = plan.proposals[state.shown]
    shown = grid_divisions.of_proposal(data, proposal)
    loads = grids_bars_view.shown_loads(seen)
    title = say("propose.title", language, n=state.shown + 1)
    grids_takeaway_view.offer(
        data, seen, title=title,
        note=say("propose.note", language, deviation=i18n.percent(proposal.division.deviation, language, 2),
                 bound=i18n.percent(proposal.division.bound, language, 2)),
        sheets=lambda: {
            say("sheet.proposals", language): table,
            say("sheet.grids", language): grid_tables.grids(data, shown, loads, leaders=False, language=language),
            say("sheet.buildings", language): grid_tables.buildings(data, shown, language),
        },
        shown=shown, proposed=True, key="propose", language=language,
    )  # fmt: skip
    st.dataframe(table, hide_index=True, width="stretch", placeholder="—")
    st.caption(say("propose.explained", language))
