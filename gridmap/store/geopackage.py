"""The store as one GeoPackage file, through SQLite alone.

The live file is opened by Python's ``sqlite3`` and by nothing else in this process: another SQLite library, or even
``open``, would drop the process's locks on it when it closes the file, and writes would be lost.
"""

from __future__ import annotations

import contextlib
import datetime as dt
import os
import sqlite3
import struct
import uuid
from collections.abc import Iterable, Iterator, Sequence
from contextlib import closing
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from pyproj import CRS
from sqlalchemy import event
from sqlalchemy.pool import QueuePool

from gridmap import errors
from gridmap.store import blob, contents, faults, lineage, tables, triggers

# "GPKG", and version 1.3: what GDAL 3.6's validator knows, and newer ones accept.
_APPLICATION_ID = 0x47504B47
_USER_VERSION = 10300
_WRITES = "gridmap_writes"
_LOG_PATIENCE_S = 3.0

_RTREE_URL = "http://www.geopackage.org/spec120/#extension_rtree"
_LAYOUT = (
    """CREATE TABLE gpkg_spatial_ref_sys (
    srs_name TEXT NOT NULL, srs_id INTEGER NOT NULL PRIMARY KEY, organization TEXT NOT NULL,
    organization_coordsys_id INTEGER NOT NULL, definition TEXT NOT NULL, description TEXT)""",
    """CREATE TABLE gpkg_contents (
    table_name TEXT NOT NULL PRIMARY KEY, data_type TEXT NOT NULL, identifier TEXT UNIQUE, description TEXT DEFAULT '',
    last_change DATETIME NOT NULL DEFAULT (strftime('%Y-%m-%dT%H:%M:%fZ','now')),
    min_x DOUBLE, min_y DOUBLE, max_x DOUBLE, max_y DOUBLE, srs_id INTEGER,
    CONSTRAINT fk_gc_r_srs_id FOREIGN KEY (srs_id) REFERENCES gpkg_spatial_ref_sys(srs_id))""",
    """CREATE TABLE gpkg_geometry_columns (
    table_name TEXT NOT NULL, column_name TEXT NOT NULL, geometry_type_name TEXT NOT NULL, srs_id INTEGER NOT NULL,
    z TINYINT NOT NULL, m TINYINT NOT NULL,
    CONSTRAINT pk_geom_cols PRIMARY KEY (table_name, column_name), CONSTRAINT uk_gc_table_name UNIQUE (table_name),
    CONSTRAINT fk_gc_tn FOREIGN KEY (table_name) REFERENCES gpkg_contents(table_name),
    CONSTRAINT fk_gc_srs FOREIGN KEY (srs_id) REFERENCES gpkg_spatial_ref_sys (srs_id))""",
    """CREATE TABLE gpkg_extensions (
    table_name TEXT, column_name TEXT, extension_name TEXT NOT NULL, definition TEXT NOT NULL, scope TEXT NOT NULL,
    CONSTRAINT ge_tce UNIQUE (table_name, column_name, extension_name))""",
)


