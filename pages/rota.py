"""Rota: who sits at the desk, who holds which reception and who walks where, week by week."""

import streamlit as st

from gridmap import access
from gridmap.access import Action
from gridmap.web import acts, chrome, rota_view, sources
from gridmap.web.session import actor, community, current, language

words = language()
with chrome.faults(words):
    person = actor(words)
    place = community(current(), person)
    chrome.header(place, person, words)
    access.demand_somewhere(person, Action.SEE_ROTA)
    with st.container(key="told"):
        acts.show(words)
    if place is not None:
        rota_view.show(sources.community(place), person, words)
