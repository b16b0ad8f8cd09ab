"""The week as a table of days and grids, as HTML; on a phone the same stands day by day."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Sequence
from html import escape

from gridmap import i18n, palette
from gridmap.planning import rota
from gridmap.planning.rota import Assignment, Duty, Slot
from gridmap.services import rota_tables
from gridmap.services.rota_demand import HALVES, Asked

Marked = Collection[tuple[Slot, int]]


def by_duty(
    asked: Asked, duties: Sequence[Assignment], language: str, *, marked: Marked = (), me: int | None = None
) -> str:
    """Return who is where: a row for the desk and for each grid, two columns a day, and a list of days for a phone.

    Parameters
    ----------
    marked
        Half days of people that have changed.
    me
        Whose name stands out.
    """
    days = rota_tables.days(asked, duties)
    slots = [Slot(day=day, half=half) for day in days for half in HALVES]
    rows = [_row(None, asked, duties, slots, language, marked, me)]
    known = sorted(asked.areas, key=lambda one: (asked.areas[one].letter, one))
    rows += [_row(grid, asked, duties, slots, language, marked, me) for grid in known]
    rows.append(_office(asked, duties, slots, language, marked, me))
    table = f'<div class="gm-rota"><table>{_head(asked, days, language)}<tbody>{"".join(rows)}</tbody></table></div>'
    return table + _list(asked, duties, days, language, marked, me)


def by_person(
    asked: Asked, duties: Sequence[Assignment], language: str, *, marked: Marked = (), me: int | None = None
) -> str:
    """Return what each person does: a row for each, two columns a day."""
    days = rota_tables.days(asked, duties)
    slots = [Slot(day=day, half=half) for day in days for half in HALVES]
    mine = {(one.staff, one.slot): one for one in duties}
    rows = []
    for staff in rota_tables.people(asked, duties):
        chips = [_chip(asked, staff, slot, mine.get((staff, slot)), language, marked) for slot in slots]
        cells = "".join(
            f'<td class="{_classes(asked, slot)}">{chip}</td>' for slot, chip in zip(slots, chips, strict=True)
        )
        name = escape(asked.staff.get(staff, "?"))
        rows.append(f"<tr><th>{f'<b class=me>{name}</b>' if staff == me else name}</th>{cells}</tr>")
    return (
        f'<div class="gm-rota gm-rota-people"><table>{_head(asked, days, language)}'
        f"<tbody>{''.join(rows)}</tbody></table></div>"
    )


def my_week(asked: Asked, duties: Sequence[Assignment], staff: int, language: str, today: dt.date) -> str:
    """Return one person's week, a line for each half day."""
    lines = []
    found = {one.slot: one for one in duties if one.staff == staff}
    for slot, what, place in rota_tables.mine(asked, duties, staff, language):
        state = " now" if slot.day == today else " past" if slot.day < today else ""
        where = f"<small>{escape(place)}</small>" if place else ""
        badge = _badge(asked, found.get(slot))
        told = escape(rota_tables.when(slot, language))
        lines.append(f'<li class="{state.strip()}"><span>{told}</span>{badge}<b>{escape(what)}</b>{where}</li>')
    return f'<ol class="gm-myweek">{"".join(lines)}</ol>'


def _head(asked: Asked, days: Sequence[dt.date], language: str) -> str:
    off = escape(i18n.text("rota.off_desk_day", language))
    top = "".join(
        f'<th colspan="2" class="{_day_class(asked, day)}">{escape(i18n.weekday(day, language))}'
        f"{f'<small>{off}</small>' if day in asked.demand.off_desk else ''}</th>"
        for day in days
    )
    halves = "".join(
        f'<th class="{_day_class(asked, day)}">{escape(i18n.text(f"rota.half.{half}", language))}</th>'
        for day in days
        for half in HALVES
    )
    return f'<thead><tr><th rowspan="2"></th>{top}</tr><tr>{halves}</tr></thead>'


def _row(
    grid: int | None,
    asked: Asked,
    duties: Sequence[Assignment],
    slots: Sequence[Slot],
    language: str,
    marked: Marked,
    me: int | None,
) -> str:
    cells = []
    for slot in slots:
        here = [one for one in duties if one.slot == slot and one.grid == grid and (grid or one.duty == Duty.DESK)]
        parts = []
        for duty in (Duty.DESK, Duty.RECEPTION, Duty.WALK):
            some = [one.staff for one in here if one.duty == duty]
            if some:
                label = f"<i>{escape(i18n.text(f'rota.short.{duty}', language))}</i>" if grid else ""
                place = rota_tables.place(asked, next(one for one in here if one.duty == duty))
                where = f"<small>{escape(place)}</small>" if place else ""
                parts.append(f"<p>{label}{_names(asked, some, slot, language, marked, me)}{where}</p>")
        tint = f' style="background:{_tint(asked, grid)}"' if parts and grid else ""
        cells.append(f'<td class="{_classes(asked, slot)}"{tint}>{"".join(parts)}</td>')
    return f"<tr><th>{_lane(asked, grid, language)}</th>{''.join(cells)}</tr>"


