"""Changes of the store's form, in order, each in its own transaction and recorded by name.

The first makes every table as it is described today. A later one brings an older store to the same form, so it looks
first whether its work is done, and does nothing on a new store. A table of a GeoPackage is never rebuilt: that would
lose its triggers and cascade its history away; columns are only added. Our triggers are made anew after the last.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable

import sqlalchemy as sa

from gridmap import errors
from gridmap.store import faults, tables
from gridmap.store.backend import Backend
from gridmap.store.migrations import accounts, people, records, sealed, start

Migration = Callable[[sa.Connection, Backend], None]

MIGRATIONS: tuple[tuple[str, Migration], ...] = (
    ("0001_start", start.apply),
    ("0002_accounts", accounts.apply),
    ("0003_people", people.apply),
    ("0004_sealed", sealed.apply),
    ("0005_records", records.apply),
)


def run(backend: Backend) -> None:
    """Apply what is not applied yet; of two processes that start at once, one does it.

    Raises
    ------
    errors.StoreError
        ``store_newer`` if the store was changed by a newer gridmap, ``store_broken`` if a table is missing.
    """
    with faults.translated(backend.label):
        pending = _pending(backend)
        for name, apply in pending:
            with backend.writing.begin() as connection:
                backend.lock(connection)
                if name in _applied(connection):
                    continue
                apply(connection, backend)
                if name == MIGRATIONS[-1][0]:
                    # Only now are all tables there that our triggers speak of.
                    backend.renew_triggers(connection)
                connection.execute(tables.MIGRATION.insert().values(name=name, at=dt.datetime.now(dt.UTC)))
        with backend.reading.connect() as connection:
            missing = tables.METADATA.tables.keys() - set(sa.inspect(connection).get_table_names())
        if missing:
            raise errors.StoreError("store_broken", store=backend.label)


def _pending(backend: Backend) -> list[tuple[str, Migration]]:
    with backend.reading.connect() as connection:
        applied = _applied(connection)
    unknown = applied - {name for name, _ in MIGRATIONS}
    if unknown:
        raise errors.StoreError("store_newer", store=backend.label, found=max(unknown))
    return [(name, apply) for name, apply in MIGRATIONS if name not in applied]


def _applied(connection: sa.Connection) -> set[str]:
    if not sa.inspect(connection).has_table(tables.MIGRATION.name):
        return set()
    return set(connection.scalars(sa.select(tables.MIGRATION.c.name)))
