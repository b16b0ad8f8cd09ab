"""Most households with N stations, and fewest stations for all, beside spopt, HiGHS, CP-SAT and greedy.

    python -m benchmarks.siting [--demands N ...] [--seconds S] [--spopt-up-to N]

Households of a seeded town within 300 m; every building is a candidate, from 20,000 on every tenth. First each has the
same time; then ours has a fiftieth of spopt's, and at 20,000 under a second against --seconds of HiGHS and CP-SAT.
"""

from __future__ import annotations

import argparse
import time

import numpy as np
from scipy.spatial import cKDTree

from benchmarks import siting_peers
from gridmap.analysis import siting

RADIUS_M = 300.0
SPACING_M = 60.0
_EVERY_TENTH_FROM = 20_000


def town(demands: int, seed: int = 1) -> tuple[tuple[np.ndarray, np.ndarray, np.ndarray], np.ndarray, int, np.ndarray]:
    """Return the walks within reach, the households, the number of candidates, and all places."""
    rng = np.random.default_rng(seed)
    places = rng.uniform(0, np.sqrt(demands) * SPACING_M, (demands, 2))
    facilities = demands if demands < _EVERY_TENTH_FROM else demands // 10
    near = cKDTree(places).sparse_distance_matrix(cKDTree(places[:facilities]), RADIUS_M, output_type="ndarray")
    order = np.lexsort((near["j"], near["i"]))
    cost = near["i"][order].astype(np.int64), near["j"][order].astype(np.int64), near["v"][order]
    return cost, rng.integers(5, 120, demands), facilities, places


def compare(demands: int, stations: int | None, seconds: float, own_s: float, with_spopt: bool) -> None:
    """Let each try, and print a row each."""
    (row, column, walk_m), households, facilities, places = town(demands)
    reached = np.unique(row)
    if len(reached) < demands and stations is None:
        # Whom nobody reaches is left out for everybody.
        households = households[reached]
        places = places[reached]
        row = np.searchsorted(reached, row)
    name = f"{len(households)} x {facilities}, " + ("fewest for all" if stations is None else f"{stations} stations")
    print(f"\n{name}\n{'':24}{'value':>12}{'seconds':>10}{'ours/its':>10}")

    def worth(opened: np.ndarray) -> float:
        taken = np.isin(column, opened)
        if stations is not None:
            return float(households[np.unique(row[taken])].sum())
        return float(len(opened)) if len(opened) and len(np.unique(row[taken])) == len(households) else np.nan

    def ours(allowed_s: float) -> siting.Siting:
        begun = time.perf_counter()
        asked = siting.problem(
            (row, column, walk_m),
            households,
            objective="lscp" if stations is None else "mclp",
            add=stations,
            facilities=facilities,
        )
        return siting.solve(asked, seconds=allowed_s - (time.perf_counter() - begun))

    def tell(who: str, value: float, spent_s: float, ratio: float | None = None) -> None:
        print(f"{who:24}{value:12.0f}{spent_s:10.2f}{'' if ratio is None else f'{ratio:10.4f}'}", flush=True)

    begun = time.perf_counter()
    told = ours(own_s)
    own_s = time.perf_counter() - begun
    tell("gridmap", told.value or np.nan, own_s)
    print(f"{'  bound':24}{told.bound:12.0f}   {told.status}, gap {100 * (told.gap or 0):.3f} %")
    spopt_s = 0.0
    if with_spopt:
        begun = time.perf_counter()
        cost = np.full((len(households), facilities), RADIUS_M * 9)
        cost[row, column] = walk_m
        opened, built_s = siting_peers.by_spopt(cost, households, stations, RADIUS_M, seconds)
        spopt_s = time.perf_counter() - begun
        tell(f"spopt (built {built_s:.1f} s)", worth(opened), spopt_s, (told.value or 0) / worth(opened))
    for who, peer in (("HiGHS", siting_peers.highs), ("CP-SAT", siting_peers.cp_sat), ("greedy", siting_peers.greedy)):
        allowed_s = own_s if who == "greedy" else seconds
        begun = time.perf_counter()
        value = worth(peer(row, column, households, facilities, stations, allowed_s))
        tell(f"{who}, {allowed_s:.0f} s allowed", value, time.perf_counter() - begun, (told.value or 0) / value)
    if spopt_s:
        begun = time.perf_counter()
        fast = ours(spopt_s / 50)
        tell("gridmap, a 50th of spopt", fast.value or np.nan, time.perf_counter() - begun)
        print(f"{'  bound':24}{fast.bound:12.0f}   gap {100 * (fast.gap or 0):.3f} %")


def main(arguments: list[str] | None = None) -> None:
    """Compare at each size."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--demands", type=int, nargs="+", default=[200, 2_000, 20_000])
    parser.add_argument("--seconds", type=float, default=30.0)
    parser.add_argument("--spopt-up-to", type=int, default=2_000)
    options = parser.parse_args(arguments)
    for demands in options.demands:
        large = demands >= _EVERY_TENTH_FROM
        for stations in (max(2, demands // 100), None):
            own_s = 0.6 if large and stations else options.seconds
            compare(demands, stations, options.seconds, own_s, demands <= options.spopt_up_to)


if __name__ == "__main__":
    main()
