"""What the rows of a register belong to, and who is in a team: columns that are kept elsewhere than in the row."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import pandas as pd

from gridmap import catalogues, model, settings
from gridmap.services import register_writing
from gridmap.services.community_data import CommunityData
from gridmap.store import Store

TEAM = ("head", "courtyard_heads", "service_head", "members")
"""Columns of a service point that tell its team: colleagues by name, all others as a number."""
_LED: Mapping[str, str] = {
    "head": "station_head",
    "courtyard_heads": "courtyard_head",
    "service_head": "service_head",
}


def team(data: CommunityData, frame: Any, field: str, language: str) -> pd.Series:
    """Return who has a role at each service point; "" where a colleague is among them who may not be named."""
    told = []
    for number in frame.index:
        rows = data.team[data.team["service_point_id"] == number]
        if field == "members":
            counts = rows[~rows["role"].isin(list(_LED.values()))].groupby("role", sort=False)["number"].sum()
            words = [f"{catalogues.label('team_roles', str(code), language)}{int(n)}" for code, n in counts.items()]
            told.append("、".join(words) if language == "zh" else ", ".join(words))
            continue
        rows = rows[rows["role"] == _LED[field]]
        staff = rows["staff_id"].dropna()
        others = int(rows.loc[rows["staff_id"].isna(), "number"].sum())
        names = [str(data.staff.at[one, "name"]) for one in staff if one in data.staff.index]
        known = [*names, *([str(others)] if others else [])]
        told.append("、".join(known) if len(names) == len(staff) else "")
    return pd.Series(told, index=frame.index, dtype="str")


def _of_project(store: Store, data: CommunityData, frame: Any) -> Any:
    projects = register_writing.frame(store, data, model.Project)
    named = {"year": frame["project_id"].map(projects["year"]), "project": frame["project_id"].map(projects["name"])}
    return frame.assign(**named).sort_values(["year", "project_id"], kind="stable")


def _by_the_clock(_store: Store, _data: CommunityData, frame: Any) -> Any:
    zone = settings.from_environment().time_zone
    begin, end = (frame[name].dt.tz_convert(zone) for name in ("starts_at", "ends_at"))
    hours = [f"{a:%H:%M}-{b:%H:%M}" for a, b in zip(begin, end, strict=True)]
    return frame.assign(day=begin.dt.date, hours=pd.Series(hours, frame.index, dtype="str"))


def _with_grid(store: Store, data: CommunityData, frame: Any) -> Any:
    # A grid of an earlier division has its name still.
    return frame.assign(grid=frame["grid_id"].map(register_writing.frame(store, data, model.Grid)["name"]))


def _of_household(_store: Store, data: CommunityData, frame: Any) -> Any:
    known = frame[frame["care_household_id"].isin(data.care.index)]
    homes = {name: known["care_household_id"].map(data.care[name]) for name in ("building_id", "unit", "need")}
    return known.assign(**homes)


JOINED: Mapping[str, Callable[[Store, CommunityData, Any], Any]] = {
    "milestones": _of_project,
    "opinions": _of_project,
    "bookings": _by_the_clock,
    "receptions": _with_grid,
    "care-helps": _of_household,
}
"""By the kind of a register: adds to its rows what they belong to, where that is kept elsewhere."""
