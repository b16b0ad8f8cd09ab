"""What of a community needs a visit on a day: its data as facts, weighed by `gridmap.planning.visits`.

Households in need are weighed only where the person who plans may see them; for everybody else they are not there.
"""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import pandas as pd
import shapely

from gridmap import catalogues
from gridmap.analysis import indicators, walking_hours
from gridmap.errors import InputError
from gridmap.model import IssueSource, IssueState, WishKind
from gridmap.planning import visits
from gridmap.planning.routing import Window
from gridmap.planning.visits import Candidate, CareDue, Facts
from gridmap.services import (
    care_due,
    community_settings,
    coverage_table,
    issue_alarms,
    layers,
)
from gridmap.services.community_data import CommunityData
from gridmap.services.community_settings import CommunitySettings
from gridmap.services.sight import Sight
from gridmap.store import Store

_DAY_MIN = 24.0 * 60
_CALLS_BACK = (IssueSource.VISITOR.value, IssueSource.RECEPTION.value)


@dataclass(frozen=True, kw_only=True)
class Place:
    """Where a candidate is: numbers of building, service point or issue, its grid, and its point (lon, lat)."""

    key: str
    building_id: int | None = None
    service_point_id: int | None = None
    issue_id: int | None = None
    grid_id: int | None = None
    geom: shapely.Point = field(default_factory=shapely.Point)

    @property
    def doors(self) -> str:
        """What tells whose doors these are: a service point in a building shares the building's."""
        return self.key if self.building_id is None else f"building:{self.building_id}"


@dataclass(frozen=True, kw_only=True, eq=False)
class Wishes:
    """What needs a visit.

    Parameters
    ----------
    candidates
        By key, must-visits first, then the highest prize.
    places
        Where each of them is.
    never
        Keys of places that are not to be visited.
    """

    candidates: Mapping[str, Candidate]
    places: Mapping[str, Place]
    never: tuple[str, ...]


def weights(store: Store, community_id: int) -> dict[str, float]:
    """Return what a community weighs reasons with: its own choices over ``[visits]`` of ``data/defaults.toml``."""
    with store.read() as session:
        chosen = community_settings.values(session, community_id)
    return {key.removeprefix("visits."): float(value) for key, value in chosen.items() if key.startswith("visits.")}


def of(
    data: CommunityData,
    seen: Sight,
    chosen: CommunitySettings,
    weighed: Mapping[str, float],
    *,
    day: dt.date,
    now: dt.datetime,
    zone: str,
    letters: Iterable[str] = (),
    must: Iterable[str] = (),
    never: Iterable[str] = (),
    kept: Iterable[str] = (),
) -> Wishes:
    """Return what needs a visit on a day.

    Parameters
    ----------
    data
        The community, as the person sees it (`sight.masked`).
    seen
        What the person sees.
    chosen, weighed
        The community's settings, and its weights (`weights`).
    day, now, zone
        The day of the walk, this moment, and the zone of the office.
    letters
        Letters of the grids that are walked; none for all.
    must, never
        Keys of places that have to be visited, or are not to be, for this plan alone.
    kept
        Keys of places that are candidates even without a reason.

    Raises
    ------
    InputError
        If a letter or a key is unknown.
    """
    grids = _grids(data, letters)
    places = _places(data, seen, grids)
    facts = {key: Facts(key=key) for key in places}
    _tell_buildings(facts, data, day)
    _tell_issues(facts, data, places, now)
    _tell_care(facts, data, day)
    _tell_alarms(facts, data, seen, zone)
    _tell_points(facts, data, day)
    _tell_uncovered(facts, data, chosen)
    _tell_wishes(facts, data, day, frozenset(must), frozenset(never))
    for key in kept:
        facts[key] = replace(_known(facts, key), kept=True)
    found = visits.candidates(facts.values(), weighed)
    return Wishes(
        candidates={one.key: one for one in found},
        places=places,
        never=tuple(key for key, one in facts.items() if one.never),
    )


def without_care(one: Candidate, weighed: Mapping[str, float]) -> Candidate | None:
    """Return a candidate for those who may not know of households in need; None where nothing else is left of it."""
    left = tuple(reason for reason in one.reasons if reason.kind != visits.ReasonKind.CARE)
    if len(left) == len(one.reasons):
        return one
    n = next(len(reason.ids) for reason in one.reasons if reason.kind == visits.ReasonKind.CARE)
    if not left:
        return None
    if one.timed:
        return replace(one, reasons=left)
    minutes = max(one.minutes - n * weighed["minutes_care"], weighed["minutes_building"])
    return replace(one, reasons=left, minutes=minutes)


