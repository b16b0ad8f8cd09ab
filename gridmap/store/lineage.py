"""Whether the write-ahead log beside a store's file is the file's own.

SQLite replays whatever valid log lies beside a file. One that a crashed program left beside a store that somebody has
since put back by hand would overwrite it. So each of our changes notes a new token and the one before it: the log of
a file holds the file's own token; the log of another file does not.
"""

from __future__ import annotations

import os
import sqlite3
import struct
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import BinaryIO

import sqlalchemy as sa

from gridmap import errors

_TABLE = "gridmap_lineage"
_MAKE = f"CREATE TABLE IF NOT EXISTS {_TABLE} (id INTEGER PRIMARY KEY CHECK (id = 1), born BLOB, token BLOB)"
# Before the tokens, so that they are found in a page without reading it as a table.
_MARK = b"gridmap lineage:"
_SIZE = 16
_NONE = bytes(_SIZE)
_WAL_HEADER, _FRAME_HEADER = struct.Struct(">8I"), struct.Struct(">6I")
_WAL_MAGIC = (0x377F0682, 0x377F0683)
_ENDINGS = ("-wal", "-shm")


def step(connection: sa.Connection) -> None:
    """Note a new token, as a part of the change under way."""
    connection.exec_driver_sql(_MAKE)
    row = connection.exec_driver_sql(f"SELECT born, token FROM {_TABLE}").one_or_none()  # noqa: S608
    born, before = (os.urandom(_SIZE), _NONE) if row is None else (row[0], _token(row[1]))
    connection.exec_driver_sql(*_put(born, before))


def begin(connection: sqlite3.Connection, after: bytes = _NONE) -> None:
    """Make the file a store of its own, apart from the one it was copied from.

    Parameters
    ----------
    connection
        The copy.
    after
        Token of a file into which the copy is going to be written, which goes on with its own log.
    """
    connection.execute(_MAKE)
    connection.execute(*_put(os.urandom(_SIZE), after))


def token(connection: sqlite3.Connection) -> bytes:
    """Return the present token of a file; zeros where it has none."""
    if connection.execute("SELECT 1 FROM sqlite_master WHERE name = ?", (_TABLE,)).fetchone() is None:
        return _NONE
    row = connection.execute(f"SELECT token FROM {_TABLE}").fetchone()  # noqa: S608
    return _NONE if row is None else _token(row[0])


def born(connection: sa.Connection) -> str:
    """Return what tells this store from every other, a copy or a restored one included; empty before the first."""
    if not sa.inspect(connection).has_table(_TABLE):
        return ""
    found = connection.exec_driver_sql(f"SELECT born FROM {_TABLE}").scalar()  # noqa: S608
    return found.hex() if isinstance(found, bytes) else ""


def leftovers(path: Path) -> list[Path]:
    """Return what SQLite may have left beside ``path``, as far as it is there."""
    return [part for part in (path.with_name(path.name + ending) for ending in _ENDINGS) if part.exists()]


def demand_no_log(path: Path) -> None:
    """Refuse to make a file where the log of one that is gone lies.

    Raises
    ------
    errors.StoreError
        ``store_lost``.
    """
    log = path.with_name(path.name + "-wal")
    if log.exists() and log.stat().st_size:
        raise errors.StoreError("store_lost", store=str(path), wal=log.name, shm=f"{path.name}-shm")


def demand_own_log(path: Path) -> None:
    """Refuse a file beside which the log of another lies; to be called before SQLite opens the file.

    Raises
    ------
    errors.StoreError
        ``store_leftover``.
    """
    log = path.with_name(path.name + "-wal")
    while True:
        # Others may be writing: what is compared must be of one moment.
        before = _token_in_file(path)
        chain = list(_chain(log))
        if before == _token_in_file(path):
            break
    if chain and before is not None and before not in {token for pair in chain for token in pair}:
        raise errors.StoreError("store_leftover", store=str(path), wal=log.name, shm=f"{path.name}-shm")


def _token_in_file(path: Path) -> bytes | None:
    """Return the token that stands in the file itself, its log left aside; None where it cannot be read."""
    try:
        with closing(sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro&immutable=1", uri=True)) as connection:
            return token(connection)
    except sqlite3.DatabaseError:
        return None  # no database, or one in the middle of a checkpoint: opening it will tell


def _chain(log: Path) -> Iterator[tuple[bytes, bytes]]:
    """Yield (token before, token) of each change of ours in the valid part of a log."""
    try:
        # The log carries no locks, so reading it by the way takes none away.
        with log.open("rb") as file:
            yield from _frames(file)
    except FileNotFoundError:
        return


def _frames(file: BinaryIO) -> Iterator[tuple[bytes, bytes]]:
    head = file.read(_WAL_HEADER.size)
    if len(head) < _WAL_HEADER.size:
        return
    magic, _, page_size, _, *salts, _, _ = _WAL_HEADER.unpack(head)
    if magic not in _WAL_MAGIC:
        return
    while len(frame := file.read(_FRAME_HEADER.size + page_size)) == _FRAME_HEADER.size + page_size:
        # What is left of an earlier log has other salts.
        if list(_FRAME_HEADER.unpack_from(frame)[2:4]) != salts:
            return
        at = frame.find(_MARK)
        if at >= 0:
            pair = frame[at + len(_MARK) : at + len(_MARK) + 2 * _SIZE]
            yield pair[:_SIZE], pair[_SIZE:]


def _put(born: bytes, before: bytes) -> tuple[str, tuple[bytes, bytes]]:
    said = _MARK + before + os.urandom(_SIZE)
    return f"INSERT OR REPLACE INTO {_TABLE} (id, born, token) VALUES (1, ?, ?)", (born, said)  # noqa: S608


def _token(said: bytes) -> bytes:
    return said[-_SIZE:]
