"""Who can walk when in a week: by the published rota, or as the planner says where there is none.

On the off-desk day whoever walks by the rota walks their grid. Whoever holds a grid's reception walks round it in what
is left of the half day before or after it.
"""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, replace

from gridmap.errors import InputError
from gridmap.model import Duty, Half, Reception
from gridmap.planning import workdays
from gridmap.planning.rota import Assignment, Slot
from gridmap.services import community_settings, rota_demand, rota_rules, walk_places, walk_staff
from gridmap.services.community_data import CommunityData
from gridmap.services.rota_rules import Rules
from gridmap.services.walk_made import Outing
from gridmap.store import Store

LEAST_MIN = 20
"""Less is left of a half day than a walk is worth."""


@dataclass(frozen=True, kw_only=True)
class Week:
    """A week's half days for walks.

    Parameters
    ----------
    week
        ISO week.
    published
        Whether there is a published rota.
    outings
        Who walks when by it, in order; those of days that are over, or who are away or walk already, are left out.
    busy
        Numbers of staff who would walk, with their half day, and do not: they are away, or have a walk already.
    """

    week: str
    published: bool
    outings: tuple[Outing, ...]
    busy: tuple[tuple[Slot, int], ...] = ()


def by_rota(
    store: Store,
    data: CommunityData,
    week: str,
    *,
    today: dt.date,
    receptions: bool = True,
    letters: Iterable[str] = (),
    people: int = 1,
    replaced: Iterable[int] = (),
) -> Week:
    """Return who walks when in a week by the published rota.

    Parameters
    ----------
    store, data
        The community.
    week
        ISO week, such as ``2026-W48``.
    today
        Days before are over.
    receptions
        Whether those who hold a reception walk before or after it.
    letters
        Letters of the grids that are walked; none for all.
    people
        One or two in each team: of those whom the rota sends to the same grid.
    replaced
        Numbers of walks that are planned anew: who goes on them is free.

    Raises
    ------
    InputError
        If there is no such week, nobody on the staff, or teams of more than two are asked for.
    """
    if people not in (1, 2):
        raise InputError("walks_walkers", n=people)
    community_id = community_settings.number(data.community)
    monday = workdays.monday_of(week)
    week = workdays.week_of(monday)
    with store.read() as session:
        present = rota_demand.present_grids(session, community_id, max(monday, today))
        known = rota_demand.published(session, community_id, week, present)
        held, _ = rota_demand.held(session, community_id, monday, present)
        rules = rota_rules.within(session, community_id)
    letter_of, wanted = data.grids["letter"].to_dict(), frozenset(letters)
    sent: dict[tuple[Slot, int, Duty], list[Assignment]] = defaultdict(list)
    for one in known:
        if one.grid is None or letter_of.get(one.grid) not in (wanted or set(letter_of.values())):
            continue
        if one.slot.day >= today and (one.duty == Duty.WALK or (receptions and one.duty == Duty.RECEPTION)):
            sent[one.slot, one.grid, one.duty].append(one)
    theirs = frozenset(replaced)
    outings: list[Outing] = []
    busy: list[tuple[Slot, int]] = []
    free: dict[Slot, frozenset[int]] = {}
    for (slot, grid, duty), some in sorted(sent.items(), key=lambda item: item[1][0].order):
        if slot not in free:
            free[slot] = _free(store, data, community_id, slot, theirs)
        busy += [(slot, one.staff) for one in some if one.staff not in free[slot]]
        going = sorted({one.staff for one in some} & free[slot])
        for at in range(0, len(going), people):
            team, letter = tuple(going[at : at + people]), str(letter_of[grid])
            outings += _outings(slot, team, letter, held.get((grid, slot)), duty, rules)
    return Week(week=week, published=bool(known), outings=tuple(outings), busy=tuple(busy))


def chosen(slots: Iterable[Slot], staff: Iterable[int], people: int = 1) -> tuple[Outing, ...]:
    """Return outings of the same staff, one or two together, in each of some half days."""
    who = tuple(staff)
    teams = [who[at : at + people] for at in range(0, len(who), people)]
    return tuple(Outing(day=slot.day, half=slot.half, staff=team) for slot in slots for team in teams)


def slots(week: str, today: dt.date) -> tuple[Slot, ...]:
    """Return the half days of a week that are worked and not over.

    Raises
    ------
    InputError
        If there is no such week.
    """
    days = workdays.official().days(workdays.monday_of(week))
    return tuple(Slot(day=day, half=half) for day in days if day >= today for half in rota_demand.HALVES)


def off_desk(store: Store, community_id: int, week: str, today: dt.date) -> tuple[Slot, ...]:
    """Return the half days of a week's off-desk day that are not over."""
    rules = rota_rules.of(store, community_id)
    day = workdays.official().held_on(workdays.monday_of(week), rules.off_desk_weekday)
    return tuple(slot for slot in slots(week, today) if slot.day == day)


def _free(store: Store, data: CommunityData, community_id: int, slot: Slot, replaced: frozenset[int]) -> frozenset[int]:
    """Return who can walk in a half day, those too who go on a walk of then that is planned anew."""
    walks = data.walks.index[(data.walks["day"] == slot.day) & (data.walks["half"] == slot.half.value)]
    again = data.walkers[data.walkers["walk_id"].isin(walks.intersection(list(replaced)))]
    return walk_staff.idle(store, community_id, slot.day, slot.half) | {int(one) for one in again["staff_id"]}


def _outings(
    slot: Slot, team: tuple[int, ...], letter: str, held: Reception | None, duty: Duty, rules: Rules
) -> list[Outing]:
    outing = Outing(day=slot.day, half=slot.half, staff=team, letters=(letter,))
    if duty == Duty.WALK:
        return [outing]
    if held is None:
        return []
    begin, minutes = _beside(slot.half, held.hours, rules)
    if minutes < LEAST_MIN:
        return []
    start = "" if held.geom.is_empty else walk_places.spot(held.geom)
    return [replace(outing, begin=begin, minutes=minutes, start=start)]


def _beside(half: Half, hours: str, rules: Rules) -> tuple[dt.time, float]:
    """Return when the longer part of a half day beside a reception begins, and its minutes."""
    whole, sitting = rules.hours(half), rules.hours(half, hours)
    before, after = _minutes(whole[0], sitting[0]), _minutes(sitting[1], whole[1])
    return (whole[0], before) if before > after else (sitting[1], after)


def _minutes(begin: dt.time, end: dt.time) -> float:
    return float((end.hour - begin.hour) * 60 + end.minute - begin.minute)
