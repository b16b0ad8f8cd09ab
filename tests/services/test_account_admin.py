"""What the administrator sees of accounts, and what becomes of them when two administrators are at work."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import argon2
import prepared
import pytest
from account_places import NOON, PASSWORD, Office, furnish

from gridmap import errors, model
from gridmap.model import Role
from gridmap.services import account_admin, accounts, audit, demo_accounts, passwords
from gridmap.store import Store, open_store


@pytest.fixture(autouse=True)
def cheap_hashes(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    cheap = argon2.PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)
    monkeypatch.setattr(passwords, "_hasher", lambda: cheap)
    passwords.nobodys_hash.cache_clear()
    yield
    passwords.nobodys_hash.cache_clear()


@pytest.fixture
def office(store: Store) -> Office:
    return furnish(store)


def standing(office: Office, name: str, now: dt.datetime = NOON) -> account_admin.Standing:
    return next(one for one in account_admin.standings(office.store, None, now) if one.account.name == name)


def test_how_accounts_stand(office: Office) -> None:
    office.account("li")
    office.account("wang")
    assert standing(office, "li").last_sign_in is None
    for minute in (0, 5):
        accounts.sign_in(office.store, "li", PASSWORD, address="", agent="", now=NOON + dt.timedelta(minutes=minute))
    for _ in range(5):
        with pytest.raises(errors.SignInFailed):
            accounts.sign_in(office.store, "wang", "wrong", address="", agent="", now=NOON)
    li, wang = standing(office, "li"), standing(office, "wang")
    assert (li.last_sign_in, li.locked, li.sessions) == (NOON + dt.timedelta(minutes=5), False, 2)
    assert (wang.last_sign_in, wang.locked, wang.sessions) == (None, True, 0)
    assert not standing(office, "wang", NOON + dt.timedelta(minutes=2)).locked
    account_admin.unlock(office.store, None, wang.account.id)
    assert not standing(office, "wang").locked
    assert accounts.sign_in(office.store, "wang", PASSWORD, address="", agent="", now=NOON)


def test_signed_out_by_the_administrator(office: Office) -> None:
    account = office.account("li")
    office.account("wang")
    mine = [accounts.sign_in(office.store, "li", PASSWORD, address="", agent="", now=NOON) for _ in range(2)]
    other = accounts.sign_in(office.store, "wang", PASSWORD, address="", agent="", now=NOON)
    account_admin.sign_out_everywhere(office.store, office.actor(Role.ADMINISTRATOR), account.id)
    assert [accounts.actor(office.store, token, now=NOON) for token in mine] == [None, None]
    assert accounts.actor(office.store, other, now=NOON) is not None
    told = audit.search(office.store, None, action="account_signed_out")
    assert list(told["target"]) == ["li (secretary)"]


def test_two_administrators_at_one_account(office: Office) -> None:
    account = office.account("li")
    account_admin.change(
        office.store, None, account.id, role=Role.DESK, display="李", community_id=office.community,
        version=account.version,
    )  # fmt: skip
    with pytest.raises(errors.Conflict, match="li"):
        account_admin.change(
            office.store, None, account.id, role=Role.STREET_LEADER, street_id=office.street, version=account.version
        )
    kept = accounts.find(office.store, "li")
    assert (kept.role, kept.display, kept.version) == (Role.DESK, "李", account.version + 1)
    account_admin.change(
        office.store, None, account.id, role=Role.STREET_LEADER, street_id=office.street, version=kept.version
    )


def test_last_administrator_stays(office: Office) -> None:
    only = office.account("boss", Role.ADMINISTRATOR)
    with pytest.raises(errors.InputError, match="No administrator"):
        account_admin.deactivate(office.store, None, only.id)
    with pytest.raises(errors.InputError, match="No administrator"):
        account_admin.change(office.store, None, only.id, role=Role.DESK, community_id=office.community)
    second = office.account("boss2", Role.ADMINISTRATOR)
    account_admin.deactivate(office.store, None, only.id)
    with pytest.raises(errors.InputError, match="No administrator"):
        account_admin.deactivate(office.store, None, second.id)


@pytest.mark.parametrize("role", [role for role in Role if role != Role.ADMINISTRATOR])
def test_nobody_else_manages_accounts(office: Office, role: Role) -> None:
    account, by = office.account("li"), office.actor(role)
    assert account.id is not None
    number = account.id
    attempts: list[Callable[[], object]] = [
        lambda: account_admin.create(office.store, by, "x", role=Role.ADMINISTRATOR, password=PASSWORD),
        lambda: account_admin.change(office.store, by, number, role=Role.ADMINISTRATOR),
        lambda: account_admin.set_password(office.store, by, number, PASSWORD),
        lambda: account_admin.deactivate(office.store, by, number),
        lambda: account_admin.activate(office.store, by, number),
        lambda: account_admin.unlock(office.store, by, number),
        lambda: account_admin.sign_out_everywhere(office.store, by, number),
        lambda: account_admin.listed(office.store, by),
        lambda: account_admin.standings(office.store, by, NOON),
    ]
    before = len(audit.search(office.store, None))
    for attempt in attempts:
        with pytest.raises(errors.Forbidden):
            attempt()
    assert len(audit.search(office.store, None)) == before


def test_one_time_password_is_good_enough_and_new_each_time() -> None:
    made = {passwords.one_time() for _ in range(50)}
    assert len(made) == 50
    for one in made:
        passwords.demand(one, "somebody")


def test_who_works_in_grids_has_one_in_the_demo(tmp_path: Path) -> None:
    store = open_store(str(prepared.with_demo(tmp_path / "demo.gpkg", NOON)))
    offered = {account.role: account for account in demo_accounts.offered(store)}
    assert set(offered) == set(accounts.OF_PEOPLE)
    with store.read() as session:
        own = {role: accounts.grids_of(session, offered[role], NOON.date()) for role in accounts.IN_GRIDS}
    assert all(own.values())
    assert own[Role.GRID_LEADER] != own[Role.GRID_WORKER]
    # One from before, who had none, is given one.
    with store.write() as session:
        worker = session.get_one(model.Account, offered[Role.GRID_WORKER].id)
        worker.staff_id = None
    again = {account.role: account for account in demo_accounts.offered(store)}
    assert again[Role.GRID_WORKER].staff_id == offered[Role.GRID_WORKER].staff_id
    assert len(again) == len(offered)
    store.close()


def test_first_administrator_is_made_once(office: Office) -> None:
    with ThreadPoolExecutor(2) as pool:
        made = list(pool.map(lambda name: account_admin.create_first(office.store, name, PASSWORD), ("boss", "boss2")))
    assert made.count(None) == 1
    (only,) = account_admin.listed(office.store, None)
    assert (only.role, only.must_change) == (Role.ADMINISTRATOR, False)
    assert accounts.sign_in(office.store, only.name, PASSWORD, address="", agent="", now=NOON)
    with pytest.raises(errors.InputError):
        account_admin.create_first(office.store, "boss3", "short")
