"""Backups of a store while it is in use, and a store made from a backup."""

from __future__ import annotations

import datetime as dt
import os
import re
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

from gridmap.errors import InputError, StoreError
from gridmap.services import archive, folders
from gridmap.services.archive import Manifest
from gridmap.store import Store, contents, faults, geopackage, inspection, open_store, paths, space, transfer
from gridmap.store.migrations import MIGRATIONS

_UNFIT = re.compile(r"[^\w-]+")


@dataclass(frozen=True, kw_only=True)
class BackupReport:
    """A backup that was made and read again.

    Parameters
    ----------
    file
        Where it is.
    size_bytes
        Its size.
    manifest
        What it says of itself.
    photos
        How many photos are in it.
    removed
        Older backups of the same store that were removed for it.
    seconds
        How long it took.
    """

    file: Path
    size_bytes: int
    manifest: Manifest
    photos: int
    removed: tuple[Path, ...]
    seconds: float


@dataclass(frozen=True, kw_only=True)
class RestoreReport:
    """A store that was made from a backup.

    Parameters
    ----------
    store
        Path or address of the store, without a password.
    manifest
        What the backup says of itself.
    rows
        Rows of each table in the store.
    photos
        How many photos were put beside it.
    replaced
        Backup of what was there before; None where there was nothing, or nothing whole.
    aside
        New name of a broken file that was there before, or of what a store that is gone had left beside it.
    """

    store: str
    manifest: Manifest
    rows: dict[str, int]
    photos: int
    replaced: Path | None
    aside: Path | None


def make(store: Store, folder: Path | None = None, *, keep: int | None = None) -> BackupReport:
    """Make a backup of the store as it is at this moment, while others go on writing, and read it again.

    Parameters
    ----------
    store
        The store.
    folder
        Where the backup is put, made if it is missing; the usual folder if None.
    keep
        How many backups of this store stay in the folder, the new one included; all of them if None. What is no backup
        of this store is never removed.

    Raises
    ------
    InputError
        If ``keep`` is less than 1.
    StoreError
        If the folder cannot be written, too little space would stay free, or what was written is not what was read.
    """
    if keep is not None and keep < 1:
        raise InputError("backup_keep", keep=keep)
    began = time.monotonic()
    target = folders.backups(store.path) if folder is None else folder
    photos = folders.photos(store)
    try:
        target.mkdir(parents=True, exist_ok=True)
        # Twice: the copy, and the zip that is made of it.
        size = 0 if store.path is None else store.path.stat().st_size
        space.demand(target, str(target), 2 * size + sum(p.stat().st_size for p in folders.files(photos)))
        with tempfile.TemporaryDirectory(prefix=".gridmap-", dir=target) as unseen:
            made = Path(unseen) / "backup.zip"
            manifest = _write(store, Path(unseen) / archive.STORE, photos, made)
            if archive.verified(made) != manifest:
                raise StoreError("backup_differs", store=store.label)
            made.chmod(0o600)
            with made.open("rb+") as file:
                os.fsync(file.fileno())
            path = (
                target
                / f"{_stem(store)}-{manifest.made_at:%Y%m%d-%H%M%S}-{manifest.made_at.microsecond // 1000:03d}.zip"
            )
            geopackage.publish(made, path)
    except StoreError:
        raise
    except FileExistsError as error:
        raise InputError("store_target_exists", path=str(error.filename2 or error.filename)) from error
    except OSError as error:
        raise faults.of_file(error, str(target)) from error
    removed = () if keep is None else _rotate(target, folders.named(store), keep, path)
    return BackupReport(
        file=path,
        size_bytes=path.stat().st_size,
        manifest=manifest,
        photos=len(manifest.files) - 1,
        removed=removed,
        seconds=time.monotonic() - began,
    )


