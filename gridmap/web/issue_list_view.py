"""List and map of issues, one beside the other, under the same filters."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace

import pandas as pd
import streamlit as st

from gridmap import access, i18n
from gridmap.access import Actor
from gridmap.exchange import workbook
from gridmap.services import filter_words, issue_figures, issue_list, layers, overview, pictures
from gridmap.services.community_data import CommunityData
from gridmap.services.overview import Filters
from gridmap.services.sight import Sight
from gridmap.web import (
    chrome,
    downloads,
    filters_view,
    issue_detail_view,
    issue_map_view,
    issues_state,
    session,
    sources,
)
from gridmap.web.issues_state import IssuesState

_ON_SCREEN = 1000  # rows sent to the browser; Excel has them all
_HEIGHT_PX = 560
_LONGEST_SAID = 160
_WEEK = dt.timedelta(days=6)


def show(data: CommunityData, actor: Actor, language: str) -> None:
    """Show the issues under the filters, or the one that is opened."""
    seen, page, here = Sight.of(actor, data.community), session.current(), issues_state.current()
    if here.opened is not None:
        issue_detail_view.show(data, actor, here.opened, language)
        return
    page.page = replace(page.page, filters=overview.settled(data, page.page.filters))
    filters, now = page.page.filters, sources.hour()
    rows = issue_list.shown(data, filters, now)
    if here.chosen is not None and here.chosen not in data.issues.index:
        here.choose(None)
    told = _told(data, here, language, now)
    _toolbar(data, rows, seen, language)
    if data.issues.empty:
        st.info(_say("none_yet", language), icon=":material/info:")
    with st.container(horizontal=True, key="issues-body"):
        with st.container(key="issues-left"):
            _chosen(here, told, language)
            _list(data, rows, here, language, now)
        with st.container(key="issues-right"):
            _weeks(data, page, language)
            issue_map_view.show(data, rows, here, seen, told, language)


def _say(key: str, language: str, **fields: object) -> str:
    return i18n.text(f"issues.{key}", language, **fields)


def _toolbar(data: CommunityData, rows: pd.DataFrame, seen: Sight, language: str) -> None:
    page = session.current()
    filters = page.page.filters
    with st.container(horizontal=True, vertical_alignment="center", key="issues-tools"):
        filters_view.issues(page, language)
        st.text_input(
            _say("search", language), filters.text, key="text", on_change=page.take_switches, max_chars=200, width=230,
            placeholder=_say("search", language), label_visibility="collapsed", icon=":material/search:",
        )  # fmt: skip
        filters_view.show(data, page, seen, language, more=True)
        here = issues_state.current()
        here.dense = st.toggle(
            i18n.text("issue_figures.mode.density", language), here.dense, key="issues-dense",
            help=_say("dense_help", language, metres=round(issue_figures.BANDWIDTH_M)),
        )  # fmt: skip
        if filters != Filters():
            st.button(_say("all_filters_off", language), icon=":material/filter_alt_off:", on_click=_unfiltered)
        _files(data, rows, seen, language)


def _unfiltered() -> None:
    page = session.current()
    page.page = replace(page.page, filters=Filters())
    for key in session.SWITCH_KEYS:
        st.session_state.pop(key, None)


def _files(data: CommunityData, rows: pd.DataFrame, seen: Sight, language: str) -> None:
    filters, title, here = session.current().page.filters, i18n.text("page.issues", language), issues_state.current()
    if seen.tables:
        st.download_button(
            i18n.text("table.excel", language),
            data=downloads.noted(
                data, seen, access.Action.DOWNLOAD_TABLES, title, lambda: _excel(data, rows, filters, title, language)
            ),
            file_name=downloads.file_name(data.community.name, title, ending="xlsx"),
            icon=":material/table_view:", mime=workbook.MIME, on_click="ignore", key="issues-xlsx",
            disabled=rows.empty,
        )  # fmt: skip
    if seen.picture:
        covered = sources.covered(data, overview.ANY_KIND, 1.0)
        st.download_button(
            i18n.text("overview.picture", language),
            data=downloads.noted(
                data, seen, access.Action.DOWNLOAD_PICTURE, title,
                lambda: pictures.overview_png(
                    data, covered, "grid", issue_map_view.LAYERS, filters, kind=overview.ANY_KIND,
                    chosen=None if here.chosen is None else ("issue", here.chosen), language=language,
                    now=sources.hour(), dense=issue_map_view.dense_of(data, rows, here, seen),
                ),
            ),
            file_name=downloads.file_name(data.community.name, title, str(data.day), ending="png"),
            mime="image/png", icon=":material/image:", on_click="ignore", key="issues-png",
        )  # fmt: skip


def _excel(data: CommunityData, rows: pd.DataFrame, filters: Filters, title: str, language: str) -> bytes:
    note = _say(
        "note_synthetic" if data.community.synthetic else "note",
        language,
        day=i18n.date(data.day, language),
        filters=filter_words.told(data, filters, language),
    )
    table = issue_list.table(data, rows, language=language, now=sources.hour())
    return workbook.write(
        {title: table}, title=f"{data.community.name} · {title}", note=note, time_zone=sources.time_zone()
    )


def _told(data: CommunityData, here: IssuesState, language: str, now: dt.datetime) -> pd.Series | None:
    """Return the chosen issue as a row of the list, whether the filters let it through or not."""
    if here.chosen is None:
        return None
    row = data.issues.loc[[here.chosen]]
    return issue_list.table(data, row.assign(group=layers.issue_groups(row, now)), language=language, now=now).iloc[0]


def _chosen(here: IssuesState, told: pd.Series | None, language: str) -> None:
    """Say what is chosen, and lead to it. The place is always there, so that the list keeps its own."""
    with st.container(horizontal=True, vertical_alignment="center", key="issues-chosen"):
        if told is None or here.chosen is None:
            st.caption(_say("press_one", language))
            return
        parts = (str(told[issue_list.heading(name, language)]) for name in ("state", "left", "place", "text"))
        said = issue_map_view.shorten(" · ".join(part for part in parts if part), _LONGEST_SAID)
        st.markdown(chrome.literally(said), width="stretch")
        if st.button(_say("open", language), type="primary", icon=":material/open_in_full:", key="issue-open"):
            here.open(here.chosen)
            st.rerun()


def _list(data: CommunityData, rows: pd.DataFrame, here: IssuesState, language: str, now: dt.datetime) -> None:
    if rows.empty:
        if len(data.issues):
            st.info(i18n.text("table.issues.empty", language), icon=":material/info:")
        return
    table = issue_list.table(data, rows.head(_ON_SCREEN), language=language, now=now)
    numbers = [int(number) for number in table.index]
    key = f"issues-table-{language}-{here.turns}"

    def choose() -> None:
        said = st.session_state[key]["selection"]
        ticked = [*(row for row, _ in said["cells"]), *said["rows"]]
        here.choose(numbers[ticked[0]] if ticked and ticked[0] < len(numbers) else None)

    ticked = [numbers.index(here.chosen)] if here.chosen in numbers else []
    st.dataframe(
        table, hide_index=True, width="stretch", height=min(38 + 35 * len(table), _HEIGHT_PX), placeholder="", key=key,
        on_select=choose, selection_mode=["single-row", "single-cell"],
        selection_default={"selection": {"rows": ticked, "columns": [], "cells": []}},
        column_config={
            issue_list.heading("text", language): st.column_config.TextColumn(width="medium"),
            **{
                column: st.column_config.DatetimeColumn(format="YYYY-MM-DD HH:mm", timezone=sources.time_zone())
                for column in table.columns
                if isinstance(table[column].dtype, pd.DatetimeTZDtype)
            },
        },
    )  # fmt: skip
    late = int((rows["group"] == "overdue").sum())
    told = "rows" if len(rows) <= _ON_SCREEN else "rows_cut"
    st.caption(_say(told, language, n=len(rows), late=late, shown=_ON_SCREEN))


def _weeks(data: CommunityData, page: session.Session, language: str) -> None:
    """Show the slider by which list and map follow the time, week by week."""
    there = issue_list.weeks(data, sources.time_zone())
    filters = page.page.filters
    if len(there) < 2:
        return

    def week(day: dt.date | None, otherwise: dt.date) -> dt.date:
        return otherwise if day is None else min(max(issue_list.monday(day), there[0]), there[-1])

    begin = week(filters.since, there[0])
    end = max(begin, week(filters.until, there[-1]))
    # Another choice of days, made elsewhere, is another slider.
    key = f"issues-weeks-{begin}-{end}"

    def take() -> None:
        first, last = st.session_state[key]
        page.page = replace(
            page.page,
            filters=replace(
                page.page.filters,
                since=None if first == there[0] else first,
                until=None if last == there[-1] else last + _WEEK,
            ),
        )
        for name in ("since", "until"):
            st.session_state.pop(name, None)

    st.select_slider(
        _say("weeks", language), there, (begin, end), key=key, on_change=take,
        format_func=lambda day: i18n.date(day, language),
    )  # fmt: skip
