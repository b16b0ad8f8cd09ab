"""What a week's rota must hold, as the store says it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from gridmap import i18n, model
from gridmap.errors import InputError
from gridmap.model import Half, PostKind
from gridmap.planning import rota, rota_fairness, workdays
from gridmap.planning.rota import Assignment, Place, Slot
from gridmap.planning.rota_fairness import Share
from gridmap.services import accounts, grids, rota_rules, staffing

_DAY = dt.timedelta(days=1)
HALVES = (Half.MORNING, Half.AFTERNOON)


@dataclass(frozen=True, kw_only=True)
class Asked:
    """What a week must hold, with the names and places it needs.

    Parameters
    ----------
    week, monday
        ISO week and its first day.
    demand
        All the half days of the week.
    staff, grids
        Names by number, of those who have left as well.
    areas
        The grids themselves, by number.
    sittings
        The receptions of the week by grid and half day.
    shares
        What each has had in the weeks before.
    notes
        What the reader must know besides.
    """

    week: str
    monday: dt.date
    demand: rota.Demand
    staff: Mapping[int, str]
    grids: Mapping[int, str]
    areas: Mapping[int, model.Grid]
    sittings: Mapping[tuple[int, Slot], model.Reception]
    shares: Mapping[int, Share]
    notes: tuple[i18n.Phrase, ...]

    def said(self, rule: rota.Rule, language: str) -> str:
        """Return a rule in words."""
        told = self._phrase(rule, lambda day: i18n.weekday(day, language))
        return i18n.text(told.key, language, **told.fields)

    def phrase(self, rule: rota.Rule) -> i18n.Phrase:
        """Return a rule as a field of a sentence whose language is not known yet."""
        return self._phrase(rule, dt.date.isoformat)

    def _phrase(self, rule: rota.Rule, written: Callable[[dt.date], str]) -> i18n.Phrase:
        kind = f"{rule.kind}.{rule.why}" if rule.why else str(rule.kind)
        fields = {
            "names": [self.staff.get(one, "?") for one in rule.staff],
            "first": "" if rule.first is None else written(rule.first),
            "last": "" if rule.last is None else written(rule.last),
            "half": i18n.Phrase(f"rota.half.{rule.half or 'day'}"),
            "grid": "" if rule.grid is None else self.grids.get(rule.grid, "?"),
            "duty": "" if rule.duty is None else i18n.Phrase(f"rota.duty.{rule.duty}"),
            "n": rule.n,
            "able": sum(one.all_round for one in self.demand.people),
        }
        return i18n.Phrase(f"rota.rule.{kind}", fields)


def read(session: Session, community_id: int, week: str, *, today: dt.date | None = None) -> Asked:
    """Return what a week's rota must hold.

    Raises
    ------
    InputError
        If there is no such week, nobody on the staff, or three people make one A/B pair.
    """
    monday = workdays.monday_of(week)
    today = today or accounts.day_of(dt.datetime.now(dt.UTC))
    members = staffing.within(session, community_id)
    if not members:
        raise InputError("rota_no_staff")
    for one in members.values():
        if len(one.partners) > 1:
            trio = [one.name, *(members[other].name for other in sorted(one.partners))]
            raise InputError("rota_pair_of_three", names=trio)
    version = grids.current_version(session, community_id, max(monday, today))
    areas = {} if version is None else {int(area.id or 0): area for area in grids.grids_within(session, version)}
    present = _present(session, community_id, areas)
    rules = rota_rules.within(session, community_id)
    calendar = workdays.official()
    own = {number: _own(area, members) for number, area in areas.items()}
    notes: list[i18n.Phrase] = []
    if not all(calendar.knows(monday + n * _DAY) for n in range(7)):
        notes.append(i18n.Phrase("rota.note.unknown_year", {"week": week}))
    days = calendar.days(monday)
    if not days:
        notes.append(i18n.Phrase("rota.note.no_days", {"week": week}))
    off_desk = calendar.held_on(monday, rules.off_desk_weekday)
    sittings, dropped = held(session, community_id, monday, present)
    notes += [i18n.Phrase("rota.note.dropped", {"place": one.place}) for one in dropped.values()]
    sat_in = {grid for grid, _ in sittings} | dropped.keys()
    notes += [i18n.Phrase("rota.note.no_reception", {"grid": areas[one].name}) for one in own if one not in sat_in]
    slots = tuple(Slot(day=day, half=half) for day in days for half in HALVES)
    people = [
        rota.Person(
            id=one.id,
            all_round=one.post != PostKind.SECRETARY,
            desk_post=one.post == PostKind.DESK,
            partner=next(iter(one.partners), None),
        )
        for one in members.values()
    ]
    shares = rota_fairness.shares(people, _weeks_before(session, community_id, monday, rules.off_desk_weekday))
    wishes = [one for one in session.scalars(_of(model.RotaWish, community_id)) if one.staff_id in members]
    demand = rota.Demand(
        people=tuple(
            rota.Person(
                id=one.id,
                all_round=one.all_round,
                desk_post=one.desk_post,
                partner=one.partner,
                past=shares[one.id].past,
            )
            for one in people
        ),
        slots=slots,
        off_desk=frozenset() if off_desk is None else frozenset({off_desk}),
        receptions=tuple(Place(grid=grid, own=own[grid], slot=slot) for grid, slot in sittings),
        grids=tuple(Place(grid=number, own=mine) for number, mine in own.items()),
        absences=tuple(dict.fromkeys([*_leave(session, community_id, members, monday), *_away(wishes, monday)])),
        fixed=tuple(dict.fromkeys(_fixed(wishes, slots, present, sittings))),
        published=published(session, community_id, week, present),
        desk_least=rules.desk_least,
        desk_most=rules.desk_most,
        reception_staff=rules.reception_staff,
    )
    return Asked(
        week=workdays.week_of(monday),
        monday=monday,
        demand=demand,
        staff=_names(session, model.Staff, community_id),
        grids={number: area.name for number, area in areas.items()},
        areas=areas,
        sittings=sittings,
        shares=shares,
        notes=tuple(notes),
    )


def held(
    session: Session, community_id: int, monday: dt.date, present: Mapping[int, int]
) -> tuple[dict[tuple[int, Slot], model.Reception], dict[int, model.Reception]]:
    """Return the receptions of the week that begins on ``monday`` by grid and half day, and those that fall out.

    Parameters
    ----------
    present
        The grid that has taken each grid's place, as `present_grids` gives it.
    """
    calendar = workdays.official()
    sittings: dict[tuple[int, Slot], model.Reception] = {}
    dropped: dict[int, model.Reception] = {}
    for sitting in session.scalars(_of(model.Reception, community_id)):
        grid, day = present.get(sitting.grid_id), calendar.held_on(monday, sitting.weekday)
        if grid is not None and day is None:
            dropped[grid] = sitting
        elif grid is not None and day is not None:
            sittings[grid, Slot(day=day, half=sitting.half)] = sitting
    return sittings, dropped


def published(
    session: Session, community_id: int, week: str, present: Mapping[int, int] | None = None
) -> tuple[Assignment, ...]:
    """Return the duties of a week that people know, in order.

    Parameters
    ----------
    present
        The grid that has taken each grid's place; None for the grids as they were then.
    """
    row = session.scalars(_of(model.WeekRota, community_id).where(sa.inspect(model.WeekRota).c.week == week)).first()
    if row is None or row.published_at is None:
        return ()
    return duties(session, row, published=True, present=present)


def duties(
    session: Session, row: model.WeekRota, *, published: bool, present: Mapping[int, int] | None = None
) -> tuple[Assignment, ...]:
    """Return the duties of a rota that is kept, in order: of the draft, or as published."""
    of = sa.inspect(model.RotaDuty).c
    wanted = sa.select(model.RotaDuty).where(of.rota_id == row.id, of.published == published)
    found = (
        Assignment(
            slot=Slot(day=one.day, half=one.half),
            duty=one.duty,
            staff=one.staff_id,
            grid=one.grid_id if present is None or one.grid_id is None else present.get(one.grid_id, one.grid_id),
        )
        for one in session.scalars(wanted)
    )
    return tuple(sorted(found, key=lambda one: one.order))


def present_grids(session: Session, community_id: int, day: dt.date) -> dict[int, int]:
    """Return for each grid of any division the one of ``day`` that has its code."""
    version = grids.current_version(session, community_id, day)
    areas = [] if version is None else grids.grids_within(session, version)
    return _present(session, community_id, {int(area.id or 0): area for area in areas})


def _present(session: Session, community_id: int, areas: Mapping[int, model.Grid]) -> dict[int, int]:
    # Receptions and rotas outlive a division: they go on in the grid that has the same code.
    by_code = {area.code: number for number, area in areas.items()}
    of = sa.inspect(model.Grid).c
    codes = session.execute(sa.select(of.id, of.code).where(of.community_id == community_id))
    return {int(number): by_code[code] for number, code in codes if code in by_code}


def _weeks_before(
    session: Session, community_id: int, monday: dt.date, off_desk_weekday: int
) -> list[tuple[tuple[Assignment, ...], frozenset[dt.date]]]:
    calendar = workdays.official()
    found = []
    for n in range(1, rota_fairness.WEEKS + 1):
        first = monday - 7 * n * _DAY
        told = published(session, community_id, workdays.week_of(first))
        if told:
            day = calendar.held_on(first, off_desk_weekday)
            found.append((told, frozenset() if day is None else frozenset({day})))
    return found


def _leave(
    session: Session, community_id: int, members: Mapping[int, staffing.Member], monday: dt.date
) -> list[rota.Absence]:
    return [
        rota.Absence(staff=one.staff_id, first=one.from_day, last=one.to_day)
        for one in session.scalars(_of(model.Leave, community_id))
        if one.staff_id in members and one.from_day <= monday + 6 * _DAY and one.to_day >= monday
    ]


def _away(wishes: Iterable[model.RotaWish], monday: dt.date) -> list[rota.Absence]:
    found = []
    for one in wishes:
        day = _day(one, monday)
        if one.duty is None and day is not None:
            why = "blackout" if one.weekday is None else "part_time"
            found.append(rota.Absence(staff=one.staff_id, first=day, last=day, half=one.half, why=why))
    return found


def _fixed(
    wishes: Iterable[model.RotaWish],
    slots: tuple[Slot, ...],
    present: Mapping[int, int],
    sittings: Mapping[tuple[int, Slot], model.Reception],
) -> list[Assignment]:
    found = []
    for one in wishes:
        if one.duty is None:
            continue
        grid = None if one.grid_id is None else present.get(one.grid_id)
        for slot in slots:
            meant = slot.day == one.day if one.weekday is None else slot.day.isoweekday() == one.weekday
            if not meant or one.half not in (None, slot.half):
                continue
            if one.duty == rota.Duty.RECEPTION and (grid, slot) not in sittings:
                continue  # it is not held in this half day
            found.append(Assignment(slot=slot, duty=one.duty, staff=one.staff_id, grid=grid))
    return found


def _day(wish: model.RotaWish, monday: dt.date) -> dt.date | None:
    day = wish.day if wish.weekday is None else monday + (wish.weekday - 1) * _DAY
    return day if day is not None and monday <= day <= monday + 6 * _DAY else None


def _own(area: model.Grid, members: Mapping[int, staffing.Member]) -> frozenset[int]:
    leader = members.get(area.leader_id or 0)
    return frozenset() if leader is None else leader.partners | {leader.id}


def _names(session: Session, cls: type[model.Staff], community_id: int) -> dict[int, str]:
    return {int(one.id or 0): one.name for one in session.scalars(_of(cls, community_id))}


def _of(cls: type[model.Owned], community_id: int) -> sa.Select[Any]:
    columns = sa.inspect(cls).c
    return sa.select(cls).where(columns.community_id == community_id).order_by(columns.id)
