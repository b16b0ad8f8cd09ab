"""What somebody who walks has to know at each stop: where, when, what to ask, and what came of it last time."""

from __future__ import annotations

import datetime as dt
import hashlib
import json
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any
from zoneinfo import ZoneInfo

import pandas as pd

from gridmap import i18n, model, settings
from gridmap.errors import NotFound
from gridmap.model import IssueState, StopOutcome
from gridmap.services import layers, walk_keeping, walk_reasons
from gridmap.services.community_data import CommunityData

OUTCOMES = (
    *(StopOutcome.SEEN, StopOutcome.NOBODY_HOME, StopOutcome.NO_ACCESS, StopOutcome.DONE),
    StopOutcome.LATER,
)
"""What may come of a stop, in the order of the buttons: 见到 / 无人 / 进不去 / 办结 / 稍后."""


@dataclass(frozen=True, kw_only=True)
class OpenIssue:
    """An issue that is open where the walk stops. ``text`` is "" where it is confidential."""

    id: int
    code: str
    category: str
    text: str
    state: str
    overdue: bool


@dataclass(frozen=True, kw_only=True)
class LastVisit:
    """What came of the last visit to a building."""

    day: dt.date
    outcome: StopOutcome
    note: str
    handling: str


@dataclass(frozen=True, kw_only=True)
class StopFacts:
    """A stop. ``care`` are the units of households in need whom whoever walks may see; never a name or a need.

    ``arrive``, ``leave`` are planned, as hours and minutes; "" where that is open. ``lon`` and ``lat`` are None where
    the stop has no place. ``key`` is that of the place (`walk_keeping.key_of`); a ``rest`` (休息) is no visit.
    """

    id: int
    version: int
    seq: int
    building_id: int | None
    key: str
    rest: bool
    place: str
    lon: float | None
    lat: float | None
    reason: str
    arrive: str
    leave: str
    outcome: StopOutcome
    note: str
    handling: str
    came_at: dt.datetime | None
    issues: tuple[OpenIssue, ...]
    care: tuple[str, ...]
    last: LastVisit | None


@dataclass(frozen=True, kw_only=True)
class WalkFacts:
    """A walk with its stops in their order. ``walkers`` are names of staff, as far as whoever asks may know them."""

    id: int
    day: dt.date
    half: model.Half
    state: model.WalkState
    grid_id: int | None
    grid: str
    walkers: tuple[str, ...]
    walk_m: float | None
    stops: tuple[StopFacts, ...]

    def title(self, language: str) -> str:
        """Say what the walk is called."""
        return _titled(self.day, self.half.value, self.grid, language)

    def subtitle(self, language: str) -> str:
        """Say who goes, when, how far and to how many places."""
        told = [i18n.text("walk_sheet.stops", language, n=len(self.stops))]
        times = [time for stop in self.stops for time in (stop.arrive, stop.leave) if time]
        if times:
            told.append(f"{times[0]}–{times[-1]}")
        if self.walk_m:
            told.append(i18n.text("walk_sheet.metres", language, n=round(self.walk_m)))
        if self.walkers:
            told.insert(0, i18n.text("walk_sheet.walkers", language, names=list(self.walkers)))
        return " · ".join(told)


def read(data: CommunityData, walk_id: int, language: str, now: dt.datetime) -> WalkFacts:
    """Return a walk of a community, as far as ``data`` holds what somebody may see of it.

    Parameters
    ----------
    data
        The community, masked to what whoever walks sees.
    walk_id
        The walk.
    language
        Language of what places and categories are called.
    now
        Moment by which an issue is overdue; timezone-aware.

    Raises
    ------
    errors.NotFound
        If there is no such walk.
    """
    if walk_id not in data.walks.index:
        raise NotFound("walk_missing", number=str(walk_id))
    row = data.walks.loc[walk_id]
    grid_id = _number(row["grid_id"])
    rows = data.stops[data.stops["walk_id"] == walk_id].sort_values("seq", kind="stable")
    issues = _open_issues(data, rows, language, now)
    last = _last_visits(data, walk_id)
    stops = []
    for number, stop in rows.iterrows():
        building, key = _number(stop["building_id"]), walk_keeping.key_of(stop)
        rest = bool(row["plan"]) and not key
        place = None if stop["geom"].is_empty else stop["geom"]
        stops.append(
            StopFacts(
                id=int(str(number)),
                version=int(stop["version"]),
                seq=int(stop["seq"]),
                building_id=building,
                key=key,
                rest=rest,
                place=_place(data, stop, rest, language),
                lon=None if place is None else float(place.x),
                lat=None if place is None else float(place.y),
                reason=str(stop["reason"]),
                arrive=_clock(stop["arrive_at"]),
                leave=_clock(stop["leave_at"]),
                outcome=StopOutcome(stop["outcome"]),
                note=str(stop["note"]),
                handling=str(stop["handling"]),
                came_at=None if pd.isna(stop["came_at"]) else stop["came_at"].to_pydatetime(),
                issues=issues.get(building, ()) if building is not None else (),
                care=_care(data, stop),
                last=last.get(building) if building is not None else None,
            )
        )
    walkers = data.walkers[data.walkers["walk_id"] == walk_id]["staff_id"]
    return WalkFacts(
        id=walk_id,
        day=row["day"],
        half=model.Half(row["half"]),
        state=model.WalkState(row["state"]),
        grid_id=grid_id,
        grid=_grid(data, grid_id),
        walkers=tuple(str(data.staff.at[one, "name"]) for one in walkers if one in data.staff.index),
        walk_m=None if pd.isna(row["walk_m"]) else float(row["walk_m"]),
        stops=tuple(stops),
    )


