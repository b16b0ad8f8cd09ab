"""Registers: stations, service points, activities, the ten practical things, and what else a community keeps."""

import streamlit as st

from gridmap import access
from gridmap.access import Action
from gridmap.web import acts, chrome, registers_view, sources
from gridmap.web.session import actor, community, current, language

words = language()
with chrome.faults(words):
    person = actor(words)
    place = community(current(), person)
    chrome.header(place, person, words)
    access.demand_somewhere(person, Action.SEE_REGISTERS)
    # What comes and goes has a place of its own: the map below must not change its own.
    with st.container(key="told"):
        acts.show(words, undo=True)
    if place is not None:
        registers_view.show(sources.community(place), person, words)
