"""A backup put where a crashed store had left its log: the log is kept, and kept away from it."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
import soak_places

from gridmap import errors, model
from gridmap.services import backup
from gridmap.store import open_store


@pytest.fixture
def crashed(tmp_path: Path) -> tuple[Path, Path]:
    """Path of a store whose log still holds a change, and a backup from before."""
    path, elsewhere = tmp_path / "crashed" / "store.gpkg", tmp_path / "running" / "store.gpkg"
    path.parent.mkdir()
    store = open_store(str(elsewhere))
    soak_places.lived_in(store)
    made = backup.make(store, tmp_path)
    with store.write() as session:
        session.query(model.Community).one().name = "之后"
    for part in elsewhere.parent.glob("store.gpkg*"):
        shutil.copy(part, path.parent / part.name)
    store.close()
    assert path.with_name("store.gpkg-wal").stat().st_size
    return path, made.file


@pytest.mark.parametrize("by_hand", [True, False])
def test_log_of_a_crashed_store_is_set_aside(crashed: tuple[Path, Path], by_hand: bool, tmp_path: Path) -> None:
    path, file = crashed
    if by_hand:
        backup.restore(file, str(tmp_path / "copy.gpkg"))
        shutil.copy(tmp_path / "copy.gpkg", path)
        with pytest.raises(errors.StoreError, match="-wal"):
            open_store(str(path))
    else:
        path.unlink()
    made = backup.restore(file, str(path), replace=by_hand)
    assert made.aside is not None
    assert {part.suffix for part in path.parent.glob("store-broken-*")} >= {".gpkg-wal"}
    store = open_store(str(path))
    assert store.communities()[0].name == "模拟社区"
    store.close()
