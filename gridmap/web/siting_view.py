"""Where the next points should stand: asked, told with reasons, kept as scenarios, compared with today, adopted."""

from __future__ import annotations

import datetime as dt

import pandas as pd
import streamlit as st

from gridmap import access, catalogues, i18n
from gridmap.access import Action
from gridmap.services import community_settings, scenario_comparison, scenarios, siting_plan, siting_words
from gridmap.services.community_data import CommunityData
from gridmap.services.scenarios import Scenario
from gridmap.services.siting_plan import Wish
from gridmap.web import acts, chrome, sources
from gridmap.web.coverage_state import CoverageState

_OBJECTIVES = ("mclp", "lscp", "pmedian", "pcenter")
_SECONDS = 10.0
_MOST = 10


def say(key: str, language: str, **fields: object) -> str:
    """Return words of the search for places."""
    return i18n.text(f"reach.site.{key}", language, **fields)


def show(state: CoverageState, data: CommunityData, actor: access.Actor, language: str) -> None:
    """Show what is asked of the search, its answer, and the scenarios that are kept."""
    with st.container(border=True, key="reach-site"):
        st.markdown(f"**{say('title', language)}**")
        with st.form("site-asked", border=False):
            objective = st.selectbox(
                say("objective", language), _OBJECTIVES, format_func=lambda one: say(f"objective.{one}", language),
                key="site-objective",
            )  # fmt: skip
            add = st.number_input(say("add", language), 1, _MOST, 2, key="site-add")
            existing = st.selectbox(
                say("existing", language), ("fixed", "closable", "movable"),
                format_func=lambda one: say(f"existing.{one}", language), key="site-existing",
            )  # fmt: skip
            pressed = st.form_submit_button(say("go", language), type="primary", icon=":material/travel_explore:")
        if pressed:
            with st.spinner(say("searching", language), show_time=True), chrome.faults(language):
                state.siting.wish = Wish(
                    kind=state.kind,
                    add=int(add),
                    objective=str(objective),
                    walk_m=state.limit_m,
                    straight=state.straight,
                    existing=str(existing),
                    capacity=state.capacity,
                    alternatives=2,
                    seconds=_SECONDS,
                )
                chosen = community_settings.of(sources.store(), community_settings.number(data.community))
                state.siting.plan = siting_plan.of_data(data, chosen, state.siting.wish)
                st.rerun()
        if state.siting.plan is not None:
            _answer(state, data, actor, language)
    _kept(state, data, actor, language)


def _answer(state: CoverageState, data: CommunityData, actor: access.Actor, language: str) -> None:
    plan, wish = state.siting.plan, state.siting.wish
    assert plan is not None
    assert wish is not None
    st.markdown(chrome.literally(siting_words.verdict(plan, language)))
    for n, one in enumerate(plan.chosen, 1):
        st.markdown(chrome.literally(say("place", language, n=n, name=one.place.name, why=one.said(language))))
    for line in (*siting_words.others(plan, language), *siting_words.notes(plan, wish, language)):
        st.caption(chrome.literally(line))
    if plan.answer.value is None or not _may(actor, data):
        return
    with st.container(horizontal=True, vertical_alignment="bottom"):
        name = st.text_input(say("name", language), key="site-name", max_chars=100)
        if st.button(say("save", language), icon=":material/save:", key="site-save", disabled=not name.strip()):

            def keep() -> str:
                kept = scenarios.save(
                    sources.store(), actor, data, plan, wish, name, now=dt.datetime.now(dt.UTC),
                    address=st.context.ip_address or "",
                )  # fmt: skip
                state.siting.compared = kept.number
                return say("saved", language, name=kept.name)

            if acts.attempt(keep, language):
                st.rerun()


def _may(actor: access.Actor, data: CommunityData) -> bool:
    place = {"street_id": data.community.street_id, "community_id": data.community.id}
    return access.decide(actor, Action.EDIT_POINTS, **place).allowed


