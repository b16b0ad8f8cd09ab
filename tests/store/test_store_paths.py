"""A path that no store can have, and a store whose form another program has changed, are told in one sentence."""

from __future__ import annotations

import sqlite3
import subprocess
import sys
import tempfile
from contextlib import closing
from pathlib import Path

import pytest
from store_places import Place

from gridmap import errors, model
from gridmap.store import open_store, transfer


def _refused(address: str, key: str, *named: str) -> None:
    for create in (True, False):
        with pytest.raises(errors.GridmapError) as caught:
            open_store(address, create=create)
        assert caught.value.key == key, caught.value
        for language in ("zh", "en"):
            said = caught.value.sentence(language)
            assert "\n" not in said
            assert all(word in said for word in named)
            assert len(said) < 400
    with pytest.raises(errors.GridmapError):
        transfer.exists(address)


@pytest.mark.skipif(sys.platform == "win32", reason="links need a right there")
def test_links_that_lead_nowhere(tmp_path: Path) -> None:
    (tmp_path / "link.gpkg").symlink_to(tmp_path / "gone.gpkg")
    _refused(str(tmp_path / "link.gpkg"), "store_dangling", "link.gpkg", "gone.gpkg")
    (tmp_path / "loop.gpkg").symlink_to(tmp_path / "loop.gpkg")
    _refused(str(tmp_path / "loop.gpkg"), "store_dangling", "loop.gpkg")
    assert not (tmp_path / "gone.gpkg").exists()


def test_names_that_no_file_can_have(tmp_path: Path) -> None:
    _refused(str(tmp_path / ("x" * 300 + ".gpkg")), "store_bad_name")
    _refused(f"{tmp_path}/a\0b.gpkg", "store_bad_name", "a\\0b")
    _refused("", "store_no_path")
    _refused("~nobody-of-that-name/store.gpkg", "store_no_path", "~nobody-of-that-name")


@pytest.mark.skipif(sys.platform == "win32", reason="links need a right there")
def test_link_to_a_store_is_the_store(file_place: Place, tmp_path: Path) -> None:
    file_place.store.close()
    link = tmp_path / "link.gpkg"
    link.symlink_to(str(file_place.store.path))
    store = open_store(str(link))
    with store.write() as session:
        session.get(model.Community, file_place.community_id).name = "经链接"
    store.close()
    again = open_store(str(file_place.store.path))
    assert again.communities()[0].name == "经链接"
    again.close()


_AS_NOBODY = """
import os, sys, tempfile
from gridmap import errors
from gridmap.store import open_store
with tempfile.TemporaryDirectory() as warm:
    open_store(os.path.join(warm, "warm.gpkg")).close()
if os.geteuid() == 0:
    os.setgroups([]); os.setgid(65534); os.setuid(65534)
for path in sys.argv[1:]:
    for create in (True, False):
        try:
            open_store(path, create=create).close()
        except errors.StoreError as error:
            print(error.key)
"""


@pytest.mark.skipif(sys.platform == "win32", reason="file modes are POSIX's")
def test_folder_that_may_not_be_entered() -> None:
    with tempfile.TemporaryDirectory() as name:
        root = Path(name)
        root.chmod(0o755)
        (root / "closed").mkdir()
        open_store(str(root / "closed" / "store.gpkg")).close()
        (root / "closed").chmod(0o000)
        paths = [str(root / "closed" / one) for one in ("store.gpkg", "new.gpkg", "sub/new.gpkg")]
        done = subprocess.run([sys.executable, "-c", _AS_NOBODY, *paths], capture_output=True, text=True)
        (root / "closed").chmod(0o755)
    assert done.stdout.split() == ["store_cannot_open"] * 6, done.stderr


@pytest.mark.parametrize(
    ("statement", "missing"),
    [
        ("DELETE FROM migration", "migration"),
        ("DROP TABLE reception", "reception"),
        ("ALTER TABLE walker RENAME COLUMN staff_id TO who", "walker.staff_id"),
        ("ALTER TABLE history DROP COLUMN geometry", "history.geometry"),
    ],
)
def test_form_changed_by_another_program(file_place: Place, statement: str, missing: str) -> None:
    path = str(file_place.store.path)
    file_place.store.close()
    with closing(sqlite3.connect(path)) as connection:
        for trigger in connection.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'").fetchall():
            connection.execute(f"DROP TRIGGER {trigger[0]}")
        connection.execute(statement)
        connection.commit()
    with pytest.raises(errors.StoreError) as caught:
        open_store(path)
    assert caught.value.key == "store_changed"
    assert missing in caught.value.sentence("zh")
    assert Path(path).name in caught.value.sentence("en")


@pytest.mark.parametrize("value", [True, 3.0, 3.5, "3"])
def test_column_of_whole_numbers_takes_nothing_else(place: Place, value: object) -> None:
    def put() -> None:
        with place.store.write() as session:
            session.add(model.Building(community_id=place.community_id, number="1", households=value))  # type: ignore[arg-type]

    with pytest.raises(TypeError):
        put()
    assert place.store.frame(model.Building, place.community_id).empty


def test_number_larger_than_the_databases_keep(place: Place) -> None:
    def put(households: int) -> None:
        with place.store.write() as session:
            session.add(model.Building(community_id=place.community_id, number="1", households=households))

    with pytest.raises(errors.InputError, match="too large"):
        put(2**63)
    put(2**63 - 1)
    assert place.store.frame(model.Building, place.community_id)["households"].tolist() == [2**63 - 1]
