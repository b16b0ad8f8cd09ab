"""Siting as a mixed-integer programme, built from arrays and given to HiGHS through scipy.

Serves where room or a budget binds, and for what is left of a plain siting once its bounds have ruled most of it out.
A solver that ran out of time is not believed: its open set is valued anew, and only its bound is taken.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import optimize, sparse

from gridmap.analysis.pairs import Floats
from gridmap.analysis.siting_problem import Objective, Problem, Standing

_INFEASIBLE = 2


@dataclass(frozen=True, eq=False)
class Exact:
    """What the solver found.

    Parameters
    ----------
    opened
        An open set, or None if it found none.
    bound
        A value that no open set passes; infinite where it knows none.
    infeasible
        Whether it has shown that there is no open set at all.
    """

    opened: NDArray[np.bool_] | None
    bound: float
    infeasible: bool


def solve(
    asked: Problem,
    seconds: float,
    *,
    objective: Objective | None = None,
    shut: NDArray[np.bool_] | None = None,
    held: NDArray[np.bool_] | None = None,
    by_price: bool = False,
) -> Exact:
    """Solve a siting as it stands (least walking, most or fewest; `siting` brings the worst case down to fewest).

    Parameters
    ----------
    asked
        The siting.
    seconds
        After which to stop with what there is.
    objective
        In place of the siting's own.
    shut, held
        Facilities known to be closed and to be open in some best answer.
    by_price
        Count what is spent in place of the facilities.
    """
    aim = objective or asked.objective
    near, m = asked.near, asked.near.facilities
    weight = asked.households[near.demand]
    pairs = np.flatnonzero(weight > 0)
    row, column, wanted = near.demand[pairs], near.facility[pairs], asked.households
    flows = aim == Objective.PMEDIAN or asked.room is not None
    x = len(pairs) if flows else len(wanted) if aim == Objective.MCLP else 0
    total = m + x
    low, high = np.zeros(total), np.ones(total)
    low[:m] = asked.is_(Standing.FIXED) if held is None else asked.is_(Standing.FIXED) | held
    if shut is not None:
        high[:m] = np.where(shut & ~(low[:m] > 0), 0.0, 1.0)
    price = np.zeros(total)
    rows: list[tuple[sparse.csr_array, Floats, Floats]] = []

    def limit(
        values: Floats, at: NDArray[np.int64], which: NDArray[np.int64], n: int, least: Floats, most: Floats
    ) -> None:
        rows.append((sparse.csr_array((values, (which, at)), shape=(n, total)), least, most))

    peopled = np.flatnonzero(wanted > 0)
    place = np.full(len(wanted), -1)
    place[peopled] = np.arange(len(peopled))
    if flows:
        at, ones = m + np.arange(x), np.ones(x)
        most = np.ones(x) if asked.room is None else np.minimum(1.0, asked.room[column] / wanted[row])
        least = np.zeros(len(peopled)) if aim == Objective.MCLP else np.ones(len(peopled))
        limit(ones, at, place[row], len(peopled), least, np.ones(len(peopled)))
        each = np.arange(x)
        limit(np.r_[ones, -most], np.r_[at, column], np.r_[each, each], x, np.full(x, -np.inf), np.zeros(x))
        if asked.room is not None:
            amount = np.r_[wanted[row].astype(float), -asked.room.astype(float)]
            limit(amount, np.r_[at, np.arange(m)], np.r_[column, np.arange(m)], m, np.full(m, -np.inf), np.zeros(m))
    elif aim == Objective.MCLP:
        at = np.r_[column, m + peopled]
        signs = np.r_[np.ones(len(column)), -np.ones(len(peopled))]
        limit(
            signs,
            at,
            np.r_[place[row], place[peopled]],
            len(peopled),
            np.zeros(len(peopled)),
            np.full(len(peopled), np.inf),
        )
    else:
        limit(np.ones(len(row)), column, place[row], len(peopled), np.ones(len(peopled)), np.full(len(peopled), np.inf))
    if asked.places is not None:
        counted = np.flatnonzero(asked.is_(Standing.CANDIDATE, Standing.MOVABLE))
        limit(
            np.ones(len(counted)),
            counted,
            np.zeros(len(counted), int),
            1,
            np.array([-np.inf]),
            np.array([float(asked.places)]),
        )
    paid = np.flatnonzero(~asked.is_(Standing.FIXED))
    if asked.budget is not None and not by_price:
        limit(
            asked.price[paid], paid, np.zeros(len(paid), int), 1, np.array([-np.inf]), np.array([asked.budget + 1e-9])
        )
    if by_price:
        price[paid] = asked.price[paid]
    elif aim == Objective.LSCP:
        price[:m] = 1.0
    elif aim == Objective.PMEDIAN:
        price[m:] = wanted[row] * near.walk_m[pairs]
    elif flows:
        price[m:] = -wanted[row]
    else:
        price[m:] = -wanted
    return _answer(price, low, high, m, rows, seconds, aim == Objective.MCLP and not by_price)


def _answer(
    price: Floats,
    low: Floats,
    high: Floats,
    m: int,
    rows: list[tuple[sparse.csr_array, Floats, Floats]],
    seconds: float,
    maximise: bool,
) -> Exact:
    worst = np.inf if maximise else -np.inf
    if seconds <= 0:
        return Exact(None, worst, False)
    whole = np.zeros(len(price))
    whole[:m] = 1
    limits = optimize.LinearConstraint(
        sparse.vstack([part for part, _, _ in rows], format="csr"),
        np.concatenate([least for _, least, _ in rows]),
        np.concatenate([most for _, _, most in rows]),
    )
    found = optimize.milp(
        price,
        integrality=whole,
        bounds=optimize.Bounds(low, high),
        constraints=limits,
        options={"time_limit": seconds, "mip_rel_gap": 0.0},
    )
    bound = worst if found.mip_dual_bound is None else float(found.mip_dual_bound)
    opened = None if found.x is None else found.x[:m] > 0.5
    return Exact(opened, -bound if maximise and np.isfinite(bound) else bound, found.status == _INFEASIBLE)
