"""Leave: the two of a pair are never away together, and whoever is there has the other's grids meanwhile."""

from __future__ import annotations

import datetime as dt
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from zoneinfo import ZoneInfo

import pytest
import sqlalchemy as sa
from account_places import Office, furnish
from hypothesis import given
from hypothesis import strategies as st

from gridmap import access, errors, i18n, model
from gridmap.model import Role
from gridmap.services import accounts, audit, leave
from gridmap.store import Store

DAY = dt.timedelta(days=1)
MONDAY = dt.date(2026, 11, 23)


@dataclass(frozen=True)
class Pair:
    """Two of a pair; A leads the grid ``grids[0]``, B ``grids[1]``, and each has a session."""

    office: Office
    a: int
    b: int
    grids: tuple[int, int]
    tokens: tuple[str, str]
    by: access.Actor

    def add(self, staff_id: int, first: dt.date, last: dt.date) -> model.Leave:
        return leave.add(self.office.store, self.by, staff_id, first, last)

    def grids_of(self, who: int, now: dt.datetime) -> set[int]:
        actor = accounts.actor(self.office.store, self.tokens[who], now=now)
        assert actor is not None
        return set(actor.grid_ids)


@pytest.fixture
def pair(store: Store) -> Pair:
    office = furnish(store)
    begun = dt.datetime(2026, 1, 1, tzinfo=dt.UTC)
    with store.write() as session:
        other = model.Staff(
            community_id=office.community,
            name="乙二",
            post=model.PostKind.GRID_WORKER,
            ab="B",
            partner_id=office.leader,
        )
        session.add(other)
        session.flush()
        # Only one of the two rows says who belongs together.
        second = session.scalars(sa.select(model.Grid).filter_by(code="2")).one()
        second.leader_id = other.id
        tokens = []
        for staff_id, name in ((office.leader, "a"), (other.id, "b")):
            account = model.Account(
                name=name, display="", role=Role.GRID_WORKER, password_hash="", community_id=office.community,
                staff_id=staff_id,
            )  # fmt: skip
            session.add(account)
            session.flush()
            tokens.append(accounts.begin(session, account, agent="", now=begun))
        # Sessions that outlast what the tests look at.
        for row in session.scalars(sa.select(model.Session)):
            row.expires_at = row.seen_at = begun + dt.timedelta(days=3650)
        made = (office.led, second.id)
        b = other.id
    secretary = office.actor(Role.SECRETARY)
    return Pair(office, office.leader, b, made, (tokens[0], tokens[1]), secretary)


def at(day: dt.date, hour: int, minute: int = 0, second: int = 0, zone: str = "Asia/Shanghai") -> dt.datetime:
    return dt.datetime(day.year, day.month, day.day, hour, minute, second, tzinfo=ZoneInfo(zone)).astimezone(dt.UTC)


def test_grids_of_the_one_who_is_away_are_the_others_from_the_first_midnight_to_the_last(pair: Pair) -> None:
    a, b = pair.grids
    pair.add(pair.a, MONDAY, MONDAY + DAY)
    last = MONDAY + DAY
    for moment, own in (
        (at(MONDAY - DAY, 23, 59, 59), {b}),
        (at(MONDAY, 0), {a, b}),
        (at(MONDAY, 12), {a, b}),
        (at(last, 23, 59, 59), {a, b}),
        (at(last + DAY, 0), {b}),
    ):
        assert pair.grids_of(1, moment) == own, moment
        assert pair.grids_of(0, moment) == {a}


def test_day_is_that_of_the_office(pair: Pair, monkeypatch: pytest.MonkeyPatch) -> None:
    a, b = pair.grids
    pair.add(pair.a, MONDAY, MONDAY)
    noon_utc = dt.datetime(2026, 11, 22, 16, 0, tzinfo=dt.UTC)  # midnight in Shanghai, morning in New York
    assert pair.grids_of(1, noon_utc) == {a, b}
    monkeypatch.setenv("GRIDMAP_TIME_ZONE", "America/New_York")
    assert pair.grids_of(1, noon_utc) == {b}
    assert pair.grids_of(1, at(MONDAY, 0, zone="America/New_York")) == {a, b}


def test_who_is_there_stands_in_whichever_of_the_two_is_away(pair: Pair) -> None:
    a, b = pair.grids
    pair.add(pair.b, MONDAY, MONDAY)
    assert pair.grids_of(0, at(MONDAY, 12)) == {a, b}
    assert pair.grids_of(1, at(MONDAY, 12)) == {b}


def test_changed_and_removed_leave_counts_at_once(pair: Pair) -> None:
    a, b = pair.grids
    store = pair.office.store
    kept = pair.add(pair.a, MONDAY, MONDAY + 4 * DAY)
    wednesday = at(MONDAY + 2 * DAY, 9)
    assert pair.grids_of(1, wednesday) == {a, b}
    kept = leave.change(store, pair.by, kept.id, MONDAY, MONDAY + DAY, note="", version=kept.version)
    assert pair.grids_of(1, wednesday) == {b}
    assert pair.grids_of(1, at(MONDAY + DAY, 9)) == {a, b}
    leave.remove(store, pair.by, kept.id)
    assert pair.grids_of(1, at(MONDAY + DAY, 9)) == {b}
    with pytest.raises(errors.NotFound):
        leave.remove(store, pair.by, kept.id)
    told = list(audit.search(store, None)["action"])
    assert sorted(told) == ["leave_added", "leave_changed", "leave_removed"]


