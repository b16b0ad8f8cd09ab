"""What happened to a record and to what hangs on it: when, who, and what was other before, the newest first.

How rows were is in the store's history; who it was is in the audit, which is written in the same transaction. Names and
numbers of persons are told by neither: a sealed column has changed, and free text is masked.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from gridmap import catalogues, i18n, model, privacy
from gridmap.services import record_kinds, record_lists
from gridmap.services.community_data import CommunityData
from gridmap.services.issue_history import Entry
from gridmap.services.record_kinds import Field, Shape
from gridmap.store import Store, changes, tables

_ACTS = (
    *("register_saved", "register_removed", "record_added", "record_changed", "record_deleted", "record_restored"),
    *("issue_tagged", "issue_moved", "care_added", "care_changed", "care_ended", "care_resumed", "care_helped"),
    *("fund_added", "fund_corrected", "walks_planned"),
)
# Whoever waits for the store notes the moment before, so the audit may be a little older than the row's history.
_BEFORE, _AFTER = dt.timedelta(seconds=30), dt.timedelta(seconds=2)
_TOGETHER = dt.timedelta(seconds=2)
_LONGEST = 120
_DAY = Field(name="day")
_SEALED = ("person", "phone", "leader", "name")


def _text(*names: str) -> tuple[Field, ...]:
    return tuple(Field(name=name) for name in names)


@dataclass(frozen=True, kw_only=True)
class _Watched:
    """Of a class: what it is called, which of its columns are told, and which column says on what it hangs."""

    kind: str
    fields: tuple[Field, ...]
    on: str = ""
    title: str = ""
    children: tuple[type[model.Owned], ...] = ()


_AT_BUILDING = Field(name="building_id", shape=Shape.BUILDING)
_AT_POINT = Field(name="service_point_id", shape=Shape.SERVICE_POINT)
_OF_REGISTERS: Mapping[type[model.Owned], _Watched] = {
    model.ServicePoint: _Watched(
        kind="points",
        fields=(
            *record_kinds.kind("points").fields,
            Field(name="tenure", shape=Shape.CHOICE, words="tenure"),
            *_text("rent_yuan", "tenure_until"),
        ),
        children=(model.TeamMember, model.ResidentGroup, model.RoomBooking, model.WeeklyActivity),
    ),
    model.TeamMember: _Watched(
        kind="team",
        on="service_point_id",
        title="role",
        fields=(
            Field(name="role", shape=Shape.CHOICE, words="catalogue:team_roles"), *_text("number", "person", "phone")
        ),
    ),
    model.ResidentGroup: _Watched(
        kind="groups", on="service_point_id", title="name",
        fields=_text("name", "members", "hours", "note", "leader", "phone"),
    ),
    model.RoomBooking: _Watched(
        kind="bookings", on="service_point_id", title="purpose",
        fields=_text("starts_at", "ends_at", "purpose", "holder"),
    ),
    model.WeeklyActivity: _Watched(
        kind="weeklies", on="service_point_id", title="name", fields=_text("name", "hours", "from_day", "until_day")
    ),
    model.Activity: _Watched(
        kind="activities", fields=(*_text("name", "day", "hours", "place"), _AT_POINT, *_text("attendance", "note"))
    ),
    model.ReceptionDay: _Watched(
        kind="receptions", fields=_text("day", "hours", "place", "attendance", "note")
    ),
    model.Project: _Watched(
        kind="projects",
        fields=(
            *_text("seq", "name", "owner"), Field(name="state", shape=Shape.CHOICE, words="project_state"),
            *_text("due_on", "done_on", "budget_yuan", "before", "after", "address"), _AT_BUILDING,
            Field(name="geom", shape=Shape.POINT),
        ),
        children=(model.ProjectMilestone, model.ProjectOpinion),
    ),
    model.ProjectMilestone: _Watched(
        kind="milestones", on="project_id", title="name", fields=_text("name", "due_on", "done_on")
    ),
    model.ProjectOpinion: _Watched(
        kind="opinions", on="project_id",
        fields=(_DAY, Field(name="stance", shape=Shape.CHOICE, words="stance"), *_text("number", "text")),
    ),
    model.CareHousehold: _Watched(
        kind="care",
        fields=(
            _AT_BUILDING, *_text("unit"), Field(name="need", shape=Shape.CHOICE, words="catalogue:care_needs"),
            *_text("interval_days", "name", "phone", "ended_on"),
        ),
        children=(model.CareHelp,),
    ),
    model.CareHelp: _Watched(
        kind="helps", on="care_household_id",
        fields=(
            _DAY, Field(name="kind", shape=Shape.CHOICE, words="catalogue:care_helps"), *_text("amount_yuan", "note")
        ),
    ),
}  # fmt: skip


def watched(cls: type[model.Owned]) -> _Watched:
    """Return what is told of a class: a register's own columns, else those of the form of records."""
    if cls in _OF_REGISTERS:
        return _OF_REGISTERS[cls]
    of = next(kind for kind in record_kinds.KINDS if kind.cls is cls)
    return _Watched(kind=of.name, fields=of.fields)


