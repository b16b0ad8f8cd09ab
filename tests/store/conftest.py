"""Each store test runs on a GeoPackage and on PostGIS."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from gridmap import model
from gridmap.store import Store, open_store

NOON = dt.datetime(2026, 11, 20, 4, 0, tzinfo=dt.UTC)


@pytest.fixture(params=["geopackage", pytest.param("postgis", marks=pytest.mark.postgis)])
def address(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """Address of a store that does not exist yet, once of each kind."""
    if request.param == "postgis":
        return str(request.getfixturevalue("postgis_address"))
    return str(tmp_path / "社区 store.gpkg")


@pytest.fixture
def store(address: str) -> Iterator[Store]:
    """An empty store of each kind."""
    opened = open_store(address)
    yield opened
    opened.close()


@pytest.fixture
def file_store(tmp_path: Path) -> Iterator[Store]:
    """An empty GeoPackage store."""
    opened = open_store(str(tmp_path / "store.gpkg"))
    yield opened
    opened.close()


@dataclass(frozen=True)
class Place:
    """A community and the store it is in."""

    store: Store
    community_id: int


@pytest.fixture
def place(store: Store) -> Place:
    """A store of each kind with one street and one community."""
    return settle(store)


@pytest.fixture
def file_place(file_store: Store) -> Place:
    """A GeoPackage store with one street and one community."""
    return settle(file_store)


def settle(store: Store, code: str = "001") -> Place:
    """Put a street and a community into ``store``."""
    with store.write() as session:
        street = model.Street(code="610113", name="模拟街道")
        session.add(street)
        session.flush()
        community = model.Community(street_id=street.id, code=code, name="模拟社区", synthetic=True)
        session.add(community)
    return Place(store, community.id)
