"""Siting beside what others publish or find: OR-Library's optima, and spopt."""

from __future__ import annotations

import csv
from pathlib import Path

import numpy as np
import pulp
import pytest
import spopt.locate

from benchmarks import pmedian
from gridmap.analysis import siting


@pytest.mark.parametrize("instance", ["pmed1", "pmed2", "pmed3"])
def test_published_optima_are_reached_and_proven(instance: str, shared_data: Path) -> None:
    lengths, facilities = pmedian.read(shared_data / "pmed" / f"{instance}.txt")
    table = csv.DictReader((shared_data / "pmed" / "pmed_optima.csv").read_text().splitlines())
    published = next(row for row in table if row["instance"] == instance)
    n = len(lengths)
    row, column = np.indices((n, n)).reshape(2, -1)
    for objective in ("pmedian", "pcenter"):
        asked = siting.problem((row, column, lengths.ravel()), np.ones(n), objective=objective, add=facilities)
        told = siting.solve(asked, seconds=60)
        assert told.status == "optimal"
        assert told.value == float(published[f"{objective}_optimum"])


@pytest.mark.parametrize("seed", [1, 2])
@pytest.mark.filterwarnings("ignore::DeprecationWarning", "ignore::FutureWarning")
def test_spopt_finds_the_same(seed: int) -> None:
    rng = np.random.default_rng(seed)
    walk_m = np.round(rng.uniform(0, 1000, (25, 9)), 1)
    households = rng.integers(1, 50, 25)
    row, column = np.indices(walk_m.shape).reshape(2, -1)
    solver = pulp.HiGHS(msg=False)
    peers = {
        "mclp": spopt.locate.MCLP.from_cost_matrix(walk_m, households, 200, p_facilities=2),
        "lscp": spopt.locate.LSCP.from_cost_matrix(walk_m, 450),
        "pmedian": spopt.locate.PMedian.from_cost_matrix(walk_m, households, p_facilities=3),
        "pcenter": spopt.locate.PCenter.from_cost_matrix(walk_m, p_facilities=3),
    }
    add, limit_m = {"mclp": 2, "lscp": None, "pmedian": 3, "pcenter": 3}, {"mclp": 200.0, "lscp": 450.0}
    for objective, peer in peers.items():
        told = siting.solve(
            siting.problem(
                (row, column, walk_m.ravel()),
                households,
                objective=objective,
                add=add[objective],
                limit_m=limit_m.get(objective),
            )
        )
        assert told.status == "optimal"
        found = peer.solve(solver, results=False).problem.objective.value()
        assert told.value == pytest.approx(found, rel=1e-6), objective
