"""A store's file that is replaced, deleted or put back by hand while its log lies beside it: nothing is mixed."""

from __future__ import annotations

import shutil
import sqlite3
import subprocess
import sys
import threading
from contextlib import closing
from pathlib import Path

import pytest
import sqlalchemy as sa
from store_places import Place

from gridmap import errors, model
from gridmap.store import Store, open_store, transfer

_CRASH = """
import os, sys
import sqlalchemy as sa
from gridmap import model
from gridmap.store import open_store
store = open_store(sys.argv[1])
for n in range(3):
    with store.write() as session:
        session.scalars(sa.select(model.Community)).one().name = f"after {n}"
os._exit(1)
"""


def _name(store: Store) -> str:
    (community,) = store.communities()
    return community.name


def _rename(store: Store, name: str) -> None:
    with store.write() as session:
        session.scalars(sa.select(model.Community)).one().name = name


def _path(store: Store) -> Path:
    assert store.path is not None
    return store.path


def _crash(path: Path) -> None:
    """Let another process write to the store and break off, so that its log stays."""
    subprocess.run([sys.executable, "-c", _CRASH, str(path)], check=False)
    assert path.with_name(path.name + "-wal").stat().st_size


def _sound(path: Path) -> str:
    with closing(sqlite3.connect(path)) as connection:
        assert connection.execute("PRAGMA integrity_check").fetchone() == ("ok",)
        return str(connection.execute("SELECT name FROM community").fetchone()[0])


@pytest.fixture
def path(file_place: Place) -> Path:
    """A store with a community called 模拟社区, opened by nobody, and ``copy.gpkg``, its snapshot."""
    path = _path(file_place.store)
    file_place.store.snapshot(path.with_name("copy.gpkg"))
    file_place.store.close()
    return path


def test_log_of_a_crashed_store_is_replayed_over_its_own_file(path: Path) -> None:
    _crash(path)
    store = open_store(str(path))
    assert _name(store) == "after 2"
    store.close()


def test_log_left_beside_a_store_put_back_by_hand_is_not_replayed_over_it(path: Path) -> None:
    _crash(path)
    shutil.copy(path.with_name("copy.gpkg"), path)
    before = path.read_bytes()
    with pytest.raises(errors.StoreError) as caught:
        open_store(str(path))
    assert caught.value.key == "store_leftover"
    for language in ("zh", "en"):
        said = caught.value.sentence(language)
        assert "store.gpkg-wal" in said
        assert "store.gpkg-shm" in said
    assert path.read_bytes() == before
    # As the sentence says.
    for ending in ("-wal", "-shm"):
        path.with_name(path.name + ending).rename(path.with_name("old" + ending))
    store = open_store(str(path))
    assert _name(store) == "模拟社区"
    store.close()


def test_copy_taken_while_the_log_was_being_written_is_told_from_the_file_too(path: Path) -> None:
    store = open_store(str(path))
    _rename(store, "one")
    store.snapshot(path.with_name("second.gpkg"))
    store.close()
    _crash(path)
    shutil.copy(path.with_name("second.gpkg"), path)
    with pytest.raises(errors.StoreError, match="-wal"):
        open_store(str(path))


def test_store_that_was_moved_with_its_log_opens(path: Path, tmp_path: Path) -> None:
    _crash(path)
    (tmp_path / "elsewhere").mkdir()
    for part in path.parent.glob("store.gpkg*"):
        part.rename(tmp_path / "elsewhere" / part.name)
    store = open_store(str(tmp_path / "elsewhere" / "store.gpkg"))
    assert _name(store) == "after 2"
    store.close()


def test_restore_into_the_place_of_a_crashed_store_is_the_stores_own_log(path: Path) -> None:
    whole = path.with_name("copy.gpkg")
    store = open_store(str(path))
    _rename(store, "before")
    edition = store.edition()
    # While another has it open the log stays, as after a crash.
    transfer.put(whole, str(path), replace=True)
    assert _name(store) == "模拟社区"
    assert store.edition() != edition
    again = open_store(str(path))
    assert _name(again) == "模拟社区"
    again.close()
    store.close()


