"""What waits for a person, on the page and in their calendar: theirs, and nothing that tells more than it must."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator

import icalendar
import prepared
import pytest
import record_town
from record_town import NOW, Town

from gridmap import errors, model
from gridmap.access import Actor
from gridmap.model import IssueState, Role
from gridmap.services import calendar_links, issue_reminders
from gridmap.services.issue_reminders import Reminders
from gridmap.store import open_store

SECRET = "张大爷的电话13800000009，住三单元"


@pytest.fixture(scope="module")
def town(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Town]:
    store = open_store(str(prepared.empty(tmp_path_factory.mktemp("reminders") / "store.gpkg")))
    built = record_town.build(store)
    with store.write() as session:
        staff = session.query(model.Staff).one()
        session.get_one(model.Grid, built.west).leader_id = staff.id
        for number, (state, days) in enumerate(
            [("assigned", -1), ("assigned", 1), ("in_progress", 9), ("suspended", -5), ("closed", -9)], 2
        ):
            session.add(
                model.Issue(
                    community_id=1, code=f"2026-{number:04d}", reported_at=NOW, source=model.IssueSource.WALK,
                    category="lighting", text=SECRET, state=IssueState(state), assignee_id=staff.id,
                    grid_id=built.west, building_id=built.buildings[0], due_at=NOW + dt.timedelta(days=days),
                    confidential=days == 9,
                )
            )  # fmt: skip
    yield built
    store.close()


def leader(town: Town) -> tuple[Actor, int]:
    actor = town.actor(Role.GRID_LEADER, town.west)
    with town.store.write() as session:
        account, staff = session.get_one(model.Account, actor.account_id), session.query(model.Staff).one()
        account.staff_id, account.community_id = staff.id, town.community
        return actor, staff.id or 0


def of(town: Town, actor: Actor, staff_id: int | None) -> Reminders:
    return issue_reminders.of(town.data(), actor, staff_id, NOW, "zh")


def codes(found: Reminders) -> list[list[str]]:
    return [[one.code for one in ones] for ones in (found.late, found.soon, found.waiting)]


def test_a_person_is_reminded_of_what_is_theirs(town: Town) -> None:
    assert codes(of(town, *leader(town))) == [["2026-0002"], ["2026-0003"], ["2026-0004", "2026-0001"]]
    assert not of(town, town.actor(Role.GRID_LEADER, town.east), None)


def test_the_secretary_is_reminded_of_all_that_is_overdue(town: Town) -> None:
    assert codes(of(town, town.actor(), None)) == [["2026-0002"], [], []]


def test_the_calendar_is_one_that_programs_read(town: Town) -> None:
    actor, staff_id = leader(town)
    body = calendar_links.feed(town.store, town.data(), actor, staff_id, now=NOW, language="zh")
    lines = body.decode().split("\r\n")
    assert "\n" not in body.decode().replace("\r\n", "")
    assert all(len(line.encode()) <= 75 for line in lines)
    calendar = icalendar.Calendar.from_ical(body)
    events = {str(one["summary"]): one for one in calendar.walk("VEVENT")}
    assert set(events) == {
        "【已超期】路灯照明 · 2026-0002 · 开始办理",
        "路灯照明 · 2026-0003 · 开始办理",
        "路灯照明 · 2026-0004 · 办理完成",
    }
    assert len({str(one["uid"]) for one in events.values()}) == 3
    soon = events["路灯照明 · 2026-0003 · 开始办理"]
    assert soon.decoded("dtstart") == dt.date(2026, 11, 25)
    assert soon.decoded("dtend") == dt.date(2026, 11, 26)
    assert str(soon["location"]) == "甲小区1号楼"
    assert "location" not in events["路灯照明 · 2026-0004 · 办理完成"], "a confidential issue tells no place"
    for told in (SECRET, "张大爷", "13800000009", "138****0009", "模拟员", actor.name):
        assert told not in body.decode()


def test_a_link_is_secret_one_and_can_be_ended(town: Town) -> None:
    actor, staff_id = leader(town)
    community = town.data().community
    first = calendar_links.make(town.store, actor, community, now=NOW)
    second = calendar_links.make(town.store, actor, community, now=NOW)
    link, person, found = calendar_links.open_(town.store, second, address="192.0.2.1", now=NOW)
    assert (link.community_id, person.account_id, found) == (town.community, actor.account_id, staff_id)
    assert second not in link.token_hash
    calendar_links.revoke(town.store, actor, now=NOW)
    for token in (first, second, "none"):
        with pytest.raises(errors.SignInFailed):
            calendar_links.open_(town.store, token, address="192.0.2.1", now=NOW)
    with pytest.raises(errors.NotFound):
        calendar_links.revoke(town.store, actor, now=NOW)


def test_who_may_no_longer_sign_in_has_no_calendar(town: Town) -> None:
    actor, _ = leader(town)
    token = calendar_links.make(town.store, actor, town.data().community, now=NOW)
    with town.store.write() as session:
        session.get_one(model.Account, actor.account_id).active = False
    with pytest.raises(errors.SignInFailed):
        calendar_links.open_(town.store, token, address="192.0.2.2", now=NOW)


def test_who_sees_no_issues_makes_no_link(town: Town) -> None:
    with pytest.raises(errors.Forbidden):
        calendar_links.make(town.store, town.actor(Role.STREET_LEADER), town.data().community, now=NOW)
