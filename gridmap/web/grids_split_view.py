"""Splitting a community: parts on the map, a rehearsal that says what goes where, the act, and taking it back."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, replace
from typing import Any

import pandas as pd
import streamlit as st

from gridmap import access, errors, i18n
from gridmap.access import Action
from gridmap.services import community_split, grid_divisions, grid_proposals, split_parts, split_undo
from gridmap.services.community_data import CommunityData
from gridmap.services.community_split import SplitReport
from gridmap.services.grid_divisions import Drawn
from gridmap.services.grid_proposals import Plan, Wish
from gridmap.services.sight import Sight
from gridmap.services.split_parts import Order
from gridmap.web import acts, chrome, grids_bars_view, grids_map_view, grids_takeaway_view, sources
from gridmap.web.grids_state import GridsState

_KEY = "gridmap_split"
_MOST = 6


@dataclass(kw_only=True)
class SplitState:
    """What one person has asked of a split, and what it would do."""

    plan: Plan | None = None
    revision: int = 0
    shown: int = 0
    stations: list[list[dict[str, Any]]] | None = None
    report: SplitReport | None = None
    rehearsed: tuple[int, tuple[str, ...]] | None = None


def say(key: str, language: str, **fields: object) -> str:
    """Return words of this part of the page."""
    return i18n.text(f"split.{key}", language, **fields)


def show(page: GridsState, data: CommunityData, actor: access.Actor, language: str) -> None:
    """Show what is asked, the parts, and what becomes of them."""
    state: SplitState = st.session_state.setdefault(_KEY, SplitState())
    seen = Sight.of(actor, data.community)
    if state.plan is not None and state.revision != data.revision:
        st.session_state[_KEY] = state = SplitState()
        st.info(say("anew", language), icon=":material/sync_problem:")
    _earlier(data, actor, language)
    if grid_proposals.placed(data).empty:
        st.info(i18n.text("grids.none.no_buildings", language), icon=":material/info:")
        return
    left, right = grids_map_view.body()
    shown = grid_divisions.present(data)
    with right:
        _asked(data, seen, language)
        order = Order()
        if state.plan is not None:
            order = _named(state, data, state.plan, language)
            shown = _drawn(data, state.plan, state.shown, order)
    with left:
        grids_map_view.show(data, shown, language, on_event=page.take)
    if state.plan is not None:
        _parts(state, data, seen, state.plan, order, language)
        _rehearsed(state, data, actor, seen, order, language)


def _asked(data: CommunityData, seen: Sight, language: str) -> None:
    st.caption(say("help", language))
    k = st.number_input(say("into", language), 2, _MOST, 2, key="split-k")
    load = st.selectbox(
        i18n.text("grids.propose.load", language), grids_bars_view.shown_loads(seen), key="split-by",
        format_func=lambda one: i18n.text(f"grids.load.{one}", language),
    )  # fmt: skip
    keep = st.toggle(i18n.text("grids.propose.keep", language), value=True, key="split-keep")
    if st.button(say("go", language), type="primary", icon=":material/call_split:", key="split-go"):
        wish = Wish(k=int(k), weights={load: 1.0}, keep_compounds=keep)
        with st.spinner(i18n.text("grids.propose.at_work", language), show_time=True):
            try:
                plan = split_parts.propose(data, wish)
            except errors.InputError as fault:
                st.error(chrome.literally(fault.sentence(language)), icon=":material/error:")
                return
        st.session_state[_KEY] = SplitState(plan=plan, revision=data.revision)
        st.rerun()


def _named(state: SplitState, data: CommunityData, plan: Plan, language: str) -> Order:
    """Ask which proposal is meant, which part keeps the community's number, and what each is called."""
    if len(plan.proposals) > 1:
        state.shown = st.segmented_control(
            i18n.text("grids.propose.which", language), range(len(plan.proposals)), default=state.shown, required=True,
            key="split-shown", format_func=lambda one: i18n.text("grids.propose.number", language, n=one + 1),
        )  # fmt: skip
    proposal = plan.proposals[state.shown]
    for remark in plan.remarks:
        st.caption(chrome.literally(remark.sentence(language)))
    told = {
        "deviation": i18n.percent(proposal.division.deviation, language, 1),
        "bound": i18n.percent(proposal.division.bound, language, 1),
    }
    st.markdown(say("even", language, **told))
    order = Order()
    usual = split_parts.names(data.community, order, plan.wish.k)
    for at, name in enumerate(usual):
        label = say("name.first" if at == 0 else "name", language, n=at + 1)
        said = st.text_input(label, name, max_chars=40, key=f"split-name-{at}")
        usual[at] = said.strip() or name
    return replace(order, names=tuple(usual))


def _drawn(data: CommunityData, plan: Plan, shown: int, order: Order) -> Drawn:
    """Return the parts as a division, in their order and under their names."""
    proposal = plan.proposals[shown]
    drawn = grid_divisions.of_proposal(data, proposal)
    turn = split_parts.turn(data, proposal, order)
    names = dict(zip(turn, order.names, strict=True))
    grids = drawn.grids.assign(
        name=[names[int(number)] for number in drawn.grids.index],
        letter=[str(turn.index(int(number)) + 1) for number in drawn.grids.index],
        leader_id=None,
    )
    return Drawn(grids=grids.loc[turn], grid_of=drawn.grid_of)


