"""Divisions of a community as tables, in the words of a language, for the page and for Excel."""

from __future__ import annotations

from collections.abc import Sequence

import geopandas as gpd
import pandas as pd

from gridmap import catalogues, i18n
from gridmap.analysis import districting_division
from gridmap.services import community_data, grid_divisions, layers
from gridmap.services.community_data import CommunityData
from gridmap.services.grid_divisions import Drawn
from gridmap.services.grid_proposals import Plan, Proposal
from gridmap.services.grid_versions import Comparison


def grids(data: CommunityData, shown: Drawn, loads: Sequence[str], *, leaders: bool, language: str) -> pd.DataFrame:
    """Return a row a grid: what it is called, what it carries, how far that is off the mean.

    Parameters
    ----------
    data, shown
        The community and the division.
    loads
        Which loads are told.
    leaders
        Whether it is told who leads each grid.
    language
        Language of headings and values.
    """
    counted = grid_divisions.loads(data, shown)
    rows = shown.grids
    made: dict[str, pd.Series] = {
        "letter": rows["letter"],
        "name": rows["name"],
        "code": rows["code"],
        "colour": rows["colour"].map(lambda key: catalogues.label("grid_palette", key, language, "key")),
    }
    if leaders:
        made["leader"] = community_data.named(rows["leader_id"], data.staff["name"])
    for load in loads:
        made[load] = counted[load]
    made["deviation"] = (grid_divisions.deviation(counted["households"]) * 100).round(1)
    made["area_m2"] = counted["area_m2"]
    metric: gpd.GeoSeries = rows.geometry.to_crs(data.buildings_m.crs)
    made["polsby_popper"] = districting_division.polsby_popper(metric[~metric.is_empty]).reindex(rows.index).round(2)
    return _headed(pd.DataFrame(made, index=rows.index), language)


def buildings(data: CommunityData, shown: Drawn, language: str) -> pd.DataFrame:
    """Return a row a building with its grid."""
    frame = pd.DataFrame(
        {
            "compound": data.buildings["compound"],
            "number": data.buildings["number"],
            "households": data.buildings["households"],
            "grid": community_data.named(shown.grid_of, pd.Series(shown.names)),
        }
    )
    return _headed(frame.sort_values(["grid", "compound", "number"], kind="stable"), language)


def changes(data: CommunityData, before: Drawn, after: Drawn, language: str) -> pd.DataFrame:
    """Return a row a building that is in another grid in ``after``, told by the grids' codes; index = id."""
    codes = [shown.grid_of.map(shown.grids["code"]).fillna("") for shown in (before, after)]
    moved = codes[0].index[(codes[0] != codes[1]).to_numpy()]
    frame = pd.DataFrame(
        {
            "building": layers.building_titles(data.buildings.loc[moved], language),
            "households": data.buildings.loc[moved, "households"],
            "before": community_data.named(before.grid_of.loc[moved], pd.Series(before.names)),
            "after": community_data.named(after.grid_of.loc[moved], pd.Series(after.names)),
        },
        index=moved,
    )
    return _headed(frame, language)


def moved(data: CommunityData, both: Comparison, language: str) -> pd.DataFrame:
    """Return a row a building that differs between two divisions; index = id."""
    rows = both.moved
    frame = pd.DataFrame(
        {
            "building": layers.building_titles(data.buildings.loc[rows.index], language),
            "households": rows["households"],
            "before": rows["before"],
            "after": rows["after"],
        },
        index=rows.index,
    )
    return _headed(frame, language)


def proposals(plan: Plan, language: str) -> pd.DataFrame:
    """Return a row a proposal with what it is worth; index from 0."""
    return _headed(pd.DataFrame([_worth(one) for one in plan.proposals]), language)


def _worth(proposal: Proposal) -> dict[str, object]:
    division = proposal.division
    return {
        "max_deviation": round(division.deviation * 100, 2),
        "bound": round(division.bound * 100, 2),
        "cut": len(division.cut_compounds),
        "changed": division.changed,
        "polsby_popper": round(proposal.polsby_popper, 3),
        "walk_m": round(division.walk_m),
        "smallest": int(division.buildings.min()),
    }


def _headed(frame: pd.DataFrame, language: str) -> pd.DataFrame:
    return frame.rename(columns={column: i18n.text(f"grids.column.{column}", language) for column in frame.columns})
