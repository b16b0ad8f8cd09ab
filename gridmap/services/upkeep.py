"""What keeps a store well while the app runs: a backup every day, an emptied bin, a warning before the disk is full."""

from __future__ import annotations

import contextlib
import datetime as dt
import logging
import os
import threading
import time
from collections.abc import Iterator
from pathlib import Path

from gridmap import i18n, settings
from gridmap.errors import GridmapError
from gridmap.services import backup, drafts, folders, key_file, recycle_bin, retention
from gridmap.store import Store, space

_FIRST_S = 60.0
_LOOK_S = 600.0
_LOCK = ".gridmap-backup.lock"
# A process that was killed leaves its lock; no backup takes as long as this.
_STALE_S = 3600.0
_log = logging.getLogger(__name__)


class Upkeep:
    """The care of one store by one process.

    Parameters
    ----------
    store
        The store.
    folder
        Where backups are put; None for none.
    """

    def __init__(self, store: Store, folder: Path | None) -> None:
        chosen = settings.defaults()["backups"]
        self._store = store
        self._folder = folder
        self._every = dt.timedelta(hours=chosen["hours"])
        self._keep = int(chosen["keep"])
        self._over = threading.Event()
        self._fault: Exception | None = None
        self._kept_too_long: Exception | None = None

    def start(self) -> None:
        """Look from time to time, in a thread of its own that ends with the process, whether anything is due."""
        threading.Thread(target=self._go_on, name="gridmap-upkeep", daemon=True).start()

    def stop(self) -> None:
        """Look no more."""
        self._over.set()

    def look(self, now: dt.datetime) -> Path | None:
        """Make a backup if the newest is older than a day and no other process is making one; return its file.

        A fault is logged, and told by `warnings` until a backup succeeds.
        """
        folder = self._folder
        if folder is None:
            return None
        try:
            folder.mkdir(parents=True, exist_ok=True)
            with _alone(folder) as ours:
                made = backup.make(self._store, folder, keep=self._keep).file if ours and self._due(now) else None
        except Exception as fault:
            _log.exception("the backup of %s failed", self._store.label)
            self._fault = fault
            return None
        self._fault = None
        return made

    def tidy(self, now: dt.datetime) -> None:
        """Delete for good what has lain in the bin, and drafts that have lain about, for their time; log a fault."""
        try:
            gone = recycle_bin.empty(self._store, now), drafts.clear(self._store, now)
        except Exception:
            # It is tried again at the next look; what is due does no harm until then.
            _log.exception("the bin of %s could not be emptied", self._store.label)
            return
        if any(gone):
            _log.info("deleted for good: %d things from the bin, %d drafts", *gone)

    def retain(self, now: dt.datetime) -> None:
        """Once a day, delete for good the personal data that were kept for their time.

        A fault is logged, and told by `warnings` until it succeeds.
        """
        try:
            if retention.is_due(self._store, now):
                _log.info("retention: %s", retention.run(self._store, now).summary("en"))
        except Exception as fault:
            _log.exception("the personal data that are due in %s could not be deleted", self._store.label)
            self._kept_too_long = fault
            return
        self._kept_too_long = None

    def warnings(self, language: str) -> list[str]:
        """Return what the office should know now, a sentence each; nothing where all is well."""
        said = []
        path = self._store.path
        if path is not None and space.is_low(path.parent):
            free, floor = space.free_bytes(path.parent) // 1_000_000, space.floor_bytes() // 1_000_000
            said.append(i18n.text("upkeep.low_space", language, free=free, floor=floor, folder=str(path.parent)))
        said += key_file.warnings(language)
        for fault, key in ((self._fault, "upkeep.backup_failed"), (self._kept_too_long, "upkeep.retention_failed")):
            if fault is not None:
                told = fault.strerror if isinstance(fault, OSError) and not isinstance(fault, GridmapError) else None
                reason = fault.sentence(language) if isinstance(fault, GridmapError) else told or str(fault)
                said.append(i18n.text(key, language, folder=str(self._folder), reason=reason.rstrip("。.")))
        return said

    def _due(self, now: dt.datetime) -> bool:
        assert self._folder is not None  # for mypy: nothing is due without one
        made = backup.listed(self._folder, folders.named(self._store))
        # One from the future was made under a wrong clock.
        return not made or abs(now - made[-1][1].made_at) >= self._every

    def _go_on(self) -> None:
        pause_s = _FIRST_S
        while not self._over.wait(pause_s):
            now = dt.datetime.now(dt.UTC)
            # A backup first: what is deleted for good is in one more of them.
            self.look(now)
            self.tidy(now)
            self.retain(now)
            pause_s = _LOOK_S


def chosen_folder(store: Store, chosen: settings.Settings) -> Path | None:
    """Return where the operator wants the app's backups, None for nowhere: the demo is made anew, not backed up."""
    if chosen.demo or chosen.backups == "off":
        return None
    return Path(chosen.backups).expanduser() if chosen.backups else folders.backups(store.path)


@contextlib.contextmanager
def _alone(folder: Path) -> Iterator[bool]:
    """Give True to one process at a time."""
    lock = folder / _LOCK
    with contextlib.suppress(FileNotFoundError):
        if time.time() - lock.stat().st_mtime > _STALE_S:
            lock.unlink()
    try:
        os.close(os.open(lock, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600))
    except FileExistsError:
        yield False
        return
    try:
        yield True
    finally:
        lock.unlink(missing_ok=True)
