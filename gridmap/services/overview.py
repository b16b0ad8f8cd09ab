"""What the overview says of a community: who is covered, and the figures at a glance."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, replace
from types import MappingProxyType

import geopandas as gpd
import numpy as np
import pandas as pd

from gridmap import i18n, service_kinds
from gridmap.analysis import coverage, indicators
from gridmap.services import issue_words, layers
from gridmap.services.community_data import CommunityData

ANY_KIND = "any"
"""Stands for all kinds of service points together."""
ISSUE_GROUPS: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {"open": ("open", "overdue"), "overdue": ("overdue",), "all": ("open", "overdue", "settled")}
)
"""Which groups of issues each choice of the filter lets through."""


@dataclass(frozen=True, kw_only=True)
class Filters:
    """What is shown, on the map and in the tables alike.

    Parameters
    ----------
    letters
        Letters of the grids in focus; none means all.
    issues
        ``"open"``, ``"overdue"`` or ``"all"``.
    compounds
        Ids of the compounds in focus; none means all.
    sources, categories
        Where the issues shown were first recorded, and what they are about; none means all.
    states, assignees, reporters
        States of the issues shown, in whose hands they are, and who recorded them (ids of the staff); none means all.
    since, until
        First and last day on which the issues shown were reported; None for no limit.
    text
        Words that the issues shown hold; "" for any.
    """

    letters: tuple[str, ...] = ()
    issues: str = "open"
    compounds: tuple[int, ...] = ()
    sources: tuple[str, ...] = ()
    categories: tuple[str, ...] = ()
    states: tuple[str, ...] = ()
    assignees: tuple[int, ...] = ()
    reporters: tuple[int, ...] = ()
    since: dt.date | None = None
    until: dt.date | None = None
    text: str = ""


@dataclass(frozen=True, kw_only=True)
class Figures:
    """The figures a secretary wants at a glance, for the grids in focus.

    Parameters
    ----------
    buildings, households
        Buildings where people live, and households.
    households_known
        Whether households are known at all; if not, ``buildings`` are all there are.
    households_estimated
        Whether some of the households are estimated.
    uncovered_buildings, uncovered_households
        Of these, out of reach of the chosen kind of point.
    open_issues, overdue_issues
        Issues not settled; of these, past their limit.
    at_source
        Share of issues first recorded by a walk or a reception, against 12345; None of none.
    at_source_n
        Number of issues that share is taken of.
    visited_buildings
        Buildings where people live, visited in the last 28 days.
    next_walk
        Day of the next planned walk, or None.
    """

    buildings: int
    households: int
    households_known: bool
    households_estimated: bool
    uncovered_buildings: int
    uncovered_households: int
    open_issues: int
    overdue_issues: int
    at_source: float | None
    at_source_n: int
    visited_buildings: int
    next_walk: dt.date | None


def kind_name(data: CommunityData, kind: str, language: str) -> str:
    """Return what a kind of service point is called; all kinds together have a name too."""
    if kind == ANY_KIND:
        return i18n.text("overview.any_kind", language)
    return data.kinds.label(kind, language)


def kinds(data: CommunityData) -> list[str]:
    """Return the kinds of service points that can be asked for: stations first, then those that exist."""
    present = set(data.points["kind"])
    return data.kinds.ordered({service_kinds.STATION, *present})


def in_order(data: CommunityData, present: pd.Series) -> list[str]:
    """Return the kinds among ``present``, each once: stations first, then in the community's order."""
    return sorted(data.kinds.ordered(set(present)), key=lambda code: not data.kinds.is_station(code))


def cover(data: CommunityData, kind: str, radius_m: float) -> coverage.Coverage:
    """Return which of the buildings where people live lie within ``radius_m`` of a point of ``kind``."""
    points = data.points_m if kind == ANY_KIND else data.points_m[data.points_m["kind"] == kind]
    return coverage.straight_line(dwellings(data), points, radius_m)


def dwellings(data: CommunityData) -> gpd.GeoDataFrame:
    """Return the buildings where people live, in metres; all of them where no households are known at all."""
    lived_in = data.buildings_m[data.buildings_m["households"] > 0]
    return data.buildings_m if lived_in.empty else lived_in


def states(data: CommunityData, covered: coverage.Coverage) -> str:
    """Return one sign a building in the layer's order: 1 covered, 0 out of reach, - nobody lives there.

    Where no point of the kind is registered at all, no building can be told either way: - for each.
    """
    if covered.point.isna().all():
        return "-" * int((~data.buildings.geometry.is_empty).sum())
    signs = covered.state.map({coverage.COVERED: "1", coverage.OUT_OF_REACH: "0"})
    placed = data.buildings.index[~data.buildings.geometry.is_empty]
    return "".join(signs.reindex(placed).fillna("-"))


def settled(data: CommunityData, filters: Filters) -> Filters:
    """Return the filters without what is not there, or not for whom ``data`` is for."""
    letters, categories = set(data.grids["letter"]), issue_words.choices(data)
    return replace(
        filters,
        letters=tuple(x for x in filters.letters if x in letters),
        compounds=tuple(x for x in filters.compounds if x in data.compounds.index),
        categories=tuple(x for x in filters.categories if x in categories),
        assignees=tuple(x for x in filters.assignees if x in data.staff.index),
        reporters=tuple(x for x in filters.reporters if x in data.staff.index),
    )


