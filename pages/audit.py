"""Audit: who did what, when and from where."""

from gridmap import access
from gridmap.access import Action
from gridmap.web import audit_view, chrome
from gridmap.web.session import actor, community, current, language

words = language()
with chrome.faults(words):
    person = actor(words)
    chrome.header(community(current(), person), person, words)
    access.demand_somewhere(person, Action.SEE_AUDIT)
    audit_view.show(person, words)
