"""The rota of a week: what the store says of staff, pairs, leave, grids and receptions, put to the solver."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from gridmap import i18n, model, settings
from gridmap.errors import InputError
from gridmap.model import Half, PostKind
from gridmap.planning import rota, workdays
from gridmap.services import grids, staffing
from gridmap.store import Store


@dataclass(frozen=True, kw_only=True)
class Week:
    """A week's rota with the names it needs.

    Parameters
    ----------
    week
        ISO week, such as ``2026-W48``.
    demand, answer
        What was asked, and what came of it.
    staff, grids
        Names by number.
    notes
        What the reader must know besides.
    """

    week: str
    demand: rota.Demand
    answer: rota.Rota
    staff: Mapping[int, str]
    grids: Mapping[int, str]
    notes: tuple[i18n.Phrase, ...]

    def said(self, rule: rota.Rule, language: str) -> str:
        """Return a rule in words."""
        fields = {
            "names": [self.staff[one] for one in rule.staff],
            "first": "" if rule.first is None else rule.first.isoformat(),
            "last": "" if rule.last is None else rule.last.isoformat(),
            "half": i18n.text(f"rota.half.{rule.half or 'day'}", language),
            "grid": "" if rule.grid is None else self.grids[rule.grid],
            "n": rule.n,
            "able": sum(one.all_round for one in self.demand.people),
        }
        return i18n.text(f"rota.rule.{rule.kind}", language, **fields)


def plan(store: Store, community_id: int, week: str, *, seconds: float = rota.SECONDS, seed: int = 0) -> Week:
    """Find the best rota of a week; nothing is kept.

    Raises
    ------
    InputError
        If there is no such week, nobody on the staff, or three people make one A/B pair.
    """
    # The solver is heavy to import, and most commands do without it.
    from gridmap.planning import rota_solving

    monday = workdays.monday_of(week)
    with store.read() as session:
        members = staffing.within(session, community_id)
        version = grids.current_version(session, community_id)
        areas = [] if version is None else grids.grids_within(session, version)
        receptions: list[model.Reception] = list(session.scalars(_of(model.Reception, community_id)))
        leave: list[model.Leave] = list(session.scalars(_of(model.Leave, community_id)))
    if not members:
        raise InputError("rota_no_staff")
    for one in members.values():
        if len(one.partners) > 1:
            trio = [one.name, *(members[other].name for other in sorted(one.partners))]
            raise InputError("rota_pair_of_three", names=trio)
    rules = settings.defaults()["rota"]
    calendar = workdays.official()
    own = {int(area.id or 0): _own(area, members) for area in areas}
    notes: list[i18n.Phrase] = []
    if not all(calendar.knows(monday + dt.timedelta(days=n)) for n in range(7)):
        notes.append(i18n.Phrase("rota.note.unknown_year", {"week": week}))
    days = calendar.days(monday)
    if not days:
        notes.append(i18n.Phrase("rota.note.no_days", {"week": week}))
    off_desk = calendar.held_on(monday, int(rules["off_desk_weekday"]))
    held = {}
    for sitting in receptions:
        day = calendar.held_on(monday, sitting.weekday)
        if sitting.grid_id in own and day is None:
            notes.append(i18n.Phrase("rota.note.dropped", {"place": sitting.place}))
        elif sitting.grid_id in own and day is not None:
            slot = rota.Slot(day=day, half=sitting.half)
            held[sitting.grid_id, slot] = rota.Place(grid=sitting.grid_id, own=own[sitting.grid_id], slot=slot)
    sat_in = {sitting.grid_id for sitting in receptions}
    names = {int(area.id or 0): area.name for area in areas}
    notes += [i18n.Phrase("rota.note.no_reception", {"grid": names[one]}) for one in own if one not in sat_in]
    demand = rota.Demand(
        people=tuple(
            rota.Person(
                id=one.id,
                all_round=one.post != PostKind.SECRETARY,
                desk_post=one.post == PostKind.DESK,
                partner=next(iter(one.partners), None),
            )
            for one in members.values()
        ),
        slots=tuple(rota.Slot(day=day, half=half) for day in days for half in (Half.MORNING, Half.AFTERNOON)),
        off_desk=frozenset() if off_desk is None else frozenset({off_desk}),
        receptions=tuple(held.values()),
        grids=tuple(rota.Place(grid=number, own=mine) for number, mine in own.items()),
        absences=tuple(
            rota.Absence(staff=one.staff_id, first=one.from_day, last=one.to_day)
            for one in leave
            if one.staff_id in members and one.from_day <= monday + dt.timedelta(days=6) and one.to_day >= monday
        ),
        desk_least=int(rules["desk_least"]),
        desk_most=int(rules["desk_most"]),
        reception_staff=int(rules["reception_staff"]),
    )
    return Week(
        week=workdays.week_of(monday),
        demand=demand,
        answer=rota_solving.solve(demand, seconds=seconds, seed=seed),
        staff={number: one.name for number, one in members.items()},
        grids=names,
        notes=tuple(notes),
    )


def _own(area: model.Grid, members: Mapping[int, staffing.Member]) -> frozenset[int]:
    leader = members.get(area.leader_id or 0)
    return frozenset() if leader is None else leader.partners | {leader.id}


def _of(cls: type[model.Owned], community_id: int) -> sa.Select[Any]:
    columns = sa.inspect(cls).c
    return sa.select(cls).where(columns.community_id == community_id).order_by(columns.id)
