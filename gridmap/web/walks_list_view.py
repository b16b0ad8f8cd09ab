"""Walks that are planned, held or called off: a list, and the chosen one with its stops on the map."""

from __future__ import annotations

from typing import Any

import pandas as pd
import streamlit as st

from gridmap import access, i18n, palette
from gridmap.cartography import overview_config, shapes
from gridmap.cartography.overview_map import Command
from gridmap.cartography.shapes import Shape
from gridmap.exchange import workbook
from gridmap.services import walk_list
from gridmap.services.community_data import CommunityData
from gridmap.services.sight import Sight
from gridmap.services.walk_list import say
from gridmap.services.walk_track_match import Compared
from gridmap.web import (
    ahead,
    chrome,
    downloads,
    map_view,
    sources,
    walks_acts_view,
    walks_hand_view,
    walks_map_view,
    walks_photos_view,
    walks_state,
    walks_track_view,
)
from gridmap.web.walks_map_view import Mark
from gridmap.web.walks_state import WalksState

_HEIGHT_PX = 480


def show(data: CommunityData, actor: access.Actor, language: str) -> None:
    """Show the walks, and the one that is chosen."""
    here, seen = walks_state.current(), Sight.of(actor, data.community)
    # Colleagues' whereabouts in other grids are not told.
    mine = data.walks.index if seen.staff is None else walk_list.within(data, seen.staff, altogether=True)
    walks = data.walks.loc[mine]
    if walks.empty:
        st.info(say("none", language), icon=":material/info:")
        return
    whole = sources.community(int(data.community.id or 0))
    records = access.permission(actor.role, access.Action.RECORD_WALK) is not None
    if here.chosen not in walks.index:
        here.chosen = None
    with st.container(horizontal=True, vertical_alignment="center", key="walks-tools"):
        _filters(data, walks, here, language)
        table = walk_list.table(data, here.shown, language)
        table = table[table.index.isin(_let_through(data, walks.index, here))]
        _files(data, table, here, seen, language)
    with st.container(horizontal=True, key="walks-body"):
        with st.container(key="walks-left"):
            walks_acts_view.take_back(data, actor, here, language)
            _list(table, here, language)
            _stops(data, here, language)
            found = None
            if here.chosen is not None:
                name = name_of(data, here.chosen, language)
                walks_acts_view.show(data, actor, here, name, language)
                if records:
                    walks_hand_view.files(here.chosen, name, whole, language)
                    walks_photos_view.show(here.chosen, whole, actor, language)
                found = walks_track_view.show(here.chosen, data, whole, actor, language)
            if records:
                walks_hand_view.results(whole, actor, language)
        with st.container(key="walks-right"):
            _map(data, here, found, language)


def name_of(data: CommunityData, number: int, language: str) -> str:
    """Return what a walk is called: day, half day and grid."""
    row = data.walks.loc[number]
    grid = "" if pd.isna(row["grid_id"]) else str(data.grids["name"].get(row["grid_id"], ""))
    half = i18n.text(f"half.{row['half']}", language)
    return " ".join(part for part in (i18n.date(row["day"], language), half, grid) if part)


def _let_through(data: CommunityData, walks: pd.Index, here: WalksState) -> pd.Index:
    """Return the walks in the grids that are chosen; all where none is."""
    if not here.letters:
        return walks
    return walks.intersection(walk_list.within(data, data.grids.index[data.grids["letter"].isin(here.letters)]))


def _filters(data: CommunityData, walks: pd.DataFrame, here: WalksState, language: str) -> None:
    def take() -> None:
        here.shown = st.session_state["walks-shown"] or here.shown

    def word(one: str) -> str:
        return say("all", language) if one == walk_list.ALL else i18n.text(f"walk_state.{one}", language)

    st.segmented_control(
        say("shown", language), walk_list.SHOWN, default=here.shown, required=True, key="walks-shown",
        on_change=take, format_func=word, label_visibility="collapsed",
    )  # fmt: skip
    led = data.grids.index.isin(walks["grid_id"].dropna())
    letters = [str(letter) for letter in data.grids.loc[led, "letter"]]
    if len(letters) > 1:
        names = dict(zip(data.grids["letter"], data.grids["name"], strict=True))
        chosen = st.pills(
            say("grids", language), letters, selection_mode="multi", key="walks-grids",
            default=[one for one in here.letters if one in letters],
            format_func=lambda one: chrome.literally(f"{one} {names[one]}"),
            label_visibility="collapsed",
        )  # fmt: skip
        here.letters = tuple(chosen)


