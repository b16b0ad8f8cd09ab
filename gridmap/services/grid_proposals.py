"""Proposals of grids for a community, what they are balanced by, and how one of them becomes valid."""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from gridmap import crs
from gridmap.analysis import districting, districting_division, districting_ground, indicators, tessellation
from gridmap.analysis.districting_division import Division, Remark
from gridmap.analysis.districting_ground import Ground
from gridmap.errors import InputError
from gridmap.services import grid_lines
from gridmap.services.community_data import CommunityData

#: What grids may be balanced by.
LOADS = ("households", "need", "issues", "buildings")


_MIXED = 1000.0


@dataclass(frozen=True, kw_only=True)
class Wish:
    """What is asked.

    Parameters
    ----------
    k
        How many grids.
    weights
        What they are balanced by: one of `LOADS`, or several with what each weighs; 1 and 1 weighs the whole of the
        community's households as much as the whole of its open issues.
    keep_compounds
        Whether no compound may be cut.
    stay
        Whether the grids that somebody drew or confirmed are kept where that costs little.
    fixed
        Buildings that must be in a grid, by number of the grid from 0.
    seconds
        About how long to look.
    seed
        The same seed gives the same proposals.
    most
        How many proposals at most.
    """

    k: int
    weights: Mapping[str, float] = field(default_factory=lambda: {"households": 1.0})
    keep_compounds: bool = False
    stay: bool = True
    fixed: Mapping[int, int] = field(default_factory=dict)
    seconds: float = districting.SECONDS
    seed: int = 0
    most: int = 4


@dataclass(frozen=True, kw_only=True, eq=False)
class Proposal:
    """A division with its areas.

    Parameters
    ----------
    division
        Each building's grid, and what that is worth.
    tiles
        Areas in WGS 84 by number of the grid, with ``load``, ``buildings`` and ``polsby_popper``.
    """

    division: Division
    tiles: gpd.GeoDataFrame

    @property
    def polsby_popper(self) -> float:
        """How compact the grids are in the mean, 1 for discs."""
        return float(self.tiles["polsby_popper"].mean())


@dataclass(frozen=True, kw_only=True, eq=False)
class Plan:
    """What was asked and what was found, the best first; no even division cuts fewer compounds than ``fewest_cut``."""

    wish: Wish
    proposals: tuple[Proposal, ...]
    remarks: tuple[Remark, ...]
    seconds: float
    fewest_cut: int | None = None


def weights(text: str) -> dict[str, float]:
    """Read what grids are balanced by: ``households``, or ``households=2,issues=1``.

    Raises
    ------
    InputError
        If a load is not known, or a weight is no number of 0 or more.
    """
    read: dict[str, float] = {}
    for part in text.split(","):
        name, equals, number = part.partition("=")
        name = name.strip()
        if name not in LOADS:
            raise InputError("grid_load_unknown", found=name, loads=LOADS)
        try:
            read[name] = float(number) if equals else 1.0
        except ValueError as fault:
            raise InputError("grid_weight_wrong", load=name, found=number.strip()) from fault
        if not (np.isfinite(read[name]) and read[name] >= 0):
            raise InputError("grid_weight_wrong", load=name, found=number.strip())
    return read


def propose(data: CommunityData, wish: Wish) -> Plan:
    """Propose grids for a community.

    Parameters
    ----------
    data
        The community as the person may see it: of households in need only numbers are used.
    wish
        What is asked.

    Raises
    ------
    InputError
        If there is no building with a place, or the wish cannot be met.
    """
    begun = time.perf_counter()
    if placed(data).empty:
        raise InputError("grids_no_building")
    districting.require_count(wish.k, len(placed(data)))
    ground = ground_of(data)
    if ground.units < wish.k:
        ground = _built(data, wish.k)
    found = districting.propose(
        ground,
        wish.k,
        load(data, wish.weights),
        keep_compounds=wish.keep_compounds,
        present=today(data) if wish.stay and not data.grids_proposed and len(data.grids) == wish.k else None,
        fixed=wish.fixed,
        seconds=wish.seconds,
        seed=wish.seed,
        most=wish.most,
    )
    proposals = tuple(Proposal(division=one, tiles=tiles(data, one)) for one in found.divisions)
    return Plan(
        wish=wish,
        proposals=proposals,
        remarks=found.remarks,
        seconds=time.perf_counter() - begun,
        fewest_cut=found.fewest_cut,
    )


