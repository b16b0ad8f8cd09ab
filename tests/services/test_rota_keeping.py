"""A rota that is kept: published, changed as little as can be, swapped, undone, and by two people at once."""

from __future__ import annotations

import contextlib
import datetime as dt
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import prepared
import pytest
import sqlalchemy as sa

from gridmap import access, errors, i18n, model
from gridmap.model import Duty, Half, Role
from gridmap.planning import rota, rota_check
from gridmap.services import (
    audit,
    demo,
    rota_demand,
    rota_keeping,
    rota_kept,
    rota_rules,
    rota_swaps,
    rota_tables,
    rota_wishes,
    rotas,
)
from gridmap.services.rota_swaps import Turn
from gridmap.store import Store, open_store

WEEK = "2026-W50"
MONDAY = dt.date(2026, 12, 7)
NOW = dt.datetime(2026, 12, 1, 2, 0, tzinfo=dt.UTC)
DAY = dt.timedelta(days=1)


@dataclass
class Town:
    """The demo community without leave, and its secretary."""

    store: Store
    by: access.Actor
    community: model.Community

    def make(self, week: str = WEEK, today: dt.date | None = None) -> rota_kept.Kept:
        made = rotas.plan(self.store, 1, week, today=today)
        return rota_keeping.keep(self.store, self.by, self.community, made, seen=self.kept(week).acts, now=NOW)

    def publish(self, week: str = WEEK) -> rota_kept.Kept:
        seen = self.kept(week).acts
        return rota_keeping.publish(self.store, self.by, self.community, week, seen=seen, now=NOW)

    def kept(self, week: str = WEEK, by: access.Actor | None = None) -> rota_kept.Kept:
        return rota_kept.read(self.store, by or self.by, self.community, week)

    def asked(self, week: str = WEEK) -> rota_demand.Asked:
        with self.store.read() as session:
            return rota_demand.read(session, 1, week)

    def swap(self, mine: Turn, other: Turn, *, publish: bool = False) -> rota_kept.Kept:
        return rota_swaps.swap(
            self.store, self.by, self.community, WEEK, mine, other, publish=publish, seen=self.kept().acts, now=NOW
        )

    def undo(self) -> str:
        return rota_keeping.undo(self.store, self.by, self.community, WEEK, seen=self.kept().acts, now=NOW)


def actor(role: Role, community: int = 1) -> access.Actor:
    return access.Actor(
        account_id=1, name="shuji", role=role, street_id=None, community_id=community, grid_ids=frozenset(),
        session_id=1,
    )  # fmt: skip


both = pytest.mark.parametrize("town", ["file", pytest.param("postgis", marks=pytest.mark.postgis)], indirect=True)


@pytest.fixture
def town(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Town]:
    when = dt.datetime(2026, 11, 24, 2, tzinfo=dt.UTC)
    if getattr(request, "param", "file") == "postgis":
        store = open_store(str(request.getfixturevalue("postgis_database")(with_tables=True)))
        demo.fill(store, when)
    else:
        store = open_store(str(prepared.with_demo(tmp_path / "store.gpkg", when)))
    with store.write() as session:
        for one in session.scalars(sa.select(model.Leave)).all():
            session.delete(one)
        session.add(
            model.Account(name="shuji", display="", role=Role.SECRETARY, password_hash="", community_id=1, staff_id=1)
        )
    yield Town(store, actor(Role.SECRETARY), store.community(1))
    store.close()


def leave(town: Town, staff: int, first: dt.date, last: dt.date) -> None:
    with town.store.write() as session:
        session.add(model.Leave(community_id=1, staff_id=staff, from_day=first, to_day=last))


def test_who_falls_ill_after_publishing_changes_little_and_it_is_shown(town: Town) -> None:
    town.make()
    assert town.kept().published == ()
    assert town.kept(by=actor(Role.GRID_WORKER)).draft == ()
    before = town.publish().published
    assert town.kept(by=actor(Role.GRID_WORKER)).published == before
    assert len(before) == 20 + 5 + 12
    ill = next(one for one in before if one.duty == Duty.RECEPTION)
    leave(town, ill.staff, ill.slot.day, ill.slot.day)
    hers = [one for one in before if one.staff == ill.staff and one.slot.day == ill.slot.day]
    again = town.make()
    assert again.published == before
    assert {one.slot for one in again.pending} == {one.slot for one in hers}
    assert len(again.pending) == 2 * len(hers)
    asked = town.asked()
    told = rota_tables.changes(asked, again.pending, "zh")
    assert asked.staff[ill.staff] in set(told["姓名"])
    assert set(told.loc[told["姓名"] == asked.staff[ill.staff], "现在"]) == {"不在岗"}
    after = town.publish()
    assert after.pending == ()
    assert rota_check.broken(asked.demand, after.published) == ()
    assert [one.act for one in after.steps] == ["published", "made", "published", "made"]
    assert after.steps[0].changed == again.pending
    told = list(audit.search(town.store, None)["action"])
    assert told.count("rota_published") == 2