def place(data: CommunityData, key: str) -> Place | None:
    """Return where a key is, whatever grid that is in; None where there is no such place."""
    kind, _, told = key.partition(":")
    frame = {"building": data.buildings, "point": data.points, "issue": data.issues}.get(kind)
    if frame is None or not told.isdecimal() or int(told) not in frame.index:
        return None
    number = int(told)
    row = frame.loc[number]
    if kind == "building":
        spot = row["geom"].representative_point()
        return Place(key=key, building_id=number, grid_id=_whole(row["grid_id"]), geom=spot)
    if kind == "point":
        return Place(key=key, service_point_id=number, building_id=_whole(row["building_id"]), geom=row["geom"])
    return Place(key=key, issue_id=number, grid_id=_whole(row["grid_id"]), geom=row["geom"])


def stations(data: CommunityData) -> list[Place]:
    """Return the stations."""
    numbers = data.points.index[data.points["kind"].map(_is_station)]
    return [one for number in numbers if (one := place(data, f"point:{number}")) is not None]


def title(data: CommunityData, place: Place, language: str) -> str:
    """Return what a place is called."""
    if place.service_point_id is not None:
        return str(data.points.at[place.service_point_id, "name"])
    if place.building_id is not None:
        titles = layers.building_titles(data.buildings.loc[[place.building_id]], language)
        return str(titles.iloc[0])
    row = data.issues.loc[place.issue_id]
    return f"{data.categories.label(row['category'], language)} {row['code']}"


def _grids(data: CommunityData, letters: Iterable[str]) -> frozenset[int]:
    wanted = tuple(letters)
    known = {str(letter): int(i) for i, letter in data.grids["letter"].items()}
    unknown = [one for one in wanted if one not in known]
    if unknown:
        raise InputError("walks_no_grid", letters=unknown, known=sorted(known))
    return frozenset(known[one] for one in wanted) if wanted else frozenset(known.values())


def _places(data: CommunityData, seen: Sight, grids: frozenset[int]) -> dict[str, Place]:
    """Return the buildings, points and issues without a building in some grids, as far as they are seen there."""
    open_ = grids if seen.buildings is None else grids & seen.buildings
    found = {}
    spots = data.buildings.geometry.representative_point()
    for number, grid, spot in zip(data.buildings.index, data.buildings["grid_id"], spots, strict=True):
        if (not pd.isna(grid) and grid in open_) or len(data.grids) == 0:
            key = f"building:{number}"
            found[key] = Place(key=key, building_id=int(number), grid_id=_whole(grid), geom=spot)
    grid_of = data.buildings["grid_id"]
    within = data.points[["geom"]].sjoin(data.grids[["geom"]], predicate="intersects")
    lies_in = dict(zip(within.index, within[within.columns[-1]], strict=True))
    for number, row in data.points.iterrows():
        building = _whole(row["building_id"])
        grid = _whole(grid_of.get(building)) if building is not None else _whole(lies_in.get(number))
        if grid in open_ or len(data.grids) == 0:
            key = f"point:{number}"
            found[key] = Place(
                key=key, service_point_id=_whole(number), building_id=building, grid_id=grid, geom=row["geom"]
            )
    issues = data.issues[data.issues["building_id"].isna() & data.issues["grid_id"].isin(open_)]
    for number, row in issues[issues["state"].map(_is_unsettled)].iterrows():
        key = f"issue:{number}"
        found[key] = Place(key=key, issue_id=_whole(number), grid_id=_whole(row["grid_id"]), geom=row["geom"])
    return found


def _is_unsettled(state: str) -> bool:
    return IssueState(state).is_open or state == IssueState.DONE.value


def _tell_buildings(facts: dict[str, Facts], data: CommunityData, day: dt.date) -> None:
    last = indicators.last_visit(data.stops, data.walks)
    known = data.buildings[["households", "floors", "units", "lift"]].to_dict("index")
    for number, row in known.items():
        key = f"building:{number}"
        if key in facts:
            visited = last.get(number)
            facts[key] = replace(
                facts[key],
                is_home=bool(row["households"] > 0),
                days_unvisited=None if visited is None else (day - visited).days,
                floors=_whole(row["floors"]),
                units=_whole(row["units"]),
                lift=None if pd.isna(row["lift"]) else bool(row["lift"]),
            )


def _tell_issues(facts: dict[str, Facts], data: CommunityData, places: Mapping[str, Place], now: dt.datetime) -> None:
    late = indicators.overdue_issues(data.issues, now)
    gathered: dict[str, dict[str, list[int]]] = defaultdict(lambda: defaultdict(list))
    for number, row in data.issues.iterrows():
        state = IssueState(row["state"])
        building = _whole(row["building_id"])
        key = f"issue:{number}" if building is None else f"building:{building}"
        if key not in facts or not _is_unsettled(state) or state == IssueState.SUSPENDED:
            continue
        group = "overdue" if late[number] else "open" if state.is_open else "checks"
        gathered[key][group].append(int(str(number)))
        if state.is_open and row["source"] in _CALLS_BACK and row["has_contact"]:
            gathered[key]["asked"].append(int(str(number)))
    for key, groups in gathered.items():
        told: dict[str, Any] = {name: tuple(ids) for name, ids in groups.items()}
        facts[key] = replace(facts[key], **told)
    for key in [key for key, place in places.items() if place.issue_id is not None and key not in gathered]:
        del facts[key]


