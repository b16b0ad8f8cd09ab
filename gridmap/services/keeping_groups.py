"""Takes in the registers of residents' groups and of activities."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from zoneinfo import ZoneInfo

import pandas as pd
from sqlalchemy.orm import Session

from gridmap import model
from gridmap.errors import Fault
from gridmap.exchange import fields, registers
from gridmap.service_kinds import ServiceKinds
from gridmap.services import keeping
from gridmap.services.import_scene import Scene
from gridmap.services.sealed_fields import Sealer
from gridmap.services.tally import Tally

_GROUP = ("name", "kind", "service_point", "members", "leader", "phone", "hours", "note", "building_id")
_ACTIVITY = ("day", "name", "hours", "place", "service_point", "resident_group", "attendance", "note")
_OF_ACTIVITY = ("day", "name", "hours", "place", "attendance", "note")
_SHOWN = 40


def check_groups(frame: pd.DataFrame, scene: Scene) -> tuple[pd.DataFrame, list[Fault]]:
    """Read the cells of a register of groups."""
    clean, found = registers.read(frame, "resident-groups", ZoneInfo(scene.time_zone), required={"name": "秦腔自乐班"})
    clean, found = registers.left(clean, found)
    return registers.left(clean, [*found, *registers.twice(clean, clean["name"].map(fields.name_key), "name")])


def check_activities(frame: pd.DataFrame, scene: Scene) -> tuple[pd.DataFrame, list[Fault]]:
    """Read the cells of a register of activities."""
    needed = {"day": "2026-11-24", "name": "重阳节义诊"}
    clean, found = registers.read(frame, "activities", ZoneInfo(scene.time_zone), required=needed)
    clean, found = registers.left(clean, found)
    keys = pd.Series([_activity_key(values) for _, values in keeping.records(clean, _ACTIVITY)], clean.index)
    return registers.left(clean, [*found, *registers.twice(clean, keys, "name")])


def groups(session: Session, scene: Scene, clean: pd.DataFrame) -> Tally:
    """Keep groups, found again by name, each with the service point that is named or is in the building found."""
    tally = Tally()
    sealer = Sealer(session)
    kept = {fields.name_key(one.name): one for one in keeping.rows_of(session, model.ResidentGroup, scene.community_id)}
    points = keeping.rows_of(session, model.ServicePoint, scene.community_id)
    by_name = {fields.name_key(one.name): one for one in points}
    for row, values in keeping.records(clean, _GROUP):
        found = kept.get(fields.name_key(values["name"]))
        new: dict[str, Any] = {name: values[name] for name in ("name", "members", "hours", "note") if name in values}
        point = _point(tally, row, values, by_name) or _in_building(points, values, scene.kinds)
        if point is not None:
            new["service_point_id"] = point.id
        kind = _kind(values, point, scene.kinds)
        if kind is not None and (found is None or "kind" in values):
            new["kind"] = kind
        elif found is None:
            new["kind"] = _any_kind(tally, row, values, scene.kinds)
        for name in ("leader", "phone"):
            if name in values:
                new[name] = sealer.seal(values[name], getattr(found, name) if found else model.NO_SEALED)
        if found is None:
            tally.add(session, model.ResidentGroup(community_id=scene.community_id, **new), at=row)
        else:
            tally.write(found, new, at=row)
    return tally


def activities(session: Session, scene: Scene, clean: pd.DataFrame) -> Tally:
    """Keep activities, found again by day, name and place."""
    tally = Tally()
    rows = keeping.rows_of(session, model.Activity, scene.community_id)
    kept = {_activity_key({"day": one.day, "name": one.name, "place": one.place}): one for one in rows}
    points = {
        fields.name_key(one.name): one for one in keeping.rows_of(session, model.ServicePoint, scene.community_id)
    }
    known = {
        fields.name_key(one.name): one for one in keeping.rows_of(session, model.ResidentGroup, scene.community_id)
    }
    for row, values in keeping.records(clean, _ACTIVITY):
        new: dict[str, Any] = {
            name: values[name] for name in ("day", "name", "hours", "place", "attendance", "note") if name in values
        }
        point = _point(tally, row, values, points) or points.get(fields.name_key(values.get("place", "")))
        if point is not None:
            new["service_point_id"] = point.id
        if "resident_group" in values:
            group = known.get(fields.name_key(values["resident_group"]))
            if group is not None:
                new["resident_group_id"] = group.id
            else:
                tally.faults.append(_unknown("group_unknown", row, "resident_group", values["resident_group"]))
        found = kept.get(_activity_key(values))
        if found is None:
            tally.add(session, model.Activity(community_id=scene.community_id, **new), at=row)
        else:
            tally.write(found, new, at=row)
    return tally


def _activity_key(values: Mapping[str, Any]) -> tuple[Any, ...]:
    return values["day"], fields.name_key(values["name"]), fields.name_key(values.get("place", ""))


def _point(
    tally: Tally, row: int, values: Mapping[str, Any], by_name: Mapping[str, model.ServicePoint]
) -> model.ServicePoint | None:
    if "service_point" not in values:
        return None
    found = by_name.get(fields.name_key(values["service_point"]))
    if found is None:
        tally.faults.append(_unknown("point_unknown", row, "service_point", values["service_point"]))
    return found


def _in_building(
    points: list[model.ServicePoint], values: Mapping[str, Any], kinds: ServiceKinds
) -> model.ServicePoint | None:
    """Return the service point in the building found, if it is of the group's kind, or the only one there."""
    if "building_id" not in values:
        return None
    there = [one for one in points if one.building_id == int(values["building_id"])]
    kind = _kind(values, None, kinds)
    alike = [one for one in there if one.kind == kind]
    return alike[0] if alike else there[0] if len(there) == 1 else None


def _kind(values: Mapping[str, Any], point: model.ServicePoint | None, kinds: ServiceKinds) -> str | None:
    """Return the kind that a row says, or what the group's name or its point tell."""
    said = fields.service_kind(values["kind"], kinds) if "kind" in values else None
    if said is not None:
        return said
    told = f"{values.get('kind', '')} {values['name']}"
    for one in kinds.live():
        if one.zh in told and not one.station:
            return one.code
    return point.kind if point is not None else None


def _any_kind(tally: Tally, row: int, values: Mapping[str, Any], kinds: ServiceKinds) -> str:
    allowed = [one.zh for one in kinds.live()]
    said = str(values.get("kind", ""))[:_SHOWN]
    tally.faults.append(
        Fault(problem="group_kind", row=row, column="kind", value=said, fatal=False, fields={"allowed": allowed})
    )
    return "tea"


def _unknown(problem: str, row: int, column: str, value: str) -> Fault:
    return Fault(problem=problem, row=row, column=column, value=str(value)[:_SHOWN], fatal=False)
