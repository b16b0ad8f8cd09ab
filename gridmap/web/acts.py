"""What a person does on a page, what the app says to it, and what it asks before."""

from __future__ import annotations

from collections.abc import Callable

import streamlit as st

from gridmap import access, errors, i18n
from gridmap.web import chrome, session

_SAID = "gridmap_said"
_SECRET = "gridmap_secret"  # noqa: S105 (where it is kept)


def show(language: str) -> None:
    """Say what the last act did, and what is told only once, until the person has noted it."""
    if said := st.session_state.pop(_SAID, ""):
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


def attempt(act: Callable[[], str], language: str) -> bool:
    """Do something and keep what there is to say about it for the next run; say what hinders it, and return False."""
    try:
        st.session_state[_SAID] = act()
    except errors.GridmapError as fault:
        st.error(chrome.literally(fault.sentence(language)), icon=":material/error:")
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