def _tell_care(facts: dict[str, Facts], data: CommunityData, day: dt.date) -> None:
    visited = care_due.last_visits(data)
    gathered: dict[str, list[CareDue]] = defaultdict(list)
    for number, row in data.care.iterrows():
        last = visited.get(int(str(number)))
        gathered[f"building:{int(row['building_id'])}"].append(
            CareDue(
                id=int(str(number)),
                interval_days=int(row["interval_days"]),
                days=None if last is None else (day - last).days,
                floor=visits.floor_of(str(row["unit"])),
            )
        )
    for key, due in gathered.items():
        if key in facts:
            facts[key] = replace(facts[key], care=tuple(due))


def _tell_alarms(facts: dict[str, Facts], data: CommunityData, seen: Sight, zone: str) -> None:
    names = {one.compound_id: one.compound for one in issue_alarms.lasting(data, seen, zone)}
    if names:
        for number, compound in data.buildings["compound_id"].items():
            key = f"building:{number}"
            if key in facts and facts[key].is_home and not pd.isna(compound) and int(compound) in names:
                facts[key] = replace(facts[key], alarm=names[int(compound)])


def _tell_points(facts: dict[str, Facts], data: CommunityData, day: dt.date) -> None:
    visited = indicators.visits(data.stops, data.walks)
    last: dict[int, dt.date] = {}
    for stop, at in visited["day"].items():
        point = _whole(data.stops.at[stop, "service_point_id"])
        if point is not None:
            last[point] = max(at, last.get(point, at))
    stations = set(data.points.index[data.points["kind"].map(_is_station)])
    for number, hours in data.points["hours"].items():
        key = f"point:{number}"
        if key in facts:
            at = last.get(int(str(number)))
            facts[key] = replace(
                facts[key],
                point="station" if number in stations else "point",
                days_unvisited=None if at is None else (day - at).days,
                hours=_windows(walking_hours.mentioned(str(hours))),
            )


def _tell_uncovered(facts: dict[str, Facts], data: CommunityData, chosen: CommunitySettings) -> None:
    stations = data.points[data.points["kind"].map(_is_station)]
    if stations.empty or data.buildings.empty:
        return
    asked = coverage_table.Question(kind=str(stations["kind"].iloc[0]))
    told = coverage_table.of_data(data, chosen, asked, asked.kind).buildings
    for number in told.loc[told["state"] == coverage_table.STATES[2], "building"]:
        key = f"building:{number}"
        if key in facts:
            facts[key] = replace(facts[key], uncovered=facts[key].is_home)


def _tell_wishes(
    facts: dict[str, Facts], data: CommunityData, day: dt.date, must: frozenset[str], never: frozenset[str]
) -> None:
    for row in data.visit_wishes.to_dict("records"):
        point, building = _whole(row["service_point_id"]), _whole(row["building_id"])
        key = f"building:{building}" if point is None else f"point:{point}"
        if key not in facts or row["from_day"] > day or (row["until_day"] is not None and row["until_day"] < day):
            continue
        one = facts[key]
        facts[key] = replace(
            one,
            must=one.must or row["kind"] == WishKind.MUST.value,
            wished=one.wished or row["kind"] == WishKind.ASKED.value,
            never=one.never or row["kind"] == WishKind.NEVER.value,
            hours=_windows(walking_hours.read(str(row["hours"]))) or one.hours,
            minutes=one.minutes if pd.isna(row["minutes"]) else float(row["minutes"]),
        )
    for key in sorted(must | never):
        facts[key] = replace(_known(facts, key), must=key in must, never=key in never)


def _known(facts: Mapping[str, Facts], key: str) -> Facts:
    if key not in facts:
        raise InputError("walks_no_place_known", place=key)
    return facts[key]


def _is_station(kind: str) -> bool:
    return bool(catalogues.entries("service_kinds").get(kind, {}).get("station"))


def _windows(hours: walking_hours.Hours) -> tuple[Window, ...]:
    """Return the windows of a day, in minutes since midnight; one over midnight ends with the day."""
    return tuple((float(begin), float(end) if end > begin else _DAY_MIN) for begin, end in hours.spans)


def _whole(value: Any) -> int | None:
    return None if value is None or pd.isna(value) else int(value)
