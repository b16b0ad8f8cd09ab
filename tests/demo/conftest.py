"""The demo community as the tests of its plan and its life see it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Sequence
from typing import Any

import geopandas as gpd
import pytest

from gridmap import demo


@pytest.fixture(scope="session")
def built() -> demo.DemoCommunity:
    return demo.build(dt.date(2026, 11, 24))


@pytest.fixture(scope="session")
def metric() -> Callable[[Sequence[Any]], gpd.GeoDataFrame]:
    """Rows as a frame in metres (EPSG:4545), one column a field."""

    def framed(rows: Sequence[Any]) -> gpd.GeoDataFrame:
        fields = [vars(row) for row in rows]
        columns = {name: [f[name] for f in fields] for name in fields[0] if not name.startswith("_")}
        return gpd.GeoDataFrame(columns, geometry="geom", crs=4326, index=columns["id"]).to_crs(4545)

    return framed
