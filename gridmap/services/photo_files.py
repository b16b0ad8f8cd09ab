"""Files of photos: beside the store, named by their hash, with a small picture of each.

The file is written before the row is kept, inside the same transaction: a row without its file would be a loss, a file
without its row is only in the way, and is taken away again.
"""

from __future__ import annotations

import datetime as dt
import os
import tempfile
from pathlib import Path

from sqlalchemy.orm import Session

from gridmap import settings
from gridmap.exchange import photo
from gridmap.exchange.photo import Taken
from gridmap.services import folders, recycle_bin
from gridmap.store import Store, faults

TYPE = "image/jpeg"


def taken(content: bytes, now: dt.datetime) -> Taken:
    """Return a photo as it is kept, by the office's clock.

    Raises
    ------
    errors.InputError
        As `photo.take` does.
    """
    return photo.take(content, time_zone=settings.from_environment().time_zone, now=now)


def path(store: Store, sha256: str, *, small: bool = False) -> Path:
    """Return where the file of a photo lies, or the small picture of it."""
    return folders.photos(store) / _name(sha256, small=small)


def write(store: Store, shot: Taken) -> None:
    """Write the files whole or not at all; the thumbnail first, since the photo is what is looked for.

    Raises
    ------
    errors.StoreError
        If there is no room, or the folder refuses.
    """
    folder = folders.photos(store)
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for name, content in (
            (_name(shot.sha256, small=True), shot.thumb),
            (_name(shot.sha256), shot.jpeg),
        ):
            with tempfile.NamedTemporaryFile(dir=folder, prefix=".", delete=False) as unseen:
                unseen.write(content)
                unseen.flush()
                os.fsync(unseen.fileno())
            Path(unseen.name).replace(folder / name)
    except OSError as fault:
        raise faults.of_file(fault, str(folder)) from fault


def drop(store: Store, session: Session, sha256: str) -> None:
    """Delete the files of a photo whose row is deleted by ``session``, unless something else needs them.

    Before the row is: a row without its file can be deleted again, a file without its row never.
    """
    for one in folders.of_photos(store, {sha256} - recycle_bin.photos(session)):
        one.unlink(missing_ok=True)


def _name(sha256: str, *, small: bool = False) -> str:
    return f"{sha256}-small.jpg" if small else f"{sha256}.jpg"