def focus(data: CommunityData, filters: Filters) -> pd.Index | None:
    """Return the ids of the grids in focus, or None for all: those with the letters, and with compounds in focus."""
    if not filters.letters and not filters.compounds:
        return None
    grids: pd.Index = data.grids.index
    if filters.letters:
        grids = grids[data.grids["letter"].isin(filters.letters)]
    if filters.compounds:
        grids = grids[grids.isin(data.buildings.loc[buildings_in_focus(data, filters), "grid_id"].dropna())]
    return grids


def buildings_in_focus(data: CommunityData, filters: Filters) -> pd.Index:
    """Return the ids of the buildings in the grids and compounds in focus."""
    rows = data.buildings
    if filters.letters:
        rows = rows[rows["letter"].isin(filters.letters)]
    if filters.compounds:
        rows = rows[rows["compound_id"].isin(filters.compounds)]
    found: pd.Index = rows.index
    return found


def compounds_of(data: CommunityData, rows: pd.DataFrame) -> pd.Series:
    """Return the compound that each issue or service point is in: as it says, else its building's, else its place's."""
    found = rows["building_id"].map(data.buildings["compound_id"]).astype("Int64")
    if "compound_id" in rows.columns:
        found = rows["compound_id"].astype("Int64").fillna(found)
    lost = rows.geometry[found.isna() & ~rows.geometry.is_empty]
    row, compound = data.compounds.sindex.query(lost.to_numpy(), predicate="intersects")
    inside = pd.Series(data.compounds.index[compound], index=lost.index[row], dtype="Int64")
    return found.fillna(inside[~inside.index.duplicated()].reindex(found.index))


def issues_shown(data: CommunityData, filters: Filters, now: dt.datetime) -> pd.DataFrame:
    """Return the issues that the filters let through, with their ``group``."""
    issues: pd.DataFrame = data.issues.assign(group=layers.issue_groups(data.issues, now))
    if filters.letters:
        issues = issues[issues["grid_id"].isin(data.grids.index[data.grids["letter"].isin(filters.letters)])]
    if filters.compounds:
        issues = issues[compounds_of(data, issues).isin(filters.compounds)]
    issues = issues[issues["group"].isin(ISSUE_GROUPS[filters.issues])]
    chosen = {
        "source": filters.sources,
        "state": filters.states,
        "assignee_id": filters.assignees,
        "reporter_id": filters.reporters,
    }
    for column, values in chosen.items():
        if values:
            issues = issues[issues[column].isin(values)]
    if filters.categories:
        issues = issues[issues["category"].isin(issue_words.members(data, filters.categories))]
    if filters.since is not None or filters.until is not None:
        issues = issues[issue_words.reported_within(issues, filters.since, filters.until)]
    return issue_words.holding(data, issues, filters.text)


def points_shown(data: CommunityData, filters: Filters) -> gpd.GeoDataFrame:
    """Return the service points that stand in the grids and compounds in focus; all where nothing is in focus."""
    points = data.points
    if filters.letters:
        grids = data.grids.loc[data.grids["letter"].isin(filters.letters), ["geom"]]
        points = points[points.index.isin(points.sjoin(grids, predicate="intersects").index)]
    if filters.compounds:
        points = points[compounds_of(data, points).isin(filters.compounds)]
    return points


def registered(data: CommunityData, kind: str) -> bool:
    """Whether the community has any point of ``kind``: without one, nobody can be said to lack cover by it."""
    return bool(len(data.points) if kind == ANY_KIND else (data.points["kind"] == kind).any())


def figures(
    data: CommunityData,
    covered: coverage.Coverage,
    filters: Filters,
    *,
    now: dt.datetime,
    issues_everywhere: bool = False,
) -> Figures:
    """Return the figures for the grids in focus.

    With ``issues_everywhere`` issues are counted in the whole community all the same: who may see numbers only cannot
    subtract one part from another.
    """
    homes = dwellings(data)
    homes = homes[homes.index.isin(buildings_in_focus(data, filters))]
    out = covered.state.reindex(homes.index) == coverage.OUT_OF_REACH
    counted = Filters() if issues_everywhere else filters
    issues = issues_shown(data, replace(counted, issues="all"), now)
    share, n = indicators.at_source_share(issues)
    last = last_visits(data)
    recent = last[[day >= data.day - dt.timedelta(days=28) for day in last]]
    walk = layers.shown_walk(data)
    return Figures(
        buildings=len(homes),
        households=int(homes["households"].sum()),
        households_known=bool((data.buildings["households"] > 0).any()),
        households_estimated=bool(homes["households_estimated"].any()),
        uncovered_buildings=int(out.sum()),
        uncovered_households=int(homes.loc[out, "households"].sum()),
        open_issues=int((issues["group"] != "settled").sum()),
        overdue_issues=int((issues["group"] == "overdue").sum()),
        at_source=share,
        at_source_n=n,
        visited_buildings=int(homes.index.isin(recent.index).sum()),
        next_walk=None if walk is None else data.walks.at[walk, "day"],
    )


def last_visits(data: CommunityData) -> pd.Series:
    """Return the day of the last visit of each building that a walk has visited."""
    return indicators.last_visit(data.stops, data.walks)


def household_classes(data: CommunityData) -> list[int]:
    """Return upper limits of at most six classes of households, at round quantiles."""
    lived_in = data.buildings.loc[data.buildings["households"] > 0, "households"]
    if lived_in.empty:
        return []
    tops = np.ceil(lived_in.quantile([1 / 6, 2 / 6, 3 / 6, 4 / 6, 5 / 6, 1.0])).astype(int)
    return sorted(set(tops.tolist()))
