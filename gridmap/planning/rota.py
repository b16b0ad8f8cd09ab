"""Who does what in a week of half days: what is demanded, what is answered, and which rules that obeys.

Three duties: the all-round desk (全岗), a grid's reception (网格会客厅) and, on the off-desk day (离案工作日), a walk.
Whoever has none of them in a half day is in the office. `rota_solving.solve` finds the best; `broken` says which rules
a given one breaks, without the solver.
"""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum

from gridmap.model import Duty as Duty
from gridmap.model import Half

SECONDS = 20.0
"""Longest search, in seconds, where nothing else is asked."""


class Status(StrEnum):
    """What is known of an answer; ``OPTIMAL`` only where the solver proved it."""

    OPTIMAL = "optimal"
    FEASIBLE = "feasible"
    INFEASIBLE = "infeasible"
    UNKNOWN = "unknown"


class Load(StrEnum):
    """What is shared out evenly over the weeks; ``FRIDAY`` is the desk on the off-desk day."""

    DESK = "desk"
    RECEPTION = "reception"
    WALK = "walk"
    FRIDAY = "friday"


class RuleKind(StrEnum):
    """The rules that no rota breaks."""

    DESK = "desk"
    ALL_ROUND = "all_round"
    RECEPTION = "reception"
    OFF_DESK = "off_desk"
    PAIR = "pair"
    AWAY = "away"
    FIXED = "fixed"
    ONCE = "once"
    GONE = "gone"
    NOT_WORKED = "not_worked"


@dataclass(frozen=True, kw_only=True)
class Slot:
    """Half a day."""

    day: dt.date
    half: Half

    @property
    def order(self) -> tuple[dt.date, bool]:
        """What half days are sorted by."""
        return self.day, self.half == Half.AFTERNOON


@dataclass(frozen=True, kw_only=True)
class Person:
    """A member of staff.

    Parameters
    ----------
    id
        Number of the member of staff.
    all_round
        Whether they may sit at the desk.
    desk_post
        Whether the desk is their post; they sit there sooner than others.
    partner
        The other half of the A/B pair.
    past
        How much of each load they had in the weeks before.
    """

    id: int
    all_round: bool = True
    desk_post: bool = False
    partner: int | None = None
    past: Mapping[Load, float] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class Place:
    """A grid to be walked, and whose it is; with a ``slot``, its reception."""

    grid: int
    own: frozenset[int] = frozenset()
    slot: Slot | None = None


@dataclass(frozen=True, kw_only=True)
class Absence:
    """Days, or halves of them, on which a person is not there; ``why`` is ``leave``, ``part_time`` or ``blackout``."""

    staff: int
    first: dt.date
    last: dt.date
    half: Half | None = None
    why: str = "leave"

    def covers(self, slot: Slot) -> bool:
        """Whether the person is away in a half day."""
        return self.first <= slot.day <= self.last and self.half in (None, slot.half)


@dataclass(frozen=True, kw_only=True)
class Assignment:
    """A duty of one person; ``grid`` is None at the desk."""

    slot: Slot
    duty: Duty
    staff: int
    grid: int | None = None

    @property
    def order(self) -> tuple[tuple[dt.date, bool], str, int, int]:
        """What duties are sorted by."""
        return self.slot.order, self.duty.value, self.grid or 0, self.staff


@dataclass(frozen=True, kw_only=True)
class Demand:
    """What a week's rota must hold.

    Parameters
    ----------
    people
        Whoever may have duties.
    slots
        The half days that are worked, in order.
    off_desk
        Days on which all but the desk are outside.
    receptions, grids
        Receptions with their half day; grids that are walked on the off-desk day.
    absences, fixed
        Who is away; what is settled already. A walk that is settled may leave its grid open.
    published
        The rota that people know; as little as possible of it is changed.
    desk_least, desk_most
        Staff at the desk in each half day.
    reception_staff
        Staff at each reception.
    """

    people: tuple[Person, ...]
    slots: tuple[Slot, ...]
    off_desk: frozenset[dt.date] = frozenset()
    receptions: tuple[Place, ...] = ()
    grids: tuple[Place, ...] = ()
    absences: tuple[Absence, ...] = ()
    fixed: tuple[Assignment, ...] = ()
    published: tuple[Assignment, ...] = ()
    desk_least: int = 2
    desk_most: int = 3
    reception_staff: int = 1

    @property
    def pairs(self) -> tuple[tuple[int, int], ...]:
        """The A/B pairs, each once."""
        here = {one.id for one in self.people}
        told = {
            (min(one.id, one.partner), max(one.id, one.partner))
            for one in self.people
            if one.partner not in (None, one.id)
        }
        return tuple(sorted(pair for pair in told if here.issuperset(pair)))


