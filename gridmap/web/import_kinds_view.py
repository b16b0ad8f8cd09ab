"""Kinds of service points that a file names and the community does not know: made, or told to be one that it knows."""

from __future__ import annotations

import streamlit as st

from gridmap import access, i18n
from gridmap.access import Action, Actor
from gridmap.services import catalogue_checks, catalogue_editing
from gridmap.services.community_data import CommunityData
from gridmap.services.import_preview import Preview
from gridmap.web import acts, catalogue_view, chrome

_PROBLEMS = ("service_kind", "group_kind")
_MOST = 12


def show(preview: Preview, data: CommunityData, actor: Actor, language: str) -> None:
    """Ask what the words mean, of whoever may change the community's settings; tell others who may."""
    found = [fault.value or "" for fault in preview.faults if fault.problem in _PROBLEMS]
    words = [word for word in dict.fromkeys(found) if 0 < len(word) <= catalogue_checks.LONGEST["zh"]]
    if not words:
        return
    place = {"street_id": data.community.street_id, "community_id": data.community.id}

    def say(key: str, **fields: object) -> str:
        return i18n.text(f"data.kinds.{key}", language, **fields)

    with st.container(border=True, key="import-kinds"):
        st.markdown(f"**{say('title', n=len(words))}**")
        if not access.decide(actor, Action.CHANGE_SETTINGS, **place).allowed:
            st.caption(say("ask_others"))
            return
        st.caption(say("help"))
        with st.form("import-kinds-form", border=False):
            codes = [None, "", *data.kinds.offered()]
            with st.container(horizontal=True):
                meant = {
                    word: st.selectbox(
                        chrome.literally(word),
                        codes,
                        format_func=lambda code: (
                            say("later" if code is None else "new") if not code else data.kinds.label(code, language)
                        ),
                        key=f"import-kind-{word}",
                        width=220,
                    )
                    for word in words[:_MOST]
                }
            sent = st.form_submit_button(say("take"), icon=":material/category:")

        wanted = catalogue_editing.meant(data.catalogues, {w: code for w, code in meant.items() if code is not None})
        if sent and wanted and acts.attempt(lambda: catalogue_view.save(wanted, data, language), language):
            st.rerun()
