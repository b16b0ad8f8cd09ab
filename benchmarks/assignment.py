"""Households to stations with room for so many: 20,000 buildings and 2,000 stations, beside HiGHS.

    python -m benchmarks.assignment [--buildings N] [--stations N]

HiGHS is given the same as a linear programme, through scipy: a household covered is worth more than any walk. Its
interior points are measured, since they are several times faster here than its simplex.
"""

from __future__ import annotations

import argparse
import time

import numpy as np
from scipy import optimize, sparse
from scipy.spatial import cKDTree

from gridmap.analysis import assignment

REACH_M, ROOM = 350.0, 500


def main(arguments: list[str] | None = None) -> None:
    """Measure both and print the table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--buildings", type=int, default=20_000)
    parser.add_argument("--stations", type=int, default=2_000)
    options = parser.parse_args(arguments)
    rng = np.random.default_rng(1)
    side_m = np.sqrt(options.buildings) * 8000 / np.sqrt(20_000)
    homes, stations = rng.uniform(0, side_m, (options.buildings, 2)), rng.uniform(0, side_m, (options.stations, 2))
    near = cKDTree(homes).sparse_distance_matrix(cKDTree(stations), REACH_M, output_type="ndarray")
    households, room = rng.integers(5, 60, options.buildings), np.full(options.stations, ROOM)
    row, column, walk_m = near["i"].astype(np.int64), near["j"].astype(np.int64), np.round(near["v"], 3)
    assignment.assign(([0], [0], [1.0]), [1], [1])  # the first call loads the library
    begun = time.perf_counter()
    figures = assignment.assign((row, column, walk_m), households, room).summary()
    ours_s = time.perf_counter() - begun
    each = np.arange(len(row))
    limits = sparse.vstack(
        [
            sparse.csr_array((np.ones(len(row)), (row, each)), shape=(len(households), len(row))),
            sparse.csr_array((np.ones(len(row)), (column, each)), shape=(len(room), len(row))),
        ]
    )
    # Covering one household more can lengthen others' walks, each by no more than the reach.
    worth = REACH_M * 20
    begun = time.perf_counter()
    found = optimize.linprog(walk_m - worth, A_ub=limits, b_ub=np.concatenate([households, room]), method="highs-ipm")
    peer_s = time.perf_counter() - begun
    ours = figures.walk_m - worth * figures.covered
    off = abs(ours - found.fun) / abs(found.fun)
    print(f"{options.buildings} x {options.stations}, {len(row)} pairs: {figures.covered} of {figures.households}")
    print(f"households covered, {figures.mean_walk_m:.1f} m each")
    print(f"objective {ours:.3f}, HiGHS {found.fun:.3f}: {off:.1e} off")
    print(f"gridmap {ours_s:.2f} s, HiGHS {peer_s:.2f} s, ratio {peer_s / ours_s:.1f}")


if __name__ == "__main__":
    main()
