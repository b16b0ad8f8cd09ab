"""What waits for the person who looks, in a few lines, and the link for their calendar."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from zoneinfo import ZoneInfo

import streamlit as st

from gridmap import i18n, model, settings
from gridmap.access import Actor
from gridmap.services import calendar_links, issue_reminders, record_rows
from gridmap.services.community_data import CommunityData
from gridmap.services.issue_reminders import Reminder
from gridmap.web import acts, calendar_feed, chrome, session, sources

_MOST = 6
_LOOKS = {"late": ("red", ":material/error:"), "soon": ("orange", ":material/schedule:"), "waiting": ("gray", "")}


def show(data: CommunityData, actor: Actor, language: str) -> None:
    """Show what waits for ``actor``, nothing where nothing does but the link for the calendar.

    Parameters
    ----------
    data
        The community, as the person sees it.
    actor, language
        Who looks, and in whose words.
    """
    with sources.store().read() as reading:
        staff_id = record_rows.staff(reading, actor)
    found = issue_reminders.of(data, actor, staff_id, dt.datetime.now(dt.UTC), language)
    told = {"late": found.late, "soon": found.soon, "waiting": found.waiting}
    counts = {name: len(ones) for name, ones in told.items()}
    with (
        st.container(key="reminders"),
        st.expander(i18n.text("reminders.title", language, **counts), icon=":material/notifications:"),
    ):
        if not found:
            st.caption(i18n.text("reminders.none", language))
        for name, ones in told.items():
            if ones:
                _group(name, ones, language)
        calendar(actor, data.community, language)


def _group(name: str, ones: Sequence[Reminder], language: str) -> None:
    colour, icon = _LOOKS[name]
    zone = ZoneInfo(settings.from_environment().time_zone)
    st.badge(i18n.text(f"reminders.{name}", language, n=len(ones)), color=colour, icon=icon or None)  # type: ignore[arg-type]
    lines = []
    for one in ones[:_MOST]:
        due = "" if one.step.due is None else f"{one.step.due.astimezone(zone):%m-%d}"
        parts = [part for part in (one.code, one.category, one.place, one.step.label, due) if part]
        lines.append("- " + chrome.literally(" · ".join(parts)))
    if len(ones) > _MOST:
        lines.append("- " + i18n.text("reminders.more", language, n=len(ones) - _MOST))
    st.markdown("\n".join(lines))


def calendar(actor: Actor, community: model.Community, language: str) -> None:
    """Offer the link under which a person's calendar reads their deadlines and duties."""
    store = sources.store()
    link = calendar_links.standing(store, actor)

    def make() -> str:
        token = calendar_links.make(store, session.actor(language), community, now=dt.datetime.now(dt.UTC))
        url = st.context.url or ""
        origin = "/".join(url.split("/")[:3])
        acts.tell_once(i18n.text("calendar.told", language), f"{origin}{calendar_feed.address(token)}")
        return i18n.text("calendar.made", language)

    def end() -> str:
        calendar_links.revoke(store, session.actor(language), now=dt.datetime.now(dt.UTC))
        return i18n.text("calendar.over", language)

    with st.container(horizontal=True, vertical_alignment="center"):
        word = "calendar.make" if link is None else "calendar.anew"
        if st.button(i18n.text(word, language), icon=":material/calendar_month:", key="calendar-make") and acts.attempt(
            make, language
        ):
            st.rerun()
        if (
            link is not None
            and st.button(i18n.text("calendar.end", language), icon=":material/link_off:", key="calendar-end")
            and acts.attempt(end, language)
        ):
            st.rerun()
