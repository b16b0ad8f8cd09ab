"""The real app on the demo's store, before anybody has asked it anything."""

from __future__ import annotations

from collections.abc import Iterator

import app_server
import prepared
import pytest
from app_server import AppServer
from client import Client


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
