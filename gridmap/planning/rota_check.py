"""Which rules a rota breaks, worked out without the solver."""

from __future__ import annotations

import itertools
from collections import Counter
from collections.abc import Iterator, Sequence

from gridmap.planning import rota
from gridmap.planning.rota import Assignment, Demand, Duty, Rule, RuleKind


def broken(demand: Demand, duties: Sequence[Assignment]) -> tuple[Rule, ...]:
    """Return the rules that a rota breaks, in the order of `RuleKind`."""
    return tuple(
        itertools.chain(
            _desk_broken(demand, duties),
            _receptions_broken(demand, duties),
            _off_desk_broken(demand, duties),
            _pairs_broken(demand, duties),
            _away_broken(demand, duties),
            _fixed_broken(demand, duties),
            _twice(demand, duties),
        )
    )


def newly_broken(demand: Demand, before: Sequence[Assignment], after: Sequence[Assignment]) -> tuple[Rule, ...]:
    """Return the rules that a change breaks and that were not broken before it."""
    known = set(broken(demand, before))
    return tuple(rule for rule in broken(demand, after) if rule not in known)


def _desk_broken(demand: Demand, duties: Sequence[Assignment]) -> Iterator[Rule]:
    able = {one.id for one in demand.people if one.all_round}
    for slot in demand.slots:
        at_desk = [one.staff for one in duties if one.slot == slot and one.duty == Duty.DESK]
        if not demand.desk_least <= len(at_desk) <= demand.desk_most:
            yield rota.desk_rule(demand, slot)
        for staff in sorted(set(at_desk) - able):
            yield Rule(kind=RuleKind.ALL_ROUND, staff=(staff,), first=slot.day, half=slot.half)


def _receptions_broken(demand: Demand, duties: Sequence[Assignment]) -> Iterator[Rule]:
    for place in demand.receptions:
        there = [
            one for one in duties if one.duty == Duty.RECEPTION and (one.slot, one.grid) == (place.slot, place.grid)
        ]
        if len(there) != demand.reception_staff:
            yield rota.reception_rule(demand, place)


def _off_desk_broken(demand: Demand, duties: Sequence[Assignment]) -> Iterator[Rule]:
    busy = {(one.staff, one.slot) for one in duties}
    for day in sorted(demand.off_desk):
        idle = any(
            (one.id, slot) not in busy and not rota.is_away(demand, one.id, slot)
            for one in demand.people
            for slot in demand.slots
            if slot.day == day
        )
        if idle and demand.grids:
            yield rota.off_desk_rule(day)


def _pairs_broken(demand: Demand, duties: Sequence[Assignment]) -> Iterator[Rule]:
    outside = {(one.staff, one.slot) for one in duties if one.duty != Duty.DESK and one.slot.day not in demand.off_desk}
    for pair in demand.pairs:
        for slot in demand.slots:
            both_away = all(rota.is_away(demand, one, slot) for one in pair)
            if both_away or all((one, slot) in outside for one in pair):
                yield rota.pair_rule(pair, slot)


def _away_broken(demand: Demand, duties: Sequence[Assignment]) -> Iterator[Rule]:
    for absence in demand.absences:
        if any(one.staff == absence.staff and absence.covers(one.slot) for one in duties):
            yield rota.away_rule(absence)


def _fixed_broken(demand: Demand, duties: Sequence[Assignment]) -> Iterator[Rule]:
    for wanted in demand.fixed:
        if not any(rota.meets(one, wanted) for one in duties):
            yield rota.fixed_rule(wanted)


def _twice(demand: Demand, duties: Sequence[Assignment]) -> Iterator[Rule]:
    known = {one.id for one in demand.people}
    for (slot, staff), n in Counter((one.slot, one.staff) for one in duties).items():
        if n > 1:
            yield Rule(kind=RuleKind.ONCE, staff=(staff,), first=slot.day, half=slot.half)
        if staff not in known:
            yield Rule(kind=RuleKind.GONE, staff=(staff,), first=slot.day, half=slot.half)
        if slot not in demand.slots:
            yield Rule(kind=RuleKind.NOT_WORKED, first=slot.day)
