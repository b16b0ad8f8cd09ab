"""Gi* of 20,000 places beside ``esda`` without permutations: the statistic alone, and from the places on.

    python -m benchmarks.hotspots [--places N]

``esda`` is given libpysal's weights W, the aim's measure, and then its newer Graph; all find the same neighbours.
"""

from __future__ import annotations

import argparse
import time
import warnings
from collections.abc import Callable
from typing import Any

import geopandas as gpd
import libpysal
import numpy as np
import pandas as pd
import shapely
from esda.getisord import G_Local
from libpysal.graph import Graph

from gridmap.analysis import hotspots

CRS = "EPSG:32649"
RADIUS_M = 120.0
SPACING_M = 40.0
AIM = 100.0
_TRIES = 5


def _timed(call: Callable[[], Any], tries: int = 1) -> tuple[Any, float]:
    """Return the answer, and the seconds of the fastest of some tries."""
    best = np.inf
    for _ in range(tries):
        begun = time.perf_counter()
        answer = call()
        best = min(best, time.perf_counter() - begun)
    return answer, best


def main(arguments: list[str] | None = None) -> None:
    """Measure all and print the table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--places", type=int, default=20_000)
    options = parser.parse_args(arguments)
    warnings.simplefilter("ignore")
    rng = np.random.default_rng(1)
    xy = rng.uniform(0, np.sqrt(options.places) * SPACING_M, (options.places, 2)) + np.array([300_000, 3_790_000])
    places = gpd.GeoSeries(shapely.points(xy), crs=CRS)
    values = pd.Series(rng.gamma(0.8, 2.0, options.places))
    hotspots.gi_star(values.head(100), hotspots.neighbourhoods(places.head(100), radius_m=RADIUS_M))  # warms both
    near, near_s = _timed(lambda: hotspots.neighbourhoods(places, radius_m=RADIUS_M, least=0), _TRIES)
    ours, ours_s = _timed(lambda: hotspots.gi_star(values, near), _TRIES)
    peers = {
        "esda, W": lambda: libpysal.weights.DistanceBand(xy, RADIUS_M, binary=True, silence_warnings=True),
        "esda, Graph": lambda: Graph.build_distance_band(places, RADIUS_M, binary=True),
    }
    print(f"{options.places} places, {near.nnz / options.places:.1f} neighbours each, no permutations")
    print(f"{'':16}{'neighbours s':>14}{'Gi* s':>10}{'ratio':>8}{'both s':>10}{'ratio':>8}{'z differs by':>16}")
    print(f"{'gridmap':16}{near_s:14.4f}{ours_s:10.4f}{1.0:8.0f}{near_s + ours_s:10.4f}{1.0:8.0f}")
    ratios = []
    for name, build in peers.items():
        weights, build_s = _timed(build)
        theirs, took_s = _timed(
            lambda weights=weights: G_Local(values.to_numpy(), weights, star=True, transform="B", permutations=0),
            _TRIES,
        )
        off = np.abs(theirs.Zs - ours.z.to_numpy()).max()
        ratios.append(took_s / ours_s)
        print(
            f"{name:16}{build_s:14.4f}{took_s:10.4f}{ratios[-1]:8.0f}{build_s + took_s:10.4f}"
            f"{(build_s + took_s) / (near_s + ours_s):8.0f}{off:16.1e}"
        )
    print(f"aimed at Gi* {AIM:.0f} times faster than with W: {'reached' if ratios[0] >= AIM else 'NOT reached'}")


if __name__ == "__main__":
    main()
