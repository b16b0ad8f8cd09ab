"""A walk in the hand: its sheet and files to take along, and the file that comes back from a phone."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable

import streamlit as st

from gridmap import access, errors, i18n
from gridmap.services import walk_result_file, walk_results, walk_sheets
from gridmap.services.community_data import CommunityData
from gridmap.services.walk_list import say
from gridmap.services.walk_recording import Clash, Side
from gridmap.services.walk_result_file import Result
from gridmap.services.walk_results import Extra, Taken
from gridmap.web import acts, chrome, downloads, sources, upload

_ICONS = {"pdf": "print", "gpx": "route", "kml": "public", "html": "phone_android"}
_SIDES: tuple[Side, ...] = ("here", "device")
_EXTRAS: tuple[Extra, ...] = ("ask", "add", "leave")


def files(number: int, name: str, whole: CommunityData, language: str) -> None:
    """Offer the sheet of a walk and its files."""
    with st.container(horizontal=True, key="walks-files"):
        for ending, mime in walk_sheets.MIMES.items():
            st.download_button(
                say(f"file.{ending}", language),
                data=downloads.asked(_made(ending, whole, number, language)),
                file_name=downloads.file_name(whole.community.name, name, ending=ending), mime=mime,
                icon=f":material/{_ICONS[ending]}:", on_click="ignore", key=f"walks-file-{ending}",
                help=say(f"file.{ending}.help", language),
            )  # fmt: skip


def _made(form: str, whole: CommunityData, number: int, language: str) -> Callable[[access.Actor], bytes]:
    address = st.context.ip_address or ""
    return lambda actor: walk_sheets.take(
        sources.store(), actor, whole, number, form, language=language, address=address
    )


def results(whole: CommunityData, actor: access.Actor, language: str) -> None:
    """Take in the file that a walk's page without a network has made: what it would change is told first."""
    with st.expander(say("result", language), icon=":material/upload_file:", key="walks-result"):
        st.caption(say("result.help", language))
        turn = st.session_state.setdefault("walks-result-turn", 0)
        given = upload.file(
            say("result.file", language), f"walks-result-{turn}", language, largest_mb=walk_result_file.LARGEST_MB
        )
        if given is None:
            return
        try:
            result = walk_result_file.read(given.getvalue(), given.name)
            would = _take(whole, actor, result, rehearse=True)
        except errors.GridmapError as fault:
            st.error(chrome.literally(fault.sentence(language)), icon=":material/error:")
            return
        _told(would, result, whole, actor, language)


def _told(would: Taken, result: Result, whole: CommunityData, actor: access.Actor, language: str) -> None:
    st.markdown(chrome.literally(would.summary(language)))
    if would.replanned:
        st.warning(say("result.replanned", language), icon=":material/sync_problem:")
    choices: dict[str, Side] = {clash.client_id: _chosen(clash, language) for clash in would.clashes}
    extra: Extra = "ask"
    if would.lost:
        extra = st.radio(
            say("result.lost", language, n=len(would.lost)), _EXTRAS, key="walks-result-lost",
            format_func=lambda one: say(f"result.lost.{one}", language),
        )  # fmt: skip
    edited = not would.edited or st.checkbox(say("result.edited", language), key="walks-result-edited")
    for one in would.refused:
        st.warning(chrome.literally(one.sentence(language)), icon=":material/block:")
    if st.button(
        say("result.take", language), type="primary", icon=":material/download_done:", key="walks-result-take",
        disabled=not edited,
    ) and acts.attempt(
        lambda: _take(whole, actor, result, choices=choices, extra=extra, although_edited=True).summary(language),
        language,
    ):  # fmt: skip
        # Another field is an empty one.
        st.session_state["walks-result-turn"] += 1
        st.rerun()


def _chosen(clash: Clash, language: str) -> Side:
    """Ask which version of a stop counts: the one that stands, or the one that comes."""
    versions: dict[Side, tuple[str, ...]] = {
        "here": (clash.here, clash.here_note, clash.here_handling),
        "device": (clash.device, clash.device_note, clash.device_handling),
    }

    def word(side: Side) -> str:
        outcome, *said = versions[side]
        told = {
            "outcome": i18n.text(f"stop_outcome.{outcome}", language),
            "note": " / ".join(filter(None, said)) or "–",
        }
        return chrome.literally(say(f"result.{side}", language, **told))

    by = clash.here_by or say("result.somebody", language)
    return st.radio(
        say("result.clash", language, seq=clash.seq, by=by), _SIDES, format_func=word,
        key=f"walks-clash-{clash.client_id}",
    )  # fmt: skip


def _take(
    whole: CommunityData,
    actor: access.Actor,
    result: Result,
    *,
    choices: dict[str, Side] | None = None,
    extra: Extra = "ask",
    although_edited: bool = False,
    rehearse: bool = False,
) -> Taken:
    return walk_results.take(
        sources.store(), actor, whole, result, choices=choices, extra=extra, although_edited=although_edited,
        rehearse=rehearse, now=dt.datetime.now(dt.UTC), address=st.context.ip_address or "",
    )  # fmt: skip
