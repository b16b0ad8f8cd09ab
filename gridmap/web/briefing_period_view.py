"""Which period a briefing is of: a month, a quarter, a year, or any days."""

from __future__ import annotations

import datetime as dt

import streamlit as st

from gridmap.services import briefing_periods, briefing_words
from gridmap.web.briefing_state import BriefingState

_KINDS = ("month", "quarter", "year", "days")
_OFFERED = {"month": 24, "quarter": 12, "year": 5}


def show(mine: BriefingState, today: dt.date, language: str, *, free: bool) -> None:
    """Let the period be chosen.

    Parameters
    ----------
    mine
        The person's briefing.
    today
        The day it is.
    language
        Language of the words.
    free
        Whether any days may be chosen: not by those who see numbers only, who could subtract one period from another.
    """
    known = briefing_periods.parse(mine.period, today)
    kinds = _KINDS if free else _KINDS[:-1]
    with st.container(horizontal=True, vertical_alignment="bottom", key="briefing-period"):
        kind = st.segmented_control(
            briefing_words.say("page.period", language), kinds, required=True, key="briefing-kind",
            default=known.kind if known.kind in kinds else kinds[0],
            format_func=lambda one: briefing_words.say(f"kind.{one}", language),
        )  # fmt: skip
        if kind == "days":
            _days(mine, known, today, language)
            return
        offered = _offered(str(kind), today)
        mine.period = st.selectbox(
            briefing_words.say("page.which", language),
            offered,
            index=offered.index(mine.period) if mine.period in offered else min(1, len(offered) - 1),
            format_func=lambda one: briefing_periods.words(briefing_periods.parse(one, today), language),
            key=f"briefing-which-{kind}",
            width=220,
        )


def _days(mine: BriefingState, known: briefing_periods.Period, today: dt.date, language: str) -> None:
    chosen = st.date_input(
        briefing_words.say("page.days", language),
        value=(known.first, known.until),
        max_value=today,
        key="briefing-days",
        width=260,
    )
    # The second day is still missing while a person chooses.
    if isinstance(chosen, tuple) and len(chosen) == 2:
        mine.period = f"{chosen[0]}..{chosen[1]}"


def _offered(kind: str, today: dt.date) -> list[str]:
    """Return the periods of a kind up to the one under way, the latest first."""
    found, day = [], today
    for _ in range(_OFFERED[kind]):
        said = {"month": f"{day:%Y-%m}", "quarter": f"{day.year}-Q{(day.month + 2) // 3}", "year": str(day.year)}[kind]
        period = briefing_periods.parse(said, today)
        found.append(said)
        day = period.first - dt.timedelta(days=1)
    return found
