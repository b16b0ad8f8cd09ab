"""Takes in the register of staff, with who stands in for whom."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from zoneinfo import ZoneInfo

import pandas as pd
from sqlalchemy.orm import Session

from gridmap import model
from gridmap.errors import Fault
from gridmap.exchange import fields, registers
from gridmap.services import grids, keeping
from gridmap.services.import_scene import Scene
from gridmap.services.sealed_fields import Sealer
from gridmap.services.tally import Tally

_FIELDS = ("name", "post", "ab", "partner", "grid", "phone", "duties", "active")
_OTHER_HALF = {"A": "B", "B": "A"}
_FEW = 5


def check(frame: pd.DataFrame, scene: Scene) -> tuple[pd.DataFrame, list[Fault]]:
    """Read the cells of a register of staff, and find what cannot be: a name twice, a pair that is none."""
    clean, found = registers.read(frame, "staff", ZoneInfo(scene.time_zone), required={"name": "张三"})
    clean, found = registers.left(clean, found)
    found += registers.twice(clean, clean["name"].map(fields.name_key), "name")
    found += _uneven_pairs(clean)
    return registers.left(clean, found)


def keep(session: Session, scene: Scene, clean: pd.DataFrame) -> Tally:
    """Keep staff, found again by name; a pair is linked both ways, a grid leader leads the grid that is named.

    Who is no longer in the register stays as they are: leaving is said by the column 在岗.
    """
    tally = Tally()
    sealer = Sealer(session)
    kept = {fields.name_key(one.name): one for one in keeping.rows_of(session, model.Staff, scene.community_id)}
    partner_of = _partners(clean)
    known = set(kept)
    written = keeping.records(clean, _FIELDS)
    for _, values in written:
        key = fields.name_key(values["name"])
        if key not in kept:
            kept[key] = model.Staff(
                community_id=scene.community_id,
                name=values["name"],
                post=model.PostKind(values.get("post", model.PostKind.DESK)),
            )
            session.add(kept[key])
    session.flush()
    for row, values in written:
        key = fields.name_key(values["name"])
        member = kept[key]
        new = _values(values, member, sealer)
        _pair(tally, row, key, partner_of, kept, new)
        if key in known:
            tally.write(member, new, at=row)
        else:
            for name, value in new.items():
                setattr(member, name, value)
            tally.add(session, member, at=row)
    _link_back(tally, kept, partner_of, {fields.name_key(values["name"]) for _, values in written})
    tally.note("posts_usual", sum("post" not in values for _, values in written))
    _lead(session, scene, tally, [(row, values, kept[fields.name_key(values["name"])]) for row, values in written])
    return tally


def _values(values: Mapping[str, Any], member: model.Staff, sealer: Sealer) -> dict[str, Any]:
    new = {name: values[name] for name in ("duties", "active") if name in values}
    if "post" in values:
        new["post"] = model.PostKind(values["post"])
    if "ab" in values and (half := _half(values["ab"])):
        new["ab"] = half
    if "phone" in values:
        new["phone"] = sealer.seal(values["phone"], member.phone)
    return new


def _half(text: str) -> str:
    return next((half for half in "AB" if fields.fold(text).upper().startswith(half)), "")


def _partners(clean: pd.DataFrame) -> dict[str, str]:
    """Return who stands in for whom, both ways, by the keys of their names."""
    if "partner" not in clean.columns:
        return {}
    found: dict[str, str] = {}
    for name, partner in zip(clean["name"], clean["partner"], strict=True):
        one, other = fields.name_key(name), fields.name_key(partner or "")
        if other and one != other:
            found[one], found[other] = other, one
    return found


def _uneven_pairs(clean: pd.DataFrame) -> list[Fault]:
    """Find rows whose partner is themselves, or is said to be in a pair with somebody else."""
    if "partner" not in clean.columns:
        return []
    names = clean["name"].map(fields.name_key)
    said = dict(zip(names, clean["partner"].map(lambda text: fields.name_key(text or "")), strict=True))
    found = []
    taken: dict[str, str] = {}
    for row, one, partner in zip(clean.index.tolist(), names, clean["partner"], strict=True):
        value = fields.fold(partner)
        other = fields.name_key(value)
        if not other:
            continue
        clash = said.get(other, "") not in ("", one) or taken.get(other, one) != one
        taken.setdefault(other, one)
        if other == one:
            found.append(Fault(problem="partner_self", row=row, column="partner", value=value))
        elif clash:
            found.append(Fault(problem="partner_taken", row=row, column="partner", value=value))
    return found


def _pair(
    tally: Tally,
    row: int,
    key: str,
    partner_of: Mapping[str, str],
    kept: Mapping[str, model.Staff],
    new: dict[str, Any],
) -> None:
    other = partner_of.get(key)
    if other is None:
        return
    partner = kept.get(other)
    if partner is None:
        tally.faults.append(Fault(problem="partner_unknown", row=row, column="partner", value=other, fatal=False))
        return
    new["partner_id"] = partner.id


def _link_back(tally: Tally, kept: Mapping[str, model.Staff], partner_of: Mapping[str, str], written: set[str]) -> None:
    """Link those whom the register only names as a partner, and loose whoever was in a pair with one of a new pair."""
    linked = []
    for key, other in partner_of.items():
        member, partner = kept.get(key), kept.get(other)
        if member is None or partner is None:
            continue
        if key not in written and member.partner_id != partner.id:
            member.partner_id = partner.id
            linked.append(member.name)
        if not member.ab and partner.ab in _OTHER_HALF:
            member.ab = _OTHER_HALF[partner.ab]
    paired = {kept[key].id: key for key in partner_of if key in kept}
    for key, member in kept.items():
        if key not in partner_of and member.partner_id in paired:
            member.partner_id = None
            linked.append(member.name)
    tally.note("partners_linked", len(linked), names=linked[:_FEW])


def _lead(
    session: Session, scene: Scene, tally: Tally, written: list[tuple[int, Mapping[str, Any], model.Staff]]
) -> None:
    """Let grid leaders lead the grids that the register names; of other posts a grid is not kept."""
    version = grids.current_version(session, scene.community_id)
    by_name: dict[str, model.Grid] = {}
    for grid in grids.grids_within(session, version) if version is not None else []:
        by_name |= {fields.name_key(name): grid for name in (grid.name, grid.code, grid.official_code) if name}
    led, others = 0, 0
    for row, values, member in written:
        if "grid" not in values:
            continue
        if member.post is not model.PostKind.GRID_LEADER:
            others += 1
            continue
        found = by_name.get(fields.name_key(values["grid"]))
        if found is None:
            value = str(values["grid"])[:40]
            tally.faults.append(Fault(problem="grid_unknown", row=row, column="grid", value=value, fatal=False))
        elif found.leader_id != member.id:
            found.leader_id = member.id
            led += 1
    tally.note("grids_led", led)
    tally.note("grids_of_others", others)
