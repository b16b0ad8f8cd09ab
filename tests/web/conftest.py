"""The real app on the demo's store, before anybody has asked it anything."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator

import app_server
import pytest
from app_server import AppServer
from client import Client

from gridmap.services import demo
from gridmap.store import open_store


@pytest.fixture(scope="session")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[AppServer]:
    """The app as a demo."""
    path = tmp_path_factory.mktemp("web") / "store.gpkg"
    store = open_store(str(path))
    demo.fill(store, dt.datetime.now(dt.UTC))
    store.close()
    with app_server.running(path, demo=True) as running:
        yield running
    assert "Traceback" not in running.said()


@pytest.fixture
def client(server: AppServer) -> Client:
    """A browser that has never been here."""
    return Client(server.url)