def _kept(state: CoverageState, data: CommunityData, actor: access.Actor, language: str) -> None:
    known = {one.number: one for one in scenarios.listed(sources.store(), actor, data)}
    if not known:
        return
    with st.container(border=True, key="reach-scenarios"):
        st.markdown(f"**{say('scenarios', language)}**")
        st.session_state["site-scenario"] = state.siting.compared if state.siting.compared in known else None

        def choose() -> None:
            state.siting.compared = st.session_state["site-scenario"]

        st.selectbox(
            say("which", language), list(known), index=None, key="site-scenario", on_change=choose,
            format_func=lambda one: _called(known[one], language), placeholder=say("none", language),
            label_visibility="collapsed",
        )  # fmt: skip


def _called(one: Scenario, language: str) -> str:
    kind = catalogues.label("service_kinds", one.kind, language)
    mark = f" · {say('adopted', language)}" if one.adopted_at is not None else ""
    return f"{one.name} · {kind}{mark}"


def compared(state: CoverageState, data: CommunityData, actor: access.Actor, language: str) -> None:
    """Show a scenario beside today, and what can be done with it."""
    known = {one.number: one for one in scenarios.listed(sources.store(), actor, data)}
    kept = known.get(state.siting.compared or 0)
    if kept is None:
        return
    chosen = community_settings.of(sources.store(), community_settings.number(data.community))
    both = scenario_comparison.compare(data, chosen, kept)
    with st.container(border=True, key="reach-compared"):
        st.markdown(f"**{chrome.literally(say('compared', language, name=kept.name))}**")
        st.dataframe(_figures(both, language), hide_index=True, width="stretch", placeholder="")
        by = st.segmented_control(
            say("by", language), ("grids", "compounds"), default="grids", required=True, key="site-by",
            format_func=lambda one: say(f"by.{one}", language), label_visibility="collapsed",
        )  # fmt: skip
        table = getattr(both, str(by)).reset_index()
        table.columns = [say(f"column.{name}", language) for name in table.columns]
        st.dataframe(table, hide_index=True, width="stretch", placeholder="")
        if _may(actor, data):
            _act(state, data, kept, language)


def _figures(both: scenario_comparison.Comparison, language: str) -> pd.DataFrame:
    rows = []
    for name in ("covered", "full", "out_of_reach"):
        today, then = (getattr(one, name) for one in (both.today, both.then))
        rows.append(
            {
                say("figure", language): i18n.text(f"reach.state.{name}", language),
                say("today", language): today,
                say("then", language): then,
                say("difference", language): then - today,
            }
        )
    return pd.DataFrame(rows)


def _act(state: CoverageState, data: CommunityData, kept: Scenario, language: str) -> None:
    number, store, address = kept.number, sources.store(), st.context.ip_address or ""

    def adopt(by: access.Actor) -> str:
        scenarios.adopt(store, by, data, number, now=dt.datetime.now(dt.UTC), address=address)
        state.siting.anew()
        state.trials = []
        return say("adopted_told", language, n=len(kept.places), name=kept.name)

    def withdraw(by: access.Actor) -> str:
        scenarios.withdraw(store, by, data, number, now=dt.datetime.now(dt.UTC), address=address)
        return say("withdrawn_told", language, name=kept.name)

    def delete(by: access.Actor) -> str:
        scenarios.delete(store, by, data, number, now=dt.datetime.now(dt.UTC), address=address)
        state.siting.compared = None
        return say("deleted_told", language, name=kept.name)

    wanted = ["delete"] if kept.adopted_at is None else []
    wanted.insert(0, "adopt" if kept.adopted_at is None else "withdraw")
    icons = {"adopt": ":material/check:", "withdraw": ":material/undo:", "delete": ":material/delete:"}
    done = {"adopt": adopt, "withdraw": withdraw, "delete": delete}
    with st.container(horizontal=True):
        for act in wanted:
            if st.button(say(act, language), icon=icons[act], key=f"site-{act}"):
                ask = say(f"{act}.ask", language, name=kept.name, n=len(kept.places), closed=len(kept.closed))
                acts.ask(say(act, language), ask, say(act, language), done[act], language)
