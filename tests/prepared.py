"""Stores to start from: made once in each process and copied, since making one anew takes longer than most tests.

Each copy is a store of its own, as one would be that ``open_store`` made at that path.
"""

from __future__ import annotations

import datetime as dt
import shutil
import sqlite3
import tempfile
from collections.abc import Callable
from contextlib import closing
from functools import cache
from pathlib import Path

from gridmap.services import communities, demo
from gridmap.store import Store, lineage, open_store, transfer


def copied(template: Path, path: Path) -> Path:
    """Put a copy of a store that nobody has open at ``path``."""
    path.parent.mkdir(parents=True, exist_ok=True)
    shutil.copy(template, path)
    with closing(sqlite3.connect(path)) as connection, connection:
        lineage.begin(connection)
    return path


def empty(path: Path) -> Path:
    """Put a store without any row at ``path``."""
    return copied(_empty(), path)


def with_community(path: Path) -> Path:
    """Put a store at ``path`` with a community named 模拟社区 that has nothing yet."""
    return copied(_with_community(), path)


def with_demo(path: Path, now: dt.datetime | None = None) -> Path:
    """Put a store with the demo community at ``path``, as it stands at ``now``: today where nothing is said."""
    moment = now or dt.datetime.now(dt.UTC).replace(minute=0, second=0, microsecond=0)
    return copied(_with_demo(moment), path)


def put(whole: Path, path: Path) -> None:
    """Put the store ``whole``, which is used up, in the place of the one at ``path``, which an app may have open."""
    transfer.put(whole, str(path), replace=True)


@cache
def _empty() -> Path:
    return _made(lambda store: None)


@cache
def _with_community() -> Path:
    return _made(lambda store: communities.create(store, "模拟社区"))


@cache
def _with_demo(now: dt.datetime) -> Path:
    return _made(lambda store: demo.fill(store, now))


def _made(fill: Callable[[Store], object]) -> Path:
    path = Path(_folder().name) / f"{len(list(Path(_folder().name).iterdir()))}.gpkg"
    store = open_store(str(path))
    try:
        fill(store)
    finally:
        store.close()
    return path


@cache
def _folder() -> tempfile.TemporaryDirectory[str]:
    return tempfile.TemporaryDirectory(prefix="gridmap-templates-", ignore_cleanup_errors=True)
