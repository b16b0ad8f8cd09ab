"""The rota as a model of CP-SAT: one switch for each person, half day and duty.

Every rule hangs on a literal of its own. They are all demanded; where nothing can hold them together, the solver names
some that clash, and these are thinned until each is needed.
"""

from __future__ import annotations

import itertools
import time
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from ortools.sat.python import cp_model

from gridmap.planning import rota
from gridmap.planning.rota import Assignment, Demand, Duty, Load, Person, Rota, Rule, Slot, Status

# What one of each costs: each is dearer than all that stands below it can be in a week of a community.
_CHANGED = 100_000
_UNWALKED = 3_000
_STRANGER = 60
_THIRD_AT_DESK = 40
_NOT_DESK_POST = 30
# The n-th duty of a kind costs this much times (2 n - 1): the sum is that of the squares, least when all have the same.
_EVEN = 10
# A search is cut by work done, not by the clock, so that a slow machine gives the same rota; the clock comes last.
_WORK_PER_SECOND = 1.0
_STATUS = {
    cp_model.OPTIMAL: Status.OPTIMAL,
    cp_model.FEASIBLE: Status.FEASIBLE,
    cp_model.INFEASIBLE: Status.INFEASIBLE,
}


@dataclass
class _Model:
    demand: Demand
    cp: cp_model.CpModel = field(default_factory=cp_model.CpModel)
    duties: dict[Assignment, Any] = field(default_factory=dict)
    rules: dict[Rule, Any] = field(default_factory=dict)
    costs: list[Any] = field(default_factory=list)

    def held_by(self, rule: Rule) -> Any:
        if rule not in self.rules:
            self.rules[rule] = self.cp.new_bool_var(f"rule {len(self.rules)}")
        return self.rules[rule]

    def of(self, slot: Slot, *, duty: Duty | None = None, staff: int | None = None) -> list[Any]:
        return [switch for one, switch in self.by_slot[slot] if duty in (None, one.duty) and staff in (None, one.staff)]

    def __post_init__(self) -> None:
        self.by_slot: dict[Slot, list[tuple[Assignment, Any]]] = defaultdict(list)


def solve(demand: Demand, *, seconds: float = rota.SECONDS, seed: int = 0) -> Rota:
    """Find the best rota: fewest changes to what is published, then every grid walked, own grids, even loads.

    Parameters
    ----------
    demand
        What must hold.
    seconds
        Longest search.
    seed
        The same seed gives the same rota.
    """
    begun = time.perf_counter()
    made = _build(demand)
    _weigh(made)
    made.cp.add_bool_and(list(made.rules.values()))
    made.cp.minimize(sum(made.costs))
    solver = _solver(seconds, seed)
    status = _STATUS.get(solver.solve(made.cp), Status.UNKNOWN)
    if status == Status.INFEASIBLE:
        clash = _clash(demand, seconds, seed)
        return Rota(status=status, clash=clash, seconds=time.perf_counter() - begun)
    if status == Status.UNKNOWN:
        return Rota(status=status, seconds=time.perf_counter() - begun)
    chosen = (one for one, switch in made.duties.items() if solver.boolean_value(switch))
    return Rota(
        status=status,
        duties=tuple(sorted(chosen, key=lambda one: one.order)),
        cost=solver.objective_value,
        bound=solver.best_objective_bound,
        seconds=time.perf_counter() - begun,
    )


def _solver(seconds: float, seed: int) -> cp_model.CpSolver:
    solver = cp_model.CpSolver()
    solver.parameters.random_seed = seed
    # Several workers race, and the rota would be that of whoever comes first.
    solver.parameters.num_workers = 1
    solver.parameters.max_deterministic_time = seconds * _WORK_PER_SECOND
    solver.parameters.max_time_in_seconds = seconds * 3
    return solver


def _build(demand: Demand) -> _Model:
    made = _Model(demand)
    for one in _possible(demand):
        switch = made.cp.new_bool_var(f"{one.slot.day} {one.slot.half} {one.duty} {one.grid} {one.staff}")
        made.duties[one] = switch
        made.by_slot[one.slot].append((one, switch))
    for slot in demand.slots:
        _slot(made, slot)
    for place in demand.receptions:
        if place.slot is not None:
            there = [s for one, s in made.by_slot[place.slot] if one.duty == Duty.RECEPTION and one.grid == place.grid]
            held = made.held_by(rota.reception_rule(demand, place))
            made.cp.add(sum(there) == demand.reception_staff).only_enforce_if(held)
    for absence in demand.absences:
        held = made.held_by(rota.away_rule(absence))
        for slot in filter(absence.covers, demand.slots):
            made.cp.add(sum(made.of(slot, staff=absence.staff)) == 0).only_enforce_if(held)
    for wanted in demand.fixed:
        fitting = [switch for one, switch in made.by_slot[wanted.slot] if rota.meets(one, wanted)]
        made.cp.add(sum(fitting) >= 1).only_enforce_if(made.held_by(rota.fixed_rule(wanted)))
    return made


def _possible(demand: Demand) -> list[Assignment]:
    """Return every duty that a person could have."""
    found: list[Assignment] = []
    settled = {one.slot for one in demand.fixed if one.duty == Duty.WALK}
    for slot, person in itertools.product(demand.slots, demand.people):
        if person.all_round:
            found.append(Assignment(slot=slot, duty=Duty.DESK, staff=person.id))
        for place in demand.receptions:
            if place.slot == slot:
                found.append(Assignment(slot=slot, duty=Duty.RECEPTION, staff=person.id, grid=place.grid))
        if slot.day in demand.off_desk or slot in settled:
            found += [Assignment(slot=slot, duty=Duty.WALK, staff=person.id, grid=place.grid) for place in demand.grids]
    if demand.fixed:
        # On other days only those walk of whom it was settled.
        walks = [one for one in demand.fixed if one.duty == Duty.WALK]
        found = [
            one
            for one in found
            if one.duty != Duty.WALK
            or one.slot.day in demand.off_desk
            or any(rota.meets(one, wanted) for wanted in walks)
        ]
    return list(dict.fromkeys(found))


