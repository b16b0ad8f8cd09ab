"""Links of presentations on the page of accounts."""

from __future__ import annotations

import datetime as dt
from typing import Any
from urllib.parse import urlsplit

import pandas as pd
import streamlit as st

from gridmap import access, i18n
from gridmap.services import accounts, view_links
from gridmap.services.story_keeping import Story
from gridmap.services.view_links import Standing
from gridmap.web import acts, sources, view_link

_HOURS = (1, 4, 24, 72, 168)
_ROUND = "gridmap_share_round"


def show(by: access.Actor, community_id: int, language: str, *, story: Story | None = None) -> None:
    """Show the links of a community, or those that open a presentation alone, and a form for a new one."""
    now = dt.datetime.now(dt.UTC)
    st.caption(i18n.text("share.what" if story is None else "present.share.what", language))
    _new(by, community_id, story, language)
    number = None if story is None else story.number
    there = view_links.listed(sources.store(), by, community_id, now, story=number)
    chosen = _list(there, language)
    if (
        chosen is not None
        and chosen.state == "open"
        and st.button(i18n.text("share.withdraw", language), icon=":material/link_off:", key="share-withdraw")
    ):
        acts.ask(
            i18n.text("share.withdraw", language),
            i18n.text("share.withdraw_ask", language, note=chosen.link.note),
            i18n.text("share.withdraw", language),
            lambda who: _withdraw(who, accounts.number(chosen.link), language),
            language,
        )


def _new(by: access.Actor, community_id: int, story: Story | None, language: str) -> None:
    key = st.session_state.get(_ROUND, 0)
    with st.container(horizontal=True, vertical_alignment="bottom", key="share-new"):
        note = st.text_input(
            i18n.text("share.column.note", language),
            max_chars=60,
            key=f"share-note-{key}",
            placeholder=i18n.text("share.note_example", language),
            width=280,
        )
        hours = st.selectbox(
            i18n.text("share.holds", language),
            _HOURS,
            index=1,
            format_func=lambda h: (
                i18n.text("share.hours", language, n=h) if h < 24 else i18n.text("share.days", language, n=h // 24)
            ),
            key=f"share-hours-{key}",
            width=150,
        )
        if st.button(
            i18n.text("share.make", language), icon=":material/add_link:", type="primary", key="share-make"
        ) and acts.attempt(lambda: _make(by, community_id, story, hours, note, language), language):
            st.session_state[_ROUND] = key + 1
            st.rerun()


def _make(by: access.Actor, community_id: int, story: Story | None, hours: int, note: str, language: str) -> str:
    now = dt.datetime.now(dt.UTC)
    number = None if story is None else story.number
    link, token = view_links.make(sources.store(), by, community_id, hours=hours, note=note, story=number, now=now)
    until = i18n.time(link.expires_at, language, sources.time_zone())
    place = urlsplit(st.context.url or "")
    told = (
        i18n.text("share.link", language, until=until)
        if story is None
        else i18n.text("present.share.link", language, until=until, name=story.name)
    )
    acts.tell_once(told, f"{place.scheme}://{place.netloc}{view_link.address(token)}")
    return i18n.text("share.made", language)


def _list(there: list[Standing], language: str) -> Standing | None:
    if not there:
        st.info(i18n.text("share.none", language), icon=":material/info:")
        return None

    def say(word: str) -> str:
        return i18n.text(f"share.column.{word}", language)

    rows = [
        {
            say("note"): one.link.note,
            say("opens"): say("opens.map" if one.link.story is None else "opens.story"),
            say("state"): i18n.text(f"share.state.{one.state}", language),
            say("until"): one.link.expires_at,
            say("uses"): one.link.uses,
            say("used"): one.link.used_at,
            say("made_by"): one.link.made_by,
            say("made"): one.link.made_at,
        }
        for one in there
    ]
    table = pd.DataFrame(rows)
    moments = [say("until"), say("used"), say("made")]
    table[moments] = table[moments].apply(pd.to_datetime, utc=True)
    event: Any = st.dataframe(
        table,
        hide_index=True,
        width="stretch",
        placeholder="",
        height=min(38 + 35 * len(table), 460),
        key=f"share-list-{len(there)}-{sum(one.state == 'open' for one in there)}",
        on_select="rerun",
        selection_mode="single-row",
        column_config={
            name: st.column_config.DatetimeColumn(format="YYYY-MM-DD HH:mm", timezone=sources.time_zone())
            for name in moments
        },
    )
    chosen = [there[row] for row in event.selection.rows if row < len(there)]
    return chosen[0] if chosen else None


def _withdraw(by: access.Actor, number: int, language: str) -> str:
    view_links.withdraw(sources.store(), by, number)
    acts.withdraw_told()
    return i18n.text("share.withdrawn", language)
