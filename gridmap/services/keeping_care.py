"""Takes in the register of households in need: only what a visit needs, name and phone sealed."""

from __future__ import annotations

from typing import Any
from zoneinfo import ZoneInfo

import geopandas as gpd
import pandas as pd
from sqlalchemy.orm import Session

from gridmap import catalogues, model, settings
from gridmap.errors import Fault
from gridmap.exchange import addresses, fields, registers
from gridmap.services import keeping
from gridmap.services.import_scene import Scene
from gridmap.services.sealed_fields import Sealer
from gridmap.services.tally import Tally

_FIELDS = ("building_id", "unit", "need", "interval_days", "ended_on", "name", "phone", "identity_digest")
# What a need is read from, the likeliest first. None of it is kept.
_NEEDS = ("request", "need", "cause")
_ANY_NEED = "other"


def check(frame: gpd.GeoDataFrame, scene: Scene) -> tuple[pd.DataFrame, list[Fault]]:
    """Read the cells; a row whose building is not known, or that comes twice, cannot be kept.

    What the file says of a household besides the kind of need, the interval of visits, building, unit, name and phone
    serves to tell the need, and is left behind here.
    """
    clean, found = registers.read(frame, "households-in-need", ZoneInfo(scene.time_zone), required={})
    address = _column(clean, "address")
    homes = clean["building_id"] if "building_id" in clean.columns else pd.Series(pd.NA, clean.index, dtype="Int64")
    homes = homes.fillna(_under(clean, scene.buildings))
    lost = homes.index[homes.isna()]
    found += [
        Fault(problem="household_nowhere", row=int(row), column="address", value=address[row][:40]) for row in lost
    ]
    needs, unknown = _needs(clean)
    found += unknown
    out = pd.DataFrame(
        {
            "building_id": homes,
            "unit": list(map(_unit, _column(clean, "unit"), address)),
            "need": needs,
            "interval_days": pd.Series(_intervals(clean), clean.index, dtype="object"),
            "ended_on": _column(clean, "ended_on", None),
            "name": _column(clean, "name"),
            "phone": _column(clean, "phone"),
            "identity_digest": _digests(clean, scene),
        },
        index=clean.index,
    )
    kept, found = registers.left(out, found)
    found += registers.twice(kept, kept["identity_digest"], "name", "household_twice")
    named = [
        (home, unit, fields.name_key(name)) if name else None
        for home, unit, name in zip(kept["building_id"], kept["unit"], kept["name"], strict=True)
    ]
    again = pd.Series(named, kept.index, dtype="object").where(kept["identity_digest"] == "", None)
    found += registers.twice(kept, again, "name", "household_twice")
    return registers.left(kept, found)


def keep(session: Session, scene: Scene, clean: pd.DataFrame) -> Tally:
    """Keep households, found again by the digest of the identity number, else by building, unit and name.

    A row that names nobody, as in our own export, is the only household of its building, unit and need.
    """
    tally = Tally()
    sealer = Sealer(session)
    kept = keeping.rows_of(session, model.CareHousehold, scene.community_id)
    by_digest = {one.identity_digest: one for one in kept if one.identity_digest}
    by_name = {(one.building_id, one.unit, fields.name_key(sealer.open(one.name))): one for one in kept}
    alone: dict[tuple[Any, ...], model.CareHousehold | None] = {}
    for one in kept:
        place = (one.building_id, one.unit, one.need)
        alone[place] = None if place in alone else one
    usual = settings.defaults()["care"]["interval_medium_days"]
    for row, values in keeping.records(clean, _FIELDS):
        values["building_id"] = int(values["building_id"])
        key = (values["building_id"], values.get("unit", ""), fields.name_key(values.get("name", "")))
        found = by_digest.get(values.get("identity_digest", "")) or by_name.get(key)
        if found is None and "name" not in values and "identity_digest" not in values:
            found = alone.get((values["building_id"], values.get("unit", ""), values.get("need")))
        for name in ("name", "phone"):
            if name in values:
                values[name] = sealer.seal(values[name], getattr(found, name) if found else model.NO_SEALED)
        if found is not None:
            tally.write(found, values, at=row)
            continue
        values.setdefault("interval_days", usual)
        values.setdefault("unit", "")
        tally.add(session, model.CareHousehold(community_id=scene.community_id, **values), at=row)
    tally.note("care_sealed", len(clean))
    return tally


def _column(clean: pd.DataFrame, name: str, empty: Any = "") -> pd.Series:
    return clean[name] if name in clean.columns else pd.Series([empty] * len(clean), clean.index, dtype="object")


def _under(clean: pd.DataFrame, buildings: gpd.GeoDataFrame) -> pd.Series:
    """Return the building in which a row's point lies."""
    found = pd.Series(pd.NA, clean.index, dtype="Int64")
    if "geom" not in clean.columns or buildings.empty:
        return found
    points = gpd.GeoSeries(clean["geom"], crs=buildings.crs)
    there = points[~points.is_empty]
    row, column = buildings.sindex.query(there.to_numpy(), predicate="intersects")
    found[there.index[row]] = buildings.index.to_numpy()[column]
    return found


def _needs(clean: pd.DataFrame) -> tuple[list[str], list[Fault]]:
    told = [name for name in _NEEDS if name in clean.columns]
    needs, found = [], []
    for row, texts in zip(clean.index, clean[told].itertuples(index=False, name=None), strict=True):
        need = registers.need(*texts)
        needs.append(need or _ANY_NEED)
        said = next((text for text in texts if text), "")
        if need is None and said:
            allowed = [str(entry["zh"]) for entry in catalogues.entries("care_needs").values()]
            more = {"allowed": allowed}
            found.append(
                Fault(problem="need_unknown", row=int(row), column=told[0], value=said[:40], fatal=False, fields=more)
            )
    return needs, found


def _intervals(clean: pd.DataFrame) -> list[int | None]:
    days = settings.defaults()["care"]
    told = zip(
        _column(clean, "interval_days", None), _column(clean, "request"), _column(clean, "attention", None), strict=True
    )
    found: list[int | None] = []
    for said, request, attention in told:
        if said is not None:
            found.append(said)
        elif (often := registers.often(request)) is not None:
            found.append(often)
        else:
            found.append(None if attention is None else days[f"interval_{attention}_days"])
    return found


def _digests(clean: pd.DataFrame, scene: Scene) -> pd.Series:
    if scene.identities is None:
        return pd.Series("", clean.index, dtype="object")
    digests: pd.Series = scene.identities.reindex(clean.index).fillna("").astype(object)
    return digests


def _unit(said: str, address: str) -> str:
    """Return where in a building somebody lives, as a column says or the address: ``2单元`` or ``2单元103``."""
    if said:
        return f"{said}单元" if said.isdecimal() else said
    told = addresses.parse(address)
    return f"{told.unit}单元{told.room}" if told.unit else told.room
