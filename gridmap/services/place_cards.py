"""What the card of a service point tells: where it is, whom it serves, who runs it."""

from __future__ import annotations

from typing import Any

import pandas as pd

from gridmap import catalogues, i18n
from gridmap.analysis import coverage
from gridmap.services import layers, record_places
from gridmap.services.community_data import CommunityData
from gridmap.services.record_places import Whereabouts
from gridmap.services.sight import Sight


def of_point(data: CommunityData, number: int) -> Whereabouts:
    """Return what a service point belongs to: by its building, else by its place."""
    row = data.points.loc[number]
    if pd.notna(row["building_id"]) and row["building_id"] in data.buildings.index:
        return record_places.at_building(int(row["building_id"]), data)
    return record_places.of(row["geom"], data)


def of_issue(data: CommunityData, number: int) -> Whereabouts:
    """Return what an issue belongs to: as it says, the rest by its place."""
    row = data.issues.loc[number]
    known = {name: int(row[name]) for name in ("building_id", "compound_id", "grid_id") if pd.notna(row[name])}
    if "building_id" in known and known["building_id"] in data.buildings.index:
        at = record_places.at_building(known["building_id"], data)
    else:
        # Near a building is not at it: only what was said is told.
        by_place = record_places.of(row["geom"], data)
        at = Whereabouts(compound_id=by_place.compound_id, grid_id=by_place.grid_id)
    return Whereabouts(
        building_id=at.building_id,
        compound_id=known.get("compound_id", at.compound_id),
        grid_id=known.get("grid_id", at.grid_id),
    )


def named(data: CommunityData, at: Whereabouts, language: str) -> str:
    """Return what a place is called: its building, else its compound; "" where it is in neither."""
    if at.building_id is not None:
        return str(layers.building_titles(data.buildings.loc[[at.building_id]], language).iloc[0])
    if at.compound_id is not None and at.compound_id in data.compounds.index:
        return str(data.compounds.at[at.compound_id, "name"])
    return ""


def grid(data: CommunityData, at: Whereabouts) -> str:
    """Return letter and name of the grid a place is in; "" where it is in none."""
    if at.grid_id is None or at.grid_id not in data.grids.index:
        return ""
    return f"{data.grids.at[at.grid_id, 'letter']} · {data.grids.at[at.grid_id, 'name']}"


def served(data: CommunityData, number: int, of_kind: coverage.Coverage) -> tuple[int, int, bool]:
    """Return the households and buildings that a point serves, and whether some of the households are estimated.

    A building is served by the nearest point of the kind, if that is within the radius.

    Parameters
    ----------
    data
        The community.
    number
        The point.
    of_kind
        Coverage by the points of its kind.
    """
    nearest = of_kind.point.eq(number).fillna(False).astype(bool)
    mine = of_kind.state.index[nearest & (of_kind.state == coverage.COVERED)]
    rows = data.buildings.loc[mine]
    return int(rows["households"].sum()), len(rows), bool(rows["households_estimated"].any())


def team(data: CommunityData, number: int, seen: Sight, grid_id: int | None, language: str) -> str:
    """Return the team of a point by role, with the names of the staff in it where these may be seen."""
    rows = data.team[data.team["service_point_id"] == number]
    told = []
    for code in dict.fromkeys([*catalogues.entries("team_roles"), *rows["role"]]):
        of_role = rows[rows["role"] == code]
        if of_role.empty:
            continue
        label = catalogues.label("team_roles", code, language)
        names = [colleague(data, i, seen, grid_id) for i in of_role["staff_id"]]
        known = [name for name in names if name]
        n = int(of_role["number"].sum())
        if known:
            told.append(i18n.text("card.role_named", language, role=label, names=known))
        else:
            told.append(i18n.text("card.role", language, role=label, n=n))
    return "\n".join(told)


def colleague(data: CommunityData, staff_id: Any, seen: Sight, grid_id: int | None) -> str:
    """Return the name of a member of the staff who does something in a grid; "" where it may not be told."""
    if pd.isna(staff_id) or not seen.colleague(grid_id) or staff_id not in data.staff.index:
        return ""
    return str(data.staff.at[staff_id, "name"])
