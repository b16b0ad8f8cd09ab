"""The photos of an issue: before and after side by side, and adding one."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from html import escape

import pandas as pd
import streamlit as st

from gridmap import i18n
from gridmap.access import Actor
from gridmap.model import PhotoStage
from gridmap.services import issue_flow, issue_ties, photos
from gridmap.services.community_data import CommunityData
from gridmap.web import acts, credentials, issues_state, sources, upload
from gridmap.web.session import actor as asked_anew

LARGEST_MB = 30
TYPES = ("jpg", "jpeg", "png", "webp", "heic", "heif")
"""Endings of files that may be a photo; what it is is told by its content."""


def show(data: CommunityData, actor: Actor, number: int, language: str) -> None:
    """Show the photos by stage, and let those who may move the issue add some."""
    mine = data.photos[data.photos["issue_id"].isin(issue_ties.family(data, number))]
    may = bool(issue_flow.moves(data.issues.loc[number], actor, data))
    if mine.empty and not may:
        return
    with st.container(border=True, key="issue-photos"):
        st.markdown(f"**{_say('photos', language)}**")
        if len(mine):
            st.html(_stages(mine, language))
        if may:
            _add(number, language)


def strip(hashes: Iterable[str], language: str) -> str:
    """Return small pictures as HTML, each a link to the whole one; "" of none."""
    base = f"{credentials.base_path()}/gridmap/photos"
    alt = escape(_say("photo", language))
    made = "".join(
        f'<a href="{base}/{escape(one)}" target="_blank"><img src="{base}/{escape(one)}/thumb" alt="{alt}"></a>'
        for one in hashes
    )
    return f'<div class="gm-photos">{made}</div>' if made else ""


def _say(key: str, language: str, **fields: object) -> str:
    return i18n.text(f"issue.{key}", language, **fields)


def _stages(mine: pd.DataFrame, language: str) -> str:
    columns = []
    for stage in PhotoStage:
        of_stage = mine.loc[mine["stage"] == stage.value, "sha256"]
        if len(of_stage):
            heading = escape(i18n.text(f"photo_stage.{stage}", language))
            columns.append(f"<section><h4>{heading}</h4>{strip(of_stage, language)}</section>")
    return f'<div class="gm-stages">{"".join(columns)}</div>'


def _add(number: int, language: str) -> None:
    here = issues_state.current()
    with st.expander(_say("add_photo", language), icon=":material/add_a_photo:"):
        stage = st.segmented_control(
            _say("stage", language), [one.value for one in PhotoStage], default=PhotoStage.BEFORE.value, required=True,
            key="photo-stage", format_func=lambda one: i18n.text(f"photo_stage.{one}", language),
        )  # fmt: skip
        key = f"photo-files-{here.turns}"
        files = upload.files(_say("photos", language), key, language, types=TYPES, largest_mb=LARGEST_MB)
        if st.button(_say("keep_photos", language), disabled=not files, key="photo-keep"):

            def act() -> str:
                by, now = asked_anew(language), dt.datetime.now(dt.UTC)
                for shot in photos.all_taken([(file.name, file.getvalue()) for file in files], now):
                    photos.keep(
                        sources.store(), by, number, shot, stage=PhotoStage(str(stage)), now=now,
                        address=st.context.ip_address or "",
                    )  # fmt: skip
                here.turns += 1
                return _say("photos_kept", language, n=len(files))

            if acts.attempt(act, language):
                st.rerun()