def test_what_is_over_stays_when_the_rest_is_made_again(town: Town) -> None:
    town.make()
    before = town.publish().published
    wednesday = MONDAY + 2 * DAY
    late = next(one for one in before if one.duty == Duty.RECEPTION and one.slot.day == MONDAY)
    leave(town, late.staff, MONDAY, MONDAY + 4 * DAY)
    after = town.make(today=wednesday).draft
    assert [one for one in after if one.slot.day < wednesday] == [one for one in before if one.slot.day < wednesday]
    assert late.staff not in {one.staff for one in after if one.slot.day >= wednesday}
    with pytest.raises(errors.InputError, match="is over"):
        town.make(today=MONDAY + 8 * DAY)


def test_swap_in_one_act_undone_in_one_and_refused_with_the_rule_that_clashes(town: Town) -> None:
    town.make()
    before = town.publish().published
    asked = town.asked()
    mine = next(one for one in rota_swaps.turns(before) if one.duty and one.duty.duty == Duty.RECEPTION)
    offered = rota_swaps.partners(asked, before, mine)
    first, last = offered[0], offered[-1]
    assert first.rules == ()
    assert last.rules
    after = town.swap(mine, first.turn, publish=True)
    changed = rota.changes(before, after.published)
    assert {one.staff for one in changed} == {mine.staff, first.turn.staff}
    assert after.steps[0].act == "swapped"
    assert rota_check.broken(asked.demand, after.published) == ()
    assert town.undo() == "swapped"
    assert town.kept().published == before
    assert town.kept().draft == before
    with pytest.raises(errors.InputError) as refused:
        town.swap(mine, last.turn)
    for language in i18n.LANGUAGES:
        assert asked.staff[mine.staff] in refused.value.sentence(language)
    assert town.kept().draft == before


def test_each_rule_that_forbids_a_swap_is_named(town: Town) -> None:
    duties = town.make().draft
    asked = town.asked()
    people = {one.id: one for one in asked.demand.people}

    def refused(mine: Turn, other: Turn, said: str) -> None:
        before = town.kept().draft
        with pytest.raises(errors.InputError) as fault:
            town.swap(mine, other)
        assert said in fault.value.sentence("zh")
        assert town.kept().draft == before

    sitting = next(one for one in duties if one.duty == Duty.RECEPTION and people[one.staff].all_round)
    mine = Turn(slot=sitting.slot, staff=sitting.staff, duty=sitting)
    at_desk = next(one for one in duties if one.slot == sitting.slot and one.duty == Duty.DESK)
    elsewhere = next(one for one in duties if one.staff == at_desk.staff and one.slot != sitting.slot)
    refused(mine, Turn(slot=elsewhere.slot, staff=at_desk.staff, duty=elsewhere), "只能有一个班")
    refused(Turn(slot=at_desk.slot, staff=at_desk.staff, duty=at_desk), Turn(slot=at_desk.slot, staff=1), "不坐全岗")
    busy = {one.staff for one in duties if one.slot == sitting.slot}
    free = next(one for one in people if one not in busy and one != people[sitting.staff].partner)
    leave(town, free, sitting.slot.day, sitting.slot.day)
    refused(mine, Turn(slot=sitting.slot, staff=free), "请假")
    with town.store.write() as session:
        for one in session.scalars(sa.select(model.Leave)).all():
            session.delete(one)
        # Two receptions in one half day: whose partner sits in the other must not take this one.
        second = session.scalars(
            sa.select(model.Reception).where(sa.inspect(model.Reception).c.grid_id != sitting.grid)
        ).first()
        assert second is not None
        second.weekday, second.half = sitting.slot.day.isoweekday(), sitting.slot.half
    duties = town.make().draft
    a, b = (one for one in duties if one.slot == sitting.slot and one.duty == Duty.RECEPTION)
    partner = people[b.staff].partner
    assert partner is not None
    theirs = next((one for one in duties if one.slot == a.slot and one.staff == partner), None)
    refused(Turn(slot=a.slot, staff=a.staff, duty=a), Turn(slot=a.slot, staff=partner, duty=theirs), "AB岗")