def test_pair_is_never_away_together(pair: Pair) -> None:
    first, last = MONDAY, MONDAY + 2 * DAY
    pair.add(pair.a, first, last)
    for begin, end in ((first, first), (last, last + DAY), (first - DAY, first), (first - DAY, last + DAY)):
        with pytest.raises(errors.InputError) as refused:
            pair.add(pair.b, begin, end)
        for language in i18n.LANGUAGES:
            assert all(name in refused.value.sentence(language) for name in ("乙一", "乙二"))
        with pytest.raises(errors.InputError, match="already on leave"):
            pair.add(pair.a, begin, end)
    pair.add(pair.b, last + DAY, last + DAY)
    later = pair.add(pair.b, first - DAY, first - DAY)
    with pytest.raises(errors.InputError, match="A/B pair"):
        leave.change(pair.office.store, pair.by, later.id, first - DAY, first, note="", version=later.version)
    # One's own old days are no hindrance.
    leave.change(pair.office.store, pair.by, later.id, first - 2 * DAY, first - DAY, note="", version=later.version)


def test_both_entered_at_once_are_not_both_kept(pair: Pair) -> None:
    def enter(staff_id: int) -> bool:
        try:
            pair.add(staff_id, MONDAY, MONDAY)
        except errors.InputError:
            return False
        return True

    with ThreadPoolExecutor(2) as pool:
        assert sorted(pool.map(enter, (pair.a, pair.b))) == [False, True]


def test_days_that_cannot_be(pair: Pair) -> None:
    with pytest.raises(errors.InputError, match="before the first"):
        pair.add(pair.a, MONDAY, MONDAY - DAY)
    with pytest.raises(errors.InputError, match="366"):
        pair.add(pair.a, MONDAY, MONDAY + 366 * DAY)
    pair.add(pair.a, MONDAY, MONDAY + 365 * DAY)
    with pytest.raises(errors.NotFound):
        pair.add(10**6, MONDAY, MONDAY)


def test_somebody_else_changed_it_meanwhile(pair: Pair) -> None:
    store = pair.office.store
    kept = pair.add(pair.a, MONDAY, MONDAY)
    leave.change(store, pair.by, kept.id, MONDAY, MONDAY + DAY, note="", version=kept.version)
    with pytest.raises(errors.Conflict):
        leave.change(store, pair.by, kept.id, MONDAY, MONDAY + 5 * DAY, note="", version=kept.version)
    assert leave.listed(store, pair.by, pair.office.community, since=MONDAY)[0].to_day == MONDAY + DAY


@pytest.mark.parametrize("role", list(Role))
def test_role_and_place(pair: Pair, role: Role) -> None:
    office = pair.office
    here = office.actor(role)
    kept = pair.add(pair.a, MONDAY, MONDAY)
    allowed = role in (Role.ADMINISTRATOR, Role.SECRETARY)
    attempts = (
        lambda by: leave.add(office.store, by, pair.b, MONDAY + DAY, MONDAY + DAY),
        lambda by: leave.change(office.store, by, kept.id, MONDAY, MONDAY, version=kept.version),
        lambda by: leave.listed(office.store, by, office.community, since=MONDAY),
        lambda by: leave.remove(office.store, by, kept.id),
    )
    elsewhere = office.actor(role, community=office.community + 1) if role != Role.ADMINISTRATOR else None
    for attempt in attempts:
        for actor in filter(None, (elsewhere, None if allowed else here)):
            with pytest.raises(errors.Forbidden):
                attempt(actor)
        if allowed:
            attempt(here)


def test_over_leave_is_listed_no_longer(pair: Pair) -> None:
    pair.add(pair.a, MONDAY, MONDAY)
    pair.add(pair.b, MONDAY + DAY, MONDAY + DAY)
    rows = leave.listed(pair.office.store, pair.by, pair.office.community, since=MONDAY + DAY)
    assert [row.staff_id for row in rows] == [pair.b]


@given(
    first=st.dates(dt.date(2026, 1, 1), dt.date(2027, 12, 31)),
    days=st.integers(0, 400),
    zone=st.sampled_from(["Asia/Shanghai", "America/New_York", "Pacific/Kiritimati", "Asia/Kathmandu", "UTC"]),
    moment=st.datetimes(dt.datetime(2026, 1, 1), dt.datetime(2028, 12, 31), timezones=st.just(dt.UTC)),
)
def test_a_moment_belongs_to_the_days_of_its_own_zone(first, days, zone, moment) -> None:
    with pytest.MonkeyPatch.context() as patched:
        patched.setenv("GRIDMAP_TIME_ZONE", zone)
        day = accounts.day_of(moment)
    begin = dt.datetime.combine(first, dt.time(0), tzinfo=ZoneInfo(zone))
    end = dt.datetime.combine(first + (days + 1) * DAY, dt.time(0), tzinfo=ZoneInfo(zone))
    assert (first <= day <= first + days * DAY) == (begin <= moment < end)
