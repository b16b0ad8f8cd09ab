"""One issue by itself: what is next, what may be done, what happened, what hangs on it."""

from __future__ import annotations

from html import escape
from typing import Any

import pandas as pd
import streamlit as st

from gridmap import i18n
from gridmap.access import Actor
from gridmap.cartography.events import View
from gridmap.cartography.overview_map import Command
from gridmap.services import cards, issue_list, issue_steps, issue_ties, layers, unmasking
from gridmap.services.community_data import CommunityData
from gridmap.services.sight import Sight
from gridmap.web import (
    chrome,
    issue_history_view,
    issue_map_view,
    issue_moves_view,
    issue_photos_view,
    issue_ties_view,
    issues_state,
    map_view,
    session,
    sources,
)

_LAYERS = ("boundary", "compounds", "paths", "ground", "buildings", "gates", "issues")
_CLOSE = 18.5
_HEIGHT_PX = 300


def say(key: str, language: str, **fields: object) -> str:
    """Return words of the page of one issue."""
    return i18n.text(f"issue.{key}", language, **fields)


def show(data: CommunityData, actor: Actor, number: int, language: str) -> None:
    """Show an issue; one that is not there, or not for this person, is said to be so."""
    here = issues_state.current()
    with st.container(horizontal=True, vertical_alignment="center", key="issue-head"):
        if st.button(say("back", language), icon=":material/arrow_back:", key="issue-back"):
            here.close()
            st.rerun()
        _title(data, number, language)
    if number not in data.issues.index:
        _missing(data, number, language)
        return
    seen = Sight.of(actor, data.community)
    st.html(f'<p class="gm-issue-text">{escape(data.issues.at[number, "text"])}</p>')
    _step(data, number, language)
    with st.container(horizontal=True, key="issue-body"):
        with st.container(key="issue-left"):
            issue_moves_view.show(data, actor, number, language)
            issue_history_view.show(data, actor, number, seen, language)
        with st.container(key="issue-right"):
            _map(data, number, language)
            _facts(data, number, seen, language)
            issue_photos_view.show(data, actor, number, language)
            issue_ties_view.show(data, actor, number, language)


def _title(data: CommunityData, number: int, language: str) -> None:
    if number not in data.issues.index:
        return
    rows = data.issues.loc[[number]]
    group = layers.issue_groups(rows, sources.hour()).iloc[0]
    row = rows.iloc[0]
    state = f"{issue_list.SIGNS[group]} {i18n.text(f'issue_state.{row.state}', language)}"
    category = data.categories.label(row["category"], language)
    tone = " gm-late" if group == "overdue" else ""
    st.html(
        f'<div class="gm-issue-title"><b>{escape(category)}</b><span>{escape(row["code"])}</span>'
        f'<em class="gm-state{tone}">{escape(state)}</em></div>'
    )


def _missing(data: CommunityData, number: int, language: str) -> None:
    """Say that an issue is not there, or which one it was folded into."""
    into = issue_ties.standing(data, number)
    if into == number or into not in data.issues.index:
        st.info(i18n.text("overview.gone.issue", language), icon=":material/link_off:")
        return
    st.info(
        chrome.literally(
            say("folded", language, code=data.doubles.at[number, "code"], into=data.issues.at[into, "code"])
        ),
        icon=":material/merge:",
    )
    if st.button(say("go_there", language), icon=":material/arrow_forward:", key="issue-into"):
        issues_state.current().open(into)
        st.rerun()


def _step(data: CommunityData, number: int, language: str) -> None:
    """Say what is next, in whose hands it is, and how long is left."""
    step = issue_steps.next_step(data.issues.loc[number], data, language, sources.hour())
    if not step.label:
        told = [i18n.text("step.over", language)]
    else:
        group = "overdue" if step.state == "late" else "open"
        due = "" if step.due is None else i18n.time(step.due, language, sources.time_zone())
        left = issue_list.left(step.due, group, sources.hour(), language)
        told = [
            say("next", language, step=step.label),
            say("owner", language, owner=step.owner) if step.owner else "",
            say("until", language, due=due) + (f" ({left})" if language == "en" else f"（{left}）") if due else "",
            i18n.text("step.still", language) if step.state == "still" else "",
        ]
    said = " · ".join(part for part in told if part)
    sign = "■ " if step.state == "late" else ""
    st.html(f'<p class="gm-step gm-{step.state}" role="status">{escape(sign + said)}</p>')
    if step.unsure:
        st.caption(i18n.text("step.unsure", language, years=[str(year) for year in step.unsure]))


def _map(data: CommunityData, number: int, language: str) -> None:
    chosen = issue_map_view.marked(data, number)
    if "lat" not in chosen:
        st.caption(say("no_place", language))
        return
    command = Command(
        revision=data.revision,
        stamp=sources.stamp(data),
        layers=_LAYERS,
        issues=[number],
        selected=chosen,
        view=View(lat=chosen["lat"], lon=chosen["lon"], zoom=_CLOSE),
        search=False,
        moves=False,
    )
    with st.container(key="issue-map"):
        map_view.show(
            command,
            data=data,
            language=language,
            height_px=_HEIGHT_PX,
            on_event=lambda _event: None,
            name=f"issue-{number}",
        )


def _facts(data: CommunityData, number: int, seen: Sight, language: str) -> None:
    card = cards.issue(
        data, number, seen=seen, language=language, now=sources.hour(), time_zone=sources.time_zone(),
        persons=unmasking.hints(sources.store(), data, seen, "issue", number), course=False,
    )  # fmt: skip
    rows = [(one.label, one.value, one.tone) for one in card.rows] + _more(data, number, language)
    told = "".join(
        f'<dt>{escape(label)}</dt><dd class="gm-{tone}">{escape(value)}</dd>' for label, value, tone in rows if value
    )
    st.html(f'<dl class="gm-facts">{told}</dl>')
    for one in card.rows:
        if one.ask is not None and st.button(one.ask.label, icon=":material/visibility:", key="issue-ask"):
            session.current().asking = ("issue", number)


def _more(data: CommunityData, number: int, language: str) -> list[tuple[str, str, str]]:
    """Return what the card on the map has no room for."""
    row = data.issues.loc[number]
    told: list[tuple[str, Any]] = [
        ("order_number", row["order_number"]),
        ("address", row["address"]),
        ("urgency", i18n.text(f"urgency.{row['urgency']}", language)),
        ("department", data.departments.label(row["department"], language) if row["department"] else ""),
        ("handler", row["handler"]),
        ("handling", row["handling"]),
        ("callback", row["callback"]),
        ("note", row["note"]),
    ]
    if pd.notna(row["position_accuracy_m"]):
        told.append(("accuracy", say("metres", language, n=round(float(row["position_accuracy_m"])))))
    return [(say(f"fact.{name}", language), "" if pd.isna(value) else str(value), "") for name, value in told]
