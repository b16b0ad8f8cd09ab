"""The order in which grids are numbered: from west to east, and row by row from north to south."""

from __future__ import annotations

import itertools

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from gridmap import schema

# Two areas lie beside each other if they share so much of the lower one's height.
_BESIDE = 0.5


def places(areas: gpd.GeoDataFrame) -> pd.Series:
    """Return the place of each area in the order of numbering, from 1.

    Rows are formed from the north: whatever lies beside the northernmost area that is left stands in its row. In a row
    areas are numbered from west to east.

    Parameters
    ----------
    areas
        Polygons in a projected CRS in metres.

    Returns
    -------
    pandas.Series
        On the index of ``areas``.

    Raises
    ------
    InputError
        If the frame is no frame of polygons in metres.
    """
    schema.require(areas, geometry="polygon", what="areas")
    boxes = areas.bounds.to_numpy()
    middle = shapely.get_coordinates(shapely.centroid(areas.geometry.to_numpy()))
    left = sorted(range(len(areas)), key=lambda at: (-middle[at, 1], middle[at, 0]))
    order: list[int] = []
    while left:
        row = [at for at in left if _beside(boxes[left[0]], boxes[at])]
        order += sorted(row, key=lambda at: (middle[at, 0], -middle[at, 1]))
        left = [at for at in left if at not in row]
    place = np.empty(len(areas), dtype=np.int64)
    place[order] = np.arange(1, len(areas) + 1)
    return pd.Series(place, index=areas.index, name="place")


def disorder(areas: gpd.GeoDataFrame, sequence: pd.Series) -> pd.DataFrame:
    """Find the areas that are numbered against that order.

    Parameters
    ----------
    areas
        Polygons in a projected CRS in metres.
    sequence
        What they are numbered by now, on the index of ``areas``; only its order counts.

    Returns
    -------
    pandas.DataFrame
        A row for each pair that follows one another and stands the wrong way round: ``first`` and ``then`` of the
        index, ``then`` numbered later though it lies in the ``west`` of the same row, or ``north`` of it, as ``lies``
        says. None where areas are numbered as `places` has them.
    """
    place = places(areas)
    boxes = dict(zip(areas.index, areas.bounds.to_numpy(), strict=True))
    numbered = sequence.sort_values(kind="stable").index.tolist()
    rows = [
        (first, then, "west" if _beside(boxes[first], boxes[then]) else "north")
        for first, then in itertools.pairwise(numbered)
        if place[then] < place[first]
    ]
    return pd.DataFrame(rows, columns=["first", "then", "lies"])


def _beside(one: np.ndarray, other: np.ndarray) -> bool:
    """Whether two boxes (west, south, east, north) lie in one row."""
    shared = min(one[3], other[3]) - max(one[1], other[1])
    return bool(shared >= _BESIDE * min(one[3] - one[1], other[3] - other[1]))
