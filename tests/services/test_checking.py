"""A check finds what another program can do to a store, says how to mend it, and changes nothing."""

from __future__ import annotations

import hashlib
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import prepared
import psycopg
import pytest
import soak_places

from gridmap import i18n, model
from gridmap.errors import Fault
from gridmap.services import backup, checking, folders
from gridmap.store import Store, open_store


@pytest.fixture
def file_store(tmp_path: Path) -> Iterator[Store]:
    opened = open_store(str(prepared.empty(tmp_path / "store.gpkg")))
    soak_places.lived_in(opened)
    yield opened
    opened.close()


def _found(store: Store) -> list[Fault]:
    found = list(checking.check(store).faults)
    for fault in found:
        for language in ("zh", "en"):
            assert "{" not in fault.sentence(language) + fault.mend(language)
    return found


def _behind_its_back(store: Store, *statements: str) -> None:
    """Do to the file what a program without our rules could do."""
    assert store.path is not None
    with closing(sqlite3.connect(store.path)) as connection:
        for name in ("ST_IsEmpty", "ST_MinX", "ST_MaxX", "ST_MinY", "ST_MaxY"):
            connection.create_function(name, 1, lambda _: 0)
        for statement in statements:
            connection.execute(statement)
        connection.commit()


def test_sound_store_is_clean(file_store: Store) -> None:
    report = checking.check(file_store)
    assert report.faults == ()
    assert report.rows["building"] == 2
    assert report.migrations[0] == "0001_start"
    for key in report.looked:
        assert i18n.text(f"check.look.{key}", "zh") != i18n.text(f"check.look.{key}", "en")


@pytest.mark.parametrize(
    ("statement", "problem", "named"),
    [
        ("DELETE FROM street", "check_reference", "street_id"),
        ("UPDATE building SET compound_id = 999 WHERE id = 1", "check_reference", "compound_id"),
        ("UPDATE issue SET state = 'lost' WHERE id = 1", "check_value", "lost"),
        ("UPDATE building SET geom = x'4750' WHERE id = 1", "check_shape", "ids 1"),
        ("DELETE FROM rtree_issue_geom WHERE id = 2", "check_index", "issue"),
        ("INSERT INTO rtree_issue_geom VALUES (99, 1, 1, 1, 1)", "check_index", "issue"),
        ("DROP TABLE rtree_issue_geom", "check_index", "missing"),
        ("UPDATE gpkg_contents SET max_x = 108.9 WHERE table_name = 'building'", "check_extent", "building"),
        ("DELETE FROM gpkg_contents WHERE table_name = 'walk'", "check_unlisted", "walk"),
        ("DROP TRIGGER gridmap_building_update", "check_triggers", "gridmap_building_update"),
        ("UPDATE sqlite_sequence SET seq = 1 WHERE name = 'building'", "check_numbers", "building"),
    ],
)
def test_damage_is_named(file_store: Store, statement: str, problem: str, named: str) -> None:
    _behind_its_back(file_store, statement)
    said = {fault.problem: fault.sentence("en").replace("(id ", "(ids ") for fault in _found(file_store)}
    assert named in said[problem]


@pytest.mark.parametrize(
    "statement",
    [
        "DELETE FROM rtree_issue_geom WHERE id = 2",
        "DROP TABLE rtree_issue_geom",
        "DROP TRIGGER rtree_issue_geom_insert",
        "UPDATE gpkg_contents SET max_x = 108.9 WHERE table_name = 'building'",
        "DROP TRIGGER gridmap_building_update",
        "UPDATE sqlite_sequence SET seq = 1 WHERE name = 'building'",
    ],
)
def test_what_follows_from_the_rows_is_mended_as_the_sentence_says(file_store: Store, statement: str) -> None:
    _behind_its_back(file_store, statement)
    (fault,) = _found(file_store)
    assert "--replace" in fault.mend("en")
    before = soak_places.rows(file_store)
    made = backup.make(file_store)
    assert file_store.path is not None
    backup.restore(made.file, str(file_store.path), replace=True)
    assert _found(file_store) == []
    assert soak_places.rows(file_store) == before


def test_row_of_another_community(file_store: Store) -> None:
    with file_store.write() as session:
        street = session.query(model.Street).one()
        other = model.Community(street_id=street.id or 0, code="002", name="模拟二社区")
        session.add(other)
        session.flush()
        compound = model.Compound(community_id=other.id or 0, name="别处小区")
        session.add(compound)
        session.flush()
        session.query(model.Building).first().compound_id = compound.id
    (fault,) = _found(file_store)
    assert fault.problem == "check_community"
    assert "compound_id" in fault.mend("en")


def test_photos(file_store: Store) -> None:
    with file_store.read() as session:
        issue = session.query(model.Issue).first()
    names = [hashlib.sha256(content).hexdigest() for content in (b"kept", b"changed", b"lost")]
    with file_store.write() as session:
        for sha256 in names:
            photo = model.Photo(
                community_id=issue.community_id, issue_id=issue.id, sha256=sha256, media_type="image/jpeg"
            )
            session.add(photo)
    folder = folders.photos(file_store)
    folder.mkdir()
    (folder / f"{names[0]}.jpg").write_bytes(b"kept")
    (folder / f"{names[0]}-small.jpg").write_bytes(b"smaller")
    (folder / f"{names[1]}.jpg").write_bytes(b"other")
    (folder / "holiday.jpg").write_bytes(b"beach")
    found = {fault.problem: fault.sentence("en") for fault in _found(file_store)}
    assert found.keys() == {"check_photo_lost", "check_photo_changed", "check_photo_nobodys"}
    assert names[2][:12] in found["check_photo_lost"]
    assert names[1][:12] in found["check_photo_changed"]
    assert "holiday" in found["check_photo_nobodys"]


@pytest.mark.postgis
def test_damage_on_postgis_is_named(postgis_address: str) -> None:
    store = open_store(postgis_address)
    try:
        soak_places.lived_in(store)
        assert checking.check(store).faults == ()
        with psycopg.connect(postgis_address, autocommit=True) as connection:
            for statement in (
                "SELECT setval('building_id_seq', 1)",
                "UPDATE issue SET state = 'lost' WHERE id = 1",
                "UPDATE building SET geom = ST_Translate(geom, 400, 0) WHERE id = 1",
                "DROP TRIGGER gridmap_history ON building",
                "UPDATE pg_index SET indisvalid = false WHERE indexrelid = 'ix_issue_geom'::regclass",
                "SET session_replication_role = replica",
                "DELETE FROM community",
            ):
                connection.execute(statement)
        found = {fault.problem for fault in _found(store)}
        assert found == {
            "check_database",
            "check_numbers",
            "check_value",
            "check_shape",
            "check_triggers",
            "check_reference",
        }
    finally:
        store.close()
