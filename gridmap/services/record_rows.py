"""A row and the record that a form shows of it: one made from the other, with all that follows from a change."""

from __future__ import annotations

import dataclasses
import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import pandas as pd
import shapely
from sqlalchemy.orm import Session

from gridmap import model
from gridmap.access import Actor
from gridmap.errors import FaultyRecord, Refusal
from gridmap.services import grids, issue_limits, record_places
from gridmap.services.community_data import CommunityData
from gridmap.services.record_kinds import Kind
from gridmap.services.record_places import Whereabouts


@dataclass(frozen=True, kw_only=True)
class Record:
    """A record as it stood at one moment.

    Parameters
    ----------
    kind
        Name of its kind.
    number, version
        Its id, and how often it had been written.
    title
        What it is called.
    fields
        What its form shows, by field; enumerations are their values.
    grid_id
        The grid it lies in, None where that is not known.
    """

    kind: str
    number: int
    version: int
    title: str
    fields: Mapping[str, Any]
    grid_id: int | None = None


def as_record(of: Kind, row: model.Row, data: CommunityData) -> Record:
    """Return a row as a record."""
    values = {one.name: getattr(row, one.name) for one in of.fields}
    plain = {name: str(value.value) if hasattr(value, "value") else value for name, value in values.items()}
    title = of.title({one.name: getattr(row, one.name) for one in dataclasses.fields(row)} | plain)
    return Record(
        kind=of.name,
        number=int(row.id or 0),
        version=row.version,
        title=title,
        fields=plain,
        grid_id=grid_of(type(row), {one.name: getattr(row, one.name) for one in dataclasses.fields(row)}, data),
    )


def rewrite(
    session: Session,
    actor: Actor | None,
    data: CommunityData,
    of: Kind,
    row: model.Row,
    kept: Mapping[str, Any],
    now: dt.datetime,
) -> Record:
    """Write what was checked into a row, with what follows from it, and return it as it is now."""
    before = as_record(of, row, data)
    different = {name: value for name, value in kept.items() if not same(before.fields[name], value)}
    if "households" in different and "households_estimated" not in different:
        different["households_estimated"] = False
    for name, value in different.items():
        if (name, type(row)) != ("state", model.Issue):
            setattr(row, name, value)
    moved, housed = "geom" in different, "building_id" in different
    if isinstance(row, (model.Issue, model.ServicePoint)) and (moved or housed):
        settle(row, data, moved=moved, housed=housed)
    if isinstance(row, model.Issue) and "category" in different:
        issue_limits.follow(row, data.categories, before.fields["category"], row.urgency)
    if isinstance(row, model.Issue) and "state" in different:
        _walk(session, actor, data, row, model.IssueState(different["state"]), now)
    session.flush()
    return as_record(of, row, data)


def into_grid(session: Session, community_id: int) -> None:
    """Put buildings that are in no grid of the present division where they lie."""
    session.flush()
    version = grids.current_version(session, community_id)
    if version is not None:
        grids.place_new(session, version)


def same(kept: Any, new: Any) -> bool:
    """Whether two values of a field are the same."""
    if isinstance(new, shapely.Geometry):
        return bool(shapely.equals_exact(kept, new, tolerance=1e-7, normalize=True)) or (kept.is_empty and new.is_empty)
    return bool(kept == new)


def event(
    session: Session, actor: Actor | None, issue: model.Issue, now: dt.datetime, before: model.IssueState | None
) -> model.IssueEvent:
    """Return the move of an issue from ``before`` (None: it was just recorded) to the state it is in."""
    return model.IssueEvent(
        community_id=issue.community_id,
        issue_id=int(issue.id or 0),
        at=now,
        from_state=before,
        to_state=issue.state,
        actor_id=staff(session, actor),
    )


def settle(row: model.Issue | model.ServicePoint, data: CommunityData, *, moved: bool, housed: bool) -> None:
    """Fill in what follows from where a row is: its place from its building, or its building from its place."""
    if row.building_id is not None and (row.geom.is_empty or (housed and not moved)):
        middle = record_places.middle(row.building_id, data)
        row.geom = row.geom if middle.is_empty else middle
    elif moved and not row.geom.is_empty and (row.building_id is None or not housed):
        row.building_id = record_places.of(row.geom, data).building_id
    if isinstance(row, model.Issue):
        at = _whereabouts(row, data)
        row.compound_id, row.grid_id = at.compound_id, at.grid_id


def staff(session: Session, actor: Actor | None) -> int | None:
    """Return which member of the staff an account belongs to; None for the command line."""
    account = None if actor is None else session.get(model.Account, actor.account_id)
    return None if account is None else account.staff_id


def _walk(
    session: Session,
    actor: Actor | None,
    data: CommunityData,
    row: model.Issue,
    after: model.IssueState,
    now: dt.datetime,
) -> None:
    """Lead an issue to a state by moves that ask nothing but words, each with its event.

    Raises
    ------
    FaultyRecord
        If there is no such way: assigning, postponing and whistling ask more than the form of a record gives.
    """
    role = None if actor is None else actor.role
    way = data.catalogues.flow.way(row.state, after, row.level, role)
    if way is None:
        raise FaultyRecord([Refusal(name="state", problem="flow_no_way")])
    # All of it is one change of the issue.
    with session.no_autoflush:
        for move in way:
            before, row.state = row.state, move.to
            made = event(session, actor, row, now, before)
            made.action, made.due_at = move.action, row.due_at
            session.add(made)
        row.spot = bool(way) and way[-1].action == "spot"
        row.closed_at = now if row.state is model.IssueState.CLOSED else None


def _whereabouts(row: model.Issue, data: CommunityData) -> Whereabouts:
    if row.building_id is not None and row.building_id in data.buildings.index:
        at = record_places.at_building(row.building_id, data)
        if at.grid_id is not None:
            return at
    return record_places.of(row.geom, data)


def grid_of(cls: type[model.Row], values: Mapping[str, Any], data: CommunityData) -> int | None:
    """Return the grid in which a row of a class lies, by its values; None where that is not known."""
    if "grid_id" in values:
        return None if values["grid_id"] is None else int(values["grid_id"])
    if cls is model.ServicePoint:
        return _point_grid(values["building_id"], values["geom"], data)
    if cls is model.Building and values["id"] in data.buildings.index:
        return _whole(data.buildings.at[values["id"], "grid_id"])
    if cls in (model.Activity, model.RoomBooking) and values["service_point_id"] in data.points.index:
        point = data.points.loc[values["service_point_id"]]
        return _point_grid(_whole(point["building_id"]), point["geom"], data)
    if cls is model.CareHelp and values["care_household_id"] in data.care.index:
        home = data.care.at[values["care_household_id"], "building_id"]
        return _whole(data.buildings.at[home, "grid_id"]) if home in data.buildings.index else None
    return None


def _point_grid(building_id: int | None, geom: shapely.Geometry | None, data: CommunityData) -> int | None:
    if building_id is not None and building_id in data.buildings.index:
        grid_id = record_places.at_building(building_id, data).grid_id
        if grid_id is not None:
            return grid_id
    return None if geom is None else record_places.of(geom, data).grid_id


def _whole(value: Any) -> int | None:
    return None if pd.isna(value) else int(value)
