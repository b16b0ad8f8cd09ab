"""What was kept for its time is gone: from the row, its history, the files, and the bytes of the database."""

from __future__ import annotations

import datetime as dt
import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import prepared
import pytest
import sqlalchemy as sa

from gridmap import errors, i18n, model
from gridmap.model import IssueSource, IssueState
from gridmap.services import audit, checking, folders, key_file, retention, upkeep
from gridmap.store import Store, open_store, tables

NOW = dt.datetime(2026, 11, 24, 2, 0, tzinfo=dt.UTC)
KEPT, GONE = "13800005550", "13800005551"
NAME = "亥癸"


@pytest.fixture
def store(store: Store) -> Store:
    fill(store)
    return store


@pytest.fixture
def file_store(tmp_path: Path) -> Iterator[Store]:
    opened = open_store(str(prepared.empty(tmp_path / "store.gpkg")))
    fill(opened)
    yield opened
    opened.close()


def days_ago(days: int) -> dt.datetime:
    return NOW - dt.timedelta(days=days)


def fill(store: Store) -> None:
    """Issues closed long ago and of late, each changed once, and households whose visits have ended or go on."""
    with store.write() as session:
        session.add(model.Street(code="1", name="模拟街道"))
        session.flush()
        session.add(model.Community(street_id=1, code="1", name="模拟社区", synthetic=True))
        session.flush()
        session.add(model.Building(community_id=1, number="1号楼"))
        session.flush()
        ring = key_file.sealing(session).ring
        for i in range(40):
            old = i % 2 == 0
            phone = GONE if old else KEPT
            session.add(
                model.Issue(
                    community_id=1,
                    code=f"X-{i}",
                    reported_at=days_ago(500),
                    source=IssueSource.HOTLINE,
                    category="noise",
                    text=f"{NAME}反映夜间施工，请回电{phone}，第 {i} 次" + "，说明" * 40,
                    state=IssueState.CLOSED,
                    closed_at=days_ago(400 if old else 100),
                    contact_name=ring.seal(NAME),
                    contact_phone=ring.seal(phone),
                )
            )
        session.flush()
        for i in range(1, 41):
            phone = GONE if i % 2 else KEPT
            session.add(
                model.IssueEvent(
                    community_id=1, issue_id=i, at=days_ago(450), to_state=IssueState.DONE, note=f"已回电 {phone}"
                )
            )
        session.add(model.CareHousehold(community_id=1, building_id=1, unit="9单元9901", need="meals"))
        session.add(
            model.CareHousehold(
                community_id=1,
                building_id=1,
                unit="8单元8801",
                need="meals",
                ended_on=days_ago(200).date(),
                name=ring.seal(NAME),
                phone=ring.seal(GONE),
            )
        )
        member = model.Staff(community_id=1, name="乙一", post=model.PostKind.GRID_WORKER)
        session.add(member)
        session.flush()
        for days, note in ((370, "去年请假"), (360, "今年请假")):
            day = days_ago(days).date()
            session.add(model.Leave(community_id=1, staff_id=member.id, from_day=day, to_day=day, note=note))
        walk = model.Walk(community_id=1, day=days_ago(31).date())
        session.add(walk)
        session.flush()
        for days in (31, 29):
            at, place = days_ago(days), f"[[108.9{days}, 34.2, 0]]"
            session.add(model.WalkTrack(community_id=1, walk_id=walk.id, begun_at=at, ended_at=at, content=place))
    with store.write() as session:
        for track in session.scalars(sa.select(model.WalkTrack)):
            track.walk_m += 1
        for leave in session.scalars(sa.select(model.Leave)):
            leave.from_day -= dt.timedelta(days=1)
        for issue in session.scalars(sa.select(model.Issue)):
            issue.text += "。"
        for event in session.scalars(sa.select(model.IssueEvent)):
            event.note += "。"
        for household in session.scalars(sa.select(model.CareHousehold)):
            household.interval_days = 14


