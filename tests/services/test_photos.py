"""Photos of issues: kept once, seen by whoever sees the issue, and gone with their files when they go."""

from __future__ import annotations

import datetime as dt
import io
from pathlib import Path

import pytest
import record_town
import sqlalchemy as sa
from PIL import Image
from record_town import NOW, Town

from gridmap import errors, model, settings
from gridmap.model import PhotoStage, ProjectState, Role
from gridmap.services import (
    backup,
    checking,
    folders,
    photos,
    records,
    recycle_bin,
    register_photos,
    register_projects,
    retention,
)
from gridmap.services.register_writing import Writer
from gridmap.store import Store, open_store, tables


@pytest.fixture
def town(store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Town:
    """The town, without the photo whose file nobody has."""
    monkeypatch.setattr(settings, "data_folder", lambda: tmp_path)
    built = record_town.build(store)
    with store.write() as session:
        session.query(model.Photo).delete()
    return built


def jpeg(colour: str = "red") -> bytes:
    kept = io.BytesIO()
    Image.new("RGB", (400, 300), colour).save(kept, "JPEG")
    return kept.getvalue()


def files(town: Town) -> list[str]:
    return [path.name for path in folders.files(folders.photos(town.store))]


def rows(town: Town) -> list[model.Photo]:
    with town.store.read() as session:
        return session.query(model.Photo).all()


def test_photo_sent_twice_is_kept_once_with_its_thumbnail_and_an_entry_in_the_audit(town: Town) -> None:
    actor = town.actor(Role.GRID_WORKER, town.west)
    how = {"stage": PhotoStage.AFTER, "client_id": "photo-0001", "now": NOW}
    first = photos.keep(town.store, actor, town.issue, jpeg(), taken_at=NOW - dt.timedelta(hours=1), **how)
    again = photos.keep(town.store, actor, town.issue, jpeg(), **how)
    other_name = photos.keep(town.store, actor, town.issue, jpeg(), **how | {"client_id": "photo-0002"})
    assert first.id == again.id == other_name.id
    assert (first.stage, first.width, first.height) == (PhotoStage.AFTER, 400, 300)
    assert first.taken_at == NOW - dt.timedelta(hours=1)
    assert files(town) == [f"{first.sha256}-small.jpg", f"{first.sha256}.jpg"]
    assert checking.check(town.store).faults == ()
    with town.store.read() as session:
        entries = session.query(model.AuditEntry).filter_by(action="photo_added").all()
    assert [entry.target_id for entry in entries] == [town.issue]


def test_only_who_sees_the_issue_sees_its_photos(town: Town) -> None:
    mine = town.actor(Role.GRID_WORKER, town.west)
    kept = photos.keep(town.store, mine, town.issue, jpeg(), now=NOW)
    for actor in (mine, town.actor(Role.SECRETARY), town.actor(Role.DESK)):
        assert photos.file(town.store, actor, kept.sha256).read_bytes().startswith(b"\xff\xd8\xff")
        assert photos.file(town.store, actor, kept.sha256, small=True).is_file()
        assert [one.id for one in photos.of_issue(town.store, actor, town.issue)] == [kept.id]
    for actor in (
        town.actor(Role.GRID_WORKER, town.east),
        town.actor(Role.STREET_LEADER),
        town.actor(Role.ADMINISTRATOR),
    ):
        with pytest.raises(errors.NotFound):
            photos.file(town.store, actor, kept.sha256)
        assert photos.of_issue(town.store, actor, town.issue) == []
        with pytest.raises(errors.Forbidden):
            photos.keep(town.store, actor, town.issue, jpeg("blue"), now=NOW)
        with pytest.raises(errors.Forbidden):
            photos.remove(town.store, actor, kept.id or 0, now=NOW)


def test_whoever_tagged_elsewhere_adds_and_sees_the_photos_of_it(town: Town) -> None:
    actor = town.actor(Role.GRID_WORKER, town.east)
    values = {"building_id": town.buildings[0], "category": "noise", "text": "路过看到", "source": "walk"}
    made = records.tag_issue(town.store, actor, town.data(), values, client_id="device-1", now=NOW)
    kept = photos.keep(town.store, actor, made.number, jpeg(), now=NOW)
    assert photos.file(town.store, actor, kept.sha256).is_file()


def test_what_is_no_photo_leaves_nothing_behind(town: Town) -> None:
    with pytest.raises(errors.InputError):
        photos.keep(town.store, town.actor(), town.issue, b"no photo", now=NOW)
    assert (rows(town), files(town)) == ([], [])


def test_an_issue_has_so_many_photos_and_no_more(town: Town, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(photos, "MOST", 1)
    photos.keep(town.store, town.actor(), town.issue, jpeg(), now=NOW)
    with pytest.raises(errors.InputError, match="has 1 photos already"):
        photos.keep(town.store, town.actor(), town.issue, jpeg("blue"), now=NOW)


def test_folder_that_cannot_be_written_is_said_and_no_row_is_kept(town: Town) -> None:
    folders.photos(town.store).write_bytes(b"a file stands where the folder should be")
    with pytest.raises(errors.StoreError):
        photos.keep(town.store, town.actor(), town.issue, jpeg(), now=NOW)
    assert rows(town) == []


def test_removed_photo_is_gone_with_its_file_and_history_unless_another_issue_needs_it(town: Town) -> None:
    actor, data = town.actor(), town.data()
    values = {"building_id": town.buildings[1], "category": "noise", "text": "同一张", "source": "walk"}
    other = records.tag_issue(town.store, actor, data, values, client_id="device-2", now=NOW)
    kept = [photos.keep(town.store, actor, number, jpeg(), now=NOW) for number in (town.issue, other.number)]
    photos.remove(town.store, actor, kept[0].id or 0, now=NOW)
    assert len(files(town)) == 2
    photos.remove(town.store, actor, kept[1].id or 0, now=NOW)
    assert files(town) == []
    if town.store.path is not None:
        assert kept[0].sha256.encode() not in town.store.path.read_bytes()
    with town.store.read() as session:
        past = tables.HISTORY.c
        assert not session.scalars(sa.select(past.id).where(past.old.contains(kept[0].sha256))).all()
    with pytest.raises(errors.NotFound):
        photos.remove(town.store, actor, kept[1].id or 0, now=NOW)


def test_photos_go_into_backup_bin_and_retention_with_their_issue(town: Town, tmp_path: Path) -> None:
    actor = town.actor()
    kept = photos.keep(town.store, actor, town.issue, jpeg(), now=NOW)
    made = backup.make(town.store, tmp_path / "backups")
    restored = tmp_path / "elsewhere" / "store.gpkg"
    backup.restore(made.file, str(restored))
    there = open_store(str(restored), create=False)
    try:
        assert (
            photos.file(there, actor, kept.sha256).read_bytes()
            == photos.file(town.store, actor, kept.sha256).read_bytes()
        )
        assert checking.check(there).faults == ()
    finally:
        there.close()

    base = records.read(town.store, actor, town.data(), "issues", town.issue)
    entry = recycle_bin.delete(town.store, actor, town.data(), base, now=NOW)
    with pytest.raises(errors.NotFound):
        photos.file(town.store, actor, kept.sha256)
    assert retention.run(town.store, NOW).files == 0
    recycle_bin.restore(town.store, actor, town.data(), entry, now=NOW)
    assert photos.file(town.store, actor, kept.sha256).is_file()

    with town.store.write() as session:
        issue = session.get_one(model.Issue, town.issue)
        issue.state, issue.closed_at = model.IssueState.CLOSED, NOW
    report = retention.run(town.store, NOW + dt.timedelta(days=5000))
    assert (report.photos, report.files) == (1, 2)
    assert files(town) == []


def test_photo_of_a_project_tells_no_place_and_goes_for_good(town: Town) -> None:
    by = Writer(store=town.store, actor=town.actor(), data=town.data(), now=NOW)
    project = register_projects.save(
        by, None, None, {"name": "加装坡道"}, year=2026, at=ProjectState.RUNNING, due_on=None, done_on=None
    )
    shot, told = io.BytesIO(), Image.Exif()
    told[0x010F] = "某品牌手机"
    told.get_ifd(0x8825).update({1: "N", 2: (34.0, 15.0, 0.0), 3: "E", 4: (108.0, 55.0, 0.0)})
    Image.new("RGB", (3000, 1500), "blue").save(shot, "JPEG", exif=told)
    assert b"Exif" in shot.getvalue()
    for _ in range(2):
        register_photos.keep(by, project, shot.getvalue(), PhotoStage.BEFORE)
    (kept,) = town.store.frame(model.ProjectPhoto, town.community).itertuples()
    assert (kept.stage, kept.width, kept.height) == (PhotoStage.BEFORE, 2048, 1024)
    content = (folders.photos(town.store) / f"{kept.sha256}.jpg").read_bytes()
    assert not [mark for mark in (b"Exif", "某品牌手机".encode(), b"GPS") if mark in content]
    assert not Image.open(io.BytesIO(content)).getexif()
    for wrong in (b"%PDF-1.7 no photo", b"", shot.getvalue()[:400]):
        with pytest.raises(errors.InputError):
            register_photos.keep(by, project, wrong, PhotoStage.AFTER)
    register_photos.remove(by, int(kept.Index))
    assert files(town) == []
