"""A small invented community to draw: six blocks of slab buildings, five grids, everything that a map shows."""

from __future__ import annotations

import dataclasses
import datetime as dt
from collections.abc import Callable
from typing import Any

import geopandas as gpd
import numpy as np
import pytest
import shapely

from gridmap import palette
from gridmap.model import BuildingUse, GroundKind, IssueState, PathKind
from gridmap.reports.content import MapContent

CRS = "EPSG:4545"
EAST, NORTH = 492_000.0, 3_788_000.0


def frame(rows: list[dict[str, Any]]) -> gpd.GeoDataFrame:
    """Return rows as a frame in WGS 84, indexed from 1."""
    made = gpd.GeoDataFrame(rows, geometry=[r["geom"] for r in rows], crs=CRS).drop(columns="geom").to_crs("EPSG:4326")
    made.index = range(1, len(made) + 1)
    return made


def box(x: float, y: float, width: float, height: float) -> shapely.Polygon:
    return shapely.box(EAST + x, NORTH + y, EAST + x + width, NORTH + y + height)


@pytest.fixture(scope="session")
def content() -> MapContent:
    rng = np.random.default_rng(7)
    blocks = [(20 + 320 * i, 20 + 270 * j, 280.0, 230.0) for j in range(2) for i in range(3)]
    grid_of_block = (0, 1, 2, 3, 4, 4)
    colours = list(palette.grids().values())
    buildings, compounds, gates, points = [], [], [], []
    for k, (x, y, width, height) in enumerate(blocks):
        compounds.append({"name": f"模拟{k + 1}号院", "walled": k != 5, "geom": box(x, y, width, height)})
        gates.append({"geom": shapely.Point(EAST + x + width / 2, NORTH + y)})
        for row in range(4):
            for column in range(2):
                shop = row == 3 and column == 1
                buildings.append(
                    {
                        "number": f"{len(buildings) + 1}号楼",
                        "use": BuildingUse.SHOP if shop else BuildingUse.RESIDENTIAL,
                        "households": 0 if shop else int(rng.integers(24, 97)),
                        "households_estimated": k == 4,
                        "grid_id": grid_of_block[k] + 1,
                        "coverage": "out_of_reach" if k in (2, 5) else "covered",
                        "step": -1 if shop else k,
                        "geom": box(x + 20 + 130 * column, y + 18 + 53 * row, 110, 15),
                    }
                )
    grids = []
    for k, colour in enumerate(colours):
        x, y = (320 * k, 0) if k < 3 else (320 * (k - 3), 270)
        width = 640 if k == 4 else 320
        geom = box(x, y, width, 270 if k < 3 else 260)
        grids.append({"colour": colour.key, "letter": colour.letter, "name": f"第{'一二三四五'[k]}网格", "geom": geom})
    for k, kind in enumerate(("station", "table_tennis", "reading", "charging", "tea", "station", "clinic")):
        x, y, width, height = blocks[k % 6]
        spot = shapely.Point(EAST + x + 20 + width * 0.4, NORTH + y + 45 + (height - 80) * (k % 3) / 3)
        points.append({"kind": kind, "name": f"服务点{k}", "geom": spot})
    streets = [
        ("模拟大街", [(-120, 265), (1080, 265)]),
        ("示例路", [(312, -120), (312, 650)]),
        ("样板路", [(632, -120), (632, 650)]),
    ]
    paths = [
        {"kind": PathKind.STREET, "name": n, "geom": shapely.LineString([(EAST + a, NORTH + b) for a, b in xy])}
        for n, xy in streets
    ]
    for x, y, width, height in blocks:
        middle = EAST + x + width / 2 - 5
        line = shapely.LineString([(middle, NORTH + y), (middle, NORTH + y + height)])
        paths.append({"kind": PathKind.INNER_ROAD, "name": "", "geom": line})
    states = list(IssueState)
    issues = [
        {
            "state": states[int(rng.integers(len(states)))],
            "geom": shapely.Point(EAST + rng.uniform(0, 960), NORTH + rng.uniform(0, 530)),
        }
        for _ in range(24)
    ]
    stops = [(40, 40), (170, 90), (60, 150), (190, 200)]
    return MapContent(
        name="示范社区（模拟）",
        day=dt.date(2026, 11, 24),
        synthetic=True,
        boundary=frame([{"geom": box(0, 0, 960, 530)}]),
        grids=frame(grids),
        compounds=frame(compounds),
        gates=frame(gates),
        paths=frame(paths),
        ground=frame(
            [
                {"kind": GroundKind.GREEN, "geom": box(700, 540, 200, 80)},
                {"kind": GroundKind.WATER, "geom": box(-100, 300, 80, 200)},
                {"kind": GroundKind.SQUARE, "geom": box(900, 20, 50, 50)},
            ]
        ),
        buildings=frame(buildings),
        points=frame(points),
        issues=frame(issues),
        route=frame([{"geom": shapely.LineString([(EAST + a, NORTH + b) for a, b in stops])}]),
        stops=frame([{"seq": k + 1, "geom": shapely.Point(EAST + a, NORTH + b)} for k, (a, b) in enumerate(stops)]),
        reach=frame([row for row in points if row["kind"] == "station"]),
        coverage_kind="station",
        radius_m=300.0,
    )


@pytest.fixture(scope="session")
def changed(content: MapContent) -> Callable[..., MapContent]:
    """Return the community with some fields changed."""
    return lambda **fields: dataclasses.replace(content, **fields)
