"""Dividing a community's buildings into grids that are in one piece and carry even loads."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, TypeAlias

import geopandas as gpd
import numpy as np
import pandas as pd
from numpy.typing import NDArray
from shapely.geometry.base import BaseGeometry

from gridmap.analysis import (
    districting_division,
    districting_ground,
    districting_solving,
    districting_starts,
    districting_task,
)
from gridmap.analysis.cells import Neighbours
from gridmap.analysis.districting_division import Division, Remark
from gridmap.analysis.districting_ground import Ground
from gridmap.analysis.districting_plans import Enumeration, Plan
from gridmap.analysis.districting_task import Task
from gridmap.errors import InputError

Floats: TypeAlias = NDArray[np.float64]
Ints: TypeAlias = NDArray[np.int64]

#: Share of the mean within which loads are even.
TOLERANCE = 0.01
SECONDS = 1.0
# Loads are evened out to a little less, so that none is just above for rounding.
_AIM = 0.99
# Starts per second of a graph of so many blocks.
_STARTS, _BLOCKS = 5, 100
_FEWEST, _MOST = 2, 24
# A division that differs in fewer buildings is no other.
_DIFFERENT = 0.03
# Metres of border, in borders of a typical length, that leaving one's grid is worth for a building.
STAYING = 1.0


@dataclass(frozen=True, kw_only=True)
class Proposals:
    """Divisions to choose from, the best first, and what a person should know of them.

    Parameters
    ----------
    divisions
        The best first.
    remarks
        What is odd about the town or the wish.
    fewest_cut
        No division that is even cuts fewer compounds; None where that is not known.
    """

    divisions: tuple[Division, ...]
    remarks: tuple[Remark, ...]
    fewest_cut: int | None = None


def partition(
    buildings: gpd.GeoDataFrame,
    k: int,
    *,
    load: str | None = "households",
    seed: int = 0,
    boundary: BaseGeometry | None = None,
) -> pd.Series:
    """Divide buildings into ``k`` groups whose ground is in one piece and whose loads are even.

    Parameters
    ----------
    buildings
        Footprints in a projected CRS in metres.
    k
        Number of groups, 1 to the number of buildings.
    load
        Column with the load to even out; None counts buildings, as do loads that are all 0.
    seed
        The same seed gives the same division.
    boundary
        Area within which ground must hang together, in the CRS of ``buildings``; by default
        `tessellation.outline`.

    Returns
    -------
    pandas.Series
        0 to ``k - 1`` on the index of ``buildings``, numbered from north-west to south-east. Buildings that lie on one
        another are kept together unless ``k`` asks for more groups than that leaves.

    Raises
    ------
    InputError
        If ``k`` is below 1 or above the number of buildings, or a load is negative or missing.
    """
    require_count(k, len(buildings))
    loads = districting_ground.loads(buildings, load)
    if k == 1:
        return pd.Series(0, index=buildings.index, name="grid", dtype="int64")
    ground = districting_ground.build(buildings, boundary=boundary, least=k)
    return propose(ground, k, loads, seconds=SECONDS / 4, seed=seed, most=1).divisions[0].grid


def propose(
    ground: Ground,
    k: int,
    load: pd.Series,
    *,
    keep_compounds: bool = False,
    present: pd.Series | None = None,
    fixed: Mapping[Any, int] | None = None,
    tolerance: float = TOLERANCE,
    seconds: float = SECONDS,
    seed: int = 0,
    most: int = 4,
) -> Proposals:
    """Propose divisions into ``k`` grids: even, with as few compounds cut as can be, with short borders.

    Whole compounds are divided first. Only where they do not come out even, parts of as few compounds as can be go over
    borders, unless they are to be kept whole: then the most even division is sought.

    Parameters
    ----------
    ground
        Who is a neighbour of whom, from `districting_ground.build`.
    k
        Number of grids.
    load
        Load of each building, 0 or more; all 0 counts buildings.
    keep_compounds
        Whether no compound may be cut, however uneven that leaves loads.
    present
        Grid (0 to ``k - 1``) that each building is in today, missing for none; it is kept where that costs little.
    fixed
        Grid that a building must be in.
    tolerance
        Largest deviation, as a share of the mean, that is even.
    seconds
        About how long to look on a machine of today; what is found depends on this number and not on the clock.
    seed
        The same seed gives the same divisions.
    most
        How many divisions at most.

    Returns
    -------
    Proposals
        None of them is worse than another in every measure. Grids are numbered from north-west to south-east, or as
        ``present`` and ``fixed`` have them.

    Raises
    ------
    InputError
        If ``k`` is out of range, or what is fixed keeps a grid from being in one piece.
    """
    require_count(k, len(ground.index))
    load = load.reindex(ground.index)
    counted = not load.sum() > 0
    load = pd.Series(1.0, index=ground.index) if counted else load
    today = pd.Series(np.nan, index=ground.index) if present is None else present.reindex(ground.index)
    task = _task(ground, k, load, today, dict(fixed or {}))
    held = _held(ground, task, seed)
    aim = tolerance * _AIM
    block = task.blocks(whole=True)
    starts = int(np.clip(seconds * _STARTS * _BLOCKS / (int(block.max()) + 1), _FEWEST, _MOST))
    labels = districting_solving.candidates(task, held, whole=True, tolerance=aim, starts=starts, seed=seed)
    even = bool(labels) and task.deviation(labels[0]) <= aim
    looked = None if even or (task.fixed >= 0).any() or not labels else _enumeration(task, block)
    proven = None
    if looked is not None:
        proven, better = looked.most_even(task.deviation(labels[0]))
        if better is not None:
            labels = [np.array(better.group)[block], *labels]
            even = task.deviation(labels[0]) <= aim
    whole = [(label, True) for label in labels]
    found, fewest = whole, 0 if even else None
    if not keep_compounds and not even:
        levels: list[list[Plan]] = []
        if looked is not None:
            fewest, plans = looked.fewest(tolerance)
            levels = [plans, looked.plans((fewest or 0) + 1, tolerance)]
            if not _one_piece_each(task, block):
                fewest = None
        cut = districting_solving.candidates(
            task, held, whole=False, tolerance=aim, starts=starts, seed=seed, levels=levels
        )
        found = [(label, False) for label in cut] + whole
    if most > 1 and (task.present >= 0).any():
        free = districting_task.without_wishes(task)
        fresh = districting_solving.candidates(
            free, held, whole=keep_compounds, tolerance=aim, starts=_FEWEST, seed=seed + 1
        )
        found += [(districting_starts.matched(label, today_of(task), task.load, k), keep_compounds) for label in fresh]
    if not found:
        raise InputError("fixed_no_division", k=k)
    numbered = (task.fixed >= 0).any() or (task.present >= 0).any()
    bounds = {
        True: proven
        if proven is not None
        else districting_division.least_deviation(
            np.bincount(block, weights=ground.spread(load)).astype(np.float64), k
        ),
        False: districting_division.least_deviation(ground.spread(load), k),
    }
    divisions: list[Division] = []
    for label, kept in found:
        label = label if numbered else _numbered(label, task.places, k)
        if any(_alike(label[ground.unit], one.grid.to_numpy()) for one in divisions):
            continue
        divisions.append(
            districting_division.measured(ground, label, load, k, bound=bounds[kept], whole=kept, present=today)
        )
        if len(divisions) >= 3 * most or most == 1:
            break
    return Proposals(
        divisions=tuple(districting_division.front(divisions)[:most]),
        remarks=(
            *_remarks(ground, task, keep_compounds=keep_compounds),
            *([Remark(key="counted")] if counted else []),
            *([Remark(key="fewest_cut", fields={"n": fewest, "share": f"{tolerance * 100:g}%"})] if fewest else []),
        ),
        fewest_cut=fewest,
    )


def require_count(k: int, n: int) -> None:
    """Refuse a number of grids that there cannot be.

    Raises
    ------
    InputError
        If it is below 1 or above the number of buildings.
    """
    if k < 1:
        raise InputError("grids_too_few", k=k)
    if k > n:
        raise InputError("grids_too_many", k=k, n=n)


def today_of(task: Task) -> Ints:
    """Return the group that each unit is to be numbered by: where it is fixed, or else where it is today."""
    return np.where(task.fixed >= 0, task.fixed, task.present)


def _task(ground: Ground, k: int, load: pd.Series, present: pd.Series, fixed: dict[Any, int]) -> Task:
    known = present.notna().to_numpy(dtype=bool)
    today = np.full(ground.units, -1)
    today[ground.unit[known]] = present[known].to_numpy(dtype=np.int64)
    if ((today < -1) | (today >= k)).any():
        today = np.where((today < 0) | (today >= k), -1, today)
    pinned = np.full(ground.units, -1)
    at = ground.index.get_indexer(pd.Index(list(fixed)))
    for building, grid in zip(at.tolist(), fixed.values(), strict=True):
        if building < 0 or not 0 <= grid < k:
            raise InputError("fixed_unknown", grid=grid + 1, k=k)
        unit = int(ground.unit[building])
        if pinned[unit] not in (-1, grid):
            raise InputError("fixed_twice", building=ground.names[building])
        pinned[unit] = grid
    carried = ground.spread(load)
    typical_m = float(ground.cost.mean()) if len(ground.cost) else 1.0
    size = np.bincount(ground.unit, minlength=ground.units)
    return Task(
        near=Neighbours(one=ground.near.one, other=ground.near.other, border_m=ground.cost),
        load=carried * (k / carried.sum()),
        places=ground.places - ground.places.mean(axis=0),
        compound=ground.compound,
        k=k,
        fixed=pinned,
        present=today,
        change_m=np.where(today >= 0, STAYING * typical_m * size, 0.0),
    )


def _enumeration(task: Task, block: Ints) -> Enumeration:
    small = task.contracted(block)
    return Enumeration(small.near, small.load, task.k, np.bincount(block) == 1)


def _one_piece_each(task: Task, block: Ints) -> bool:
    """Whether no compound lies in several blocks, so that blocks that are opened are compounds that are cut."""
    pairs = np.unique(np.column_stack([task.compound, block])[task.compound >= 0], axis=0)
    return len(np.unique(pairs[:, 0])) == len(pairs)


def _held(ground: Ground, task: Task, seed: int) -> Ints:
    """Return the group of each unit that is fixed, and of those that must be in it for the group to hang together."""
    if not (task.fixed >= 0).any():
        return task.fixed
    groups = np.unique(task.fixed[task.fixed >= 0]).tolist()
    rng = np.random.default_rng(seed)
    apart = groups[0]
    for _ in range(4 * len(groups)):
        ways = districting_starts.connecting(task.near, task.units, task.fixed, groups)
        if not isinstance(ways, int):
            return ways
        apart = ways
        # Whoever finds no way chooses first the next time.
        groups = [apart, *rng.permutation([group for group in groups if group != apart]).tolist()]
    names = [ground.names[ground.first[unit]] for unit in np.flatnonzero(task.fixed == apart)]
    raise InputError("fixed_apart", grid=apart + 1, buildings=names[:8])


def _numbered(label: Ints, places: Floats, k: int) -> Ints:
    """Number groups from north-west to south-east."""
    size = np.bincount(label, minlength=k)
    east = np.bincount(label, weights=places[:, 0], minlength=k) / size
    north = np.bincount(label, weights=places[:, 1], minlength=k) / size
    number = np.empty(k, dtype=np.int64)
    number[np.argsort(np.round(east - north, 3), kind="stable")] = np.arange(k)
    return number[label]


def _alike(one: Ints, other: Ints) -> bool:
    return float((one != other).mean()) < _DIFFERENT


def _remarks(ground: Ground, task: Task, *, keep_compounds: bool) -> list[Remark]:
    remarks = []
    for one, other, length_m in ground.links[:5]:
        remarks.append(Remark(key="island", fields={"one": one, "other": other, "length_m": round(length_m)}))
    heavy = np.flatnonzero(task.load > 1 + TOLERANCE)
    if len(heavy):
        names = [ground.names[ground.first[unit]] for unit in heavy[:5]]
        remarks.append(Remark(key="large_building", fields={"n": len(heavy), "buildings": names}))
    own = ground.compound >= 0
    carried = np.bincount(ground.compound[own], weights=task.load[own], minlength=1)
    large = np.flatnonzero(carried > 1 + TOLERANCE)
    if len(large):
        names = [ground.compounds[number] for number in large[:5]]
        remarks.append(Remark(key="large_compound", fields={"n": len(large), "compounds": names}))
    shared = len(ground.index) - ground.units
    if shared:
        remarks.append(Remark(key="overlap", fields={"n": shared}))
    if keep_compounds and len(np.unique(ground.compound[own])) + int((~own).sum()) < task.k:
        remarks.append(Remark(key="few_compounds", fields={"k": task.k}))
    return remarks
