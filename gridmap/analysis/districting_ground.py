"""What grids are drawn on: which buildings are neighbours, what lies between them, which belong together."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any, TypeAlias

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components
from shapely.geometry.base import BaseGeometry

from gridmap import schema
from gridmap.analysis import cells, tessellation
from gridmap.errors import InputError

Floats: TypeAlias = NDArray[np.float64]
Ints: TypeAlias = NDArray[np.int64]
Lines: TypeAlias = gpd.GeoSeries | None

# What a metre of border costs by what lies between the two buildings.
WITHIN_COMPOUND, OPEN, PATH, WALL, STREET = 3.0, 1.0, 0.8, 0.5, 0.4


@dataclass(frozen=True, eq=False, kw_only=True)
class Ground:
    """Buildings as units of a graph that hangs together.

    Parameters
    ----------
    index
        Buildings.
    names
        What people call them.
    unit
        Unit of each building; buildings that lie on one another share one.
    places
        Coordinates of each unit, in metres.
    near
        Neighbouring units with the metres of border between them, 0 for a mere link.
    cost
        What it costs to draw a border between the two, metres weighted by what lies there.
    compound
        Number of the compound of each unit, -1 for none.
    compounds
        Names of compounds by number.
    """

    index: pd.Index
    names: tuple[str, ...]
    unit: Ints
    places: Floats
    near: cells.Neighbours
    cost: Floats
    compound: Ints
    compounds: tuple[str, ...]

    @property
    def units(self) -> int:
        """How many units there are."""
        return len(self.places)

    @cached_property
    def links(self) -> tuple[tuple[str, str, float], ...]:
        """Where ground hangs together by no border: both buildings, and the metres between them."""
        first = self.first
        length_m = np.hypot(*(self.places[self.near.one] - self.places[self.near.other]).T)
        return tuple(
            (self.names[first[self.near.one[at]]], self.names[first[self.near.other[at]]], float(length_m[at]))
            for at in np.flatnonzero(self.near.border_m == 0)
        )

    @cached_property
    def first(self) -> Ints:
        """The first building of each unit."""
        return np.unique(self.unit, return_index=True)[1].astype(np.int64)

    def spread(self, values: pd.Series) -> Floats:
        """Return the sum of buildings' values in each unit."""
        carried = np.bincount(self.unit, weights=values.to_numpy(dtype=float), minlength=self.units)
        return np.asarray(carried, dtype=np.float64)

    def pieces(self, label: Ints) -> int:
        """Return in how many pieces the groups of units lie; as many as groups if each hangs together."""
        same = label[self.near.one] == label[self.near.other]
        pair = (self.near.one[same], self.near.other[same])
        graph = coo_array((np.ones(int(same.sum())), pair), shape=(self.units, self.units))
        return int(connected_components(graph, directed=False)[0])

    def cut(self, label: Ints) -> Ints:
        """Return the compounds that lie in more than one group."""
        inside = self.compound >= 0
        pairs = np.unique(np.column_stack([self.compound[inside], label[inside]]), axis=0)
        number, count = np.unique(pairs[:, 0], return_counts=True)
        return number[count > 1].astype(np.int64)


def build(
    buildings: gpd.GeoDataFrame,
    *,
    boundary: BaseGeometry | None = None,
    compound: str | None = None,
    streets: Lines = None,
    paths: Lines = None,
    walls: Lines = None,
    least: int = 1,
) -> Ground:
    """Find who is a neighbour of whom, and what lies between.

    Parameters
    ----------
    buildings
        Footprints in a projected CRS in metres; what people call them in ``number`` where there is such a column.
    boundary
        Area within which ground must hang together, in the CRS of ``buildings``; by default `tessellation.outline`.
    compound
        Column with each building's compound, missing for none.
    streets, paths, walls
        Lines along which borders are drawn rather, in the CRS of ``buildings``.
    least
        Least number of units wanted: where buildings on one another leave fewer, each building is one.

    Raises
    ------
    InputError
        If the frame is no frame of footprints in metres.
    """
    schema.require(buildings, geometry="polygon", what="buildings")
    n = len(buildings)
    footprints = buildings.geometry.to_numpy()
    reduced, unit = cells.apart(footprints) if n else (footprints, np.empty(0, dtype=np.int64))
    if n and least > int(unit.max()) + 1:
        unit = np.arange(n)
    area = boundary if boundary is not None else tessellation.outline(buildings)
    points = shapely.get_coordinates(cells.inner_points(footprints)).reshape(-1, 2)
    size = np.bincount(unit)
    places = np.column_stack([np.bincount(unit, weights=points[:, axis]) / size for axis in (0, 1)])
    near = cells.neighbours(reduced, unit, places, area)
    first = np.unique(unit, return_index=True)[1]
    codes, found = pd.factorize(buildings[compound] if compound else pd.Series(np.nan, index=buildings.index))
    own = codes.astype(np.int64)[first]
    names = buildings["number"] if "number" in buildings.columns else buildings.index
    return Ground(
        index=buildings.index,
        names=tuple(str(name) for name in names),
        unit=unit.astype(np.int64),
        places=places,
        near=near,
        cost=near.border_m * _factors(near, own, places, streets, paths, walls),
        compound=own,
        compounds=tuple(_called(value) for value in found),
    )


def loads(buildings: gpd.GeoDataFrame, column: str | None) -> pd.Series:
    """Return the loads of buildings; where none has any, each building counts as one.

    Raises
    ------
    InputError
        If a load is negative or missing.
    """
    if column is None:
        return pd.Series(1.0, index=buildings.index)
    schema.require(buildings, column, what="buildings")
    values = pd.to_numeric(buildings[column]).to_numpy(dtype=float, na_value=np.nan)
    wrong = ~(np.isfinite(values) & (values >= 0))
    if wrong.any():
        at = int(np.flatnonzero(wrong)[0])
        raise InputError("load_wrong", column=column, value=str(values[at]), building=str(buildings.index[at]))
    return pd.Series(values if values.sum() > 0 else 1.0, index=buildings.index)


def _called(value: Any) -> str:
    return str(int(value)) if isinstance(value, float) and value.is_integer() else str(value)


def _factors(near: cells.Neighbours, own: Ints, places: Floats, streets: Lines, paths: Lines, walls: Lines) -> Floats:
    one, other = own[near.one], own[near.other]
    factor = np.where((one == other) & (one >= 0), WITHIN_COMPOUND, OPEN)
    between = shapely.linestrings(np.stack([places[near.one], places[near.other]], axis=1))
    for lines, worth in ((paths, PATH), (walls, WALL), (streets, STREET)):
        if lines is not None and len(lines) and len(between):
            crossed = np.unique(shapely.STRtree(lines.to_numpy()).query(between, predicate="intersects")[0])
            factor[crossed] = np.minimum(factor[crossed], worth)
    return factor
