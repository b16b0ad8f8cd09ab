"""One field that searches all registers, and what it found by register, each with a way to its card."""

from __future__ import annotations

import functools

import streamlit as st

from gridmap import i18n
from gridmap.services import exporting, register_search
from gridmap.services.community_data import CommunityData
from gridmap.services.register_search import Found
from gridmap.services.sight import Sight
from gridmap.web import chrome, navigation, session, sources
from gridmap.web.registers_state import RegistersState

_FEW, _MANY = 5, 50
# Of what is not shown on this page: which page has the card, and how its address names it.
_PAGES = {
    "issues": ("issues", "issue", "{id}"),
    "service-points": ("overview", "sel", "point:{id}"),
    "buildings": ("overview", "sel", "building:{id}"),
}
# By the kind: which register of this page has the card.
HERE = {
    "households-in-need": "care",
    "fund-entries": "fund",
    "premises": "premises",
    "desk-matters": "desk",
    "projects": "projects",
    "activities": "meetings",
}
_RECORDS = {"compounds": "compounds", "gates": "gates"}


def _say(key: str, language: str, **fields: object) -> str:
    return i18n.text(f"register.search.{key}", language, **fields)


def show(here: RegistersState, data: CommunityData, seen: Sight, shown: frozenset[str], language: str) -> bool:
    """Show the field, and what it found; return whether anything is searched for, so that nothing else is to be shown.

    ``shown`` are the registers of this page that the person sees.
    """
    words = st.text_input(
        _say("label", language), key="registers-search", placeholder=_say("label", language),
        label_visibility="collapsed", icon=":material/search:",
    )  # fmt: skip
    if not words.strip():
        return False
    st.button(_say("clear", language), icon=":material/close:", key="registers-search-clear", on_click=_clear)
    found = register_search.find(sources.register_index(data, seen, language), words, most=_MANY)
    if not found:
        st.info(_say("none", language), icon=":material/info:")
    for kind, (n, best) in found.items():
        with st.container(border=True, key=f"found-{kind}"):
            st.markdown(f"**{exporting.words(kind, language)}** · {n}")
            for one in best[:_FEW]:
                _row(here, one, data, shown, language)
            if n > _FEW:
                with st.expander(_say("more", language, n=min(n, _MANY) - _FEW)):
                    for one in best[_FEW:]:
                        _row(here, one, data, shown, language)
            if n > _MANY:
                st.caption(_say("too_many", language, n=n, shown=_MANY))
    return True


def _row(here: RegistersState, one: Found, data: CommunityData, shown: frozenset[str], language: str) -> None:
    title = chrome.literally(one.title or f"{one.id}")
    key = f"found-{one.kind}-{one.id}"
    with st.container(horizontal=True, vertical_alignment="center"):
        if HERE.get(one.kind) in shown:
            # The page numbers activities and receptions together.
            number = 2 * one.id if one.kind == "activities" else one.id
            act = functools.partial(_open, here, HERE[one.kind], number)
            st.button(title, type="tertiary", icon=":material/open_in_new:", key=key, on_click=act)
        elif one.kind in _PAGES or one.kind in _RECORDS:
            if st.button(title, type="tertiary", icon=":material/open_in_new:", key=key):
                _lead(one, data, language)
        else:
            st.markdown(title, width="content")
        if one.extract:
            st.caption(chrome.literally(one.extract), width="content")


def _clear() -> None:
    st.session_state["registers-search"] = ""


def _open(here: RegistersState, register: str, number: int) -> None:
    _clear()
    here.turn_to(register)
    here.choose(number)


def _lead(one: Found, data: CommunityData, language: str) -> None:
    """Go to the page that has the card: it begins anew from its address."""
    community = {"lang": language, "c": str(data.community.id)}
    session.begin_anew()
    if one.kind in _RECORDS:
        navigation.lead("records", community | {"kind": _RECORDS[one.kind], "id": str(one.id)}, language)
    page, name, told = _PAGES[one.kind]
    navigation.lead(page, community | {name: told.format(id=one.id)}, language)
