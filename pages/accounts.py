"""Accounts: who may sign in, who is away, and the links of presentations."""

import streamlit as st

from gridmap import access, i18n
from gridmap.access import Action
from gridmap.web import accounts_view, acts, chrome, leave_view, share_view
from gridmap.web.session import actor, community, current, language

words = language()
with chrome.faults(words):
    person = actor(words)
    place = community(current(), person)
    chrome.header(place, person, words)
    access.demand_somewhere(person, Action.MANAGE_LEAVE)
    parts = ["leave", "share"] if place is not None else []
    if access.permission(person.role, Action.MANAGE_ACCOUNTS):
        parts.insert(0, "accounts")
    part = st.segmented_control(
        i18n.text("page.accounts", words),
        parts,
        default=parts[0] if parts else None,
        required=True,
        format_func=lambda name: i18n.text(f"{name}.title", words),
        key="people",
        label_visibility="collapsed",
    )
    acts.show(words)
    if part == "accounts":
        accounts_view.show(person, words)
    elif part == "leave" and place is not None:
        leave_view.show(person, place, words)
    elif part == "share" and place is not None:
        share_view.show(person, place, words)
