"""Where the key lives, and what is said when it is not there or is another's."""

from __future__ import annotations

import os
import sqlite3
import stat
import zipfile
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path

import prepared
import pytest

from gridmap import errors, i18n, model, settings
from gridmap.services import backup, key_file
from gridmap.store import Store, open_store


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    opened = open_store(str(prepared.empty(tmp_path / "store.gpkg")))
    with opened.write() as session:
        session.add(model.Street(code="1", name="模拟街道"))
        session.flush()
        session.add(model.Community(street_id=1, code="1", name="模拟社区"))
    yield opened
    opened.close()


@pytest.fixture
def file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    chosen = tmp_path / "safe" / "gridmap.key"
    monkeypatch.setenv("GRIDMAP_KEY_FILE", str(chosen))
    return chosen


def seal_somebody(store: Store, phone: str = "13800009999") -> None:
    with store.write() as session:
        ring = key_file.sealing(session).ring
        session.add(model.Staff(community_id=1, name="甲一", post=model.PostKind.DESK, phone=ring.seal(phone)))


def test_usual_place_is_no_folder_of_data(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("GRIDMAP_KEY_FILE")
    usual = key_file.path()
    assert not usual.is_relative_to(settings.data_folder())
    assert not settings.default_store().is_relative_to(usual.parent)


def test_key_is_made_at_first_need_for_its_owner_only(store: Store, file: Path) -> None:
    assert not file.exists()
    seal_somebody(store)
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    before = file.read_bytes()
    seal_somebody(store)
    assert file.read_bytes() == before
    assert [path.name for path in file.parent.iterdir()] == ["gridmap.key"]


def test_of_many_at_first_need_all_have_one_key(store: Store, file: Path) -> None:
    with ThreadPoolExecutor(4) as many:
        list(many.map(lambda _: seal_somebody(store), range(8)))
    assert key_file.unopened(store) == 0


def test_store_keeps_sealed_text_only(store: Store, file: Path) -> None:
    seal_somebody(store)
    with pytest.raises(ValueError, match="sealed text only") as refused, store.write() as session:
        session.add(
            model.Staff(community_id=1, name="甲二", post=model.PostKind.DESK, phone=model.Sealed("13800009998"))
        )
    assert "13800009998" not in str(refused.value)
    store.close()
    assert b"1380000" not in store.path.read_bytes()  # type: ignore[union-attr]
    with closing(sqlite3.connect(f"file:{store.path}?mode=ro", uri=True)) as qgis:
        (seen,) = qgis.execute("SELECT phone FROM staff").fetchone()
    assert seen.startswith("gAAAA")


def test_lost_key_is_said_and_no_second_one_is_made(store: Store, file: Path) -> None:
    seal_somebody(store)
    file.unlink()
    for use in (lambda: seal_somebody(store), key_file.opening):
        with pytest.raises(errors.StoreError) as refused:
            use()
        assert refused.value.key == "key_missing"
        assert str(file) in refused.value.sentence("zh")
    assert not file.exists()
    assert key_file.unopened(store) == 1


def test_key_of_another_store_is_said(store: Store, file: Path, tmp_path: Path) -> None:
    seal_somebody(store)
    file.rename(tmp_path / "own.key")
    other = open_store(str(prepared.empty(tmp_path / "other.gpkg")))
    with other.write() as session:
        key_file.sealing(session)
    other.close()
    assert file.exists()
    with pytest.raises(errors.StoreError) as refused:
        seal_somebody(store)
    assert refused.value.key == "key_wrong"
    assert key_file.unopened(store) == 1


@pytest.mark.parametrize("held", ["", "seal x\ndigest y", "nonsense", "\x00\xff", "digest y"])
def test_file_that_is_no_key_is_said_and_stays(store: Store, file: Path, held: str) -> None:
    file.parent.mkdir()
    file.write_text(held, encoding="latin-1")
    with pytest.raises(errors.StoreError) as refused:
        seal_somebody(store)
    assert refused.value.key == "key_unreadable"
    assert file.read_text(encoding="latin-1") == held


@pytest.mark.skipif(os.name != "posix", reason="Windows has no such permissions")
def test_key_that_others_may_read_is_warned_of(store: Store, file: Path) -> None:
    assert key_file.warnings("zh") == []
    seal_somebody(store)
    assert key_file.warnings("zh") == []
    file.chmod(0o644)
    for language in i18n.LANGUAGES:
        (said,) = key_file.warnings(language)
        assert str(file) in said


def test_neither_store_nor_backup_holds_the_key(store: Store, file: Path, tmp_path: Path) -> None:
    seal_somebody(store)
    keys = key_file.opening()
    made = backup.make(store, tmp_path / "kept").file
    with zipfile.ZipFile(made) as archive:
        held = b"".join(archive.read(name) for name in archive.namelist())
    assert b"gAAAA" in held
    for secret in (*keys.seal, keys.digest, "13800009999"):
        assert secret.encode() not in held


def test_keys_do_not_show_themselves(store: Store, file: Path) -> None:
    seal_somebody(store)
    keys = key_file.opening()
    assert keys.seal[0] not in repr(keys)
    assert keys.digest not in repr(keys)