@dataclass(frozen=True, kw_only=True)
class _Change:
    """What one row became: None where it was not there before, or is not any longer."""

    at: dt.datetime
    cls: type[model.Owned]
    number: int
    before: Mapping[str, Any] | None
    after: Mapping[str, Any] | None


@dataclass(frozen=True, kw_only=True)
class _Teller:
    data: CommunityData
    language: str
    names: bool
    zone: str

    def of(self, change: _Change) -> str:
        """Say what became of a row, in a line."""
        known = watched(change.cls)
        values = change.before or change.after or {}
        what = self._say(f"{'gone' if change.after is None else 'new' if change.before is None else 'now'}")
        title = self._title(known, change.cls, values)
        parts = [f"{what} {i18n.text(f'history.kind.{known.kind}', self.language)} {title}".rstrip()]
        if change.before is not None and change.after is not None:
            parts += list(self._differences(known, change))
        return " · ".join(parts)

    def _title(self, known: _Watched, cls: type[model.Owned], values: Mapping[str, Any]) -> str:
        if known.title == "role":
            return catalogues.label("team_roles", str(values["role"]), self.language)
        if known.on and known.title:
            return self._value(Field(name=known.title), values)
        if not known.on or cls not in {kind.cls for kind in record_kinds.BINNED}:
            return ""
        return self._value(_DAY, values)

    def _differences(self, known: _Watched, change: _Change) -> Iterator[str]:
        before, after = change.before or {}, change.after or {}
        for one in known.fields:
            old, new = before.get(one.name), after.get(one.name)
            if old == new:
                continue
            label = self._label(one, change.cls)
            sealed = one.name in _SEALED and one.name in {
                column.name for column in tables.sealed(tables.of()[change.cls])
            }
            if sealed or one.shape in (Shape.POINT, Shape.AREA) or (one.name == "owner" and not self.names):
                yield f"{label} {self._say('changed')}"
                continue
            told = [self._value(one, values) or self._say("empty") for values in (before, after)]
            if told[0] != told[1]:
                yield i18n.text("history.from_to", self.language, label=label, old=told[0], new=told[1])

    def _value(self, one: Field, values: Mapping[str, Any]) -> str:
        value = values.get(one.name)
        if isinstance(value, dt.datetime):
            return i18n.time(value, self.language, self.zone)
        if isinstance(value, float):
            value = f"{value:g}" if value != int(value) else str(int(value))
        told = record_lists.told(one, value, self.data, self.language)
        return told if len(told) <= _LONGEST else f"{told[:_LONGEST]}…"

    def _label(self, one: Field, cls: type[model.Owned]) -> str:
        known = i18n.catalogue(self.language)
        places = ("history.field", "register.column", "record.field") if cls in _OF_REGISTERS else ("record.field",)
        return i18n.text(next(key for place in places if (key := f"{place}.{one.name}") in known), self.language)

    def _say(self, key: str) -> str:
        return i18n.text(f"history.{key}", self.language)