def held(store: Store) -> str:
    """All rows and all history as text."""
    with store.read() as session:
        rows = [
            str(tuple(row))
            for table in (*tables.of().values(), tables.HISTORY)
            for row in session.execute(sa.select(*(c for c in table.c if c.name not in ("geom", "geometry"))))
        ]
    return "\n".join(rows)


def sealed_of(store: Store) -> list[str]:
    """The sealed texts of what is due."""
    with store.read() as session:
        issues = session.scalars(sa.select(model.Issue)).all()
        care = session.scalars(sa.select(model.CareHousehold)).all()
        return [text for row in issues if row.id % 2 for text in (row.contact_name, row.contact_phone)] + [
            text for row in care if row.ended_on for text in (row.name, row.phone)
        ]


def test_what_is_due_goes_and_the_rest_stays(store: Store) -> None:
    due = sealed_of(store)
    before = held(store)
    assert before.count(GONE) == 80
    assert "8单元8801" in before
    revision = store.revision(1)
    report = retention.run(store, NOW)
    after = held(store)
    counts = report.counts
    # Each due issue and its event once as they were before this, and as often as they were changed just now.
    assert counts.pop("history") >= 20 * 2 * 2 + 1
    assert counts == {
        "contacts": 20,
        "texts": 40,
        "care": 1,
        "leave": 1,
        "photos": 0,
        "files": 0,
        "fund": 0,
        "imports": 0,
        "tracks": 1,
        "sessions": 0,
        "tries": 0,
    }
    assert GONE not in after
    assert not any(text in after for text in due)
    assert "8单元8801" not in after
    assert "去年请假" not in after
    assert after.count("今年请假") == before.count("今年请假") == 2
    assert after.count(KEPT) == before.count(KEPT) == 80
    assert "9单元9901" in after
    assert store.revision(1) > revision
    assert checking.check(store).faults == ()
    with store.read() as session:
        first = session.get_one(model.Issue, 1)
        assert first.text.startswith("亥**反映夜间施工，请回电138****5551")
        assert key_file.opening().ring.open(session.get_one(model.Issue, 2).contact_name) == NAME


def test_second_run_finds_nothing_left(store: Store) -> None:
    retention.run(store, NOW)
    again = retention.run(store, NOW + dt.timedelta(hours=1))
    assert set(again.counts.values()) == {0}


def test_rehearsal_counts_the_same_and_changes_nothing(file_store: Store) -> None:
    before = held(file_store)
    rehearsed = retention.run(file_store, NOW, dry_run=True)
    assert rehearsed.rehearsed
    assert held(file_store) == before
    assert retention.run(file_store, NOW).counts == rehearsed.counts


def test_bytes_are_gone_from_the_file_and_its_log(file_store: Store) -> None:
    due = [text.encode() for text in sealed_of(file_store)]
    path = file_store.path
    assert path is not None
    wanted = [GONE.encode(), "8单元8801".encode(), *due]
    assert all(mark in _raw(path) for mark in wanted)
    assert retention.run(file_store, NOW).settled
    raw = _raw(path)
    assert KEPT.encode() in raw
    assert [mark for mark in wanted if mark in raw] == []


def test_somebody_reading_keeps_the_log_until_the_next_run(file_store: Store) -> None:
    patient = open_store(str(file_store.path), patience_s=0.2)
    with file_store.read() as session:
        session.scalars(sa.select(model.Issue)).first()
        assert not retention.run(patient, NOW).settled
    assert retention.run(patient, NOW).settled
    patient.close()
    assert file_store.path is not None
    assert GONE.encode() not in _raw(file_store.path)


def test_audit_says_how_much_and_names_nobody(file_store: Store) -> None:
    retention.run(file_store, NOW)
    entry = audit.search(file_store, None, action="retention_done").iloc[0]
    assert "诉求人 20" in entry["target"]
    assert NAME not in str(tuple(entry))
    assert "138" not in str(tuple(entry))


