"""The figures of coverage over the whole community, and what is to be said beside them."""

from __future__ import annotations

from html import escape

import streamlit as st

from gridmap import i18n
from gridmap.services import coverage_equity, coverage_why
from gridmap.services.community_data import CommunityData
from gridmap.services.coverage_kinds import KindsTable
from gridmap.services.coverage_table import CoverageTable
from gridmap.web import chrome
from gridmap.web.coverage_state import CoverageState

_MOST_WALLS = 4


def say(key: str, language: str, **fields: object) -> str:
    """Return words of the page of coverage."""
    return i18n.text(f"reach.{key}", language, **fields)


def show(state: CoverageState, found: CoverageTable, before: CoverageTable | None, language: str) -> None:
    """Show the figures of one kind, against those before where places are on trial."""
    people, homes = found.by_state["households"], found.by_state["buildings"]
    cells = [
        (say("covered", language), people["covered"], homes["covered"], "good", "covered"),
        (say("full", language), people["full"], homes["full"], "bad" if people["full"] else "", "full"),
        (say("out", language), people["out_of_reach"], homes["out_of_reach"],
         "bad" if people["out_of_reach"] else "", "out_of_reach"),
    ]  # fmt: skip
    made = []
    for label, n, buildings, tone, name in cells:
        if name == "full" and not state.capacity:
            continue
        small = say("in_buildings", language, n=buildings)
        if before is not None:
            change = n - before.by_state["households"][name]
            small = say("change", language, change=f"{change:+,}", n=buildings)
        made.append(_cell(label, f"{n:,}", small, tone))
    if found.measure == "walking":
        small = say("only_straight.help", language, metres=round(found.radius_m))
        made.append(_cell(say("only_straight", language), f"{found.only_straight:,}", small, ""))
    closed = say("closed", language, n=found.points_closed) if found.points_closed else say("points.help", language)
    made.append(_cell(say("points", language), f"{found.points:,}", closed, ""))
    _cells(made)


def show_kinds(found: KindsTable, language: str) -> None:
    """Show how many households have all, some, or none of several kinds in reach."""
    counts, many = found.counts, len(found.kinds)
    households = sum(count.households for count in counts)
    weighed = sum(count.number * count.households for count in counts)
    mean = i18n.number(weighed / households, language, 1) if households else "—"
    none, every = counts[0], counts[-1]
    _cells(
        [
            _cell(say("kinds.all", language), f"{every.households:,}", say("in_buildings", language, n=every.buildings),
                  "good"),
            _cell(say("kinds.none", language), f"{none.households:,}", say("in_buildings", language, n=none.buildings),
                  "bad" if none.households else ""),
            _cell(say("kinds.mean", language), mean, say("kinds.of", language, n=many), ""),
        ]
    )  # fmt: skip


def _cells(made: list[str]) -> None:
    st.html(f'<dl class="gm-figures">{"".join(made)}</dl>')


def _cell(label: str, value: str, small: str, tone: str) -> str:
    return (
        f'<div class="gm-figure gm-{tone}"><dt>{escape(label)}</dt><dd>{escape(value)}</dd>'
        f"<small>{escape(small)}</small></div>"
    )


def said(data: CommunityData, found: CoverageTable, language: str) -> None:
    """Say which walls keep out those who look covered, and which stations lack courtyard heads."""
    if found.measure == "walking" and found.only_straight:
        told = coverage_why.walls(data, found)
        each = [
            say("walls.wall" if wall else "walls.detour", language, wall=wall, n=n, households=households)
            for wall, n, households in told[:_MOST_WALLS]
        ]
        if len(told) > _MOST_WALLS:
            each.append("…")
        metres = round(found.radius_m)
        line = say("walls", language, n=found.only_straight, metres=metres, walls=each)
        st.caption(chrome.literally(line))
    told_heads = coverage_equity.heads(data, found)
    short = told_heads[told_heads["short"] > 0]
    if len(short):
        each = [
            say("heads.station", language, name=row.name, short=row.short, n=row.households)
            for row in short.itertuples(index=False, name="Station")
        ]
        st.caption(chrome.literally(say("heads", language, n=int(short["short"].sum()), stations=each)))
