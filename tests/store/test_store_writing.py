"""Writing: whole or not at all, never over another's change, with its past kept and its revision counted."""

from __future__ import annotations

import json
import threading
from typing import Any

import pytest
import shapely
import sqlalchemy as sa
from store_places import NOON, Place

from gridmap import errors, model
from gridmap.store import Store, open_store, tables


def _building(place: Place, **fields: Any) -> int:
    with place.store.write() as session:
        session.add(row := model.Building(community_id=place.community_id, **{"number": "3号楼"} | fields))
    assert row.id is not None
    return row.id


def _fail_midway(place: Place) -> None:
    with place.store.write() as session:
        session.add(model.Building(community_id=place.community_id, number="9"))
        for row in session.scalars(sa.select(model.Building)):
            row.households += 1
        session.flush()
        raise RuntimeError("midway")


def _get(store: Store, row_id: int) -> model.Building:
    with store.read() as session:
        row = session.get(model.Building, row_id)
    assert row is not None
    return row


def _history(store: Store) -> list[Any]:
    with store.read() as session:
        return list(session.execute(sa.select(tables.HISTORY).order_by(tables.HISTORY.c.id)))


def test_error_keeps_nothing(place: Place) -> None:
    with pytest.raises(RuntimeError, match="midway"):
        _fail_midway(place)
    assert place.store.frame(model.Building, place.community_id).empty


def test_written_rows_stay_usable(place: Place) -> None:
    with place.store.write() as session:
        session.add(row := model.Building(community_id=place.community_id, number="1"))
    assert (row.number, row.version) == ("1", 1)
    assert row.id is not None


def test_rows_with_references_may_be_added_in_any_order(place: Place) -> None:
    with place.store.write() as session:
        session.add(model.Building(community_id=place.community_id, number="1", compound_id=70))
        session.flush()
        session.add(model.Compound(id=70, community_id=place.community_id, name="东院"))
    assert list(place.store.frame(model.Building, place.community_id)["compound_id"]) == [70]


def test_reading_writes_nothing(place: Place) -> None:
    with place.store.read() as session:
        session.add(model.Building(community_id=place.community_id, number="1"))
        with pytest.raises(RuntimeError, match=r"use write\(\)"):
            session.flush()
    with pytest.raises((errors.StoreError, sa.exc.DBAPIError)), place.store.read() as session:
        session.execute(sa.text("UPDATE community SET name = 'x'"))
    assert place.store.community(place.community_id).name == "模拟社区"


def test_two_who_change_the_same_row_do_not_overwrite_each_other(place: Place) -> None:
    row_id = _building(place)
    mine = _get(place.store, row_id)
    with place.store.write() as session:
        theirs = session.get(model.Building, row_id)
        assert theirs is not None
        theirs.households = 40
    mine.households = 99
    with pytest.raises(errors.Conflict, match="Somebody else changed"), place.store.write() as session:
        session.add(mine)
    kept = _get(place.store, row_id)
    assert (kept.households, kept.version) == (40, 2)


def test_row_deleted_meanwhile_is_a_conflict(place: Place) -> None:
    row_id = _building(place)
    mine = _get(place.store, row_id)
    with place.store.write() as session:
        session.delete(session.get(model.Building, row_id))
    mine.households = 99
    with pytest.raises(errors.Conflict), place.store.write() as session:
        session.add(mine)


def test_change_by_sql_counts_the_version_too(place: Place) -> None:
    row_id = _building(place)
    mine = _get(place.store, row_id)
    with place.store.write() as session:
        session.execute(sa.update(model.Building).values(floors=6))
    assert _get(place.store, row_id).version == 2
    mine.floors = 7
    with pytest.raises(errors.Conflict), place.store.write() as session:
        session.add(mine)


def test_change_by_sql_and_by_row_go_together(place: Place) -> None:
    row_id = _building(place)
    with place.store.write() as session:
        row = session.get(model.Building, row_id)
        assert row is not None
        row.name = "甲"
        session.execute(sa.update(model.Building).values(floors=6))
        row.households = 12
    kept = _get(place.store, row_id)
    assert (kept.name, kept.floors, kept.households) == ("甲", 6, 12)
    assert (row.name, row.floors) == ("甲", 6), "a written row stays usable"


def test_taken_code_is_a_conflict(place: Place) -> None:
    for wanted in (1, 2):
        issue = model.Issue(
            community_id=place.community_id,
            code="W-1",
            reported_at=NOON,
            source=model.IssueSource.WALK,
            category="noise",
            text=str(wanted),
        )
        if wanted == 1:
            with place.store.write() as session:
                session.add(issue)
        else:
            with pytest.raises(errors.Conflict, match="taken"), place.store.write() as session:
                session.add(issue)


def test_reference_to_nothing_is_a_conflict(place: Place) -> None:
    with pytest.raises(errors.Conflict, match="gone"):
        _building(place, compound_id=12345)


