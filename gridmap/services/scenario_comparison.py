"""Scenarios beside today or beside each other: who is covered, by building, compound and grid; and as a table."""

from __future__ import annotations

from dataclasses import dataclass

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray

from gridmap import i18n
from gridmap.analysis import assignment, siting
from gridmap.exchange import workbook
from gridmap.services import overview, scenario_changes, siting_plan
from gridmap.services.community_data import CommunityData
from gridmap.services.community_settings import CommunitySettings
from gridmap.services.scenarios import Scenario

STATES = ("covered", "full", "out_of_reach")


@dataclass(frozen=True, kw_only=True)
class Side:
    """One side of a comparison.

    Parameters
    ----------
    points
        Numbers of the points that stand there, of those that are kept.
    places
        Places of those that are not there yet: name, longitude, latitude.
    figures
        Households and buildings by how they fare.
    """

    points: tuple[int, ...]
    places: tuple[tuple[str, float, float], ...]
    figures: assignment.Figures


@dataclass(frozen=True, kw_only=True, eq=False)
class Comparison:
    """Today (or another scenario) and a scenario, each covered within the scenario's distance.

    Parameters
    ----------
    sides
        Today or the other scenario, and the scenario.
    buildings
        A row for each building where people live, by its id: ``building`` (number), ``compound``, ``grid`` (letter),
        ``households``, and for today and then ``state_*``, ``covered_*`` (households), ``walk_*`` (metres on average of
        those covered; NaN for none).
    compounds, grids
        The same added up by name: ``households``, ``covered_today``, ``covered_then``, ``gained``.
    """

    sides: tuple[Side, Side]
    buildings: pd.DataFrame
    compounds: pd.DataFrame
    grids: pd.DataFrame

    @property
    def today(self) -> assignment.Figures:
        """Figures of the first side."""
        return self.sides[0].figures

    @property
    def then(self) -> assignment.Figures:
        """Figures of the second side."""
        return self.sides[1].figures


def compare(
    data: CommunityData, chosen: CommunitySettings, kept: Scenario, beside: Scenario | None = None
) -> Comparison:
    """Set a scenario beside the community as it is, or beside another scenario of the same kind.

    Both sides are measured as the scenario was. Points that either has added already count as not there, and what one
    of them has closed already stands on neither side.
    """
    homes = overview.dwellings(data)
    homes = homes[~homes.geometry.is_empty]
    points = data.points_m[(data.points_m["kind"] == kept.kind) & ~data.points_m.geometry.is_empty]
    points = points[~points.index.isin([*kept.added, *(() if beside is None else beside.added)])]
    proposed = [scenario for scenario in (beside, kept) if scenario is not None]
    spots = [(one.lon, one.lat) for scenario in proposed for one in scenario.places]
    placed = gpd.GeoSeries(shapely.points(np.array(spots).reshape(-1, 2)), crs="EPSG:4326").to_crs(homes.crs)
    where = pd.concat([points.geometry, placed])
    limit_m = siting_plan.LONGEST_WALK_M if kept.objective in ("pmedian", "pcenter") else kept.walk_m
    rooms = [kept.room if pd.isna(one) else int(one) for one in points["capacity_households"]]
    rooms += [kept.room if one.room is None else one.room for scenario in proposed for one in scenario.places]
    asked = siting.problem(
        siting_plan.walks(data, chosen, homes, where, limit_m, straight=kept.straight),
        homes["households"].to_numpy(),
        objective=siting.Objective.MCLP,
        facilities=len(where),
        add=0,
        room=rooms if kept.capacity else None,
    )
    owner = np.r_[
        np.full(len(points), -1), np.repeat(np.arange(len(proposed)), [len(one.places) for one in proposed])
    ].astype(int)

    def opened(scenario: Scenario | None) -> NDArray[np.bool_]:
        if scenario is None:
            return np.asarray(owner < 0)
        there = ~np.r_[points.index.isin(scenario.closed), np.zeros(len(spots), dtype=bool)]
        return np.asarray(there & ((owner < 0) | (owner == len(proposed) - 1 if scenario is kept else owner == 0)))

    table = pd.DataFrame(
        {
            "building": homes["number"],
            "compound": homes["compound"],
            "grid": homes["letter"],
            "households": homes["households"].astype("int64"),
        }
    )
    sides = []
    for name, scenario in (("today", beside), ("then", kept)):
        flags = opened(scenario)
        one = asked.serve(flags)
        walked = np.bincount(one.demand, weights=one.served * one.walk_m, minlength=len(homes))
        table[f"state_{name}"] = one.state.to_numpy()
        table[f"covered_{name}"] = one.covered
        table[f"walk_{name}"] = np.where(one.covered > 0, walked / np.maximum(one.covered, 1), np.nan)
        sides.append(
            Side(
                points=tuple(int(number) for number in points.index[flags[: len(points)]]),
                places=()
                if scenario is None
                else tuple((place.name, place.lon, place.lat) for place in scenario.places),
                figures=one.summary(),
            )
        )
    return Comparison(
        sides=(sides[0], sides[1]),
        buildings=table,
        compounds=_added_up(table, "compound"),
        grids=_added_up(table, "grid"),
    )