def _office(
    asked: Asked,
    duties: Sequence[Assignment],
    slots: Sequence[Slot],
    language: str,
    marked: Marked,
    me: int | None,
) -> str:
    cells = []
    for slot in slots:
        inside, away = _rest(asked, duties, slot)
        told = _names(asked, inside, slot, language, marked, me)
        gone = _names(asked, away, slot, language, marked, me)
        told += f'<p class="away">{gone} {escape(i18n.text("rota.duty.away", language))}</p>' if away else ""
        cells.append(f'<td class="{_classes(asked, slot)}">{told}</td>')
    word = escape(i18n.text("rota.duty.office", language))
    return f'<tr class="rest"><th>{word}</th>{"".join(cells)}</tr>'


def _rest(asked: Asked, duties: Sequence[Assignment], slot: Slot) -> tuple[list[int], list[int]]:
    busy = {one.staff for one in duties if one.slot == slot}
    left = [one.id for one in asked.demand.people if one.id not in busy]
    away = [one for one in left if rota.is_away(asked.demand, one, slot)]
    return [one for one in left if one not in away], away


def _list(
    asked: Asked,
    duties: Sequence[Assignment],
    days: Sequence[dt.date],
    language: str,
    marked: Marked,
    me: int | None,
) -> str:
    parts = []
    for day in days:
        lines = []
        for half in HALVES:
            slot = Slot(day=day, half=half)
            lines.append(f"<h5>{escape(i18n.text(f'rota.half.{half}', language))}</h5>")
            there: dict[tuple[Duty, int | None], list[int]] = {}
            for one in sorted((one for one in duties if one.slot == slot), key=lambda one: one.order):
                there.setdefault((one.duty, one.grid), []).append(one.staff)
            for (duty, grid), staff in there.items():
                lane = Assignment(slot=slot, duty=duty, staff=staff[0], grid=grid)
                place = rota_tables.place(asked, lane)
                where = f"<small>{escape(place)}</small>" if place else ""
                what = escape(i18n.text(f"rota.duty.{duty}", language))
                names = _names(asked, staff, slot, language, marked, me)
                lines.append(f"<p>{_badge(asked, lane)}<i>{what}</i>{names}{where}</p>")
        off = f"<small>{escape(i18n.text('rota.off_desk_day', language))}</small>"
        head = escape(i18n.weekday(day, language)) + (off if day in asked.demand.off_desk else "")
        parts.append(f"<section><h4>{head}</h4>{''.join(lines)}</section>")
    return f'<div class="gm-rota-days">{"".join(parts)}</div>'


def _names(asked: Asked, staff: Sequence[int], slot: Slot, language: str, marked: Marked, me: int | None) -> str:
    told = []
    for one in staff:
        name = escape(asked.staff.get(one, "?"))
        name = f"<b class=me>{name}</b>" if one == me else name
        word = escape(i18n.text("rota.changed_mark", language))
        told.append(f"<mark>{name}<sup>{word}</sup></mark>" if (slot, one) in marked else f"<span>{name}</span>")
    return " ".join(told)


def _chip(asked: Asked, staff: int, slot: Slot, one: Assignment | None, language: str, marked: Marked) -> str:
    told = rota_tables.state(asked, staff, slot, one, language)
    if one is None:
        kind = "away" if rota.is_away(asked.demand, staff, slot) else "in"
        body = f'<span class="{kind}">{escape(told)}</span>'
    else:
        body = f"{_badge(asked, one)}{escape(i18n.text(f'rota.short.{one.duty}', language))}"
    return f"<mark>{body}</mark>" if (slot, staff) in marked else body


def _lane(asked: Asked, grid: int | None, language: str) -> str:
    if grid is None:
        return escape(i18n.text("rota.duty.desk", language))
    return f"{_letter(asked, grid)}{escape(asked.grids[grid])}"


def _badge(asked: Asked, one: Assignment | None) -> str:
    return "" if one is None or one.grid is None or one.grid not in asked.areas else _letter(asked, one.grid)


def _letter(asked: Asked, grid: int) -> str:
    colour = palette.grid(asked.areas[grid].colour)
    ink = palette.text_on(colour.hex)
    return f'<em style="background:{colour.hex};color:{ink}">{escape(asked.areas[grid].letter)}</em>'


def _tint(asked: Asked, grid: int) -> str:
    return f"{palette.grid(asked.areas[grid].colour).hex}26"


def _classes(asked: Asked, slot: Slot) -> str:
    return f"{_day_class(asked, slot.day)} {slot.half}".strip()


def _day_class(asked: Asked, day: dt.date) -> str:
    return "off" if day in asked.demand.off_desk else ""
