"""Room on the disk: writing stops with a sentence before the disk is full, not in the middle of a change."""

from __future__ import annotations

import shutil
from pathlib import Path

from gridmap import errors, settings

_MB = 1_000_000


def free_bytes(folder: Path) -> int:
    """Return how many bytes are free for this user on the disk of ``folder``."""
    return shutil.disk_usage(folder).free


def floor_bytes() -> int:
    """Return how many bytes must stay free (``store.free_floor_mb`` in ``data/defaults.toml``)."""
    return int(settings.defaults()["store"]["free_floor_mb"] * _MB)


def demand(folder: Path, label: str, needed_bytes: int = 0) -> None:
    """Refuse to write where less than the floor would stay free.

    Parameters
    ----------
    folder
        A folder on the disk to be written.
    label
        What is to be written, as the sentence names it.
    needed_bytes
        How much is going to be written, where that is known.

    Raises
    ------
    errors.StoreError
        ``store_low_space``.
    """
    free = free_bytes(folder)
    if free - needed_bytes < floor_bytes():
        raise errors.StoreError(
            "store_low_space", store=label, free=free // _MB, needed=-(-(floor_bytes() + needed_bytes) // _MB)
        )


def is_low(folder: Path) -> bool:
    """Answer whether it is time to warn: less than twice the floor is free."""
    return free_bytes(folder) < 2 * floor_bytes()
