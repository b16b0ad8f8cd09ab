"""Each store test runs on a GeoPackage and on PostGIS."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from store_places import Place, settle

from gridmap.store import Store, open_store


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


@pytest.fixture
def place(store: Store) -> Place:
    """A store of each kind with one street and one community."""
    return settle(store)


@pytest.fixture
def file_place(file_store: Store) -> Place:
    """A GeoPackage store with one street and one community."""
    return settle(file_store)
