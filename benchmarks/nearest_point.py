"""Straight-line coverage of 20,000 buildings by 2,000 points, beside geopandas' ``sjoin_nearest`` and ``sjoin``.

    python -m benchmarks.nearest_point [--buildings N] [--points N]

The peers give the nearest point of each building, and which are within the radius; ours gives both at once.
"""

from __future__ import annotations

import argparse
import time

import geopandas as gpd
import numpy as np
import shapely

from gridmap.analysis import coverage

CRS = "EPSG:32649"
RADIUS_M = 300.0


def main(arguments: list[str] | None = None) -> None:
    """Measure both and print the table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--buildings", type=int, default=20_000)
    parser.add_argument("--points", type=int, default=2_000)
    options = parser.parse_args(arguments)
    rng = np.random.default_rng(1)
    x, y = np.add([[300_000], [3_790_000]], rng.uniform(0, 8000, (2, options.buildings)))
    buildings = gpd.GeoDataFrame(geometry=shapely.box(x, y, x + 45, y + 12), crs=CRS)
    at = np.add([300_000, 3_790_000], rng.uniform(0, 8000, (options.points, 2)))
    points = gpd.GeoDataFrame(geometry=shapely.points(at), crs=CRS)
    coverage.straight_line(buildings.head(100), points, RADIUS_M)  # the first call warms both
    begun = time.perf_counter()
    ours = coverage.straight_line(buildings, points, RADIUS_M)
    ours_s = time.perf_counter() - begun
    begun = time.perf_counter()
    nearest = buildings.sjoin_nearest(points, distance_col="distance_m")
    near = buildings.sjoin(points, predicate="dwithin", distance=RADIUS_M).index.unique()
    peer_s = time.perf_counter() - begun
    off_m = (nearest["distance_m"] - ours.distance_m.loc[nearest.index]).abs().max()
    same = set(near) == set(ours.state.index[ours.state == "covered"])
    print(f"{options.buildings} buildings, {options.points} points: distances differ by at most {off_m:.1e} m;")
    print(f"the same buildings are covered: {'yes' if same else 'NO'}")
    print(f"gridmap {ours_s:.3f} s, geopandas {peer_s:.3f} s, ratio {peer_s / ours_s:.1f}")


if __name__ == "__main__":
    main()
