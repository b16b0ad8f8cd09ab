"""Photos of stops that show no issue, and tracks: both come back in the file of a walk, once, for those it concerns."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import prepared
import pytest
import record_town
import walked_town
from record_town import Town
from walked_town import LATER, body, jpeg, shot, stops, track, written

from gridmap import model
from gridmap.errors import Conflict, Forbidden, InputError, NotFound
from gridmap.model import Role
from gridmap.services import (
    folders,
    photos,
    recycle_bin,
    stop_photos,
    walk_keeping,
    walk_result_file,
    walk_results,
    walk_tracks,
)
from gridmap.store import open_store


@pytest.fixture
def town(tmp_path: Path) -> Iterator[Town]:
    store = open_store(str(prepared.empty(tmp_path / "store.gpkg")))
    yield record_town.build(store)
    store.close()


def test_what_comes_back_counts_once_and_is_for_those_of_the_walk(town: Town) -> None:
    walk = walked_town.walk(town)
    walker = walked_town.walker(town, walk)
    one, two, _ = stops(town, walk)
    told = body(town, walk, []) | {
        "photos": [
            shot(one, "device-shot-1", jpeg()),
            shot(one, "device-shot-2", b"no picture"),
            shot(two, "device-shot-3", jpeg("blue")) | {"stop": 999, "key": ""},
        ],
        "tracks": [track("device-track-1"), track("device-track-2") | {"places": [[1, 2]]}],
    }
    result = walk_result_file.read(written(told), "result.json")
    would = walk_results.take(town.store, walker, town.data(), result, rehearse=True, now=LATER)
    assert (would.photos, would.tracks, would.already) == (3, 2, 0)
    assert stop_photos.of_walk(town.store, walker, town.data(), walk) == []
    first, again = (walk_results.take(town.store, walker, town.data(), result, now=LATER) for _ in range(2))
    assert [(one.photos, one.tracks, one.already) for one in (first, again)] == [(1, 1, 0), (0, 0, 2)]
    assert [one.kind for one in first.refused] == ["photo", "photo", "track"]
    assert all(one.sentence("zh") for one in first.refused)
    assert "1" in first.summary("en").rpartition(".")[0]
    (kept,) = stop_photos.of_walk(town.store, walker, town.data(), walk)
    assert (kept.stop_id, kept.building_id, kept.width, kept.taken_at is not None) == (
        one.id,
        one.building_id,
        60,
        True,
    )
    assert len(walk_tracks.of_walk(town.store, walker, town.data(), walk)) == 1
    assert photos.file(town.store, walker, kept.sha256).is_file()
    stranger = town.actor(Role.GRID_LEADER, town.east)
    assert stop_photos.of_walk(town.store, stranger, town.data(), walk) == []
    with pytest.raises(NotFound):
        photos.file(town.store, stranger, kept.sha256)
    with pytest.raises(Forbidden):
        stop_photos.remove(town.store, stranger, town.data(), "device-shot-1", now=LATER)


def test_photo_is_deleted_by_whoever_took_it_with_its_file_and_a_walk_with_one_has_begun(town: Town) -> None:
    walk = walked_town.walk(town)
    walker, colleague = walked_town.walker(town, walk), town.actor(Role.GRID_LEADER, town.west)
    one, *_ = stops(town, walk)
    to, at = (town.store, walker, town.data(), walk), {"stop_id": one.id or 0, "key": f"building:{one.building_id}"}
    for n in range(stop_photos.MOST):
        stop_photos.keep(*to, jpeg(f"#0000{n}0"), **at, client_id=f"shot-000{n}", now=LATER)
    with pytest.raises(InputError) as many:
        stop_photos.keep(*to, jpeg("red"), **at, client_id="shot-more", now=LATER)
    assert str(stop_photos.MOST) in many.value.sentence("zh")
    with pytest.raises(Conflict):
        walk_keeping.drop(town.store, town.actor(), town.data(), [walk], now=LATER)
    with pytest.raises(NotFound):
        stop_photos.remove(town.store, colleague, town.data(), "shot-0000", now=LATER)
    before = len(folders.files(folders.photos(town.store)))
    stop_photos.remove(town.store, walker, town.data(), "shot-0000", now=LATER)
    assert len(folders.files(folders.photos(town.store))) == before - 2
    with town.store.read() as session:
        left = {one.client_id: one.sha256 for one in session.query(model.StopPhoto)}
        assert sorted(left) == [f"shot-000{n}" for n in range(1, stop_photos.MOST)]
        assert set(left.values()) <= recycle_bin.photos(session), "the file of one that is kept is nobody's"
