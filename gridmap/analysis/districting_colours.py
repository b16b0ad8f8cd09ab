"""Colours of grids: neighbours never share one."""

from __future__ import annotations

from collections.abc import Sequence

import geopandas as gpd
import pandas as pd
import shapely

from gridmap.errors import InputError

COLOURS = 5
_STEPS = 200_000


def colours(
    tiles: gpd.GeoDataFrame,
    *,
    wanted: Sequence[int] | None = None,
    kept: Sequence[bool] | None = None,
    least_m: float = 1.0,
) -> pd.Series:
    """Give each area a number from 0 to 4 so that no two that share a border have the same.

    Parameters
    ----------
    tiles
        Areas in a projected CRS in metres; those of several communities at once, where they are shown together.
    wanted
        Colours that areas have or should have; as many as can are kept. By default 0 to 4 in turn.
    kept
        Which areas keep the colour they are wanted in whatever comes, such as those of another community.
    least_m
        Areas that meet along less than this, as at a corner, are no neighbours.

    Returns
    -------
    pandas.Series
        On the index of ``tiles``.

    Raises
    ------
    InputError
        If five colours do not suffice, as they may not where a grid lies in many pieces.
    """
    n = len(tiles)
    fast = [False] * n if kept is None else list(kept)
    # Two that keep their colours are nobody's to change.
    pairs = [(a, b) for a, b in touching(tiles, least_m) if not (fast[a] and fast[b])]
    asked = [at % COLOURS for at in range(n)] if wanted is None else [colour % COLOURS for colour in wanted]
    if all(asked[a] != asked[b] for a, b in pairs):
        return pd.Series(asked, index=tiles.index, name="colour", dtype="int64")
    around: list[set[int]] = [set() for _ in range(n)]
    for a, b in pairs:
        around[a].add(b)
        around[b].add(a)
    return pd.Series(_coloured(around, asked, fast), index=tiles.index, name="colour", dtype="int64")


def touching(tiles: gpd.GeoDataFrame, least_m: float = 1.0, near_m: float = 0.1) -> list[tuple[int, int]]:
    """Return the pairs of areas, by position, that share a border.

    Parameters
    ----------
    tiles
        Areas in a projected CRS in metres.
    least_m
        Areas that meet along less than this, as at a corner, are no neighbours.
    near_m
        Edges that lie no farther apart are one border: neighbours that were drawn apart rarely have the same corners.
    """
    shapes = tiles.geometry.to_numpy()
    one, other = shapely.STRtree(shapes).query(shapes, predicate="dwithin", distance=near_m)
    once = one < other
    one, other = one[once], other[once]
    rims = shapely.intersection(shapely.boundary(shapes[one]), shapely.buffer(shapes[other], near_m))
    met = shapely.length(rims) >= least_m
    return list(zip(one[met].tolist(), other[met].tolist(), strict=True))


def _coloured(around: list[set[int]], asked: list[int], kept: list[bool]) -> list[int]:
    """Colour the area with the fewest colours left first, its own if it can; go back where none is left."""
    n = len(around)
    colour = [asked[at] if kept[at] else -1 for at in range(n)]
    order: list[int] = []
    left: list[list[int]] = []
    onward = True
    for _ in range(_STEPS):
        if onward:
            free = {u: set(range(COLOURS)) - {colour[v] for v in around[u]} for u in range(n) if colour[u] < 0}
            if not free:
                return colour
            at = min(free, key=lambda u: (len(free[u]), -len(around[u]), u))
            order.append(at)
            left.append(sorted(free[at], key=lambda c: (c == asked[at], -c)))
        onward = bool(left[-1])
        if onward:
            colour[order[-1]] = left[-1].pop()
            continue
        left.pop()
        order.pop()
        if not order:
            break
        colour[order[-1]] = -1
    raise InputError("colours_too_few", n=COLOURS)
