"""The audit: what is done is noted with it, and nobody takes it back."""

from __future__ import annotations

import datetime as dt
import sqlite3
from contextlib import closing

import pytest
import sqlalchemy as sa
from account_places import NOON, PASSWORD, Office, furnish

from gridmap import errors, i18n, model
from gridmap.model import Role
from gridmap.services import account_admin, accounts, audit
from gridmap.store import Store

HOUR = dt.timedelta(hours=1)


@pytest.fixture
def office(store: Store) -> Office:
    return furnish(store)


def actions(office: Office, **wanted: object) -> list[str]:
    return list(audit.search(office.store, None, **wanted)["action"])  # type: ignore[arg-type]


def test_story_of_an_account(office: Office) -> None:
    store = office.store
    boss = office.account("boss", Role.ADMINISTRATOR)
    token = accounts.sign_in(store, "boss", PASSWORD, address="192.0.2.1", agent="", now=NOON)
    me = accounts.actor(store, token, now=NOON)
    assert me is not None
    made = account_admin.create(store, me, "li", role=Role.DESK, password=PASSWORD, community_id=office.community)
    for name, password in (("li", "wrong"), ("my password by mistake", "x")):
        with pytest.raises(errors.SignInFailed):
            accounts.sign_in(store, name, password, address="192.0.2.9", agent="", now=NOON)
    account_admin.set_password(store, me, made.id, "another horse here")
    account_admin.deactivate(store, me, made.id)
    audit.note(
        store, me, "download_tables", target="楼栋", community_id=office.community, address="192.0.2.1", now=NOON
    )
    accounts.sign_out(store, token)
    table = audit.search(store, me)
    told = table[["action", "account_name", "target", "address"]].iloc[::-1].to_numpy().tolist()
    assert sorted(told) == sorted(
        [
            ["account_made", "", "boss (administrator)", ""],
            ["sign_in", "boss", "", "192.0.2.1"],
            ["account_made", "boss", "li (desk)", ""],
            ["sign_in_failed", "li", "", "192.0.2.9"],
            ["sign_in_failed", "", "", "192.0.2.9"],
            ["password_set", "boss", "li (desk)", ""],
            ["account_deactivated", "boss", "li (desk)", ""],
            ["download_tables", "boss", "楼栋", "192.0.2.1"],
            ["sign_out", "boss", "", ""],
        ]
    )
    assert str(table["at"].dtype).endswith("UTC]")
    assert set(actions(office, account="li")) == {
        "account_made", "sign_in_failed", "password_set", "account_deactivated",
    }  # fmt: skip
    assert actions(office, account="nobody") == []
    assert actions(office, action="download_tables") == ["download_tables"]
    assert len(actions(office, limit=2)) == 2
    with store.read() as session:
        everything = repr([vars(row) for row in session.scalars(sa.select(model.AuditEntry))])
    for secret in (PASSWORD, "another horse here", "my password by mistake", token, boss.password_hash):
        assert secret not in everything


def test_search_by_time_newest_first(office: Office) -> None:
    for n in range(4):
        audit.note(office.store, None, "download_picture", target=str(n), now=NOON + n * HOUR)
    table = audit.search(office.store, None, since=NOON + HOUR, until=NOON + 3 * HOUR)
    assert list(table["target"]) == ["2", "1"]
    assert table["at"].iloc[1].to_pydatetime() == NOON + HOUR
    empty = audit.search(office.store, None, since=NOON + 9 * HOUR)
    assert len(empty) == 0
    assert list(empty.columns) == list(table.columns)
    assert empty.dtypes.to_dict().keys() == table.dtypes.to_dict().keys()


@pytest.mark.parametrize("language", i18n.LANGUAGES)
def test_as_a_person_reads_it(office: Office, language: str) -> None:
    audit.note(office.store, None, "download_tables", community_id=office.community, reason="年报", now=NOON)
    table = audit.worded(audit.search(office.store, None), office.store, language, "Asia/Shanghai")
    row = [str(cell) for cell in table.iloc[0]]
    assert "12:00" in row[0]
    assert {"模拟社区", "年报", i18n.text("audit.download_tables", language)} <= set(row)
    assert table.columns[0] == i18n.text("audit.column.at", language)
    none_left = audit.worded(audit.search(office.store, None, action="sign_in"), office.store, language, "UTC")
    assert list(none_left.columns) == list(table.columns)


def test_what_is_not_kept_is_not_noted(office: Office) -> None:
    def both() -> None:
        with office.store.write() as session:
            audit.record(session, None, "download_tables")
            raise RuntimeError("midway")

    with pytest.raises(RuntimeError, match="midway"):
        both()
    assert actions(office) == []


def test_action_without_a_word_for_it_is_a_fault_of_ours(office: Office) -> None:
    with pytest.raises(ValueError, match=r"audit\.juggle"):
        audit.note(office.store, None, "juggle")


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE audit_entry SET action = 'x'",
        "UPDATE audit_entry SET version = version + 1",
        "DELETE FROM audit_entry",
        "DELETE FROM audit_entry WHERE id = 1",
    ],
)
def test_no_row_is_changed_or_deleted(office: Office, statement: str) -> None:
    audit.note(office.store, None, "download_tables", now=NOON)
    before = audit.search(office.store, None)
    with pytest.raises(sa.exc.DatabaseError, match="only added"), office.store.write() as session:
        session.execute(sa.text(statement))
    with pytest.raises(sa.exc.DatabaseError, match="only added"), office.store.write() as session:
        session.scalars(sa.select(model.AuditEntry)).one().action = "x"
    with pytest.raises(sa.exc.DatabaseError, match="only added"), office.store.write() as session:
        session.delete(session.scalars(sa.select(model.AuditEntry)).one())
    assert audit.search(office.store, None).equals(before)


def test_nor_by_another_program(office: Office) -> None:
    audit.note(office.store, None, "download_tables", now=NOON)
    before = audit.search(office.store, None)
    if office.store.path is None:
        with pytest.raises(sa.exc.DatabaseError, match="only added"), office.store.write() as session:
            session.execute(sa.text("TRUNCATE audit_entry"))
    else:
        with closing(sqlite3.connect(office.store.path)) as raw:
            for statement in (
                "UPDATE audit_entry SET action = 'x'",
                "DELETE FROM audit_entry",
                "INSERT OR REPLACE INTO audit_entry SELECT * FROM audit_entry",
                "REPLACE INTO audit_entry (id, at, action) VALUES (1, '2026-01-01T00:00:00.000Z', 'x')",
            ):
                with pytest.raises(sqlite3.IntegrityError, match="only added"):
                    raw.execute(statement)
    assert audit.search(office.store, None).equals(before)


def test_audit_outlives_what_it_tells_of(office: Office) -> None:
    audit.note(office.store, None, "download_tables", community_id=office.community, now=NOON)
    with office.store.write() as session:
        session.delete(session.get_one(model.Community, office.community))
    table = audit.search(office.store, None)
    assert list(table["community_id"]) == [office.community]
    assert list(audit.worded(table, office.store, "zh", "UTC").iloc[:, 4]) == [""]


def test_an_entry_touches_no_community(office: Office) -> None:
    before = office.store.revision(office.community)
    audit.note(office.store, None, "download_tables", community_id=office.community, now=NOON)
    office.account()
    assert office.store.revision(office.community) == before