@both
def test_two_secretaries_at_once_do_not_both_publish(town: Town) -> None:
    seen = town.make().acts

    def publish(_: int) -> str:
        try:
            rota_keeping.publish(town.store, town.by, town.community, WEEK, seen=seen, now=NOW)
        except errors.Conflict as fault:
            return fault.sentence("en")
        return ""

    with ThreadPoolExecutor(2) as pool:
        told = sorted(pool.map(publish, range(2)))
    assert told[0] == ""
    assert "shuji has just changed" in told[1]
    assert [one.act for one in town.kept().steps] == ["published", "made"]


def test_who_left_after_publishing_is_named_and_replaced(town: Town) -> None:
    town.make()
    before = town.publish().published
    gone = next(one.staff for one in before if one.duty == Duty.DESK)
    with town.store.write() as session:
        one = session.get_one(model.Staff, gone)
        one.active, name = False, one.name
    with pytest.raises(errors.InputError, match="no longer works here"):
        town.publish()
    assert name in town.asked().staff.values()
    after = town.make()
    assert gone not in {one.staff for one in after.draft}
    assert town.publish().published_at == NOW
    # Deleted for good: the rota of that time has lost them, and going back to it brings nobody back.
    with town.store.write() as session:
        for other in session.scalars(sa.select(model.Staff).where(sa.inspect(model.Staff).c.partner_id == gone)):
            other.partner_id = None
        session.delete(session.get_one(model.Staff, gone))
    town.undo()
    town.undo()
    assert gone not in {one.staff for one in town.kept().published}
    assert len(town.kept().published) == len([one for one in before if one.staff != gone])


def test_withdrawn_is_seen_by_planners_only_and_everything_can_be_undone(town: Town) -> None:
    town.make()
    town.publish()
    seen = town.kept().acts
    rota_keeping.withdraw(town.store, town.by, town.community, WEEK, seen=seen, now=NOW)
    assert town.kept(by=actor(Role.DESK)).published == ()
    assert town.kept().draft
    with pytest.raises(errors.NotFound):
        rota_keeping.withdraw(town.store, town.by, town.community, WEEK, seen=seen + 1, now=NOW)
    assert [town.undo() for _ in range(3)] == ["withdrawn", "published", "made"]
    assert town.kept().draft == ()
    with pytest.raises(errors.NotFound):
        town.undo()


def test_who_may(town: Town) -> None:
    for role in Role:
        _may(town, role)


def _may(town: Town, role: Role) -> None:
    plans, sees = role in (Role.SECRETARY, Role.ADMINISTRATOR), role not in (Role.STREET_LEADER, Role.VIEWER)
    acts: list[tuple[bool, Callable[[access.Actor], object]]] = [
        (sees, lambda by: town.kept(by=by)),
        (plans, lambda by: rota_keeping.withdraw(town.store, by, town.community, WEEK, seen=0, now=NOW)),
        (plans, lambda by: rota_keeping.undo(town.store, by, town.community, WEEK, seen=0, now=NOW)),
        (plans, lambda by: rota_wishes.listed(town.store, by, town.community, since=MONDAY)),
    ]
    for may, act in acts:
        for by, allowed in ((actor(role), may), (actor(role, 2), may and role == Role.ADMINISTRATOR)):
            if allowed:
                with contextlib.suppress(errors.NotFound):
                    act(by)
            else:
                with pytest.raises(errors.Forbidden):
                    act(by)


