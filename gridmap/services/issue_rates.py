"""Issues per 100 households, by building, compound and grid, and what of their differences is more than chance."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Literal

import geopandas as gpd
import numpy as np
import pandas as pd

from gridmap import i18n
from gridmap.analysis import hotspots, rates
from gridmap.services import layers, overview, sight
from gridmap.services.community_data import CommunityData
from gridmap.services.sight import Sight

By = Literal["building", "compound", "grid"]
BY: tuple[By, ...] = ("compound", "building", "grid")
PER_HOUSEHOLDS = 100
RECENT = dt.timedelta(weeks=12)
"""The period of the rates that colour the overview."""
NEIGHBOURS_M = 150.0
"""How far a neighbour may be whose rate a hot spot is judged with."""
STEPS = (0.5, 0.8, 1.25, 2.0)
"""Limits of the classes of rates, as times the rate of all places together."""
_COLUMNS = ("name", "households", "issues", "rate", "shrunk", "low", "high", "beside")


@dataclass(frozen=True, kw_only=True, eq=False)
class Rates:
    """Rates of one kind of place.

    Parameters
    ----------
    by
        Kind of place.
    table
        A row a place, indexed by its id, highest shrunk rate first: ``name``, ``households``, ``issues`` (pd.NA where
        not to be told), ``rate``, ``shrunk``, ``low``, ``high`` (per 100 households over the period; NaN without
        households), ``beside`` (``"above"``, ``"below"`` or ``"chance"``).
    overall
        Issues per 100 households of all places together; NaN without households.
    counted
        Issues that are in the table.
    elsewhere
        Issues of the period at no such place, such as those on a street.
    """

    by: By
    table: pd.DataFrame
    overall: float
    counted: int
    elsewhere: int


def of(data: CommunityData, issues: pd.DataFrame, by: By, seen: Sight, language: str = "zh") -> Rates:
    """Return the rates of issues by a kind of place, as far as a person sees them.

    Parameters
    ----------
    data
        The community; for those who see numbers only the whole of it.
    issues
        The issues that are counted, those of a period.
    by
        Kind of place.
    seen
        What the person sees: places in their grids alone, and to whom no issue is shown no number below three, nor
        one by which the total would tell it.
    language
        Language of the names of buildings.
    """
    homes = homes_of(data, seen)
    places = places_of(data, issues, by)
    households = homes["households"].groupby(_group(homes, by)).sum()
    if by != "building" and seen.figures is None:
        every = data.compounds.index if by == "compound" else data.grids.index
        households = households.reindex(every.union(households.index), fill_value=0)
    counted = places[places.isin(households.index)]
    events = counted.value_counts().reindex(households.index).fillna(0).astype("int64")
    made = rates.empirical_bayes(events, households).drop(columns="weight")
    made = made.join(rates.interval(events, households)) * PER_HOUSEHOLDS
    table = made.assign(
        name=_names(data, by, language).reindex(households.index).fillna(""),
        households=households.astype("int64"),
        issues=events.astype("Int64"),
        beside=rates.beside_chance(events, households),
    )[list(_COLUMNS)]
    if not seen.layer("issues"):
        hidden = _hidden(events)
        table.loc[hidden, ["issues", "rate", "shrunk", "low", "high"]] = pd.NA
        table.loc[hidden, "beside"] = rates.CHANCE
    known = households[households > 0]
    overall = float(events[known.index].sum() / known.sum() * PER_HOUSEHOLDS) if len(known) else float("nan")
    order = table.sort_values(["shrunk", "issues", "name"], ascending=[False, False, True], kind="stable")
    return Rates(
        by=by, table=order, overall=overall, counted=int(events.sum()), elsewhere=len(issues) - int(events.sum())
    )


def homes_of(data: CommunityData, seen: Sight) -> gpd.GeoDataFrame:
    """Return the buildings of which a person is told figures, in metres."""
    homes = data.buildings_m
    return homes if seen.figures is None else homes[homes["grid_id"].isin(seen.figures)]


def places_of(data: CommunityData, issues: pd.DataFrame, by: By) -> pd.Series:
    """Return the place of each issue; NA where it is at none."""
    if by == "compound":
        return overview.compounds_of(data, issues)
    return issues[f"{by}_id"].astype("Int64")


def hot_spots(data: CommunityData, issues: pd.DataFrame, seen: Sight) -> hotspots.HotSpots:
    """Return which buildings lie among others with high or low rates: Gi* of shrunk rates.

    Buildings without households or without a place have no rate.
    """
    homes = homes_of(data, seen)
    homes = homes[(homes["households"] > 0) & ~homes.geometry.is_empty]
    events = issues["building_id"].astype("Int64").value_counts().reindex(homes.index).fillna(0).astype("int64")
    shrunk = rates.empirical_bayes(events, homes["households"])["shrunk"]
    return hotspots.gi_star(shrunk, hotspots.neighbourhoods(homes, radius_m=NEIGHBOURS_M))


def recent(data: CommunityData, seen: Sight, now: dt.datetime) -> Rates:
    """Return the rates by compound of the last twelve weeks, which colour the overview."""
    return of(data, data.issues[data.issues["reported_at"] >= now - RECENT], "compound", seen)


def classes(found: Rates) -> pd.Series:
    """Return the class of each place, "0" to "4" by its shrunk rate beside that of all; "-" where none is told."""
    shrunk = found.table["shrunk"].astype("float64")
    if not found.overall > 0:
        return pd.Series("-", index=shrunk.index, dtype="str")
    steps = np.searchsorted(np.array(STEPS) * found.overall, shrunk.to_numpy(), side="right")
    return pd.Series(np.where(shrunk.isna(), "-", steps.astype(str)), index=shrunk.index, dtype="str")


def limits(found: Rates) -> tuple[float, ...]:
    """Return the upper limits of all classes but the last, in issues per 100 households; none without a rate."""
    return tuple(step * found.overall for step in STEPS) if found.overall > 0 else ()


def class_words(found: Rates, language: str) -> dict[str, str]:
    """Return what each class means: between how many issues per 100 households; none without a rate."""
    tops = limits(found)
    if not tops:
        return {}
    words = {str(k): f"{low:.1f}–{high:.1f}" for k, (low, high) in enumerate(zip((0.0, *tops), tops, strict=False))}
    return words | {str(len(tops)): i18n.text("map.legend.rate_above", language, low=f"{tops[-1]:.1f}")}


def signs(data: CommunityData, found: Rates, seen: Sight) -> str:
    """Return one sign a building in the layer's order: the class of its compound's rate, "-" where none is told."""
    shown = data.buildings[~data.buildings.geometry.is_empty]
    told = shown["compound_id"].astype("Int64").map(classes(found)).fillna("-")
    told[~shown.index.isin(homes_of(data, seen).index) | (shown["households"] <= 0)] = "-"
    return "".join(told)


def hot_signs(data: CommunityData, found: hotspots.HotSpots) -> str:
    """Return one sign a building in the layer's order: 2 hot, 1 cold, 0 neither, - without a rate."""
    shown = data.buildings.index[~data.buildings.geometry.is_empty]
    code = {hotspots.HOT: "2", hotspots.COLD: "1", hotspots.NEITHER: "0"}
    return "".join(found.state.map(code).reindex(shown).fillna("-"))


def _hidden(events: pd.Series) -> pd.Series:
    """Return whose numbers are not told: those below three, and one more where all the others would tell them."""
    hidden = (events > 0) & (events < sight.FEWEST)
    left, n = int(events[hidden].sum()), int(hidden.sum())
    # What is left of the total tells a single one, and several that are all one or all two.
    if n and left in (n, n * (sight.FEWEST - 1)) and not hidden.all():
        others = events[~hidden]
        hidden |= hidden.index == (others[others > 0].idxmin() if others.any() else others.index[0])
    return hidden


def _group(homes: pd.DataFrame, by: By) -> pd.Series:
    if by == "building":
        return homes.index.to_series()
    return homes[f"{by}_id"].astype("Int64")


def _names(data: CommunityData, by: By, language: str) -> pd.Series:
    if by == "building":
        return layers.building_titles(data.buildings, language)
    names: pd.Series = data.compounds["name"]
    if by == "grid":
        names = data.grids["letter"] + " " + data.grids["name"]
    return names
