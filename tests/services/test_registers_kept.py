"""Registers as they are kept: a station's team, projects, receptions, the issues linked to them."""

from __future__ import annotations

import dataclasses
import datetime as dt
from collections.abc import Iterator
from pathlib import Path

import pandas as pd
import pytest
import record_town
import sqlalchemy as sa
from record_town import DAY, NOW, Town

from gridmap import errors, model
from gridmap.model import ProjectState, Role, Stance, Tenure
from gridmap.services import (
    community_settings,
    coverage_table,
    home_visits,
    key_file,
    record_history,
    records,
    register_bin,
    register_issues,
    register_meetings,
    register_project_page,
    register_projects,
    register_stations,
    register_teams,
    unmasking,
)
from gridmap.services.register_stations import COURTYARD_HEAD, HEAD
from gridmap.services.register_teams import Seat, Team
from gridmap.services.register_writing import Writer
from gridmap.services.sight import EVERYTHING, Sight
from gridmap.store import open_store


@pytest.fixture
def town(tmp_path: Path) -> Iterator[Town]:
    store = open_store(str(tmp_path / "store.gpkg"))
    yield record_town.build(store)
    store.close()


def writer(town: Town, role: Role = Role.SECRETARY, *grids: int) -> Writer:
    return Writer(store=town.store, actor=town.actor(role, *grids), data=town.data(), now=NOW)


def team(town: Town, seen: Sight = EVERYTHING) -> Team:
    return register_teams.read(town.store, town.data(), seen, town.point)


def station(town: Town) -> register_stations.Station:
    data = town.data()
    reached = coverage_table.of_data(
        data, community_settings.of(town.store, town.community), coverage_table.Question(kind="station"), "station"
    )
    return register_stations.of(data, {"station": reached}, 100.0)[town.point]


def test_team_is_entered_on_one_page_and_what_it_lacks_is_said(town: Town) -> None:
    before = station(town)
    assert (before.households, before.heads_due, before.heads_short) == (180, 2, 2)
    assert len(before.without_head) == 3
    assert register_stations.missing(before, "zh").startswith("缺站长 · 缺服务长 · 缺 2 名楼院长：180 户，现有 0 名")
    opened = team(town)
    seats = [
        Seat(role=HEAD, name="模拟员"),
        Seat(role=COURTYARD_HEAD, name="子甲", phone="13800002999", buildings=town.buildings[:2]),
        Seat(role=COURTYARD_HEAD),
        Seat(role="police", number=2, there=True),
    ]
    venue = dataclasses.replace(
        opened.venue, host="甲物业", tenure=Tenure.LOW_RENT, rent_yuan=1200.0, area_m2="８６", tenure_until=DAY
    )
    register_teams.save(writer(town), town.point, opened, seats, venue)
    kept = team(town)
    assert {one.role: one.hint for one in kept.seats} == {
        HEAD: "模拟员", COURTYARD_HEAD: "子** · 138****2999", "police": "",
    }  # fmt: skip
    assert kept.number("police") == 2
    assert (kept.venue.host, kept.venue.area_m2, kept.venue.rent_yuan) == ("甲物业", "86", 1200.0)
    after = station(town)
    assert (after.lacks(), after.heads_short) == (("service_head", COURTYARD_HEAD), 1)
    assert after.without_head == town.buildings[2:]
    with town.store.connection() as connection:
        stored = connection.execute(sa.text("SELECT group_concat(person || phone || role) FROM team_member")).scalar()
    assert "子甲" not in stored
    assert "13800002999" not in stored


def test_who_is_in_a_team_is_opened_for_a_reason_by_those_who_work_there(town: Town) -> None:
    register_teams.save(
        writer(town),
        town.point,
        team(town),
        [Seat(role=COURTYARD_HEAD, name="子甲", phone="13800002999")],
        team(town).venue,
    )
    (seat,) = team(town).seats
    assert seat.opens
    found = unmasking.contact(
        town.store, town.actor(Role.GRID_WORKER, town.west), "team", seat.member or 0, reason="商量楼院的事"
    )
    assert (found.name, found.phone) == ("子甲", "13800002999")
    for stranger in (town.actor(Role.GRID_WORKER, town.east), town.actor(Role.ADMINISTRATOR)):
        with pytest.raises(errors.Forbidden):
            unmasking.contact(town.store, stranger, "team", seat.member or 0, reason="看看")
    other = Sight.of(town.actor(Role.GRID_WORKER, town.east), town.data().community)
    assert team(town, other).seats[0].hint == ""
    assert key_file.unopened(town.store) == 0


