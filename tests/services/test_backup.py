"""A backup is what the store was at one moment, whoever writes meanwhile, and a store made from it is its equal."""

from __future__ import annotations

import contextlib
import datetime as dt
import json
import os
import random
import shutil
import subprocess
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest
import soak_places

from gridmap import errors, model
from gridmap.services import backup, checking, folders, upkeep
from gridmap.settings import Settings
from gridmap.store import Store, open_store, space
from gridmap.store.contents import Digest

_ROUNDS = int(os.environ.get("GRIDMAP_KILL_ROUNDS", "2"))


def _contents(address: str) -> dict[str, Digest]:
    store = open_store(address, create=False)
    try:
        assert checking.check(store).faults == ()
        return soak_places.rows(store)
    finally:
        store.close()


def test_backup_is_whole_and_says_what_is_in_it(store: Store, tmp_path: Path) -> None:
    soak_places.lived_in(store)
    made = backup.make(store, tmp_path / "kept")
    assert made.manifest.tables == soak_places.rows(store)
    assert made.manifest.rows["building"] == 2
    assert made.manifest.rows["history"] == 3
    assert list((tmp_path / "kept").iterdir()) == [made.file]
    assert made.file.stat().st_mode & 0o077 == 0
    with zipfile.ZipFile(made.file) as archive:
        assert json.loads(archive.read("manifest.json"))["format"] == "gridmap-backup"


def test_new_store_is_equal_and_goes_on_numbering(store: Store, tmp_path: Path) -> None:
    community_id = soak_places.lived_in(store)
    before = soak_places.rows(store)
    made = backup.make(store, tmp_path / "kept")
    target = str(tmp_path / "new" / "store.gpkg")
    report = backup.restore(made.file, target)
    assert _contents(target) == before
    assert report.rows == {name: digest.rows for name, digest in before.items()}
    restored = open_store(target)
    added = []
    for one in (store, restored):
        with one.write() as session:
            building = model.Building(community_id=community_id, number="新")
            session.add(building)
        added.append(building.id)
    assert added == [5, 5], "the numbers of rows that are gone are not given again"
    assert restored.revision(community_id) == store.revision(community_id)
    restored.close()


@pytest.mark.postgis
def test_from_file_to_postgis_and_back(file_store: Store, postgis_address: str, tmp_path: Path) -> None:
    community_id = soak_places.lived_in(file_store)
    before = soak_places.rows(file_store)
    first = backup.make(file_store, tmp_path / "kept")
    backup.restore(first.file, postgis_address)
    assert _contents(postgis_address) == before
    server = open_store(postgis_address)
    second = backup.make(server, tmp_path / "kept")
    backup.restore(second.file, str(tmp_path / "back.gpkg"))
    assert _contents(str(tmp_path / "back.gpkg")) == before
    # Numbers and triggers work on the server as they did in the file.
    with server.write() as session:
        building = model.Building(community_id=community_id, number="新")
        session.add(building)
    assert building.id == 5
    assert server.revision(community_id) == file_store.revision(community_id) + 1
    server.close()


def test_backup_while_another_process_writes(store: Store, address: str, tmp_path: Path) -> None:
    community_id = soak_places.lived_in(store)
    made = []
    with soak_places.writer(address, community_id, "w") as writing:
        assert writing.stdout is not None
        for _ in range(2):
            acknowledged = {writing.stdout.readline().strip() for _ in range(20)} - {"household"}
            made.append((backup.make(store, tmp_path / "kept"), acknowledged))
        writing.kill()
        writing.communicate()
    counted = []
    for number, (one, acknowledged) in enumerate(made):
        target = tmp_path / f"{number}.gpkg"
        backup.restore(one.file, str(target))
        assert _contents(str(target)) == dict(one.manifest.tables)
        restored = open_store(str(target))
        codes = set(restored.frame(model.Issue, community_id)["code"])
        restored.close()
        assert acknowledged <= codes
        assert one.manifest.rows["issue_event"] == len(codes) - len(soak_places.FLAWED), "no change is halved"
        counted.append(len(codes))
    assert counted == sorted(set(counted)), "the writer went on between the backups"


