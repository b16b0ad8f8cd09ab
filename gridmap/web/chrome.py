"""The frame of every page: its looks, its head, and how a fault is shown."""

from __future__ import annotations

import logging
import re
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from html import escape
from pathlib import Path

import streamlit as st

from gridmap import access, errors, i18n, model
from gridmap.services import sight
from gridmap.web import credentials, navigation, sources
from gridmap.web.session import Session, begin_anew, current, token

_LOG = logging.getLogger(__name__)
_ADDRESS = re.compile(r"https?(?=://)|www(?=\.)|[-.\w+](?=@)", re.IGNORECASE)


def dress() -> None:
    """Put the app's own styles on the page."""
    style = (Path(__file__).parent / "chrome.css").read_text(encoding="utf-8")
    st.html(f"<style>{style}</style>")


def header(community_id: int | None, actor: access.Actor, language: str) -> None:
    """Show which community this is, whether it is invented, the switch of language, and who is signed in.

    Where there is no community, the app itself stands there.
    """
    community = None if community_id is None else sources.community(community_id).community
    app = i18n.text("app.title", language)
    invented = community is not None and community.synthetic
    badge = f'<span class="gm-badge">{escape(i18n.text("app.synthetic", language))}</span>' if invented else ""
    name, small = (app, "") if community is None else (community.name, f"<small>{escape(app)}</small>")
    left = f'<div class="gm-head"><span class="gm-stripe"></span><h1>{escape(name)}</h1>{badge}{small}</div>'
    with st.container(horizontal=True, vertical_alignment="center", key="head"):
        st.html(left)
        navigation.bar(actor, community_id, language)
        if community_id is not None:
            _choose_community(community_id, actor, language)
        _choose_language(language)
        _signed_in(actor, language)
    # Those who can do something about it.
    minds = actor.role in (model.Role.ADMINISTRATOR, model.Role.SECRETARY)
    if minds and (warnings := sources.warnings(language)):
        st.warning("\n\n".join(map(literally, warnings)), icon=":material/warning:")


def _signed_in(actor: access.Actor, language: str) -> None:
    base = credentials.base_path()
    role = i18n.text(f"role.{actor.role}", language)
    sign = credentials.form_sign(token() or "")
    if actor.role == model.Role.VIEWER:
        # No person and no password; what counts is how long it lasts.
        until = "" if actor.until is None else i18n.time(actor.until, language, sources.time_zone())
        small = i18n.text("view.until", language, time=until)
        who = f"<span>{escape(role)}<small>{escape(small)}</small></span>"
    else:
        who = (
            f'<a href="{escape(base)}/password" target="_self" title="{escape(i18n.text("password.title", language))}">'
            f"{escape(actor.display or actor.name)}<small>{escape(role)}</small></a>"
        )
    # A form of its own: signing out takes back the cookie, which only an answer to a request can do.
    st.html(
        f'<form class="gm-you" method="post" action="{escape(base)}/sign-out" target="_self">{who}'
        f'<input type="hidden" name="sign" value="{sign}">'
        f"<button>{escape(i18n.text('sign_in.out', language))}</button></form>",
        width="content",
    )


def _choose_community(community_id: int, actor: access.Actor, language: str) -> None:
    names = {one.id: one.name for one in sources.store().communities() if sight.sees(actor, one)}
    if len(names) < 2:
        return

    def change() -> None:
        begin_anew()
        st.query_params.from_dict({"lang": language, "c": str(st.session_state["community"])})

    ids = list(names)
    st.selectbox(
        i18n.text("app.community", language),
        ids,
        index=ids.index(community_id),
        format_func=lambda i: names[i],
        key="community",
        on_change=change,
        label_visibility="collapsed",
        width=220,
    )


def _choose_language(language: str) -> None:
    def change() -> None:
        chosen = st.session_state.get("language")
        if chosen:
            st.query_params["lang"] = chosen
        mounted_anew(current())

    st.segmented_control(
        i18n.text("app.language", language),
        i18n.LANGUAGES,
        default=language,
        key="language",
        required=True,
        on_change=change,
        format_func=lambda code: {"zh": "中文", "en": "English"}[code],
        label_visibility="collapsed",
    )


def literally(text: str) -> str:
    """Return text so that Streamlit's Markdown shows it as it stands: a name must not become a link or a picture."""
    # It makes a link of a bare address whatever is escaped in it, unless a sign that is not seen parts it.
    parted = _ADDRESS.sub(lambda found: f"{found[0]}\u2060", text)
    return re.sub(r"([\\`*_{}\[\]()<>#+.!|~:$^=-])", r"\\\1", parted)


def mounted_anew(session: Session) -> None:
    """Let the next map begin where this one stands: it is another map, in another language."""
    session.first_view = session.page.view
    session.going = None


@contextmanager
def faults(language: str) -> Iterator[None]:
    """Show a fault as a sentence in place of what could not be shown; one of the program's own goes to the log, too."""
    try:
        yield
        return
    except errors.GridmapError as fault:
        said = fault.sentence(language)
    except Exception:
        reference = uuid.uuid4().hex[:8]
        _LOG.exception("fault %s", reference)
        said = i18n.text("app.our_fault", language, reference=reference)
    with st.container(key="fault"):
        st.error(literally(said), icon=":material/error:")
        if st.button(i18n.text("app.again", language), icon=":material/refresh:"):
            st.rerun()
