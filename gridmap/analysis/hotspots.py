"""Where high or low values lie together: Getis-Ord Gi*, in closed form, with the correction for many tests."""

from __future__ import annotations

from dataclasses import dataclass

import geopandas as gpd
import numpy as np
import pandas as pd
import scipy
from numpy.typing import NDArray
from scipy.sparse import csr_array
from scipy.spatial import cKDTree

from gridmap import crs
from gridmap.errors import InputError

HOT, COLD, NEITHER = "hot", "cold", "neither"
LEAST = 8
"""Neighbours that each place has at least: the sum over fewer is too far from normal (Ord & Getis 1995, p. 297)."""


@dataclass(frozen=True, kw_only=True, eq=False)
class HotSpots:
    """What Gi* says of each place.

    Parameters
    ----------
    z
        The standardised statistic; 0 where all values or all neighbourhoods are the same, NaN without a value.
    p
        Its two-sided probability under the normal distribution; 1 where nothing can be told.
    q
        The same after the correction for as many tests as there are places (Benjamini & Hochberg 1995).
    state
        ``"hot"``, ``"cold"`` or ``"neither"`` at the rate of false discoveries that was asked for.
    neighbours
        Places with a value in each neighbourhood, itself included.
    """

    z: pd.Series
    p: pd.Series
    q: pd.Series
    state: pd.Series
    neighbours: pd.Series


def neighbourhoods(places: gpd.GeoDataFrame | gpd.GeoSeries, *, radius_m: float, least: int = LEAST) -> csr_array:
    """Return who is near whom: 1 for each place within ``radius_m``, and for the place itself.

    Parameters
    ----------
    places
        In a CRS in metres; distances are between centroids.
    radius_m
        How far a neighbour may be, in metres.
    least
        A place with fewer neighbours than this has its nearest ones instead, as many as there are.

    Raises
    ------
    InputError
        If the CRS does not measure metres, or the radius is not a positive number.
    """
    crs.require_metric(places)
    if not 0 < radius_m < np.inf:
        raise InputError("hotspot_radius", radius=f"{radius_m:g}")
    centres = places.geometry.centroid
    xy = np.column_stack([centres.x, centres.y])
    n = len(xy)
    known = np.flatnonzero(np.isfinite(xy).all(axis=1))
    if not len(known):
        return csr_array(np.eye(n))
    tree = cKDTree(xy[known])
    pairs = tree.query_pairs(radius_m, output_type="ndarray")
    few = np.flatnonzero(np.bincount(pairs.ravel(), minlength=len(known)) < least)
    wanted = min(least + 1, len(known))
    _, nearest = tree.query(xy[known[few]], k=list(range(1, wanted + 1)))
    row = known[np.concatenate([pairs[:, 0], pairs[:, 1], np.repeat(few, wanted)])]
    column = known[np.concatenate([pairs[:, 1], pairs[:, 0], nearest.ravel()])]
    row, column = np.concatenate([row, np.arange(n)]), np.concatenate([column, np.arange(n)])
    # Numbers half as long, which any community's fit, are half as many bytes to walk through.
    near = csr_array((np.ones(len(row)), (row.astype("int32"), column.astype("int32"))), shape=(n, n))
    near.data[:] = 1.0  # whoever was met twice is there once
    return near


def gi_star(values: pd.Series, near: csr_array, *, false_share: float = 0.05) -> HotSpots:
    """Return Getis-Ord Gi* of each place.

    z = (sum of w x - mean * sum of w) / (s * sqrt((n * sum of w^2 - (sum of w)^2) / (n - 1))), over each place's
    neighbourhood with itself in it (Ord & Getis 1995, eq. 14; doi:10.1111/j.1538-4632.1995.tb00912.x). Probabilities
    are corrected by Benjamini & Hochberg's procedure, which bounds the share of false ones among those named.

    Parameters
    ----------
    values
        One value a place, such as a rate; places without one (NaN) are left out of everything.
    near
        Weights of `neighbourhoods`, in the order of ``values``.
    false_share
        Share of false ones that is accepted among the places named hot or cold.

    Raises
    ------
    InputError
        If weights and values are not as many, or a value is infinite.
    """
    x = values.to_numpy(dtype=float)
    if near.shape != (len(x), len(x)):
        raise InputError("hotspot_weights", weights=near.shape[0], values=len(x))
    if np.isinf(x).any():
        raise InputError("hotspot_infinite", n=int(np.isinf(x).sum()))
    known = ~np.isnan(x)
    n = int(known.sum())
    # The mean is taken off first: large values would lose digits in the sums.
    off = np.where(known, x - (x[known].mean() if n else 0.0), 0.0)
    ones = bool((near.data == 1).all())
    weights = np.diff(near.indptr).astype(float) if ones and n == len(x) else near @ known.astype(float)
    squares = weights if ones else near.power(2) @ known.astype(float)
    spread = np.sqrt((off**2).sum() / max(n, 1))
    room = (n * squares - weights**2) / max(n - 1, 1)
    told = known & (room > 1e-9 * n) & (spread > 1e-12 * max(np.abs(x[known]).max(initial=0), 1e-300))
    z = np.where(known, 0.0, np.nan)
    z[told] = (near @ off)[told] / (spread * np.sqrt(room[told]))
    p = np.ones(len(x))
    p[told] = 2 * scipy.special.ndtr(-np.abs(z[told]))
    q = np.ones(len(x))
    if n:
        q[known] = scipy.stats.false_discovery_control(p[known])
    beyond = q <= false_share
    words = pd.array([NEITHER, HOT, COLD], dtype="str")

    def series(column: NDArray[np.generic], name: str) -> pd.Series:
        return pd.Series(column, index=values.index, name=name)

    return HotSpots(
        z=series(z, "z"),
        p=series(p, "p"),
        q=series(q, "q"),
        state=pd.Series(words.take(np.where(beyond & (z > 0), 1, 2 * (beyond & (z < 0)))), values.index, name="state"),
        neighbours=series(np.rint(weights).astype("int64"), "neighbours"),
    )
