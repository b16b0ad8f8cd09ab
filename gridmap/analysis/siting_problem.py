"""What is asked of a siting: demands, facilities by their standing, what counts as best, and what is within means."""

from __future__ import annotations

from collections import Counter
from collections.abc import Hashable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import TypeVar

import numpy as np
from numpy.typing import ArrayLike, NDArray

from gridmap.analysis import assignment
from gridmap.analysis import pairs as reaching
from gridmap.analysis.pairs import Cost, Floats, Ints, Pairs
from gridmap.errors import InputError

_Key = TypeVar("_Key", bound=StrEnum)


class Objective(StrEnum):
    """What counts as best.

    ``LSCP``: fewest facilities that cover every household. ``MCLP``: most households covered. ``PMEDIAN``: least
    walking of all households together. ``PCENTER``: the longest walk as short as can be.
    """

    LSCP = "lscp"
    MCLP = "mclp"
    PMEDIAN = "pmedian"
    PCENTER = "pcenter"


class Standing(StrEnum):
    """How a facility stands.

    A fixed one stays open; a closable one may be closed; a movable one may be closed, and one more candidate opened
    for it; a candidate is not there yet.
    """

    FIXED = "fixed"
    CLOSABLE = "closable"
    MOVABLE = "movable"
    CANDIDATE = "candidate"


@dataclass(frozen=True, eq=False)
class Problem:
    """A siting to be solved; made by `problem`.

    Parameters
    ----------
    objective
        What counts as best.
    near
        The walks within reach, in metres.
    households
        Households of each demand; one without any needs no facility.
    standing
        `Standing` of each facility.
    add
        How many new facilities at most; None for as many as it takes.
    room
        Households that each facility has room for; None for as many as come. A building may be split.
    price
        What keeping or opening each facility costs; what is fixed costs nothing more.
    budget
        What may be spent in all; None for as much as it takes.
    """

    objective: Objective
    near: Pairs
    households: Ints
    standing: NDArray[np.str_]
    add: int | None
    room: Ints | None
    price: Floats
    budget: float | None

    @property
    def maximises(self) -> bool:
        """Whether more is better."""
        return self.objective == Objective.MCLP

    @property
    def places(self) -> int | None:
        """How many candidates and movable facilities may be open; None for as many as it takes."""
        return None if self.add is None else self.add + int((self.standing == Standing.MOVABLE).sum())

    @property
    def plain(self) -> bool:
        """Whether neither room nor budget binds."""
        return self.room is None and self.budget is None

    def is_(self, *standings: Standing) -> NDArray[np.bool_]:
        """Tell which facilities have one of these standings."""
        return np.isin(self.standing, standings)

    def allowed(self, opened: NDArray[np.bool_]) -> bool:
        """Tell whether so many may be open, and whether they can be paid."""
        counted = int(opened[self.is_(Standing.CANDIDATE, Standing.MOVABLE)].sum())
        spent = float(self.price[opened & ~self.is_(Standing.FIXED)].sum())
        within = self.budget is None or spent <= self.budget + 1e-6
        return (
            bool(opened[self.is_(Standing.FIXED)].all()) and within and (self.places is None or counted <= self.places)
        )

    def serve(self, opened: NDArray[np.bool_], limit_m: float = np.inf) -> assignment.Assignment:
        """Give the households to the open facilities: most covered first, then least walking."""
        near = self.near.within(limit_m)
        kept = opened[near.facility]
        near = Pairs(near.demand[kept], near.facility[kept], near.walk_m[kept], near.demands, near.facilities)
        if self.room is not None:
            return assignment.assign(near, self.households, np.where(opened, self.room, 0))
        order = np.lexsort((near.walk_m, near.demand))
        first = order[np.concatenate(([True], np.diff(near.demand[order]) > 0))] if len(order) else order
        first = first[self.households[near.demand[first]] > 0]
        served = self.households[near.demand[first]]
        covered = np.zeros(near.demands, dtype=np.int64)
        covered[near.demand[first]] = served
        return assignment.Assignment(
            households=self.households,
            room=np.full(near.facilities, int(self.households.sum()), dtype=np.int64),
            demand=near.demand[first],
            facility=near.facility[first],
            served=served,
            walk_m=near.walk_m[first],
            covered=covered,
            full=np.zeros_like(covered),
            out_of_reach=self.households - covered,
        )

    def worth(self, opened: NDArray[np.bool_]) -> float | None:
        """Return the value of an open set; None if it is not allowed, or leaves out whom it must cover."""
        if not self.allowed(opened):
            return None
        served = self.serve(opened)
        if self.objective == Objective.MCLP:
            return float(served.covered.sum())
        if served.covered.sum() < self.households.sum():
            return None
        if self.objective == Objective.LSCP:
            return float(opened.sum())
        if self.objective == Objective.PMEDIAN:
            return float(served.served @ served.walk_m)
        if self.room is None:
            return float(served.walk_m.max(initial=0.0))
        return self._shortest_reach(opened)

    def radii(self) -> Floats:
        """Return all lengths of walks, ascending."""
        return np.unique(self.near.walk_m[self.households[self.near.demand] > 0])

    def _shortest_reach(self, opened: NDArray[np.bool_]) -> float:
        radii, total = self.radii(), self.households.sum()
        low, high = 0, len(radii) - 1
        while low < high:
            middle = (low + high) // 2
            if self.serve(opened, float(radii[middle])).covered.sum() == total:
                high = middle
            else:
                low = middle + 1
        return float(radii[low])


