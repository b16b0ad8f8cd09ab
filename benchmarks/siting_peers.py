"""Covering by others, on the same pairs: spopt, HiGHS, CP-SAT, and greedy for as long as ours takes.

Each is handed pairs (demand, facility), households, and the number of facilities (None: as few as cover all), and
returns the facilities that it opens.
"""

from __future__ import annotations

import time

import numpy as np
import pulp
import spopt.locate
from numpy.typing import NDArray
from ortools.sat.python import cp_model
from scipy import optimize, sparse

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]


def highs(row: Ints, column: Ints, households: Ints, facilities: int, n: int | None, seconds: float) -> Ints:
    """HiGHS through scipy, its model built from arrays."""
    demands = len(households)
    cover = sparse.csr_array((np.ones(len(row)), (row, column)), shape=(demands, facilities))
    if n is None:
        price, whole, upper = np.ones(facilities), np.ones(facilities), 1.0
        limits = [optimize.LinearConstraint(cover, 1, np.inf)]
    else:
        price, whole = np.r_[np.zeros(facilities), -households], np.r_[np.ones(facilities), np.zeros(demands)]
        upper = 1.0
        rows = sparse.hstack([cover, -sparse.eye_array(demands)], format="csr")
        count = sparse.csr_array(np.r_[np.ones(facilities), np.zeros(demands)][None])
        limits = [optimize.LinearConstraint(rows, 0, np.inf), optimize.LinearConstraint(count, -np.inf, n)]
    options = {"time_limit": seconds}
    found = optimize.milp(
        price, integrality=whole, bounds=optimize.Bounds(0, upper), constraints=limits, options=options
    )
    return np.zeros(0, int) if found.x is None else np.flatnonzero(found.x[:facilities] > 0.5)


def cp_sat(row: Ints, column: Ints, households: Ints, facilities: int, n: int | None, seconds: float) -> Ints:
    """CP-SAT with both cores."""
    model = cp_model.CpModel()
    opened = [model.new_bool_var("") for _ in range(facilities)]
    who = np.split(column, np.flatnonzero(np.diff(row)) + 1)
    demands = np.unique(row)
    if n is None:
        for near in who:
            model.add_bool_or([opened[one] for one in near])
        model.minimize(sum(opened))
    else:
        covered = [model.new_bool_var("") for _ in who]
        for near, told in zip(who, covered, strict=True):
            model.add_bool_or([*(opened[one] for one in near), told.negated()])
        model.add(sum(opened) <= n)
        weights = [int(households[demand]) for demand in demands]
        model.maximize(sum(weight * told for weight, told in zip(weights, covered, strict=True)))
    solver = cp_model.CpSolver()
    solver.parameters.max_time_in_seconds = seconds
    solver.parameters.num_workers = 2
    if solver.solve(model) not in (cp_model.OPTIMAL, cp_model.FEASIBLE):
        return np.zeros(0, int)
    return np.flatnonzero([solver.value(one) for one in opened])


def by_spopt(cost: Floats, households: Ints, n: int | None, radius_m: float, seconds: float) -> tuple[Ints, float]:
    """Return what spopt opens with HiGHS as its solver, and the seconds that building its model took."""
    begun = time.perf_counter()
    if n is None:
        asked = spopt.locate.LSCP.from_cost_matrix(cost, radius_m)
    else:
        asked = spopt.locate.MCLP.from_cost_matrix(cost, households, radius_m, p_facilities=n)
    built_s = time.perf_counter() - begun
    told = asked.solve(pulp.HiGHS(msg=False, timeLimit=seconds), results=False)
    return np.flatnonzero([(one.value() or 0) > 0.5 for one in told.fac_vars]), built_s


def greedy(row: Ints, column: Ints, households: Ints, facilities: int, n: int | None, seconds: float) -> Ints:
    """Open what covers most again and again, from many starts (a first facility drawn at random) until time is up."""
    cover = sparse.csr_array((np.ones(len(row)), (row, column)), shape=(len(households), facilities))
    turned = sparse.csr_array(cover.T)
    weight = np.ones(len(households)) if n is None else households.astype(float)
    rng = np.random.default_rng(0)
    begun, best, reached = time.perf_counter(), np.zeros(0, int), -np.inf
    first: int | None = None
    while first is None or time.perf_counter() < begun + seconds:
        left, opened = weight.copy(), []
        while len(opened) < (n or facilities) and left.any():
            facility = first if first is not None and not opened else int((turned @ left).argmax())
            opened.append(facility)
            left[turned.indices[turned.indptr[facility] : turned.indptr[facility + 1]]] = 0
        value = -len(opened) if n is None else weight.sum() - left.sum()
        if value > reached:
            best, reached = np.array(opened), float(value)
        first = int(rng.integers(facilities))
    return best
