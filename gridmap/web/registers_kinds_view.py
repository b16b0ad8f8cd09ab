"""The kinds of service points: how many points each has, changed, put in order, retired and removed."""

from __future__ import annotations

import datetime as dt
import functools

import streamlit as st

from gridmap import access, i18n
from gridmap.access import Action, Actor
from gridmap.services import catalogue_editing, issue_catalogue
from gridmap.services.catalogue_editing import Change
from gridmap.services.community_data import CommunityData
from gridmap.services.issue_catalogue import KINDS
from gridmap.web import acts, catalogue_view, sources


def show(data: CommunityData, actor: Actor, language: str) -> None:
    """Show the kinds to whoever may change the community's settings."""
    place = {"street_id": data.community.street_id, "community_id": data.community.id}
    if not access.decide(actor, Action.CHANGE_SETTINGS, **place).allowed:
        return
    with st.expander(i18n.text("catalogue.service_kinds", language), icon=":material/category:", key="register-kinds"):
        st.caption(i18n.text("catalogue.kinds_intro", language))
        catalogue_view.panel(KINDS, data, language, more=functools.partial(_acts, data=data, language=language))


def _acts(chosen: str | None, *, data: CommunityData, language: str) -> None:
    """Offer what can be done with a kind beside changing it."""
    for name, step in (("up", -1), ("down", 1)):
        words = i18n.text(f"catalogue.{name}", language)
        press = st.button(
            words, icon=f":material/arrow_{name}ward:", disabled=chosen is None, key=f"catalogue-{name}"
        )  # fmt: skip
        if press and chosen is not None:
            wanted = catalogue_editing.moved(data.catalogues, chosen, step)
            if acts.attempt(lambda: catalogue_view.save(wanted, data, language), language):  # noqa: B023 (at once)
                st.rerun()
    if chosen is None or chosen in issue_catalogue.default().rows[KINDS]:
        return
    title = i18n.text("catalogue.remove", language)
    if st.button(title, icon=":material/delete:", key="catalogue-remove"):
        acts.ask(
            title,
            i18n.text("catalogue.remove_ask", language, name=data.kinds.label(chosen, language)),
            title,
            lambda by: _remove(chosen, data, by, language),
            language,
        )


def _remove(code: str, data: CommunityData, by: Actor, language: str) -> str:
    now, address = dt.datetime.now(dt.UTC), st.context.ip_address or ""
    done: tuple[Change, ...] = catalogue_editing.remove(
        sources.store(), by, data.community, code, now=now, address=address
    )
    catalogue_view.remember(done)
    return i18n.text("catalogue.removed", language, name=data.kinds.label(code, language))
