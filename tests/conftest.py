"""What all tests share."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from gridmap.store import Store, open_store

# Fixtures postgis_server, postgis_database and postgis_address.
pytest_plugins = ["postgis"]

REPOSITORY = Path(__file__).parents[1]


@pytest.fixture(scope="session", autouse=True)
def key_of_the_tests(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A key of the tests' own, so that they never touch the one of whoever runs them."""
    file = tmp_path_factory.mktemp("key") / "gridmap.key"
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("GRIDMAP_KEY_FILE", str(file))
        yield file


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """Folder of real data that is not part of the project; a machine without it skips these tests."""
    folder = Path(os.environ.get("GRIDMAP_TEST_DATA", REPOSITORY.parent / "shared" / "data"))
    if not folder.is_dir():
        pytest.skip(f"no real data at {folder}")
    return folder


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
