"""Where imported things belong: which compound, which wall, which building, and what was there before.

All frames are in EPSG:4326; what is measured is measured in the metric CRS of the place.
"""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray

from gridmap import crs
from gridmap.exchange import fields

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]

GATE_REACH_M = 5.0
HOST_REACH_M = 5.0
_SAME_SHARE = 0.9
_SAME_POINT_M = 1.0


def compound_of(buildings: gpd.GeoDataFrame, compounds: gpd.GeoDataFrame) -> pd.Series:
    """Return the id of each building's compound: the one that its column ``compound`` names, else the one it lies in.

    Parameters
    ----------
    buildings
        Polygons, with or without a column ``compound``.
    compounds
        Polygons with their ``name``; index = id. One whose place is not known is found by name only.

    Returns
    -------
    pandas.Series
        ``Int64`` on the index of ``buildings``; missing where there is none.
    """
    found = pd.Series(pd.NA, index=buildings.index, dtype="Int64", name="compound_id")
    if compounds.empty:
        return found
    inside, compound = compounds.sindex.query(buildings.geometry.representative_point().to_numpy(), "within")
    found.iloc[inside] = compounds.index.to_numpy()[compound]
    if "compound" in buildings.columns:
        by_name = dict(zip(compounds["name"].map(fields.name_key), compounds.index, strict=True))
        named = buildings["compound"].map(fields.name_key)
        # A building that names a compound we do not know is in none that we know, wherever it lies.
        found = found.where(named == "", named.map(by_name).astype("Int64"))
    return found


def nearest_wall(gates: gpd.GeoDataFrame, compounds: gpd.GeoDataFrame) -> pd.Series:
    """Return the id of the compound whose wall is nearest to each gate, if it is within 5 m; ``Int64``."""
    found = pd.Series(pd.NA, index=gates.index, dtype="Int64", name="compound_id")
    known = compounds[~compounds.geometry.is_empty]
    if known.empty or gates.empty:
        return found
    metric = crs.metric_crs(known)
    walls = known.geometry.to_crs(metric).boundary
    row, wall = walls.sindex.nearest(
        gates.geometry.to_crs(metric).to_numpy(), max_distance=GATE_REACH_M, return_all=False
    )
    found.iloc[row] = walls.index.to_numpy()[wall]
    return found


def host_building(points: gpd.GeoDataFrame, buildings: gpd.GeoDataFrame) -> pd.Series:
    """Return the id of the building that each point lies in, or within 5 m of; ``Int64``."""
    found = pd.Series(pd.NA, index=points.index, dtype="Int64", name="building_id")
    if buildings.empty or points.empty:
        return found
    metric = crs.metric_crs(buildings)
    footprints = buildings.geometry.to_crs(metric)
    row, building = footprints.sindex.nearest(
        points.geometry.to_crs(metric).to_numpy(), max_distance=HOST_REACH_M, return_all=False
    )
    found.iloc[row] = footprints.index.to_numpy()[building]
    return found


def same_shape(new: gpd.GeoDataFrame, old: gpd.GeoDataFrame) -> pd.Series:
    """Return the id of the old thing that has the same shape as each new one; ``Int64``.

    Polygons are the same if what they share is at least 90 % of what they cover together, points if they are at
    most 1 m apart, lines if they have the same vertices to within 1 cm. No old thing is found twice.
    """
    found = pd.Series(pd.NA, index=new.index, dtype="Int64")
    known = old[~old.geometry.is_empty]
    if known.empty or new.empty:
        return found
    kind = new.geom_type.iloc[0]
    if kind == "Point":
        row, column, likeness = _near_points(new, known)
    elif kind == "LineString":
        row, column, likeness = _equal_lines(new, known)
    else:
        row, column, likeness = _overlapping_areas(new, known)
    # The likeliest pairs first; of equal ones the earlier row takes the lower id, so that two that lie on one another
    # are told apart in the same way each time.
    rows: set[int] = set()
    columns: set[int] = set()
    for best in np.lexsort((column, row, -likeness)):
        one, other = int(row[best]), int(column[best])
        if one not in rows and other not in columns:
            rows.add(one)
            columns.add(other)
            found.iloc[one] = known.index[other]
    return found


def _near_points(new: gpd.GeoDataFrame, old: gpd.GeoDataFrame) -> tuple[Ints, Ints, Floats]:
    metric = crs.metric_crs(old)
    ours, theirs = new.geometry.to_crs(metric).to_numpy(), old.geometry.to_crs(metric).to_numpy()
    row, column = shapely.STRtree(theirs).query(ours, predicate="dwithin", distance=_SAME_POINT_M)
    return row, column, -shapely.distance(ours[row], theirs[column])


def _equal_lines(new: gpd.GeoDataFrame, old: gpd.GeoDataFrame) -> tuple[Ints, Ints, Floats]:
    # A vertex that stands twice is left out of what comes in; it is no other line.
    ours = shapely.remove_repeated_points(new.geometry.to_numpy())
    theirs = shapely.remove_repeated_points(old.geometry.to_numpy())
    row, column = shapely.STRtree(theirs).query(ours, predicate="intersects")
    same = shapely.equals_exact(ours[row], theirs[column], tolerance=1e-7, normalize=True)
    return row[same], column[same], np.ones(int(same.sum()))


def _overlapping_areas(new: gpd.GeoDataFrame, old: gpd.GeoDataFrame) -> tuple[Ints, Ints, Floats]:
    ours, theirs = new.geometry.to_numpy(), old.geometry.to_numpy()
    row, column = shapely.STRtree(theirs).query(ours, predicate="intersects")
    # Most pairs are one and the same polygon; only the rest need the costly intersection.
    share = np.where(shapely.equals_exact(ours[row], theirs[column], tolerance=1e-9), 1.0, np.nan)
    rest = np.isnan(share)
    shared = shapely.area(shapely.intersection(ours[row[rest]], theirs[column[rest]]))
    share[rest] = shared / (shapely.area(ours[row[rest]]) + shapely.area(theirs[column[rest]]) - shared)
    same = share >= _SAME_SHARE
    return row[same], column[same], share[same]
