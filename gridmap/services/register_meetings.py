"""Activities and receptions by day: what is planned, who came, and what came up."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Any, Literal

import pandas as pd
import sqlalchemy as sa
from shapely.geometry.base import BaseGeometry

from gridmap import errors, i18n, model
from gridmap.errors import InputError
from gridmap.services import place_cards, record_checks, register_writing
from gridmap.services.community_data import CommunityData
from gridmap.services.record_places import Whereabouts
from gridmap.services.register_lists import Listed
from gridmap.services.register_writing import SAVED, Writer
from gridmap.store import Store

Kind = Literal["activity", "reception"]
KINDS: tuple[Kind, ...] = ("activity", "reception")
_MOST = 100_000


@dataclass(frozen=True, kw_only=True)
class Meeting:
    """An activity, or a reception of a grid.

    Parameters
    ----------
    kind, number, version
        What it is, its id (None of a reception that nobody has noted yet), and how often it was written.
    day, hours, place, name
        When and where; a reception is called by its grid.
    grid_id
        The grid it belongs to; None for the whole community.
    service_point_id, resident_group_id
        Where an activity was held, and by whom.
    attendance, note
        What came of it; ``attendance`` None where nobody counted.
    geom
        Where it is on the map; None where that is not known.
    issues
        How many issues are linked.
    """

    kind: Kind
    number: int | None
    version: int | None
    day: dt.date
    hours: str
    place: str
    name: str
    grid_id: int | None
    service_point_id: int | None = None
    resident_group_id: int | None = None
    attendance: int | None = None
    note: str = ""
    geom: BaseGeometry | None = None
    issues: int = 0

    @property
    def key(self) -> int:
        """The number by which the page knows it; those of activities are even."""
        return 2 * (self.number or 0) + (self.kind == "reception")


def held(store: Store, data: CommunityData, language: str) -> list[Meeting]:
    """Return what was held, or is announced for a day, the newest first."""
    links = register_writing.frame(store, data, model.IssueOrigin)
    links = links[links["issue_id"].isin(data.issues.index)]
    counts = {name: links[name].value_counts() for name in ("activity_id", "reception_day_id")}
    places = _receptions(store, data)
    found = []
    for number, row in register_writing.frame(store, data, model.Activity).iterrows():
        point = _known(row["service_point_id"], data.points.index)
        place = row["place"] or ("" if point is None else str(data.points.at[point, "name"]))
        found.append(
            Meeting(
                kind="activity", number=int(str(number)), version=int(row["version"]), day=row["day"],
                hours=row["hours"], place=place, name=row["name"],
                grid_id=register_writing.point_grid(data, point), service_point_id=point,
                resident_group_id=_known(row["resident_group_id"], data.groups.index),
                attendance=_whole(row["attendance"]), note=row["note"],
                geom=None if point is None else data.points.geometry[point],
                issues=int(counts["activity_id"].get(number, 0)),
            )
        )  # fmt: skip
    for number, row in register_writing.frame(store, data, model.ReceptionDay).iterrows():
        grid = int(row["grid_id"])
        found.append(
            Meeting(
                kind="reception", number=int(str(number)), version=int(row["version"]), day=row["day"],
                hours=row["hours"], place=row["place"], name=_called(data, grid, language), grid_id=grid,
                attendance=_whole(row["attendance"]), note=row["note"],
                geom=places[grid].geom if grid in places else None,
                issues=int(counts["reception_day_id"].get(number, 0)),
            )
        )  # fmt: skip
    return sorted(found, key=lambda one: (one.day, one.hours), reverse=True)


def calendar(
    store: Store, data: CommunityData, known: list[Meeting], first: dt.date, last: dt.date, language: str
) -> list[Meeting]:
    """Return what there is from the first day to the last: what is held, and receptions as they are settled."""
    found = [one for one in known if first <= one.day <= last]
    noted = {(one.grid_id, one.day) for one in found if one.kind == "reception"}
    for grid, row in _receptions(store, data).items():
        day = first + dt.timedelta(days=(row.weekday - first.isoweekday()) % 7)
        while day <= last:
            if (grid, day) not in noted:
                found.append(planned(data, row, day, language))
            day += dt.timedelta(weeks=1)
    return sorted(found, key=lambda one: (one.day, one.hours))


def planned(data: CommunityData, row: model.Reception, day: dt.date, language: str) -> Meeting:
    """Return a reception of a day of which nothing is noted yet."""
    return Meeting(
        kind="reception", number=None, version=None, day=day, hours=row.hours, place=row.place,
        name=_called(data, row.grid_id, language), grid_id=row.grid_id, geom=row.geom,
    )  # fmt: skip


def settled(store: Store, data: CommunityData) -> dict[int, model.Reception]:
    """Return the reception of each grid of today's division that has one."""
    return _receptions(store, data)