def test_rows_deleted_elsewhere_leave_the_history_after_their_time(file_store: Store) -> None:
    with file_store.write() as session:
        session.delete(session.get_one(model.CareHousehold, 1))
        session.delete(session.get_one(model.Issue, 2))
    later = dt.datetime.now(dt.UTC)
    retention.run(file_store, later + dt.timedelta(days=1))
    assert "9单元9901" in held(file_store)
    retention.run(file_store, later + dt.timedelta(days=31))
    left = held(file_store)
    assert "9单元9901" not in left
    with file_store.read() as session:
        olds = session.scalars(
            sa.select(tables.HISTORY.c.old).where(tables.HISTORY.c.table_name == "issue", tables.HISTORY.c.row_id == 2)
        ).all()
    assert olds
    assert all(json.loads(old)["contact_phone"] == "" and KEPT not in old for old in olds)


def test_photos_go_with_their_files_and_small_pictures_but_not_those_another_needs(file_store: Store) -> None:
    folder = folders.photos(file_store)
    folder.mkdir()
    names = {"a" * 64: 1, "b" * 64: 2, "c" * 64: 1}
    with file_store.write() as session:
        for sha, issue in [*names.items(), ("c" * 64, 2)]:
            session.add(model.Photo(community_id=1, issue_id=issue, sha256=sha, media_type="image/jpeg"))
        # One of each: closed long ago, closed of late.
        session.get_one(model.Issue, 1).closed_at = days_ago(2000)
    for sha in names:
        (folder / f"{sha}.jpg").write_bytes(b"large")
        (folder / f"{sha}-small.jpg").write_bytes(b"small")
    (folder / "nobodys.txt").write_bytes(b"x")
    report = retention.run(file_store, NOW)
    assert (report.photos, report.files) == (2, 2)
    assert {path.name[:1] for path in folders.files(folder)} == {"b", "c", "n"}
    with file_store.read() as session:
        assert {photo.sha256[0] for photo in session.scalars(sa.select(model.Photo))} == {"b", "c"}


def test_sessions_that_are_over_and_old_tries_go(file_store: Store) -> None:
    with file_store.write() as session:
        session.add(model.Account(name="a", display="", role=model.Role.DESK, password_hash="", community_id=1))
        session.flush()
        for token, hours in (("x", -1), ("y", 1)):
            until = NOW + dt.timedelta(hours=hours)
            session.add(model.Session(account_id=1, token_hash=token, created_at=NOW, seen_at=NOW, expires_at=until))
            session.add(model.SignInTry(name=token, address="", at=NOW - dt.timedelta(days=2 if hours < 0 else 0)))
    report = retention.run(file_store, NOW)
    assert (report.sessions, report.tries) == (1, 1)
    with file_store.read() as session:
        assert [row.token_hash for row in session.scalars(sa.select(model.Session))] == ["y"]