class GeoPackage:
    """A GeoPackage file as the store's backend.

    Parameters
    ----------
    path
        Path of the file, which exists.
    patience_s
        How long to wait for another program that is writing.
    """

    def __init__(self, path: Path, patience_s: float) -> None:
        self.path: Path | None = path
        self.label = str(path)
        self._file = path
        self._patience_s = patience_s
        self._opened_as = _identity(path)
        self.engine = sa.create_engine(
            "sqlite+pysqlite://",
            creator=lambda: connect(path, patience_s),
            poolclass=QueuePool,
            pool_size=8,
            max_overflow=24,
            pool_timeout=patience_s,
            # What was written may name a person, and errors end in logs.
            hide_parameters=True,
        )
        event.listen(self.engine, "begin", _begin)
        event.listen(self.engine, "checkin", _leave_no_transaction)
        self.reading: sa.Engine = self.engine
        self.writing: sa.Engine = self.engine.execution_options(**{_WRITES: True})

    def is_in_place(self) -> bool:
        """Whether the path still names the file that was opened."""
        return _identity(self._file) == self._opened_as

    def edition(self, connection: sa.Connection) -> str:
        """Return what tells this file, and what was restored into it, from every other."""
        inode = 0 if self._opened_as is None else self._opened_as[1]
        return f"{lineage.born(connection)[:12]}-{inode:x}"

    def retire(self) -> None:
        """Bring the file that was opened up to its last change, wherever it lies now, and close it.

        Nobody may be using it. SQLite itself leaves a file that has been moved without what its log holds.
        """
        pool = self.engine.pool
        with contextlib.suppress(sqlite3.Error):  # nothing is lost: the log stays, and its file can be moved back to it
            # A new connection would be one to another file.
            if isinstance(pool, QueuePool) and pool.checkedin():
                with closing(self.engine.raw_connection()) as connection:
                    connection.cursor().execute("PRAGMA wal_checkpoint(TRUNCATE)")
        self.engine.dispose()

    def lock(self, connection: sa.Connection) -> None:
        """Nothing is left to lock: a writing transaction begins with SQLite's only write lock."""

    def lay_out(self, connection: sa.Connection) -> None:
        """Write what makes a database file a GeoPackage, and register each table."""
        connection.exec_driver_sql(f"PRAGMA application_id = {_APPLICATION_ID}")
        connection.exec_driver_sql(f"PRAGMA user_version = {_USER_VERSION}")
        for statement in _LAYOUT:
            connection.exec_driver_sql(statement)
        connection.exec_driver_sql(
            "INSERT INTO gpkg_spatial_ref_sys VALUES (?, ?, ?, ?, ?, ?)",
            [
                ("Undefined cartesian SRS", -1, "NONE", -1, "undefined", "undefined cartesian coordinates"),
                ("Undefined geographic SRS", 0, "NONE", 0, "undefined", "undefined geographic coordinates"),
                ("WGS 84 geodetic", blob.SRS_ID, "EPSG", blob.SRS_ID, CRS(blob.SRS_ID).to_wkt("WKT1_GDAL"), "lon/lat"),
            ],
        )
        tables.METADATA.create_all(connection, checkfirst=False)
        for table in tables.of().values():
            self.register(connection, table)

    def add_tables(self, connection: sa.Connection, added: Sequence[sa.Table]) -> None:
        """Make these tables in a store that lacks them, and register each."""
        tables.METADATA.create_all(connection, tables=added, checkfirst=False)
        for table in added:
            self.register(connection, table)

    def register(self, connection: sa.Connection, table: sa.Table) -> None:
        """List ``table`` in the GeoPackage's contents, with a spatial index where it has a geometry."""
        shape = tables.geometry(table)
        connection.exec_driver_sql(
            "INSERT INTO gpkg_contents (table_name, data_type, identifier, srs_id) VALUES (?, ?, ?, ?)",
            (table.name, "features" if shape else "attributes", table.name, blob.SRS_ID if shape else 0),
        )
        if shape is None:
            return
        connection.exec_driver_sql(
            "INSERT INTO gpkg_geometry_columns VALUES (?, 'geom', ?, ?, 0, 0)",
            (table.name, shape.kind.upper(), blob.SRS_ID),
        )
        connection.exec_driver_sql(
            "INSERT INTO gpkg_extensions VALUES (?, 'geom', 'gpkg_rtree_index', ?, 'write-only')",
            (table.name, _RTREE_URL),
        )
        index = triggers.rtree_name(table)
        connection.exec_driver_sql(f"CREATE VIRTUAL TABLE {index} USING rtree(id, minx, maxx, miny, maxy)")
        for statement in triggers.rtree(table):
            connection.exec_driver_sql(statement)

    def renew_index(self, connection: sa.Connection, table: sa.Table) -> None:
        """Make the spatial index of ``table`` anew from its rows, with its triggers."""
        index = triggers.rtree_name(table)
        connection.exec_driver_sql(f"DROP TABLE IF EXISTS {index}")
        connection.exec_driver_sql(f"CREATE VIRTUAL TABLE {index} USING rtree(id, minx, maxx, miny, maxy)")
        connection.exec_driver_sql(
            f"INSERT INTO {index} SELECT id, ST_MinX(geom), ST_MaxX(geom), ST_MinY(geom), ST_MaxY(geom) "  # noqa: S608
            f"FROM {table.name} WHERE ST_MinX(geom) NOTNULL"
        )
        for statement in triggers.rtree(table):
            connection.exec_driver_sql(f"DROP TRIGGER IF EXISTS {statement.split()[2]}")
            connection.exec_driver_sql(statement)

    def renew_triggers(self, connection: sa.Connection) -> None:
        """Make our triggers anew from the tables as they are described now."""
        old = connection.exec_driver_sql(
            r"SELECT name FROM sqlite_master WHERE type = 'trigger' AND name LIKE 'gridmap\_%' ESCAPE '\'"
        )
        for (name,) in old.fetchall():
            connection.exec_driver_sql(f'DROP TRIGGER "{name}"')
        for table in tables.of().values():
            for statement in triggers.ours(table):
                connection.exec_driver_sql(statement)

    @contextlib.contextmanager
    def quietly(self, connection: sa.Connection, changed: Sequence[sa.Table]) -> Iterator[None]:
        """Let rows of these tables be changed without a trace in history, version and revision."""
        for table in changed:
            for statement in triggers.ours(table):
                connection.exec_driver_sql(f"DROP TRIGGER IF EXISTS {statement.split()[2]}")
        yield
        self.renew_triggers(connection)

    def leave_no_trace(self) -> bool:
        """Bring the file up to its last change and empty its log, which still holds the pages as they were before."""
        with closing(self.engine.raw_connection()) as connection:
            cursor = connection.cursor()
            # Nobody can write meanwhile, so it does not wait long for those who read.
            cursor.execute(f"PRAGMA busy_timeout = {int(min(self._patience_s, _LOG_PATIENCE_S) * 1000)}")
            try:
                busy, *_ = cursor.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
            finally:
                cursor.execute(f"PRAGMA busy_timeout = {int(self._patience_s * 1000)}")
        return not busy

    def before_commit(self, connection: sa.Connection, touched: Iterable[str]) -> None:
        """Keep up the extents and times in ``gpkg_contents`` for the ``touched`` tables, and the file's lineage."""
        lineage.step(connection)
        now = dt.datetime.now(dt.UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
        by_name = {table.name: table for table in tables.of().values()}
        for name in sorted(set(touched) & by_name.keys()):
            extent = _extent(connection, by_name[name]) if tables.geometry(by_name[name]) else (None,) * 4
            connection.exec_driver_sql(
                "UPDATE gpkg_contents SET last_change = ?, min_x = ?, max_x = ?, min_y = ?, max_y = ? "
                "WHERE table_name = ?",
                (now, *extent, name),
            )

    def snapshot(self, path: Path) -> dict[str, int]:
        """Copy the file as it is at this moment to ``path``, as one whole file; return the rows by table."""
        fresh = new_name(path)
        try:
            # SQLite copies what the open transaction sees: the moment at which the rows were counted.
            with self.reading.connect() as source, closing(sqlite3.connect(fresh)) as copy:
                counted = contents.rows(source)
                live = source.connection.driver_connection
                assert isinstance(live, sqlite3.Connection)  # for mypy: the engine is ours
                live.backup(copy)
                # A file that is handed on must not need its -wal beside it, nor take the live file's.
                copy.execute("PRAGMA journal_mode = DELETE")
                lineage.begin(copy)
                copy.commit()
            publish(fresh, path)
        finally:
            discard(fresh)
        return counted


def connect(path: Path, patience_s: float) -> sqlite3.Connection:
    """Open the file ``path``, which exists, with everything each of our connections needs."""
    connection = sqlite3.connect(
        f"{path.absolute().as_uri()}?mode=rw",
        uri=True,
        timeout=patience_s,
        isolation_level=None,  # we begin transactions ourselves
        check_same_thread=False,  # the pool gives a connection to one thread at a time
    )
    connection.execute("PRAGMA foreign_keys = ON")
    connection.execute("PRAGMA synchronous = FULL")
    # What is deleted is gone from the file, not only from its index.
    connection.execute("PRAGMA secure_delete = ON")
    connection.create_function("ST_IsEmpty", 1, blob.is_empty, deterministic=True)
    for position, name in enumerate(("ST_MinX", "ST_MaxX", "ST_MinY", "ST_MaxY")):
        connection.create_function(name, 1, _bound(position), deterministic=True)
    return connection


def make_empty(path: Path) -> None:
    """Make an empty database file at ``path``, which does not exist, in write-ahead mode."""
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute("VACUUM")


def new_name(path: Path) -> Path:
    """Return a name beside ``path`` under which a file can be prepared unseen."""
    return path.with_name(f".{path.name}.{uuid.uuid4().hex}.new")


def publish(fresh: Path, path: Path) -> None:
    """Give the prepared file its name, all at once, never in the place of another file.

    Raises
    ------
    FileExistsError
        If ``path`` exists.
    """
    try:
        path.hardlink_to(fresh)
    except FileExistsError:
        raise
    except OSError:
        # A file system without hard links: claim the name, then take its place.
        os.close(os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY))
        fresh.replace(path)


