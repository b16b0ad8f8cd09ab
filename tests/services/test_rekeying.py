"""A new key for everything, or for nothing: wherever it is interrupted, all that is sealed opens."""

from __future__ import annotations

import datetime as dt
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import prepared
import pytest
import sqlalchemy as sa

from gridmap import errors, model, privacy
from gridmap.model import IssueSource
from gridmap.privacy import Keyring
from gridmap.services import audit, checking, key_file, rekeying
from gridmap.store import Store, open_store, tables
from gridmap.store.parcel import Packed, Parcel

NOW = dt.datetime(2026, 11, 24, 2, 0, tzinfo=dt.UTC)

# Ends itself by SIGKILL at the n-th text, or after the transaction, before the old key is forgotten.
KILLED = """
import os, signal, sys
from gridmap import privacy
from gridmap.services import key_file, rekeying
from gridmap.store import Store, open_store
die_at, address = sys.argv[1:]
store = open_store(address)
done = 0
def counted(ring, sealed, plain=privacy.Keyring.reseal):
    global done
    if die_at == str(done):
        os.kill(os.getpid(), signal.SIGKILL)
    done += 1
    return plain(ring, sealed)
privacy.Keyring.reseal = counted
if die_at == "end":
    Store.leave_no_trace = lambda store: os.kill(os.getpid(), signal.SIGKILL)
rekeying.rekey(store, forget=True)
"""


@pytest.fixture(params=["geopackage", pytest.param("postgis", marks=pytest.mark.postgis)])
def address(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    monkeypatch.setenv("GRIDMAP_KEY_FILE", str(tmp_path / "own" / "gridmap.key"))
    if request.param == "postgis":
        return str(request.getfixturevalue("postgis_database")(with_tables=True))
    return str(prepared.empty(tmp_path / "store.gpkg"))


@pytest.fixture
def store(address: str) -> Iterator[Store]:
    opened = open_store(address)
    fill(opened)
    yield opened
    opened.close()


def fill(store: Store) -> None:
    """Five callers, each changed once, one of them in the bin."""
    with store.write() as session:
        session.add(model.Street(code="1", name="模拟街道"))
        session.flush()
        session.add(model.Community(street_id=1, code="1", name="模拟社区"))
        session.flush()
        ring = key_file.sealing(session).ring
        for i in range(5):
            session.add(
                model.Issue(
                    community_id=1,
                    code=f"X-{i}",
                    reported_at=NOW,
                    source=IssueSource.HOTLINE,
                    category="noise",
                    text="夜间施工",
                    contact_name=ring.seal(f"亥{i}"),
                    contact_phone=ring.seal(f"1380000600{i}"),
                )
            )
        binned = Packed(table="issue", values={"id": 9, "contact_name": ring.seal("亥九")})
        session.add(
            model.BinEntry(
                community_id=1,
                kind="issues",
                number=9,
                title="夜间施工",
                deleted_at=NOW,
                content=Parcel(rows=(binned,), links=()).to_json(),
            )
        )
    with store.write() as session:
        for issue in session.scalars(sa.select(model.Issue)):
            issue.contact_phone = key_file.sealing(session).ring.seal(f"1390000600{issue.id}")


def tokens(store: Store) -> list[str]:
    """Every sealed text of the store, wherever it stands."""
    found: list[str] = []

    def noted(sealed: model.Sealed) -> model.Sealed:
        found.append(sealed)
        return sealed

    with store.write() as session:
        store.reseal(session, noted)
    return found


def opened(store: Store, ring: Keyring) -> list[str]:
    return sorted(ring.open(model.Sealed(token)) for token in tokens(store))


def traces(store: Store) -> list[tuple[int, int]]:
    """Versions of the rows, entries of the history, revision: what a change leaves behind."""
    with store.read() as session:
        issue = tables.of()[model.Issue].c
        versions = [tuple(row) for row in session.execute(sa.select(issue.id, issue.version).order_by(issue.id))]
        history = session.scalar(sa.select(sa.func.count()).select_from(tables.HISTORY)) or 0
    return [*versions, (history, store.revision(1))]


def test_everything_is_sealed_anew_and_nothing_else_changes(store: Store) -> None:
    before = key_file.opening()
    plain, left = opened(store, before.ring), traces(store)
    # Ten in the rows, ten in the history, one in the bin.
    assert len(plain) == 21
    report = rekeying.rekey(store)
    after = key_file.opening()
    assert (report.texts, report.older) == (21, 1)
    assert after.seal[1:] == before.seal
    assert after.digest == before.digest
    assert opened(store, Keyring(after.seal[:1], "new")) == plain
    assert not any(before.ring.opens(model.Sealed(token)) for token in tokens(store))
    assert traces(store) == left
    assert checking.check(store).faults == ()
    assert len(audit.search(store, None, action="rekeyed")) == 1
    with store.write() as session:
        session.get_one(model.Issue, 1).contact_name = key_file.sealing(session).ring.seal("亥甲")
    assert len(traces(store)) == len(left)
    assert traces(store)[0][1] == left[0][1] + 1


def test_old_key_can_be_forgotten(store: Store) -> None:
    before = key_file.opening()
    rekeying.rekey(store)
    assert rekeying.rekey(store, forget=True).older == 0
    assert len(key_file.opening().seal) == 1
    assert key_file.opening().seal[0] not in before.seal
    assert key_file.unopened(store) == 0


def test_wrong_key_changes_nothing(store: Store) -> None:
    held = key_file.path().read_bytes()
    key_file.write(key_file.Keys(path=key_file.path(), seal=(privacy.new_key(),), digest=privacy.new_key()))
    other = key_file.path().read_bytes()
    before = sorted(tokens(store))
    with pytest.raises(errors.StoreError) as refused:
        rekeying.rekey(store)
    assert refused.value.key == "key_wrong"
    assert key_file.path().read_bytes() == other
    assert sorted(tokens(store)) == before
    key_file.path().write_bytes(held)
    assert key_file.unopened(store) == 0


@pytest.mark.parametrize(("die_at", "anew"), [("13", False), ("end", True)])
def test_killed_in_the_middle_it_is_all_old_or_all_new(store: Store, address: str, die_at: str, anew: bool) -> None:
    before = key_file.opening()
    plain = opened(store, before.ring)
    store.close()
    died = subprocess.run(
        [sys.executable, "-c", KILLED, die_at, address], env=dict(os.environ), capture_output=True, text=True
    )
    assert died.returncode == -signal.SIGKILL, died.stderr
    keys = key_file.opening()
    assert keys.seal[1:] == before.seal
    again = open_store(address, create=False)
    try:
        assert opened(again, keys.ring) == plain
        assert {before.ring.opens(model.Sealed(token)) for token in tokens(again)} == {not anew}
        assert checking.check(again).faults == ()
        # Run again, it is done.
        assert rekeying.rekey(again, forget=True).texts == len(plain)
        assert opened(again, Keyring(key_file.opening().seal, "new")) == plain
    finally:
        again.close()


def test_every_sealed_column_is_rewritten() -> None:
    assert {f"{column.table.name}.{column.name}" for column in tables.sealed()} == {
        "staff.phone",
        "issue.contact_name",
        "issue.contact_phone",
        "care_household.name",
        "care_household.phone",
        "resident_group.leader",
        "resident_group.phone",
        "fund_entry.person",
        "team_member.person",
        "team_member.phone",
    }
