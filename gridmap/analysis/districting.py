"""Dividing a community's buildings into grids that are in one piece and carry even loads."""

from __future__ import annotations

from typing import TypeAlias

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components
from shapely.geometry.base import BaseGeometry

from gridmap import schema
from gridmap.analysis import balancing, cells, tessellation
from gridmap.errors import InputError

Floats: TypeAlias = NDArray[np.float64]
Ints: TypeAlias = NDArray[np.int64]

# Below this share of the mean a shorter border is worth more than a more even load.
TOLERANCE = 0.005
_LARGEST_K_FOR_CENTRES = 64


def partition(
    buildings: gpd.GeoDataFrame,
    k: int,
    *,
    load: str | None = "households",
    seed: int = 0,
    boundary: BaseGeometry | None = None,
) -> pd.Series:
    """Divide buildings into ``k`` groups whose ground is in one piece and whose loads are even.

    Several first divisions (recursive bisection, then centres whose weights are shifted until their areas carry even
    loads) are improved by moving buildings across borders; the best is kept: even to within 0.5 % of the mean where
    the buildings' own loads allow, then with the shortest borders.

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
    schema.require(buildings, geometry="polygon", what="buildings")
    n = len(buildings)
    if k < 1:
        raise InputError("grids_too_few", k=k)
    if k > n:
        raise InputError("grids_too_many", k=k, n=n)
    loads = _loads(buildings, load)
    footprints = buildings.geometry.to_numpy()
    if k == 1:
        return pd.Series(0, index=buildings.index, name="grid", dtype="int64")
    reduced, unit = cells.apart(footprints)
    if k > int(unit.max()) + 1:
        unit = np.arange(n)
    area = boundary if boundary is not None else tessellation.outline(buildings)
    points = shapely.get_coordinates(cells.inner_points(footprints))
    size = np.bincount(unit)
    places = np.column_stack([np.bincount(unit, weights=points[:, axis]) / size for axis in (0, 1)])
    near = cells.neighbours(reduced, unit, places, area)
    places -= places.mean(axis=0)
    label = _best(near, places, np.bincount(unit, weights=loads).astype(np.float64), k, np.random.default_rng(seed))
    return pd.Series(_numbered(label, places, k)[unit], index=buildings.index, name="grid", dtype="int64")


def _loads(buildings: gpd.GeoDataFrame, column: str | None) -> Floats:
    ones = np.ones(len(buildings))
    if column is None:
        return ones
    schema.require(buildings, column, what="buildings")
    loads = pd.to_numeric(buildings[column]).to_numpy(dtype=float, na_value=np.nan)
    wrong = ~(np.isfinite(loads) & (loads >= 0))
    if wrong.any():
        at = int(np.flatnonzero(wrong)[0])
        raise InputError("load_wrong", column=column, value=str(loads[at]), building=str(buildings.index[at]))
    return loads if loads.sum() > 0 else ones


def _best(near: cells.Neighbours, places: Floats, load: Floats, k: int, rng: np.random.Generator) -> Ints:
    starts = 1 if k > _LARGEST_K_FOR_CENTRES else 8 if len(load) <= 4000 else 3
    best: tuple[float, Ints] | None = None
    for start in range(starts):
        angle = rng.uniform(0, np.pi) if start else 0.0
        label = _bisected(places, load, k, angle)
        if k <= _LARGEST_K_FOR_CENTRES:
            label = _centred(places, load, label, k)
        label = _made_whole(near, load, label)
        search = balancing.Search(near, load, label, k)
        search.improve(rng, TOLERANCE)
        score = search.cut_m() * (1 + 100 * max(0.0, search.deviation() - TOLERANCE))
        if best is None or score < best[0]:
            best = (score, np.array(search.label, dtype=np.int64))
    if best is None:
        raise ValueError("no start was made")
    return best[1]


def _bisected(places: Floats, load: Floats, k: int, angle: float) -> Ints:
    """Halve along the longer axis (turned by ``angle`` at first) until there are ``k`` groups, none of them empty."""
    label = np.zeros(len(places), dtype=np.int64)

    def split(members: Ints, first: int, parts: int, turn: float) -> None:
        if parts == 1:
            label[members] = first
            return
        mine = places[members]
        _, _, axes = np.linalg.svd(mine - mine.mean(axis=0), full_matrices=False)
        axis = axes[0] if turn == 0 else np.array([np.cos(turn), np.sin(turn)])
        order = members[np.argsort(mine @ axis, kind="stable")]
        left = parts // 2
        weight = np.cumsum(load[order] + 1e-12)
        cut = int(np.searchsorted(weight, weight[-1] * left / parts)) + 1
        cut = min(max(cut, left), len(order) - (parts - left))
        split(order[:cut], first, left, 0.0)
        split(order[cut:], first + left, parts - left, 0.0)

    split(np.arange(len(places)), 0, k, angle)
    return label


def _centred(places: Floats, load: Floats, label: Ints, k: int) -> Ints:
    """Round the groups: each unit goes to the nearest centre, with centres' weights shifted until loads are even."""
    mean = float(load.sum()) / k
    scale = float(np.mean(np.var(places, axis=0))) * 2 / k
    best, best_deviation = label, np.inf
    weight = np.zeros(k)
    for _ in range(12):
        # Units without a load still have a place.
        pull = load + 1e-9 * mean
        mass = np.bincount(label, weights=pull, minlength=k)
        pulled = [np.bincount(label, weights=places[:, axis] * pull, minlength=k) / mass for axis in (0, 1)]
        centre = np.column_stack(pulled)
        apart2 = ((places[:, None, :] - centre[None, :, :]) ** 2).sum(axis=2)
        step = scale
        for _ in range(25):
            label = np.argmin(apart2 - weight, axis=1).astype(np.int64)
            carried = np.asarray(np.bincount(label, weights=load, minlength=k), dtype=np.float64) / mean
            deviation = float(np.abs(carried - 1).max())
            if np.bincount(label, minlength=k).min() == 0:
                deviation = np.inf
            if deviation < best_deviation:
                best, best_deviation = label, deviation
            weight += step * np.clip(1 - carried, -0.5, 0.5)
            step *= 0.9
        if np.bincount(label, minlength=k).min() == 0:
            break
    return best