def discard(fresh: Path) -> None:
    """Remove a prepared file and what SQLite may have put beside it."""
    for suffix in ("", "-wal", "-shm", "-journal"):
        # Where its folder is none, it was never made.
        with contextlib.suppress(FileNotFoundError, NotADirectoryError):
            fresh.with_name(fresh.name + suffix).unlink()


def check(path: Path, patience_s: float) -> None:
    """See that ``path`` is a whole store of ours that may be written.

    Raises
    ------
    errors.StoreError
        ``store_not_ours``, ``store_broken``, ``store_leftover``, ``store_read_only`` or ``store_locked``.
    """
    label = str(path)
    if path.is_dir():
        raise errors.StoreError("store_is_folder", store=label)
    if path.stat().st_size == 0:
        raise errors.StoreError("store_broken", store=label)
    if not (os.access(path, os.R_OK | os.W_OK) and os.access(path.parent, os.W_OK | os.X_OK)):
        raise errors.StoreError("store_read_only", store=label)
    lineage.demand_own_log(path)
    try:
        with faults.translated(label), closing(connect(path, patience_s)) as connection:
            _check_content(connection, path)
    except errors.StoreError as error:
        if isinstance(error.__cause__, sqlite3.DatabaseError) and _is_no_database(error.__cause__):
            raise errors.StoreError("store_not_ours", store=label) from error.__cause__
        raise


