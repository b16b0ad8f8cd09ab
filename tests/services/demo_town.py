"""The demo community as the services read it, made once."""

from __future__ import annotations

import datetime as dt
import tempfile
from functools import cache
from pathlib import Path

import prepared

from gridmap.services import community_data
from gridmap.services.community_data import CommunityData
from gridmap.store import open_store

NOW = dt.datetime(2026, 11, 24, 2, 0, tzinfo=dt.UTC)
DAY = dt.date(2026, 11, 24)


@cache
def town() -> CommunityData:
    with tempfile.TemporaryDirectory() as folder:
        store = open_store(str(prepared.with_demo(Path(folder) / "town.gpkg", NOW)))
        try:
            (community,) = store.communities()
            assert community.id is not None
            return community_data.read(store, community.id, day=DAY)
        finally:
            store.close()