def test_what_is_left_empty_stays_and_a_slower_hand_is_told(town: Town) -> None:
    first = team(town)
    register_teams.save(writer(town), town.point, first, [Seat(role=COURTYARD_HEAD, name="子甲")], first.venue)
    opened = team(town)
    register_teams.save(writer(town), town.point, opened, opened.places(COURTYARD_HEAD, 3), opened.venue)
    assert [one.hint for one in team(town).seats] == ["子**"]
    with pytest.raises(errors.Conflict, match="甲服务站"):
        register_teams.save(writer(town), town.point, first, [], first.venue)
    now = team(town)
    left = [dataclasses.replace(one, vacated=True) for one in now.seats]
    register_teams.save(writer(town), town.point, now, left, now.venue)
    assert team(town).seats == ()
    twice = [Seat(role=COURTYARD_HEAD, name=name, buildings=town.buildings[:1]) for name in ("子甲", "丑甲")]
    with pytest.raises(errors.InputError, match="1号楼"):
        register_teams.save(writer(town), town.point, team(town), twice, now.venue)
    with pytest.raises(errors.Forbidden):
        register_teams.save(writer(town, Role.GRID_WORKER, town.east), town.point, team(town), [], now.venue)


def test_project_is_late_by_its_worst_step_and_its_page_names_nobody(town: Town) -> None:
    by = writer(town)
    values = {"name": "加装坡道", "owner": "模拟员", "building_id": town.buildings[0], "budget_yuan": "42000"}
    plan = {"year": 2026, "at": ProjectState.RUNNING, "due_on": DAY + dt.timedelta(days=9), "done_on": None}
    number = register_projects.save(by, None, None, values, **plan)  # type: ignore[arg-type]
    register_projects.step(by, number, None, name="方案", due_on=DAY - dt.timedelta(days=4), done_on=None)
    register_projects.hear(by, number, Stance.FOR, 41, "", DAY)
    register_projects.hear(by, number, Stance.AGAINST, 2, "太吵，电话13800002999", DAY)
    kept = register_projects.read(town.store, town.data())
    assert kept.late_days(number) == 4
    assert kept.rows.geometry[number].within(town.data().buildings.geometry[town.buildings[0]])
    table = register_projects.listed(kept, town.data(), EVERYTHING, 2026, "zh").table
    assert table.iloc[0][["进度", "责任人", "居民意见（赞成/反对）"]].tolist() == [
        "进行中 · 逾期 4 天",
        "模拟员",
        "41 / 2",
    ]
    page = register_project_page.make(town.store, kept, town.data(), 2026, "zh").decode()
    assert "加装坡道" in page
    assert "赞成 41" in page
    assert "反对" not in page  # two would be known to their neighbours
    assert "模拟员" not in page
    assert "13800002999" not in page
    assert "http" not in page.replace("http-equiv", "")
    (step,) = kept.steps(number).index
    register_projects.step(by, number, int(step), name="方案", due_on=DAY - dt.timedelta(days=4), done_on=DAY)
    assert register_projects.read(town.store, town.data()).late_days(number) == 0
    # Deleted and restored, with all that hangs on it, under another number in its year where its own was given.
    version = int(register_projects.read(town.store, town.data()).rows.at[number, "version"])
    with pytest.raises(errors.Conflict):
        register_bin.remove(by, "projects", number, version + 1)
    voice = int(kept.opinions.index[0])
    back, _ = register_bin.remove(by, "opinions", voice)
    entry, title = register_bin.remove(by, "projects", number, version)
    assert (title, len(register_projects.read(town.store, town.data()).milestones)) == ("加装坡道", 0)
    with pytest.raises(errors.Conflict):
        register_bin.restore(by, back)
    register_projects.save(by, None, None, {"name": "修路灯"}, **plan)  # type: ignore[arg-type]
    register_bin.restore(by, entry)
    register_bin.restore(by, back)
    again = register_projects.read(town.store, town.data())
    assert again.rows.at[number, "seq"] == 2
    assert (len(again.milestones), again.voices(number)[Stance.FOR]) == (1, 41)
    # What happened is told with who did it, and without anybody's number.
    later = dataclasses.replace(by, now=dt.datetime.now(dt.UTC))
    row = again.rows.loc[number]
    register_projects.save(later, number, int(row["version"]), {"before": "找13800002999"}, **plan)  # type: ignore[arg-type]
    told = record_history.of(town.store, town.data(), model.Project, number, "zh", names=True, zone="Asia/Shanghai")
    lines = "\n".join(f"{one.what}\n{one.words}" for one in told).splitlines()
    assert {
        "修改 项目 · 实施前：（空） → 找138****2999",
        "修改 节点 方案 · 完成日期：（空） → 2026-11-24",
        "登记台账 加装坡道",
    } <= set(lines)
    assert told[0].who == later.actor.name
    hidden = record_history.of(town.store, town.data(), model.Project, number, "en", names=False, zone="Asia/Shanghai")
    assert not any(one.who for one in hidden)
    with pytest.raises(errors.Conflict):
        register_projects.save(by, number, 99, {}, **plan)  # type: ignore[arg-type]
    with pytest.raises(errors.InputError):
        register_projects.save(by, number, 1, {}, **{**plan, "done_on": DAY + dt.timedelta(days=1)})  # type: ignore[arg-type]


