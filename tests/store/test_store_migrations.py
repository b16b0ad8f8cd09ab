"""Changes of the store's form: each once, whole or not at all, with the triggers made anew."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Iterable

import pytest
import sqlalchemy as sa
from store_places import NOON, Place, settle

from gridmap import errors, model
from gridmap.store import Store, migrations, open_store, tables, triggers
from gridmap.store.backend import Backend
from gridmap.store.migrations import register_rows, registers


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
    assert all(dt.datetime.now(dt.UTC) - at < dt.timedelta(days=1) for at in applied.values())


def test_form_is_that_of_the_model(store: Store) -> None:
    for table in tables.METADATA.tables.values():
        assert _columns(store, table.name) == {c.name: c.nullable for c in table.c}, table.name


def test_older_store_gets_the_new_step_once_and_keeps_its_rows(
    place: Place, address: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    calls = []

    def add_cellar(connection: sa.Connection, backend: Backend) -> None:
        calls.append(backend.label)
        connection.execute(sa.text("ALTER TABLE building ADD COLUMN cellar BOOLEAN"))

    with place.store.write() as session:
        session.add(row := model.Building(community_id=place.community_id, number="1"))
    place.store.close()
    monkeypatch.setattr(migrations, "MIGRATIONS", (*migrations.MIGRATIONS, ("9999_cellar", add_cellar)))
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
        connection.execute(sa.text("ALTER TABLE building ADD COLUMN cellar BOOLEAN"))
        raise RuntimeError("midway")

    with monkeypatch.context() as patched:
        patched.setattr(migrations, "MIGRATIONS", (*migrations.MIGRATIONS, ("9999_cellar", fail)))
        with pytest.raises(RuntimeError, match="midway"):
            open_store(address)
    store = open_store(address)
    assert "cellar" not in _columns(store, "building")
    assert len(store.frame(model.Building, place.community_id)) == 0
    store.close()


def test_store_from_before_registers_gets_what_they_need_and_keeps_its_rows(place: Place, address: str) -> None:
    with place.store.write() as session:
        session.add(kept := model.Issue(
            community_id=place.community_id, code="A1", reported_at=NOON, source=model.IssueSource.WALK,
            category="noise", text="夜间施工",
        ))  # fmt: skip
    revision = place.store.revision(place.community_id)
    _make_older(place.store)
    place.store.close()
    store = open_store(address)
    for table in tables.METADATA.tables.values():
        assert _columns(store, table.name) == {c.name: c.nullable for c in table.c}, table.name
    assert store.revision(place.community_id) == revision
    with store.read() as session:
        found = session.get_one(model.Issue, kept.id)
        assert (found.text, found.order_number, found.urgency) == ("夜间施工", None, model.Urgency.NORMAL)
    with store.write() as session:
        session.add(home := model.Building(community_id=place.community_id, number="1", lift=True))
        session.flush()
        session.add(project := model.Project(community_id=place.community_id, year=2026, seq=1, name="坡道",
                                             building_id=home.id))  # fmt: skip
        session.get_one(model.Issue, kept.id).order_number = "XA1"
    with pytest.raises(errors.Conflict), store.write() as session:
        session.add(model.Issue(
            community_id=place.community_id, code="A2", reported_at=NOON, source=model.IssueSource.HOTLINE,
            category="noise", text="又一件", order_number="XA1",
        ))  # fmt: skip
    with store.write() as session:
        session.delete(session.get_one(model.Building, home.id))
    with store.read() as session:
        assert session.get_one(model.Project, project.id).building_id is None
        past = session.scalars(sa.select(tables.HISTORY.c.old).where(tables.HISTORY.c.table_name == "project")).all()
    assert [json.loads(old)["building_id"] for old in past] == [home.id]
    store.close()


def test_step_left_out_before_a_later_one_is_made_up_for(place: Place, address: str) -> None:
    step = "0017_register_rows"
    with place.store.write() as session:
        session.add(kept := model.Project(community_id=place.community_id, year=2026, seq=1, name="坡道"))
    with place.store.write() as session:
        connection = session.connection()
        _forget_triggers(place.store, connection)
        for cls, names in register_rows._COLUMNS.items():
            for name in names:
                connection.exec_driver_sql(f"ALTER TABLE {tables.name(cls)} DROP COLUMN {name}")
        _drop(place.store, connection, register_rows._ADDED)
        connection.execute(sa.delete(tables.MIGRATION).where(tables.MIGRATION.c.name == step))
    place.store.close()
    store = open_store(address)
    assert list(_applied(store))[-1] == step, "it came last, and those after it were not made again"
    for table in tables.METADATA.tables.values():
        assert _columns(store, table.name) == {c.name: c.nullable for c in table.c}, table.name
    with store.write() as session:
        project = session.get_one(model.Project, kept.id)
        project.done_on = NOON.date()
        session.add(model.ProjectMilestone(community_id=place.community_id, project_id=project.id, name="验收"))
    with store.read() as session:
        past = session.scalars(sa.select(tables.HISTORY.c.old).where(tables.HISTORY.c.table_name == "project")).all()
    assert json.loads(past[-1])["done_on"] is None, "the history tells of the columns that came late"
    store.close()


def _forget_triggers(store: Store, connection: sa.Connection) -> None:
    if store.path is not None:
        ours = "SELECT name FROM sqlite_master WHERE type = 'trigger' AND name LIKE 'gridmap%'"
        for name in connection.scalars(sa.text(ours)).all():
            connection.exec_driver_sql(f"DROP TRIGGER {name}")


def _drop(store: Store, connection: sa.Connection, added: Iterable[type[model.Row]]) -> None:
    # What later steps have added points at some of them.
    more = "" if store.path is not None else " CASCADE"
    for cls in added:
        connection.exec_driver_sql(f"DROP TABLE {tables.name(cls)}{more}")
        if store.path is not None:
            connection.exec_driver_sql("DELETE FROM gpkg_contents WHERE table_name = ?", (tables.name(cls),))


def _make_older(store: Store) -> None:
    """Make of today's store one as it was before the step of the registers."""
    with store.write() as session:
        connection = session.connection()
        _forget_triggers(store, connection)
        for cls, names in registers._COLUMNS.items():
            for index in tables.of()[cls].indexes:
                if set(index.columns.keys()) & set(names):
                    connection.exec_driver_sql(f"DROP INDEX {index.name}")
            if cls is model.Project and store.path is not None:
                _make_without(connection, tables.of()[cls], names)
                continue
            for name in names:
                connection.exec_driver_sql(f"ALTER TABLE {tables.name(cls)} DROP COLUMN {name}")
        _drop(store, connection, registers._ADDED)
        connection.execute(sa.delete(tables.MIGRATION).where(tables.MIGRATION.c.name >= "0007_registers"))


def _make_without(connection: sa.Connection, table: sa.Table, names: tuple[str, ...]) -> None:
    """Make an empty table of a GeoPackage anew without these columns: SQLite drops none that is a reference."""
    asked = sa.text("SELECT sql FROM sqlite_master WHERE type = 'table' AND name = :t")
    lines = connection.scalar(asked, {"t": table.name}).splitlines()
    told = [line for line in lines if not any(f"\t{name} " in line or f"({name})" in line for name in names)]
    connection.exec_driver_sql(f"DROP TABLE {table.name}")
    connection.exec_driver_sql("\n".join([*told[:-2], told[-2].rstrip(", "), told[-1]]))
    for statement in triggers.rtree(table):
        connection.exec_driver_sql(statement)
