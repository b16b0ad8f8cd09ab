"""Each store test runs on a GeoPackage and on PostGIS."""

from __future__ import annotations

import pytest
from store_places import Place, settle

from gridmap.store import Store


@pytest.fixture
def place(store: Store) -> Place:
    """A store of each kind with one street and one community."""
    return settle(store)


@pytest.fixture
def file_place(file_store: Store) -> Place:
    """A GeoPackage store with one street and one community."""
    return settle(file_store)
