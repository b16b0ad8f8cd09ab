"""Data: registers taken in, taken along, and imports taken back."""

import streamlit as st

from gridmap import access, i18n
from gridmap.access import Action
from gridmap.web import acts, chrome, export_view, import_rows_view, import_view, sources
from gridmap.web.session import actor, community, current, language

words = language()
with chrome.faults(words):
    person = actor(words)
    place = community(current(), person)
    chrome.header(place, person, words)
    access.demand_somewhere(person, Action.DOWNLOAD_TABLES)
    parts = ["import", "runs"] if access.permission(person.role, Action.IMPORT_DATA) else []
    parts.append("export")
    part = st.segmented_control(
        i18n.text("page.data", words),
        parts,
        default=parts[0],
        required=True,
        format_func=lambda name: i18n.text(f"data.part.{name}", words),
        key="data-part",
        label_visibility="collapsed",
    )
    acts.show(words)
    if place is not None:
        data = sources.community(place)
        if part == "import":
            import_view.show(data, person, words)
        elif part == "runs":
            import_rows_view.runs(data, person, words)
        else:
            export_view.show(data, person, words)
