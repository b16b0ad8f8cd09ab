"""The map's things as tables, in the words of a language, for the page and for Excel."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import Literal

import pandas as pd

from gridmap import i18n
from gridmap.analysis import coverage
from gridmap.cartography.events import Target
from gridmap.services import area_tables, community_data, layers, overview
from gridmap.services.community_data import CommunityData
from gridmap.services.overview import Filters

Destination = Target | Literal["grid", "compound", "walk"]
"""What the map can go to; what is no ``Target`` cannot be chosen there."""

NAMES = ("uncovered", "buildings", "points", "issues", "grids", "compounds", "walks")
_LEADS_TO: Mapping[str, Destination] = {
    "points": "point",
    "issues": "issue",
    "grids": "grid",
    "compounds": "compound",
    "walks": "walk",
}


def table(
    data: CommunityData, name: str, *, covered: coverage.Coverage, filters: Filters, language: str, now: dt.datetime
) -> pd.DataFrame:
    """Return a table with the same filters as the map; index = id of the thing, columns in words.

    Parameters
    ----------
    data
        The community.
    name
        One of ``NAMES``.
    covered
        The coverage shown on the map.
    filters
        What is shown.
    language
        Language of headings and values.
    now
        Moment by which an issue is overdue.
    """
    if name == "points":
        made = _points(data, filters, language)
    elif name == "issues":
        made = _issues(data, filters, language, now)
    elif name == "grids":
        made = area_tables.grids(data, covered, filters, now)
    elif name == "compounds":
        made = area_tables.compounds(data, filters, language, now)
    elif name == "walks":
        made = area_tables.walks(data, filters, language)
    else:
        made = _buildings(data, covered, filters, language, now, only_uncovered=name == "uncovered")
    return made.rename(columns={column: i18n.text(f"column.{column}", language) for column in made.columns})


def leads_to(name: str) -> Destination:
    """Return what a row of the table is on the map."""
    return _LEADS_TO.get(name, "building")


def _buildings(
    data: CommunityData,
    covered: coverage.Coverage,
    filters: Filters,
    language: str,
    now: dt.datetime,
    *,
    only_uncovered: bool,
) -> pd.DataFrame:
    rows = data.buildings.loc[overview.buildings_in_focus(data, filters)]
    state = covered.state.reindex(rows.index)
    if only_uncovered:
        rows = rows[(state == coverage.OUT_OF_REACH) & covered.point.reindex(rows.index).notna()]
    state = state.reindex(rows.index)
    groups = layers.issue_groups(data.issues, now)
    unsettled = data.issues[groups != "settled"].groupby("building_id").size()
    words = {s: i18n.text(f"map.legend.{s}", language) for s in (coverage.COVERED, coverage.OUT_OF_REACH)}
    yes = i18n.text("word.estimated", language)
    made = pd.DataFrame(
        {
            "compound": rows["compound"],
            "number": rows["number"],
            "grid": (rows["letter"] + " " + rows["grid"]).str.strip(),
            "households": rows["households"],
            "estimated": rows["households_estimated"].map({True: yes, False: ""}),
            "floors": rows["floors"].astype("Int64"),
            "units": rows["units"].astype("Int64"),
            "coverage": state.map(words).fillna(""),
            "nearest": community_data.named(covered.point.reindex(rows.index), data.points["name"]),
            "distance_m": covered.distance_m.reindex(rows.index).round().astype("Int64"),
            "open_issues": rows.index.to_series().map(unsettled).fillna(0).astype(int),
            "last_visit": rows.index.to_series().map(overview.last_visits(data)),
        }
    )
    if not rows["households_estimated"].any():
        made = made.drop(columns="estimated")
    order = ["households", "number"] if only_uncovered else ["compound", "number"]
    return made.sort_values(order, ascending=not only_uncovered, kind="stable", key=_natural)


def _points(data: CommunityData, filters: Filters, language: str) -> pd.DataFrame:
    rows = overview.points_shown(data, filters)
    groups = data.groups.groupby("service_point_id")["name"].agg("、".join if language == "zh" else ", ".join)
    made = pd.DataFrame(
        {
            "kind": rows["kind"].map(lambda code: data.kinds.label(code, language)),
            "name": rows["name"],
            "capacity": rows["capacity_households"].astype("Int64"),
            "group": community_data.named(rows.index.to_series(), groups),
            "hours": rows["hours"],
            "host": rows["host"],
            "terms": rows["terms"],
            "area_m2": rows["area_m2"],
        }
    )
    return made.sort_values(["kind", "name"], kind="stable")


def _issues(data: CommunityData, filters: Filters, language: str, now: dt.datetime) -> pd.DataFrame:
    rows = overview.issues_shown(data, filters, now)
    late = i18n.text("word.overdue", language)
    place = community_data.named(rows["building_id"], layers.building_titles(data.buildings, language))
    made = pd.DataFrame(
        {
            "code": rows["code"],
            "reported_at": rows["reported_at"],
            "grid": community_data.named(rows["grid_id"], data.grids["letter"] + " " + data.grids["name"]),
            "place": place,
            "category": rows["category"].map(lambda code: data.categories.label(code, language)),
            "text": rows["text"],
            "level": rows["level"].map(lambda level: i18n.text(f"issue_level.{level}", language)),
            "source": rows["source"].map(lambda source: i18n.text(f"issue_source.{source}", language)),
            "state": rows["state"].map(lambda state: i18n.text(f"issue_state.{state}", language)),
            "overdue": rows["group"].map({"overdue": late}).fillna(""),
            "due_at": rows["due_at"],
        }
    )
    return made.sort_values("reported_at", ascending=False, kind="stable")


def _natural(column: pd.Series) -> pd.Series:
    """Sort "10号楼" after "2号楼": texts by their first number, then as they stand."""
    if column.name != "number":
        return column
    numbers = pd.to_numeric(column.str.extract(r"(\d+)")[0]).fillna(0).astype(int)
    return numbers.astype("str").str.zfill(9) + column