def _place(data: CommunityData, stop: Any, rest: bool, language: str) -> str:
    """Return what a stop is called: the service point, the building, the issue whose place it is."""
    if rest:
        return i18n.text("walk_sheet.break", language)
    point, building, issue = (_number(stop[name]) for name in ("service_point_id", "building_id", "issue_id"))
    at = "" if building is None or building not in data.buildings.index else _title(data, building, language)
    if point is not None and point in data.points.index:
        return f"{data.points.at[point, 'name']} · {at}" if at else str(data.points.at[point, "name"])
    if not at and issue is not None and issue in data.issues.index:
        return i18n.text("walk_sheet.at_issue", language, code=data.issues.at[issue, "code"])
    return at or i18n.text("walk_sheet.no_place", language, n=int(stop["seq"]))


def _title(data: CommunityData, building: int, language: str) -> str:
    return str(layers.building_titles(data.buildings.loc[[building]], language).iloc[0])


def _care(data: CommunityData, stop: Any) -> tuple[str, ...]:
    """Return the units of the households that a stop is made for; those of the whole building where no plan says."""
    here = data.care[data.care["building_id"] == _number(stop["building_id"])]
    if stop["why"]:
        here = here[here.index.isin(walk_reasons.households(walk_keeping.reasons(stop)))]
    return tuple(sorted(here["unit"]))


def title_of(data: CommunityData, walk_id: int, language: str) -> str:
    """Say what a walk of a community is called, without reading all of it."""
    row = data.walks.loc[walk_id]
    return _titled(row["day"], str(row["half"]), _grid(data, _number(row["grid_id"])), language)


def _titled(day: dt.date, half: str, grid: str, language: str) -> str:
    told = {"day": i18n.date(day, language), "half": i18n.text(f"half.{half}", language)}
    return i18n.text("walk_sheet.title", language, grid=grid or i18n.text("walk_sheet.grids", language), **told)


def _grid(data: CommunityData, grid_id: int | None) -> str:
    known = grid_id is not None and grid_id in data.grids.index
    return f"{data.grids.at[grid_id, 'letter']} {data.grids.at[grid_id, 'name']}" if known else ""


def _open_issues(
    data: CommunityData, stops: pd.DataFrame, language: str, now: dt.datetime
) -> dict[int, tuple[OpenIssue, ...]]:
    here = data.issues[data.issues["building_id"].isin(stops["building_id"].dropna())]
    # What is done still wants to be looked at where it was.
    asked = [one.value for one in IssueState if one.is_open or one is IssueState.DONE]
    here = here[here["state"].isin(asked)]
    groups = layers.issue_groups(here, now)
    found: dict[int, list[OpenIssue]] = {}
    order = here.assign(late=groups == "overdue").sort_values(["late", "reported_at"], ascending=[False, True])
    for number, row in order.iterrows():
        found.setdefault(int(row["building_id"]), []).append(
            OpenIssue(
                id=int(str(number)),
                code=str(row["code"]),
                category=data.categories.label(row["category"], language),
                text="" if row["confidential"] else str(row["text"]),
                state=i18n.text(f"issue_state.{row['state']}", language),
                overdue=bool(row["late"]),
            )
        )
    return {building: tuple(issues) for building, issues in found.items()}


def _last_visits(data: CommunityData, walk_id: int) -> dict[int, LastVisit]:
    """Return for each building what came of the last visit before this walk."""
    day = data.walks.at[walk_id, "day"]
    past = data.stops[(data.stops["walk_id"] != walk_id) & data.stops["building_id"].notna()]
    past = past[past["outcome"] != StopOutcome.PENDING.value]
    past = past.assign(day=past["walk_id"].map(data.walks["day"])).dropna(subset="day")
    past = past[past["day"].map(lambda one: one <= day).astype(bool)]
    past = past.sort_values("day", kind="stable")
    return {
        int(row["building_id"]): LastVisit(
            day=row["day"], outcome=StopOutcome(row["outcome"]), note=str(row["note"]), handling=str(row["handling"])
        )
        for row in past.to_dict("records")
    }


def _number(value: Any) -> int | None:
    return None if pd.isna(value) else int(value)


def _clock(moment: Any) -> str:
    if pd.isna(moment):
        return ""
    return f"{moment.tz_convert(ZoneInfo(settings.from_environment().time_zone)):%H:%M}"


def plan_stamp(stops: Iterable[tuple[int, str]]) -> str:
    """Return a short hash of a plan: the ids of its stops in their order, and the keys of their places."""
    told = json.dumps([[stop, key] for stop, key in stops])
    return hashlib.sha256(told.encode()).hexdigest()[:16]
