"""Seeded cities for the benchmark of grids: slab buildings in compounds, with streets between."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import shapely

CRS = "EPSG:4545"
EAST, NORTH = 500_000.0, 3_789_000.0
SLAB_M, ROW_M, STREET_M = 55.0, 28.0, 25.0


def city(n: int, seed: int = 0) -> gpd.GeoDataFrame:
    """Return ``n`` buildings with ``households`` and ``compound``; compounds have 8 to 32 buildings."""
    rng = np.random.default_rng(seed)
    across = max(1, round(np.sqrt(n / 20)))
    boxes, compound = [], []
    y = NORTH
    while len(boxes) < n:
        x, deepest = EAST, 0.0
        for _ in range(across):
            size = min(int(rng.integers(8, 33)), n - len(boxes))
            wide = int(rng.integers(2, 5))
            number = 0 if not compound else compound[-1] + 1
            for at in range(size):
                west = x + at % wide * SLAB_M + rng.uniform(0, 4)
                south = y + at // wide * ROW_M + rng.uniform(0, 4)
                boxes.append(shapely.box(west, south, west + rng.uniform(35, 48), south + rng.uniform(10, 14)))
                compound.append(number)
            x += wide * SLAB_M + STREET_M
            deepest = max(deepest, -(-size // wide) * ROW_M)
        y += deepest + STREET_M
    households = rng.integers(6, 61, len(boxes))
    return gpd.GeoDataFrame({"households": households, "compound": compound}, geometry=boxes, crs=CRS)


def blocks(footprints: gpd.GeoDataFrame, gap_m: float = 12.0) -> np.ndarray:
    """Return the compound of each footprint where a file names none: those nearer than ``gap_m`` to one another.

    A block of more than 40 buildings is divided where it is longest.
    """
    grown = shapely.get_parts(shapely.union_all(shapely.buffer(footprints.geometry.to_numpy(), gap_m / 2)))
    points = shapely.point_on_surface(footprints.geometry.to_numpy())
    block = np.zeros(len(points), dtype=np.int64)
    part, building = shapely.STRtree(points).query(grown, predicate="intersects")
    block[building] = part
    places = shapely.get_coordinates(points)
    while (np.bincount(block) > 40).any():
        members = np.flatnonzero(block == int(np.argmax(np.bincount(block))))
        axis = int(np.argmax(np.ptp(places[members], axis=0)))
        far = places[members, axis] > np.median(places[members, axis])
        block[members[far]] = block.max() + 1
    return block
