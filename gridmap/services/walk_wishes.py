"""What of a community needs a visit on some days: its data as facts, weighed by `gridmap.planning.visits`.

Households in need are weighed only where the person who plans may see them; for everybody else they are not there.
"""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import pandas as pd

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
    walk_places,
)
from gridmap.services.community_data import CommunityData
from gridmap.services.community_settings import CommunitySettings
from gridmap.services.sight import Sight
from gridmap.services.walk_places import Place
from gridmap.store import Store

_DAY_MIN = 24.0 * 60
_CALLS_BACK = (IssueSource.VISITOR.value, IssueSource.RECEPTION.value)


@dataclass(frozen=True, kw_only=True, eq=False)
class Wishes:
    """What needs a visit.

    Parameters
    ----------
    candidates
        By key, must-visits first, then the highest prize.
    places
        Where each of them is.
    days
        By key, the days on which it needs a visit, and may have one.
    never
        Keys of places that are not to be visited on any of the days.
    """

    candidates: Mapping[str, Candidate]
    places: Mapping[str, Place]
    days: Mapping[str, frozenset[dt.date]]
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
    days: Sequence[dt.date],
    now: dt.datetime,
    zone: str,
    letters: Iterable[str] = (),
    must: Iterable[str] = (),
    never: Iterable[str] = (),
    kept: Iterable[str] = (),
) -> Wishes:
    """Return what needs a visit on some days.

    Parameters
    ----------
    data
        The community, as the person sees it (`sight.masked`).
    seen
        What the person sees.
    chosen, weighed
        The community's settings, and its weights (`weights`).
    days, now, zone
        The days of the walks in order, this moment, and the zone of the office.
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
    places = walk_places.within(data, seen, grids)
    known = {key: Facts(key=key) for key in places}
    _tell_issues(known, data, places, now)
    alarms, uncovered = _alarms(data, seen, zone), _uncovered(data, chosen)
    by_day: dict[dt.date, list[Candidate]] = {}
    never_ever = frozenset(known)
    for day in days:
        facts = dict(known)
        _tell_buildings(facts, data, day, alarms, uncovered)
        _tell_care(facts, data, day)
        _tell_points(facts, data, day)
        _tell_wishes(facts, data, day, frozenset(must), frozenset(never))
        for key in kept:
            facts[key] = replace(_known(facts, key), kept=True)
        by_day[day] = visits.candidates(facts.values(), weighed)
        never_ever &= {key for key, one in facts.items() if one.never}
    found, when = _merged(by_day)
    return Wishes(candidates=found, places=places, days=when, never=tuple(key for key in known if key in never_ever))


def _merged(
    by_day: Mapping[dt.date, Sequence[Candidate]],
) -> tuple[dict[str, Candidate], dict[str, frozenset[dt.date]]]:
    """Return each candidate once, and its days: those on which it must be visited, where there are any.

    Where its hours differ from day to day it has the days with the hours that most of them have.
    """
    alike: dict[str, dict[tuple[bool, tuple[Window, ...]], list[tuple[dt.date, Candidate]]]] = {}
    for day, some in by_day.items():
        for one in some:
            alike.setdefault(one.key, {}).setdefault((one.must, one.hours), []).append((day, one))
    chosen = {key: max(ways.items(), key=lambda way: (way[0][0], len(way[1])))[1] for key, ways in alike.items()}
    found = sorted((told[0][1] for told in chosen.values()), key=lambda one: (not one.must, -one.prize, one.key))
    return {one.key: one for one in found}, {key: frozenset(day for day, _ in told) for key, told in chosen.items()}


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


def _grids(data: CommunityData, letters: Iterable[str]) -> frozenset[int]:
    wanted = tuple(letters)
    known = {str(letter): int(i) for i, letter in data.grids["letter"].items()}
    unknown = [one for one in wanted if one not in known]
    if unknown:
        raise InputError("walks_no_grid", letters=unknown, known=sorted(known))
    return frozenset(known[one] for one in wanted) if wanted else frozenset(known.values())


def _tell_buildings(
    facts: dict[str, Facts], data: CommunityData, day: dt.date, alarms: Mapping[int, str], uncovered: frozenset[int]
) -> None:
    last = indicators.last_visit(data.stops, data.walks)
    known = data.buildings[["households", "floors", "units", "lift", "compound_id"]].to_dict("index")
    for number, row in known.items():
        key = f"building:{number}"
        if key in facts:
            visited, is_home = last.get(number), bool(row["households"] > 0)
            compound = walk_places.whole(row["compound_id"])
            facts[key] = replace(
                facts[key],
                is_home=is_home,
                days_unvisited=None if visited is None else (day - visited).days,
                floors=walk_places.whole(row["floors"]),
                units=walk_places.whole(row["units"]),
                lift=None if pd.isna(row["lift"]) else bool(row["lift"]),
                alarm=alarms.get(compound, "") if is_home and compound is not None else "",
                uncovered=is_home and number in uncovered,
            )


def _tell_issues(facts: dict[str, Facts], data: CommunityData, places: Mapping[str, Place], now: dt.datetime) -> None:
    late = indicators.overdue_issues(data.issues, now)
    gathered: dict[str, dict[str, list[int]]] = defaultdict(lambda: defaultdict(list))
    for number, row in data.issues.iterrows():
        state = IssueState(row["state"])
        building = walk_places.whole(row["building_id"])
        key = f"issue:{number}" if building is None else f"building:{building}"
        if key not in facts or not walk_places.is_unsettled(state) or state == IssueState.SUSPENDED:
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


def _alarms(data: CommunityData, seen: Sight, zone: str) -> dict[int, str]:
    """Return the compounds in trouble, with their names."""
    return {one.compound_id: one.compound for one in issue_alarms.lasting(data, seen, zone)}


def _tell_points(facts: dict[str, Facts], data: CommunityData, day: dt.date) -> None:
    visited = indicators.visits(data.stops, data.walks)
    last: dict[int, dt.date] = {}
    for stop, at in visited["day"].items():
        point = walk_places.whole(data.stops.at[stop, "service_point_id"])
        if point is not None:
            last[point] = max(at, last.get(point, at))
    stations = set(data.points.index[data.points["kind"].map(walk_places.is_station)])
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


def _uncovered(data: CommunityData, chosen: CommunitySettings) -> frozenset[int]:
    """Return the buildings that no station covers."""
    stations = data.points[data.points["kind"].map(walk_places.is_station)]
    if stations.empty or data.buildings.empty:
        return frozenset()
    asked = coverage_table.Question(kind=str(stations["kind"].iloc[0]))
    told = coverage_table.of_data(data, chosen, asked, asked.kind).buildings
    return frozenset(int(number) for number in told.index[told["state"] == coverage_table.STATES[2]])


def _tell_wishes(
    facts: dict[str, Facts], data: CommunityData, day: dt.date, must: frozenset[str], never: frozenset[str]
) -> None:
    for row in data.visit_wishes.to_dict("records"):
        point, building = walk_places.whole(row["service_point_id"]), walk_places.whole(row["building_id"])
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


def _windows(hours: walking_hours.Hours) -> tuple[Window, ...]:
    """Return the windows of a day, in minutes since midnight; one over midnight ends with the day."""
    return tuple((float(begin), float(end) if end > begin else _DAY_MIN) for begin, end in hours.spans)
