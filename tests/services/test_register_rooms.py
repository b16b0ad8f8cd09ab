"""A room is never had twice: not by two at once, not beside what takes place every week."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from zoneinfo import ZoneInfo

import pytest
import record_town
from hypothesis import given, settings
from hypothesis import strategies as st
from record_town import NOW, Town

from gridmap import errors, model
from gridmap.model import Role
from gridmap.services import recycle_bin, register_bin, register_rooms
from gridmap.services.register_rooms import Slot, Taken
from gridmap.services.register_writing import Writer
from gridmap.store import open_store

ZONE = "Asia/Shanghai"
HERE = ZoneInfo(ZONE)
DAY = dt.date(2026, 12, 1)  # a Tuesday
NINE, TEN, ELEVEN, NOON = (dt.time(hour) for hour in (9, 10, 11, 12))


@pytest.fixture(params=["geopackage", pytest.param("postgis", marks=pytest.mark.postgis)])
def town(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Town]:
    file = tmp_path_factory.mktemp("rooms") / "store.gpkg"
    store = open_store(request.getfixturevalue("postgis_database")() if request.param == "postgis" else str(file))
    yield record_town.build(store)
    store.close()


def writer(town: Town, role: Role = Role.SECRETARY, *grids: int) -> Writer:
    return Writer(store=town.store, actor=town.actor(role, *grids), data=town.data(), now=NOW)


def book(by: Writer, point: int, begin: dt.time, end: dt.time, who: str = "", day: dt.date = DAY) -> int:
    return register_rooms.book(by, point, day, begin, end, purpose="座谈", group=None, holder=who, zone=ZONE)


def test_of_two_at_once_one_wins_and_the_other_is_told_who_and_what_is_free(town: Town) -> None:
    people = [f"甲{n}" for n in range(6)]
    writers = [writer(town) for _ in people]
    start = Barrier(len(people))

    def attempt(n: int) -> str | Taken:
        start.wait()
        try:
            book(writers[n], town.point, NINE, ELEVEN, people[n])
        except Taken as taken:
            return taken
        return people[n]

    with ThreadPoolExecutor(len(people)) as pool:
        answers = list(pool.map(attempt, range(len(people))))
    (won,) = [one for one in answers if isinstance(one, str)]
    lost = [one for one in answers if isinstance(one, Taken)]
    assert len(lost) == len(people) - 1
    for one in lost:
        assert won in one.sentence("zh")
        assert "09:00-11:00" in one.sentence("zh")
        assert "11:00-22:00" in one.sentence("en")
    assert len(town.store.frame(model.RoomBooking, town.community)) == 1


def test_what_touches_is_free_and_what_was_given_back_too(town: Town) -> None:
    by = writer(town)
    first = book(by, town.point, NINE, TEN)
    book(by, town.point, TEN, ELEVEN)
    with pytest.raises(Taken):
        book(by, town.point, dt.time(9, 30), dt.time(10, 30))
    entry, title = register_bin.remove(by, "bookings", first)
    assert title == f"座谈 {DAY.isoformat()}"
    later = book(by, town.point, NINE, dt.time(9, 45))
    with pytest.raises(errors.NotFound):
        register_bin.remove(by, "bookings", first)
    with pytest.raises(Taken, match="座谈"):
        register_bin.restore(by, entry)
    register_bin.remove(by, "bookings", later)
    assert register_bin.restore(by, entry).number == first
    with pytest.raises(Taken):
        book(by, town.point, NINE, dt.time(9, 45))
    west = writer(town, Role.GRID_WORKER, town.west)
    register_bin.remove(west, "bookings", first)
    assert {one.kind for one in recycle_bin.listed(town.store, west.actor, town.data())} == {"bookings"}
    assert not recycle_bin.listed(town.store, town.actor(Role.GRID_WORKER, town.east), town.data())


def test_weekly_activity_has_the_room_on_its_days_only(town: Town) -> None:
    by = writer(town)
    (group,) = town.data().groups.index
    weekly = register_rooms.repeat(
        by, town.point, 2, "09:00-11:00", name="下棋", group=int(group), from_day=DAY, until_day=None, zone=ZONE
    )
    with pytest.raises(Taken, match="象棋社"):
        book(by, town.point, TEN, NOON)
    with pytest.raises(Taken):
        book(by, town.point, TEN, NOON, day=DAY + dt.timedelta(weeks=30))
    book(by, town.point, TEN, NOON, day=DAY + dt.timedelta(days=1))
    with pytest.raises(Taken, match="座谈"):
        register_rooms.repeat(
            by, town.point, 3, "11:00-13:00", name="唱歌", group=None, from_day=NOW.date(), until_day=None, zone=ZONE
        )
    register_rooms.stop(by, weekly, DAY - dt.timedelta(days=1))
    book(by, town.point, TEN, NOON)


def test_who_may_not_and_what_is_no_time_is_refused(town: Town) -> None:
    with pytest.raises(errors.Forbidden):
        book(writer(town, Role.GRID_WORKER, town.east), town.point, NINE, TEN)
    book(writer(town, Role.GRID_WORKER, town.west), town.point, NINE, TEN)
    by = writer(town)
    with pytest.raises(errors.InputError, match="at least 15 minutes"):
        book(by, town.point, TEN, NINE)
    with pytest.raises(errors.InputError, match="a year ahead"):
        book(by, town.point, NINE, TEN, day=NOW.date() - dt.timedelta(days=1))
    with pytest.raises(errors.InputError, match="what the room is for"):
        register_rooms.book(by, town.point, DAY, TEN, NOON, purpose=" ", group=None, holder="", zone=ZONE)
    assert len(town.store.frame(model.RoomBooking, town.community)) == 1


minutes = st.integers(0, 24 * 60 - 1)


@settings(max_examples=40)
@given(st.lists(st.tuples(minutes, minutes).filter(lambda pair: pair[0] < pair[1]), max_size=8))
def test_free_times_are_all_that_nobody_has(spans: list[tuple[int, int]]) -> None:
    def at(minute: int) -> dt.datetime:
        return dt.datetime.combine(DAY, dt.time(minute // 60, minute % 60), HERE)

    taken = [Slot(begin=at(a), end=at(b), what="", holder="") for a, b in spans]
    free = register_rooms.free(taken, DAY)
    for minute in range(7 * 60, 22 * 60):
        clock = dt.time(minute // 60, minute % 60)
        busy = any(a <= minute < b for a, b in spans)
        assert busy != any(begin <= clock < end for begin, end in free), clock
