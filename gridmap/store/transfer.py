"""All rows of one store into another, whichever databases they are, and a whole store put in a place."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import sqlalchemy as sa

from gridmap import errors
from gridmap.store import contents, faults, geopackage, lineage, migrations, numbers, paths, postgis, tables
from gridmap.store.backend import Backend

_PATIENCE_S = 30.0


def exists(address: str) -> bool:
    """Answer whether anything is kept at ``address`` that a store could not be put beside.

    Raises
    ------
    errors.InputError
        If it is no address of a store.
    errors.StoreError
        If the server does not answer.
    """
    tables.map_classes()
    if "://" not in address:
        return paths.is_there(paths.of(address))
    backend = postgis.connect(address, _PATIENCE_S)
    try:
        with faults.translated(backend.label), backend.reading.connect() as connection:
            return sa.inspect(connection).has_table(tables.MIGRATION.name)
    finally:
        backend.engine.dispose()


def label(address: str) -> str:
    """Return ``address`` as a sentence may name it: without a password."""
    return postgis.label(address) if "://" in address else address


@contextmanager
def opened(path: Path) -> Iterator[sa.Connection]:
    """Give a connection that only reads the GeoPackage ``path``, which nobody writes."""
    backend = geopackage.GeoPackage(path, _PATIENCE_S)
    try:
        with faults.translated(str(path)), backend.reading.connect() as connection:
            yield connection
    finally:
        backend.engine.dispose()


def put(whole: Path, address: str, *, replace: bool) -> Path | None:
    """Put the store in the file ``whole`` at ``address``, all of it or nothing.

    Parameters
    ----------
    whole
        A GeoPackage of today's form that nobody writes. It may be used up: it is moved where it lies on the same disk.
    address
        Path or ``postgresql://`` address of the store to be.
    replace
        Whether a store that is there is replaced; others who have it open see the change at their next look.

    Returns
    -------
    New name of what a store that is gone had left there, which SQLite would have taken for a part of this one.

    Raises
    ------
    errors.InputError
        ``store_target_exists`` if there is one and ``replace`` is False.
    errors.StoreError
        If it cannot be written, or does not hold the same rows afterwards.
    """
    tables.map_classes()
    if "://" in address:
        _into_database(whole, postgis.connect(address, _PATIENCE_S), replace)
        return None
    return _into_file(whole, paths.of(address), replace)


def renew(path: Path) -> None:
    """Make anew what follows from the rows of a GeoPackage nobody has open: indices, extents, triggers, numbering."""
    backend = geopackage.GeoPackage(path, _PATIENCE_S)
    try:
        with faults.translated(str(path)), backend.writing.begin() as connection:
            backend.renew_triggers(connection)
            for table in tables.of().values():
                if tables.geometry(table):
                    backend.renew_index(connection, table)
            numbers.give(connection, numbers.given(connection))
            backend.before_commit(connection, [table.name for table in tables.of().values()])
    finally:
        backend.engine.dispose()


def set_aside(path: Path) -> Path:
    """Give a broken file another name, with what SQLite keeps beside it, and return that name.

    Where the file itself is gone, what is left beside it is renamed, and the first of its names returned.
    """
    aside = path.with_name(f"{path.stem}-broken-{dt.datetime.now(dt.UTC):%Y%m%d-%H%M%S-%f}{path.suffix}")
    try:
        parts = [*([path] if path.exists() else []), *lineage.leftovers(path)]
        renamed = [part.rename(aside.with_name(aside.name + part.name.removeprefix(path.name))) for part in parts]
    except OSError as error:
        raise faults.of_file(error, str(path)) from error
    return renamed[0]


def _into_file(whole: Path, path: Path, replace: bool) -> Path | None:
    label = str(path)
    with faults.translated(label):
        if replace and path.exists():
            # Into the file that is there, as one transaction of SQLite: a file put in its place would meet the old
            # one's -wal, and those who have it open would go on writing to a file without a name.
            with (
                closing(geopackage.connect(whole, _PATIENCE_S)) as source,
                closing(geopackage.connect(path, _PATIENCE_S)) as target,
            ):
                # It goes on with the log of the file it is written into, as another store.
                lineage.begin(source, lineage.token(target))
                source.backup(target)
            return None
        aside = set_aside(path) if lineage.leftovers(path) and not path.exists() else None
        with closing(geopackage.connect(whole, _PATIENCE_S)) as connection:
            connection.execute("PRAGMA journal_mode = DELETE")
        try:
            geopackage.publish(whole, path)
        except FileExistsError as error:
            raise errors.InputError("store_target_exists", path=label) from error
        except OSError as error:
            raise faults.of_file(error, label) from error
    return aside


def _into_database(whole: Path, target: postgis.Postgis, replace: bool) -> None:
    source = geopackage.GeoPackage(whole, _PATIENCE_S)
    try:
        with (
            faults.translated(target.label),
            source.reading.connect() as there,
            target.writing.begin() as connection,
        ):
            target.lock(connection)
            if sa.inspect(connection).has_table(tables.MIGRATION.name):
                if not replace:
                    raise errors.InputError("store_target_exists", path=target.label)
                tables.METADATA.drop_all(connection)
            for _, apply in migrations.MIGRATIONS:
                apply(connection, target)
            # Before our triggers are made: these rows are no changes.
            copy(there, connection)
            target.renew_triggers(connection)
            if contents.digests(there) != contents.digests(connection):
                raise errors.StoreError("store_copy_differs", store=target.label)
    finally:
        source.engine.dispose()
        target.engine.dispose()


def copy(source: sa.Connection, target: sa.Connection) -> None:
    """Copy every row as it is, history, counters and numbers included, into a store without rows of its own."""
    for table in contents.all_tables():
        # What the target's own triggers and migrations have noted is not what the source says.
        target.execute(table.delete())
        rows = source.execute(sa.select(table).order_by(*table.primary_key.columns)).mappings()
        for part in rows.partitions(1000):
            target.execute(table.insert(), [dict(row) for row in part])
    numbers.give(target, numbers.given(source))


def snapshot(source: Backend, path: Path) -> dict[str, int]:
    """Copy every row of a database, as it is at this moment, into a new GeoPackage; return the rows by table."""
    fresh = geopackage.new_name(path)
    try:
        geopackage.make_empty(fresh)
        made = geopackage.GeoPackage(fresh, _PATIENCE_S)
        try:
            migrations.run(made)
            with source.reading.connect() as there, made.writing.begin() as target:
                counted = contents.rows(there)
                copy(there, target)
                made.before_commit(target, [table.name for table in tables.of().values()])
        finally:
            made.engine.dispose()
        with closing(geopackage.connect(fresh, _PATIENCE_S)) as connection:
            connection.execute("PRAGMA journal_mode = DELETE")
        geopackage.publish(fresh, path)
    finally:
        geopackage.discard(fresh)
    return counted
