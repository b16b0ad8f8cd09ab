"""Accounts, signing in and the sessions that come of it."""

from __future__ import annotations

import datetime as dt
import gzip
import hashlib
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import argon2
import prepared
import pytest
import sqlalchemy as sa
from account_places import NOON, PASSWORD, Office, furnish

from gridmap import access, errors, i18n, model, settings
from gridmap.model import Role
from gridmap.services import account_admin, accounts, audit, demo, demo_accounts, passwords
from gridmap.store import Store, migrations, open_store, tables

MINUTE = dt.timedelta(minutes=1)


@pytest.fixture(autouse=True)
def cheap_hashes(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Hashes that cost next to nothing, except where a test measures them."""
    if "real_hashes" not in request.fixturenames:
        cheap = argon2.PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)
        monkeypatch.setattr(passwords, "_hasher", lambda: cheap)
    passwords.nobodys_hash.cache_clear()
    yield
    passwords.nobodys_hash.cache_clear()


@pytest.fixture
def real_hashes() -> None:
    """Ask for hashes as they really are."""


@pytest.fixture
def office(store: Store) -> Office:
    return furnish(store)


@pytest.fixture
def file_office(tmp_path: Path) -> Iterator[Office]:
    store = open_store(str(prepared.empty(tmp_path / "store.gpkg")))
    yield furnish(store)
    store.close()


def sign_in(office: Office, name: str = "li", password: str = PASSWORD, *, at=NOON, address="192.0.2.1") -> str:
    return accounts.sign_in(office.store, name, password, address=address, agent="Firefox", now=at)


def fail(office: Office, name: str = "li", *, at=NOON, address="192.0.2.1") -> int | None:
    """Fail to sign in; return how long one has to wait, or None if the try was heard."""
    try:
        sign_in(office, name, "wrong password", at=at, address=address)
    except errors.SignInFailed:
        return None
    except errors.TooManyTries as refused:
        return refused.retry_after_s
    raise AssertionError("signed in")


def test_sign_in_gives_a_session_until_sign_out(office: Office) -> None:
    assert accounts.none(office.store)
    account = office.account()
    assert not accounts.none(office.store)
    first, second = sign_in(office, " Ｌi "), sign_in(office)
    assert first != second
    assert len(first) >= 43
    who = accounts.actor(office.store, first, now=NOON)
    assert who is not None
    assert (who.account_id, who.name, who.role, who.community_id) == (
        account.id,
        "li",
        Role.SECRETARY,
        office.community,
    )
    assert accounts.actor(office.store, first[:-1], now=NOON) is None
    assert accounts.actor(office.store, "", now=NOON) is None
    accounts.sign_out(office.store, first)
    accounts.sign_out(office.store, first)
    assert accounts.actor(office.store, first, now=NOON) is None
    assert accounts.actor(office.store, second, now=NOON) is not None


def test_sign_out_everywhere_ends_ones_own_sessions_only(office: Office) -> None:
    account = office.account()
    office.account("wang")
    mine, other = [sign_in(office), sign_in(office)], sign_in(office, "wang")
    accounts.sign_out_everywhere(office.store, account.id)
    assert [accounts.actor(office.store, token, now=NOON) for token in mine] == [None, None]
    assert accounts.actor(office.store, other, now=NOON) is not None


def test_session_ends_when_idle_and_in_any_case_after_a_week(office: Office) -> None:
    office.account()
    token = sign_in(office)
    idle, absolute = dt.timedelta(hours=12), dt.timedelta(days=7)
    assert accounts.actor(office.store, token, now=NOON + idle) is None
    at = NOON
    while at + idle - MINUTE < NOON + absolute:
        at += idle - MINUTE
        assert accounts.actor(office.store, token, now=at) is not None
    assert accounts.actor(office.store, token, now=NOON + absolute - dt.timedelta(seconds=1)) is not None
    assert accounts.actor(office.store, token, now=NOON + absolute) is None


def test_last_look_is_written_at_most_once_a_minute(office: Office) -> None:
    office.account()
    token = sign_in(office)
    seen = []
    for seconds in (30, 59, 60, 90, 121):
        accounts.actor(office.store, token, now=NOON + dt.timedelta(seconds=seconds))
        with office.store.read() as session:
            row = session.scalars(sa.select(model.Session)).one()
            seen.append((row.seen_at - NOON).total_seconds())
    assert seen == [0, 0, 60, 60, 121]


def test_what_a_page_asks_by_itself_keeps_no_session(office: Office) -> None:
    office.account()
    token, idle = sign_in(office), dt.timedelta(hours=12)
    for hours in range(1, 12):
        assert accounts.actor(office.store, token, now=NOON + dt.timedelta(hours=hours), present=False) is not None
    assert accounts.actor(office.store, token, now=NOON + idle, present=False) is None


def test_look_up_does_not_wait_for_somebody_who_writes(file_office: Office) -> None:
    file_office.account()
    token = sign_in(file_office)
    begun, done = threading.Event(), threading.Event()

    def write() -> None:
        with file_office.store.write():
            begun.set()
            done.wait(20)

    with ThreadPoolExecutor() as pool:
        writing = pool.submit(write)
        assert begun.wait(20)
        assert accounts.actor(file_office.store, token, now=NOON + 5 * MINUTE) is not None
        done.set()
        writing.result()


def test_expired_sessions_are_cleared_away(office: Office) -> None:
    office.account()
    sign_in(office)
    sign_in(office, at=NOON + dt.timedelta(days=8))
    with office.store.read() as session:
        assert len(session.scalars(sa.select(model.Session)).all()) == 1


def test_unknown_name_wrong_password_and_inactive_account_are_answered_alike(office: Office) -> None:
    gone = office.account("gone")
    office.account()
    office.account("boss", Role.ADMINISTRATOR)
    account_admin.deactivate(office.store, None, gone.id)
    said = set()
    for name, password in (
        ("nobody", PASSWORD),
        ("li", "wrong password"),
        ("gone", PASSWORD),
        ("", ""),
        ("li\0", "x"),
        ("li\ud800", "\ud800"),
        ("x" * 999, "x"),
    ):
        with pytest.raises(errors.SignInFailed) as failed:
            sign_in(office, name, password, address="")
        said.add(str(failed.value))
    assert len(said) == 1


def test_unknown_name_costs_the_same_work_as_a_wrong_password(
    file_office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    hashed = file_office.account().password_hash
    compared: list[str] = []
    real = passwords.matches
    monkeypatch.setattr(passwords, "matches", lambda kept, typed: (compared.append(kept), real(kept, typed))[1])
    for name in ("li", "nobody"):
        fail(file_office, name, address="")
    assert len(compared) == 2
    assert compared[0] == hashed
    parameters = [argon2.extract_parameters(one) for one in compared]
    assert parameters[0] == parameters[1]


def test_lock_out_by_name_grows_and_is_forgotten(office: Office) -> None:
    office.account()
    at = NOON
    # From ever new addresses: it is the name that is locked.
    sources = (f"192.0.2.{n}" for n in range(1, 99))
    assert [fail(office, at=at, address=next(sources)) for _ in range(5)] == [None] * 5
    for wait in (60, 120, 240, 480, 900, 900):
        assert fail(office, at=at, address=next(sources)) == wait
        assert fail(office, at=at + dt.timedelta(seconds=wait - 1), address=next(sources)) == 1
        with pytest.raises(errors.TooManyTries):
            sign_in(office, at=at, address=next(sources))
        at += dt.timedelta(seconds=wait)
        assert fail(office, at=at, address=next(sources)) is None
    assert sign_in(office, at=at + dt.timedelta(minutes=15), address=next(sources))
    assert [fail(office, at=at + dt.timedelta(minutes=15), address=next(sources)) for _ in range(5)] == [None] * 5


def test_lock_out_by_address_and_the_name_of_nobody(office: Office) -> None:
    office.account()
    assert [fail(office, f"name{n}") for n in range(5)] == [None] * 5
    assert fail(office, "name9") == 60
    with pytest.raises(errors.TooManyTries) as refused:
        sign_in(office)
    assert "1 minute," in refused.value.sentence("en")
    assert "1 分钟" in refused.value.sentence("zh")
    assert sign_in(office, address="192.0.2.2")
    # The names that nobody has are locked like any other.
    for _ in range(4):
        fail(office, "name1", address="")
    assert fail(office, "name1", address="") == 60
    assert sign_in(office, at=NOON + dt.timedelta(days=1))


def test_many_tries_at_once_gain_nothing(office: Office) -> None:
    office.account()
    with ThreadPoolExecutor(12) as pool:
        answers = list(pool.map(lambda _: fail(office), range(12)))
    assert answers.count(None) == 5


def test_neither_token_nor_password_is_in_the_store(file_office: Office, tmp_path: Path) -> None:
    account = file_office.account()
    token = sign_in(file_office)
    with pytest.raises(errors.SignInFailed):
        sign_in(file_office, "my password by mistake", "x", address="")
    account_admin.set_password(file_office.store, None, account.id, "another horse here")
    file_office.store.snapshot(tmp_path / "copy.gpkg")
    kept = (tmp_path / "copy.gpkg").read_bytes()
    assert account.name.encode() in kept
    for secret in (token, PASSWORD, "another horse here", "my password by mistake"):
        assert secret.encode() not in kept
        assert secret.encode("utf-16-le") not in kept
    token = sign_in(file_office, password="another horse here")
    file_office.store.snapshot(tmp_path / "later.gpkg")
    later = (tmp_path / "later.gpkg").read_bytes()
    assert token.encode() not in later
    assert hashlib.sha256(token.encode()).hexdigest().encode() in later


def test_hash_is_made_anew_when_its_parameters_change(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    office.account()
    dearer = argon2.PasswordHasher(time_cost=2, memory_cost=16, parallelism=1)
    monkeypatch.setattr(passwords, "_hasher", lambda: dearer)
    sign_in(office)
    assert "m=16,t=2" in accounts.find(office.store, "li").password_hash
    assert sign_in(office)


@pytest.mark.usefixtures("real_hashes")
def test_hashes_are_argon2id_with_64_mib() -> None:
    assert passwords.hash_of(PASSWORD).startswith("$argon2id$v=19$m=65536,t=3,")


def test_inactive_account_is_out_at_once(office: Office) -> None:
    account = office.account()
    office.account("boss", Role.ADMINISTRATOR)
    token = sign_in(office)
    account_admin.deactivate(office.store, None, account.id)
    assert accounts.actor(office.store, token, now=NOON) is None
    account_admin.activate(office.store, None, account.id)
    assert accounts.actor(office.store, token, now=NOON) is None
    assert sign_in(office)


def test_change_of_role_counts_at_the_next_look(office: Office) -> None:
    account = office.account()
    office.account("boss", Role.ADMINISTRATOR)
    token = sign_in(office)
    account_admin.change(
        office.store, None, account.id, role=Role.GRID_LEADER, community_id=office.community, staff_id=office.leader
    )
    who = accounts.actor(office.store, token, now=NOON)
    assert who is not None
    assert (who.role, who.grid_ids) == (Role.GRID_LEADER, frozenset({office.led}))


def test_new_worker_has_no_grids(office: Office) -> None:
    office.account("new", Role.GRID_WORKER)
    who = accounts.actor(office.store, sign_in(office, "new"), now=NOON)
    assert who is not None
    assert who.grid_ids == frozenset()


def test_own_password_ends_all_sessions(office: Office) -> None:
    office.account()
    token = sign_in(office)
    who = accounts.actor(office.store, token, now=NOON)
    assert who is not None
    change = {"address": "192.0.2.1", "now": NOON}
    with pytest.raises(errors.SignInFailed):
        accounts.change_password(office.store, who, "not the old one", "another horse here", **change)
    with pytest.raises(errors.InputError, match="present"):
        accounts.change_password(office.store, who, PASSWORD, PASSWORD, **change)
    accounts.change_password(office.store, who, PASSWORD, "another horse here", **change)
    assert accounts.actor(office.store, token, now=NOON) is None
    with pytest.raises(errors.SignInFailed):
        sign_in(office)
    assert sign_in(office, password="another horse here")


def test_present_password_cannot_be_guessed_by_changing_it(office: Office) -> None:
    office.account()
    who = accounts.actor(office.store, sign_in(office), now=NOON)
    assert who is not None
    for expected in [errors.SignInFailed] * 5 + [errors.TooManyTries]:
        with pytest.raises(expected):
            accounts.change_password(office.store, who, "wrong", "another horse here", address="", now=NOON)


@pytest.mark.parametrize(
    "password",
    ["short", "九个字的密码太短了", "wang.xiaoer", "WANG.xiaoer", "wang.xiaoer2026!", "1234567890", "Password123",
     "qwertyuiop", "woaini1314", "1qaz2wsx3edc", "aaaaaaaaaaaa", "ababababababab", "x" * 201],
)  # fmt: skip
def test_password_that_is_easily_guessed(file_office: Office, password: str) -> None:
    with pytest.raises(errors.InputError) as refused:
        account_admin.create(file_office.store, None, "wang.xiaoer", role=Role.ADMINISTRATOR, password=password)
    assert refused.value.sentence("zh")
    assert accounts.none(file_office.store)


def test_password_with_letters_written_in_two_ways(file_office: Office) -> None:
    account_admin.create(file_office.store, None, "a", role=Role.ADMINISTRATOR, password="cafe\u0301 hinterm haus")
    assert sign_in(file_office, "A", "caf\u00e9 hinterm haus")


@pytest.mark.parametrize(
    ("name", "role", "place", "key"),
    [
        ("", Role.ADMINISTRATOR, {}, "account_name"),
        ("a b", Role.ADMINISTRATOR, {}, "account_name"),
        ("<b>", Role.ADMINISTRATOR, {}, "account_name"),
        ("x" * 41, Role.ADMINISTRATOR, {}, "account_name"),
        ("LI", Role.ADMINISTRATOR, {}, "account_taken"),
        ("new", Role.SECRETARY, {}, "account_needs_community"),
        ("new", Role.STREET_LEADER, {}, "account_needs_street"),
        ("new", Role.ADMINISTRATOR, {"community_id": 1}, "account_no_community"),
        ("new", Role.DESK, {"community_id": 1, "street_id": 1}, "account_no_street"),
        ("new", Role.DESK, {"community_id": 1, "staff_id": 99}, "account_staff"),
    ],
)
def test_account_that_does_not_fit_together(file_office: Office, name, role, place, key) -> None:
    file_office.account()
    with pytest.raises(errors.InputError) as refused:
        account_admin.create(file_office.store, None, name, role=role, password=PASSWORD, **place)
    assert refused.value.key == key
    assert refused.value.sentence("en")
    assert refused.value.sentence("zh")


def test_last_administrator_stays(office: Office) -> None:
    boss = office.account("boss", Role.ADMINISTRATOR)
    with pytest.raises(errors.InputError) as refused:
        account_admin.deactivate(office.store, None, boss.id)
    assert refused.value.key == "account_last_administrator"
    with pytest.raises(errors.InputError):
        account_admin.change(office.store, None, boss.id, role=Role.DESK, community_id=office.community)
    office.account("second", Role.ADMINISTRATOR)
    account_admin.deactivate(office.store, None, boss.id)
    assert [(a.name, a.active) for a in account_admin.listed(office.store, None)] == [("boss", False), ("second", True)]


@pytest.mark.parametrize("role", accounts.OF_PEOPLE)
def test_who_may_manage_accounts(file_office: Office, role: Role) -> None:
    office = file_office
    office.account("boss", Role.ADMINISTRATOR)
    other = office.account("other", Role.DESK)
    office.account("me", role)
    me = accounts.actor(office.store, sign_in(office, "me"), now=NOON)
    assert me is not None
    wishes = [
        lambda: account_admin.listed(office.store, me),
        lambda: account_admin.create(office.store, me, "new", role=Role.ADMINISTRATOR, password=PASSWORD),
        lambda: account_admin.change(office.store, me, other.id, role=Role.DESK, community_id=office.community),
        lambda: account_admin.set_password(office.store, me, other.id, "another horse here"),
        lambda: account_admin.deactivate(office.store, me, other.id),
        lambda: account_admin.activate(office.store, me, other.id),
        lambda: audit.search(office.store, me),
    ]
    for wish in wishes:
        if role == Role.ADMINISTRATOR:
            wish()
        else:
            with pytest.raises(errors.Forbidden):
                wish()


def test_demo_has_an_account_per_role(tmp_path: Path) -> None:
    store = open_store(str(tmp_path / "demo.gpkg"))
    assert demo_accounts.offered(store) == []
    demo.fill(store, NOON)
    offered = demo_accounts.offered(store)
    assert [account.role for account in offered] == list(accounts.OF_PEOPLE)
    assert [account.id for account in demo_accounts.offered(store)] == [account.id for account in offered]
    actors = {}
    for account in offered:
        token = accounts.sign_in(store, account.name, accounts.DEMO_PASSWORD, address="", agent="", now=NOON)
        actors[account.role] = accounts.actor(store, token, now=NOON)
    leader, street = actors[Role.GRID_LEADER], actors[Role.STREET_LEADER]
    assert leader is not None
    assert street is not None
    assert len(leader.grid_ids) == 1
    assert street.street_id is not None
    with pytest.raises(errors.Forbidden):
        accounts.change_password(store, leader, accounts.DEMO_PASSWORD, "another horse here", address="", now=NOON)
    for change in (
        lambda: account_admin.deactivate(store, actors[Role.ADMINISTRATOR], leader.account_id),
        lambda: account_admin.set_password(store, None, leader.account_id, "another horse here"),
    ):
        with pytest.raises(errors.Forbidden, match="demo"):
            change()
    # A real community moves in: what everybody knows opens nothing any more.
    furnish(store, synthetic=False)
    assert demo_accounts.offered(store) == []
    assert accounts.actor(store, token, now=NOON) is None
    with pytest.raises(errors.SignInFailed):
        accounts.sign_in(store, "demo-desk", accounts.DEMO_PASSWORD, address="", agent="", now=NOON)
    store.close()


def test_rules_are_the_operators_not_a_communitys() -> None:
    assert set(settings.defaults()["accounts"]) == {
        "idle_min", "absolute_h", "tries", "lock_s", "longest_lock_s", "password_min_length",
    }  # fmt: skip


def test_store_from_before_accounts_keeps_its_data(address: str) -> None:
    since = (model.Account, model.Session, model.AuditEntry, model.SignInTry, model.Leave, model.ViewLink)
    new = {tables.name(cls) for cls in (*since, model.BinEntry, model.Draft)}
    # Whatever has come since and points at an account.
    new |= {
        one.name for one in tables.of().values() if any(key.column.table.name == "account" for key in one.foreign_keys)
    }
    store = open_store(address)
    office = furnish(store)
    revision = store.revision(office.community)
    _forget_accounts(store, new)
    store.close()
    store = open_store(address)
    assert store.revision(office.community) == revision
    assert store.community(office.community).name == "模拟社区"
    assert len(store.frame(model.Grid, office.community)) == 3
    again = Office(store, office.street, office.community, office.leader, office.led)
    again.account()
    assert accounts.actor(store, sign_in(again), now=NOON) is not None
    _demand_append_only(store)
    if store.path is not None:
        with store.read() as session:
            listed = set(
                session.scalars(sa.text("SELECT table_name FROM gpkg_contents WHERE data_type = 'attributes'"))
            )
        assert new <= listed
    store.close()


def test_file_made_by_the_first_release_is_brought_up_to_date(tmp_path: Path) -> None:
    path = tmp_path / "old.gpkg"
    kept = Path(__file__).parents[1] / "store" / "before_accounts.gpkg.gz"
    path.write_bytes(gzip.decompress(kept.read_bytes()))
    store = open_store(str(path), create=False)
    community = store.communities()[0]
    assert list(store.frame(model.Building, community.id)["number"]) == ["1号楼"]
    assert store.revision(community.id) == 3
    assert accounts.none(store)
    account_admin.create(store, None, "boss", role=Role.ADMINISTRATOR, password=PASSWORD)
    _demand_append_only(store)
    store.close()


def _forget_accounts(store: Store, new: set[str]) -> None:
    """Make of today's store one as the first migration alone left it."""
    with store.write() as session:
        connection = session.connection()
        for name in sorted(new, key=lambda name: name == "account"):
            connection.exec_driver_sql(f"DROP TABLE {name}")
            if store.path is not None:
                connection.exec_driver_sql("DELETE FROM gpkg_contents WHERE table_name = ?", (name,))
        first = migrations.MIGRATIONS[0][0]
        connection.execute(sa.delete(tables.MIGRATION).where(tables.MIGRATION.c.name != first))


def _demand_append_only(store: Store) -> None:
    for statement in ("UPDATE audit_entry SET action = 'x'", "DELETE FROM audit_entry"):
        with pytest.raises(sa.exc.DatabaseError, match="only added"), store.write() as session:
            session.execute(sa.text(statement))


def test_every_sentence_has_both_languages() -> None:
    for role in Role:
        assert i18n.text(f"role.{role.value}", "zh") != i18n.text(f"role.{role.value}", "en")
    for action in access.Action:
        assert i18n.text(f"action.{action.value}", "zh") != i18n.text(f"action.{action.value}", "en")
