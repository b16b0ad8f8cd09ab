"""What pages share is read anew when the store's file is another, even where its revision is the same."""

from __future__ import annotations

from pathlib import Path

import pytest
import sqlalchemy as sa

from gridmap import errors, model
from gridmap.services import communities
from gridmap.store import Store, open_store
from gridmap.web import sources


def _made(path: Path, name: str) -> int:
    store = open_store(str(path))
    community = communities.create(store, name)
    store.close()
    return community.id or 0


def _grown(store: Store) -> None:
    with store.write() as session:
        session.scalars(sa.select(model.Community)).one().boundary_drawn = True


def test_other_store_in_its_place_is_seen_at_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path, other = tmp_path / "store.gpkg", tmp_path / "other.gpkg"
    number = _made(path, "模拟一社区")
    assert _made(other, "模拟二社区") == number
    monkeypatch.setenv("GRIDMAP_STORE", str(path))
    monkeypatch.setenv("GRIDMAP_BACKUPS", "off")
    before = sources.community(number)
    assert sources.community(number) is before
    other.replace(path)
    after = sources.community(number)
    assert (before.community.name, after.community.name) == ("模拟一社区", "模拟二社区")
    assert before.revision == after.revision
    assert sources.stamp(before) != sources.stamp(after)
    _grown(sources.store())
    assert sources.community(number).community.boundary_drawn


def test_deleted_store_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "store.gpkg"
    number = _made(path, "模拟社区")
    monkeypatch.setenv("GRIDMAP_STORE", str(path))
    monkeypatch.setenv("GRIDMAP_BACKUPS", "off")
    sources.community(number)
    path.unlink()
    with pytest.raises(errors.StoreError, match="moved or deleted"):
        sources.community(number)
    assert not path.exists()
