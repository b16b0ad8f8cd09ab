"""A recorded track beside the walk that was planned: looked at and forgotten."""

from __future__ import annotations

import tempfile
from pathlib import Path

import shapely
import streamlit as st

from gridmap import access, errors, i18n
from gridmap.services import community_settings, walk_track_match, walk_tracks, walking_data
from gridmap.services.community_data import CommunityData
from gridmap.services.walk_list import say
from gridmap.services.walk_track_match import Compared
from gridmap.web import chrome, sources, upload

_LARGEST_MB = 20


def show(number: int, data: CommunityData, whole: CommunityData, actor: access.Actor, language: str) -> Compared | None:
    """Ask for a track, say how it compares with the walk, and return that for the map; None where there is none."""
    with st.expander(say("track", language), icon=":material/conversion_path:", key="walks-track"):
        st.caption(say("track.help", language))
        try:
            track = _track(number, whole, actor, language)
            if track is None or track.is_empty:
                return None
            chosen = community_settings.of(sources.store(), community_settings.number(data.community))
            found = walk_track_match.compare(data, number, track, walking_data.costs(chosen))
        except errors.GridmapError as fault:
            st.error(chrome.literally(fault.sentence(language)), icon=":material/error:")
            return None
        for line in _told(found, language):
            st.markdown(f"- {chrome.literally(line)}")
    return found


def _track(number: int, whole: CommunityData, actor: access.Actor, language: str) -> shapely.MultiLineString | None:
    """Return what a file holds, else what walkers recorded and the person may see."""
    given = upload.file(say("track.file", language), f"walks-track-{number}", language, largest_mb=_LARGEST_MB)
    if given is not None:
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / (Path(given.name).name or "track.gpx")
            path.write_bytes(given.getbuffer())
            return walk_track_match.of_file(path)
    if access.permission(actor.role, access.Action.RECORD_WALK) is None:
        return None
    kept = walk_tracks.of_walk(sources.store(), actor, whole, number)
    if not kept or not st.toggle(say("track.kept", language, n=len(kept)), key=f"walks-track-kept-{number}"):
        return None
    return walk_track_match.of_rows(kept)


def _told(found: Compared, language: str) -> list[str]:
    said = [say("track.walked", language, walk_m=round(found.walk_m), off_m=round(found.off_m))]
    if found.share is not None and found.planned_m is not None:
        said.append(
            say("track.share", language, share=i18n.percent(found.share, language), planned_m=round(found.planned_m))
        )
    stops = len(found.passed) + len(found.missed)
    if stops:
        said.append(say("track.passed", language, n=len(found.passed), of=stops, metres=round(walk_track_match.NEAR_M)))
    if found.missed:
        said.append(say("track.missed", language, numbers=[str(seq) for seq in found.missed]))
    return said