def _made_whole(near: cells.Neighbours, load: Floats, label: Ints) -> Ints:
    """Keep the heaviest piece of each group and let the groups grow over the rest."""
    n = len(label)
    same = label[near.one] == label[near.other]
    graph = coo_array((np.ones(int(same.sum())), (near.one[same], near.other[same])), shape=(n, n))
    pieces, piece = connected_components(graph, directed=False)
    weight = np.bincount(piece, weights=load, minlength=pieces) + 1e-9 * np.bincount(piece, minlength=pieces)
    group = np.zeros(pieces, dtype=np.int64)
    group[piece] = label
    order = np.lexsort((-weight, group))
    kept = order[np.unique(group[order], return_index=True)[1]]
    whole = np.where(np.isin(piece, kept), label, -1)
    while (whole < 0).any():
        a, b = whole[near.one], whole[near.other]
        out = np.concatenate([near.one[(a < 0) & (b >= 0)], near.other[(b < 0) & (a >= 0)]])
        to = np.concatenate([b[(a < 0) & (b >= 0)], a[(b < 0) & (a >= 0)]])
        border_m = np.concatenate([near.border_m[(a < 0) & (b >= 0)], near.border_m[(b < 0) & (a >= 0)]])
        longest = np.lexsort((to, -border_m, out))
        first = longest[np.unique(out[longest], return_index=True)[1]]
        if not len(first):
            raise ValueError("the graph of neighbours does not hang together")
        whole[out[first]] = to[first]
    return whole


def _numbered(label: Ints, places: Floats, k: int) -> Ints:
    """Number groups from north-west to south-east."""
    size = np.bincount(label, minlength=k)
    east = np.bincount(label, weights=places[:, 0], minlength=k) / size
    north = np.bincount(label, weights=places[:, 1], minlength=k) / size
    number = np.empty(k, dtype=np.int64)
    number[np.argsort(np.round(east - north, 3), kind="stable")] = np.arange(k)
    return number[label]
