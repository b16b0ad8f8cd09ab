"""Buildings that lie on one another: drawn twice, or shifted, or a tower on its podium."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from gridmap import schema


def pairs(buildings: gpd.GeoDataFrame, share: float = 0.5) -> pd.DataFrame:
    """Find buildings that share much of their ground.

    Parameters
    ----------
    buildings
        Footprints, in a projected CRS in metres.
    share
        Least part of the smaller footprint that lies on the other, above 0 up to 1.

    Returns
    -------
    pandas.DataFrame
        A row for each pair, the largest share first: ``one`` and ``other`` of the index of ``buildings``; ``share``.

    Raises
    ------
    InputError
        If the frame is no frame of footprints in metres.
    """
    schema.require(buildings, geometry="polygon", what="buildings")
    shapes = buildings.geometry.to_numpy()
    i, j = shapely.STRtree(shapes).query(shapes, predicate="intersects")
    i, j = i[i < j], j[i < j]
    smaller_m2 = np.minimum(shapely.area(shapes[i]), shapely.area(shapes[j]))
    shared = shapely.area(shapely.intersection(shapes[i], shapes[j])) / np.where(smaller_m2 > 0, smaller_m2, np.inf)
    much = shared >= share
    found = pd.DataFrame(
        {"one": buildings.index[i[much]], "other": buildings.index[j[much]], "share": np.minimum(shared[much], 1.0)}
    )
    return found.sort_values("share", ascending=False, kind="stable", ignore_index=True)
