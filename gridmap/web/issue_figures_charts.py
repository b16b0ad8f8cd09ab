"""Charts of the figures of issues: the share found at the source, times to close, a compound's days."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pandas as pd
import streamlit as st

from gridmap import palette
from gridmap.services import issue_figure_words
from gridmap.services.issue_figure_words import say
from gridmap.services.issue_figures import IssueFigures
from gridmap.web import chrome
from gridmap.web.issue_figures_state import FiguresState

if TYPE_CHECKING:
    import altair

_HEIGHT_PX = 230
_BLUE, _RED, _GREY = palette.HOUSEHOLDS[3], palette.RATES[3], palette.MUTED
_LONGEST_DAYS = 90


def show(found: IssueFigures, state: FiguresState, language: str) -> None:
    """Show the charts side by side, one below the other on a phone."""
    with st.container(horizontal=True, key="figures-charts"):
        with st.container(width="stretch", border=True):
            _source(found, language)
        with st.container(width="stretch", border=True):
            _closing(found, language)
    if not found.counts_only:
        _days(found, state, language)


def _source(found: IssueFigures, language: str) -> None:
    rows = found.source_week.dropna(subset="share")
    st.markdown(f"**{say('chart.source', language)}**")
    st.caption(say("chart.source.help", language))
    if rows.empty:
        st.caption(say("chart.too_few", language))
        return
    import altair  # heavy, and no other page needs it

    table = rows.reset_index(names="day")
    table["week"] = table["day"].dt.strftime("%m-%d")
    base = altair.Chart(table).encode(
        x=altair.X("week:O", title=None, sort=None, axis=altair.Axis(labelAngle=0, labelOverlap=True))
    )
    share = altair.Y("share:Q", title=None, scale=altair.Scale(domain=[0, 1]), axis=altair.Axis(format="%"))
    told = [
        altair.Tooltip("day:T", title=say("by.week", language), format="%Y-%m-%d"),
        altair.Tooltip("share:Q", title=say("share", language), format=".0%"),
        altair.Tooltip("n:Q", title=say("at_source_n", language)),
    ]
    _draw(
        base.mark_rule(color=_BLUE, opacity=0.45, strokeWidth=3).encode(y="low:Q", y2="high:Q")
        + base.mark_circle(color=_BLUE, opacity=1).encode(
            y=share, tooltip=told, size=altair.Size("n:Q", legend=None, scale=altair.Scale(range=[30, 160]))
        )
    )


def _closing(found: IssueFigures, language: str) -> None:
    one = found.closing[0]
    st.markdown(f"**{say('chart.closing', language)}**")
    st.caption(chrome.literally(issue_figure_words.closing(one, language)))
    # Each step of the curve is one issue.
    if not one.n or found.counts_only:
        return
    import altair  # heavy, and no other page needs it

    curve = one.curve.table.reset_index()
    start = pd.DataFrame({"time": [0.0], "open": [1.0], "low": [1.0], "high": [1.0]})
    table = pd.concat([start, curve[["time", "open", "low", "high"]]])
    table = table[table["time"] <= _LONGEST_DAYS]
    base = altair.Chart(table).encode(x=altair.X("time:Q", title=say("chart.days", language)))
    share = altair.Y("open:Q", title=None, scale=altair.Scale(domain=[0, 1]), axis=altair.Axis(format="%"))
    told = [
        altair.Tooltip("time:Q", title=say("chart.days", language), format=".1f"),
        altair.Tooltip("open:Q", title=say("chart.open", language), format=".0%"),
    ]
    _draw(
        base.mark_area(interpolate="step-after", color=_BLUE, opacity=0.18).encode(y="low:Q", y2="high:Q")
        + base.mark_line(interpolate="step-after", color=_BLUE).encode(y=share, tooltip=told)
    )


def _days(found: IssueFigures, state: FiguresState, language: str) -> None:
    """Show the days of the compound that was gone to, else of the latest alarm."""
    alarms = {one.compound_id: one for one in reversed(found.watched.alarms)}
    if not alarms:
        return
    chosen = state.compound if state.compound in alarms else found.watched.alarms[0].compound_id
    one = alarms[chosen]
    import altair  # heavy, and no other page needs it

    counts = found.watched.counts[chosen]
    table = pd.DataFrame(
        {"day": counts.index, "n": counts.to_numpy(), "expected": found.watched.expected[chosen].to_numpy()}
    )
    until = pd.Timestamp(found.end if one.until is None else one.until)
    table["alarm"] = (table["day"] >= pd.Timestamp(one.since)) & (table["day"] <= until)
    with st.container(border=True, key="figures-days"):
        st.markdown(f"**{chrome.literally(say('chart.days_of', language, compound=one.compound))}**")
        st.caption(say("chart.days_of.help", language))
        day = altair.X("yearmonthdate(day):T", title=None, axis=altair.Axis(format="%m-%d", labelOverlap=True))
        base = altair.Chart(table).encode(x=day)
        told = [
            altair.Tooltip("day:T", title=say("chart.day", language), format="%Y-%m-%d"),
            altair.Tooltip("n:Q", title=say("n", language)),
            altair.Tooltip("expected:Q", title=say("expected", language), format=".2f"),
        ]
        colour = altair.condition("datum.alarm", altair.value(_RED), altair.value(_GREY))
        _draw(
            base.mark_bar().encode(
                y=altair.Y("n:Q", title=None, axis=altair.Axis(tickMinStep=1)), color=colour, tooltip=told
            )
            + base.mark_line(color=_BLUE, strokeDash=[4, 3]).encode(y="expected:Q")
        )


def _draw(chart: altair.LayerChart) -> None:
    made: Any = chart.properties(height=_HEIGHT_PX).configure_view(stroke=None)
    st.altair_chart(made, width="stretch")
