"""The real app on the demo's store, before anybody has asked it anything."""

from __future__ import annotations

from collections.abc import Iterator

import app_server
import prepared
import pytest
from app_server import AppServer
from client import Client
from streamlit.components.v2 import manifest_scanner


@pytest.fixture(scope="session", autouse=True)
def packages_looked_through_once() -> Iterator[None]:
    """Each ``AppTest`` looks through all that is installed for components; what is installed stays the same."""
    found = manifest_scanner.scan_component_manifests()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(manifest_scanner, "scan_component_manifests", lambda *_, **__: found)
        yield


@pytest.fixture(scope="session")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[AppServer]:
    """The app as a demo."""
    path = prepared.with_demo(tmp_path_factory.mktemp("web") / "store.gpkg")
    with app_server.running(path, demo=True) as running:
        yield running
    assert "Traceback" not in running.said()


@pytest.fixture
def client(server: AppServer) -> Client:
    """A browser that has never been here."""
    return Client(server.url)
