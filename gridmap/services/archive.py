"""The file of a backup: a zip with the store as a GeoPackage, its photos, and a manifest that says what is inside.

The hashes find a backup that was cut short or changed by accident or by a careless hand. They are no signature: who
can write the file can also write a manifest that fits.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import json
import re
import shutil
import zipfile
import zlib
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import gridmap
from gridmap.errors import InputError
from gridmap.services import folders
from gridmap.store.contents import Digest

STORE = "store.gpkg"
PHOTOS = "photos/"
_MANIFEST = "manifest.json"
_FORMAT = "gridmap-backup"
_FORMAT_VERSION = 1
_NAME = re.compile(r"store\.gpkg|photos/[0-9A-Za-z_-][0-9A-Za-z._-]*")
_CHUNK = 1 << 20


@dataclass(frozen=True, kw_only=True)
class Manifest:
    """What a backup says of itself.

    Parameters
    ----------
    made_at
        When, UTC.
    program
        Version of gridmap that made it.
    store
        Path or address of the store it is of, without a password.
    migrations
        Steps that had brought the store to its form.
    tables
        Rows and hash of each table.
    files
        SHA-256 of each file inside.
    """

    made_at: dt.datetime
    program: str
    store: str
    migrations: tuple[str, ...]
    tables: Mapping[str, Digest]
    files: Mapping[str, str]

    @property
    def rows(self) -> dict[str, int]:
        """Rows of each table."""
        return {name: digest.rows for name, digest in self.tables.items()}


def write(
    path: Path,
    snapshot: Path,
    photos: Path,
    *,
    made_at: dt.datetime,
    store: str,
    migrations: list[str],
    tables: Mapping[str, Digest],
) -> Manifest:
    """Write a backup to ``path``, which does not exist, and return its manifest.

    Parameters
    ----------
    path
        File to be written.
    snapshot
        The store as a GeoPackage that nobody writes.
    photos
        Folder of the photos; it may be missing.
    made_at, store, migrations, tables
        What the manifest says of the store.
    """
    files: dict[str, str] = {}
    with zipfile.ZipFile(path, "x", zipfile.ZIP_DEFLATED) as archive:
        for name, source in [(STORE, snapshot), *((PHOTOS + p.name, p) for p in folders.files(photos))]:
            files[name] = _put(archive, name, source)
        manifest = Manifest(
            made_at=made_at,
            program=gridmap.__version__,
            store=store,
            migrations=tuple(migrations),
            tables=tables,
            files=files,
        )
        archive.writestr(_MANIFEST, json.dumps(_object(manifest), ensure_ascii=False, indent=1))
    return manifest


def verified(path: Path) -> Manifest:
    """Read a whole backup and return its manifest once every file in it is as the manifest says.

    Raises
    ------
    InputError
        ``backup_missing``, ``backup_not_ours`` or ``backup_damaged``.
    """
    manifest = read(path)
    try:
        with zipfile.ZipFile(path) as archive:
            there = {name for name in archive.namelist() if name != _MANIFEST}
            apart = sorted(there ^ manifest.files.keys())
            if apart or len(archive.namelist()) != len(there) + 1:
                raise InputError("backup_damaged", path=str(path), part=(apart or [_MANIFEST])[0])
            for name, wanted in manifest.files.items():
                with archive.open(name) as file:
                    if _NAME.fullmatch(name) is None or _hash(file) != wanted:
                        raise InputError("backup_damaged", path=str(path), part=name)
    except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError) as error:
        raise InputError("backup_damaged", path=str(path), part=str(error)) from error
    return manifest


def read(path: Path) -> Manifest:
    """Return a backup's manifest without looking at the rest.

    Raises
    ------
    InputError
        ``backup_missing`` or ``backup_not_ours``.
    """
    try:
        if not path.is_file():
            raise InputError("backup_missing", path=str(path))
    except OSError as error:
        raise InputError("backup_unreadable", path=str(path)[:200], reason=error.strerror or str(error)) from error
    try:
        with zipfile.ZipFile(path) as archive:
            told: dict[str, Any] = json.loads(archive.read(_MANIFEST))
        if (told["format"], told["format_version"]) != (_FORMAT, _FORMAT_VERSION) or STORE not in told["files"]:
            raise InputError("backup_not_ours", path=str(path))
        return Manifest(
            made_at=dt.datetime.fromisoformat(told["made_at"]).astimezone(dt.UTC),
            program=str(told["program"]),
            store=str(told["store"]),
            migrations=tuple(str(name) for name in told["migrations"]),
            tables={name: Digest(int(one["rows"]), str(one["sha256"])) for name, one in told["tables"].items()},
            files={str(name): str(sha256) for name, sha256 in told["files"].items()},
        )
    except OSError as error:
        raise InputError("backup_unreadable", path=str(path), reason=error.strerror or str(error)) from error
    except (zipfile.BadZipFile, zlib.error, KeyError, ValueError, TypeError, AttributeError, EOFError) as error:
        if isinstance(error, InputError):
            raise
        raise InputError("backup_not_ours", path=str(path)) from error


def unpack(path: Path, name: str, target: Path) -> None:
    """Write one file of a verified backup to ``target``, which does not exist."""
    with zipfile.ZipFile(path) as archive, archive.open(name) as source, target.open("xb") as copy:
        shutil.copyfileobj(source, copy, _CHUNK)


def _put(archive: zipfile.ZipFile, name: str, source: Path) -> str:
    sha = hashlib.sha256()
    info = zipfile.ZipInfo.from_file(source, name, strict_timestamps=False)
    # Photos are packed already.
    info.compress_type = zipfile.ZIP_DEFLATED if name == STORE else zipfile.ZIP_STORED
    with source.open("rb") as file, archive.open(info, "w", force_zip64=True) as packed:
        while chunk := file.read(_CHUNK):
            sha.update(chunk)
            packed.write(chunk)
    return sha.hexdigest()


def _hash(file: Any) -> str:
    sha = hashlib.sha256()
    while chunk := file.read(_CHUNK):
        sha.update(chunk)
    return sha.hexdigest()


def _object(manifest: Manifest) -> dict[str, Any]:
    return {
        "format": _FORMAT,
        "format_version": _FORMAT_VERSION,
        **asdict(manifest),
        "made_at": manifest.made_at.isoformat(timespec="milliseconds"),
        "tables": {name: asdict(digest) for name, digest in manifest.tables.items()},
    }
