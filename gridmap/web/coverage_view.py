"""Who reaches a service point on foot: what is asked, figures, the map, why a building is not covered, tables."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from html import escape

import pandas as pd
import streamlit as st

from gridmap import access, catalogues, i18n
from gridmap.exchange import workbook
from gridmap.services import community_settings, coverage_equity, coverage_why, overview
from gridmap.services.community_data import CommunityData
from gridmap.services.coverage_table import CoverageTable
from gridmap.services.sight import Sight
from gridmap.web import chrome, coverage_map_view, coverage_state, downloads, siting_view, sources
from gridmap.web.coverage_state import OLD, USUAL, CoverageState

_AREAS = ("", "catchments", "rings", "mend")
_HOURS = [dt.time(hour) for hour in range(6, 23)]
_TABLES = ("building", "compound", "grid")


def say(key: str, language: str, **fields: object) -> str:
    """Return words of the page of coverage."""
    return i18n.text(f"reach.{key}", language, **fields)


def show(data: CommunityData, actor: access.Actor, language: str) -> None:
    """Show the page."""
    kinds = list(catalogues.entries("service_kinds"))
    there = [kind for kind in kinds if (data.points["kind"] == kind).any()]
    state = coverage_state.current([*there, *(kind for kind in kinds if kind not in there)])
    chosen = community_settings.of(sources.store(), community_settings.number(data.community))
    _asked(state, chosen, [*there, *(kind for kind in kinds if kind not in there)], language)
    coverage_state.remember(state, int(data.community.id or 0), language)
    found = sources.reached(data, state.question(chosen.pace_old_m_min))
    before = None
    if state.trials:
        state_today = CoverageState(**{**vars(state), "trials": []})
        before = sources.reached(data, state_today.question(chosen.pace_old_m_min))
    seen = Sight.of(actor, data.community)
    # What is added up over the whole community, and the search that tells it grid by grid, is for those who see it all.
    whole = seen.figures is None
    if whole:
        _figures(state, found, before, language)
    with st.container(key="reach-said"):
        if whole:
            _equity(data, found, language)
            _heads(data, found, language)
        for remark in found.remarks:
            st.caption(chrome.literally(remark.sentence(language)))
    with st.container(horizontal=True, key="reach-body"):
        with st.container(key="reach-left", width="stretch"):
            coverage_map_view.show(state, data, found, language)
        with st.container(key="reach-right", width=360):
            _why(state, data, found, seen, language)
            _trials(state, language)
            if whole:
                siting_view.show(state, data, actor, language)
    if whole:
        siting_view.compared(state, data, actor, language)
    _tables(data, found, actor, language)


def _asked(state: CoverageState, chosen: community_settings.CommunitySettings, kinds: list[str], language: str) -> None:
    def take() -> None:
        said = st.session_state
        if said["reach-kind"] != state.kind:
            state.limit_m = state.siting.compared = None
            state.siting.anew()
            state.trials = []
        state.kind = said["reach-kind"]
        metres = float(said[f"reach-m-{state.kind}"]) if f"reach-m-{state.kind}" in said else None
        state.limit_m = None if metres == chosen.radius_m(state.kind) else metres
        state.straight = said["reach-how"] == "straight"
        state.capacity = bool(said["reach-capacity"])
        state.pace = said["reach-pace"]
        state.hour = said["reach-hour"]
        state.areas = said["reach-areas"] or ""

    limit_m = chosen.radius_m(state.kind) if state.limit_m is None else state.limit_m
    pace = chosen.pace_old_m_min if state.pace == OLD else chosen.pace_m_min
    with st.container(horizontal=True, vertical_alignment="bottom", key="reach-asked"):
        st.selectbox(
            say("kind", language), kinds, index=kinds.index(state.kind), key="reach-kind", on_change=take, width=200,
            format_func=lambda kind: catalogues.label("service_kinds", kind, language),
        )  # fmt: skip
        st.slider(
            say("limit", language, minutes=round(limit_m / pace)), 100, 2000, int(limit_m), 50,
            key=f"reach-m-{state.kind}", on_change=take, width=260, format="%d m",
        )  # fmt: skip
        _one(say("how", language), ("walking", "straight"), "straight" if state.straight else "walking",
             "reach-how", "how", take, language)  # fmt: skip
        _one(say("pace", language), (USUAL, OLD), state.pace, "reach-pace", "pace", take, language)
        st.selectbox(
            say("hour", language), [None, *_HOURS], index=0 if state.hour is None else 1 + _HOURS.index(state.hour),
            format_func=lambda hour: say("any_hour", language) if hour is None else f"{hour:%H:%M}", key="reach-hour",
            on_change=take, width=120, placeholder=say("any_hour", language),
        )  # fmt: skip
        _one(say("areas", language), _AREAS, state.areas, "reach-areas", "area", take, language)
        st.toggle(say("capacity", language), value=state.capacity, key="reach-capacity", on_change=take)


def _one(
    label: str, options: tuple[str, ...], value: str, key: str, words: str, take: Callable[[], None], language: str
) -> None:
    st.segmented_control(
        label, options, default=value, required=True, key=key, on_change=take,
        format_func=lambda one: say(f"{words}.{one or 'none'}", language),
    )  # fmt: skip


def _figures(state: CoverageState, found: CoverageTable, before: CoverageTable | None, language: str) -> None:
    people, homes = found.by_state["households"], found.by_state["buildings"]
    cells = [
        (say("covered", language), people["covered"], homes["covered"], "good", "covered"),
        (say("full", language), people["full"], homes["full"], "bad" if people["full"] else "", "full"),
        (say("out", language), people["out_of_reach"], homes["out_of_reach"],
         "bad" if people["out_of_reach"] else "", "out_of_reach"),
    ]  # fmt: skip
    made = []
    for label, n, buildings, tone, name in cells:
        if name == "full" and not state.capacity:
            continue
        small = say("in_buildings", language, n=buildings)
        if before is not None:
            change = n - before.by_state["households"][name]
            small = say("change", language, change=f"{change:+,}", n=buildings)
        made.append(_cell(label, f"{n:,}", small, tone))
    if found.measure == "walking":
        small = say("only_straight.help", language, metres=round(found.radius_m))
        made.append(_cell(say("only_straight", language), f"{found.only_straight:,}", small, ""))
    closed = say("closed", language, n=found.points_closed) if found.points_closed else say("points.help", language)
    made.append(_cell(say("points", language), f"{found.points:,}", closed, ""))
    st.html(f'<dl class="gm-figures">{"".join(made)}</dl>')


def _cell(label: str, value: str, small: str, tone: str) -> str:
    return (
        f'<div class="gm-figure gm-{tone}"><dt>{escape(label)}</dt><dd>{escape(value)}</dd>'
        f"<small>{escape(small)}</small></div>"
    )


def _equity(data: CommunityData, found: CoverageTable, language: str) -> None:
    """Say how households in need fare: counts alone, and none below three."""
    needy = coverage_equity.of(data, found)
    if needy is not None:
        key = "equity" if needy.covered is not None else "equity.few"
        st.caption(say(key, language, n=needy.households, covered=needy.covered or 0, share=needy.share_all))


def _heads(data: CommunityData, found: CoverageTable, language: str) -> None:
    """Name the stations that lack courtyard heads."""
    told = coverage_equity.heads(data, found)
    short = told[told["short"] > 0]
    if len(short):
        each = [
            say("heads.station", language, name=row.name, short=row.short, n=row.households)
            for row in short.itertuples(index=False, name="Station")
        ]
        st.caption(chrome.literally(say("heads", language, n=int(short["short"].sum()), stations=each)))


def _why(state: CoverageState, data: CommunityData, found: CoverageTable, seen: Sight, language: str) -> None:
    with st.container(border=True, key="reach-why"):
        if state.selected is None or state.selected not in found.buildings.index:
            st.caption(say("why.press", language))
            return
        grid = data.buildings.at[state.selected, "grid_id"]
        if not seen.building(None if pd.isna(grid) else int(grid)):
            st.caption(say("why.not_yours", language))
            return
        why = coverage_why.of(data, found, state.selected)
        st.markdown(f"**{chrome.literally(why.title)}**")
        told = say(
            f"why.{why.reason}", language, point=why.point, walk=_metres(why.walk_m), minutes=_minutes(why.minutes),
            straight=_metres(why.straight_m), limit=round(found.radius_m), wall=why.wall, n=why.households,
        )  # fmt: skip
        st.markdown(chrome.literally(told))


def _metres(value: float) -> str:
    return "—" if pd.isna(value) else f"{round(value):,}"


def _minutes(value: float) -> str:
    return "—" if pd.isna(value) else f"{value:.0f}"


def _trials(state: CoverageState, language: str) -> None:
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


def _tables(data: CommunityData, found: CoverageTable, actor: access.Actor, language: str) -> None:
    seen = Sight.of(actor, data.community)
    shown = [one for one in _TABLES if seen.table(f"{one}s")]
    if not shown:
        return
    with st.container(horizontal=True, vertical_alignment="center", key="reach-tables"):
        name = st.segmented_control(
            say("table", language), shown, default=shown[0], required=True, key="reach-table",
            format_func=lambda one: say(f"table.{one}", language), label_visibility="collapsed",
        )  # fmt: skip
        table = coverage_equity.table(data, found, str(name), seen, language)
        if seen.tables:
            title = say("title", language, kind=catalogues.label("service_kinds", found.kind, language))
            note = say("note", language, metres=round(found.radius_m), how=say(f"measure.{found.measure}", language),
                       day=i18n.date(data.day, language))  # fmt: skip
            st.download_button(
                i18n.text("table.excel", language),
                data=downloads.noted(
                    data, seen, access.Action.DOWNLOAD_TABLES, title,
                    lambda: workbook.write({title[:31]: table}, title=f"{data.community.name} · {title}", note=note),
                ),
                file_name=downloads.file_name(data.community.name, title, ending="xlsx"),
                mime=workbook.MIME, icon=":material/table_view:", on_click="ignore", key=f"reach-xlsx-{name}",
            )  # fmt: skip
    st.dataframe(table, hide_index=True, width="stretch", height=min(38 + 35 * len(table), 460), placeholder="")


def has_homes(data: CommunityData) -> bool:
    """Whether there is any building of which coverage can be told."""
    return not overview.dwellings(data).geometry.is_empty.all()
