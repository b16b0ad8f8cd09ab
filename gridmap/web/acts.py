"""What a person does on a page, what the app says to it, and what it asks before."""

from __future__ import annotations

from collections.abc import Callable

import streamlit as st

from gridmap import access, errors, i18n
from gridmap.web import chrome, session

_SAID = "gridmap_said"
_UNDO = "gridmap_undo"
_WRONG = "gridmap_undo_wrong"
_SECRET = "gridmap_secret"  # noqa: S105 (where it is kept)


def show(language: str, *, undo: bool = False) -> None:
    """Say what the last act did, and what is told only once, until the person has noted it.

    With ``undo``, what can be taken back is offered until something else is done; a page without it forgets that.
    """
    if not undo:
        st.session_state.pop(_UNDO, None)
    if wrong := st.session_state.pop(_WRONG, ""):
        st.error(chrome.literally(wrong), icon=":material/error:")
    said = st.session_state.pop(_SAID, "")
    if _UNDO in st.session_state:
        what, back = st.session_state[_UNDO]
        _offer(what, back, language)
    elif said:
        st.success(chrome.literally(said), icon=":material/check_circle:")
    if secret := st.session_state.get(_SECRET):
        text, value = secret
        with st.container(border=True, key="secret"):
            st.markdown(chrome.literally(text))
            st.code(value, language=None, wrap_lines=True)
            st.button(
                i18n.text("acts.noted", language),
                icon=":material/check:",
                key="noted",
                on_click=withdraw_told,
            )


def undoable(said: str, back: Callable[[access.Actor], str]) -> str:
    """Offer to take back what was just done.

    Parameters
    ----------
    said
        What there is to say about it; returned, so that an act can end with it.
    back
        Takes it back for the person, and returns what there is to say.
    """
    st.session_state[_UNDO] = (said, back)
    return said


def _offer(said: str, back: Callable[[access.Actor], str], language: str) -> None:
    def take_back() -> None:
        st.session_state.pop(_UNDO, None)
        try:
            st.session_state[_SAID] = back(session.actor(language))
        except errors.GridmapError as fault:
            st.session_state[_WRONG] = fault.sentence(language)

    with st.container(horizontal=True, vertical_alignment="center", key="acts-undo"):
        st.success(chrome.literally(said), icon=":material/check_circle:")
        st.button(i18n.text("record.undo", language), icon=":material/undo:", key="acts-take-back", on_click=take_back)


def attempt(act: Callable[[], str], language: str) -> bool:
    """Do something and keep what there is to say about it for the next run; say what hinders it, and return False."""
    before = st.session_state.pop(_UNDO, None)
    try:
        st.session_state[_SAID] = act()
    except errors.GridmapError as fault:
        st.error(chrome.literally(fault.sentence(language)), icon=":material/error:")
        if before is not None:
            st.session_state[_UNDO] = before
        return False
    return True


def tell_once(text: str, value: str) -> None:
    """Show a secret until the person has noted it; it is kept nowhere but in this tab."""
    st.session_state[_SECRET] = (text, value)


def withdraw_told() -> None:
    """Show no longer what is told only once: it counts no more."""
    st.session_state.pop(_SECRET, None)


def ask(title: str, question: str, answer: str, act: Callable[[access.Actor], str], language: str) -> None:
    """Ask before something is done that cannot be taken back lightly.

    Parameters
    ----------
    title, question, answer
        Heading, question, and the words of the button that means it.
    act
        Does it for the person, and returns what there is to say.
    language
        In whose words.
    """

    @st.dialog(chrome.literally(title))
    def asked() -> None:
        # The dialog runs without the page around it, which would have asked who this is.
        by = session.actor(language)
        st.markdown(chrome.literally(question))
        with st.container(horizontal=True):
            if st.button(answer, type="primary", key="asked-yes") and attempt(lambda: act(by), language):
                st.rerun()
            if st.button(i18n.text("acts.leave_it", language), key="asked-no"):
                st.rerun()

    asked()
