"""Photos that were taken at the stops of a walk and show no issue."""

from __future__ import annotations

from html import escape

import streamlit as st

from gridmap import access
from gridmap.services import stop_photos, walk_list
from gridmap.services.community_data import CommunityData
from gridmap.services.walk_list import say
from gridmap.web import issue_photos_view, sources


def show(number: int, whole: CommunityData, actor: access.Actor, language: str) -> None:
    """Show them by stop, to those who have to do with the walk; nothing where there is none."""
    shots: dict[int | None, list[str]] = {}
    for one in stop_photos.of_walk(sources.store(), actor, whole, number):
        shots.setdefault(one.stop_id, []).append(one.sha256)
    if not shots:
        return
    rows = whole.stops[whole.stops["walk_id"] == number].sort_values("seq")
    places = walk_list.places(whole, rows, language)
    parts = [
        (f"{seq} {places[stop]}".strip(), shots[int(stop)])
        for stop, seq in rows["seq"].items()
        if int(stop) in shots
    ]  # fmt: skip
    parts += [(say("photos.elsewhere", language), shots[stop]) for stop in shots if stop not in rows.index]
    told = "".join(
        f"<section><h4>{escape(name)}</h4>{issue_photos_view.strip(hashes, language)}</section>"
        for name, hashes in parts
    )
    with st.container(border=True, key="walks-photos"):
        st.markdown(f"**{say('photos', language)}**")
        st.html(f'<div class="gm-stages">{told}</div>')