def _parts(state: SplitState, data: CommunityData, seen: Sight, plan: Plan, order: Order, language: str) -> None:
    """Show what each part would carry, and where stations lack in it."""
    proposal = plan.proposals[state.shown]
    parts = split_parts.parts(data, proposal, order)
    loads = grids_bars_view.shown_loads(seen)
    table = pd.DataFrame(
        {
            say("column.part", language): [part.name for part in parts],
            **{i18n.text(f"grids.load.{one}", language): [getattr(part, one) for part in parts] for one in loads},
            say("column.stations", language): [part.stations for part in parts],
            say("column.stations_wanted", language): [part.stations_wanted for part in parts],
        }
    )
    st.dataframe(table, hide_index=True, width="stretch")
    if st.button(say("stations", language), icon=":material/add_location:", key="split-stations"):
        with st.spinner(i18n.text("grids.propose.at_work", language), show_time=True):
            try:
                state.stations = split_parts.wanted_stations(sources.store(), data, proposal, order)
            except errors.InputError as fault:
                st.error(chrome.literally(fault.sentence(language)), icon=":material/error:")
    if state.stations is not None:
        spots = [
            {say("column.part", language): part.name, say("column.spot", language): spot["name"],
             i18n.text("grids.load.households", language): spot["households"],
             i18n.text("repair.column.lon", language): spot["lon"],
             i18n.text("repair.column.lat", language): spot["lat"]}
            for part, spots in zip(parts, state.stations, strict=False) for spot in spots
        ]  # fmt: skip
        if spots:
            st.dataframe(pd.DataFrame(spots), hide_index=True, width="stretch")
        else:
            st.caption(say("stations.none", language))


def _rehearsed(
    state: SplitState, data: CommunityData, actor: access.Actor, seen: Sight, order: Order, language: str
) -> None:
    """Rehearse the split, say what it does, and offer to do it."""
    assert state.plan is not None
    proposal, asked = state.plan.proposals[state.shown], (state.shown, tuple(order.names))
    may = access.decide(
        actor, Action.SPLIT_COMMUNITY, street_id=data.community.street_id, community_id=data.community.id
    ).allowed
    if st.button(say("rehearse", language), icon=":material/fact_check:", key="split-rehearse"):
        with st.spinner(say("rehearsing", language), show_time=True):
            try:
                state.report = community_split.look(sources.store(), data, proposal, order, actor)
                state.rehearsed = asked
            except errors.GridmapError as fault:
                st.error(chrome.literally(fault.sentence(language)), icon=":material/error:")
    if state.report is None or state.rehearsed != asked:
        return
    report = state.report
    table = community_split.table(report, language)
    st.markdown(f"**{say('rehearsed', language)}**")
    st.dataframe(table, hide_index=True, width="stretch", height=min(38 + 35 * len(table), 420))
    if report.doubts:
        st.markdown(f"**{say('doubts', language, n=len(report.doubts))}**")
        for doubt in report.doubts:
            st.markdown("- " + chrome.literally(doubt.sentence(language)))
    doubts = pd.DataFrame(
        {say("doubts", language, n=len(report.doubts)): [one.sentence(language) for one in report.doubts]}
    )
    title = say("title", language)
    grids_takeaway_view.offer(
        data, seen, title=title, note="、".join(report.names),
        sheets=lambda: {say("sheet.rows", language): table, say("sheet.doubts", language): doubts},
        shown=None, key="split", language=language,
    )  # fmt: skip
    if not may:
        st.info(say("not_yours", language), icon=":material/info:")
        return
    address = st.context.ip_address or ""

    def act(by: access.Actor) -> str:
        done = community_split.split(
            sources.store(), data, proposal, order, actor=by, now=dt.datetime.now(dt.UTC), address=address
        )
        st.session_state.pop(_KEY, None)
        return i18n.text("split.done", language, names=list(done.names))

    if st.button(say("act", language), type="primary", icon=":material/call_split:", key="split-act"):
        acts.ask(
            say("title", language), say("ask", language, names=list(report.names)), say("act", language), act, language
        )


def _earlier(data: CommunityData, actor: access.Actor, language: str) -> None:
    """Show the splits there were, each with a way to take it back."""
    may = access.decide(
        actor, Action.SPLIT_COMMUNITY, street_id=data.community.street_id, community_id=data.community.id
    ).allowed
    now = dt.datetime.now(dt.UTC)
    for one in split_undo.splits(sources.store(), data.community):
        at = i18n.time(one.at, language, sources.time_zone())
        with st.container(horizontal=True, vertical_alignment="center", border=True, key=f"split-{one.number}"):
            st.markdown(chrome.literally(say("earlier", language, at=at, n=one.parts)))
            if one.undone_at is not None:
                st.caption(say("undone", language), width="content")
            elif one.until < now:
                st.caption(say("over", language), width="content")
            elif may and st.button(say("undo", language), icon=":material/undo:", key=f"split-undo-{one.number}"):
                number, address = one.number, st.context.ip_address or ""

                def back(by: access.Actor, number: int = number, address: str = address) -> str:
                    gone = split_undo.undo(sources.store(), data.community, number, actor=by, address=address)
                    return i18n.text("cli.split.undone", language, names=gone)

                acts.ask(say("undo", language), say("undo.ask", language, at=at), say("undo", language), back, language)
