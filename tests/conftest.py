"""What all tests share."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import hypothesis
import prepared
import pytest

from gridmap.store import Store, open_store

# Fixtures postgis_server, postgis_database and postgis_address; call.
pytest_plugins = ["postgis", "command_line", "workers"]

REPOSITORY = Path(__file__).parents[1]

# The same examples at each run, and few, unless more is asked for. The first call of a process loads projections and
# trees; how long it takes says nothing about the property.
hypothesis.settings.register_profile("quick", deadline=None, derandomize=True, max_examples=30)
hypothesis.settings.register_profile("thorough", deadline=None, max_examples=300)
hypothesis.settings.load_profile("thorough" if os.environ.get("GRIDMAP_THOROUGH") else "quick")


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
    """Address of a store, once of each kind: one that does not exist yet, unless the test has its `store` too."""
    has_store = "store" in request.fixturenames
    if request.param == "postgis":
        return str(request.getfixturevalue("postgis_database")(with_tables=has_store))
    path = tmp_path / "社区 store.gpkg"
    return str(prepared.empty(path) if has_store else path)


@pytest.fixture
def store(address: str) -> Iterator[Store]:
    """An empty store of each kind; a copy of one that is made once, see `prepared`."""
    opened = open_store(address)
    yield opened
    opened.close()


@pytest.fixture
def file_store(tmp_path: Path) -> Iterator[Store]:
    """An empty GeoPackage store; ``prepared`` puts one, or one with the demo, at any path in no time."""
    opened = open_store(str(prepared.empty(tmp_path / "store.gpkg")))
    yield opened
    opened.close()
