"""Briefing: what the street's leaders are told of a period, and the map of the grids for a wall."""

import streamlit as st

from gridmap import access
from gridmap.access import Action
from gridmap.web import acts, briefing_choice_view, chrome, sources
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
        briefing_choice_view.show(sources.community(place), person, words)
