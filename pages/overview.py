"""Overview: the five-colour map of a community, its figures and its tables."""

import streamlit as st

from gridmap.services.sight import Sight
from gridmap.web import alarm_notice, choices, chrome, contact_view, figures_view, overview_view, sources, tables_view
from gridmap.web.session import actor, current, language, remember

words = language()
with chrome.faults(words):
    person = actor(words)
    session = current()
    overview_view.follow(session, words)
    above = st.container()
    community = overview_view.community(session, person, words)
    if community is None:
        with above:
            chrome.header(None, person, words)
    else:
        data = sources.community(community)
        seen = Sight.of(person, data.community)
        shown = sources.seen(data, seen)
        chosen = choices.settle(data, shown, session, seen, words)
        # The map is what one waits for: it is sent before what stands above it.
        overview_view.show_map(shown, session, chosen, person)
        with above:
            chrome.header(community, person, words)
            choices.say_lost(data, session, words)
            alarm_notice.show(data, seen, person, words)
            figures_view.show(data, chosen)
            overview_view.toolbar(shown, session, chosen)
        if session.drawn:
            tables_view.show(shown, session, chosen)
        contact_view.show(session, words)
        remember(session, words)