@dataclass(frozen=True, kw_only=True)
class Rule:
    """One rule, in one place: what a clash is made of. ``n`` is a number that it names, ``why`` the kind of absence."""

    kind: RuleKind
    staff: tuple[int, ...] = ()
    first: dt.date | None = None
    last: dt.date | None = None
    half: Half | None = None
    grid: int | None = None
    duty: Duty | None = None
    n: int = 0
    why: str = ""


@dataclass(frozen=True, kw_only=True)
class Rota:
    """An answer.

    Parameters
    ----------
    status
        What is known of it.
    duties
        The duties in order; empty where there is none.
    clash
        Where there can be no rota: rules that cannot hold together, none of which could be left out of this list.
    cost, bound
        What was minimised, and what it cannot fall below.
    seconds
        How long the search took.
    """

    status: Status
    duties: tuple[Assignment, ...] = ()
    clash: tuple[Rule, ...] = ()
    cost: float | None = None
    bound: float | None = None
    seconds: float = 0.0


@dataclass(frozen=True, kw_only=True)
class Change:
    """A half day of one person that differs between two rotas; None is the office."""

    slot: Slot
    staff: int
    before: Assignment | None
    after: Assignment | None


def changes(before: Iterable[Assignment], after: Iterable[Assignment]) -> tuple[Change, ...]:
    """Return what differs between two rotas, in order."""
    old = {(one.slot, one.staff): one for one in before}
    new = {(one.slot, one.staff): one for one in after}
    keys = sorted(old.keys() | new.keys(), key=lambda key: (key[0].order, key[1]))
    return tuple(
        Change(slot=slot, staff=staff, before=old.get((slot, staff)), after=new.get((slot, staff)))
        for slot, staff in keys
        if old.get((slot, staff)) != new.get((slot, staff))
    )


def exchanged(duties: Iterable[Assignment], one: tuple[Slot, int], other: tuple[Slot, int]) -> tuple[Assignment, ...]:
    """Return a rota in which two people have taken each other's duty, in order.

    Parameters
    ----------
    duties
        The rota before.
    one, other
        Half day and person of each duty; whoever has none then only takes over the other's.
    """
    kept, moved = [], []
    for duty in duties:
        if (duty.slot, duty.staff) == one:
            moved.append(replace(duty, staff=other[1]))
        elif (duty.slot, duty.staff) == other:
            moved.append(replace(duty, staff=one[1]))
        else:
            kept.append(duty)
    return tuple(sorted([*kept, *moved], key=lambda duty: duty.order))


def loads(duties: Iterable[Assignment], off_desk: Iterable[dt.date]) -> Mapping[tuple[int, Load], int]:
    """Count each person's load."""
    outside = frozenset(off_desk)
    return Counter((one.staff, load_of(one, outside)) for one in duties)


def load_of(one: Assignment, off_desk: frozenset[dt.date]) -> Load:
    """Return which load a duty counts as."""
    return Load.FRIDAY if one.duty == Duty.DESK and one.slot.day in off_desk else Load(one.duty.value)


def desk_rule(demand: Demand, slot: Slot) -> Rule:
    """Return the rule of the desk in a half day."""
    return Rule(kind=RuleKind.DESK, first=slot.day, half=slot.half, n=demand.desk_least)


def reception_rule(demand: Demand, place: Place) -> Rule:
    """Return the rule of one reception."""
    day, half = (None, None) if place.slot is None else (place.slot.day, place.slot.half)
    return Rule(kind=RuleKind.RECEPTION, first=day, half=half, grid=place.grid, n=demand.reception_staff)


def pair_rule(pair: tuple[int, int], slot: Slot) -> Rule:
    """Return the rule of a pair in a half day."""
    return Rule(kind=RuleKind.PAIR, staff=pair, first=slot.day, half=slot.half)


def away_rule(absence: Absence) -> Rule:
    """Return the rule of an absence."""
    return Rule(
        kind=RuleKind.AWAY,
        staff=(absence.staff,),
        first=absence.first,
        last=absence.last,
        half=absence.half,
        why=absence.why,
    )


def fixed_rule(one: Assignment) -> Rule:
    """Return the rule of what is settled."""
    return Rule(
        kind=RuleKind.FIXED, staff=(one.staff,), first=one.slot.day, half=one.slot.half, grid=one.grid, duty=one.duty
    )


def off_desk_rule(day: dt.date) -> Rule:
    """Return the rule of an off-desk day."""
    return Rule(kind=RuleKind.OFF_DESK, first=day)


def is_away(demand: Demand, staff: int, slot: Slot) -> bool:
    """Whether a person is away in a half day."""
    return any(one.staff == staff and one.covers(slot) for one in demand.absences)


def meets(one: Assignment, wanted: Assignment) -> bool:
    """Whether a duty is what was settled."""
    same = (one.slot, one.duty, one.staff) == (wanted.slot, wanted.duty, wanted.staff)
    return same and wanted.grid in (None, one.grid)
