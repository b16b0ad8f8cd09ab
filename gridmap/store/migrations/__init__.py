"""Changes of the store's form, in order, each in its own transaction and recorded by name.

The first makes every table as it is described today. A later one brings an older store to the same form, so it looks
first whether its work is done, and does nothing on a new store. A table of a GeoPackage is never rebuilt: that would
lose its triggers and cascade its history away; columns are only added. Our triggers are made anew after the last.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable

import sqlalchemy as sa

from gridmap import errors, model
from gridmap.store import faults, tables
from gridmap.store.backend import Backend
from gridmap.store.migrations import (
    accounts,
    along,
    flow,
    grid_drafts,
    home_visits,
    hotline,
    keys,
    ledgers,
    people,
    records,
    register_rows,
    registers,
    rotas,
    scenarios,
    sealed,
    splits,
    start,
    stop_photos,
    stories,
    walk_results,
    walks,
)

Migration = Callable[[sa.Connection, Backend], None]

MIGRATIONS: tuple[tuple[str, Migration], ...] = (
    ("0001_start", start.apply),
    ("0002_accounts", accounts.apply),
    ("0003_people", people.apply),
    ("0004_sealed", sealed.apply),
    ("0005_records", records.apply),
    ("0006_along", along.apply),
    ("0007_registers", registers.apply),
    ("0008_keys", keys.apply),
    ("0009_scenarios", scenarios.apply),
    ("0010_flow", flow.apply),
    ("0011_hotline", hotline.apply),
    ("0012_grid_drafts", grid_drafts.apply),
    ("0013_rotas", rotas.apply),
    ("0014_walks", walks.apply),
    ("0015_splits", splits.apply),
    ("0016_walk_results", walk_results.apply),
    ("0017_register_rows", register_rows.apply),
    ("0018_ledgers", ledgers.apply),
    ("0019_stories", stories.apply),
    ("0023_stop_photos", stop_photos.apply),
    ("0025_home_visits", home_visits.apply),
)


def run(backend: Backend) -> None:
    """Apply what is not applied yet; of two processes that start at once, one does it.

    Raises
    ------
    errors.StoreError
        ``store_newer`` if the store was changed by a newer gridmap, ``store_changed`` if another program took a table,
        a column or the record of these steps away.
    """
    with faults.translated(backend.label):
        pending = _pending(backend)
        for name, apply in pending:
            with backend.writing.begin() as connection:
                backend.lock(connection)
                if name in _applied(connection):
                    continue
                apply(connection, backend)
                if name == pending[-1][0]:
                    # Only now are all tables there that our triggers speak of.
                    backend.renew_triggers(connection)
                connection.execute(tables.MIGRATION.insert().values(name=name, at=dt.datetime.now(dt.UTC)))
        with backend.reading.connect() as connection:
            missing = _missing(connection)
        if missing:
            raise errors.StoreError("store_changed", store=backend.label, missing=missing[:5])


def _pending(backend: Backend) -> list[tuple[str, Migration]]:
    with backend.reading.connect() as connection:
        applied = _applied(connection)
        if not applied and sa.inspect(connection).has_table(tables.name(model.Community)):
            raise errors.StoreError("store_changed", store=backend.label, missing=[tables.MIGRATION.name])
    unknown = applied - {name for name, _ in MIGRATIONS}
    if unknown:
        raise errors.StoreError("store_newer", store=backend.label, found=max(unknown))
    return [(name, apply) for name, apply in MIGRATIONS if name not in applied]


def _missing(connection: sa.Connection) -> list[str]:
    """Return the tables and columns that should be there and are not."""
    there = set(sa.inspect(connection).get_table_names())
    missing = sorted(tables.METADATA.tables.keys() - there)
    for name in sorted(tables.METADATA.tables.keys() & there):
        columns = connection.exec_driver_sql(f'SELECT * FROM "{name}" LIMIT 0').keys()  # noqa: S608 (a name of ours)
        missing += [f"{name}.{column.name}" for column in tables.METADATA.tables[name].c if column.name not in columns]
    return missing


def _applied(connection: sa.Connection) -> set[str]:
    if not sa.inspect(connection).has_table(tables.MIGRATION.name):
        return set()
    return set(connection.scalars(sa.select(tables.MIGRATION.c.name)))