def problem(
    cost: Cost,
    households: ArrayLike,
    *,
    objective: Objective | str,
    facilities: int | None = None,
    add: int | None = None,
    standing: Sequence[Standing | str] | None = None,
    room: ArrayLike | None = None,
    price: ArrayLike | None = None,
    budget: float | None = None,
    limit_m: float | None = None,
    ids: Sequence[Hashable] | None = None,
) -> Problem:
    """Check what is asked and put it in order.

    Parameters
    ----------
    cost
        Walks in metres from demands to facilities: a sparse matrix (demand x facility, with an entry for each walk,
        0 included) or triples (demand, facility, metres). What has no entry is out of reach. Kept to the millimetre.
    households
        Households of each demand.
    objective
        What counts as best.
    facilities
        How many there are; may be left out where the matrix, ``standing``, ``room`` or ``price`` tells.
    add
        How many new ones at most; needed but for ``lscp``.
    standing
        Of each facility; all are candidates if left out.
    room, price, budget
        As in `Problem`; a budget needs prices.
    limit_m
        Longest walk that counts as covered, with 1 mm of tolerance; what is farther is out of reach.
    ids
        Names of the facilities, to tell one that is given twice.

    Raises
    ------
    InputError
        If a number is negative, broken or missing, there are no households, no facility, or one is given twice.
    """
    wanted = reaching.counts(households, "households")
    n = _how_many(cost, facilities, standing, room, price)
    if not n:
        raise InputError("siting_no_facility")
    if not wanted.sum():
        raise InputError("siting_no_households", n=len(wanted))
    aim = _chosen(Objective, objective, "siting_objective")
    if ids is not None:
        twice = [str(one) for one, n_of in Counter(ids).items() if n_of > 1]
        if twice:
            raise InputError("siting_twice", ids=twice[:5], n=len(twice))
    if add is None and aim != Objective.LSCP:
        raise InputError("siting_add_missing")
    if add is not None and (add != int(add) or add < 0):
        raise InputError("siting_add", found=f"{add:g}")
    if budget is not None and (price is None or not budget >= 0):
        raise InputError("siting_budget", found=f"{budget:g}")
    near = reaching.read(cost, len(wanted), n)
    if limit_m is not None:
        if not limit_m >= 0:
            raise InputError("siting_limit", found=f"{limit_m:g}")
        near = near.within(limit_m)
    near = Pairs(near.demand, near.facility, np.round(near.walk_m, 3), near.demands, near.facilities)
    told = [Standing.CANDIDATE] * n if standing is None else [_chosen(Standing, s, "siting_standing") for s in standing]
    prices = np.zeros(n) if price is None else np.asarray(price, dtype=np.float64)
    if not (np.isfinite(prices).all() and (prices >= 0).all()):
        raise InputError("siting_price", n=int((~(prices >= 0) | ~np.isfinite(prices)).sum()))
    space = None if room is None else reaching.counts(room, "room")
    for given in (told, prices, space):
        if given is not None and len(given) != n:
            raise InputError("siting_shape", found=[len(given)], wanted=[n])
    return Problem(aim, near, wanted, np.array([str(s) for s in told]), add, space, prices, budget)


def _how_many(cost: Cost, *told: object) -> int:
    if isinstance(cost, Pairs):
        return cost.facilities
    for one in told:
        if isinstance(one, int):
            return one
        if one is not None:
            return len(np.asarray(one))
    if isinstance(cost, Sequence):
        return int(np.max(cost[1], initial=-1)) + 1
    return int(cost.shape[1])


def _chosen(kind: type[_Key], value: str, key: str) -> _Key:
    try:
        return kind(value)
    except ValueError:
        raise InputError(key, found=str(value), known=[one.value for one in kind]) from None
