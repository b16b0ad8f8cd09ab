"""Field work with QField: a package to take along, and what comes back."""

from __future__ import annotations

import datetime as dt
import tempfile
from pathlib import Path
from typing import Any

import pandas as pd
import streamlit as st

from gridmap import i18n
from gridmap.access import Actor
from gridmap.services import field_package, field_return
from gridmap.services.community_data import CommunityData
from gridmap.services.field_return import Returned, Side
from gridmap.web import chrome, downloads, session, sources, upload

_LARGEST_MB = 200
_DONE = "gridmap_field_done"


def show(data: CommunityData, language: str) -> None:
    """Offer the package, and take one back."""

    def say(key: str, **fields: object) -> str:
        return i18n.text(f"data.field.{key}", language, **fields)

    community, address = data.community, st.context.ip_address or ""
    with st.container(border=True, key="field"):
        st.markdown(f"**{say('title')}**")
        st.caption(say("help"))
        st.download_button(
            say("download"),
            data=downloads.asked(
                lambda who: field_package.make(
                    sources.store(), community, actor=who, language=language, address=address
                )
            ),
            file_name=downloads.file_name(community.name, say("name"), ending="zip"),
            mime="application/zip",
            icon=":material/download:",
            on_click="ignore",
            key="field-download",
        )
        given = upload.file(say("back"), "field-back", language, largest_mb=_LARGEST_MB)
        if given is None:
            st.session_state.pop(_DONE, None)
            return
        sides: tuple[Side, ...] = ("office", "field")
        done: Returned | None = st.session_state.get(_DONE)
        wanted: Side | None = None
        with st.container(horizontal=True, key="field-acts"):
            if done is None and st.button(say("take"), type="primary", icon=":material/upload:", key="field-take"):
                wanted = "ask"
            for side in sides if done is not None and done.conflicts else ():
                if st.button(say(f"side.{side}"), icon=":material/rule:", key=f"field-{side}"):
                    wanted = side
        if wanted is not None:
            with chrome.faults(language), st.spinner(say("taking")):
                st.session_state[_DONE] = _taken(data, given.name, given.getbuffer(), wanted, session.actor(language))
                st.rerun()
        if done is not None:
            _told(done, language)


def _told(done: Returned, language: str) -> None:
    def say(key: str, **fields: object) -> str:
        return i18n.text(f"data.field.{key}", language, **fields)

    st.success(
        say("done", added=done.added, already=done.already, changed=done.changed, unchanged=done.unchanged),
        icon=":material/check:",
    )
    for row in done.refused:
        st.warning(chrome.literally(f"{row.title}：{row.sentence(language)}"), icon=":material/block:")
    if not done.conflicts:
        return
    st.warning(say("conflicts", n=len(done.conflicts)), icon=":material/call_split:")
    table = pd.DataFrame(
        {
            say("record"): [one.title for one in done.conflicts],
            say("what"): [i18n.text(f"record.field.{one.name}", language) for one in done.conflicts],
            say("was"): [str(one.was) for one in done.conflicts],
            say("here"): [str(one.here) for one in done.conflicts],
            say("there"): [str(one.there) for one in done.conflicts],
        }
    )
    st.dataframe(table, hide_index=True, width="stretch", placeholder="")


def _taken(data: CommunityData, name: str, content: Any, conflicts: Side, actor: Actor) -> Returned:
    with tempfile.TemporaryDirectory(prefix="gridmap-field-") as folder:
        path = Path(folder) / downloads.file_name("field", ending=name.rpartition(".")[2])
        path.write_bytes(content)
        return field_return.take_back(
            sources.store(), data.community, path, actor=actor, conflicts=conflicts,
            address=st.context.ip_address or "", now=dt.datetime.now(dt.UTC),
        )  # fmt: skip