def _files(data: CommunityData, table: pd.DataFrame, here: WalksState, seen: Sight, language: str) -> None:
    title = i18n.text("page.walks", language)
    if seen.tables:
        st.download_button(
            i18n.text("table.excel", language),
            data=downloads.noted(
                data, seen, access.Action.DOWNLOAD_TABLES, title, lambda: _excel(data, table, here, language)
            ),
            file_name=downloads.file_name(data.community.name, title, ending="xlsx"), mime=workbook.MIME,
            icon=":material/table_view:", on_click="ignore", key="walks-list-xlsx", disabled=table.empty,
        )  # fmt: skip
    if seen.picture and here.chosen is not None:
        number = here.chosen
        told = name_of(data, number, language)
        st.download_button(
            i18n.text("overview.picture", language),
            data=downloads.noted(
                data, seen, access.Action.DOWNLOAD_PICTURE, told,
                lambda: walk_list.png(data, [number], language, told=told),
            ),
            file_name=downloads.file_name(data.community.name, told, ending="png"), mime="image/png",
            icon=":material/image:", on_click="ignore", key="walks-list-png",
        )  # fmt: skip


def _excel(data: CommunityData, table: pd.DataFrame, here: WalksState, language: str) -> bytes:
    title = i18n.text("page.walks", language)
    sheets = {title: table}
    if here.chosen is not None:
        sheets[say("stops", language)] = walk_list.stops(data, here.chosen, language, sources.time_zone())
    return workbook.write(sheets, title=f"{data.community.name} · {title}", time_zone=sources.time_zone())


def _list(table: pd.DataFrame, here: WalksState, language: str) -> None:
    if table.empty:
        st.info(i18n.text("table.walks.empty", language), icon=":material/info:")
        return
    numbers = [int(number) for number in table.index]
    key = f"walks-table-{language}-{here.shown}"

    def choose() -> None:
        said: Any = st.session_state[key]["selection"]
        ticked = [*(row for row, _ in said["cells"]), *said["rows"]]
        here.chosen = numbers[ticked[0]] if ticked and ticked[0] < len(numbers) else None

    ticked = [numbers.index(here.chosen)] if here.chosen in numbers else []
    st.dataframe(
        table, hide_index=True, width="stretch", height=min(38 + 35 * len(table), 300), placeholder="—", key=key,
        on_select=choose, selection_mode=["single-row", "single-cell"],
        selection_default={"selection": {"rows": ticked, "columns": [], "cells": []}},
    )  # fmt: skip
    st.caption(say("n", language, n=len(table)))


def _stops(data: CommunityData, here: WalksState, language: str) -> None:
    if here.chosen is None:
        st.caption(say("press_one", language))
        return
    st.markdown(f"**{chrome.literally(name_of(data, here.chosen, language))}**")
    rows = walk_list.stops(data, here.chosen, language, sources.time_zone())
    if rows.empty:
        st.info(say("no_stops", language), icon=":material/info:")
        return
    st.dataframe(rows, hide_index=True, width="stretch", height=min(38 + 35 * len(rows), 420), placeholder="")


def _map(data: CommunityData, here: WalksState, found: Compared | None, language: str) -> None:
    made, fit, rows_of = [], None, []
    if here.chosen is not None:
        row = data.walks.loc[here.chosen]
        rows = data.stops[data.stops["walk_id"] == here.chosen].sort_values("seq", kind="stable")
        names = walk_list.places(data, rows, language)
        marks = [
            Mark(id=int(str(n)), place=stop["geom"], sign=str(stop["seq"]), title=names[n])
            for n, stop in rows.iterrows()
        ]
        name = name_of(data, here.chosen, language)
        made, rows_of = walks_map_view.drawn(0, row["geom"], marks, name), walks_map_view.legend([name])
        if found is not None:
            words = say("track.line", language)
            made = [Shape(id=-2, geometry=found.line, look="track", title=words, pickable=False), *made]
            rows_of = [*rows_of, {"type": "line", "colour": palette.SHAPES["track"].fill, "text": words}]
        box = walks_map_view.extent([row["geom"], *rows.geometry])
        fit = None if box is None else {"seq": here.chosen, "bounds": box}
    command = Command(
        revision=data.revision,
        stamp=sources.stamp(data),
        layers=walks_map_view.LAYERS,
        legend=rows_of
        + overview_config.legend(
            language=language, layers=("compounds", "gates"), mode="grid", grids=(), asset_base=ahead.ASSETS
        ),
        shapes=shapes.features(made),
        fit=fit,
        search=False,
        moves=False,
    )
    with st.container(key="walks-map"):
        map_view.show(command, data=data, language=language, height_px=_HEIGHT_PX, on_event=here.take, name="walk-list")