def _check_content(connection: sqlite3.Connection, path: Path) -> None:
    def asked(question: str) -> Any:
        return connection.execute(question).fetchone()[0]

    label = str(path)
    ours = "SELECT count(*) FROM sqlite_master WHERE type = 'table' AND name IN ('gpkg_contents', 'migration')"
    if asked("PRAGMA application_id") != _APPLICATION_ID or asked(ours) != 2:
        raise errors.StoreError("store_not_ours", store=label)
    # SQLite reads the missing end of a last page as zeros.
    cut_short = path.stat().st_size % asked("PRAGMA page_size") != 0
    if cut_short or asked("PRAGMA quick_check(1)") != "ok":
        raise errors.StoreError("store_broken", store=label)
    if asked("PRAGMA journal_mode") != "wal":
        connection.execute("PRAGMA journal_mode = WAL")


def _identity(path: Path) -> tuple[int, int] | None:
    try:
        found = path.stat()
    except (FileNotFoundError, NotADirectoryError):
        return None
    return found.st_dev, found.st_ino


def _is_no_database(error: sqlite3.DatabaseError) -> bool:
    return bool(error.sqlite_errorcode == sqlite3.SQLITE_NOTADB)


def _begin(connection: sa.Connection) -> None:
    writes = connection.get_execution_options().get(_WRITES, False)
    connection.exec_driver_sql(f"PRAGMA query_only = {0 if writes else 1}")
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")


def _leave_no_transaction(connection: sqlite3.Connection | None, _record: Any) -> None:
    # A COMMIT that a broken reference refuses leaves SQLite's transaction, and its lock, open.
    if connection is not None and connection.in_transaction:
        connection.rollback()


def _bound(position: int) -> Any:
    def bound(value: bytes | None) -> float | None:
        box = blob.bounds(value)
        return None if box is None else box[position]

    return bound


def _extent(connection: sa.Connection, table: sa.Table) -> tuple[float | None, ...]:
    """Return (min x, max x, min y, max y) from the root of the spatial index, however many rows there are."""
    nodes = sa.table(f"{triggers.rtree_name(table)}_node", sa.column("nodeno"), sa.column("data"))
    root: bytes | None = connection.scalar(sa.select(nodes.c.data).where(nodes.c.nodeno == 1))
    # Two bytes of depth, two of count, then cells of a row number and four 32-bit floats, big-endian.
    count = struct.unpack_from(">H", root, 2)[0] if root else 0
    if root is None or count == 0:
        return (None,) * 4
    boxes = [struct.unpack_from(">4f", root, 4 + 24 * cell + 8) for cell in range(count)]
    low, high = (min, max), (0, 1, 2, 3)
    return tuple(low[side % 2](box[side] for box in boxes) for side in high)
