"""What somebody sees who saves later than somebody else: both versions, field by field, to choose from."""

from __future__ import annotations

from typing import Literal

import streamlit as st

from gridmap import i18n
from gridmap.services import record_checks, record_conflicts, record_lists
from gridmap.services.community_data import CommunityData
from gridmap.services.record_conflicts import Difference
from gridmap.services.record_rows import Record
from gridmap.services.records import Gone, Overtaken
from gridmap.web import chrome, records_state
from gridmap.web.records_state import Form

Choice = Literal["keep", "drop", "back"] | None


def overtaken(data: CommunityData, form: Form, base: Record, clash: Overtaken, language: str) -> Choice:
    """Show the fields in which two people differ; on "keep", what was chosen is in the form.

    Raises
    ------
    FaultyRecord
        If what is in the form cannot be kept any longer.
    """

    def say(key: str, **fields: str) -> str:
        return i18n.text(f"record.clash.{key}", language, **fields)

    st.subheader(say("title"), anchor=False)
    st.warning(chrome.literally(clash.sentence(language)), icon=":material/call_split:")
    mine = record_checks.checked(form.kind, form.values(), data)
    found = record_conflicts.differences(base, clash.theirs, mine)
    sides: dict[str, str] = {}
    for one in found:
        field = form.kind.field(one.name)
        words = {
            side: say(side, value=record_lists.told(field, value, data, language) or say("empty"))
            for side, value in (("was", one.was), ("theirs", one.theirs), ("mine", one.mine))
        }
        with st.container(border=True, key=f"clash-{one.name}"):
            sides[one.name] = _side(form, one, words, language)
            st.caption(chrome.literally(words["was"]))
    chosen = _buttons(say("keep"), form, language)
    if chosen == "keep":
        theirs = record_conflicts.chosen(found, sides, {})
        form.typed |= records_state.as_typed(form.kind, theirs)
    return chosen


def gone(form: Form, clash: Gone, language: str) -> Choice:
    """Say that the record was deleted; "keep" restores it with what is in the form, or saves that as a new one."""
    st.subheader(i18n.text("record.clash.title", language), anchor=False)
    st.warning(chrome.literally(clash.sentence(language)), icon=":material/call_split:")
    key = "as_new" if clash.entry is None else "restore"
    return _buttons(i18n.text(f"record.clash.{key}", language), form, language)


def _side(form: Form, one: Difference, words: dict[str, str], language: str) -> str:
    sides = ["theirs", "mine"]
    chosen = st.radio(
        i18n.text(f"record.field.{one.name}", language),
        sides,
        index=sides.index(one.proposed),
        format_func=lambda side: chrome.literally(words[side]),
        key=f"clash-{form.serial}-{one.name}",
    )
    return chosen or one.proposed


def _buttons(keep: str, form: Form, language: str) -> Choice:
    with st.container(horizontal=True, key="clash-do"):
        if st.button(keep, type="primary", icon=":material/save:", key=f"clash-keep-{form.serial}"):
            return "keep"
        if st.button(i18n.text("record.clash.back", language), key=f"clash-back-{form.serial}"):
            return "back"
        if st.button(i18n.text("record.clash.drop", language), key=f"clash-drop-{form.serial}"):
            return "drop"
    return None
