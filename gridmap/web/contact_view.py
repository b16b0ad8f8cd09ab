"""The question why somebody wants to see a person's name and number, and the answer, for this look only."""

from __future__ import annotations

import re
from collections.abc import Callable
from html import escape

import streamlit as st

from gridmap import errors, i18n
from gridmap.services import unmasking
from gridmap.services.unmasking import Contact
from gridmap.web import chrome, sources
from gridmap.web.session import Session, actor


def show(session: Session, language: str) -> None:
    """Ask why, if a record was asked to be opened, and show it to those who may see it; nothing is kept of it."""
    if session.asking is None:
        return

    def forget() -> None:
        session.asking = None

    ask(*session.asking, language, forget=forget)


def ask(subject: unmasking.Subject, number: int, language: str, *, forget: Callable[[], None] | None = None) -> None:
    """Ask why somebody is to be seen, and show who it is; ``forget`` is called when the question is put away."""

    def say(key: str) -> str:
        return i18n.text(f"contact.{key}", language)

    @st.dialog(say(f"title.{subject}"), on_dismiss=forget or "ignore")
    def asked() -> None:
        place = st.empty()
        with place.form("contact", border=False):
            st.caption(say("noted"))
            reason = st.text_input(say("reason"), max_chars=200, placeholder=say(f"reason.{subject}"))
            wanted = st.form_submit_button(say("look"), type="primary", icon=":material/visibility:")
        if not wanted:
            return
        try:
            found = unmasking.contact(
                sources.store(),
                actor(language),
                subject,
                number,
                reason=reason,
                address=st.context.ip_address or "",
            )
        except errors.GridmapError as fault:
            st.error(chrome.literally(fault.sentence(language)), icon=":material/error:")
            return
        place.html(_told(found, language))

    asked()


def _told(found: Contact, language: str) -> str:
    phone = escape(found.phone)
    if re.fullmatch(r"[+0-9 ()-]+", found.phone):
        dialled = re.sub(r"[^+0-9]", "", found.phone)
        phone = f'<a href="tel:{dialled}">{phone}</a>'
    none = escape(i18n.text("contact.none", language))
    rows = [("name", escape(found.name) or none), ("phone", phone or none)]
    rows += [("text", escape(found.text))] if found.text else []
    told = "".join(f"<dt>{escape(i18n.text(f'contact.{key}', language))}</dt><dd>{value}</dd>" for key, value in rows)
    return f'<dl class="gm-contact">{told}</dl><small>{escape(i18n.text("contact.once", language))}</small>'
