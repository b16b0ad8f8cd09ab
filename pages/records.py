"""Records: what a community keeps, added, changed, deleted and restored by hand."""

from gridmap.web import chrome, records_state, records_view, sources
from gridmap.web.session import actor, language

words = language()
with chrome.faults(words):
    records_state.rescue()
    person = actor(words)
    session = records_state.current()
    community = records_view.community(session, person, words)
    if community is not None:
        chrome.header(community, person, words)
        records_view.show(sources.community(community), session, person, words)
    records_state.remember(session, words)
