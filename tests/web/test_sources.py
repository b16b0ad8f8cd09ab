"""What pages share is read anew when the store's file is another, even where its revision is the same."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
import sqlalchemy as sa

from gridmap import errors, model
from gridmap.services import communities, layers, sight
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
    told = sources.stamp(before), sources.stamp(after)
    assert all(one != other for one, other in zip(*map(dict.values, told), strict=True))
    _grown(sources.store())
    grown = sources.community(number)
    assert grown.community.boundary_drawn
    changed = {name for name, stamp in sources.stamp(grown).items() if stamp != told[1][name]}
    assert changed == {"boundary"}, "the other layers are what they were"


def test_stamps_of_parts_differ_where_the_part_does(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GRIDMAP_STORE", str(tmp_path / "store.gpkg"))
    monkeypatch.setenv("GRIDMAP_BACKUPS", "off")
    whole = sources.community(_made(tmp_path / "store.gpkg", "模拟社区"))
    parts = [replace(sight.EVERYTHING, issues=frozenset({n}), staff=frozenset({n})) for n in (1, 2)]
    told = [sources.stamp(sources.seen(whole, part)) for part in parts] + [sources.stamp(whole)]
    for name in layers.NAMES:
        assert len({one[name] for one in told}) == (3 if name in layers.PERSONAL else 1), name


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
