"""What the databases complain about, said in gridmap's own sentences."""

from __future__ import annotations

import errno
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager

import psycopg
import sqlalchemy.exc
from sqlalchemy.orm.exc import StaleDataError

from gridmap import errors

# Primary result codes of SQLite (https://sqlite.org/rescode.html); the upper bits only refine them.
_SQLITE = {
    sqlite3.SQLITE_PERM: "store_read_only",
    sqlite3.SQLITE_BUSY: "store_locked",
    sqlite3.SQLITE_LOCKED: "store_locked",
    sqlite3.SQLITE_READONLY: "store_read_only",
    sqlite3.SQLITE_IOERR: "store_io",
    sqlite3.SQLITE_CORRUPT: "store_broken",
    sqlite3.SQLITE_FULL: "store_full",
    sqlite3.SQLITE_CANTOPEN: "store_cannot_open",
    sqlite3.SQLITE_NOTADB: "store_broken",
}
_POSTGRES: tuple[tuple[type[psycopg.Error], str], ...] = (
    (psycopg.errors.ReadOnlySqlTransaction, "store_read_only"),
    (psycopg.errors.InsufficientPrivilege, "store_forbidden"),
    (psycopg.errors.DiskFull, "store_full"),
    (psycopg.errors.LockNotAvailable, "store_locked"),
    (psycopg.errors.DataCorrupted, "store_broken"),
    (psycopg.errors.IndexCorrupted, "store_broken"),
)
_POSTGRES_CONFLICTS = (
    psycopg.errors.UniqueViolation,
    psycopg.errors.ForeignKeyViolation,
    psycopg.errors.SerializationFailure,
    psycopg.errors.DeadlockDetected,
)
_SQLITE_CONFLICTS = (
    sqlite3.SQLITE_CONSTRAINT_UNIQUE,
    sqlite3.SQLITE_CONSTRAINT_PRIMARYKEY,
    sqlite3.SQLITE_CONSTRAINT_FOREIGNKEY,
)


@contextmanager
def translated(label: str) -> Iterator[None]:
    """Turn a database's fault inside the block into gridmap's; other errors pass as they are.

    Parameters
    ----------
    label
        Path or address of the store, without a password, as the sentence names it.

    Raises
    ------
    errors.Conflict
        If a row was changed or deleted meanwhile, or breaks a unique key or a reference.
    errors.StoreError
        If the store is locked, read-only, full, broken or not reachable.
    """
    try:
        yield
    except StaleDataError as error:
        raise errors.Conflict("store_conflict") from error
    except sqlalchemy.exc.TimeoutError as error:
        raise errors.StoreError("store_locked", store=label) from error
    except sqlalchemy.exc.StatementError as error:
        known = _known(error.orig, label)
        if known is None:
            raise
        raise known from (None if known is error.orig else error)
    except (sqlite3.Error, psycopg.Error) as error:
        known = _known(error, label)
        if known is None:
            raise
        raise known from error


def of_file(error: OSError, label: str) -> errors.StoreError:
    """Return the sentence for what the operating system says about a file or folder of the store."""
    if error.errno in (errno.EACCES, errno.EPERM, errno.EROFS):
        return errors.StoreError("store_read_only", store=label)
    if error.errno in (errno.ENOSPC, errno.EDQUOT):
        return errors.StoreError("store_full", store=label)
    return errors.StoreError("store_cannot_open", store=label)


def _known(error: BaseException | None, label: str) -> Exception | None:
    if isinstance(error, (errors.GridmapError, ValueError, TypeError)):
        # Raised by one of our column types; SQLAlchemy has only wrapped it.
        return error
    if isinstance(error, sqlite3.Error):
        return _of_sqlite(error, label)
    if isinstance(error, psycopg.Error):
        return _of_postgres(error, label)
    return None


def _of_sqlite(error: sqlite3.Error, label: str) -> Exception | None:
    # Errors raised by the module itself, such as for a closed connection, carry no code.
    code: int = getattr(error, "sqlite_errorcode", 0)
    if code in _SQLITE_CONFLICTS:
        return errors.Conflict("store_taken")
    key = _SQLITE.get(code & 0xFF)
    return errors.StoreError(key, store=label) if key else None


def _of_postgres(error: psycopg.Error, label: str) -> Exception | None:
    if isinstance(error, _POSTGRES_CONFLICTS):
        return errors.Conflict("store_taken")
    for kind, key in _POSTGRES:
        if isinstance(error, kind):
            return errors.StoreError(key, store=label)
    # What the server calls class 08, 53, 57 or gives no state at all is the connection, not the statement.
    if isinstance(error, psycopg.OperationalError) and (error.sqlstate or "08")[:2] in ("08", "28", "3D", "53", "57"):
        reason = str(error).strip().splitlines()
        return errors.StoreError("store_unreachable", store=label, reason=reason[0] if reason else "")
    return None
