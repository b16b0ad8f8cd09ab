"""How far people walk to a service point: on paths where there are any, through free space where there are none.

Walls are crossed only at gates that let people through and are open at the chosen hour; buildings are walked round. A
building is left at its entrances where they are known, else on whichever of its sides the way is shortest. Lengths are
metres that count: as long as they are, but stairs and crossings may count for more (`Costs`); minutes follow at a pace.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from types import MappingProxyType
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from scipy.sparse import csr_matrix

from gridmap import i18n, schema
from gridmap.analysis import coverage, walking_build, walking_hours, walking_points, walking_routes
from gridmap.analysis.walking_doors import Doors
from gridmap.analysis.walking_network import NOBODY, Flags, Floats, Ints, Network, Reach
from gridmap.analysis.walking_points import Approach
from gridmap.analysis.walking_space import ALL_PAIRS
from gridmap.analysis.walking_ways import Costs
from gridmap.errors import InputError, NotFound

__all__ = ["PACE_M_MIN", "PACE_OLD_M_MIN", "Costs", "Doors", "Model", "Network", "Remark", "Walks", "build"]

PACE_M_MIN = 75.0
PACE_OLD_M_MIN = 60.0


@dataclass(frozen=True, kw_only=True)
class Remark:
    """Something that a result assumes or leaves out; the sentence is ``walking.remark.<key>``."""

    key: str
    fields: Mapping[str, Any] = field(default_factory=lambda: MappingProxyType({}))

    def sentence(self, language: str) -> str:
        """Return what is to be said of it."""
        return i18n.text(f"walking.remark.{self.key}", language, **self.fields)


@dataclass(frozen=True, kw_only=True, eq=False)
class Walks:
    """The nearest point of each building on foot; the Series have the index of the buildings.

    Parameters
    ----------
    limit_m
        As far as a point counts as in reach, in metres.
    pace_m_min
        Metres walked in a minute.
    state
        ``"covered"`` or ``"out_of_reach"``.
    point
        Id of the nearest point, in reach or not; missing where no walk leads to any.
    walk_m
        Metres to it; NaN where no walk leads to any.
    remarks
        What is assumed, and which points could not be used as they are.
    """

    limit_m: float
    pace_m_min: float
    state: pd.Series
    point: pd.Series
    walk_m: pd.Series
    remarks: tuple[Remark, ...]
    model: Model = field(repr=False)
    approach: Approach = field(repr=False)
    reach: Reach = field(repr=False)
    metres: Floats = field(repr=False)
    owner: Ints = field(repr=False)
    shut_gates: frozenset[int] = field(repr=False)

    @property
    def minutes(self) -> pd.Series:
        """Minutes to the nearest point."""
        return (self.walk_m / self.pace_m_min).rename("minutes")

    def coverage(self, households: pd.Series | None = None) -> coverage.Coverage:
        """Return the same as a coverage, with the households of each building."""
        people = pd.Series(0, index=self.state.index) if households is None else households
        return coverage.Coverage(
            radius_m=self.limit_m,
            state=self.state,
            point=self.point,
            distance_m=self.walk_m.rename("distance_m"),
            households=people.fillna(0).astype("int64").rename("households"),
        )


@dataclass(frozen=True, kw_only=True)
class Island:
    """A piece of the network that does not hang together with the main one.

    Parameters
    ----------
    length_m
        Metres of path in it.
    buildings
        Ids of the buildings that are joined to it alone.
    gap_m
        Metres from it to the nearest other piece, in a straight line.
    mend
        That line, in the model's CRS: a path there would join the two, unless ``wall``.
    wall
        Whether a wall stands in the gap: a gate would be needed.
    """

    length_m: float
    buildings: tuple[Any, ...]
    gap_m: float
    mend: shapely.LineString
    wall: bool


@dataclass(frozen=True, kw_only=True, eq=False)
class Model:
    """Where people can walk. Made by `build`; nothing in it changes.

    Parameters
    ----------
    fabric
        What the network was made of.
    network, doors
        The network, and how buildings touch it.
    index
        Index of the buildings.
    gates
        Ids of the gates by their number in the network; None for an assumed one.
    hours
        For each gate when it is open.
    crs
        The CRS in metres of all that goes in and comes out.
    boundary
        The community, where it is known.
    remarks
        What was assumed.
    """

    fabric: walking_build.Fabric
    network: Network
    doors: Doors
    index: pd.Index
    gates: tuple[Any, ...]
    hours: tuple[walking_hours.Hours, ...]
    crs: Any
    boundary: shapely.Geometry | None
    remarks: tuple[Remark, ...]

    def nearest(
        self,
        points: gpd.GeoDataFrame,
        *,
        limit_m: float | None = None,
        limit_min: float | None = None,
        pace_m_min: float = PACE_M_MIN,
        hour: dt.time | None = None,
    ) -> Walks:
        """Find for each building the point that is nearest on foot.

        Parameters
        ----------
        points
            Points in the model's CRS, index = id; empty ones are ignored.
        limit_m, limit_min
            How far a point may be: one of the two, in metres or in minutes.
        pace_m_min
            Metres walked in a minute.
        hour
            Time of day; gates closed then let nobody through. Without it all gates are open.

        Raises
        ------
        InputError
            If the points cannot be used, or the limit or the pace is no positive number.
        """
        if (limit_m is None) == (limit_min is None):
            raise InputError("walk_one_limit")
        if not 0 < pace_m_min < np.inf:
            raise InputError("walk_pace", pace=f"{pace_m_min:g}")
        far = float(limit_m) if limit_m is not None else float(limit_min or 0) * pace_m_min
        if not far >= 0:
            raise InputError("radius_negative", radius=f"{far:g}")
        approach = self.approach(points)
        shut_gates = self.closed(hour)
        reach = self.network.reach(approach.starts, shut=self.network.shut(sorted(shut_gates)))
        walk_m, owner = self.answer(reach, approach)
        return self.walks(walk_m, owner, far, pace_m_min, approach, reach, shut_gates)

    def approach(self, points: gpd.GeoDataFrame) -> Approach:
        """Join points to the network."""
        schema.require(points, geometry="point", what="points")
        if points.crs != self.crs:
            raise InputError("frames_differ_in_crs", one=self.crs.name, other=points.crs.name)
        return walking_points.approach(points, self.fabric, self.doors, self.boundary)

    def closed(self, hour: dt.time | None) -> frozenset[int]:
        """Return the numbers of the gates that are closed at an hour."""
        if hour is None:
            return frozenset()
        return frozenset(i for i, open_ in enumerate(self.hours) if not open_.at(hour))

    def gate_number(self, gate: Any) -> int:
        """Return the number of a gate in the network.

        Raises
        ------
        NotFound
            If it has none: people cannot pass it, or it stands on no wall.
        """
        if gate not in self.gates:
            raise NotFound("walk_gate_unknown", gate=str(gate))
        return self.gates.index(gate)

    def answer(self, reach: Reach, approach: Approach) -> tuple[Floats, Ints]:
        """Return for each building metres and number of the nearest point, from a reach of the network."""
        walk_m, owner = self.doors.nearest(reach)
        walk_m = walk_m.copy()
        better_directly(walk_m, owner, approach, np.ones(len(walk_m), dtype=bool))
        return walk_m, owner

    def walks(
        self,
        walk_m: Floats,
        owner: Ints,
        limit_m: float,
        pace_m_min: float,
        approach: Approach,
        reach: Reach,
        shut_gates: frozenset[int],
    ) -> Walks:
        """Put an answer in words of ids."""
        metres = np.where(np.isfinite(walk_m), walk_m, np.nan)
        state = np.where(metres <= limit_m + coverage.TOLERANCE_M, coverage.COVERED, coverage.OUT_OF_REACH)
        number = pd.api.types.is_integer_dtype(approach.ids.dtype) or not len(approach.ids)
        point = pd.Series(pd.NA, index=self.index, name="point", dtype="Int64" if number else "object")
        told = np.flatnonzero(owner != NOBODY)
        point.iloc[told] = approach.ids.to_numpy()[owner[told]]
        return Walks(
            limit_m=limit_m,
            pace_m_min=pace_m_min,
            state=pd.Series(state, index=self.index, name="state", dtype="str"),
            point=point,
            walk_m=pd.Series(metres, index=self.index, name="walk_m"),
            remarks=(*self.remarks, *(Remark(key=key, fields=fields) for key, fields in approach.remarks)),
            model=self,
            approach=approach,
            reach=reach,
            metres=walk_m,
            owner=owner,
            shut_gates=shut_gates,
        )

    def matrix(self, points: gpd.GeoDataFrame, limit_m: float, *, hour: dt.time | None = None) -> csr_matrix:
        """Return the metres from each building (row) to each point (column); what is beyond ``limit_m`` is not stored.

        A walk of 0 m is stored too, as an explicit 0.
        """
        approach = self.approach(points)
        shut = self.network.shut(sorted(self.closed(hour)))
        return walking_points.matrix(self.network, self.doors, approach, len(points), limit_m, shut)

    def route(self, building: Any, point: gpd.GeoDataFrame, *, hour: dt.time | None = None) -> walking_routes.Route:
        """Return the shortest walk from a building to a point, as a line.

        Raises
        ------
        NotFound
            If there is no such building, or no walk between the two.
        """
        if building not in self.index:
            raise NotFound("walk_building_unknown", building=str(building))
        row = int(self.index.get_indexer(pd.Index([building]))[0])
        approach = self.approach(point)
        reach = self.network.reach(approach.starts, shut=self.network.shut(sorted(self.closed(hour))))
        found = walking_routes.route(self.fabric, self.doors, reach, approach, row)
        if found is None:
            raise NotFound("walk_no_way", building=str(building))
        return found

    def islands(self, *, hour: dt.time | None = None) -> tuple[Island, ...]:
        """Return the pieces of the network apart from the largest, the one with most buildings first."""
        return tuple(Island(**one) for one in self._island_rows(self.network.shut(sorted(self.closed(hour)))))

    @cached_property
    def unreached(self) -> pd.Index:
        """Buildings that no way leads to."""
        joined = np.zeros(len(self.index), dtype=bool)
        joined[self.doors.building] = True
        return self.index[~joined]

    def _island_rows(self, shut: Flags | None) -> list[dict[str, Any]]:
        return walking_routes.islands(self.fabric, self.network, self.doors, self.index, shut)


def build(
    buildings: gpd.GeoDataFrame,
    compounds: gpd.GeoDataFrame | None = None,
    gates: gpd.GeoDataFrame | None = None,
    paths: gpd.GeoDataFrame | None = None,
    *,
    entrances: gpd.GeoDataFrame | None = None,
    boundary: shapely.Geometry | None = None,
    costs: Costs | None = None,
    all_pairs: int = ALL_PAIRS,
) -> Model:
    """Make the walking model of a place.

    Parameters
    ----------
    buildings
        Footprints in a CRS in metres; ``compound_id`` where it is known.
    compounds
        Boundaries in the same CRS, walls where ``walled``; ``name`` for the remarks.
    gates
        Points on the walls; ``pedestrians``, ``open_hours`` and ``compound_id`` where they are known.
    paths
        Lines; ``kind`` as in `model.PathKind`. Without any, people walk through free space.
    entrances
        Points with ``building_id``; a building without any is left on all sides.
    boundary
        The community: points outside are named.
    costs
        What is walked more slowly.
    all_pairs
        Up to so many corners of free space all pairs are looked at.

    Raises
    ------
    InputError
        If a frame lacks what is needed, they differ in CRS, or a gate's hours cannot be read.
    """
    fabric = walking_build.weave(buildings, compounds, gates, paths, entrances, costs or Costs(), all_pairs)
    ways, scene = fabric.ways, fabric.scene
    network = Network.from_arrays(ways.edges, ways.length_m, nodes=len(ways.xy), gate=ways.gate, xy=ways.xy)
    doors = Doors(buildings=len(buildings), building=fabric.door_building, node=fabric.door_node, walk_m=fabric.door_m)
    numbers = tuple(None if gates is None or row < 0 else gates.index[row] for row in scene.gate_row)
    return Model(
        fabric=fabric,
        network=network,
        doors=doors,
        index=buildings.index,
        gates=numbers,
        hours=walking_hours.of_gates(gates, scene.gate_row),
        crs=buildings.crs,
        boundary=boundary,
        remarks=_remarks(fabric, compounds),
    )


def better_directly(walk_m: Floats, owner: Ints, approach: Approach, which: Flags) -> None:
    """Let buildings among ``which`` have the point that they see, where that is nearer."""
    mine = np.flatnonzero(which[approach.seen_building] & ~approach.gone[approach.seen_point])
    building, point, metres = approach.seen_building[mine], approach.seen_point[mine], approach.seen_m[mine]
    order = np.lexsort((point, metres, building))
    building, point, metres = building[order], point[order], metres[order]
    first = np.ones(len(building), dtype=bool)
    first[1:] = building[1:] != building[:-1]
    building, point, metres = building[first], point[first], metres[first]
    nearer = metres < walk_m[building]
    walk_m[building[nearer]] = metres[nearer]
    owner[building[nearer]] = point[nearer]


def _remarks(fabric: walking_build.Fabric, compounds: gpd.GeoDataFrame | None) -> tuple[Remark, ...]:
    said: list[Remark] = []
    if not (fabric.ways.path >= 0).any():
        said.append(Remark(key="no_paths" if fabric.scene.walled.any() else "no_paths_no_walls"))
    named = None if compounds is None or "name" not in compounds.columns else compounds["name"]
    whys: dict[tuple[int, str], int] = {}
    for compound, _, why in fabric.assumed:
        whys[compound, why] = whys.get((compound, why), 0) + 1
    for (compound, why), count in whys.items():
        name = str(fabric.scene.compound_ids[compound] if named is None else named.iloc[compound])
        said.append(Remark(key=f"gate_assumed_{why}", fields={"compound": name, "n": count}))
    return tuple(said)