def placed(data: CommunityData) -> gpd.GeoDataFrame:
    """Return the buildings whose place is known, in metres."""
    return data.buildings_m[~data.buildings_m.geometry.is_empty]


def load(data: CommunityData, weighed: Mapping[str, float]) -> pd.Series:
    """Return the load of each building whose place is known, from one count or several.

    Of several, each is the building's part of 1000 for the whole community, times what it weighs.
    """
    counted = counts(data)
    if len(weighed) == 1:
        alone: pd.Series = counted[next(iter(weighed))]
        return alone
    mixed = pd.Series(0.0, index=counted.index)
    for name, weight in weighed.items():
        total = counted[name].sum()
        if total > 0:
            mixed += weight * counted[name] * (_MIXED / total)
    return mixed


def counts(data: CommunityData) -> pd.DataFrame:
    """Return households, households in need, open issues and 1 of each building whose place is known."""
    index = placed(data).index
    issues = data.issues[indicators.open_issues(data.issues)]
    return pd.DataFrame(
        {
            "households": data.buildings["households"].reindex(index).fillna(0),
            "need": data.care_counts.reindex(index).fillna(0),
            "issues": issues.groupby("building_id").size().reindex(index).fillna(0),
            "buildings": 1,
        },
        index=index,
        dtype=float,
    )


def today(data: CommunityData) -> pd.Series:
    """Return the grid of today of each building whose place is known, by number from 0 in the order of codes."""
    number = {grid: at for at, grid in enumerate(data.grids.sort_values(["code", "name"], kind="stable").index)}
    grid: pd.Series = placed(data)["grid_id"].map(number).astype(float)
    return grid


def tiles(data: CommunityData, division: Division) -> gpd.GeoDataFrame:
    """Return the areas of a division in WGS 84, with load, buildings and how compact they are."""
    drawn = tessellation.tile(placed(data), division.grid, area(data), grid_lines.of_data(data))
    compact = districting_division.polsby_popper(drawn)
    return drawn.to_crs(crs.WGS84).assign(load=division.load, buildings=division.buildings, polsby_popper=compact)


@lru_cache(maxsize=8)
def ground_of(data: CommunityData) -> Ground:
    """Return who is a neighbour of whom in a community; the same as long as its data is the same object."""
    return _built(data, 1)


def _built(data: CommunityData, least: int) -> Ground:
    buildings = placed(data)
    named = buildings["compound"].where(buildings["compound_id"].notna(), None)
    lines = grid_lines.of_data(data)
    streets, paths, walls = (lines.geometry[lines["kind"] == kind] for kind in ("street", "path", "wall"))
    return districting_ground.build(
        buildings.assign(compound=named),
        boundary=_area(data),
        compound="compound",
        streets=streets,
        paths=paths,
        walls=walls,
        least=least,
    )


def area(data: CommunityData) -> shapely.MultiPolygon:
    """Return the area that grids divide, in metres: inside the boundary, or drawn around the buildings without one."""
    drawn = _area(data)
    return tessellation.outline(placed(data)) if drawn is None else drawn


def _area(data: CommunityData) -> shapely.MultiPolygon | None:
    if data.boundary.empty:
        return None
    # A straight edge in degrees is a slight curve in metres.
    area: Any = crs.densified(data.boundary).to_crs(data.buildings_m.crs).geometry.iloc[0]
    return area


def described(plan: Plan, proposal: Proposal) -> dict[str, Any]:
    """Return a proposal as an object for other programs."""
    division = proposal.division
    return {
        "grids": [
            {
                "code": f"{at + 1:03d}",
                "load": _plain(float(division.load.iloc[at])),
                "buildings": int(division.buildings.iloc[at]),
                "polsby_popper": round(float(proposal.tiles["polsby_popper"].iloc[at]), 4),
            }
            for at in range(plan.wish.k)
        ],
        "max_deviation": round(division.deviation, 6),
        "bound": round(division.bound, 6),
        "pieces": division.pieces,
        "cut_compounds": len(division.cut_compounds),
        "cut": list(division.cut_compounds),
        "fewest_cut": plan.fewest_cut,
        "polsby_popper": round(proposal.polsby_popper, 4),
        "walk_m": round(division.walk_m, 1),
        "changed": division.changed,
    }


def _plain(value: float) -> float | int:
    return int(value) if value.is_integer() else round(value, 6)
