"""Where the next points might stand: buildings, rooms that hosts lend, places of a file, places pointed at."""

from __future__ import annotations

import tempfile
from pathlib import Path

import pandas as pd
import streamlit as st

from gridmap import errors, i18n
from gridmap.datums import Datum
from gridmap.services import siting_places
from gridmap.services.community_data import CommunityData
from gridmap.services.siting_places import BUILDING, FILE, HOST, SPOT, Candidate
from gridmap.web import chrome, siting_state, sources, upload
from gridmap.web.coverage_state import CoverageState
from gridmap.web.siting_state import SitingState

_SOURCES = (BUILDING, HOST, FILE, SPOT)
_LARGEST_MB = 10
_SHOWN = 8


def say(key: str, language: str, **fields: object) -> str:
    """Return words of the candidates."""
    return i18n.text(f"reach.from.{key}", language, **fields)


def show(state: CoverageState, data: CommunityData, language: str) -> list[Candidate]:
    """Ask where they might stand, and return the candidates."""
    mine = state.siting
    with st.expander(say("title", language), icon=":material/add_location:"):
        offered = sources.candidates(data, state.kind)
        counts = {source: sum(one.source == source for one in offered) for source in (BUILDING, HOST)}
        counts |= {FILE: 0 if mine.offered is None else len(mine.offered.candidates), SPOT: len(mine.spots)}
        wanted = st.pills(
            say("which", language), _SOURCES, selection_mode="multi", default=[BUILDING, HOST, FILE, SPOT],
            key="site-from", format_func=lambda one: say(one, language, n=counts[one]),
        )  # fmt: skip
        st.caption(say("help", language))
        _spots(state, language)
        _file(mine, data, language)
    candidates = [one for one in offered if one.source in wanted]
    if FILE in wanted and mine.offered is not None:
        candidates += mine.offered.candidates
    if SPOT in wanted:
        candidates += _usable(mine, data, language)
    return candidates


def _usable(mine: SitingState, data: CommunityData, language: str) -> list[Candidate]:
    """Return the places pointed at that can be used, and say why others cannot."""
    taken = mine.taken()
    kept, refused = [], []
    for one, why in zip(taken, siting_places.misplaced(data, taken), strict=True):
        if why:
            refused.append(say(f"spot.{why}", language, letter=one.name))
        else:
            kept.append(one)
    if refused:
        told = [*refused, say("spot.mend", language)]
        st.warning(("" if language == "zh" else " ").join(told), icon=":material/wrong_location:")
    return [Candidate(**{**vars(one), "name": say("spot.name", language, letter=one.name)}) for one in kept]


def _spots(state: CoverageState, language: str) -> None:
    mine = state.siting

    def point() -> None:
        mine.pointing, state.pointing, mine.twice = not mine.pointing, False, False

    st.button(
        say("spot.done" if mine.pointing else "spot.add", language), key="site-spot", on_click=point,
        icon=":material/check:" if mine.pointing else ":material/touch_app:",
    )  # fmt: skip
    if mine.pointing:
        st.info(say("spot.press", language), icon=":material/touch_app:")
    if mine.twice:
        st.warning(say("spot.twice", language), icon=":material/content_copy:")
    if mine.spots:

        def drop(n: int) -> None:
            del mine.spots[n]
            mine.twice = False

        with st.container(horizontal=True, key="site-spots"):
            for n in range(len(mine.spots)):
                st.button(
                    siting_state.letter(n), key=f"site-drop-{n}", icon=":material/close:", on_click=drop, args=(n,),
                    help=say("spot.drop", language, letter=siting_state.letter(n)),
                )  # fmt: skip


def _file(mine: SitingState, data: CommunityData, language: str) -> None:
    given = upload.file(say("file.give", language), "site-file", language, largest_mb=_LARGEST_MB)
    st.caption(say("file.help", language))
    if given is None:
        mine.offered, mine.read = None, ("", "")
        return
    datum = st.selectbox(
        say("file.datum", language), [one.value for one in Datum], key="site-datum",
        format_func=lambda one: i18n.text(f"data.datum.{one}", language),
    )  # fmt: skip
    if mine.read != (given.file_id, datum):
        mine.offered, mine.read = None, ("", "")
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / (Path(given.name).name or "candidates")
            path.write_bytes(given.getbuffer())
            try:
                mine.offered = siting_places.of_file(path, data, datum=Datum(datum))
            except errors.GridmapError as fault:
                st.error(chrome.literally(fault.sentence(language)), icon=":material/error:")
                return
        mine.read = (given.file_id, datum)
    told = mine.offered
    if told is None:
        return
    st.markdown(say("file.read", language, n=len(told.candidates), refused=len(told.faults)))
    if told.candidates:
        st.dataframe(_table(told.candidates, language), hide_index=True, width="stretch", placeholder="")
    for one in told.faults[:_SHOWN]:
        between = "" if language == "zh" else " "
        line = between.join((one.sentence(language), one.mend(language)))
        st.caption(chrome.literally(line))
    if len(told.faults) > _SHOWN:
        st.caption(say("file.more", language, n=len(told.faults) - _SHOWN))


def _table(candidates: tuple[Candidate, ...], language: str) -> pd.DataFrame:
    columns = ("name", "price", "room", "host", "terms")
    rows = [{say(f"column.{name}", language): getattr(one, name) for name in columns} for one in candidates]
    table = pd.DataFrame(rows)
    told = table.notna() & (table != "")
    return table[[name for name in table.columns if told[name].any()]]
