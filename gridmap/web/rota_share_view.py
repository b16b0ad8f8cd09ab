"""The rota taken along: one's own calendar, what residents read, and the poster of the week's receptions."""

from __future__ import annotations

import datetime as dt

import streamlit as st

from gridmap import access, i18n
from gridmap.access import Action, Actor
from gridmap.reports import poster
from gridmap.services import (
    calendar_links,
    reception_feeds,
    reception_posters,
    record_rows,
    rota_calendars,
    staffing,
)
from gridmap.services.community_data import CommunityData
from gridmap.web import acts, chrome, downloads, issue_reminders_view, reception_page, session, sources
from gridmap.web.rota_state import RotaState


def show(here: RotaState, data: CommunityData, actor: Actor, language: str) -> None:
    """Show the calendar of the person, and to planners those of others and what residents see."""
    plans = access.permission(actor.role, Action.MANAGE_ROTA) is not None
    with st.container(border=True, key="rota-calendar"):
        _calendars(here, data, actor, plans, language)
    if plans:
        with st.container(border=True, key="rota-public"):
            link = _public(data, actor, language)
        with st.container(border=True, key="rota-poster"):
            _poster(here, data, link, language)


def _calendars(here: RotaState, data: CommunityData, actor: Actor, plans: bool, language: str) -> None:
    st.markdown(f"**{i18n.text('rota.calendars', language)}**")
    st.caption(i18n.text("rota.calendars_what", language))
    store = sources.store()
    with store.read() as reading:
        mine = record_rows.staff(reading, actor)
    staff = staffing.members(store, here.community)
    who = mine if mine in staff else None
    if plans and staff:
        numbers = list(staff)
        who = st.selectbox(
            i18n.text("rota.wish.who", language), numbers, index=numbers.index(who) if who in staff else 0,
            format_func=lambda number: staff[number].title(language), key="rota-ics-who", width=300,
        )  # fmt: skip
    if who is None:
        st.info(i18n.text("rota.no_staff_row", language), icon=":material/info:")
    else:
        title = i18n.text("rota.ics", language, name=staff[who].name, week=here.week)
        st.download_button(
            title,
            data=downloads.listed(
                Action.SEE_ROTA,
                title,
                lambda by: rota_calendars.week_of(
                    store, by, data.community, who, here.week, now=dt.datetime.now(dt.UTC), language=language
                ),
            ),
            file_name=downloads.file_name(i18n.text("page.rota", language), here.week, staff[who].name, ending="ics"),
            mime=calendar_links.MIME,
            icon=":material/event:",
            on_click="ignore",
            key="rota-ics",
        )
    if access.permission(actor.role, Action.SEE_ISSUES):
        issue_reminders_view.calendar(actor, data.community, language)


def _public(data: CommunityData, actor: Actor, language: str) -> str:
    """Show what residents read, and return where; empty while it is not open."""
    st.markdown(f"**{i18n.text('receptions.public', language)}**")
    st.caption(i18n.text("receptions.public_what", language))
    store = sources.store()
    feed = reception_feeds.standing(store, actor, data.community)
    origin = "/".join((st.context.url or "").split("/")[:3])
    with st.container(horizontal=True, vertical_alignment="bottom"):
        address = st.text_input(
            i18n.text("receptions.reached", language), value=origin if feed is None else feed.address,
            key=f"receptions-address-{0 if feed is None else feed.version}", max_chars=120, width=360,
            help=i18n.text("receptions.reached_help", language),
        )  # fmt: skip

        def open_() -> str:
            by, now = session.actor(language), dt.datetime.now(dt.UTC)
            reception_feeds.open_(store, by, data.community, address, now=now, by_address=st.context.ip_address or "")
            return i18n.text("receptions.opened", language)

        def close(by: Actor) -> str:
            now, here = dt.datetime.now(dt.UTC), st.context.ip_address or ""
            reception_feeds.close(store, by, data.community, now=now, by_address=here)
            return i18n.text("receptions.is_closed", language)

        word = "receptions.open" if feed is None else "receptions.change"
        pressed = st.button(
            i18n.text(word, language), key="receptions-open", icon=":material/public:",
            disabled=feed is not None and address.strip().rstrip("/") == feed.address,
        )  # fmt: skip
        if pressed and acts.attempt(open_, language):
            st.rerun()
        if feed is not None and st.button(
            i18n.text("receptions.close", language), key="receptions-close", icon=":material/link_off:"
        ):
            word = i18n.text("receptions.close", language)
            acts.ask(word, i18n.text("receptions.close_ask", language), word, close, language)
    link = "" if feed is None else reception_page.address(feed)
    if feed is not None:
        st.code(f"{link}\n{link}.ics", language=None, wrap_lines=True)
        if reception_feeds.is_inside(feed.address):
            st.warning(chrome.literally(i18n.text("receptions.inside", language)), icon=":material/lan:")
    return link


def _poster(here: RotaState, data: CommunityData, link: str, language: str) -> None:
    st.markdown(f"**{i18n.text('rota.poster', language)}**")
    st.caption(i18n.text("rota.poster_what", language))
    with st.container(horizontal=True, vertical_alignment="bottom", key="rota-poster-bar"):
        paper = st.segmented_control(
            i18n.text("rota.paper", language), poster.PAPERS, default="A4", required=True, key="rota-paper"
        )
        form = st.segmented_control(
            i18n.text("rota.form", language), reception_posters.FORMS, default="pdf", required=True,
            key="rota-form", format_func=str.upper,
        )  # fmt: skip
        coded = st.toggle(
            i18n.text("rota.with_code", language), value=bool(link), disabled=not link, key=f"rota-code-{bool(link)}",
            help=i18n.text("rota.with_code_help", language),
        )  # fmt: skip
        title = i18n.text("rota.poster_of", language, week=here.week)
        st.download_button(
            i18n.text("rota.poster_download", language),
            data=downloads.listed(
                Action.MANAGE_ROTA,
                title,
                lambda by: reception_posters.draw(
                    sources.store(), by, data, here.week, paper=paper, form=form, link=link if coded else "",
                    now=dt.datetime.now(dt.UTC), language=language,
                ),
            ),
            file_name=downloads.file_name(data.community.name, title, paper, ending=form),
            mime=reception_posters.MIMES[form],
            icon=":material/print:",
            type="primary",
            on_click="ignore",
            key="rota-poster-file",
        )  # fmt: skip
