"""Grids, compounds and walks as tables, in the words of a language."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace

import pandas as pd

from gridmap import i18n
from gridmap.analysis import coverage, indicators
from gridmap.model import StopOutcome, WalkState
from gridmap.services import community_data, overview
from gridmap.services.community_data import CommunityData
from gridmap.services.overview import Filters

_RECENT = dt.timedelta(days=28)


def grids(data: CommunityData, covered: coverage.Coverage, filters: Filters, now: dt.datetime) -> pd.DataFrame:
    """Return a row a grid: its leader, and what is counted in it within the filters.

    How far its households are off the mean is told of the whole grid and of all grids, whatever is filtered.
    """
    focus = overview.focus(data, filters)
    rows = data.grids if focus is None else data.grids.loc[focus]
    homes = data.buildings.loc[overview.buildings_in_focus(data, filters)]
    by_grid = homes["households"].groupby(homes["grid_id"])
    out = homes[homes.index.isin(covered.state.index[covered.state == coverage.OUT_OF_REACH])]
    every = data.buildings.groupby("grid_id")["households"].sum().reindex(data.grids.index).fillna(0)
    mean = every.mean()
    issues = overview.issues_shown(data, replace(filters, issues="all"), now)
    walked = data.walks[data.walks["state"] == WalkState.DONE.value].groupby("grid_id")["day"].max()
    off = ((every / mean - 1) * 100).round(1) if mean else every * float("nan")
    uncovered = _count(out["households"].groupby(out["grid_id"]).sum(), rows.index)
    made = pd.DataFrame(
        {
            "letter": rows["letter"],
            "name": rows["name"],
            "leader": community_data.named(rows["leader_id"], data.staff["name"]),
            "buildings": _count(by_grid.size(), rows.index),
            "households": _count(by_grid.sum(), rows.index),
            "deviation": off.reindex(rows.index),
            "uncovered_households": uncovered if covered.point.notna().any() else _unknown(rows.index),
            "open_issues": _count(_open(issues).groupby("grid_id").size(), rows.index),
            "overdue_issues": _count(issues[issues["group"] == "overdue"].groupby("grid_id").size(), rows.index),
            "last_walk": rows.index.to_series().map(walked),
        },
        index=rows.index,
    )
    return made.sort_values("letter", kind="stable")


def compounds(data: CommunityData, filters: Filters, language: str, now: dt.datetime) -> pd.DataFrame:
    """Return a row a compound that has a building within the filters, or where nothing is filtered any compound."""
    homes = data.buildings.loc[overview.buildings_in_focus(data, filters)]
    rows = data.compounds
    if filters.letters:
        rows = rows[rows.index.isin(homes["compound_id"].dropna())]
    if filters.compounds:
        rows = rows[rows.index.isin(filters.compounds)]
    issues = overview.issues_shown(data, replace(filters, issues="all"), now)
    issues = issues.assign(compound_id=overview.compounds_of(data, issues))
    # What is overdue is told by the hour; what came in within this hour counts all the same.
    end = now + dt.timedelta(hours=1)
    rate = indicators.issue_rate_by_compound(issues, homes, end - _RECENT, end)
    by_compound = homes["households"].groupby(homes["compound_id"])
    made = pd.DataFrame(
        {
            "compound": rows["name"],
            "kind": rows["kind"].map(lambda kind: i18n.text(f"compound_kind.{kind}", language)),
            "property_company": rows["property_company"],
            "buildings": _count(by_compound.size(), rows.index),
            "households": _count(by_compound.sum(), rows.index),
            "open_issues": _count(_open(issues).groupby("compound_id").size(), rows.index),
            "issues_recent": _count(rate["issues"], rows.index),
            "rate": rate["per_100_households"].round(1).reindex(rows.index),
        },
        index=rows.index,
    )
    return made.sort_values(["rate", "compound"], ascending=[False, True], kind="stable")


def walks(data: CommunityData, filters: Filters, language: str) -> pd.DataFrame:
    """Return a row a walk, the latest day first."""
    focus = overview.focus(data, filters)
    rows = data.walks if focus is None else data.walks[data.walks["grid_id"].isin(focus)]
    stops = data.stops.groupby("walk_id").size()
    reached = [outcome.value for outcome in StopOutcome if outcome.reached]
    done = data.stops[data.stops["outcome"].isin(reached)].groupby("walk_id").size()
    known = data.walkers[data.walkers["staff_id"].isin(data.staff.index)]
    names = known["staff_id"].map(data.staff["name"]).groupby(known["walk_id"])
    walkers = names.agg("、".join if language == "zh" else ", ".join)
    made = pd.DataFrame(
        {
            "day": rows["day"],
            "half": rows["half"].map(lambda half: i18n.text(f"half.{half}", language)),
            "grid": community_data.named(rows["grid_id"], data.grids["letter"] + " " + data.grids["name"]),
            "walkers": community_data.named(rows.index.to_series(), walkers),
            "stops": _count(stops, rows.index),
            "stops_done": _count(done, rows.index),
            "walk_m": rows["walk_m"].round().astype("Int64"),
            "state": rows["state"].map(lambda state: i18n.text(f"walk_state.{state}", language)),
        },
        index=rows.index,
    )
    # "afternoon" comes before "morning" in the alphabet, and is the later of the two.
    order = rows.sort_values(["day", "half"], ascending=[False, True], kind="stable")
    return made.reindex(order.index)


def _open(issues: pd.DataFrame) -> pd.DataFrame:
    unsettled: pd.DataFrame = issues[issues["group"] != "settled"]
    return unsettled


def _count(counts: pd.Series, index: pd.Index) -> pd.Series:
    return counts.reindex(index).fillna(0).astype(int)


def _unknown(index: pd.Index) -> pd.Series:
    return pd.Series(pd.NA, index=index, dtype="Int64")