def test_new_store_is_not_made_where_a_log_was_left(path: Path) -> None:
    _crash(path)
    path.unlink()
    with pytest.raises(errors.StoreError) as caught:
        open_store(str(path))
    assert caught.value.key == "store_lost"
    assert "store.gpkg-wal" in str(caught.value)
    assert not path.exists()


def test_what_was_left_is_set_aside_when_a_store_is_put_there(path: Path) -> None:
    _crash(path)
    path.unlink()
    aside = transfer.put(path.with_name("copy.gpkg"), str(path), replace=False)
    assert aside is not None
    assert aside.exists()
    store = open_store(str(path))
    assert _name(store) == "模拟社区"
    store.close()


def test_store_replaced_while_it_is_open_is_opened_anew(path: Path) -> None:
    store = open_store(str(path))
    _rename(store, "before")
    edition = store.edition()
    path.with_name("copy.gpkg").replace(path)
    assert _name(store) == "模拟社区"
    assert store.edition() != edition
    _rename(store, "after")
    assert _name(store) == "after"
    store.close()
    assert _sound(path) == "after"


def test_change_under_way_when_the_file_is_replaced_is_not_kept_and_said_so(path: Path) -> None:
    store = open_store(str(path))
    _rename(store, "before")

    def change() -> None:
        with store.write() as session:
            session.scalars(sa.select(model.Community)).one().name = "acknowledged"
            path.with_name("copy.gpkg").replace(path)

    with pytest.raises(errors.StoreError) as caught:
        change()
    assert caught.value.key == "store_replaced"
    assert _name(store) == "模拟社区"
    store.close()
    assert _sound(path) == "模拟社区"


def test_reader_of_the_old_file_ends_before_the_new_one_is_opened(path: Path) -> None:
    store = open_store(str(path), patience_s=20)
    entered, leave = threading.Event(), threading.Event()
    seen = []

    def read() -> None:
        with store.read() as session:
            seen.append(session.scalars(sa.select(model.Community)).one().name)
            entered.set()
            leave.wait()
            session.expire_all()
            seen.append(session.scalars(sa.select(model.Community)).one().name)

    thread = threading.Thread(target=read)
    thread.start()
    entered.wait()
    _rename(store, "before")
    path.with_name("copy.gpkg").replace(path)
    second = threading.Thread(target=lambda: seen.append(_name(store)))
    second.start()
    leave.set()
    thread.join()
    second.join()
    assert seen == ["模拟社区"] * 3
    store.close()
    assert _sound(path) == "模拟社区"


def test_reading_inside_a_change_of_a_replaced_file_fails_and_does_not_wait(path: Path) -> None:
    store = open_store(str(path))

    def change() -> None:
        with store.write():
            path.with_name("copy.gpkg").replace(path)
            store.communities()

    with pytest.raises(errors.StoreError) as caught:
        change()
    assert caught.value.key == "store_replaced"
    store.close()


def test_store_deleted_while_it_is_open_is_told_and_goes_on_when_it_is_back(path: Path) -> None:
    store = open_store(str(path))
    _rename(store, "before")
    path.rename(path.with_name("away.gpkg"))
    for attempt in (store.communities, lambda: _rename(store, "lost"), lambda: store.revision(1)):
        with pytest.raises(errors.StoreError) as caught:
            attempt()
        assert caught.value.key == "store_gone"
        assert str(path) in caught.value.sentence("zh")
    assert not path.exists(), "nothing is made in its place"
    assert _sound(path.with_name("away.gpkg")) == "before"
    path.with_name("away.gpkg").rename(path)
    _rename(store, "after")
    assert _name(store) == "after"
    store.close()


def test_store_replaced_by_something_else_is_told_and_left(path: Path) -> None:
    store = open_store(str(path))
    path.unlink()
    path.write_text("not a store")
    with pytest.raises(errors.StoreError) as caught:
        store.communities()
    assert caught.value.key == "store_not_ours"
    assert path.read_text() == "not a store"
    store.close()
