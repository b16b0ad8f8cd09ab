"""The audit on its page: what is looked for, and what was found."""

from __future__ import annotations

import datetime as dt
import math
from typing import Any
from zoneinfo import ZoneInfo

import streamlit as st

from gridmap import access, i18n
from gridmap.access import Action
from gridmap.exchange import workbook
from gridmap.services import account_admin, accounts, audit
from gridmap.web import downloads, sources

PAGE_ROWS = 100
_MOST_IN_EXCEL = 100_000
_DAYS_AT_FIRST = 30


def show(by: access.Actor, language: str) -> None:
    """Show the entries that are looked for, a page at a time."""
    wanted = _wanted(by, language)
    store = sources.store()
    found = audit.count(store, by, **wanted)
    pages = max(1, math.ceil(found / PAGE_ROWS))
    with st.container(horizontal=True, vertical_alignment="bottom", key="audit-bar"):
        page = int(
            st.number_input(
                i18n.text("audit_page.page", language, n=pages),
                min_value=1,
                max_value=pages,
                value=1,
                # What is looked for anew is shown from its first page on.
                key=f"audit-page-{hash(tuple(wanted.values())) % 10**9}",
                width=150,
            )
        )
        st.download_button(
            i18n.text("table.excel", language),
            data=downloads.listed(
                Action.SEE_AUDIT, i18n.text("audit_page.title", language), lambda who: _excel(who, wanted, language)
            ),
            file_name=downloads.file_name(i18n.text("audit_page.title", language), ending="xlsx"),
            icon=":material/table_view:",
            mime=workbook.MIME,
            on_click="ignore",
            key="audit-xlsx",
            disabled=found == 0,
        )
    if not found:
        st.info(i18n.text("audit_page.nothing", language), icon=":material/info:")
        return
    table = audit.search(store, by, limit=PAGE_ROWS, offset=(page - 1) * PAGE_ROWS, **wanted)
    shown = audit.worded(table, store, language, sources.time_zone())
    st.dataframe(shown, hide_index=True, width="stretch", height=min(38 + 35 * len(shown), 560), placeholder="")
    st.caption(i18n.text("audit_page.rows", language, n=found))


def _wanted(by: access.Actor, language: str) -> dict[str, Any]:
    """Ask what is looked for, and return it as `audit.search` takes it."""

    def say(word: str) -> str:
        return i18n.text(f"audit_page.{word}", language)

    today = accounts.day_of(dt.datetime.now(dt.UTC))
    words = audit.actions(language)
    with st.container(horizontal=True, vertical_alignment="bottom", key="audit-wanted"):
        name = st.selectbox(
            i18n.text("audit.column.account_name", language),
            [one.name for one in account_admin.listed(sources.store(), by)],
            index=None,
            placeholder=say("anybody"),
            key="audit-account",
            width=190,
        )
        action = st.selectbox(
            i18n.text("audit.column.action", language),
            list(words),
            index=None,
            format_func=lambda one: words[one],
            placeholder=say("anything"),
            key="audit-action",
            width=220,
        )
        days = st.date_input(
            say("days"),
            value=(today - dt.timedelta(days=_DAYS_AT_FIRST), today),
            max_value=today,
            format="YYYY-MM-DD",
            key="audit-days",
            width=240,
        )
        text = st.text_input(
            say("words"), max_chars=100, key="audit-words", placeholder=say("words_example"), width=220
        )
    since, until = _between(days if isinstance(days, tuple) else (days, days))
    return {"since": since, "until": until, "account": name, "action": action, "words": text}


def _between(days: tuple[Any, ...]) -> tuple[dt.datetime | None, dt.datetime | None]:
    """Return the moments between which the days lie; while only one is chosen, from then on."""
    zone = ZoneInfo(sources.time_zone())
    first = dt.datetime.combine(days[0], dt.time(0), tzinfo=zone) if days else None
    last = dt.datetime.combine(days[1] + dt.timedelta(days=1), dt.time(0), tzinfo=zone) if len(days) > 1 else None
    return first, last


def _excel(by: access.Actor, wanted: dict[str, Any], language: str) -> bytes:
    store, zone = sources.store(), sources.time_zone()
    found = audit.count(store, by, **wanted)
    table = audit.worded(audit.search(store, by, limit=_MOST_IN_EXCEL, **wanted), store, language, zone)
    title = i18n.text("audit_page.title", language)
    now = i18n.time(dt.datetime.now(dt.UTC), language, zone)
    note = i18n.text("audit_page.note", language, time=now, n=len(table))
    if found > len(table):
        note = f"{note} {i18n.text('audit_page.note_cut', language, n=found)}"
    return workbook.write({title: table}, title=title, note=note, time_zone=zone)
