"""The briefing of a whole street on the page: its communities side by side."""

from __future__ import annotations

import streamlit as st

from gridmap import errors, model
from gridmap.access import Actor
from gridmap.reports.briefing_document import Document
from gridmap.services import briefing_making, briefing_periods, briefing_street, briefing_words, community_settings
from gridmap.services.briefing_making import Progress, Wish
from gridmap.services.briefing_street import Street
from gridmap.services.community_data import CommunityData
from gridmap.services.sight import Sight
from gridmap.web import briefing_period_view, briefing_state, briefing_view, chrome, sources

say = briefing_words.say


def show(place: CommunityData, street: model.Street, actor: Actor, language: str) -> None:
    """Show the page.

    Parameters
    ----------
    place
        The community that the person is at, whose day and rights go for all.
    street
        The street.
    actor, language
        Who looks, in which language.
    """
    briefing_street.demand(actor, street)
    mine = briefing_state.current(place.day, "street")
    free = Sight.of(actor, place.community).layer("issues")
    briefing_period_view.show(mine, place.day, language, free=free)
    try:
        period = briefing_periods.parse(mine.period, place.day)
        briefing_making.demand(actor, place.community, period)
    except errors.InputError as fault:
        st.error(chrome.literally(fault.sentence(language)), icon=":material/error:")
        return
    members = briefing_street.members(sources.store(), street)
    bar = st.progress(0.0)
    found, revisions = [], []
    for number, one in enumerate(members):
        words = say("street_at_work", language, name=one.name, number=number + 1, of=len(members))
        bar.progress(number / len(members), text=chrome.literally(words))
        data = sources.community(community_settings.number(one))
        revisions.append(data.revision)
        found.append(sources.briefing(data, period, language, sources.hour()))
    bar.empty()
    told_of = Street(name=street.name, found=tuple(found))
    written = briefing_street.drafts(told_of, language)
    address = st.context.ip_address or ""

    def document(wish: Wish, _progress: Progress) -> Document:
        return briefing_street.document(told_of, wish, language=language)

    def taken(asked: Actor, what: str) -> None:
        briefing_street.demand(asked, street)
        briefing_street.note(sources.store(), what, actor=asked, address=address)

    told = (street.id, tuple(revisions), place.day, mine.period, language)
    key = f"briefing street {street.id} {mine.period} {language}"
    making = briefing_view.Making(key=key, name=street.name, period=period, document=document, taken=taken)
    briefing_view.work(mine, told, written, making, actor, language)