def restore(backup: Path, address: str, *, replace: bool = False) -> RestoreReport:
    """Make a store from a backup: all of it, or nothing.

    Parameters
    ----------
    backup
        File of the backup.
    address
        Path or ``postgresql://`` address of the store to be.
    replace
        Whether a store that is there is replaced; a backup of it is made first, and a broken
        file is given another name.

    Raises
    ------
    InputError
        If the backup is none of ours or damaged, or a store is there and ``replace`` is False.
    StoreError
        If the backup is of a newer gridmap, or the store cannot be written.
    """
    manifest = archive.verified(backup)
    newer = set(manifest.migrations) - {name for name, _ in MIGRATIONS}
    if newer:
        raise StoreError("store_newer", store=str(backup), found=max(newer))
    there = transfer.exists(address)
    if there and not replace:
        raise InputError("restore_target_exists", store=transfer.label(address))
    path = None if "://" in address else paths.of(address)
    if path is not None and not there and path.suffix.lower() != ".gpkg":
        raise InputError("store_suffix", path=str(path))
    replaced, aside = _kept(address, path) if there else (None, None)
    try:
        if path is not None:
            path.parent.mkdir(parents=True, exist_ok=True)
            space.demand(path.parent, str(path), backup.stat().st_size)
        with tempfile.TemporaryDirectory(prefix=".gridmap-", dir=None if path is None else path.parent) as unseen:
            whole = Path(unseen) / archive.STORE
            archive.unpack(backup, archive.STORE, whole)
            rows = _brought_up(whole, manifest, backup)
            photos = _put_photos(backup, manifest, folders.photos_at(path))
            aside = transfer.put(whole, address, replace=replace and aside is None) or aside
    except (StoreError, InputError):
        raise
    except OSError as error:
        raise faults.of_file(error, transfer.label(address)) from error
    return RestoreReport(
        store=transfer.label(address), manifest=manifest, rows=rows, photos=photos, replaced=replaced, aside=aside
    )


def listed(folder: Path, store: str) -> list[tuple[Path, Manifest]]:
    """Return the backups of ``store`` (`folders.named`) in a folder, the oldest first; other files are passed over."""
    found = []
    for path in folders.files(folder):
        if path.suffix != ".zip":
            continue
        try:
            manifest = archive.read(path)
        except InputError:
            continue  # somebody else's file
        if manifest.store == store:
            found.append((path, manifest))
    return sorted(found, key=lambda one: one[1].made_at)


def _write(store: Store, snapshot: Path, photos: Path, path: Path) -> Manifest:
    made_at = dt.datetime.now(dt.UTC)
    made_at = made_at.replace(microsecond=made_at.microsecond // 1000 * 1000)
    counted = store.snapshot(snapshot)
    with transfer.opened(snapshot) as connection:
        wrong = list(inspection.database(connection))
        tables = contents.digests(connection)
        steps = inspection.migrations(connection)
    if wrong:
        raise StoreError("backup_source_broken", store=store.label)
    if {name: digest.rows for name, digest in tables.items()} != counted:
        raise StoreError("backup_differs", store=store.label)
    return archive.write(
        path, snapshot, photos, made_at=made_at, store=folders.named(store), migrations=steps, tables=tables
    )


def _stem(store: Store) -> str:
    name = store.path.stem if store.path is not None else store.label.rpartition("/")[2]
    return _UNFIT.sub("-", name).strip("-") or "gridmap"


def _rotate(folder: Path, store: str, keep: int, newest: Path) -> tuple[Path, ...]:
    # The clock may have been set back: the one just made stays whatever its time.
    older = [path for path, _ in listed(folder, store) if path != newest]
    removed = tuple(older[: max(len(older) - (keep - 1), 0)])
    for path in removed:
        path.unlink(missing_ok=True)
    return removed


def _kept(address: str, path: Path | None) -> tuple[Path | None, Path | None]:
    try:
        present = open_store(address, create=False)
    except StoreError as error:
        if path is None or error.key not in ("store_broken", "store_changed", "store_leftover"):
            raise
        return None, transfer.set_aside(path)
    try:
        return make(present).file, None
    finally:
        present.close()


def _brought_up(whole: Path, manifest: Manifest, backup: Path) -> dict[str, int]:
    """Bring the unpacked store to today's form, see that it is whole, and return its rows by table."""
    store = open_store(str(whole), create=False)
    try:
        with store.connection() as connection:
            tables = contents.digests(connection)
            if set(inspection.migrations(connection)) == set(manifest.migrations) and tables != manifest.tables:
                raise InputError("backup_damaged", path=str(backup), part=archive.STORE)
    finally:
        store.close()
    transfer.renew(whole)
    return {name: digest.rows for name, digest in tables.items()}


def _put_photos(backup: Path, manifest: Manifest, folder: Path) -> int:
    names = [name for name in manifest.files if name != archive.STORE]
    if names:
        folder.mkdir(parents=True, exist_ok=True)
    for name in names:
        target = folder / name.removeprefix(archive.PHOTOS)
        if target.exists():
            continue
        fresh = geopackage.new_name(target)
        archive.unpack(backup, name, fresh)
        fresh.replace(target)
    return len(names)
