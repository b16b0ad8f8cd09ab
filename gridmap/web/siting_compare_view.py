"""The scenarios kept: one beside today or another, on two maps and in tables; adopted and taken back."""

from __future__ import annotations

import datetime as dt

import streamlit as st

from gridmap import access, i18n
from gridmap.exchange import workbook
from gridmap.services import community_settings, scenario_comparison, scenarios, siting_places
from gridmap.services.community_data import CommunityData
from gridmap.services.scenario_comparison import Comparison
from gridmap.services.scenarios import Scenario
from gridmap.services.sight import Sight
from gridmap.web import acts, chrome, downloads, siting_answer_view, siting_map_view, sources
from gridmap.web.coverage_state import CoverageState

_TABLES = ("grids", "compounds", "buildings")


def say(key: str, language: str, **fields: object) -> str:
    """Return words of the scenarios."""
    return i18n.text(f"reach.site.{key}", language, **fields)


def show(state: CoverageState, data: CommunityData, actor: access.Actor, language: str) -> None:
    """Show the scenarios, and one of them compared."""
    known = {one.number: one for one in scenarios.listed(sources.store(), actor, data)}
    if not known:
        return
    mine = state.siting
    with st.container(border=True, key="reach-compared"):
        st.markdown(f"**{say('scenarios', language)}**")
        kept, beside = _which(state, data, known, language)
        if kept is None:
            return
        chosen = community_settings.of(sources.store(), community_settings.number(data.community))
        both = scenario_comparison.compare(data, chosen, kept, beside)
        names = (_first(kept, beside, language), kept.name)
        for line in scenario_comparison.changed(data, kept, both, language):
            st.warning(chrome.literally(line), icon=":material/update:")
        st.caption(chrome.literally(_measured(kept, language)))
        there = kept.base.get("points", {})
        if shut := [there[str(one)]["name"] for one in kept.closed if str(one) in there]:
            st.markdown(chrome.literally(say("closes", language, names=shut)))
        siting_map_view.pair(mine, data, both, kept.kind, names, language)
        if siting_answer_view.may(actor, data):
            _act(state, data, kept, language)
        st.dataframe(
            scenario_comparison.figures(both, *names, language), hide_index=True, width="stretch", placeholder=""
        )
        _tables(data, actor, kept, both, names, language)


def _which(
    state: CoverageState, data: CommunityData, known: dict[int, Scenario], language: str
) -> tuple[Scenario | None, Scenario | None]:
    mine = state.siting
    st.session_state["site-scenario"] = mine.compared if mine.compared in known else None

    def choose() -> None:
        mine.compared = st.session_state["site-scenario"]
        mine.beside = st.session_state.get("site-beside") or None

    with st.container(horizontal=True, key="reach-scenarios"):
        st.selectbox(
            say("which", language), list(known), index=None, key="site-scenario", on_change=choose,
            format_func=lambda one: _called(known[one], data, language), placeholder=say("none", language), width=320,
        )  # fmt: skip
        kept = known.get(mine.compared or 0)
        if kept is None:
            return None, None
        others = {number: one for number, one in known.items() if one.kind == kept.kind and one.number != kept.number}
        st.session_state["site-beside"] = mine.beside if mine.beside in others else 0
        st.selectbox(
            say("beside", language), [0, *others], key="site-beside", on_change=choose,
            format_func=lambda one: others[one].name if one else say("today", language), width=320,
        )  # fmt: skip
    return kept, others.get(mine.beside or 0)


def _called(one: Scenario, data: CommunityData, language: str) -> str:
    kind = data.kinds.label(one.kind, language)
    mark = f" · {say('adopted', language)}" if one.adopted_at is not None else ""
    return f"{one.name} · {kind}{mark}"


def _first(kept: Scenario, beside: Scenario | None, language: str) -> str:
    """Return what the first side is called: what an adopted scenario has changed is not there on it."""
    if beside is not None:
        return beside.name
    return say("today" if kept.adopted_at is None else "without", language)


def _measured(kept: Scenario, language: str) -> str:
    by_walk = kept.objective in ("pmedian", "pcenter")
    how = say("measured.any" if by_walk else "measured", language, metres=round(kept.walk_m))
    line = i18n.text("cli.site.measure.straight_line" if kept.straight else "cli.site.measure.walking", language)
    room = say("measured.room", language, n=kept.room) if kept.capacity else ""
    when = say("kept", language, name=kept.by, day=i18n.date(kept.at, language))
    return ("" if language == "zh" else " ").join(part for part in (when, how, line, room) if part)


def _tables(
    data: CommunityData, actor: access.Actor, kept: Scenario, both: Comparison, names: tuple[str, str], language: str
) -> None:
    seen = Sight.of(actor, data.community)
    with st.container(horizontal=True, vertical_alignment="center"):
        by = st.segmented_control(
            say("by", language), _TABLES, default="grids", required=True, key="site-by",
            format_func=lambda one: say(f"by.{one}", language), label_visibility="collapsed",
        )  # fmt: skip
        if seen.tables:
            title = say("compared", language, name=kept.name, first=names[0])
            note = _measured(kept, language)
            st.download_button(
                i18n.text("table.excel", language),
                data=downloads.noted(
                    data, seen, access.Action.DOWNLOAD_TABLES, title,
                    lambda: scenario_comparison.excel(both, *names, f"{data.community.name} · {title}", note, language),
                ),
                file_name=downloads.file_name(data.community.name, title, ending="xlsx"),
                mime=workbook.MIME, icon=":material/table_view:", on_click="ignore", key="site-xlsx",
            )  # fmt: skip
    table = scenario_comparison.table(both, str(by), *names, language)
    st.dataframe(table, hide_index=True, width="stretch", height=min(38 + 35 * len(table), 360), placeholder="")


def _act(state: CoverageState, data: CommunityData, kept: Scenario, language: str) -> None:
    number, store, address = kept.number, sources.store(), st.context.ip_address or ""

    def adopt(by: access.Actor) -> str:
        # A place pressed on the map has no name of its own.
        names = {one.id: f"{kept.name} {n}" for n, one in enumerate(kept.places, 1) if one.source == siting_places.SPOT}
        scenarios.adopt(store, by, data, number, names=names, now=dt.datetime.now(dt.UTC), address=address)
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
