"""GCJ-02 back to WGS 84 for 1,000,000 places, beside the peers on PyPI: ``eviltransform`` and ``coord-convert``.

    python -m benchmarks.datums [--places N] [--sample N]

The peers convert one place a call, so they are timed on a sample; all are compared by the time of a place, and by how
far from the truth they come out.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Callable

import coord_convert.transform
import eviltransform
import numpy as np

from gridmap import datums
from gridmap.datums import Datum

METRES_PER_DEGREE = 111_320.0
AIM = 20.0


def _one_by_one(convert: Callable[[float, float], tuple[float, float]], xy: np.ndarray) -> np.ndarray:
    return np.array([convert(lon, lat) for lon, lat in xy.tolist()])


def main(arguments: list[str] | None = None) -> None:
    """Measure all and print the table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--places", type=int, default=1_000_000)
    parser.add_argument("--sample", type=int, default=20_000)
    options = parser.parse_args(arguments)
    rng = np.random.default_rng(1)
    true = np.column_stack([rng.uniform(75, 134, options.places), rng.uniform(18, 53, options.places)])
    drawn = datums.from_wgs84(true, Datum.GCJ02)
    datums.to_wgs84(drawn[:1000], Datum.GCJ02)  # the first call warms numpy
    sample = slice(0, options.sample)
    runs: dict[str, tuple[slice, Callable[[np.ndarray], np.ndarray]]] = {
        "gridmap": (slice(None), lambda xy: datums.to_wgs84(xy, Datum.GCJ02)),
        "eviltransform (exact)": (
            sample,
            lambda xy: _one_by_one(lambda lon, lat: eviltransform.gcj2wgs_exact(lat, lon)[::-1], xy),
        ),
        "coord-convert": (sample, lambda xy: _one_by_one(coord_convert.transform.gcj2wgs, xy)),
    }
    print(f"{'GCJ-02 to WGS 84':24} {'places':>9} {'seconds':>9} {'µs a place':>11} {'farthest off':>13} {'ratio':>7}")
    ours_us = 0.0
    ratios = []
    for name, (part, convert) in runs.items():
        begun = time.perf_counter()
        found = convert(drawn[part])
        took_s = time.perf_counter() - begun
        each_us = took_s / len(found) * 1e6
        off_m = np.abs(found - true[part]).max() * METRES_PER_DEGREE
        ours_us = ours_us or each_us
        ratios.append(each_us / ours_us)
        print(f"{name:24} {len(found):9} {took_s:9.2f} {each_us:11.3f} {off_m:11.1e} m {ratios[-1]:7.1f}")
    print(f"aimed at {AIM:.0f} times faster a place: {'reached' if min(ratios[1:]) >= AIM else 'NOT reached'}")


if __name__ == "__main__":
    main()