def _slot(made: _Model, slot: Slot) -> None:
    demand = made.demand
    at_desk = made.of(slot, duty=Duty.DESK)
    desk = made.held_by(rota.desk_rule(demand, slot))
    made.cp.add(sum(at_desk) >= demand.desk_least).only_enforce_if(desk)
    made.cp.add(sum(at_desk) <= demand.desk_most).only_enforce_if(desk)
    outside = slot.day in demand.off_desk
    for person in demand.people:
        mine = made.of(slot, staff=person.id)
        if mine:
            made.cp.add_at_most_one(mine)
        if outside and demand.grids and not rota.is_away(demand, person.id, slot):
            made.cp.add(sum(mine) == 1).only_enforce_if(made.held_by(rota.off_desk_rule(slot.day)))
    for pair in demand.pairs:
        held = made.held_by(rota.pair_rule(pair, slot))
        away = [_away(made, staff, slot) for staff in pair]
        made.cp.add(sum(away) <= 1).only_enforce_if(held)
        if not outside:
            out = [made.of(slot, staff=staff, duty=duty) for staff in pair for duty in (Duty.RECEPTION, Duty.WALK)]
            made.cp.add(sum(itertools.chain(*out)) <= 1).only_enforce_if(held)


def _away(made: _Model, staff: int, slot: Slot) -> Any:
    """Return a switch that is on where an absence that is held to covers the half day."""
    away = made.cp.new_bool_var(f"away {staff} {slot.day} {slot.half}")
    for absence in made.demand.absences:
        if absence.staff == staff and absence.covers(slot):
            made.cp.add_implication(made.held_by(rota.away_rule(absence)), away)
    return away


def _weigh(made: _Model) -> None:
    demand = made.demand
    known = set(demand.published)
    for one, switch in made.duties.items():
        if demand.published:
            made.costs.append(_CHANGED * ((1 - switch) if one in known else switch))
        if one.duty != Duty.DESK and _is_stranger(demand, one):
            made.costs.append(_STRANGER * switch)
    posts = {person.id for person in demand.people if person.desk_post}
    for slot in demand.slots:
        at_desk = [(one, switch) for one, switch in made.by_slot[slot] if one.duty == Duty.DESK]
        made.costs += [_THIRD_AT_DESK * switch for _, switch in at_desk]
        if posts:
            made.costs += [_NOT_DESK_POST * switch for one, switch in at_desk if one.staff not in posts]
        if slot.day in demand.off_desk:
            for place in demand.grids:
                unwalked = made.cp.new_bool_var(f"unwalked {place.grid} {slot.day} {slot.half}")
                walks = [s for one, s in made.by_slot[slot] if one.duty == Duty.WALK and one.grid == place.grid]
                made.cp.add(sum(walks) + unwalked >= 1)
                made.costs.append(_UNWALKED * unwalked)
    for person in demand.people:
        _even(made, person)


def _is_stranger(demand: Demand, one: Assignment) -> bool:
    places = demand.receptions if one.duty == Duty.RECEPTION else demand.grids
    own = {staff for place in places if place.grid == one.grid for staff in place.own}
    return bool(own) and one.staff not in own


def _even(made: _Model, person: Person) -> None:
    demand = made.demand
    there = sum(not rota.is_away(demand, person.id, slot) for slot in demand.slots)
    # Who is there for half the week does as much as others with half the load.
    scale = len(demand.slots) / there if there else 1.0
    by_load: dict[Load, list[Any]] = defaultdict(list)
    for one, switch in made.duties.items():
        if one.staff == person.id:
            by_load[rota.load_of(one, demand.off_desk)].append(switch)
    for load, switches in by_load.items():
        most = min(len(switches), len({one.slot for one in made.duties if one.staff == person.id}))
        steps = [made.cp.new_bool_var(f"{person.id} {load} {n}") for n in range(most)]
        made.cp.add(sum(switches) == sum(steps))
        past = person.past.get(load, 0.0)
        made.costs += [round(_EVEN * scale * (2 * (past + n) + 1)) * step for n, step in enumerate(steps)]
        for lower, upper in itertools.pairwise(steps):
            made.cp.add_implication(upper, lower)


def _clash(demand: Demand, seconds: float, seed: int) -> tuple[Rule, ...]:
    """Return rules that cannot hold together, each of which is needed for that."""
    made = _build(demand)
    solver = _solver(seconds, seed)

    def clashing(rules: Sequence[Rule]) -> list[Rule] | None:
        made.cp.clear_assumptions()
        made.cp.add_assumptions([made.rules[rule] for rule in rules])
        if solver.solve(made.cp) != cp_model.INFEASIBLE:
            return None
        named = set(solver.sufficient_assumptions_for_infeasibility())
        return [rule for rule in rules if made.rules[rule].index in named]

    kept = clashing(list(made.rules)) or list(made.rules)
    for rule in list(kept):
        if rule in kept:
            fewer = clashing([other for other in kept if other != rule])
            kept = kept if fewer is None else fewer
    return tuple(kept)