@pytest.mark.parametrize("part", ["store", "manifest", "added", "end"])
def test_tampered_backup_is_refused(file_store: Store, tmp_path: Path, part: str) -> None:
    soak_places.lived_in(file_store)
    made = backup.make(file_store, tmp_path / "kept").file
    if part == "end":
        made.write_bytes(made.read_bytes()[:-200])
    else:
        with zipfile.ZipFile(made) as archive:
            inside = {name: archive.read(name) for name in archive.namelist()}
        if part == "store":
            inside["store.gpkg"] = inside["store.gpkg"].replace("模拟社区".encode(), "篡改社区".encode())
        elif part == "manifest":
            told = json.loads(inside["manifest.json"])
            told["tables"]["building"]["rows"] += 1
            inside["manifest.json"] = json.dumps(told).encode()
        else:
            inside["photos/../../evil"] = b"x"
        with zipfile.ZipFile(made, "w") as archive:
            for name, content in inside.items():
                archive.writestr(name, content)
    target = tmp_path / "new.gpkg"
    with pytest.raises(errors.InputError) as caught:
        backup.restore(made, str(target))
    assert caught.value.key == ("backup_not_ours" if part == "end" else "backup_damaged")
    assert not target.exists()
    assert sorted(p.name for p in tmp_path.iterdir()) == ["kept", "store.gpkg", "store.gpkg-shm", "store.gpkg-wal"]


def test_nothing_is_replaced_unasked(store: Store, address: str, tmp_path: Path) -> None:
    community_id = soak_places.lived_in(store)
    made = backup.make(store, tmp_path / "kept")
    with store.write() as session:
        session.add(model.Building(community_id=community_id, number="later"))
    later = soak_places.rows(store)
    with pytest.raises(errors.InputError) as caught:
        backup.restore(made.file, address)
    assert caught.value.key == "restore_target_exists"
    assert soak_places.rows(store) == later


@pytest.fixture
def data_folder(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "data"))
    return tmp_path / "data"


def test_replacing_keeps_a_backup_and_those_who_have_it_open_see_it(
    store: Store, address: str, tmp_path: Path, data_folder: Path
) -> None:
    community_id = soak_places.lived_in(store)
    made = backup.make(store, tmp_path / "kept")
    before = soak_places.rows(store)
    with store.write() as session:
        session.add(model.Building(community_id=community_id, number="later"))
    later = soak_places.rows(store)
    report = backup.restore(made.file, address, replace=True)
    assert soak_places.rows(store) == before
    assert checking.check(store).faults == ()
    assert report.replaced is not None
    backup.restore(report.replaced, str(tmp_path / "later.gpkg"))
    assert _contents(str(tmp_path / "later.gpkg")) == later
    with store.write() as session:
        session.add(model.Building(community_id=community_id, number="after"))


