"""What lies beside a store: its photos and its backups."""

from __future__ import annotations

from collections.abc import Collection
from pathlib import Path

from gridmap import settings
from gridmap.store import Store


def named(store: Store) -> str:
    """Return the store's own name among others: its whole path, or its address without a password."""
    return store.label if store.path is None else str(store.path.absolute())


def photos(store: Store) -> Path:
    """Return the folder of the store's photos, which may not exist: ``gridmap-photos`` beside ``gridmap.gpkg``.

    Files are named by the SHA-256 of their bytes; a smaller picture of one has a hyphen behind the hash.
    """
    return photos_at(store.path)


def photos_at(path: Path | None) -> Path:
    """Return the folder of photos of the file store at ``path``, or of a database where it is None."""
    return settings.data_folder() / "photos" if path is None else path.with_name(f"{path.stem}-photos")


def backups(path: Path | None) -> Path:
    """Return the usual folder for backups of the file store at ``path``, or of a database where it is None."""
    return settings.data_folder() / "backups" if path is None else path.parent / "backups"


def files(folder: Path) -> list[Path]:
    """Return the files in a folder by name, hidden ones left out; none where there is no folder."""
    if not folder.is_dir():
        return []
    return sorted(path for path in folder.iterdir() if path.is_file() and not path.name.startswith("."))


def of_photos(store: Store, hashes: Collection[str]) -> list[Path]:
    """Return the files of these photos, smaller pictures of them too."""
    return [path for path in files(photos(store)) if path.name.partition(".")[0].partition("-")[0] in hashes]