def _added_up(table: pd.DataFrame, by: str) -> pd.DataFrame:
    added = table.groupby(by)[["households", "covered_today", "covered_then"]].sum()
    return added.assign(gained=added["covered_then"] - added["covered_today"])


def changed(data: CommunityData, kept: Scenario, both: Comparison, language: str) -> list[str]:
    """Say what has changed since a scenario was kept, and what it comes to now."""
    return scenario_changes.told(
        data,
        kept.kind,
        kept.base,
        added=kept.added,
        closed=kept.closed,
        adopted=kept.adopted_at is not None,
        covers=both.then.covered,
        language=language,
    )


def figures(both: Comparison, first: str, second: str, language: str) -> pd.DataFrame:
    """Return the figures side by side, in words; ``first`` and ``second`` name the sides."""

    def say(key: str) -> str:
        return i18n.text(f"reach.site.{key}", language)

    rows = []
    for name in STATES:
        before, after = (getattr(one, name) for one in (both.today, both.then))
        rows.append((i18n.text(f"reach.state.{name}", language), before, after, after - before))
    stand = [len(side.points) + len(side.places) for side in both.sides]
    rows.append((say("points"), stand[0], stand[1], stand[1] - stand[0]))
    walks = [None if one.mean_walk_m is None else round(one.mean_walk_m) for one in (both.today, both.then)]
    if walks[0] is not None and walks[1] is not None:
        rows.append((say("mean_walk"), walks[0], walks[1], walks[1] - walks[0]))
    return pd.DataFrame(rows, columns=[say("figure"), first, second, say("difference")])


def table(both: Comparison, by: str, first: str, second: str, language: str) -> pd.DataFrame:
    """Return one table of the comparison in words: ``grids``, ``compounds`` or ``buildings``."""

    def say(key: str) -> str:
        return i18n.text(f"reach.site.column.{key}", language)

    names = {
        "covered_today": i18n.text("reach.site.column.covered", language, side=first),
        "covered_then": i18n.text("reach.site.column.covered", language, side=second),
    }
    if by != "buildings":
        frame = (both.grids if by == "grids" else both.compounds).reset_index()
        return frame.rename(columns={name: names.get(name) or say(name) for name in frame.columns})
    frame = both.buildings.copy()
    for side, name in (("today", first), ("then", second)):
        frame[f"state_{side}"] = [i18n.text(f"reach.state.{one}", language) for one in frame[f"state_{side}"]]
        frame[f"walk_{side}"] = frame[f"walk_{side}"].round(0)
        names[f"state_{side}"] = i18n.text("reach.site.column.state", language, side=name)
        names[f"walk_{side}"] = i18n.text("reach.site.column.walk", language, side=name)
    return frame.rename(columns={name: names.get(name) or say(name) for name in frame.columns})


def excel(both: Comparison, first: str, second: str, title: str, note: str, language: str) -> bytes:
    """Return the comparison as a workbook: figures, then by grid, compound and building."""
    sheets = {i18n.text("reach.site.sheet.figures", language): figures(both, first, second, language)}
    for by in ("grids", "compounds", "buildings"):
        sheets[i18n.text(f"reach.site.sheet.{by}", language)] = table(both, by, first, second, language)
    return workbook.write(sheets, title=title, note=note)
