"""The p-median instances of OR-Library (pmed1.txt ...), beside spopt with HiGHS.

    python -m benchmarks.pmedian FOLDER [--seconds S] [--no-spopt]

A file holds the numbers of places, roads and facilities, then the roads (from, to, length; of a road given twice the
last counts). ``pmed_optima.csv`` beside them names the published optima. Also solves the p-center of each.
"""

from __future__ import annotations

import argparse
import csv
import time
from pathlib import Path

import numpy as np
from scipy.sparse import coo_array
from scipy.sparse.csgraph import dijkstra

from gridmap.analysis import siting


def read(file: Path) -> tuple[np.ndarray, int]:
    """Return the lengths of the shortest ways between all places, and the number of facilities."""
    lines = [[int(word) for word in line.split()] for line in file.read_text().splitlines() if line.strip()]
    places, _, facilities = lines[0]
    roads = {}
    for one, other, length in lines[1:]:
        roads[min(one, other) - 1, max(one, other) - 1] = length
    ends = np.array(list(roads)).T
    graph = coo_array((list(roads.values()), (ends[0], ends[1])), shape=(places, places)).tocsr()
    return dijkstra(graph, directed=False), facilities


def by_spopt(lengths: np.ndarray, facilities: int, seconds: float) -> tuple[float, float]:
    """Return spopt's value and its seconds, model and solver (HiGHS)."""
    import pulp
    import spopt.locate

    begun = time.perf_counter()
    asked = spopt.locate.PMedian.from_cost_matrix(lengths, np.ones(len(lengths)), p_facilities=facilities)
    told = asked.solve(pulp.HiGHS(msg=False, timeLimit=seconds), results=False)
    return float(told.problem.objective.value()), time.perf_counter() - begun


def main(arguments: list[str] | None = None) -> None:
    """Solve every instance of the folder and print a row each."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folder", type=Path)
    parser.add_argument("--seconds", type=float, default=120.0)
    parser.add_argument("--no-spopt", action="store_true")
    options = parser.parse_args(arguments)
    files = sorted(options.folder.glob("pmed*.txt"), key=lambda file: int("".join(filter(str.isdigit, file.stem)) or 0))
    table = options.folder / "pmed_optima.csv"
    rows = csv.DictReader(table.read_text().splitlines()) if table.is_file() else []
    optima = {row["instance"]: row for row in rows}
    heading = f"{'':8}{'n':>5}{'p':>5}{'median':>9}{'published':>10}  {'':9}{'s':>7}"
    print(heading + f"{'spopt s':>9}{'ratio':>7}{'center':>8}{'published':>10}")
    for file in files:
        lengths, p = read(file)
        n = len(lengths)
        row, column = np.indices((n, n)).reshape(2, -1)
        ones, told = np.ones(n, dtype=int), {}
        spent = {}
        for objective in ("pmedian", "pcenter"):
            begun = time.perf_counter()
            asked = siting.problem((row, column, lengths.ravel()), ones, objective=objective, add=p)
            told[objective] = siting.solve(asked, seconds=options.seconds)
            spent[objective] = time.perf_counter() - begun
        median, center = told["pmedian"], told["pcenter"]
        known = optima.get(file.stem, {})
        line = f"{file.stem:8}{n:5}{p:5}{median.value:9.0f}{known.get('pmedian_optimum', '?'):>10}  {median.status:9}"
        line += f"{spent['pmedian']:7.2f}"
        if options.no_spopt:
            line += f"{'':16}"
        else:
            value, spopt_s = by_spopt(lengths, p, options.seconds)
            line += f"{spopt_s:9.2f}{spopt_s / spent['pmedian']:7.1f}"
            line += "" if abs(value - (median.value or 0)) < 0.5 else f" (spopt: {value:.0f})"
        print(f"{line}{center.value:8.0f}{known.get('pcenter_optimum', '?'):>10} {center.status}", flush=True)


if __name__ == "__main__":
    main()
