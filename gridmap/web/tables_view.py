"""The tables below the map."""

from __future__ import annotations

import datetime as dt

import pandas as pd
import streamlit as st

from gridmap import access, i18n
from gridmap.exchange import workbook
from gridmap.services import filter_words, overview, sight, tables
from gridmap.services.community_data import CommunityData
from gridmap.services.overview import Filters
from gridmap.web import downloads, sources
from gridmap.web.choices import Choices
from gridmap.web.session import Session

_ON_SCREEN = 1000  # rows sent to the browser; Excel has them all


def show(data: CommunityData, session: Session, choices: Choices) -> None:
    """Show the things on the map as a table, as far as the person sees them; a chosen row is shown on the map."""
    language, seen = choices.language, choices.seen
    names = [name for name in tables.NAMES if seen.table(name)]
    with st.container(horizontal=True, vertical_alignment="center", key="tables"):
        name = st.segmented_control(
            i18n.text("table.which", language),
            names,
            default=names[0],
            key="table",
            required=True,
            format_func=lambda code: i18n.text(f"table.{code}", language),
            label_visibility="collapsed",
        )
        table = _table(data, name, choices)
        if seen.tables:
            title = i18n.text(f"table.{name}", language)
            st.download_button(
                i18n.text("table.excel", language),
                data=downloads.noted(
                    data, seen, access.Action.DOWNLOAD_TABLES, title, lambda: _excel(data, name, table, choices)
                ),
                file_name=downloads.file_name(data.community.name, title, ending="xlsx"),
                icon=":material/table_view:",
                mime=workbook.MIME,
                on_click="ignore",
                key=f"xlsx-{name}",
                disabled=table.empty,
            )
    if table.empty:
        told = f"table.{name}.empty"
        if name == "uncovered" and not overview.registered(data, choices.page.kind):
            told = "table.uncovered.not_registered"
        st.info(i18n.text(told, language, kind=choices.kind_name), icon=":material/info:")
        return
    key = f"table-{name}-{language}-{session.closed}"

    def choose() -> None:
        said = st.session_state[key]["selection"]
        rows = [*(row for row, _ in said["cells"]), *said["rows"]]
        if rows:
            number, where = int(table.index[rows[0]]), tables.leads_to(name)
            if where != "grid" and where != "compound" and where != "walk":
                session.choose(where, number)
            session.go(where, number)

    st.dataframe(
        table.head(_ON_SCREEN).apply(_dates_told),
        hide_index=True,
        width="stretch",
        height=min(38 + 35 * len(table), 460),
        placeholder="",
        key=key,
        on_select=choose,
        selection_mode=["single-row", "single-cell"],
        column_config={
            column: st.column_config.DatetimeColumn(format="YYYY-MM-DD HH:mm", timezone=sources.time_zone())
            for column in table.columns
            if isinstance(table[column].dtype, pd.DatetimeTZDtype)
        },
    )
    told = "table.rows" if len(table) <= _ON_SCREEN else "table.rows_cut"
    st.caption(
        " ".join([i18n.text(told, language, n=len(table), shown=_ON_SCREEN), *_counted(data, name, table, choices)])
    )


def _counted(data: CommunityData, name: str, table: pd.DataFrame, choices: Choices) -> list[str]:
    """Say what the numbers of a table count, where that is not plain."""
    filters = choices.page.filters
    if name == "buildings":
        homes = int((data.buildings.loc[table.index, "households"] > 0).sum())
        return [i18n.text("table.with_households", choices.language, n=homes)] if homes < len(table) else []
    if name in ("grids", "compounds") and filters != Filters(issues=filters.issues):
        return [i18n.text("table.in_focus", choices.language)]
    return []


def _table(data: CommunityData, name: str, choices: Choices) -> pd.DataFrame:
    seen, language = choices.seen, choices.language
    filters = sight.within(choices.page.filters, seen.rows(name), data)
    if filters is None:
        return pd.DataFrame()
    table = sources.table(data, name, choices.covered, filters, language, sources.hour())
    hidden: list[str] = []
    if not seen.layer("issues"):
        hidden += ["open_issues", "overdue_issues", "issues_recent", "rate"]
    if not seen.layer("walks"):
        hidden += ["leader", "last_walk"]
    return table.drop(columns=[i18n.text(f"column.{column}", language) for column in hidden], errors="ignore")


def _dates_told(column: pd.Series) -> pd.Series:
    """Write days as text for the screen, where one that is missing would read None."""
    if column.dtype == object and column.map(lambda value: isinstance(value, dt.date)).any():
        return column.map(lambda value: "" if pd.isna(value) else value.isoformat())
    return column


def _excel(data: CommunityData, name: str, table: pd.DataFrame, choices: Choices) -> bytes:
    title = f"{data.community.name} · {i18n.text(f'table.{name}', choices.language)}"
    chosen = i18n.text(
        "table.note_filters", choices.language, filters=filter_words.told(data, choices.page.filters, choices.language)
    )
    note = i18n.text(
        "table.note_synthetic" if data.community.synthetic else "table.note",
        choices.language,
        day=i18n.date(data.day, choices.language),
        kind=choices.kind_name,
        radius=choices.covered.radius_m,
    )
    return workbook.write(
        {i18n.text(f"table.{name}", choices.language): table},
        title=title,
        note=f"{note} {chosen}",
        time_zone=sources.time_zone(),
    )
