"""Present: a story of steps on one map, for a hall, by a link, or as a file."""

import streamlit as st

from gridmap import access
from gridmap.access import Action
from gridmap.web import acts, chrome, present_view, sources
from gridmap.web.session import actor, community, current, language

words = language()
with chrome.faults(words):
    person = actor(words)
    place = community(current(), person)
    chrome.header(place, person, words)
    access.demand_somewhere(person, Action.MAKE_BRIEFING)
    with st.container(key="told"):
        acts.show(words)
    if place is not None:
        present_view.show(sources.community(place), person, words)
