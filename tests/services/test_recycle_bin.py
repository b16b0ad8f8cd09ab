"""The bin: what was deleted is nowhere to be seen, and comes back with everything that hung on it."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pandas as pd
import prepared
import pytest
import record_town
import sqlalchemy as sa
from record_town import DAY, NOW, Town

from gridmap import errors, model
from gridmap.model import Role
from gridmap.services import checking, community_data, drafts, folders, records, recycle_bin, upkeep
from gridmap.services.records import Gone, Overtaken
from gridmap.store import open_store, tables

LATER = NOW + dt.timedelta(days=30)


@pytest.fixture(scope="module", params=["geopackage", pytest.param("postgis", marks=pytest.mark.postgis)])
def town(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Town]:
    """A town that each test leaves whole, on each kind of store."""
    file = tmp_path_factory.mktemp("bin") / "store.gpkg"
    address = request.getfixturevalue("postgis_database")(with_tables=True) if request.param == "postgis" else str(file)
    store = open_store(address)
    yield record_town.build(store)
    store.close()


@pytest.fixture
def file_town(tmp_path: Path) -> Iterator[Town]:
    store = open_store(str(prepared.empty(tmp_path / "store.gpkg")))
    yield record_town.build(store)
    store.close()


def contents(town: Town) -> dict[str, pd.DataFrame]:
    """All rows of the community but versions, which count each change."""
    classes = [cls for cls in tables.CLASSES if issubclass(cls, model.Owned) and cls is not model.BinEntry]
    return {cls.__name__: town.store.frame(cls, town.community).drop(columns="version") for cls in classes}


def delete(town: Town, kind: str, number: int) -> int:
    by, data = town.actor(), town.data()
    return recycle_bin.delete(town.store, by, data, records.read(town.store, by, data, kind, number), now=NOW)


def restore(town: Town, entry: int, **more: Any) -> records.Record:
    return recycle_bin.restore(town.store, town.actor(), town.data(), entry, now=NOW, **more)


@pytest.mark.parametrize("kind", ["issues", "points", "buildings", "compounds", "gates"])
def test_deleted_and_restored_is_as_it_was(town: Town, kind: str) -> None:
    number = {"issues": town.issue, "points": town.point, "buildings": town.buildings[0],
              "compounds": town.compound, "gates": town.gate}[kind]  # fmt: skip
    before = contents(town)
    entry = delete(town, kind, number)
    gone = contents(town)
    cls = {
        "issues": "Issue",
        "points": "ServicePoint",
        "buildings": "Building",
        "compounds": "Compound",
        "gates": "Gate",
    }
    assert number not in gone[cls[kind]].index
    # The town's photo has no file.
    assert {fault.problem for fault in checking.check(town.store).faults} == {"check_photo_lost"}
    restored = restore(town, entry)
    assert restored.number == number
    after = contents(town)
    for name, table in before.items():
        pd.testing.assert_frame_equal(after[name], table, obj=name)
    assert recycle_bin.listed(town.store, town.actor(), town.data()) == []
    with town.store.read() as session:
        told = [e.action for e in session.query(model.AuditEntry).order_by(sa.text("id"))]
        past = session.execute(sa.select(tables.HISTORY.c.op).where(tables.HISTORY.c.row_id == number)).scalars().all()
    assert told[-2:] == ["record_deleted", "record_restored"]
    assert "delete" in past


def test_what_hangs_on_it_goes_along_and_is_told(file_town: Town) -> None:
    by = file_town.actor(Role.DESK)
    data = file_town.data()
    issue = records.read(file_town.store, by, data, "issues", file_town.issue)
    recycle_bin.delete(file_town.store, by, data, issue, now=NOW)
    assert file_town.store.frame(model.IssueEvent, file_town.community).empty
    assert file_town.store.frame(model.Photo, file_town.community).empty
    (entry,) = recycle_bin.listed(file_town.store, file_town.actor(), file_town.data())
    assert (entry.title, entry.by, entry.along) == ("2026-0001", by.name, 2)
    assert (entry.deleted_at, entry.until) == (NOW, LATER)
    with file_town.store.read() as session:
        assert recycle_bin.photos(session) == {"ab" * 32}


def test_no_reader_meets_what_is_in_the_bin(file_town: Town) -> None:
    delete(file_town, "buildings", file_town.buildings[0])
    data = community_data.read(file_town.store, file_town.community, day=DAY)
    assert file_town.buildings[0] not in data.buildings.index
    assert not (data.issues["building_id"] == file_town.buildings[0]).any()
    assert not (data.points["building_id"] == file_town.buildings[0]).any()


def test_both_of_two_that_belong_together(town: Town) -> None:
    """A building restored before its compound finds its way back into it."""
    first, second = delete(town, "buildings", town.buildings[0]), delete(town, "compounds", town.compound)
    assert restore(town, first).fields["compound_id"] is None
    restore(town, second)
    assert town.data().buildings.at[town.buildings[0], "compound_id"] == town.compound
    with town.store.read() as session:
        assert session.get_one(model.Gate, town.gate).compound_id == town.compound


def test_what_got_another_place_meanwhile_keeps_it(file_town: Town) -> None:
    entry = delete(file_town, "buildings", file_town.buildings[0])
    by, data = file_town.actor(), file_town.data()
    issue = records.read(file_town.store, by, data, "issues", file_town.issue)
    records.change(file_town.store, by, data, issue, {"building_id": file_town.buildings[1]}, now=NOW)
    restore(file_town, entry)
    after = records.read(file_town.store, by, file_town.data(), "issues", file_town.issue)
    assert after.fields["building_id"] == file_town.buildings[1]


def test_building_restored_after_a_new_division_is_in_one_of_its_grids(file_town: Town) -> None:
    entry = delete(file_town, "buildings", file_town.buildings[0])
    with file_town.store.write() as session:
        session.query(model.GridVersion).one().valid_to = DAY
        session.add(version := model.GridVersion(community_id=file_town.community, valid_from=DAY))
        session.flush()
        area = record_town.square(0, 0, 400)
        grid = model.Grid(community_id=file_town.community, version_id=version.id or 0, code="9", name="新网格",
                          colour="red", letter="A", geom=area)  # fmt: skip
        session.add(grid)
    restore(file_town, entry)
    assert file_town.data().buildings.at[file_town.buildings[0], "grid_id"] == grid.id


def test_code_that_was_given_again(file_town: Town) -> None:
    entry = delete(file_town, "issues", file_town.issue)
    with file_town.store.write() as session:
        session.add(model.Issue(community_id=file_town.community, code="2026-0001", reported_at=NOW, category="noise",
                                source=model.IssueSource.WALK, text="吵"))  # fmt: skip
    assert restore(file_town, entry).title == "2026-0002"


class TestTwoPeople:
    def test_deleting_what_somebody_changed(self, file_town: Town) -> None:
        by, data = file_town.actor(), file_town.data()
        seen = records.read(file_town.store, by, data, "points", file_town.point)
        records.change(file_town.store, file_town.actor(), data, seen, {"hours": "全天"}, now=NOW)
        with pytest.raises(Overtaken):
            recycle_bin.delete(file_town.store, by, data, seen, now=NOW)
        assert recycle_bin.listed(file_town.store, by, data) == []

    def test_changing_what_somebody_deleted_restores_it_with_the_change(self, town: Town) -> None:
        by, data = town.actor(), town.data()
        seen = records.read(town.store, by, data, "points", town.point)
        delete(town, "points", town.point)
        form = {**seen.fields, "hours": "全天"}
        with pytest.raises(Gone) as told:
            records.change(town.store, by, data, seen, form, now=NOW)
        assert told.value.entry is not None
        kept = restore(town, told.value.entry, values=form)
        assert (kept.number, kept.fields["hours"]) == (town.point, "全天")
        assert len(town.store.frame(model.TeamMember, town.community)) == 1
        with pytest.raises(errors.NotFound):
            restore(town, told.value.entry)


def test_rights(file_town: Town) -> None:
    entry = delete(file_town, "issues", file_town.issue)
    building = delete(file_town, "buildings", file_town.buildings[1])
    data = file_town.data()
    west, east = (file_town.actor(Role.GRID_WORKER, grid) for grid in (file_town.west, file_town.east))
    desk, leader = file_town.actor(Role.DESK), file_town.actor(Role.STREET_LEADER)
    for who, numbers in ((west, [entry]), (east, []), (desk, [entry]), (leader, [])):
        assert [one.number for one in recycle_bin.listed(file_town.store, who, data)] == numbers
    for who, number in ((east, entry), (leader, entry), (west, building), (desk, building)):
        with pytest.raises(errors.Forbidden):
            recycle_bin.restore(file_town.store, who, data, number, now=NOW)
    assert recycle_bin.restore(file_town.store, west, data, entry, now=NOW).title == "2026-0001"


def test_after_its_time_nothing_is_left(town: Town) -> None:
    secret = "水管爆了"
    given = {"category": "noise", "text": secret, "building_id": town.buildings[0]}
    by, data = town.actor(), town.data()
    issue = records.tag_issue(town.store, by, data, given, client_id="burst", now=NOW)
    issue = records.change(town.store, by, data, issue, {"level": "large"}, now=NOW)
    recycle_bin.delete(town.store, by, data, issue, now=NOW)
    assert recycle_bin.empty(town.store, LATER - dt.timedelta(seconds=1)) == 0
    upkeep.Upkeep(town.store, None).tidy(LATER)
    assert recycle_bin.empty(town.store, LATER) == 0
    with town.store.connection() as connection:
        for table in tables.METADATA.tables.values():
            for row in connection.execute(sa.select(table)).mappings():
                assert secret not in json.dumps(dict(row), default=str, ensure_ascii=False), table.name


def test_photos_go_with_the_last_that_needs_them(file_town: Town) -> None:
    folder = folders.photos(file_town.store)
    folder.mkdir()
    mine, small, other = ("ab" * 32 + ".jpg", "ab" * 32 + "-small.jpg", "cd" * 32 + ".jpg")
    for name in (mine, small, other):
        (folder / name).write_bytes(b"x")
    delete(file_town, "issues", file_town.issue)
    assert recycle_bin.empty(file_town.store, LATER - dt.timedelta(days=1)) == 0
    assert {path.name for path in folder.iterdir()} == {mine, small, other}
    assert recycle_bin.empty(file_town.store, LATER) == 1
    assert {path.name for path in folder.iterdir()} == {other}


def test_draft_is_the_accounts_own_and_goes_in_time(town: Town) -> None:
    one, other = town.actor(), town.actor()
    drafts.keep(town.store, one, "f", {"text": "楼道灯"}, NOW)
    drafts.keep(town.store, one, "f", {"text": "楼道灯坏了"}, NOW)
    assert drafts.find(town.store, one, "f") == ({"text": "楼道灯坏了"}, NOW)
    assert drafts.find(town.store, other, "f") is None
    assert drafts.find(town.store, one, "g") is None
    assert drafts.clear(town.store, LATER - dt.timedelta(seconds=1)) == 0
    assert drafts.clear(town.store, LATER) == 1
    drafts.keep(town.store, one, "f", {"text": "x"}, NOW)
    drafts.drop(town.store, one, "f")
    drafts.drop(town.store, one, "f")
    assert drafts.find(town.store, one, "f") is None