def test_wishes_are_kept_and_go_into_the_rota(town: Town) -> None:
    def add(**more: object) -> None:
        wish = model.RotaWish(community_id=1, **more)  # type: ignore[arg-type]
        rota_wishes.add(town.store, town.by, town.community, wish, now=NOW)

    add(staff_id=3, weekday=2)
    add(staff_id=4, day=MONDAY, half=Half.MORNING)
    add(staff_id=5, day=MONDAY + 2 * DAY, half=Half.AFTERNOON, duty=Duty.DESK)
    add(staff_id=8, weekday=1, half=Half.MORNING, duty=Duty.RECEPTION, grid_id=town.asked().sittings and 1)
    duties = town.make().draft
    tuesday = MONDAY + DAY
    assert not [one for one in duties if one.staff == 3 and one.slot.day == tuesday]
    assert not [one for one in duties if one.staff == 4 and one.slot == rota.Slot(day=MONDAY, half=Half.MORNING)]
    desk = rota.Assignment(slot=rota.Slot(day=MONDAY + 2 * DAY, half=Half.AFTERNOON), duty=Duty.DESK, staff=5)
    assert desk in duties
    held = [one.staff for one in duties if one.slot.day == MONDAY and one.duty == Duty.RECEPTION]
    assert held == [8]
    refused: list[tuple[str, dict[str, object]]] = [
        ("Choose a date", {"staff_id": 3}),
        ("Choose a date", {"staff_id": 3, "weekday": 9}),
        ("is over", {"staff_id": 3, "day": dt.date(2026, 1, 1)}),
        ("is the secretary", {"staff_id": 1, "weekday": 3, "duty": Duty.DESK}),
        ("no reception then", {"staff_id": 6, "weekday": 5, "duty": Duty.RECEPTION, "grid_id": 1}),
        ("already", {"staff_id": 3, "weekday": 2, "half": Half.MORNING}),
        ("no such member", {"staff_id": 999, "weekday": 2}),
    ]
    for said, wish in refused:
        with pytest.raises((errors.InputError, errors.NotFound), match=said):
            add(**wish)
    kept = rota_wishes.listed(town.store, town.by, town.community, since=MONDAY)
    told = [rota_wishes.told(one, {1: "红网格"}, "zh") for one in kept]
    assert ("每周二 全天", "不上班") in told
    assert ("每周一 上午", "网格会客厅 红网格") in told
    for one in kept:
        rota_wishes.remove(town.store, town.by, town.community, one.id or 0, now=NOW)
    with pytest.raises(errors.NotFound):
        rota_wishes.remove(town.store, town.by, town.community, kept[0].id or 0, now=NOW)


def test_the_weeks_before_count_in_the_next(town: Town) -> None:
    for n in (50, 51):
        town.make(f"2026-W{n}")
        town.publish(f"2026-W{n}")
    asked = town.asked("2026-W52")
    assert {one.weeks for one in asked.shares.values()} == {2}
    had = {one.staff: one.had[rota.Load.DESK] for one in asked.shares.values()}
    assert sum(had.values()) == 2 * 16
    assert all(one.past.keys() == set(rota.Load) for one in asked.shares.values())
    table = rota_tables.fairness(asked, (), "zh")
    assert list(table["计入周数"]) == [2] * 8
    assert table["全岗 以往"].sum() == 32


def test_a_new_division_takes_receptions_and_rota_along(town: Town) -> None:
    town.make()
    before = town.publish().published
    with town.store.write() as session:
        old = session.scalars(sa.select(model.GridVersion)).first()
        assert old is not None
        session.add(new := model.GridVersion(community_id=1, valid_from=MONDAY))
        session.flush()
        for grid in session.scalars(sa.select(model.Grid)).all():
            session.add(
                model.Grid(
                    community_id=1, version_id=new.id or 0, code=grid.code, name=f"新{grid.name}", colour=grid.colour,
                    letter=grid.letter, leader_id=grid.leader_id, geom=grid.geom,
                )
            )  # fmt: skip
    asked = town.asked()
    assert len(asked.sittings) == 5
    assert all(name.startswith("新") for name in asked.grids.values())
    assert not rota.changes(town.kept().published, town.make().draft)
    assert {one.grid for one in town.kept().published if one.grid} == set(asked.grids)
    assert len(before) == len(town.kept().published)


def test_rules_of_a_community(town: Town) -> None:
    from dataclasses import replace

    rules = rota_rules.of(town.store, 1)
    rota_rules.save(town.store, town.by, town.community, replace(rules, desk_least=3, off_desk_weekday=4))
    asked = town.asked()
    assert (asked.demand.desk_least, asked.demand.off_desk) == (3, {MONDAY + 3 * DAY})
    for wrong in (replace(rules, desk_least=4), replace(rules, desk_least=0), replace(rules, morning_hours="九点")):
        with pytest.raises(errors.InputError):
            rota_rules.save(town.store, town.by, town.community, wrong)
    with pytest.raises(errors.Forbidden):
        rota_rules.save(town.store, actor(Role.DESK), town.community, rules)
    assert rota_rules.span("14：30—17:00") == (dt.time(14, 30), dt.time(17))
    assert rota_rules.span("17:00-14:30") is None
