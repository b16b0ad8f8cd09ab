"""A store that cannot be used is told in one sentence, in both languages, and is left as it was."""

from __future__ import annotations

import os
import shutil
import sqlite3
import subprocess
import sys
import tempfile
from contextlib import closing
from pathlib import Path

import geopandas as gpd
import prepared
import psycopg
import pytest
import shapely
import sqlalchemy as sa
from store_places import Place, settle

from gridmap import errors, model
from gridmap.store import migrations, open_store, tables


@pytest.fixture(scope="module")
def filled(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = prepared.empty(tmp_path_factory.mktemp("filled") / "store.gpkg")
    store = open_store(str(path))
    place = settle(store)
    with store.write() as session:
        session.add_all([model.Building(community_id=place.community_id, number=str(n)) for n in range(3000)])
    store.close()
    return path


@pytest.fixture
def closed(filled: Path, tmp_path: Path) -> Path:
    """A store with some rows, opened by nobody."""
    return prepared.copied(filled, tmp_path / "store.gpkg")


def _refused(address: str, key: str, **options: object) -> errors.GridmapError:
    with pytest.raises(errors.GridmapError) as caught:
        open_store(address, **options)  # type: ignore[arg-type]
    assert caught.value.key == key, caught.value
    for language in ("zh", "en"):
        said = caught.value.sentence(language)
        assert "{" not in said
        assert Path(address).name in said or "://" in address
    return caught.value


def _left_as_it_was(path: Path, key: str) -> None:
    before = path.read_bytes()
    _refused(str(path), key)
    assert path.read_bytes() == before
    assert not list(path.parent.glob("*.new*"))


def test_text_file(tmp_path: Path) -> None:
    path = tmp_path / "notes.gpkg"
    path.write_text("not a database\n" * 100)
    _left_as_it_was(path, "store_not_ours")


def test_geopackage_of_another_program(tmp_path: Path) -> None:
    path = tmp_path / "other.gpkg"
    gpd.GeoDataFrame(geometry=[shapely.Point(0, 0)], crs=4326).to_file(path)
    _left_as_it_was(path, "store_not_ours")


def test_plain_sqlite_database(tmp_path: Path) -> None:
    path = tmp_path / "plain.gpkg"
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("CREATE TABLE migration (name TEXT)")
    _left_as_it_was(path, "store_not_ours")


@pytest.mark.parametrize("kept", ["half", "page", "all but one byte", "nothing"])
def test_truncated(closed: Path, kept: str) -> None:
    size = closed.stat().st_size
    os.truncate(closed, {"half": size // 2, "page": 4096, "all but one byte": size - 1, "nothing": 0}[kept])
    _left_as_it_was(closed, "store_broken")


@pytest.mark.parametrize("page", [1, 5, 40])
def test_overwritten_in_the_middle(closed: Path, page: int) -> None:
    with closed.open("r+b") as file:
        file.seek(page * 4096)
        file.write(os.urandom(3 * 4096))
    _left_as_it_was(closed, "store_broken")


def test_table_missing(closed: Path) -> None:
    with closing(sqlite3.connect(closed)) as connection:
        connection.execute("DROP TABLE stop")
    _left_as_it_was(closed, "store_changed")


def test_folder(tmp_path: Path) -> None:
    _refused(str(tmp_path), "store_is_folder")


def test_missing_folder_is_made(tmp_path: Path) -> None:
    path = tmp_path / "a" / "b" / "store.gpkg"
    open_store(str(path)).close()
    assert path.is_file()


def test_missing_store_is_not_made_unasked(tmp_path: Path) -> None:
    path = tmp_path / "a" / "store.gpkg"
    _refused(str(path), "store_missing", create=False)
    assert not path.parent.exists()


def test_name_of_a_new_store(tmp_path: Path) -> None:
    _refused(str(tmp_path / "store.db"), "store_suffix")
    assert list(tmp_path.iterdir()) == []


def test_path_through_a_file(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    _refused(str(tmp_path / "file" / "store.gpkg"), "store_cannot_open")


def test_address_of_another_kind() -> None:
    assert "mysql" in str(_refused("mysql://u:secret@h/d", "store_address"))
    assert "secret" not in str(_refused("postgresql://u:secret@h:port/d", "store_address"))


def test_store_of_a_newer_program(address: str) -> None:
    store = open_store(address)
    with store.write() as session:
        session.execute(sa.text("INSERT INTO migration (name, at) SELECT '9999_later', max(at) FROM migration"))
    store.close()
    assert "9999_later" in str(_refused(address, "store_newer"))


_HOLDER = """
import sqlite3, sys
c = sqlite3.connect(sys.argv[1], isolation_level=None)
if sys.argv[2] == "all":
    c.execute("PRAGMA locking_mode = EXCLUSIVE")
c.execute("BEGIN IMMEDIATE")
c.execute("UPDATE street SET name = name")
print("held", flush=True)
sys.stdin.readline()
"""


@pytest.mark.parametrize("held", ["writing", "all"])
def test_locked_by_another_program(closed: Path, held: str) -> None:
    command = [sys.executable, "-c", _HOLDER, str(closed), held]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as holder:
        assert holder.stdin is not None
        assert holder.stdout is not None
        assert holder.stdout.readline() == "held\n"
        if held == "all":
            _refused(str(closed), "store_locked", patience_s=0.1)
        else:
            store = open_store(str(closed), patience_s=0.1)
            assert len(store.communities()) == 1, "reading goes on"
            with pytest.raises(errors.StoreError) as caught, store.write() as session:
                session.add(model.Street(code="2", name="街"))
            assert caught.value.key == "store_locked"
            store.close()
        holder.stdin.write("\n")


def test_full_disk_keeps_nothing_of_the_change(file_place: Place) -> None:
    rows = [model.Building(community_id=file_place.community_id, number=str(n)) for n in range(5000)]
    # SQLite's own word for a file that may not grow, which it also gives for a full disk.
    full = sa.text("PRAGMA max_page_count = 1")
    with pytest.raises(errors.StoreError) as caught, file_place.store.write() as session:
        session.add_all(rows if session.execute(full) else [])
    assert caught.value.key == "store_full"
    assert file_place.store.frame(model.Building, file_place.community_id).empty


_AS_NOBODY = """
import os, sys, tempfile
from gridmap import errors
from gridmap.store import open_store
with tempfile.TemporaryDirectory() as warm:
    open_store(os.path.join(warm, "warm.gpkg")).close()
if os.geteuid() == 0:
    os.setgroups([]); os.setgid(65534); os.setuid(65534)
for path in sys.argv[1:]:
    try:
        open_store(path).close()
        print("opened")
    except errors.StoreError as error:
        print(error.key)
"""


def _as_nobody(*paths: Path) -> list[str]:
    """Open each of ``paths`` as a user whom read-only files bind, which root is not."""
    command = [sys.executable, "-c", _AS_NOBODY, *map(str, paths)]
    done = subprocess.run(command, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return done.stdout.split()


@pytest.mark.skipif(sys.platform == "win32", reason="file modes are POSIX's")
def test_read_only(closed: Path) -> None:
    before = closed.read_bytes()
    # Not under pytest's folder, which no other user may enter.
    with tempfile.TemporaryDirectory() as name:
        root = Path(name)
        root.chmod(0o755)
        places = {"file": (0o777, 0o444), "folder": (0o555, 0o666), "neither": (0o777, 0o666)}
        for place, (folder_mode, file_mode) in places.items():
            (root / place).mkdir()
            shutil.copy(closed, root / place / "store.gpkg")
            (root / place / "store.gpkg").chmod(file_mode)
            (root / place).chmod(folder_mode)
        # The folder counts too: the write-ahead log stands in it.
        paths = [root / place / "store.gpkg" for place in places]
        new = [root / "folder" / "new.gpkg", root / "folder" / "sub" / "new.gpkg"]
        assert _as_nobody(*paths, *new) == ["store_read_only"] * 2 + ["opened"] + ["store_read_only"] * 2
        assert (root / "file" / "store.gpkg").read_bytes() == before
        (root / "folder").chmod(0o755)


@pytest.mark.postgis
def test_server_that_only_reads(postgis_address: str) -> None:
    store = open_store(postgis_address)
    # What a standby server answers to every change.
    change = sa.text("SET TRANSACTION READ ONLY; DELETE FROM street")
    with pytest.raises(errors.StoreError) as caught, store.write() as session:
        session.execute(change)
    assert caught.value.key == "store_read_only"
    store.close()


@pytest.mark.postgis
def test_user_without_the_right_to_write(postgis_address: str) -> None:
    open_store(postgis_address).close()
    with psycopg.connect(postgis_address, autocommit=True) as connection:
        connection.execute("CREATE ROLE gridmap_guest LOGIN PASSWORD 'guest'")
        try:
            connection.execute("GRANT SELECT ON ALL TABLES IN SCHEMA public TO gridmap_guest")
            url = sa.make_url(postgis_address).set(username="gridmap_guest", password="guest")
            store = open_store(url.render_as_string(hide_password=False))
            with pytest.raises(errors.StoreError) as caught, store.write() as session:
                session.add(model.Street(code="2", name="街"))
            assert caught.value.key == "store_forbidden"
            store.close()
        finally:
            connection.execute("DROP OWNED BY gridmap_guest")
            connection.execute("DROP ROLE gridmap_guest")


@pytest.mark.postgis
def test_server_that_does_not_answer() -> None:
    said = _refused("postgresql://me:s3cret@127.0.0.1:1/gridmap", "store_unreachable")
    for language in ("zh", "en"):
        assert "s3cret" not in said.sentence(language)
        assert "postgresql://me@127.0.0.1:1/gridmap" in said.sentence(language)


@pytest.mark.postgis
def test_database_that_does_not_exist(postgis_server: str) -> None:
    address = sa.make_url(postgis_server).set(database="no_such_database").render_as_string(hide_password=False)
    assert "no_such_database" in str(_refused(address, "store_unreachable"))


@pytest.mark.postgis
def test_database_without_postgis(postgis_server: str) -> None:
    url = sa.make_url(postgis_server)
    with psycopg.connect(postgis_server, autocommit=True) as connection:
        connection.execute("CREATE ROLE gridmap_plain LOGIN PASSWORD 'plain'")
        connection.execute("CREATE DATABASE gridmap_plain OWNER gridmap_plain")
        try:
            address = url.set(username="gridmap_plain", password="plain", database="gridmap_plain")
            _refused(address.render_as_string(hide_password=False), "store_no_postgis")
        finally:
            connection.execute("DROP DATABASE gridmap_plain WITH (FORCE)")
            connection.execute("DROP ROLE gridmap_plain")


@pytest.mark.postgis
def test_empty_database_is_not_filled_unasked(postgis_address: str) -> None:
    _refused(postgis_address, "store_missing", create=False)


def test_two_who_start_at_once_make_one_store(address: str, tmp_path: Path) -> None:
    code = "import sys; from gridmap.store import open_store; sys.stdin.readline(); open_store(sys.argv[1]).close()"
    starters = [
        subprocess.Popen(
            [sys.executable, "-W", "error", "-c", code, address],
            stdin=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        for _ in range(2)
    ]
    for starter in starters:
        assert starter.stdin is not None
        starter.stdin.write("\n")
        starter.stdin.flush()
    complaints = [starter.communicate()[1] for starter in starters]
    assert complaints == [""] * 2
    assert not list(tmp_path.glob(".*"))
    store = open_store(address)
    with store.read() as session:
        assert session.scalar(sa.select(sa.func.count()).select_from(tables.MIGRATION)) == len(migrations.MIGRATIONS)
    store.close()
