"""A division of buildings into grids, with what it is worth; it checks itself."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, TypeAlias

import geopandas as gpd
import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.sparse import coo_array
from scipy.sparse.csgraph import dijkstra

from gridmap import i18n
from gridmap.analysis.districting_ground import Ground

Floats: TypeAlias = NDArray[np.float64]
Ints: TypeAlias = NDArray[np.int64]


@dataclass(frozen=True, kw_only=True)
class Remark:
    """What a person should know of a division: the key of a sentence behind ``districting.`` and its fields."""

    key: str
    fields: dict[str, Any] = field(default_factory=dict)

    def sentence(self, language: str) -> str:
        """Return the remark in ``language``."""
        return i18n.text(f"districting.{self.key}", language, **self.fields)


@dataclass(frozen=True, eq=False, kw_only=True)
class Division:
    """Each building in one grid, each grid in one piece.

    Parameters
    ----------
    grid
        Number of the grid, from 0, by building.
    load
        Load of each grid.
    buildings
        How many buildings each grid has.
    deviation
        Largest difference of a load from the mean, as a share of the mean.
    bound
        No division can be more even than this, as far as that is known, if no building is divided; where ``whole``, if
        no compound is.
    whole
        Whether compounds were to be kept whole.
    cut_compounds
        Names of the compounds that lie in more than one grid.
    pieces
        In how many pieces grids lie: as many as there are grids.
    border_m
        Metres of border between grids.
    walk_m
        How far it is from a home to the middle of its grid, from building to building, in the mean over the load.
    changed
        Buildings that are not in the grid they are in today; 0 where they are in none.
    ground
        What it was drawn on.
    """

    grid: pd.Series
    load: pd.Series
    buildings: pd.Series
    deviation: float
    bound: float
    whole: bool
    cut_compounds: tuple[str, ...]
    pieces: int
    border_m: float
    walk_m: float
    changed: int
    ground: Ground

    def __post_init__(self) -> None:
        k = len(self.load)
        if not self.grid.index.equals(self.ground.index):
            raise ValueError("a division names each building once")
        if sorted(self.grid.unique()) != list(range(k)) or int(self.buildings.sum()) != len(self.grid):
            raise ValueError("a division has a building in each grid and a grid for each building")
        if self.pieces != k:
            raise ValueError(f"{k} grids lie in {self.pieces} pieces")

    def measures(self) -> tuple[float, float, float, float, float]:
        """Return what divisions are compared by, less being better."""
        return (
            round(self.deviation, 3),
            float(len(self.cut_compounds)),
            round(self.border_m),
            round(self.walk_m),
            float(self.changed),
        )


def measured(
    ground: Ground, label: Ints, load: pd.Series, k: int, *, bound: float, whole: bool, present: pd.Series
) -> Division:
    """Return a division with its measures.

    Parameters
    ----------
    ground
        What it was drawn on.
    label
        Group of each unit of the ground.
    load
        Load of each building.
    k
        Number of grids.
    bound, whole
        As `Division` has them.
    present
        Grid that each building is in today, missing where in none.
    """
    grid = pd.Series(label[ground.unit], index=ground.index, name="grid", dtype="int64")
    carried = pd.Series(np.bincount(grid, weights=load.to_numpy(dtype=float), minlength=k), name="load")
    mean = float(carried.sum()) / k
    deviation = float(np.abs(carried / mean - 1).max())
    differ = label[ground.near.one] != label[ground.near.other]
    return Division(
        grid=grid,
        load=carried,
        buildings=pd.Series(np.bincount(grid, minlength=k), name="buildings"),
        deviation=deviation,
        # A bound that is met may lie above by what sums are rounded.
        bound=min(bound, deviation),
        whole=whole,
        cut_compounds=tuple(ground.compounds[number] for number in ground.cut(label)),
        pieces=ground.pieces(label),
        border_m=float(ground.near.border_m[differ].sum()),
        walk_m=walk_m(ground, label, ground.spread(load), k),
        changed=int((present.notna() & (present != grid)).sum()),
        ground=ground,
    )


def walk_m(ground: Ground, label: Ints, load: Floats, k: int) -> float:
    """Return the mean walk from building to building to the middle of one's own group."""
    pull = load + 1e-9 * load.sum()
    mass = np.bincount(label, weights=pull, minlength=k)
    middle = [np.bincount(label, weights=ground.places[:, axis] * pull, minlength=k) / mass for axis in (0, 1)]
    off = np.hypot(*(ground.places - np.column_stack(middle)[label]).T)
    order = np.lexsort((off, label))
    middles = order[np.unique(label[order], return_index=True)[1]]
    one, other = ground.near.one, ground.near.other
    same = label[one] == label[other]
    length_m = np.hypot(*(ground.places[one[same]] - ground.places[other[same]]).T)
    graph = coo_array((length_m + 1e-6, (one[same], other[same])), shape=(ground.units, ground.units)).tocsr()
    walk_m = dijkstra(graph, directed=False, indices=middles, min_only=True)
    return float((walk_m * pull).sum() / pull.sum())


def front(divisions: Sequence[Division]) -> list[Division]:
    """Return the divisions that no other is at least as good as in every measure, in the order given."""
    measures = np.array([one.measures() for one in divisions]).reshape(len(divisions), -1)
    kept = []
    for at, mine in enumerate(measures):
        no_worse = np.all(measures <= mine, axis=1)
        better = no_worse & np.any(measures < mine, axis=1)
        double = np.all(measures[:at] == mine, axis=1)
        if not better.any() and not double.any():
            kept.append(divisions[at])
    return kept


def polsby_popper(tiles: gpd.GeoDataFrame | gpd.GeoSeries) -> pd.Series:
    """Return how compact areas are: 1 for a disc, less the more frayed (D. D. Polsby, R. D. Popper 1991)."""
    shapes = tiles.geometry
    return pd.Series(4 * np.pi * shapes.area / shapes.length**2, name="polsby_popper")


def least_deviation(load: Floats, k: int) -> float:
    """Return a deviation that no division of these loads into ``k`` groups stays below.

    Parameters
    ----------
    load
        Loads that are not divided.
    k
        Number of groups.
    """
    sorted_load = np.sort(load * (k / load.sum()))[::-1]
    least = max(0.0, float(sorted_load[0]) - 1.0)
    # Of the r·k + 1 largest some group holds r + 1 at least.
    for r in range(1, (len(sorted_load) - 1) // k + 1):
        top = sorted_load[r * k - r : r * k + 1]
        least = max(least, float(top.sum()) - 1.0)
    # Loads above the mean leave less for the others.
    heavy = np.cumsum(sorted_load[: k - 1])
    for j, together in enumerate(heavy, 1):
        if sorted_load[j - 1] > 1:
            least = max(least, 1.0 - (k - float(together)) / (k - j))
    if (load == np.round(load)).all():
        whole = load.astype(np.int64)
        step = int(np.gcd.reduce(whole))
        mean = int(whole.sum()) / step / k
        beyond = mean - np.floor(mean)
        if beyond > 1e-9:
            least = max(least, max(beyond, 1 - beyond) / mean)
    return least
