"""A week's rota in words: by duty, by person, what changed, and how the loads are shared out."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Sequence

import pandas as pd

from gridmap import i18n
from gridmap.planning import rota
from gridmap.planning.rota import Assignment, Change, Duty, Load, Slot
from gridmap.services.rota_demand import HALVES, Asked


def what(asked: Asked, one: Assignment | None, language: str) -> str:
    """Return a duty in words, without who has it; the office where there is none."""
    if one is None:
        return i18n.text("rota.duty.office", language)
    grid = "" if one.grid is None else asked.grids.get(one.grid, "")
    return " ".join(filter(None, [i18n.text(f"rota.duty.{one.duty}", language), grid]))


def when(slot: Slot, language: str) -> str:
    """Return a half day in words."""
    return f"{i18n.weekday(slot.day, language)} {i18n.text(f'rota.half.{slot.half}', language)}"


def change(asked: Asked, one: Change, language: str) -> str:
    """Return in one line who changes when, from what to what."""
    return i18n.text(
        "rota.changes",
        language,
        name=asked.staff.get(one.staff, "?"),
        when=when(one.slot, language),
        before=what(asked, one.before, language),
        after=state(asked, one.staff, one.slot, one.after, language),
    )


def changes(asked: Asked, found: Iterable[Change], language: str) -> pd.DataFrame:
    """Return what differs between two rotas: a row for each half day of a person."""
    rows = [
        {
            _column("when", language): when(one.slot, language),
            _column("name", language): asked.staff.get(one.staff, "?"),
            _column("before", language): what(asked, one.before, language),
            _column("after", language): state(asked, one.staff, one.slot, one.after, language),
        }
        for one in found
    ]
    return pd.DataFrame(rows, columns=[_column(name, language) for name in ("when", "name", "before", "after")])


def days(asked: Asked, duties: Sequence[Assignment]) -> list[dt.date]:
    """Return the days on which anybody works, in order."""
    return sorted({slot.day for slot in asked.demand.slots} | {one.slot.day for one in duties})


def lanes(asked: Asked, duties: Sequence[Assignment]) -> list[tuple[Duty, int | None]]:
    """Return the duties that a table has a line for: the desk, each grid's reception, each grid's walk."""
    there = {(one.duty, one.grid) for one in duties}
    numbers = [None, *sorted(asked.areas, key=lambda one: asked.areas[one].letter)]
    unknown = sorted({one.grid for one in duties if one.grid is not None and one.grid not in asked.areas})
    every = [(Duty.DESK, None), *((duty, one) for duty in (Duty.RECEPTION, Duty.WALK) for one in [*numbers, *unknown])]
    return [lane for lane in every if lane == (Duty.DESK, None) or lane in there]


def by_duty(asked: Asked, duties: Sequence[Assignment], language: str) -> pd.DataFrame:
    """Return the week by duty: a row for each, a column for each half day, in each cell who has it."""
    slots = [Slot(day=day, half=half) for day in days(asked, duties) for half in HALVES]
    rows = []
    for duty, grid in lanes(asked, duties):
        lane = Assignment(slot=slots[0], duty=duty, staff=0, grid=grid) if slots else None
        row = {_column("duty", language): what(asked, lane, language)}
        for slot in slots:
            names = [
                asked.staff.get(one.staff, "?")
                for one in duties
                if (one.slot, one.duty, one.grid) == (slot, duty, grid)
            ]
            row[when(slot, language)] = i18n.listed(names, language)
        rows.append(row)
    return pd.DataFrame(rows)


def by_person(asked: Asked, duties: Sequence[Assignment], language: str) -> pd.DataFrame:
    """Return the week by person: a row for each, a column for each half day, in each cell what they do."""
    mine = {(one.staff, one.slot): one for one in duties}
    slots = [Slot(day=day, half=half) for day in days(asked, duties) for half in HALVES]
    rows = []
    for staff in people(asked, duties):
        row = {_column("name", language): asked.staff.get(staff, "?")}
        for slot in slots:
            row[when(slot, language)] = state(asked, staff, slot, mine.get((staff, slot)), language)
        rows.append(row)
    return pd.DataFrame(rows)


def state(asked: Asked, staff: int, slot: Slot, one: Assignment | None, language: str) -> str:
    """Return what a person does in a half day, or that they are away."""
    if one is None and rota.is_away(asked.demand, staff, slot):
        return i18n.text("rota.duty.away", language)
    return what(asked, one, language)


def people(asked: Asked, duties: Sequence[Assignment]) -> list[int]:
    """Return whoever works, and whoever has a duty though they have left, by number."""
    here = [one.id for one in asked.demand.people]
    return [*here, *sorted({one.staff for one in duties} - set(here))]


def mine(asked: Asked, duties: Sequence[Assignment], staff: int, language: str) -> list[tuple[Slot, str, str]]:
    """Return a person's half days in order: half day, duty, and where and when exactly."""
    found = {one.slot: one for one in duties if one.staff == staff}
    slots = [Slot(day=day, half=half) for day in days(asked, duties) for half in HALVES]
    return [
        (slot, state(asked, staff, slot, found.get(slot), language), place(asked, found.get(slot))) for slot in slots
    ]


def place(asked: Asked, one: Assignment | None) -> str:
    """Return hours and place of a reception; nothing of other duties."""
    sitting = None if one is None or one.grid is None else asked.sittings.get((one.grid, one.slot))
    if one is None or one.duty != Duty.RECEPTION or sitting is None:
        return ""
    return " · ".join(filter(None, [sitting.hours, sitting.place]))


def fairness(asked: Asked, duties: Sequence[Assignment], language: str) -> pd.DataFrame:
    """Return the loads of each person: in the weeks before, this week, and how far off the even share that is."""
    now = rota.loads(duties, asked.demand.off_desk)
    rows = []
    for one in asked.demand.people:
        share = asked.shares[one.id]
        row: dict[str, object] = {
            _column("name", language): asked.staff[one.id],
            _column("weeks", language): share.weeks,
        }
        for load in Load:
            told = i18n.text(f"rota.load.{load}", language)
            row[i18n.text("rota.fair.before", language, load=told)] = share.had[load]
            row[i18n.text("rota.fair.now", language, load=told)] = now.get((one.id, load), 0)
            row[i18n.text("rota.fair.ahead", language, load=told)] = round(share.ahead[load], 1)
        rows.append(row)
    return pd.DataFrame(rows)


def _column(name: str, language: str) -> str:
    return i18n.text(f"rota.column.{name}", language)
