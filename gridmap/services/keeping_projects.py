"""Takes in the ten practical things of a year."""

from __future__ import annotations

from typing import Any
from zoneinfo import ZoneInfo

import pandas as pd
from sqlalchemy.orm import Session

from gridmap import model
from gridmap.errors import Fault
from gridmap.exchange import fields, registers
from gridmap.services import keeping
from gridmap.services.import_scene import Scene
from gridmap.services.tally import Tally

_PLAIN = ("year", "seq", "name", "due_on", "done_on", "budget_yuan", "before", "after", "address")
_FIELDS = (*_PLAIN, "owner", "state", "building_id")


def check(frame: pd.DataFrame, scene: Scene) -> tuple[pd.DataFrame, list[Fault]]:
    """Read the cells of a register of projects; without a year the present one is meant."""
    clean, found = registers.read(frame, "projects", ZoneInfo(scene.time_zone), required={"name": "加装坡道"})
    clean, found = registers.left(clean, found)
    year = clean["year"] if "year" in clean.columns else pd.Series([None] * len(clean), clean.index, dtype="object")
    clean = clean.assign(year=[scene.today.year if one is None else one for one in year])
    keys = pd.Series(
        [(one, fields.name_key(name)) for one, name in zip(clean["year"], clean["name"], strict=True)],
        clean.index,
        dtype="object",
    )
    found += registers.twice(clean, keys, "name")
    if "seq" in clean.columns:
        numbers = [(one, seq) if seq else None for one, seq in zip(clean["year"], clean["seq"], strict=True)]
        found += registers.twice(clean, pd.Series(numbers, clean.index, dtype="object"), "seq")
    return registers.left(clean, found)


def keep(session: Session, scene: Scene, clean: pd.DataFrame) -> Tally:
    """Keep projects, found again by year and name, else by year and number; an owner on the staff is linked."""
    tally = Tally()
    kept = keeping.rows_of(session, model.Project, scene.community_id)
    by_name = {(one.year, fields.name_key(one.name)): one for one in kept}
    by_seq = {(one.year, one.seq): one for one in kept}
    staff = {fields.name_key(one.name): one for one in keeping.rows_of(session, model.Staff, scene.community_id)}
    taken: set[int] = set()
    for row, values in keeping.records(clean, _FIELDS):
        found = by_name.get((values["year"], fields.name_key(values["name"])))
        if found is None:
            found = by_seq.get((values["year"], values.get("seq", 0)))
        if found is not None and id(found) in taken:
            found = None
        new = _values(scene, values, staff, tally, row)
        if found is not None:
            taken.add(id(found))
            tally.write(found, new, at=row)
            continue
        new.setdefault("seq", max((seq for year, seq in by_seq if year == values["year"]), default=0) + 1)
        made = model.Project(community_id=scene.community_id, **new)
        by_seq[(made.year, made.seq)] = made
        taken.add(id(made))
        tally.add(session, made, at=row)
    return tally


def _values(
    scene: Scene, values: dict[str, Any], staff: dict[str, model.Staff], tally: Tally, row: int
) -> dict[str, Any]:
    new = {name: values[name] for name in _PLAIN if name in values}
    if "state" in values:
        new["state"] = model.ProjectState(values["state"])
    if "owner" in values:
        member = staff.get(fields.name_key(values["owner"]))
        new |= {"owner_id": None if member is None else member.id, "owner": values["owner"] if member is None else ""}
    if "geom" in values:
        new["geom"] = values["geom"]
    if "building_id" in values:
        new["building_id"] = int(values["building_id"])
        footprint = scene.buildings.geometry[new["building_id"]]
        if "geom" not in new and not footprint.is_empty:
            new["geom"] = footprint.representative_point()
    elif "address" in values and "geom" not in values:
        value = str(values["address"])[:40]
        tally.faults.append(Fault(problem="place_not_found", row=row, column="address", value=value, fatal=False))
    return new
