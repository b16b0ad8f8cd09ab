"""The figures above the map."""

from __future__ import annotations

import datetime as dt
from html import escape

import streamlit as st

from gridmap import i18n
from gridmap.services import overview, sight
from gridmap.services.community_data import CommunityData
from gridmap.services.overview import Filters
from gridmap.web import choices as selecting
from gridmap.web import sources
from gridmap.web.choices import Choices


def show(data: CommunityData, choices: Choices) -> None:
    """Show the figures a secretary wants at a glance, for the grids in focus, as far as the person sees them.

    ``data`` is the whole community: who sees no issue may still see how many there are, unless they are very few.
    """
    language = choices.language
    filters = sight.within(choices.page.filters, choices.seen.figures, data)
    if filters is None:
        st.info(i18n.text("figure.none_for_you", language), icon=":material/info:")
        return
    sees = choices.seen.layer("issues")
    figures = overview.figures(data, choices.covered, filters, now=sources.hour(), issues_everywhere=not sees)

    def say(key: str, **fields: object) -> str:
        return i18n.text(f"figure.{key}", language, **fields)

    estimated = say("estimated") if figures.households_estimated else ""
    few = () if sees else range(1, sight.FEWEST)
    narrowed = filters != Filters(issues=filters.issues)
    everywhere = say("whole_community") if narrowed and not sees else ""

    def count(n: int) -> str:
        return say("few", n=sight.FEWEST) if n in few else i18n.number(n, language)

    def counted(n: int) -> str:
        return say("in_buildings" if figures.households_known else "in_all_buildings", n=n)

    # A share tells the number it is made of, and the rest.
    part = round((figures.at_source or 0) * figures.at_source_n)
    hidden = any(n in few for n in (figures.at_source_n, part, figures.at_source_n - part))
    share = say("no_share") if figures.at_source is None or hidden else i18n.percent(figures.at_source, language)
    kind = selecting.kind_within(data, choices.page.kind, choices.covered.radius_m, language)
    none_uncovered = figures.uncovered_buildings == 0
    tiles = [
        (
            say("households"),
            i18n.number(figures.households, language),
            " ".join(
                [
                    counted(figures.buildings),
                    estimated,
                ]
            ),
            "",
        ),
        (
            say("uncovered", kind=kind),
            i18n.number(figures.uncovered_households, language),
            say("uncovered_none") if none_uncovered else counted(figures.uncovered_buildings),
            "good" if none_uncovered else "bad",
        )
        if overview.registered(data, choices.page.kind)
        else (say("uncovered", kind=kind), "—", say("not_registered"), ""),
        (
            say("open_issues"),
            count(figures.open_issues),
            " ".join(part for part in (say("overdue", count=count(figures.overdue_issues)), everywhere) if part),
            "bad" if figures.overdue_issues else "",
        ),
        (
            say("at_source"),
            share,
            " ".join(
                part for part in (say("of_few") if hidden else say("of_n", n=figures.at_source_n), everywhere) if part
            ),
            "",
        ),
        (
            say("visited"),
            f"{i18n.number(figures.visited_buildings, language)}",
            say("of_buildings" if figures.households_known else "of_all_buildings", n=figures.buildings),
            "",
        ),
        (
            say("next_walk"),
            i18n.weekday(figures.next_walk, language) if figures.next_walk else say("no_walk"),
            _in_days(figures.next_walk, data.day, language) if figures.next_walk else "",
            "",
        ),
    ]
    cells = "".join(
        f'<div class="gm-figure gm-{tone}"><dt>{escape(label)}</dt><dd>{escape(value)}</dd>'
        f"<small>{escape(note)}</small></div>"
        for label, value, note, tone in tiles
    )
    st.html(f'<dl class="gm-figures">{cells}</dl>')
    if data.grids_proposed:
        st.caption(
            i18n.text("overview.grids_proposed", language), help=i18n.text("overview.grids_proposed_help", language)
        )


def _in_days(day: dt.date, today: dt.date, language: str) -> str:
    left = (day - today).days
    return i18n.text("figure.in_days", language, n=left) if left else i18n.text("figure.today", language)