def test_reception_is_noted_once_a_day_with_what_came_up(town: Town) -> None:
    with town.store.write() as session:
        session.add(
            model.Reception(
                community_id=town.community, grid_id=town.west, weekday=2, half=model.Half.MORNING, hours="09:00-11:30",
                place="东门",
            )
        )  # fmt: skip
    monday = DAY - dt.timedelta(days=DAY.weekday())
    week = register_meetings.calendar(town.store, town.data(), [], monday, monday + dt.timedelta(days=6), "zh")
    assert [(one.day, one.hours, one.number) for one in week] == [(DAY, "09:00-11:30", None)]
    by = writer(town)
    said = {"day": DAY, "hours": "09:00-11:30", "place": "东门", "grid": town.west, "attendance": 7}
    number = register_meetings.save(by, "reception", week[0], **said)  # type: ignore[arg-type]
    with pytest.raises(errors.Conflict, match="2026-11-24"):
        register_meetings.save(by, "reception", week[0], **said)  # type: ignore[arg-type]
    register_issues.link(by, "reception_day_id", number, town.issue, town.west, "会客厅")
    register_issues.link(by, "reception_day_id", number, town.issue, town.west, "会客厅")
    (held,) = register_meetings.held(town.store, town.data(), "zh")
    assert (held.attendance, held.issues) == (7, 1)
    assert register_issues.linked(town.store, town.data(), "reception_day_id", number) == [town.issue]
    # Deleted, its issue comes up nowhere; restored, it does again, but not beside another of the same day.
    gone, _ = register_bin.remove(by, "receptions", number, held.version)
    assert register_meetings.held(town.store, town.data(), "zh") == []
    other = register_meetings.save(by, "reception", week[0], **said)  # type: ignore[arg-type]
    with pytest.raises(errors.Conflict, match="2026-11-24"):
        register_bin.restore(by, gone)
    register_bin.remove(by, "receptions", other)
    register_bin.restore(by, gone)
    (held,) = register_meetings.held(town.store, town.data(), "zh")
    assert (held.number, held.issues) == (number, 1)
    table = register_meetings.listed([held], town.data(), "zh").table
    assert table.iloc[0][["类型", "到场人数", "问题"]].tolist() == ["网格会客厅", "7", "1"]
    week = register_meetings.calendar(town.store, town.data(), [held], monday, monday + dt.timedelta(days=6), "zh")
    assert [one.number for one in week] == [number]
    register_issues.unlink(by, "reception_day_id", number, town.issue, town.west, "会客厅")
    assert register_issues.linked(town.store, town.data(), "reception_day_id", number) == []
    assert pd.isna(register_meetings.held(town.store, town.data(), "zh")[0].service_point_id)


def test_what_is_handled_at_home_is_logged_without_anybody(town: Town) -> None:
    desk = writer(town, Role.DESK)
    made = [
        records.create(town.store, desk.actor, town.data(), "matters",
                       {"name": name, "field": "other", "at_home": home}, now=NOW).number
        for name, home in (("高龄补贴申请", True), ("居住证明", False))
    ]  # fmt: skip
    desk = dataclasses.replace(desk, data=town.data())
    number = home_visits.add(desk, made[0], DAY, town.buildings[0])
    home_visits.add(desk, made[0], DAY - dt.timedelta(days=40), None)
    told = home_visits.table(town.data(), home_visits.read(town.store, town.data()), "zh")
    assert told.iloc[0].tolist() == [DAY, "高龄补贴申请", "甲小区1号楼"]
    assert home_visits.counts(town.store, town.data()) == (1, 2)
    for matter, day in ((made[1], DAY), (made[0], DAY + dt.timedelta(days=1))):
        with pytest.raises(errors.InputError):
            home_visits.add(desk, matter, day, None)
    with pytest.raises(errors.Forbidden):
        home_visits.add(dataclasses.replace(desk, actor=town.actor(Role.GRID_LEADER, town.west)), made[0], DAY, None)
    entry, _ = register_bin.remove(desk, "home_visits", number)
    assert home_visits.counts(town.store, town.data()) == (0, 1)
    register_bin.restore(desk, entry)
    assert home_visits.counts(town.store, town.data()) == (1, 2)
