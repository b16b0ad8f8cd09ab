"""`gridmap check`: what was looked at in a store, what is wrong, and how to mend it."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from gridmap.errors import Fault
from gridmap.services import folders, key_file, recycle_bin
from gridmap.store import Store, contents, inspection

_FEW = 5


@dataclass(frozen=True, kw_only=True)
class CheckReport:
    """What a check saw.

    Parameters
    ----------
    store
        Path or address of the store, without a password.
    looked
        Keys of what was looked at; their names are ``check.look.<key>``.
    rows
        Rows of each table.
    migrations
        Steps that brought the store to its form.
    faults
        What is wrong; none where all is well.
    """

    store: str
    looked: tuple[str, ...]
    rows: dict[str, int]
    migrations: tuple[str, ...]
    faults: tuple[Fault, ...]


def check(store: Store) -> CheckReport:
    """Look the whole store over, photos included, and change nothing.

    Raises
    ------
    StoreError
        If it cannot be read at all.
    """
    with store.connection() as connection:
        faults = [fault for _, look in inspection.LOOKS for fault in look(connection)]
        rows = contents.rows(connection)
        steps = inspection.migrations(connection)
    faults += [*_photos(store), *_sealed(store)]
    return CheckReport(
        store=store.label,
        looked=(*(key for key, _ in inspection.LOOKS), "photos", "sealed"),
        rows=rows,
        migrations=tuple(steps),
        faults=tuple(faults),
    )


def _photos(store: Store) -> Iterator[Fault]:
    """See whether the photos' files are there and unchanged, and whether each belongs to a row."""
    folder = folders.photos(store)
    with store.read() as session:
        known = recycle_bin.photos(session)
    there = {path.name.partition(".")[0]: path for path in folders.files(folder) if "-" not in path.stem}
    lost = sorted(known - there.keys())
    changed = sorted(name for name in known & there.keys() if _sha256(there[name]) != name)
    nobodys = sorted(there.keys() - known)
    for problem, names in (("photo_lost", lost), ("photo_changed", changed), ("photo_nobodys", nobodys)):
        if names:
            few = ", ".join(name[:12] for name in names[:_FEW]) + (" …" if len(names) > _FEW else "")
            yield Fault(problem=f"check_{problem}", fields={"n": len(names), "names": few, "folder": str(folder)})


def _sealed(store: Store) -> Iterator[Fault]:
    """See whether the key opens what is kept sealed."""
    n = key_file.unopened(store)
    if n:
        yield Fault(problem="check_sealed", fields={"n": n, "file": str(key_file.path())})


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
