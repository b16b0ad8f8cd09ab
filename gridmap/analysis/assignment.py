"""Which households go to which service point when each point has room for so many.

The assignment is optimal: as many households as can be are covered, and of all ways to cover that many it is the one
with the least walking. It is a flow of least cost (OR-tools' cost-scaling push-relabel), so households are whole.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike

from gridmap.analysis import pairs as reaching
from gridmap.analysis.pairs import Cost, Floats, Ints, Pairs
from gridmap.errors import InputError

COVERED = "covered"
FULL = "full"
OUT_OF_REACH = "out_of_reach"
UNITS_PER_M = 1000
"""Walks are weighed to the millimetre."""
HOUSEHOLDS_PER_HEAD = 100
"""One courtyard head looks after so many households."""


@dataclass(frozen=True)
class Figures:
    """Households, and the buildings that hold them, by how they fare.

    Parameters
    ----------
    households, covered, full, out_of_reach
        All households; those with a place; those in reach of a point but with all room taken; those in reach of none.
    buildings, buildings_covered, buildings_full, buildings_out_of_reach
        The same for buildings with households; a building counts as full if any household of it does.
    buildings_split
        Buildings whose households go to more than one point, or only some of which find room.
    walk_m
        Metres that all covered households walk together.
    """

    households: int
    covered: int
    full: int
    out_of_reach: int
    buildings: int
    buildings_covered: int
    buildings_full: int
    buildings_out_of_reach: int
    buildings_split: int
    walk_m: float

    @property
    def mean_walk_m(self) -> float | None:
        """Metres that a covered household walks on average; None where none is covered."""
        return self.walk_m / self.covered if self.covered else None


@dataclass(frozen=True, eq=False)
class Assignment:
    """Answer of `assign`.

    Parameters
    ----------
    households, room
        What was given: households of each demand, room of each facility.
    demand, facility, served, walk_m
        The parts: so many households of a demand go to a facility, each so many metres. Sorted by demand.
    covered, full, out_of_reach
        Households of each demand by how they fare.
    """

    households: Ints
    room: Ints
    demand: Ints
    facility: Ints
    served: Ints
    walk_m: Floats
    covered: Ints
    full: Ints
    out_of_reach: Ints

    def __post_init__(self) -> None:
        """Refuse a result that contradicts itself: a fault of the program, not of the data."""
        if not np.array_equal(self.covered + self.full + self.out_of_reach, self.households):
            raise ValueError("covered, full and out of reach do not make up all households")
        parts = np.bincount(self.demand, weights=self.served, minlength=len(self.households))
        if not np.array_equal(parts.astype(np.int64), self.covered) or (self.served <= 0).any():
            raise ValueError("the parts of an assignment do not make up the covered households")
        if (self.load > self.room).any():
            raise ValueError("a facility was given more households than it has room for")
        if (self.full[self.out_of_reach > 0] > 0).any():
            raise ValueError("a demand cannot be both within reach and out of it")

    @property
    def load(self) -> Ints:
        """Households that each facility serves."""
        return np.bincount(self.facility, weights=self.served, minlength=len(self.room)).astype(np.int64)

    @property
    def split(self) -> pd.Series:
        """For each demand whether its households do not all fare alike: several points, or only some find room."""
        several = np.bincount(self.demand, minlength=len(self.households)) > 1
        return pd.Series(several | ((self.covered > 0) & (self.full > 0)), name="split")

    @property
    def state(self) -> pd.Series:
        """``covered``, ``full`` or ``out_of_reach`` for each demand; full if any household of it finds no room."""
        told = np.where(self.out_of_reach > 0, OUT_OF_REACH, np.where(self.full > 0, FULL, COVERED))
        return pd.Series(told, name="state", dtype="str")

    def summary(self) -> Figures:
        """Count households and buildings."""
        state = self.state[self.households > 0]
        return Figures(
            households=int(self.households.sum()),
            covered=int(self.covered.sum()),
            full=int(self.full.sum()),
            out_of_reach=int(self.out_of_reach.sum()),
            buildings=len(state),
            buildings_covered=int((state == COVERED).sum()),
            buildings_full=int((state == FULL).sum()),
            buildings_out_of_reach=int((state == OUT_OF_REACH).sum()),
            buildings_split=int(self.split.sum()),
            walk_m=float(self.served @ self.walk_m),
        )


def assign(cost: Cost, households: ArrayLike, room: ArrayLike) -> Assignment:
    """Give the households of each demand to facilities within reach, none more than it has room for.

    Parameters
    ----------
    cost
        Walks in metres from demands to facilities, for those within reach: a sparse matrix or triples. Weighed to the
        millimetre.
    households
        Households of each demand, whole numbers of 0 or more.
    room
        Households that each facility has room for, whole numbers of 0 or more. A facility with room for none still
        counts as within reach: who reaches no other is told that it is full.

    Returns
    -------
    Assignment
        Most households covered, then least walking.

    Raises
    ------
    InputError
        If a number is negative or broken, or out of range.
    """
    wanted, space = reaching.counts(households, "households"), reaching.counts(room, "room")
    near = reaching.read(cost, len(wanted), len(space))
    flow = _flow(near, wanted, space)
    parts = np.flatnonzero(flow)
    covered = np.bincount(near.demand, weights=flow, minlength=len(wanted)).astype(np.int64)
    reached = np.zeros(len(wanted), dtype=bool)
    reached[near.demand] = True
    return Assignment(
        households=wanted,
        room=space,
        demand=near.demand[parts],
        facility=near.facility[parts],
        served=flow[parts],
        walk_m=near.walk_m[parts],
        covered=covered,
        full=np.where(reached, wanted - covered, 0),
        out_of_reach=np.where(reached, 0, wanted),
    )


def _flow(near: Pairs, wanted: Ints, space: Ints) -> Ints:
    """Return how many households go along each pair."""
    most = np.minimum(wanted[near.demand], space[near.facility])
    flow = np.zeros(len(most), dtype=np.int64)
    used = np.flatnonzero(most)
    if not len(used):
        return flow
    # Its library takes 0.2 s to load, which only those who assign should pay.
    from ortools.graph.python import min_cost_flow

    demands, facilities = len(wanted), len(space)
    sink = demands + facilities
    solver = min_cost_flow.SimpleMinCostFlow()
    arcs = solver.add_arcs_with_capacity_and_unit_cost(
        near.demand[used],
        demands + near.facility[used],
        most[used],
        np.round(near.walk_m[used] * UNITS_PER_M).astype(np.int64),
    )
    solver.add_arcs_with_capacity_and_unit_cost(
        demands + np.arange(facilities), np.full(facilities, sink), space, np.zeros(facilities, dtype=np.int64)
    )
    total = int(wanted.sum())
    solver.set_nodes_supplies(np.arange(sink + 1), np.concatenate([wanted, np.zeros(facilities, np.int64), [-total]]))
    status = solver.solve_max_flow_with_min_cost()
    if status != solver.OPTIMAL:
        raise RuntimeError(f"the flow was not solved: {status}")
    flow[used] = solver.flows(arcs)
    return flow


def courtyard_heads(households: ArrayLike, heads: ArrayLike, *, per_head: int = HOUSEHOLDS_PER_HEAD) -> pd.DataFrame:
    """Tell how many courtyard heads each station needs for the households it serves, and how many it lacks.

    Parameters
    ----------
    households
        Households that each station serves; a Series keeps its index.
    heads
        Courtyard heads that each station has, in the same order.
    per_head
        Households that one head looks after.

    Returns
    -------
    pandas.DataFrame
        Columns ``households``, ``heads``, ``needed`` and ``short``.
    """
    if per_head < 1:
        raise InputError("siting_per_head", found=per_head)
    index = households.index if isinstance(households, pd.Series) else None
    served, present = reaching.counts(households, "households"), reaching.counts(heads, "heads")
    needed = -(-served // per_head)
    columns = {"households": served, "heads": present, "needed": needed, "short": np.maximum(needed - present, 0)}
    return pd.DataFrame(columns, index=index)