def test_broken_store_is_set_aside(tmp_path: Path) -> None:
    path = tmp_path / "store.gpkg"
    store = open_store(str(path))
    soak_places.lived_in(store)
    before = soak_places.rows(store)
    made = backup.make(store)
    store.close()
    broken = path.read_bytes()[: path.stat().st_size // 2]
    path.write_bytes(broken)
    report = backup.restore(made.file, str(path), replace=True)
    assert report.replaced is None
    assert report.aside is not None
    assert report.aside.read_bytes() == broken
    assert _contents(str(path)) == before


def test_another_programs_file_is_never_replaced(file_store: Store, tmp_path: Path) -> None:
    made = backup.make(file_store)
    other = tmp_path / "important.gpkg"
    other.write_text("my only copy")
    with pytest.raises(errors.StoreError) as caught:
        backup.restore(made.file, str(other), replace=True)
    assert caught.value.key == "store_not_ours"
    assert other.read_text() == "my only copy"


def test_photos_go_along(file_store: Store, tmp_path: Path) -> None:
    photos = folders.photos(file_store)
    photos.mkdir()
    (photos / "aa.jpg").write_bytes(b"picture")
    made = backup.make(file_store)
    assert made.photos == 1
    backup.restore(made.file, str(tmp_path / "new" / "house.gpkg"))
    assert (tmp_path / "new" / "house-photos" / "aa.jpg").read_bytes() == b"picture"


def test_rotation_removes_only_older_backups_of_this_store(file_store: Store, tmp_path: Path) -> None:
    kept = tmp_path / "kept"
    other = open_store(str(tmp_path / "other.gpkg"))
    foreign = backup.make(other, kept).file
    other.close()
    (kept / "store-20200101-000000-000.zip").write_text("no backup")
    (kept / "notes.txt").write_text("mine")
    made = [backup.make(file_store, kept, keep=2) for _ in range(4)]
    assert [one.removed for one in made] == [(), (), (made[0].file,), (made[1].file,)]
    left = {path.name for path in kept.iterdir()}
    names = {made[2].file.name, made[3].file.name, foreign.name, "store-20200101-000000-000.zip", "notes.txt"}
    assert left == names
    with pytest.raises(errors.InputError):
        backup.make(file_store, kept, keep=0)
    assert {path.name for path in kept.iterdir()} == names


def test_damaged_store_gives_no_backup_and_costs_none(file_store: Store, tmp_path: Path) -> None:
    soak_places.lived_in(file_store)
    good = backup.make(file_store, tmp_path / "kept", keep=1).file
    file_store.close()
    assert file_store.path is not None
    with file_store.path.open("r+b") as file:
        file.seek(60 * 4096)
        file.write(b"\xff" * 30 * 4096)
    with pytest.raises(errors.StoreError):
        backup.make(file_store, tmp_path / "kept", keep=1)
    assert list((tmp_path / "kept").iterdir()) == [good]


# Killed at random points.


def test_killed_writers_lose_nothing_they_acknowledged(store: Store, address: str) -> None:
    community_id = soak_places.lived_in(store)
    acknowledged: set[str] = set()
    dice = random.Random(20261124)
    for number in range(_ROUNDS):
        with soak_places.writer(address, community_id, f"k{number}") as writing:
            assert writing.stdout is not None
            assert writing.stderr is not None
            said = [writing.stdout.readline() for _ in range(dice.randint(1, 30))]
            # Somewhere in the next few writes.
            with contextlib.suppress(subprocess.TimeoutExpired):
                writing.wait(dice.random() / 20)
            writing.kill()
            # Not communicate(): it passes over what readline() has fetched ahead.
            rest, complaint = writing.stdout.read(), writing.stderr.read()
        assert complaint == ""
        # A last line without its end was not yet said.
        lines = ("".join(said) + rest).split("\n")[:-1]
        acknowledged |= {line for line in lines if line != "household"}
        lost = acknowledged - set(store.frame(model.Issue, community_id)["code"])
        assert lost == set()
        assert checking.check(store).faults == ()
    print(f"{_ROUNDS} rounds, {len(acknowledged)} acknowledged writes, 0 lost")
    with store.read() as session:
        issues = session.query(model.Issue).count()
        events = session.query(model.IssueEvent).count()
    assert issues - len(soak_places.FLAWED) == events
    assert issues - len(soak_places.FLAWED) - len(acknowledged) <= _ROUNDS, "at most one unsaid write a round"


# A disk that fills up.


def test_writing_stops_before_the_disk_is_full(
    file_store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    community_id = soak_places.lived_in(file_store)
    care = upkeep.Upkeep(file_store, None)
    before = soak_places.rows(file_store)
    assert care.warnings("en") == []
    monkeypatch.setattr(space, "free_bytes", lambda folder: 399_000_000)
    assert "399 MB" in care.warnings("en")[0]
    assert "200 MB" in care.warnings("zh")[0]
    with file_store.write() as session:
        session.add(model.Building(community_id=community_id, number="still"))
    monkeypatch.setattr(space, "free_bytes", lambda folder: 199_000_000)
    with pytest.raises(errors.StoreError) as caught, file_store.write():
        pytest.fail("the block is not even begun")
    assert caught.value.sentence("en").startswith("Only 199 MB are free")
    with pytest.raises(errors.StoreError) as caught:
        backup.make(file_store)
    assert caught.value.key == "store_low_space"
    assert soak_places.rows(file_store).keys() == before.keys()


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    folder = tmp_path / "disk"
    folder.mkdir()
    if os.geteuid() != 0 or shutil.which("mount") is None:
        pytest.skip("only root can mount a small disk")
    done = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=4m", "tmpfs", str(folder)], capture_output=True, text=True, check=False
    )
    if done.returncode:
        pytest.skip(f"no small disk can be mounted here: {done.stderr.strip()}")
    yield folder
    subprocess.run(["umount", str(folder)], check=True)


def test_full_disk_is_told_and_costs_nothing(small_disk: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(space, "floor_bytes", lambda: 0)
    store = open_store(str(small_disk / "store.gpkg"))
    try:
        community_id = soak_places.lived_in(store)
        kept = 0

        def fill() -> None:
            nonlocal kept
            for kept in range(2000):
                with store.write() as session:
                    session.add(
                        model.Issue(
                            community_id=community_id,
                            code=f"full-{kept}",
                            reported_at=soak_places.NOON,
                            source=model.IssueSource.WALK,
                            category="noise",
                            text="满" * 4000,
                        )
                    )

        with pytest.raises(errors.StoreError) as caught:
            fill()
        assert caught.value.key == "store_full"
        assert "disk is full" in str(caught.value)
        assert len(store.frame(model.Issue, community_id)) == kept + len(soak_places.FLAWED)
        assert checking.check(store).faults == ()
        with pytest.raises(errors.StoreError) as told:
            backup.make(store)
        assert told.value.key in ("store_low_space", "store_full")
        assert not list(small_disk.glob("backups/*"))
        # With its real floor, the store would have stopped long before.
        monkeypatch.undo()
        with pytest.raises(errors.StoreError) as early, store.write():
            pytest.fail("the block is not even begun")
        assert early.value.key == "store_low_space"
    finally:
        store.close()


# While the app runs.


def test_daily_backup(file_store: Store, tmp_path: Path) -> None:
    care = upkeep.Upkeep(file_store, tmp_path / "kept")
    now = dt.datetime.now(dt.UTC)
    first = care.look(now)
    assert first is not None
    assert care.look(now + dt.timedelta(hours=23)) is None
    assert upkeep.Upkeep(file_store, tmp_path / "kept").look(now) is None, "another process has made it"
    assert care.look(now + dt.timedelta(hours=25)) is not None
    assert not list((tmp_path / "kept").glob(".*"))


def test_two_processes_do_not_back_up_at_once(file_store: Store, tmp_path: Path) -> None:
    kept = tmp_path / "kept"
    kept.mkdir()
    lock = kept / ".gridmap-backup.lock"
    lock.touch()
    care = upkeep.Upkeep(file_store, kept)
    now = dt.datetime.now(dt.UTC)
    assert care.look(now) is None
    assert care.warnings("en") == []
    assert lock.exists()
    # A lock left by a killed process does not hold for ever.
    os.utime(lock, (0, 0))
    assert care.look(now) is not None
    assert not lock.exists()


def test_failing_backup_is_logged_and_told(file_store: Store, tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    kept = tmp_path / "kept"
    kept.write_text("a file where the folder should be")
    care = upkeep.Upkeep(file_store, kept)
    now = dt.datetime.now(dt.UTC)
    assert care.look(now) is None
    assert "failed" in caplog.text
    assert str(kept) in care.warnings("en")[0]
    assert str(kept) in care.warnings("zh")[0]
    kept.unlink()
    assert care.look(now) is not None
    assert care.warnings("en") == []


def test_where_the_app_puts_its_backups(file_store: Store, tmp_path: Path) -> None:
    def chosen(**options: object) -> Path | None:
        return upkeep.chosen_folder(file_store, Settings(store="x.gpkg", **options))  # type: ignore[arg-type]

    assert chosen() == tmp_path / "backups"
    assert chosen(backups=str(tmp_path / "else")) == tmp_path / "else"
    assert chosen(backups="off") is None
    assert chosen(demo=True) is None
