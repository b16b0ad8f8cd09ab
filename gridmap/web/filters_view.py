"""The filters above the map."""

from __future__ import annotations

import streamlit as st

from gridmap import catalogues, i18n
from gridmap.model import IssueSource
from gridmap.services.community_data import CommunityData
from gridmap.web import chrome
from gridmap.web.choices import Choices
from gridmap.web.session import Session
from gridmap.web.state import ISSUES


def show(data: CommunityData, session: Session, choices: Choices) -> None:
    """Show what can be filtered: by grid and compound, and issues by state, source and category."""
    language, filters = choices.language, choices.page.filters

    def say(key: str) -> str:
        return i18n.text(f"overview.{key}", language)

    chosen = [*filters.letters, *filters.compounds, *filters.sources, *filters.categories]
    active = len(chosen) + (filters.issues != "open")
    with st.popover(say("filter") + (f" ({active})" if active else ""), icon=":material/filter_alt:"):
        letters = data.grids["letter"].tolist()
        names = dict(zip(letters, data.grids["name"], strict=True))
        if letters:
            st.pills(
                say("grids"),
                letters,
                selection_mode="multi",
                default=filters.letters,
                key="grids",
                on_change=session.take_switches,
                format_func=lambda letter: chrome.literally(f"{letter} {names[letter]}"),
            )
        compounds = data.compounds["name"].to_dict()
        if compounds:
            st.multiselect(
                say("compounds"),
                sorted(compounds, key=lambda number: compounds[number]),
                default=filters.compounds,
                key="compounds",
                on_change=session.take_switches,
                format_func=lambda number: compounds[number],
                placeholder=say("all"),
            )
        if choices.seen.layer("issues"):
            _issues(data, session, choices)


def _issues(data: CommunityData, session: Session, choices: Choices) -> None:
    language, filters = choices.language, choices.page.filters

    def say(key: str) -> str:
        return i18n.text(f"overview.{key}", language)

    st.segmented_control(
        say("issues"),
        ISSUES,
        default=filters.issues,
        key="issues",
        required=True,
        on_change=session.take_switches,
        format_func=lambda name: say(f"issues.{name}"),
    )
    st.pills(
        say("sources"),
        [source.value for source in IssueSource],
        selection_mode="multi",
        default=filters.sources,
        key="sources",
        on_change=session.take_switches,
        format_func=lambda source: i18n.text(f"issue_source.{source}", language),
    )
    present = {*data.issues["category"], *filters.categories}
    known = [code for code in catalogues.entries("issue_categories") if code in present]
    st.multiselect(
        say("categories"),
        [*known, *sorted(present - set(known))],
        default=filters.categories,
        key="categories",
        on_change=session.take_switches,
        format_func=lambda code: catalogues.label("issue_categories", code, language),
        placeholder=say("all"),
    )
