"""A plan of walks in words: each walk with its stops, changes by hand, what was left out, keeping it."""

from __future__ import annotations

import datetime as dt
from typing import Any

import streamlit as st

from gridmap import access
from gridmap.exchange import workbook
from gridmap.services import walk_keeping, walk_plan_tables
from gridmap.services.community_data import CommunityData
from gridmap.services.sight import Sight
from gridmap.services.walk_plan_tables import say
from gridmap.services.walk_plans import Made, PlannedWalk, Question
from gridmap.web import (
    acts,
    chrome,
    downloads,
    sources,
    walks_plan_state,
    walks_plan_week_view,
    walks_progress_view,
    walks_state,
)
from gridmap.web.walks_plan_state import PlanState

_MOST_BUTTONS = 3
_LONGEST_LABEL = 24


def show(mine: PlanState, data: CommunityData, seen: Sight, actor: access.Actor, language: str) -> None:
    """Show the plan, and what can be done with it."""
    made = mine.made
    assert made is not None
    st.markdown(f"**{chrome.literally(walk_plan_tables.when(made, language))}**")
    st.caption(chrome.literally(" ".join(walk_plan_tables.notes(made, language))))
    if made.walks:
        _walk(mine, made, data, seen, language)
        _acts(mine, made, data, seen, actor, language)
    _left(mine, made, data, seen, language)


def _walk(mine: PlanState, made: Made, data: CommunityData, seen: Sight, language: str) -> None:
    """Show one walk, and what can be done with the stop that is chosen in it."""
    walk = mine.walk
    assert walk is not None
    if len(made.question.slots) > 1:
        walks_plan_week_view.walks(mine, data, language)
    elif len(made.walks) > 1:
        words = {one.walker: walk_plan_tables.names(one, language) for one in made.walks}

        def take() -> None:
            mine.walker, mine.stop = st.session_state["walk-plan-walker"] or mine.walker, ""

        st.session_state["walk-plan-walker"] = walk.walker
        st.segmented_control(
            say("walk", language), list(words), required=True, key="walk-plan-walker", on_change=take,
            format_func=lambda one: words[one], label_visibility="collapsed",
        )  # fmt: skip
    names = walk_plan_tables.called(made, walk, language)
    st.markdown(chrome.literally(f"{names} · {walk_plan_tables.told(walk, language, sources.time_zone())}"))
    table = walk_plan_tables.stops(made, walk, data, language, sources.time_zone())
    keys = list(table.index)
    # Another plan, or a stop chosen on the map, is another list with another row ticked.
    key = f"walk-stops-{language}-{len(mine.past)}-{mine.journeys}-{walk.walker}-{mine.stop}"

    def choose() -> None:
        said: Any = st.session_state[key]["selection"]
        ticked = [*(row for row, _ in said["cells"]), *said["rows"]]
        mine.stop = keys[ticked[0]] if ticked and ticked[0] < len(keys) else ""

    ticked = [keys.index(mine.stop)] if mine.stop and mine.stop in keys else []
    st.dataframe(
        table, hide_index=True, width="stretch", height=min(38 + 35 * len(table), 420), placeholder="", key=key,
        on_select=choose, selection_mode=["single-row", "single-cell"],
        selection_default={"selection": {"rows": ticked, "columns": [], "cells": []}},
    )  # fmt: skip
    _stop(mine, made, walk, data, seen, language)


def _stop(mine: PlanState, made: Made, walk: PlannedWalk, data: CommunityData, seen: Sight, language: str) -> None:
    with st.container(horizontal=True, vertical_alignment="center", key="walk-plan-stop"):
        if not mine.stop or mine.stop not in [stop.key for stop in walk.stops]:
            st.caption(say("press_stop", language))
            return
        key, name = mine.stop, walk_plan_tables.title(made, data, mine.stop, language)
        st.markdown(f"**{chrome.literally(name[:_LONGEST_LABEL])}**", width="content")
        is_locked = key in made.question.order.get(walk.walker, ())
        wanted: Question | None = None
        if st.button(say("earlier", language), icon=":material/arrow_upward:", key="walk-up"):
            wanted = walks_plan_state.moved(made, walk.walker, key, -1)
        if st.button(say("later", language), icon=":material/arrow_downward:", key="walk-down"):
            wanted = walks_plan_state.moved(made, walk.walker, key, 1)
        if st.button(
            say("unlock" if is_locked else "lock", language), key="walk-lock",
            icon=":material/lock_open:" if is_locked else ":material/lock:",
        ):  # fmt: skip
            wanted = walks_plan_state.locked(made, walk.walker, key, lock=not is_locked)
        if st.button(say("drop", language), icon=":material/remove_circle:", key="walk-drop"):
            wanted = walks_plan_state.without(made, key)
        others = {
            one.walker: say("give", language, name=walk_plan_tables.called(made, one, language))
            for one in walk_plan_tables.in_order(made)
            if one.walker != walk.walker
        }
        if len(others) > _MOST_BUTTONS:
            to = st.selectbox(
                say("give_to", language), list(others), index=None, placeholder=say("give_to", language),
                format_func=lambda one: others[one], key=f"walk-give-{key}-{len(mine.past)}", width=230,
                label_visibility="collapsed",
            )  # fmt: skip
            wanted = wanted if to is None else walks_plan_state.given(made, key, to)
            others = {}
        for other, words in others.items():
            if st.button(chrome.literally(words), icon=":material/swap_horiz:", key=f"walk-give-{other}"):
                wanted = walks_plan_state.given(made, key, other)
    if wanted is not None:
        walks_progress_view.again(mine, data, seen, wanted, language)


