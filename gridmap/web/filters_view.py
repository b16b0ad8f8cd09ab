"""The filters above a map and a list."""

from __future__ import annotations

from dataclasses import replace
from typing import Literal

import streamlit as st

from gridmap import i18n
from gridmap.model import IssueSource, IssueState
from gridmap.services import filter_words, issue_words
from gridmap.services.community_data import CommunityData
from gridmap.services.overview import Filters
from gridmap.services.sight import Sight
from gridmap.web import chrome
from gridmap.web.session import Session
from gridmap.web.state import FIRST_DAY, ISSUES, LAST_DAY

_OPEN = tuple(state.value for state in IssueState if state.is_open)


def show(data: CommunityData, session: Session, seen: Sight, language: str, *, more: bool = False) -> None:
    """Show what can be filtered: by grid and compound, and issues by state, source and category.

    Parameters
    ----------
    data, seen
        The community, as far as the person sees it.
    session
        The person's page: what is chosen is taken into its state.
    language
        Language of all words.
    more
        Whether issues are filtered by single states, persons and days as well. Where they are not, what another page
        left there is said and can be dropped.
    """
    filters = session.page.filters
    lists = (filters.letters, filters.compounds, filters.sources, filters.categories)
    active = sum(map(len, lists)) + (filters.issues != "open") * (not more) + _others(filters)
    label = _say("filter", language) + (f" ({active})" if active else "")
    with st.popover(label, icon=":material/filter_alt:"):
        _areas(data, session, language)
        if seen.layer("issues"):
            if not more:
                issues(session, language, label="visible")
            _issues(data, session, language)
            if more:
                _more(data, session, language)
            elif _others(filters):
                _left(data, session, language)


def issues(session: Session, language: str, *, label: Literal["visible", "collapsed"] = "collapsed") -> None:
    """Show which issues are wanted: those that are open, overdue, or all."""
    st.segmented_control(
        _say("issues", language),
        ISSUES,
        default=session.page.filters.issues,
        key="issues",
        required=True,
        on_change=session.take_switches,
        format_func=lambda name: _say(f"issues.{name}", language),
        label_visibility=label,
    )


def _say(key: str, language: str) -> str:
    return i18n.text(f"overview.{key}", language)


def _others(filters: Filters) -> int:
    """Return how many filters are set that not every page offers."""
    lists = (filters.states, filters.assignees, filters.reporters)
    return sum(map(len, lists)) + sum(one is not None for one in (filters.since, filters.until)) + bool(filters.text)


def _areas(data: CommunityData, session: Session, language: str) -> None:
    letters = data.grids["letter"].tolist()
    names = dict(zip(letters, data.grids["name"], strict=True))
    if letters:
        st.pills(
            _say("grids", language),
            letters,
            selection_mode="multi",
            default=session.page.filters.letters,
            key="grids",
            on_change=session.take_switches,
            format_func=lambda letter: chrome.literally(f"{letter} {names[letter]}"),
        )
    compounds = data.compounds["name"].to_dict()
    if compounds:
        st.multiselect(
            _say("compounds", language),
            sorted(compounds, key=lambda number: compounds[number]),
            default=session.page.filters.compounds,
            key="compounds",
            on_change=session.take_switches,
            format_func=lambda number: compounds[number],
            placeholder=_say("all", language),
            select_all=False,
        )


def _issues(data: CommunityData, session: Session, language: str) -> None:
    filters = session.page.filters
    st.pills(
        _say("sources", language),
        [source.value for source in IssueSource],
        selection_mode="multi",
        default=filters.sources,
        key="sources",
        on_change=session.take_switches,
        format_func=lambda source: i18n.text(f"issue_source.{source}", language),
    )
    st.multiselect(
        _say("categories", language),
        issue_words.choices(data),
        default=filters.categories,
        key="categories",
        on_change=session.take_switches,
        format_func=lambda code: _category(data, code, language),
        placeholder=_say("all", language),
        select_all=False,
    )


def _category(data: CommunityData, code: str, language: str) -> str:
    """Write a category so that the two levels are told apart."""
    told = issue_words.label(data, code, language)
    return f"▸ {told}" if code.startswith(issue_words.GROUP) else told


def _more(data: CommunityData, session: Session, language: str) -> None:
    filters, take = session.page.filters, session.take_switches
    states = _OPEN if filters.issues != "all" else tuple(state.value for state in IssueState)
    st.multiselect(
        i18n.text("issues.states", language),
        [*states, *(state for state in filters.states if state not in states)],
        default=filters.states,
        key="states",
        on_change=take,
        format_func=lambda state: i18n.text(f"issue_state.{state}", language),
        placeholder=_say("all", language),
        select_all=False,
    )
    staff = data.staff["name"].to_dict()
    for name, column in (("assignees", "assignee_id"), ("reporters", "reporter_id")):
        chosen: tuple[int, ...] = getattr(filters, name)
        there = {int(one) for one in data.issues[column].dropna() if one in data.staff.index} | set(chosen)
        if there:
            st.multiselect(
                i18n.text(f"issues.{name}", language),
                sorted(there, key=lambda one: (staff[one], one)),
                default=chosen,
                key=name,
                on_change=take,
                format_func=lambda one: staff[one],
                placeholder=_say("all", language),
                select_all=False,
            )
    with st.container(horizontal=True):
        for name in ("since", "until"):
            st.date_input(
                i18n.text(f"issues.{name}", language), getattr(filters, name), min_value=FIRST_DAY, max_value=LAST_DAY,
                key=name, on_change=take, format="YYYY-MM-DD", width=150,
            )  # fmt: skip


def _left(data: CommunityData, session: Session, language: str) -> None:
    """Say what was filtered on another page and holds here too, with a way out."""
    page, usual = session.page, Filters()
    dropped = {
        name: getattr(usual, name) for name in ("states", "assignees", "reporters", "since", "until", "text")
    }  # fmt: skip

    def drop() -> None:
        session.page = replace(page, filters=replace(page.filters, **dropped))

    rest = replace(usual, **{name: getattr(page.filters, name) for name in dropped})
    st.caption(chrome.literally(i18n.listed(filter_words.told(data, rest, language)[1:], language)))
    st.button(i18n.text("issues.drop_filters", language), icon=":material/filter_alt_off:", on_click=drop)
