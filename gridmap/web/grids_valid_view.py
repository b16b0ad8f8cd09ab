"""The grids that are valid on a day: map, loads, checks, the divisions over time, and taking back one not yet begun."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace

import streamlit as st

from gridmap import access, i18n, model
from gridmap.access import Action
from gridmap.services import grid_checks, grid_divisions, grid_tables, grid_versions
from gridmap.services.community_data import CommunityData
from gridmap.services.grid_divisions import Drawn
from gridmap.services.sight import Sight
from gridmap.web import acts, chrome, grids_bars_view, grids_map_view, grids_takeaway_view, sources
from gridmap.web.grids_state import GridsState

_WEEK = dt.timedelta(days=7)


def say(key: str, language: str, **fields: object) -> str:
    """Return words of the page of grids."""
    return i18n.text(f"grids.{key}", language, **fields)


def show(state: GridsState, data: CommunityData, actor: access.Actor, language: str) -> None:
    """Show the division that is valid on the day that is looked at."""
    known = grid_divisions.versions(sources.store(), data)
    if not known:
        may = access.decide(actor, Action.DRAW_GRIDS, street_id=data.community.street_id,
                            community_id=data.community.id).allowed  # fmt: skip
        empty = data.buildings.geometry.is_empty.all()
        st.info(say("none.no_buildings" if empty else "none" if may else "none.look", language), icon=":material/info:")
        return
    seen = Sight.of(actor, data.community)
    left, right = grids_map_view.body()
    with right:
        version = _chosen(state, data, known, language)
        whole = grid_divisions.of_version(sources.store(), data, int(version.id or 0))
        told = whole if seen.figures is None else _own(whole, seen.figures)
        if len(told.grids):
            state.load = grids_bars_view.choose(seen, state.load, language)
            grids_bars_view.bars(told, grid_divisions.loads(data, told), state.load, language)
        else:
            st.caption(say("not_yours", language))
        if seen.buildings is None:
            with st.expander(say("checks", language), icon=":material/fact_check:", expanded=version.proposed):
                grids_bars_view.checks(grid_checks.of(data, whole, language), language)
        if version.valid_from > data.day and len(known) > 1:
            _withdraw(data, actor, version, language)
    with left:
        grids_map_view.show(data, whole, language, on_event=state.take)
    if len(told.grids):
        _tables(data, seen, version, told, whole, language)


def _chosen(state: GridsState, data: CommunityData, known: list[model.GridVersion], language: str) -> model.GridVersion:
    """Ask for the day that is looked at, by itself or by the division that begins on it; return what is valid then."""
    day = state.day or data.day
    version = grid_versions.valid_on(known, day)
    st.session_state["grids-day"] = day
    st.session_state["grids-version"] = int(version.id or 0)

    def take_day() -> None:
        chosen = st.session_state["grids-day"]
        state.day = None if chosen in (None, data.day) else chosen

    def take_version() -> None:
        one = next(one for one in known if one.id == st.session_state["grids-version"])
        now = grid_versions.valid_on(known, data.day)
        state.day = None if one is now else one.valid_from if one.valid_from > data.day else _last_day(known, one)

    with st.container(horizontal=True, vertical_alignment="bottom", key="grids-when"):
        st.date_input(say("day", language), key="grids-day", on_change=take_day, format="YYYY-MM-DD", width=150)
        for name, target in (("today", None), ("last_week", data.day - _WEEK)):
            if st.button(say(name, language), key=f"grids-{name}", disabled=state.day == target):
                state.day = target
                st.rerun()
    by_number = {int(one.id or 0): one for one in known}
    st.radio(
        say("versions", language), [*by_number][::-1], key="grids-version", on_change=take_version,
        format_func=lambda one: chrome.literally(called(by_number[one], data.day, known, language)),
        captions=[chrome.literally(one.reason or say("no_reason", language)) for one in known[::-1]],
    )  # fmt: skip
    return version


def _last_day(known: list[model.GridVersion], one: model.GridVersion) -> dt.date:
    """Return the last day on which a division that is past was valid."""
    following = [other.valid_from for other in known if other.valid_from > one.valid_from]
    return min(following) - dt.timedelta(days=1)


def called(one: model.GridVersion, today: dt.date, known: list[model.GridVersion], language: str) -> str:
    """Return what a division is called: from when it is valid, and whether it is, was or will be."""
    now = grid_versions.valid_on(known, today)
    when = "now" if one is now else "later" if one.valid_from > today else "past"
    told = say(f"version.{when}", language, day=i18n.date(one.valid_from, language))
    return f"{told} · {say('proposed', language)}" if one.proposed else told


def _own(whole: Drawn, reach: frozenset[int]) -> Drawn:
    return replace(whole, grids=whole.grids[whole.grids.index.isin(reach)])


def _withdraw(data: CommunityData, actor: access.Actor, version: model.GridVersion, language: str) -> None:
    where = {"street_id": data.community.street_id, "community_id": data.community.id}
    if not access.decide(actor, Action.DRAW_GRIDS, **where).allowed:
        return
    day, number, address = i18n.date(version.valid_from, language), int(version.id or 0), st.context.ip_address or ""

    def withdraw(by: access.Actor) -> str:
        grid_versions.withdraw(sources.store(), by, data, number, today=data.day, address=address)
        return say("withdrawn", language, day=day)

    if st.button(say("withdraw", language), icon=":material/undo:", key="grids-withdraw"):
        acts.ask(say("withdraw", language), say("withdraw.ask", language, day=day), say("withdraw", language),
                 withdraw, language)  # fmt: skip


def _tables(
    data: CommunityData, seen: Sight, version: model.GridVersion, told: Drawn, whole: Drawn, language: str
) -> None:
    loads = grids_bars_view.shown_loads(seen)
    table = grid_tables.grids(data, told, loads, leaders=seen.staff is None, language=language)
    title = say("title", language, day=i18n.date(version.valid_from, language))
    grids_takeaway_view.offer(
        data, seen, title=title, note=say("note", language, day=i18n.date(data.day, language)),
        sheets=lambda: {
            say("sheet.grids", language): table,
            **({say("sheet.buildings", language): grid_tables.buildings(data, whole, language)}
               if seen.buildings is None else {}),
        },
        shown=whole, proposed=version.proposed, key="valid", language=language,
    )  # fmt: skip
    st.dataframe(table, hide_index=True, width="stretch", placeholder="—")