def of(
    store: Store, data: CommunityData, cls: type[model.Owned], number: int, language: str, *, names: bool, zone: str
) -> list[Entry]:
    """Return what happened to a row and to those that hang on it.

    Parameters
    ----------
    data
        The community, as far as the person sees it; buildings and service points are named by it.
    cls, number
        The row.
    language, zone
        How words and moments are written.
    names
        Whether it is told who did it.
    """
    community = int(data.community.id or 0)
    teller = _Teller(data=data, language=language, names=names, zone=zone)
    with store.read() as session:
        found = list(_changes(session, cls, [number]))
        rows = {number}
        for child in watched(cls).children:
            numbers = changes.once_at(session, tables.of()[child], watched(child).on, number, community)
            rows |= numbers
            found += _changes(session, child, numbers)
        acts = _acts(session, community, rows)
        head = session.execute(sa.select(tables.of()[cls]).where(tables.of()[cls].c.id == number)).mappings().first()
    names_of_it = {
        _called(cls, values) for one in found if one.cls is cls for values in (one.before, one.after) if values
    }
    names_of_it |= {_called(cls, dict(head))} if head is not None else set()
    moments = [one.at for one in found]
    told = [(one.at, one.cls is not cls, _who(acts, one), teller.of(one)) for one in found]
    told += [
        (one.at, False, one.account_name, f"{i18n.text(f'audit.{one.action}', language)} {_about(one, cls)}".rstrip())
        for one in acts
        if _of_it(one, cls, number, names_of_it - {""})
        and not any(at - _BEFORE <= one.at <= at + _AFTER for at in moments)
    ]
    return _together(sorted(told, key=lambda one: one[:2]), names=names)


def _changes(session: Session, cls: type[model.Owned], numbers: Iterable[int]) -> Iterator[_Change]:
    """Give what became of rows of a class, each row's in its order."""
    table, wanted = tables.of()[cls], sorted(numbers)
    past = changes.past(session, table, wanted)
    present = {
        int(row["id"]): dict(row)
        for row in session.execute(sa.select(table).where(table.c.id.in_(list(past)))).mappings()
    }  # fmt: skip
    for number, states in past.items():
        for place, state in enumerate(states):
            later = states[place + 1].values if place + 1 < len(states) else present.get(number)
            after = None if state.deleted else later
            if state.deleted or later is not None:
                yield _Change(at=state.at, cls=cls, number=number, before=state.values, after=after)


def _acts(session: Session, community: int, numbers: Iterable[int]) -> list[model.AuditEntry]:
    of = sa.inspect(model.AuditEntry).c
    wanted = sa.select(model.AuditEntry).where(
        of.community_id == community, of.action.in_(_ACTS), of.target_id.in_(set(numbers))
    )
    found = list(session.scalars(wanted.order_by(of.at)))
    session.expunge_all()
    return found


def _who(acts: Iterable[model.AuditEntry], change: _Change) -> str:
    """Return who it was: the only account with an act of that moment in the audit; "" where none or several have."""
    names = {one.account_name for one in acts if change.at - _BEFORE <= one.at <= change.at + _AFTER}
    return names.pop() if len(names) == 1 else ""


def _called(cls: type[model.Owned], values: Mapping[str, Any]) -> str:
    """Return what the audit calls a row of a register."""
    if cls is model.ReceptionDay:
        return f"{values['place']} {values['day'].isoformat()}"
    if cls is model.Activity:
        return f"{values['name']} {values['day'].isoformat()}"
    return str(values["name"]) if cls in (model.Project, model.ServicePoint) else ""


def _of_it(act: model.AuditEntry, cls: type[model.Owned], number: int, names: set[str]) -> bool:
    """Whether an act of the audit was about a record: several registers have the same numbers, not the same names."""
    if act.action.startswith("register_"):
        return any(act.target == name or act.target.startswith(f"{name} ") for name in names)
    if cls is model.CareHousehold or act.action.startswith("care_"):
        return cls is model.CareHousehold and act.action.startswith("care_") and act.target_id == number
    kind = i18n.text(f"record.kind.{watched(cls).kind}", "zh")
    return act.target_id == number and act.action == "record_added" and act.target.startswith(f"{kind} ")


def _about(act: model.AuditEntry, cls: type[model.Owned]) -> str:
    """Return what the audit says of what; of households in need only that it was one."""
    return "" if cls is model.CareHousehold else privacy.mask_text(act.target)


def _together(told: Iterable[tuple[dt.datetime, bool, str, str]], *, names: bool) -> list[Entry]:
    """Put what one act did into one entry, and the newest entry first."""
    made: list[tuple[dt.datetime, str, list[str]]] = []
    for at, _, who, words in told:
        if not words:
            continue
        if made and at - made[-1][0] <= _TOGETHER and who == made[-1][1]:
            made[-1][2].append(words)
        else:
            made.append((at, who, [words]))
    return [
        Entry(at=at, what=lines[0], who=who if names else "", words="\n".join(lines[1:]))
        for at, who, lines in reversed(made)
    ]