def test_lost_key_keeps_nothing_from_being_deleted(
    file_store: Store, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("GRIDMAP_KEY_FILE", str(tmp_path / "none.key"))
    assert retention.run(file_store, NOW).contacts == 20


def test_app_does_it_once_a_day_and_says_when_it_cannot(
    file_store: Store, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    care = upkeep.Upkeep(file_store, None)
    care.retain(NOW)
    care.retain(NOW + dt.timedelta(hours=23))
    assert len(audit.search(file_store, None, action="retention_done")) == 1
    broken = tmp_path / "broken.key"
    broken.write_text("nonsense", encoding="utf-8")
    broken.chmod(0o600)
    monkeypatch.setenv("GRIDMAP_KEY_FILE", str(broken))
    care.retain(NOW + dt.timedelta(hours=25))
    (said,) = care.warnings("zh")
    assert said == i18n.text(
        "upkeep.retention_failed",
        "zh",
        reason=errors.StoreError("key_unreadable", file=str(broken)).sentence("zh").rstrip("。"),
    )
    monkeypatch.undo()
    care.retain(NOW + dt.timedelta(hours=25))
    assert care.warnings("zh") == []


def _raw(path: Path) -> bytes:
    """The bytes of a live store and its log, read by another process: no second handle may be opened in this one."""
    script = "import sys, pathlib; sys.stdout.buffer.write(pathlib.Path(sys.argv[1]).read_bytes())"
    files = [file for file in (path, path.with_name(f"{path.name}-wal")) if file.exists()]
    read = [
        subprocess.run([sys.executable, "-S", "-c", script, file], check=True, capture_output=True) for file in files
    ]
    return b"".join(one.stdout for one in read)


def test_persons_of_the_fund_and_what_undoes_an_import_go_after_their_time(file_store: Store) -> None:
    with file_store.write() as session:
        ring = key_file.sealing(session).ring
        for days, name in ((1100, NAME), (900, "癸五")):
            session.add(
                model.FundEntry(
                    community_id=1,
                    day=days_ago(days).date(),
                    kind=model.FundKind.GIFT,
                    amount_yuan=1.0,
                    person=ring.seal(name),
                )
            )
        for days in (31, 29):
            session.add(
                model.ImportRun(
                    community_id=1, kind="issues", file="x.csv", at=days_ago(days), content=f'["{GONE}", {days}]'
                )
            )
    with file_store.write() as session:
        for entry in session.scalars(sa.select(model.FundEntry)):
            entry.purpose = "慰问"
        for run in session.scalars(sa.select(model.ImportRun)):
            run.rows = 1
        old = session.scalars(sa.select(model.FundEntry.person).order_by(model.FundEntry.id)).first()
    report = retention.run(file_store, NOW)
    assert (report.fund, report.imports) == (1, 1)
    left = held(file_store)
    assert old not in left
    assert f'"{GONE}", 31' not in left.replace("\\", "")
    with file_store.read() as session:
        persons = session.scalars(sa.select(model.FundEntry.person).order_by(model.FundEntry.id)).all()
        assert [key_file.opening().ring.open(person) for person in persons] == ["", "癸五"]
        assert [bool(run.content) for run in session.scalars(sa.select(model.ImportRun))] == [False, True]


def test_flat_somebody_called_from_goes_with_the_caller(file_store: Store) -> None:
    with file_store.write() as session:
        for number, address in ((1, "七号院7单元7701"), (2, "六号院6单元6601")):
            issue = session.get_one(model.Issue, number)
            issue.order_number, issue.address = f"XA{number}", address
            issue.handling = f"已回电{NAME}"
    retention.run(file_store, NOW)
    left = held(file_store)
    assert "7701" not in left
    assert left.count("六号院6单元6601") == 1
    with file_store.read() as session:
        assert session.get_one(model.Issue, 1).handling == "已回电亥**"


def test_what_hangs_on_an_issue_forgets_the_caller_too(file_store: Store) -> None:
    with file_store.write() as session:
        for number, phone in ((1, GONE), (2, KEPT)):
            session.get_one(model.Issue, number).caller_digest = f"digest-{number}"
            said = {"community_id": 1, "issue_id": number}
            session.add(model.IssueVoice(**said, at=days_ago(450), source=IssueSource.HOTLINE, text=f"又来电 {phone}"))
            session.add(model.IssueCall(**said, department="urban", called_at=days_ago(450), answer=f"已联系 {phone}"))
        # Folded into one that was closed long ago, and itself never closed.
        double = session.get_one(model.Issue, 4)
        double.closed_at, double.state, double.merged_into_id, double.caller_digest = (
            None,
            IssueState.DONE,
            1,
            "digest-4",
        )
    with file_store.write() as session:
        for number in (1, 2, 4):
            session.get_one(model.Issue, number).note = "改过一次"
    retention.run(file_store, NOW)
    told = held(file_store)
    assert GONE not in told
    assert f"又来电 {KEPT}" in told
    assert "digest-1" not in told
    assert "digest-4" not in told, "a double goes with the issue it was folded into"
    assert "digest-2" in told