def test_parent_takes_its_children_along_and_empties_other_references(place: Place) -> None:
    owned = {"community_id": place.community_id}
    with place.store.write() as session:
        session.add(compound := model.Compound(**owned, name="东院"))
        session.add(walk := model.Walk(**owned, day=NOON.date()))
        session.flush()
        session.add(building := model.Building(**owned, number="1", compound_id=compound.id))
        session.add(model.Stop(**owned, walk_id=walk.id, seq=1))
    with place.store.write() as session:
        row = session.get(model.Building, building.id)
        assert row is not None
        session.delete(session.get(model.Compound, compound.id))
        session.delete(session.get(model.Walk, walk.id))
        session.flush()
        # What the database did to the row does not stand in the way of changing it.
        row.name = "甲"
    kept = _get(place.store, int(building.id or 0))
    assert (kept.compound_id, kept.name) == (None, "甲")
    assert place.store.frame(model.Stop, place.community_id).empty


def test_street_with_communities_is_not_deleted(place: Place) -> None:
    with pytest.raises(errors.Conflict), place.store.write() as session:
        session.delete(session.scalars(sa.select(model.Street)).one())
    assert len(place.store.communities()) == 1


def test_past_of_a_row_is_kept(place: Place) -> None:
    row_id = _building(place, households=12, geom=shapely.MultiPolygon([shapely.box(1, 2, 3, 4)]))
    assert _history(place.store) == []
    with place.store.write() as session:
        row = session.get(model.Building, row_id)
        assert row is not None
        row.households = 14
    with place.store.write() as session:
        session.delete(session.get(model.Building, row_id))
    update, delete = _history(place.store)
    assert (update.op, update.table_name, update.row_id, update.version) == ("update", "building", row_id, 1)
    assert (delete.op, delete.community_id, delete.version) == ("delete", place.community_id, 2)
    assert [json.loads(past.old)["households"] for past in (update, delete)] == [12, 14]
    assert json.loads(update.old)["number"] == "3号楼"
    assert "geom" not in json.loads(update.old)
    assert bytes.fromhex(delete.geometry)
    assert update.at.tzinfo is not None


def test_past_of_a_change_that_failed_is_not_kept(place: Place) -> None:
    _building(place)
    with pytest.raises(RuntimeError, match="midway"):
        _fail_midway(place)
    assert _history(place.store) == []


def test_rows_taken_along_leave_their_past_too(place: Place) -> None:
    _building(place)
    with place.store.write() as session:
        session.delete(session.get(model.Community, place.community_id))
    assert {(past.table_name, past.op) for past in _history(place.store)} == {
        ("building", "delete"),
        ("community", "delete"),
    }


def test_revision_grows_with_every_kind_of_change_and_only_then(place: Place) -> None:
    store, community_id = place.store, place.community_id
    seen = [store.revision(community_id)]
    row_id = _building(place)
    seen.append(store.revision(community_id))
    with store.write() as session:
        row = session.get(model.Building, row_id)
        assert row is not None
        row.households = 3
    seen.append(store.revision(community_id))
    with store.write() as session:
        session.delete(session.get(model.Building, row_id))
    seen.append(store.revision(community_id))
    with store.write() as session:
        community = session.get(model.Community, community_id)
        assert community is not None
        community.name = "新名"
    seen.append(store.revision(community_id))
    assert seen == sorted(set(seen))
    before = store.community(community_id).version
    store.frame(model.Building, community_id)
    with pytest.raises(RuntimeError, match="midway"):
        _fail_midway(place)
    assert store.revision(community_id) == seen[-1]
    _building(place)
    assert store.community(community_id).version == before, "the revision is no change of the community's own row"
    assert store.revision(99) == 0


def test_row_that_moves_counts_for_both_communities(place: Place) -> None:
    row_id = _building(place)
    with place.store.write() as session:
        first = session.get(model.Community, place.community_id)
        assert first is not None
        session.add(other := model.Community(street_id=first.street_id, code="002", name="分出社区"))
    before = [place.store.revision(c) for c in (place.community_id, other.id or 0)]
    with place.store.write() as session:
        row = session.get(model.Building, row_id)
        assert row is not None
        row.community_id = other.id or 0
    after = [place.store.revision(c) for c in (place.community_id, other.id or 0)]
    assert all(a > b for a, b in zip(after, before, strict=True))


def test_two_stores_on_one_address_see_each_other(place: Place, address: str) -> None:
    other = open_store(address)
    try:
        row_id = _building(place)
        assert _get(other, row_id).number == "3号楼"
        with other.write() as session:
            row = session.get(model.Building, row_id)
            assert row is not None
            row.number = "4号楼"
    finally:
        other.close()
    assert _get(place.store, row_id).number == "4号楼"


def test_reader_sees_one_moment(place: Place) -> None:
    with place.store.read() as session:
        count = sa.select(sa.func.count()).select_from(model.Building)
        assert session.scalar(count) == 0
        writer = threading.Thread(target=_building, args=(place,))
        writer.start()
        writer.join()
        assert session.scalar(count) == 0
    assert len(place.store.frame(model.Building, place.community_id)) == 1


def test_many_threads_write_at_once_and_nothing_is_lost(place: Place) -> None:
    failed: list[BaseException] = []

    def work(thread: int) -> None:
        try:
            for number in range(10):
                _building(place, number=f"{thread}-{number}")
        except BaseException as error:
            failed.append(error)

    threads = [threading.Thread(target=work, args=(n,)) for n in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failed == []
    assert place.store.frame(model.Building, place.community_id)["number"].nunique() == 60


def test_write_inside_write_is_told_at_once(file_place: Place) -> None:
    with file_place.store.write(), pytest.raises(RuntimeError, match="inside"), file_place.store.write():
        pass
    _building(file_place)
