"""Links of presentations: one community to look at, for a time, for whoever holds one."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import pytest
from account_places import NOON, PASSWORD, Office, furnish

from gridmap import access, errors, model
from gridmap.access import Action
from gridmap.model import Role
from gridmap.services import account_admin, accounts, audit, view_links
from gridmap.services.sight import Sight
from gridmap.store import Store

HOUR = dt.timedelta(hours=1)


@pytest.fixture
def office(store: Store) -> Office:
    return furnish(store)


def make(office: Office, hours: int = 24, note: str = "区里来人") -> tuple[model.ViewLink, str]:
    return view_links.make(
        office.store, office.actor(Role.SECRETARY), office.community, hours=hours, note=note, now=NOON
    )


def open_(office: Office, token: str, at: dt.datetime = NOON, address: str = "192.0.2.1") -> str:
    return view_links.open_(office.store, token, address=address, agent="Firefox", now=at)


def test_whoever_holds_it_sees_the_map_and_the_figures_only(office: Office) -> None:
    _, token = make(office)
    who = accounts.actor(office.store, open_(office, token), now=NOON)
    assert who is not None
    assert (who.role, who.community_id, who.display) == (Role.VIEWER, office.community, "区里来人")
    assert who.until == NOON + 24 * HOUR
    seen = Sight.of(who, office.store.community(office.community))
    assert (seen.figures, seen.tables, seen.picture) == (None, False, False)
    assert seen.buildings == seen.issues == seen.staff == frozenset()
    assert not any(seen.layer(name) for name in ("issues", "walks", "stops"))
    place = {"street_id": office.street, "community_id": office.community, "grid_id": office.led}
    allowed = {action for action in Action if access.decide(who, action, **place).allowed}
    assert allowed == {Action.SEE_MAP, Action.SEE_FIGURES}


def test_session_ends_with_the_link_however_late_it_was_opened(office: Office) -> None:
    _, token = make(office, hours=3)
    begun = open_(office, token, NOON + 2 * HOUR)
    second = dt.timedelta(seconds=1)
    assert accounts.actor(office.store, begun, now=NOON + 3 * HOUR - second) is not None
    assert accounts.actor(office.store, begun, now=NOON + 3 * HOUR) is None
    with pytest.raises(errors.SignInFailed):
        open_(office, token, NOON + 3 * HOUR)


def test_withdrawn_at_once(office: Office) -> None:
    link, token = make(office)
    _, other = make(office)
    begun, others = [open_(office, token), open_(office, token)], open_(office, other)
    view_links.withdraw(office.store, office.actor(Role.SECRETARY), link.id)
    assert [accounts.actor(office.store, one, now=NOON) for one in begun] == [None, None]
    assert accounts.actor(office.store, others, now=NOON) is not None
    with pytest.raises(errors.SignInFailed):
        open_(office, token)
    view_links.withdraw(office.store, office.actor(Role.ADMINISTRATOR), link.id)
    with pytest.raises(errors.NotFound):
        view_links.withdraw(office.store, office.actor(Role.ADMINISTRATOR), 10**6)


def test_listed_with_its_uses(office: Office) -> None:
    first, token = make(office, note="一")
    make(office, hours=1, note="二")
    gone, _ = make(office, note="三")
    view_links.withdraw(office.store, office.actor(Role.SECRETARY), gone.id)
    for hour in (1, 2):
        open_(office, token, NOON + hour * HOUR)
    there = view_links.listed(office.store, office.actor(Role.SECRETARY), office.community, NOON + 2 * HOUR)
    assert {one.link.note: (one.state, one.link.uses) for one in there} == {
        "一": ("open", 2), "二": ("over", 0), "三": ("withdrawn", 0),
    }  # fmt: skip
    assert next(one.link.used_at for one in there if one.link.id == first.id) == NOON + 2 * HOUR
    told = audit.search(office.store, None, action="view_opened")
    assert list(told["address"]) == ["192.0.2.1"] * 2


def test_guesses_are_locked_out(office: Office) -> None:
    _, token = make(office)
    for n in range(5):
        with pytest.raises(errors.SignInFailed):
            open_(office, f"guess{n}")
    with pytest.raises(errors.TooManyTries):
        open_(office, "guess9")
    with pytest.raises(errors.TooManyTries):
        open_(office, token)
    # Others are not kept out by it, and opening it often is no guess.
    for _ in range(8):
        open_(office, token, address="192.0.2.2")


def test_token_is_in_the_store_as_a_digest_only(office: Office, tmp_path: Path) -> None:
    _, token = make(office)
    begun = open_(office, token)
    office.store.snapshot(tmp_path / "copy.gpkg")
    kept = (tmp_path / "copy.gpkg").read_bytes()
    assert accounts.token_hash(token).encode() in kept
    assert token.encode() not in kept
    assert begun.encode() not in kept


@pytest.mark.parametrize("hours", [0, -1, 169])
def test_holds_from_an_hour_to_a_week(office: Office, hours: int) -> None:
    with pytest.raises(errors.InputError, match="168"):
        make(office, hours)
    make(office, 168)


@pytest.mark.parametrize("role", list(Role))
def test_role_and_place(office: Office, role: Role) -> None:
    here = office.actor(role)
    link, _ = make(office)
    attempts = (
        lambda by: view_links.make(office.store, by, office.community, hours=1, now=NOON),
        lambda by: view_links.listed(office.store, by, office.community, NOON),
        lambda by: view_links.withdraw(office.store, by, link.id),
    )
    allowed = role in (Role.ADMINISTRATOR, Role.SECRETARY)
    elsewhere = office.actor(role, community=office.community + 1) if role != Role.ADMINISTRATOR else None
    for attempt in attempts:
        for actor in filter(None, (elsewhere, None if allowed else here)):
            with pytest.raises(errors.Forbidden):
                attempt(actor)
        if allowed:
            attempt(here)


def test_its_account_is_nobodys(office: Office) -> None:
    _, token = make(office)
    who = accounts.actor(office.store, open_(office, token), now=NOON)
    assert who is not None
    with pytest.raises(errors.SignInFailed):
        accounts.sign_in(office.store, who.name, "", address="", agent="", now=NOON)
    with pytest.raises(errors.Forbidden):
        accounts.change_password(office.store, who, "", PASSWORD, address="", now=NOON)
    assert account_admin.listed(office.store, None) == []
    for attempt in (account_admin.deactivate, account_admin.activate, account_admin.unlock):
        with pytest.raises(errors.NotFound):
            attempt(office.store, None, who.account_id)
    with pytest.raises(errors.NotFound):
        account_admin.set_password(office.store, None, who.account_id, PASSWORD)
    with pytest.raises(errors.InputError, match="presentation"):
        account_admin.create(
            office.store, None, "v", role=Role.VIEWER, password=PASSWORD, community_id=office.community
        )
