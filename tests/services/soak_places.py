"""Stores with some life in them, to be copied and compared."""

from __future__ import annotations

import datetime as dt
import subprocess
import sys
from pathlib import Path

import shapely

from gridmap import model
from gridmap.store import Store, contents
from gridmap.store.contents import Digest

SOAK = Path(__file__).parents[1] / "store" / "soak.py"
NOON = dt.datetime(2026, 11, 20, 4, 0, tzinfo=dt.UTC)
FLAWED = {0: "吵", 1: "水管漏水 `${x}`\n第二行", 2: "🚰"}


def lived_in(store: Store) -> int:
    """Fill a store so that every kind of value is in it, with a past, and return its community's id."""
    with store.write() as session:
        street = model.Street(code="610113", name="模拟街道")
        session.add(street)
        session.flush()
        community = model.Community(street_id=street.id or 0, code="001", name="模拟社区", synthetic=True)
        session.add(community)
        session.flush()
        owner = community.id or 0
        square = shapely.MultiPolygon([shapely.box(108.92, 34.23, 108.9213579, 34.231)])
        buildings = [model.Building(community_id=owner, number=f"{n}号楼", geom=square) for n in range(3)]
        buildings.append(model.Building(community_id=owner, number="无图"))
        session.add_all(buildings)
        for number, text in FLAWED.items():
            session.add(
                model.Issue(
                    community_id=owner,
                    code=f"g-{number}",
                    reported_at=NOON + dt.timedelta(milliseconds=number),
                    source=model.IssueSource.WALK,
                    category="noise",
                    text=text,
                    geom=shapely.Point(108.92 + number / 3e5, 34.23),
                )
            )
    with store.write() as session:
        session.add(buildings[0])
        buildings[0].households = 41
        session.delete(buildings[2])
    with store.write() as session:
        # The highest number is taken by a row that is gone: it must not be given again.
        session.delete(buildings[3])
    return owner


def rows(store: Store) -> dict[str, Digest]:
    """Return what the store holds, table by table."""
    with store.connection() as connection:
        return contents.digests(connection)


def writer(address: str, community_id: int, name: str, count: int = 1_000_000) -> subprocess.Popen[str]:
    """Start a process that writes issues and prints each code that was acknowledged."""
    command = [sys.executable, "-W", "error", str(SOAK), "write", address, str(community_id), name, str(count)]
    return subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
