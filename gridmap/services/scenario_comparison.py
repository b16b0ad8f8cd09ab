"""A scenario beside today: who is covered now, who would be, by building, compound and grid."""

from __future__ import annotations

from dataclasses import dataclass

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from gridmap.analysis import assignment, siting
from gridmap.services import overview, siting_plan
from gridmap.services.community_data import CommunityData
from gridmap.services.community_settings import CommunitySettings
from gridmap.services.scenarios import Scenario


@dataclass(frozen=True, kw_only=True, eq=False)
class Comparison:
    """Today and the scenario, each covered within the scenario's distance.

    Parameters
    ----------
    today, then
        Households and buildings by how they fare.
    buildings
        A row for each building where people live, by its id: ``building`` (number), ``compound``, ``grid`` (letter),
        ``households``, and for today and then ``state_*``, ``covered_*`` (households), ``walk_*`` (metres on average of
        those covered; NaN for none).
    compounds, grids
        The same added up by name: ``households``, ``covered_today``, ``covered_then``, ``gained``.
    """

    today: assignment.Figures
    then: assignment.Figures
    buildings: pd.DataFrame
    compounds: pd.DataFrame
    grids: pd.DataFrame


def compare(data: CommunityData, chosen: CommunitySettings, kept: Scenario) -> Comparison:
    """Set a scenario beside the community as it is; the points that it has added already count as not there."""
    homes = overview.dwellings(data)
    homes = homes[~homes.geometry.is_empty]
    points = data.points_m[(data.points_m["kind"] == kept.kind) & ~data.points_m.geometry.is_empty]
    points = points[~points.index.isin(kept.added)]
    spots = gpd.GeoSeries(
        shapely.points(np.array([(one.lon, one.lat) for one in kept.places]).reshape(-1, 2)), crs="EPSG:4326"
    )
    where = pd.concat([points.geometry, spots.to_crs(homes.crs)])
    limit_m = siting_plan.LONGEST_WALK_M if kept.objective in ("pmedian", "pcenter") else kept.walk_m
    there = [kept.room if pd.isna(one) else int(one) for one in points["capacity_households"]]
    asked = siting.problem(
        siting_plan.walks(data, chosen, homes, where, limit_m, straight=kept.straight),
        homes["households"].to_numpy(),
        objective=siting.Objective.MCLP,
        facilities=len(where),
        add=0,
        room=[*there, *(kept.room if one.room is None else one.room for one in kept.places)] if kept.capacity else None,
    )
    now = np.arange(len(where)) < len(points)
    then = ~now | ~np.r_[points.index.isin(kept.closed), np.zeros(len(spots), dtype=bool)]
    served = {"today": asked.serve(now), "then": asked.serve(then)}
    table = pd.DataFrame(
        {
            "building": homes["number"],
            "compound": homes["compound"],
            "grid": homes["letter"],
            "households": homes["households"].astype("int64"),
        }
    )
    for name, one in served.items():
        walked = np.bincount(one.demand, weights=one.served * one.walk_m, minlength=len(homes))
        table[f"state_{name}"] = one.state.to_numpy()
        table[f"covered_{name}"] = one.covered
        table[f"walk_{name}"] = np.where(one.covered > 0, walked / np.maximum(one.covered, 1), np.nan)
    return Comparison(
        today=served["today"].summary(),
        then=served["then"].summary(),
        buildings=table,
        compounds=_added_up(table, "compound"),
        grids=_added_up(table, "grid"),
    )


def _added_up(table: pd.DataFrame, by: str) -> pd.DataFrame:
    added = table.groupby(by)[["households", "covered_today", "covered_then"]].sum()
    return added.assign(gained=added["covered_then"] - added["covered_today"])
