"""Which tests run in the same worker: those of a file; of the browser's files, all that share a server."""

from __future__ import annotations

import os
from functools import cache
from pathlib import Path

import pytest
from xdist.scheduler import LoadFileScheduling

_BROWSER = Path(__file__).parent / "browser"
# What a file asks for that fills the app's store anew; the others look at a demo that nobody changes.
_CHANGING = ("demo_to_change", "refill")


@cache
def group(file: Path) -> str:
    """Name what a file's tests share: the file itself, or a server."""
    if file.parent != _BROWSER:
        return str(file)
    text = file.read_text(encoding="utf-8")
    return "browser, changing" if any(word in text for word in _CHANGING) else "browser, looking"


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """The longest first: what drives a browser."""
    order = {"browser, changing": 0, "browser, looking": 1}
    items.sort(key=lambda item: order.get(group(item.path), len(order)))


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_auto_num_workers() -> int:
    """One more than there are cores: what drives a browser waits much of the time."""
    return (os.cpu_count() or 1) + 1


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: object) -> LoadFileScheduling:
    return _Scheduling(config, log)


class _Scheduling(LoadFileScheduling):
    def _split_scope(self, nodeid: str) -> str:
        return group(self.config.rootpath / super()._split_scope(nodeid))
