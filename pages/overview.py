"""Overview: the five-colour map of a community, its figures and its tables."""

import streamlit as st

from gridmap.web import chrome, figures_view, overview_view, sources, tables_view
from gridmap.web.session import current, language, remember

words = language()
session = current()
with chrome.faults(words):
    community = overview_view.community(session, words)
    if community is not None:
        above = st.container()
        data = sources.community(community)
        choices = overview_view.settle(data, session, words)
        # The map is what one waits for: it is sent before what stands above it.
        overview_view.show_map(data, session, choices)
        with above:
            chrome.header(community, words)
            figures_view.show(data, choices)
            overview_view.toolbar(data, session, choices)
        if session.drawn:
            tables_view.show(data, session, choices)
        remember(session, words)
