"""Changes of the store's form: each once, whole or not at all, with the triggers made anew."""

from __future__ import annotations

import datetime as dt
import json

import pytest
import sqlalchemy as sa
from store_places import Place, settle

from gridmap import model
from gridmap.store import Store, migrations, open_store, tables
from gridmap.store.backend import Backend


def _applied(store: Store) -> dict[str, dt.datetime]:
    with store.read() as session:
        return {name: at for name, at in session.execute(sa.select(tables.MIGRATION.c.name, tables.MIGRATION.c.at))}  # noqa: C416


def _columns(store: Store, table: str) -> dict[str, bool]:
    """Whether each column may be empty."""
    if store.path is not None:
        asked = 'SELECT name, NOT "notnull" FROM pragma_table_info(:t)'
    else:
        asked = "SELECT column_name, is_nullable = 'YES' FROM information_schema.columns WHERE table_name = :t"
    with store.read() as session:
        return {name: bool(empty) for name, empty in session.execute(sa.text(asked), {"t": table})}


def test_new_store_has_every_step_with_its_time(store: Store) -> None:
    applied = _applied(store)
    assert list(applied) == [name for name, _ in migrations.MIGRATIONS]
    assert all(dt.datetime.now(dt.UTC) - at < dt.timedelta(minutes=5) for at in applied.values())


def test_form_is_that_of_the_model(store: Store) -> None:
    for table in tables.METADATA.tables.values():
        assert _columns(store, table.name) == {c.name: c.nullable for c in table.c}, table.name


def test_older_store_gets_the_new_step_once_and_keeps_its_rows(
    place: Place, address: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    calls = []

    def add_lift(connection: sa.Connection, backend: Backend) -> None:
        calls.append(backend.label)
        connection.execute(sa.text("ALTER TABLE building ADD COLUMN lift BOOLEAN"))

    with place.store.write() as session:
        session.add(row := model.Building(community_id=place.community_id, number="1"))
    place.store.close()
    monkeypatch.setattr(migrations, "MIGRATIONS", (*migrations.MIGRATIONS, ("9999_lift", add_lift)))
    for _ in range(2):
        store = open_store(address)
        assert list(_applied(store)) == [name for name, _ in migrations.MIGRATIONS]
        with store.write() as session:
            kept = session.get(model.Building, row.id)
            assert kept is not None
            kept.households += 1
        with store.read() as session:
            past = session.scalars(sa.select(tables.HISTORY.c.old).order_by(tables.HISTORY.c.id)).all()
        store.close()
    assert len(calls) == 1
    assert [json.loads(old)["households"] for old in past] == [0, 1]


def test_step_that_fails_changes_nothing(address: str, monkeypatch: pytest.MonkeyPatch) -> None:
    store = open_store(address)
    place = settle(store)
    store.close()

    def fail(connection: sa.Connection, backend: Backend) -> None:
        connection.execute(sa.text("ALTER TABLE building ADD COLUMN lift BOOLEAN"))
        raise RuntimeError("midway")

    with monkeypatch.context() as patched:
        patched.setattr(migrations, "MIGRATIONS", (*migrations.MIGRATIONS, ("9999_lift", fail)))
        with pytest.raises(RuntimeError, match="midway"):
            open_store(address)
    store = open_store(address)
    assert "lift" not in _columns(store, "building")
    assert len(store.frame(model.Building, place.community_id)) == 0
    store.close()