def _acts(mine: PlanState, made: Made, data: CommunityData, seen: Sight, actor: access.Actor, language: str) -> None:
    title = walk_plan_tables.when(made, language)
    with st.container(horizontal=True, vertical_alignment="center", key="walk-plan-acts"):
        if st.button(
            say("keep" if not mine.replaces else "keep_changed", language), type="primary", icon=":material/publish:",
            key="walk-keep",
        ):  # fmt: skip
            _keep(mine, made, data, actor, language)
        if st.button(say("undo", language), icon=":material/undo:", key="walk-undo", disabled=not mine.past):
            mine.back()
            st.rerun()
        if seen.tables:
            st.download_button(
                say("excel", language),
                data=downloads.noted(
                    data, seen, access.Action.DOWNLOAD_TABLES, title,
                    lambda: walk_plan_tables.excel(made, data, language, sources.time_zone()),
                ),
                file_name=downloads.file_name(data.community.name, title, ending="xlsx"), mime=workbook.MIME,
                icon=":material/table_view:", on_click="ignore", key="walk-plan-xlsx",
            )  # fmt: skip
        if seen.picture:
            st.download_button(
                say("picture", language),
                data=downloads.noted(
                    data, seen, access.Action.DOWNLOAD_PICTURE, title,
                    lambda: walk_plan_tables.png(made, data, language),
                ),
                file_name=downloads.file_name(data.community.name, title, ending="png"), mime="image/png",
                icon=":material/image:", on_click="ignore", key="walk-plan-png",
            )  # fmt: skip


def _keep(mine: PlanState, made: Made, data: CommunityData, actor: access.Actor, language: str) -> None:
    kept: list[int] = []

    def act() -> str:
        kept.extend(
            walk_keeping.keep(
                sources.store(), actor, data, made, now=dt.datetime.now(dt.UTC), replaces=mine.replaces,
                address=st.context.ip_address or "",
            )
        )  # fmt: skip
        return say("kept", language, n=len(kept), when=walk_plan_tables.when(made, language))

    if acts.attempt(act, language):
        published = None if mine.replaces else (made, tuple(kept))
        mine.anew()
        mine.must, mine.never, mine.published = [], [], published
        here = walks_state.current()
        here.tab, here.chosen, here.shown, here.letters = "list", kept[0], "all", ()
        st.rerun()


def _left(mine: PlanState, made: Made, data: CommunityData, seen: Sight, language: str) -> None:
    """List what was left out and why, must-visits first; a press takes it in all the same."""
    if made.missed:
        names = [walk_plan_tables.title(made, data, one.key, language) for one in made.missed]
        st.error(chrome.literally(say("missed", language, n=len(names), names=names)), icon=":material/priority_high:")
    if not made.left:
        return
    with st.expander(say("left", language, n=len(made.left)), icon=":material/playlist_remove:", key="walk-plan-left"):
        table = walk_plan_tables.left(made, data, language)
        keys = list(table.index)
        event: Any = st.dataframe(
            table, hide_index=True, width="stretch", height=min(38 + 35 * len(table), 320), placeholder="",
            key=f"walk-left-{language}-{len(mine.past)}-{mine.journeys}", on_select="rerun",
            selection_mode="single-row",
        )  # fmt: skip
        chosen = [keys[row] for row in event.selection.rows if row < len(keys)]
        if st.button(say("add", language), icon=":material/add_circle:", key="walk-add", disabled=not chosen):
            walks_progress_view.again(mine, data, seen, walks_plan_state.added(made, chosen[0]), language)
        st.caption(say("add.help", language))
