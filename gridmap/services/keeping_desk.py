"""Takes in the registers of premises and of the matters that the desk handles."""

from __future__ import annotations

from typing import Any
from zoneinfo import ZoneInfo

import pandas as pd
from sqlalchemy.orm import Session

from gridmap import catalogues, model
from gridmap.errors import Fault
from gridmap.exchange import fields, registers
from gridmap.services import keeping
from gridmap.services.import_scene import Scene
from gridmap.services.tally import Tally

_PREMISES = ("name", "use", "area_m2", "building_id", "service_point", "host", "note")
_MATTERS = ("name", "field", "at_home", "days", "papers", "note")
_SHOWN = 40


def check_premises(frame: pd.DataFrame, scene: Scene) -> tuple[pd.DataFrame, list[Fault]]:
    """Read the cells of a register of premises."""
    needed = {"name": "一楼活动室", "area_m2": "85.5"}
    clean, found = registers.read(frame, "premises", ZoneInfo(scene.time_zone), required=needed)
    clean, found = registers.left(clean, found)
    homes = clean["building_id"].astype(object) if "building_id" in clean.columns else pd.Series(None, clean.index)
    keys = pd.Series(
        [
            (fields.name_key(name), None if pd.isna(home) else int(home))
            for name, home in zip(clean["name"], homes, strict=True)
        ],
        clean.index,
        dtype="object",
    )
    return registers.left(clean, [*found, *registers.twice(clean, keys, "name")])


def check_matters(frame: pd.DataFrame, scene: Scene) -> tuple[pd.DataFrame, list[Fault]]:
    """Read the cells of a register of matters."""
    clean, found = registers.read(frame, "desk-matters", ZoneInfo(scene.time_zone), required={"name": "高龄补贴申请"})
    clean, found = registers.left(clean, found)
    return registers.left(clean, [*found, *registers.twice(clean, clean["name"].map(fields.name_key), "name")])


def premises(session: Session, scene: Scene, clean: pd.DataFrame) -> Tally:
    """Keep premises, found again by building and name, else by a name that only one has."""
    tally = Tally()
    kept = keeping.rows_of(session, model.Premises, scene.community_id)
    by_key = {(fields.name_key(one.name), one.building_id): one for one in kept}
    points = {
        fields.name_key(one.name): one for one in keeping.rows_of(session, model.ServicePoint, scene.community_id)
    }
    for row, values in keeping.records(clean, _PREMISES):
        new: dict[str, Any] = {name: values[name] for name in ("name", "area_m2", "host", "note") if name in values}
        if "use" in values:
            new["use"] = model.PremisesUse(values["use"])
        if "building_id" in values:
            new["building_id"] = int(values["building_id"])
        if "service_point" in values:
            point = points.get(fields.name_key(values["service_point"]))
            if point is not None:
                new["service_point_id"] = point.id
            else:
                said = str(values["service_point"])[:_SHOWN]
                tally.faults.append(
                    Fault(problem="point_unknown", row=row, column="service_point", value=said, fatal=False)
                )
        key = fields.name_key(values["name"])
        alike = [one for (name, _), one in by_key.items() if name == key]
        found = by_key.get((key, new.get("building_id")))
        if found is None and len(alike) == 1 and (alike[0].building_id is None or "building_id" not in new):
            found = alike[0]
        if found is None:
            tally.add(session, model.Premises(community_id=scene.community_id, **new), at=row)
        else:
            tally.write(found, new, at=row)
    return tally


def matters(session: Session, scene: Scene, clean: pd.DataFrame) -> Tally:
    """Keep matters, found again by name."""
    tally = Tally()
    kept = {fields.name_key(one.name): one for one in keeping.rows_of(session, model.DeskMatter, scene.community_id)}
    for row, values in keeping.records(clean, _MATTERS):
        new = dict(values)
        field = _field(str(values.get("field", "")))
        if "field" in values and field is None:
            allowed = [str(entry["zh"]) for entry in catalogues.entries("matter_fields").values()]
            said = str(values["field"])[:_SHOWN]
            tally.faults.append(
                Fault(
                    problem="matter_field",
                    row=row,
                    column="field",
                    value=said,
                    fatal=False,
                    fields={"allowed": allowed},
                )
            )
        found = kept.get(fields.name_key(values["name"]))
        if field is not None or found is None:
            new["field"] = field or "other"
        else:
            new.pop("field", None)
        if found is None:
            tally.add(session, model.DeskMatter(community_id=scene.community_id, **new), at=row)
        else:
            tally.write(found, new, at=row)
    return tally


def _field(said: str) -> str | None:
    """Return the field of matters that words name, as a code or in one of the languages."""
    plain = fields.fold(said).casefold()
    for code, entry in catalogues.entries("matter_fields").items():
        if plain and plain in (code, str(entry["zh"]).casefold(), str(entry["en"]).casefold()):
            return code
    return None
