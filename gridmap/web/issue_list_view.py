"""List and map of issues."""

from __future__ import annotations

import pandas as pd
import streamlit as st

from gridmap import access, i18n
from gridmap.access import Actor
from gridmap.exchange import workbook
from gridmap.services import filter_words, issue_list
from gridmap.services.community_data import CommunityData
from gridmap.services.overview import Filters
from gridmap.services.sight import Sight
from gridmap.web import downloads, session, sources

_ON_SCREEN = 1000  # rows sent to the browser; Excel has them all


def show(data: CommunityData, actor: Actor, language: str) -> None:
    """Show the issues under the filters."""
    seen, filters = Sight.of(actor, data.community), session.current().page.filters
    table = issue_list.table(data, filters, language=language, now=sources.hour())
    if table.empty:
        st.info(i18n.text("table.issues.empty", language), icon=":material/info:")
        return
    if seen.tables:
        title = i18n.text("page.issues", language)
        st.download_button(
            i18n.text("table.excel", language),
            data=downloads.noted(
                data, seen, access.Action.DOWNLOAD_TABLES, title, lambda: _excel(data, table, filters, title, language)
            ),
            file_name=downloads.file_name(data.community.name, title, ending="xlsx"),
            icon=":material/table_view:",
            mime=workbook.MIME,
            on_click="ignore",
            key="issues-xlsx",
        )
    st.dataframe(
        table.head(_ON_SCREEN),
        hide_index=True,
        width="stretch",
        placeholder="",
        column_config={
            column: st.column_config.DatetimeColumn(format="YYYY-MM-DD HH:mm", timezone=sources.time_zone())
            for column in table.columns
            if isinstance(table[column].dtype, pd.DatetimeTZDtype)
        },
    )


def _excel(data: CommunityData, table: pd.DataFrame, filters: Filters, title: str, language: str) -> bytes:
    note = i18n.text(
        "issues.note_synthetic" if data.community.synthetic else "issues.note",
        language,
        day=i18n.date(data.day, language),
        filters=filter_words.told(data, filters, language),
    )
    return workbook.write(
        {title: table}, title=f"{data.community.name} · {title}", note=note, time_zone=sources.time_zone()
    )
