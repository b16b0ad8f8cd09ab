"""The file of the key that seals names and phones: never in the store, never in a backup, made at first need.

A line ``seal KEY`` for each key, the newest first; the older ones still open what they have sealed. One line
``digest KEY`` for the digests of identity numbers, which stays the same for as long as the file does.
"""

from __future__ import annotations

import contextlib
import os
import stat
import uuid
from dataclasses import dataclass, replace
from pathlib import Path

import sqlalchemy as sa
from sqlalchemy.orm import Session

from gridmap import i18n, privacy, settings
from gridmap.errors import StoreError
from gridmap.model import Sealed
from gridmap.privacy import Keyring
from gridmap.store import Store, geopackage, tables

_HEAD = """\
# The key of gridmap: it opens the names and phone numbers that the store keeps sealed.
# Keep a copy of this file in a safe place, apart from the store and its backups. Nobody can make it anew.
# 此文件是 gridmap 的密钥，用来打开数据库中加密保存的姓名和电话。请另存一份，与数据库及其备份分开保管；遗失后无法找回。
"""


@dataclass(frozen=True, kw_only=True, repr=False)
class Keys:
    """What the file holds.

    Parameters
    ----------
    path
        The file.
    seal
        Keys that seal and open, the newest first.
    digest
        Key of the digests of identity numbers.
    """

    path: Path
    seal: tuple[str, ...]
    digest: str

    @property
    def ring(self) -> Keyring:
        """What seals and opens with these keys."""
        return Keyring(self.seal, str(self.path))


def path() -> Path:
    """Return where the operator keeps the key; there may be none yet."""
    chosen = settings.from_environment().key_file
    return Path(chosen).expanduser() if chosen else settings.default_key_file()


def read(file: Path) -> Keys | None:
    """Return the keys in a file, None where there is no file.

    Raises
    ------
    errors.StoreError
        ``key_unreadable`` if it is no file of keys or may not be read.
    """
    try:
        lines = file.read_text(encoding="utf-8").splitlines()
    except (FileNotFoundError, NotADirectoryError):
        return None
    except (OSError, UnicodeDecodeError) as fault:
        raise StoreError("key_unreadable", file=str(file)) from fault
    told = [line.split() for line in lines if line.strip() and not line.startswith("#")]
    seal = tuple(words[1] for words in told if len(words) == 2 and words[0] == "seal" and privacy.is_key(words[1]))
    digest = [words[1] for words in told if len(words) == 2 and words[0] == "digest"]
    if not seal or len(digest) != 1 or len(seal) + 1 != len(told):
        raise StoreError("key_unreadable", file=str(file))
    return Keys(path=file, seal=seal, digest=digest[0])


def opening() -> Keys:
    """Return the keys, to open with them what a store keeps sealed.

    Raises
    ------
    errors.StoreError
        ``key_missing`` or ``key_unreadable``.
    """
    keys = read(path())
    if keys is None:
        raise StoreError("key_missing", file=str(path()))
    return keys


def sealing(session: Session) -> Keys:
    """Return the keys, to seal with them in the transaction of ``session``; made where nothing is sealed yet.

    They are read inside the transaction: what is sealed meanwhile is found by a change of the key.

    Raises
    ------
    errors.StoreError
        ``key_missing`` if the store holds what another key has sealed and there is none, ``key_wrong`` if it is not the
        one, ``key_unreadable`` or ``key_unwritable``.
    """
    keys, there = read(path()), _any_sealed(session)
    if keys is None:
        if there:
            raise StoreError("key_missing", file=str(path()))
        keys = _make(path())
    if there and not keys.ring.opens(there):
        raise StoreError("key_wrong", file=str(keys.path))
    return keys


def write(keys: Keys) -> None:
    """Put keys in the place of those in their file: whoever reads it finds the old ones or the new ones.

    Raises
    ------
    errors.StoreError
        If the file cannot be written.
    """
    fresh = _prepared(keys)
    try:
        fresh.replace(keys.path)
        _settle(keys.path.parent)
    except OSError as fault:
        fresh.unlink(missing_ok=True)
        raise StoreError("key_unwritable", file=str(keys.path)) from fault


def with_new_key(keys: Keys) -> Keys:
    """Return the keys with a new one before them."""
    return replace(keys, seal=(privacy.new_key(), *keys.seal))


def unopened(store: Store) -> int:
    """Return how many sealed texts of a store the present key does not open, without one: all of them."""
    with store.read() as session:
        wanted = [sa.select(column).where(column != "") for column in tables.sealed()]
        found = [Sealed(str(text)) for question in wanted for text in session.scalars(question)]
    if not found:
        return 0
    keys = read(path())
    return len(found) if keys is None else sum(not keys.ring.opens(text) for text in found)


def warnings(language: str) -> list[str]:
    """Return what is not well with the key's file, a sentence each."""
    file = path()
    try:
        mode = file.stat().st_mode
    except OSError:
        return []  # where it is missing, who needs it says so
    # Windows has no such bits; there the folder belongs to one user.
    open_to_others = os.name == "posix" and mode & (stat.S_IRWXG | stat.S_IRWXO)
    return [i18n.text("privacy.key_open_to_others", language, file=str(file))] if open_to_others else []


def _any_sealed(session: Session) -> Sealed | None:
    for column in tables.sealed():
        found = session.scalars(sa.select(column).where(column != "").limit(1)).first()
        if found is not None:
            return Sealed(str(found))
    return None


def _make(file: Path) -> Keys:
    """Make the file; where another process made it meanwhile, theirs stays."""
    keys = Keys(path=file, seal=(privacy.new_key(),), digest=privacy.new_key())
    fresh = _prepared(keys)
    try:
        with contextlib.suppress(FileExistsError):
            geopackage.publish(fresh, file)
        _settle(file.parent)
    except OSError as fault:
        raise StoreError("key_unwritable", file=str(file)) from fault
    finally:
        fresh.unlink(missing_ok=True)
    made = read(file)
    return keys if made is None else made


def _prepared(keys: Keys) -> Path:
    """Write the keys to a new file beside theirs, which only its owner reads, and return it."""
    fresh = keys.path.with_name(f".{keys.path.name}.{uuid.uuid4().hex}.new")
    lines = [*(f"seal {key}" for key in keys.seal), f"digest {keys.digest}"]
    try:
        keys.path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        with os.fdopen(os.open(fresh, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600), "w", encoding="utf-8") as file:
            file.write(_HEAD + "\n".join(lines) + "\n")
            file.flush()
            os.fsync(file.fileno())
    except OSError as fault:
        raise StoreError("key_unwritable", file=str(keys.path)) from fault
    return fresh


def _settle(folder: Path) -> None:
    """Let the folder remember the name of what was put into it, even through a power cut."""
    if os.name != "posix":
        return
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
