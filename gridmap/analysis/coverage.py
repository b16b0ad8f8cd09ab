"""Which buildings lie within reach of a service point, in a straight line.

The distance of a building is that from the point to the nearest part of its footprint: 0 for a point inside it or
on its wall. A building is covered if that is at most the radius; exactly on the radius is covered, with a tolerance of
1 mm for the rounding of coordinates. Of points equally near (to within 1 mm) the one with the lower id counts.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from scipy.spatial import cKDTree

from gridmap import schema
from gridmap.errors import InputError

COVERED = "covered"
OUT_OF_REACH = "out_of_reach"
TOLERANCE_M = 0.001


@dataclass(frozen=True)
class Figures:
    """How many are covered and how many are out of reach.

    Parameters
    ----------
    buildings
        All buildings that were looked at.
    buildings_covered
        Of these, covered.
    buildings_out_of_reach
        Of these, not covered.
    households
        Households of all of them.
    households_covered
        Of these, in covered buildings.
    households_out_of_reach
        Of these, in buildings that are not covered.
    """

    buildings: int
    buildings_covered: int
    buildings_out_of_reach: int
    households: int
    households_covered: int
    households_out_of_reach: int

    @property
    def ratio(self) -> float | None:
        """Share of the households that is covered; of the buildings where no household is known; None of none."""
        if self.households:
            return self.households_covered / self.households
        return self.buildings_covered / self.buildings if self.buildings else None


@dataclass(frozen=True, eq=False)
class Coverage:
    """Answer of `straight_line`: three Series on the index of the buildings.

    Parameters
    ----------
    radius_m
        Radius of service in metres.
    state
        ``"covered"`` or ``"out_of_reach"``.
    point
        Id of the nearest point, within reach or not; missing where there is no point at all.
    distance_m
        Metres to that point, in a straight line from the nearest part of the footprint; NaN where there is none.
    households
        Households of each building; 0 where they are not known.
    """

    radius_m: float
    state: pd.Series
    point: pd.Series
    distance_m: pd.Series
    households: pd.Series

    def __post_init__(self) -> None:
        """Refuse a result that contradicts itself: a fault of the program, not of the data."""
        index = self.state.index
        if not all(series.index.equals(index) for series in (self.point, self.distance_m, self.households)):
            raise ValueError("the series of a coverage must share one index")
        within = self.distance_m.to_numpy() <= self.radius_m + TOLERANCE_M
        if not np.array_equal(self.state.to_numpy() == COVERED, within):
            raise ValueError("the states of a coverage do not follow from its distances")
        told = self.state.isin((COVERED, OUT_OF_REACH)).all()
        figures = self.summary()
        whole = figures.buildings_covered + figures.buildings_out_of_reach == figures.buildings
        peopled = figures.households_covered + figures.households_out_of_reach == figures.households
        if not (told and whole and peopled):
            raise ValueError("covered and out of reach do not make up all buildings")

    def summary(self) -> Figures:
        """Count buildings and households."""
        covered = (self.state == COVERED).to_numpy(dtype=bool)
        out = (self.state == OUT_OF_REACH).to_numpy(dtype=bool)
        households = self.households.to_numpy()
        return Figures(
            buildings=len(covered),
            buildings_covered=int(covered.sum()),
            buildings_out_of_reach=int(out.sum()),
            households=int(households.sum()),
            households_covered=int(households[covered].sum()),
            households_out_of_reach=int(households[out].sum()),
        )


def straight_line(buildings: gpd.GeoDataFrame, points: gpd.GeoDataFrame, radius_m: float) -> Coverage:
    """Find which buildings lie within ``radius_m`` of a point.

    Parameters
    ----------
    buildings
        Footprints, in a projected CRS in metres; column ``households`` where it is known. A building whose
        footprint is empty is out of reach.
    points
        Points in the same CRS, index = id. Empty points (no place is known) are ignored.
    radius_m
        Radius in metres, 0 or more.

    Returns
    -------
    Coverage
        With the index of ``buildings``; empty for no buildings.

    Raises
    ------
    InputError
        If a frame lacks what is needed, the two differ in CRS, or the radius is negative or no number.
    """
    if not radius_m >= 0:
        raise InputError("radius_negative", radius=f"{radius_m:g}")
    _require_both(buildings, points)
    ids, distance_m = _nearest(buildings, points)
    state = np.where(distance_m <= radius_m + TOLERANCE_M, COVERED, OUT_OF_REACH)
    index = buildings.index
    return Coverage(
        radius_m=float(radius_m),
        state=pd.Series(state, index=index, name="state", dtype="str"),
        point=ids,
        distance_m=pd.Series(distance_m, index=index, name="distance_m"),
        households=_households(buildings),
    )


def by_kind(
    buildings: gpd.GeoDataFrame, points: gpd.GeoDataFrame, radius_by_kind: Mapping[str, float]
) -> dict[str, Coverage]:
    """Find the coverage by each kind of service point, with the radius of that kind.

    Parameters
    ----------
    buildings, points
        As for `straight_line`; ``points`` with a column ``kind``.
    radius_by_kind
        Radius in metres for each kind that is asked for. A kind without any point covers nothing.
    """
    schema.require(points, "kind", what="points")
    return {
        kind: straight_line(buildings, points[points["kind"] == kind], radius_m)
        for kind, radius_m in radius_by_kind.items()
    }


def nearest(buildings: gpd.GeoDataFrame, points: gpd.GeoDataFrame, n: int = 1) -> pd.DataFrame:
    """List the ``n`` nearest points of each kind for each building.

    Parameters
    ----------
    buildings, points
        As for `straight_line`; ``points`` with a column ``kind``.
    n
        How many of each kind, where there are as many.

    Returns
    -------
    pandas.DataFrame
        Columns ``building`` (id), ``kind``, ``rank`` (from 1), ``point`` (id) and ``distance_m``; sorted by building in
        the order given, then by distance.
    """
    _require_both(buildings, points)
    schema.require(points, "kind", what="points")
    here = np.flatnonzero(~buildings.geometry.is_empty.to_numpy())
    footprints = buildings.geometry.to_numpy()[here]
    middles = shapely.get_coordinates(shapely.point_on_surface(footprints))
    parts = [pd.DataFrame({"row": [], "kind": [], "rank": [], "point": [], "distance_m": []})]
    known = _known(points)
    for kind, of_kind in known.groupby("kind", sort=True) if len(here) and n > 0 else []:
        places = of_kind.geometry.to_numpy()
        # No point among the n nearest to a place inside the footprint is farther from the footprint itself.
        spread, _ = cKDTree(shapely.get_coordinates(places)).query(middles, k=[min(n, len(places))])
        limits = spread[:, 0] + TOLERANCE_M
        row, column = shapely.STRtree(places).query(footprints, predicate="dwithin", distance=limits)
        found = pd.DataFrame(
            {
                "row": here[row],
                "kind": kind,
                "point": of_kind.index[column],
                "distance_m": shapely.distance(footprints[row], places[column]),
            }
        )
        found["mm"] = (found["distance_m"] / TOLERANCE_M).round()
        found = found.sort_values(["row", "mm", "point"], kind="stable")
        found["rank"] = found.groupby("row").cumcount() + 1
        parts.append(found.loc[found["rank"] <= n, parts[0].columns])
    filled = [part for part in parts if len(part)] or parts[:1]
    table = pd.concat(filled, ignore_index=True).sort_values(["row", "distance_m", "point"], kind="stable")
    table.insert(0, "building", buildings.index[table["row"].to_numpy(dtype=int)])
    return table.drop(columns="row").reset_index(drop=True)


def _require_both(buildings: gpd.GeoDataFrame, points: gpd.GeoDataFrame) -> None:
    schema.require(buildings, geometry="polygon", what="buildings")
    schema.require(points, geometry="point", what="points")
    if buildings.crs != points.crs:
        raise InputError("frames_differ_in_crs", one=buildings.crs.name, other=points.crs.name)


def _known(points: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """Return the points whose place is known, by id, so that the lower id comes first."""
    return points[~(points.geometry.is_empty | points.geometry.isna())].sort_index(kind="stable")


def _nearest(buildings: gpd.GeoDataFrame, points: gpd.GeoDataFrame) -> tuple[pd.Series, np.ndarray]:
    """Return for each building the id of its nearest point, and the distance in metres."""
    known = _known(points)
    dtype = "Int64" if pd.api.types.is_integer_dtype(known.index.dtype) or known.empty else "object"
    footprints = buildings.geometry.to_numpy()
    distance_m = np.full(len(buildings), np.nan)
    first = np.full(len(buildings), -1)
    here = np.flatnonzero(~(shapely.is_empty(footprints) | shapely.is_missing(footprints)))
    if len(here) and len(known):
        tree = shapely.STRtree(known.geometry.to_numpy())
        (row, _), shortest = tree.query_nearest(footprints[here], return_distance=True, all_matches=False)
        distance_m[here[row]] = shortest
        limits = distance_m[here] + TOLERANCE_M
        row, column = tree.query(footprints[here], predicate="dwithin", distance=limits)
        lowest = np.full(len(here), len(known))
        np.minimum.at(lowest, row, column)
        first[here] = lowest
    found = first >= 0
    ids = pd.Series(pd.NA, index=buildings.index, name="point", dtype=dtype)
    ids.iloc[np.flatnonzero(found)] = known.index.to_numpy()[first[found]]
    return ids, distance_m


def _households(buildings: gpd.GeoDataFrame) -> pd.Series:
    if "households" not in buildings.columns:
        return pd.Series(0, index=buildings.index, name="households", dtype="int64")
    schema.require(buildings, "households", what="buildings")
    households: pd.Series = buildings["households"].fillna(0).astype("int64")
    return households
