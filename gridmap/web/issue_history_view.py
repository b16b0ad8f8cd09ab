"""What happened to an issue, and the answers of the departments that were called to it."""

from __future__ import annotations

import datetime as dt
from html import escape

import pandas as pd
import streamlit as st

from gridmap import access, i18n
from gridmap.access import Action, Actor
from gridmap.services import issue_calls, issue_history, issue_ties
from gridmap.services.community_data import CommunityData
from gridmap.services.sight import Sight
from gridmap.web import acts, chrome, issue_photos_view, sources
from gridmap.web.session import actor as asked_anew

_FIRST = 20


def show(data: CommunityData, actor: Actor, number: int, seen: Sight, language: str) -> None:
    """Show who has answered, who said the same, and the history, the newest first."""
    own = issue_ties.family(data, number)
    _calls(data, actor, number, language)
    said = int(data.voices["issue_id"].isin(own).sum()) + len(own) - 1
    if said:
        st.markdown(_say("voices", language, n=said))
    entries = issue_history.of(data, number, seen, language, sources.time_zone())
    st.markdown(f"**{_say('history', language)}**")
    if not entries:
        st.caption(_say("no_history", language))
        return
    st.html(listed(entries[:_FIRST], language))
    if len(entries) > _FIRST:
        with st.expander(i18n.text("card.moves_more", language, n=len(entries) - _FIRST)):
            st.html(listed(entries[_FIRST:], language))


def _say(key: str, language: str, **fields: object) -> str:
    return i18n.text(f"issue.{key}", language, **fields)


def listed(entries: list[issue_history.Entry], language: str) -> str:
    """Return entries as HTML; all that people wrote is escaped."""
    items = []
    for entry in entries:
        at = i18n.time(entry.at, language, sources.time_zone())
        told = [f"<b>{escape(entry.what)}</b>", f"<span>{escape(entry.to)}</span>" if entry.to else ""]
        words = f"<p>{escape(entry.words)}</p>" if entry.words else ""
        pictures = issue_photos_view.strip(entry.photos, language)
        head = escape(" · ".join(part for part in (at, entry.who) if part))
        items.append(f"<li><small>{head}</small><div>{' '.join(told)}</div>{words}{pictures}</li>")
    return f'<ol class="gm-history">{"".join(items)}</ol>'


def _calls(data: CommunityData, actor: Actor, number: int, language: str) -> None:
    """Show whom the community whistled for; what was answered is written down here."""
    calls = data.calls[data.calls["issue_id"].isin(issue_ties.family(data, number))].sort_values(
        "called_at", kind="stable"
    )
    if calls.empty:
        return
    grid = data.issues.at[number, "grid_id"]
    may = access.decide(
        actor, Action.EDIT_ISSUES, street_id=data.community.street_id, community_id=data.community.id,
        grid_id=None if pd.isna(grid) else int(grid),
    ).allowed  # fmt: skip
    with st.container(border=True, key="issue-calls"):
        st.markdown(f"**{chrome.literally(_say('calls', language))}**")
        for one, call in calls.iterrows():
            name = data.departments.label(call["department"], language)
            if pd.notna(call["answered_at"]):
                key = "answered_there" if call["arrived"] else "answered_away"
                at = i18n.time(call["answered_at"], language, sources.time_zone())
                st.markdown(chrome.literally(f"✓ {_say(key, language, department=name)} · {at}: {call['answer']}"))
                continue
            due = "" if pd.isna(call["due_at"]) else i18n.time(call["due_at"], language, sources.time_zone())
            late = pd.notna(call["due_at"]) and call["due_at"] < sources.hour()
            st.markdown(
                chrome.literally(f"{'■' if late else '●'} {_say('waiting', language, department=name, due=due)}")
            )
            if may:
                _answer(int(str(one)), int(call["version"]), name, language)


def _answer(number: int, version: int, name: str, language: str) -> None:
    with st.expander(_say("answer", language, department=chrome.literally(name))):
        arrived = st.toggle(_say("arrived", language), key=f"call-arrived-{number}")
        text = st.text_area(i18n.text("record.field.answer", language), key=f"call-answer-{number}", height=80)
        if st.button(_say("save_answer", language), key=f"call-save-{number}"):

            def act() -> str:
                issue_calls.answer(
                    sources.store(), asked_anew(language), number, version=version, arrived=arrived, text=text,
                    now=dt.datetime.now(dt.UTC), address=st.context.ip_address or "",
                )  # fmt: skip
                return _say("answer_kept", language, department=name)

            if acts.attempt(act, language):
                st.rerun()
