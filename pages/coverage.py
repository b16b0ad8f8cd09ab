"""Coverage: who reaches a service point on foot, why not, and where the next one should stand."""

import streamlit as st

from gridmap import access, i18n
from gridmap.access import Action
from gridmap.services.sight import Sight
from gridmap.web import acts, chrome, coverage_view, sources
from gridmap.web.session import actor, community, current, language

words = language()
with chrome.faults(words):
    person = actor(words)
    place = community(current(), person)
    chrome.header(place, person, words)
    access.demand_somewhere(person, Action.SEE_BUILDINGS)
    # What comes and goes has a place of its own: the map below must not change its own.
    with st.container(key="told"):
        acts.show(words)
    if place is not None:
        whole = sources.community(place)
        data = sources.seen(whole, Sight.of(person, whole.community))
        if coverage_view.has_homes(data):
            coverage_view.show(data, person, words)
        else:
            st.info(i18n.text("reach.no_homes", words), icon=":material/info:")
