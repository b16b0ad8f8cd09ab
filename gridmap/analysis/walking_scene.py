"""What stands in a walker's way: walls with their gates, and buildings.

Each walled compound is told by a number of its own; a *zone* is the sum of the numbers of the walled compounds that a
place lies in, 0 outside all walls. Two places with different zones have a wall between them, whatever their distance.
A place on a wall, to within 2 cm, counts as outside it, so that a street drawn along a boundary belongs to the town.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray
from scipy.sparse import csr_matrix
from scipy.sparse.csgraph import connected_components

from gridmap import schema
from gridmap.errors import InputError

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]
Shapes = NDArray[Any]

ON_WALL_M = 0.02
# A gate belongs to the nearest wall, if that is no farther.
GATE_TO_WALL_M = 15.0


@dataclass(frozen=True, kw_only=True, eq=False)
class Scene:
    """Buildings, walled compounds and gates as arrays in one CRS in metres.

    Parameters
    ----------
    buildings
        Footprints; empty where none is known.
    building_compound
        For each building the row of its compound, or -1.
    compounds
        Boundaries of all compounds, walled or not.
    walled
        Which of them have a wall.
    gates
        Places of the gates that people may pass, on the wall.
    gate_row, gate_compound
        Row of each in the frame of gates, and the row of its compound.
    """

    buildings: Shapes
    building_compound: Ints
    compounds: Shapes
    walled: Flags
    gates: Shapes
    gate_row: Ints
    gate_compound: Ints
    keys: Ints = field(repr=False)
    compound_ids: pd.Index = field(repr=False)

    def with_gates(self, places: Shapes, compound: Ints) -> Scene:
        """Return the scene with more gates, which stand in no frame."""
        return replace(
            self,
            gates=np.concatenate([self.gates, places]),
            gate_row=np.concatenate([self.gate_row, np.full(len(places), -1)]),
            gate_compound=np.concatenate([self.gate_compound, compound]),
        )

    @cached_property
    def building_tree(self) -> shapely.STRtree:
        """Tree over the footprints."""
        return shapely.STRtree(self.buildings)

    @cached_property
    def walls(self) -> Shapes:
        """All walls in straight pieces."""
        return straight_pieces(shapely.boundary(self.compounds[self.walled]))

    @cached_property
    def wall_tree(self) -> shapely.STRtree:
        """Tree over the pieces of the walls."""
        return shapely.STRtree(self.walls)

    @cached_property
    def wall_strips(self) -> Any:
        """All walls as one shape, 10 cm wide."""
        return shapely.union_all(shapely.buffer(self.walls, 0.05))

    @cached_property
    def _inside_tree(self) -> shapely.STRtree:
        return shapely.STRtree(shapely.buffer(self.compounds[self.walled], -ON_WALL_M))

    @cached_property
    def blocks(self) -> Shapes:
        """The buildings, those that touch each other joined to one shape each."""
        one, other = self.building_tree.query(self.buildings, predicate="intersects")
        count = len(self.buildings)
        _, block = connected_components(
            csr_matrix((np.ones(len(one)), (one, other)), shape=(count, count)), directed=False
        )
        order = np.argsort(block, kind="stable")
        size = np.bincount(block, minlength=int(block.max(initial=-1)) + 1)
        joined = self.buildings[order][np.cumsum(size) - size]
        for many in np.flatnonzero(size > 1):
            joined[many] = shapely.union_all(self.buildings[block == many])
        found: Shapes = joined[~shapely.is_empty(joined)]
        return found

    @cached_property
    def block_tree(self) -> shapely.STRtree:
        """Tree over the blocks."""
        return shapely.STRtree(self.blocks)

    @cached_property
    def building_zone(self) -> Ints:
        """Zone of each building: that of its compound where it says one that is walled, else that of its place."""
        zone = self.zone_of(shapely.point_on_surface(self.buildings))
        own = np.flatnonzero(self.building_compound >= 0)
        walled = own[self.walled[self.building_compound[own]]]
        zone[walled] = self.keys[self.building_compound[walled]]
        return zone

    def region_of(self, places: Shapes) -> Ints:
        """Return the same as `zone_of`, as if all compounds had a wall."""
        region = np.zeros(len(places), dtype=np.int64)
        row, inside = shapely.STRtree(self.compounds).query(places, predicate="intersects")
        np.add.at(region, row, self.keys[inside])
        return region

    def zone_of(self, places: Shapes) -> Ints:
        """Return the zone of each of ``places`` (points)."""
        zone = np.zeros(len(places), dtype=np.int64)
        if self.walled.any():
            row, inside = self._inside_tree.query(places, predicate="intersects")
            np.add.at(zone, row, self.keys[self.walled][inside])
        return zone

    def off_walls(self, places: Shapes) -> Shapes:
        """Return ``places`` (points), those on a wall moved a little to its outside."""
        moved = places.copy()
        if len(self.walls):
            outlines = shapely.buffer(self.compounds[self.walled], 2 * ON_WALL_M)
            on_wall = np.unique(self.wall_tree.query(places, predicate="dwithin", distance=ON_WALL_M)[0])
            for one in on_wall.tolist():
                rings = shapely.boundary(outlines[shapely.intersects(outlines, places[one])])
                nearest = rings[np.argmin(shapely.distance(rings, places[one]))]
                moved[one] = shapely.get_point(shapely.shortest_line(nearest, places[one]), 0)
        return moved

    def meets_wall(self, lines: Shapes) -> Flags:
        """Return which lines touch or cross a wall."""
        hit = np.zeros(len(lines), dtype=bool)
        if len(self.walls):
            hit[self.wall_tree.query(lines, predicate="intersects")[0]] = True
        return hit


def scene(buildings: gpd.GeoDataFrame, compounds: gpd.GeoDataFrame | None, gates: gpd.GeoDataFrame | None) -> Scene:
    """Take from the frames what stands in the way.

    Parameters
    ----------
    buildings
        Footprints in a CRS in metres; column ``compound_id`` where it is known.
    compounds
        Boundaries; those with ``walled`` have a wall. Without the column all have.
    gates
        Points; those with ``pedestrians`` let people through. Column ``compound_id`` where it is known.

    Raises
    ------
    InputError
        If a frame lacks what is needed, or they differ in CRS.
    """
    schema.require(buildings, geometry="polygon", what="buildings")
    for other, shape, what in ((compounds, "polygon", "compounds"), (gates, "point", "gates")):
        demand_same(buildings, other, shape, what)
    shapes = np.empty(0, dtype=object) if compounds is None else _sound(compounds.geometry.to_numpy())
    walled = np.zeros(len(shapes), dtype=bool)
    if compounds is not None:
        said = compounds["walled"].to_numpy(dtype=bool) if "walled" in compounds.columns else np.ones(len(shapes), bool)
        walled = said & ~shapely.is_empty(shapes)
    ids = pd.Index([]) if compounds is None else compounds.index
    places, row, compound = placed_gates(gates, ids, shapes)
    # Sums of these tell sets of compounds apart; a seed makes them the same each time.
    keys = np.random.default_rng(0).integers(1, 2**52, len(shapes))
    return Scene(
        buildings=_sound(buildings.geometry.to_numpy()),
        building_compound=_rows(buildings, ids),
        compounds=shapes,
        walled=walled,
        gates=places,
        gate_row=row,
        gate_compound=compound,
        keys=keys,
        compound_ids=ids,
    )


def demand_same(buildings: gpd.GeoDataFrame, other: gpd.GeoDataFrame | None, shape: Any, what: str) -> None:
    """Demand of another frame that it can be measured together with the buildings."""
    if other is not None:
        schema.require(other, geometry=shape, what=what)
        if other.crs != buildings.crs:
            raise InputError("frames_differ_in_crs", one=buildings.crs.name, other=other.crs.name)


def straight_pieces(lines: Shapes) -> Shapes:
    """Cut lines at their vertices."""
    parts = shapely.get_parts(lines[~shapely.is_empty(lines)])
    xy, line = shapely.get_coordinates(parts, return_index=True)
    if len(xy) < 2:
        return np.empty(0, dtype=object)
    within = (line[1:] == line[:-1]) & (xy[1:] != xy[:-1]).any(axis=1)
    pieces: Shapes = shapely.linestrings(np.stack([xy[:-1][within], xy[1:][within]], axis=1))
    return pieces


def _sound(shapes: Shapes) -> Shapes:
    """Replace what is missing by nothing, and mend what crosses itself."""
    known = np.where(shapely.is_missing(shapes), shapely.Polygon(), shapes)
    crooked = ~shapely.is_valid(known)
    if crooked.any():
        known[crooked] = shapely.buffer(known[crooked], 0)
    flat: Shapes = shapely.force_2d(known)
    return flat


def _rows(frame: gpd.GeoDataFrame, ids: pd.Index) -> Ints:
    if "compound_id" not in frame.columns:
        return np.full(len(frame), -1)
    wanted = frame["compound_id"].astype("Int64" if pd.api.types.is_integer_dtype(ids.dtype) else "object")
    return np.array([ids.get_loc(one) if not pd.isna(one) and one in ids else -1 for one in wanted], dtype=np.int64)


def placed_gates(gates: gpd.GeoDataFrame | None, ids: pd.Index, shapes: Shapes) -> tuple[Shapes, Ints, Ints]:
    """Return the gates that people may pass, on their wall: places, rows, and rows of their compounds."""
    none = np.empty(0, dtype=np.int64)
    if gates is None or gates.empty or not len(shapes):
        return np.empty(0, dtype=object), none, none
    passable = ~(gates.geometry.is_empty | gates.geometry.isna()).to_numpy()
    if "pedestrians" in gates.columns:
        passable &= gates["pedestrians"].to_numpy(dtype=bool)
    row = np.flatnonzero(passable)
    places = gates.geometry.to_numpy()[row]
    compound = _rows(gates, ids)[row]
    rings = shapely.boundary(shapes)
    lost = np.flatnonzero(compound < 0)
    if len(lost):
        found, nearest = shapely.STRtree(rings).query_nearest(
            places[lost], max_distance=GATE_TO_WALL_M, all_matches=False
        )
        compound[lost[found]] = nearest
    good = compound >= 0
    row, places, compound = row[good], places[good], compound[good]
    good = ~shapely.is_empty(rings[compound])
    row, places, compound = row[good], places[good], compound[good]
    on_wall = shapely.line_interpolate_point(
        rings_of(rings[compound], places), shapely.line_locate_point(rings_of(rings[compound], places), places)
    )
    return on_wall, row, compound


def rings_of(boundaries: Shapes, places: Shapes) -> Shapes:
    """Return of each boundary the one line that is nearest to its place: a boundary may have several."""
    out = boundaries.copy()
    for i in np.flatnonzero(shapely.get_type_id(boundaries) == shapely.GeometryType.MULTILINESTRING):
        parts = shapely.get_parts(boundaries[i])
        out[i] = parts[np.argmin(shapely.distance(parts, places[i]))]
    return out