def listed(meetings: list[Meeting], data: CommunityData, language: str) -> Listed:
    """Return what was held as a list."""
    rows = {
        one.key: {
            "day": one.day,
            "hours": one.hours,
            "kind": i18n.text(f"register.meeting.{one.kind}", language),
            "name": one.name,
            "place": one.place,
            "group": "" if one.resident_group_id is None else str(data.groups.at[one.resident_group_id, "name"]),
            "attendance": "" if one.attendance is None else str(one.attendance),
            "issues": str(one.issues) if one.issues else "",
        }
        for one in meetings
    }
    columns = ("day", "hours", "kind", "name", "place", "group", "attendance", "issues")
    words = {name: i18n.text(f"register.column.{name}", language) for name in columns}
    table = pd.DataFrame.from_dict(rows, orient="index", columns=list(columns)).rename(columns=words)
    return Listed(
        table=table,
        titles={one.key: f"{one.name} {i18n.date(one.day, language)}" for one in meetings},
        places={one.key: one.geom for one in meetings if one.geom is not None},
    )


def save(
    writer: Writer,
    kind: Kind,
    base: Meeting | None,
    *,
    day: dt.date,
    hours: str,
    place: str,
    name: str = "",
    grid: int | None = None,
    point: int | None = None,
    group: int | None = None,
    attendance: int | None = None,
    note: str = "",
) -> int:
    """Keep an activity, or what a reception came to, and return its number.

    Parameters
    ----------
    base
        It as its form was opened on; None for a new one.
    name, point, group
        Of an activity: what it is, where it was held, who held it.
    grid
        Of a reception: whose.

    Raises
    ------
    InputError
        If the name or the grid is missing, or the number of residents is none.
    Conflict
        ``team_overtaken`` if somebody else has changed it since; ``reception_noted`` if it is noted already.
    Forbidden, NotFound, TooManyWrites, StoreError
    """
    told = {
        "day": day,
        "hours": record_checks.line(hours)[:100],
        "place": record_checks.line(place)[:100],
        "note": record_checks.lines(note)[:2000],
        "attendance": attendance,
    }
    if attendance is not None and not 0 <= attendance <= _MOST:
        raise InputError("meeting_attendance", n=_MOST)
    cls: type[Any] = model.Activity if kind == "activity" else model.ReceptionDay
    if kind == "activity":
        told |= {"name": record_checks.line(name)[:100], "service_point_id": point, "resident_group_id": group}
        if not told["name"]:
            raise InputError("meeting_name")
        grid = register_writing.point_grid(writer.data, point)
    elif grid is None or grid not in writer.data.grids.index:
        raise InputError("meeting_grid")
    else:
        told["grid_id"] = grid
    with writer.writing(grid) as session:
        if base is None or base.number is None:
            row = cls(community_id=writer.community_id, **told)
            if kind == "reception":
                session.get_one(model.Grid, grid, with_for_update=True)
                of = sa.inspect(model.ReceptionDay).c
                same = sa.select(of.id).where(of.grid_id == grid, of.day == day)
                if session.scalars(same).first() is not None:
                    raise errors.Conflict("reception_noted", day=day.isoformat())
            session.add(row)
        else:
            row = writer.row(session, cls, base.number)
            if row.version != base.version:
                raise errors.Conflict("team_overtaken", title=base.name)
            for field, value in told.items():
                setattr(row, field, value)
        session.flush()
        writer.note(session, SAVED, f"{told.get('name') or place} {day.isoformat()}", row.id)
        return int(row.id or 0)


def _receptions(store: Store, data: CommunityData) -> dict[int, model.Reception]:
    of = sa.inspect(model.Reception).c
    wanted = sa.select(model.Reception).where(of.community_id == data.community.id).order_by(of.id)
    with store.read() as session:
        found = list(session.scalars(wanted))
        session.expunge_all()
    return {one.grid_id: one for one in found if one.grid_id in data.grids.index}


def _called(data: CommunityData, grid: int, language: str) -> str:
    name = str(data.grids.at[grid, "name"]) if grid in data.grids.index else ""
    return i18n.text("register.meeting.of_grid", language, grid=name).strip()


def _known(value: Any, index: pd.Index) -> int | None:
    return int(value) if not pd.isna(value) and value in index else None


def _whole(value: Any) -> int | None:
    return None if pd.isna(value) else int(value)


def where(data: CommunityData, meeting: Meeting) -> str:
    """Return letter and name of the grid a meeting belongs to; "" where that is not known."""
    return "" if meeting.grid_id is None else place_cards.grid(data, Whereabouts(grid_id=meeting.grid_id))
