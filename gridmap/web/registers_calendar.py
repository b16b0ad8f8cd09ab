"""A week or a month as a table of days; on a phone the days stand one below the other."""

from __future__ import annotations

import calendar
import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from html import escape

import streamlit as st

from gridmap import i18n
from gridmap.web.registers_state import RegistersState


@dataclass(frozen=True, kw_only=True)
class Entry:
    """Something on a day: its hours, what it is called, what else there is to say; plain texts.

    ``tone`` is ``""``, or ``"due"`` for what is still to be noted.
    """

    day: dt.date
    hours: str
    title: str
    more: str = ""
    tone: str = ""


def monday(day: dt.date) -> dt.date:
    """Return the first day of a day's week."""
    return day - dt.timedelta(days=day.weekday())


def weekdays(language: str) -> dict[int, str]:
    """Return the names of the days of the week; Monday is 1."""
    first = dt.date(2026, 11, 30)
    return {n + 1: i18n.weekday_name(first + dt.timedelta(days=n), language) for n in range(7)}


def steps(
    here: RegistersState, at: dt.date, today: dt.date, by: dt.timedelta, language: str, *, month: bool = False
) -> None:
    """Show what leads to the time before, to today, and to the time after: a week, or (``month``) a month of ``by``."""
    back, on = (at - dt.timedelta(days=1), at + by) if month else (at - by, at + by)

    def go(day: dt.date) -> None:
        here.day = day

    told = i18n.month(at, language) if month else _span(at, language)
    with st.container(horizontal=True, vertical_alignment="center", key="register-steps"):
        for name, day, icon in (
            ("before", back, "chevron_left"),
            ("now", today, "today"),
            ("after", on, "chevron_right"),
        ):
            st.button(
                i18n.text(f"register.calendar.{name}", language), icon=f":material/{icon}:", key=f"register-{name}",
                on_click=go, args=(day,),
            )  # fmt: skip
        st.markdown(f"**{told}**", width="content")


def week(first: dt.date, today: dt.date, entries: Sequence[Entry], language: str) -> None:
    """Show the seven days from ``first`` on."""
    days = [first + dt.timedelta(days=n) for n in range(7)]
    st.html(f'<div class="gm-week">{"".join(_day(day, today, entries, language) for day in days)}</div>')


def month(day: dt.date, today: dt.date, entries: Sequence[Entry], language: str) -> None:
    """Show the month of a day, in weeks."""
    weeks = calendar.Calendar().monthdatescalendar(day.year, day.month)
    cells = "".join(_day(one, today, entries, language, other=one.month != day.month) for days in weeks for one in days)
    st.html(f'<div class="gm-week gm-month">{cells}</div>')


def _day(day: dt.date, today: dt.date, entries: Sequence[Entry], language: str, *, other: bool = False) -> str:
    mine = sorted((one for one in entries if one.day == day), key=lambda one: one.hours)
    told = "".join(
        f'<li class="{one.tone}"><i>{escape(one.hours)}</i>{escape(one.title)}'
        + (f"<small>{escape(one.more)}</small>" if one.more else "")
        + "</li>"
        for one in mine
    )
    looks = " ".join(name for name, on in (("today", day == today), ("other", other), ("bare", not mine)) if on)
    return f'<section class="{looks}"><h4>{escape(i18n.weekday(day, language))}</h4><ul>{told}</ul></section>'


def _span(first: dt.date, language: str) -> str:
    return f"{i18n.date(first, language)} - {i18n.date(first + dt.timedelta(days=6), language)}"
