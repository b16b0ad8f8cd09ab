"""Coverage by one kind of service point, as figures and as a table with a row a building."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass

import geopandas as gpd
import numpy as np
import pandas as pd

from gridmap import crs, model
from gridmap.analysis import assignment, coverage, walking
from gridmap.errors import InputError
from gridmap.exchange import fields
from gridmap.service_kinds import ServiceKinds
from gridmap.services import community_data, community_settings, overview, walking_data
from gridmap.services.community_data import CommunityData
from gridmap.services.community_settings import CommunitySettings
from gridmap.services.walking_data import STRAIGHT_LINE, WALKING
from gridmap.store import Store

# Beyond this everything is covered by everything, or the number is a slip.
LARGEST_RADIUS_M = 100_000
STATES = (assignment.COVERED, assignment.FULL, assignment.OUT_OF_REACH)


@dataclass(frozen=True, kw_only=True)
class Question:
    """What is asked.

    Parameters
    ----------
    kind
        Name of the kind in either language, or its code.
    limit_m
        How far a point may be, in metres; the community's setting for the kind if left out.
    minutes
        The same in minutes, at ``pace_m_min``.
    pace_m_min
        Metres walked in a minute; the community's setting if left out.
    straight
        Measure in a straight line, walls or none.
    capacity
        Whether points have room for so many households only.
    hour
        Time of day: gates and points that are closed then do not count.
    trials
        Places (lon, lat in WGS 84) where a further point is tried out: its id is -1, -2 and so on.
    trial_room
        Households that each of them has room for.
    """

    kind: str
    limit_m: float | None = None
    minutes: float | None = None
    pace_m_min: float | None = None
    straight: bool = False
    capacity: bool = False
    hour: dt.time | None = None
    trials: tuple[tuple[float, float], ...] = ()
    trial_room: int = 500


@dataclass(frozen=True, kw_only=True, eq=False)
class CoverageTable:
    """Who is covered by a kind of service point.

    Parameters
    ----------
    kind
        Code of the kind.
    known
        The community's kinds, by which it is called.
    asked
        What was asked.
    measure
        How distance is measured: ``"walking"`` or ``"straight_line"``.
    radius_m
        How far a point may be, in metres.
    pace_m_min
        Metres walked in a minute.
    points
        Number of points of the kind that count.
    points_closed
        Number of those that are closed at the hour.
    by_state
        For ``"buildings"`` where people live and their ``"households"``, how many are covered, full, out of reach.
    only_straight
        Buildings within the same distance in a straight line, but not on foot; 0 where the line is what is measured.
    buildings
        A row for each of these: ``building`` (number), ``compound``, ``grid`` (letter), ``state``, ``point`` (the
        nearest one, or the one with room), ``walk_m`` (metres to it, by ``measure``), ``minutes``, ``measure``,
        ``households``, ``households_covered``, ``households_estimated``, ``straight_m``, ``looks_covered`` (near in a
        straight line, but not on foot).
    remarks
        What is assumed.
    nearest
        Id of each building's point as ``point`` names it; that of a place on trial is negative.
    walks
        The walks that were measured; None in a straight line.
    """

    kind: str
    known: ServiceKinds
    asked: Question
    measure: str
    radius_m: float
    pace_m_min: float
    points: int
    points_closed: int
    by_state: Mapping[str, Mapping[str, int]]
    only_straight: int
    buildings: pd.DataFrame
    remarks: tuple[walking.Remark, ...]
    nearest: pd.Series
    walks: walking.Walks | None = None


def measure(store: Store, community: model.Community, asked: Question, *, today: dt.date) -> CoverageTable:
    """Measure the coverage by a kind of service point; a kind without points covers nothing.

    Parameters
    ----------
    store, community
        Where.
    asked
        What is asked.
    today
        Day whose grids the table names.

    Raises
    ------
    InputError
        If there is no such kind, or no building, or a number is out of range.
    """
    number = community_settings.number(community)
    data = community_data.read(store, number, day=today)
    kind = service_kind(asked.kind, data.kinds)
    return of_data(data, community_settings.of(store, number), asked, kind)


def service_kind(said: str, known: ServiceKinds) -> str:
    """Return the code of a kind by its name in either language.

    Raises
    ------
    InputError
        If there is none, with those that are known.
    """
    code = fields.service_kind(said, known)
    if code is None:
        raise InputError("service_kind", kind=said, kinds=known.said())
    return code


def of_data(data: CommunityData, chosen: CommunitySettings, asked: Question, kind: str) -> CoverageTable:
    """Measure the coverage by a kind (its code) in a community that is read already."""
    pace, limit_m = _limits(chosen, asked, kind)
    if data.buildings.geometry.is_empty.all():
        raise InputError("coverage_no_building", community=data.community.name)
    points = points_asked(data, asked, kind)
    homes = overview.dwellings(data)
    straight = coverage.straight_line(homes, points, limit_m)
    how = walking_data.measure(data, straight=asked.straight)
    remarks = _of_homes(homes)
    near, walks = straight, None
    if how == WALKING:
        walks = walking_data.model(data, walking_data.costs(chosen)).nearest(
            points, limit_m=limit_m, pace_m_min=pace, hour=asked.hour
        )
        near = _of(walks.coverage(data.buildings_m["households"]), homes)
        remarks += walks.remarks
    else:
        remarks += _of_line(data, points, asked)
    table = pd.DataFrame(
        {
            "building": homes["number"],
            "compound": homes["compound"],
            "grid": homes["letter"],
            "state": near.state,
            "point": near.point,
            "walk_m": near.distance_m,
            "measure": how,
            "households": near.households,
            "households_covered": near.households.where(near.state == coverage.COVERED, 0),
            "households_estimated": homes["households_estimated"],
            "straight_m": straight.distance_m.round(1),
        }
    )
    left_over = pd.DataFrame({state: near.households.where(near.state == state, 0) for state in STATES})
    if asked.capacity:
        table, left_over, said = _with_room(data, chosen, asked, limit_m, points, table)
        remarks = (*remarks, *said)
    table["looks_covered"] = (near.state != coverage.COVERED) & (straight.state == coverage.COVERED)
    names = data.points["name"].to_dict() | {-n: f"#{n}" for n in range(1, len(asked.trials) + 1)}
    nearest = table["point"]
    table["point"] = [names.get(point, "") for point in table["point"].tolist()]
    table.insert(6, "minutes", (table["walk_m"] / pace).round(1))
    table["walk_m"] = table["walk_m"].round(1)
    return CoverageTable(
        kind=kind,
        known=data.kinds,
        asked=asked,
        measure=how,
        radius_m=limit_m,
        pace_m_min=pace,
        points=len(points),
        points_closed=int((data.points["kind"] == kind).sum()) + len(asked.trials) - len(points),
        by_state={
            "buildings": {state: int((table["state"] == state).sum()) for state in STATES},
            "households": {state: int(left_over[state].sum()) for state in STATES},
        },
        only_straight=int(table["looks_covered"].sum()),
        buildings=table,
        remarks=remarks,
        nearest=nearest,
        walks=walks,
    )


def points_asked(data: CommunityData, asked: Question, kind: str, *, at_any_hour: bool = False) -> gpd.GeoDataFrame:
    """Return the points of a kind that count, in metres: those open at the hour asked for, and those on trial."""
    mine = data.points_m[data.points_m["kind"] == kind]
    if at_any_hour:
        return _with_trials(mine, asked)
    return _with_trials(mine[walking_data.open_at(mine, asked.hour)], asked)


def _with_trials(points: gpd.GeoDataFrame, asked: Question) -> gpd.GeoDataFrame:
    if not asked.trials:
        return points
    places = gpd.GeoSeries(gpd.points_from_xy(*zip(*asked.trials, strict=True)), crs=crs.WGS84).to_crs(points.crs)
    made = gpd.GeoDataFrame(
        {
            "capacity_households": [asked.trial_room] * len(places),
            "name": [f"#{n}" for n in range(1, len(places) + 1)],
        },
        geometry=places.array,
        crs=points.crs,
        index=pd.RangeIndex(-1, -len(places) - 1, -1),
    ).rename_geometry(points.geometry.name)
    return gpd.GeoDataFrame(pd.concat([points, made]), geometry=points.geometry.name, crs=points.crs)


def _of_homes(homes: gpd.GeoDataFrame) -> tuple[walking.Remark, ...]:
    """Say that nobody's households are known, where that is so: all buildings count then."""
    return () if (homes["households"] > 0).any() else (walking.Remark(key="no_households", fields={"n": len(homes)}),)


def _of_line(data: CommunityData, points: gpd.GeoDataFrame, asked: Question) -> tuple[walking.Remark, ...]:
    """Return what is to be said of a straight line: that there is nothing else to go by, and where points are odd."""
    said = [] if asked.straight else [walking.Remark(key="no_ways")]
    places = points.geometry
    nowhere = places.is_empty | places.isna()
    if nowhere.any():
        said.append(walking.Remark(key="points_without_place", fields={"n": int(nowhere.sum())}))
    if not data.community.geom.is_empty:
        area = data.boundary.to_crs(points.crs).geometry.iloc[0]
        away = points[~nowhere & ~places.intersects(area)]
        if len(away):
            fields = {"n": len(away), "points": away["name"].tolist()}
            said.append(walking.Remark(key="points_outside", fields=fields))
    return tuple(said)


def _limits(chosen: CommunitySettings, asked: Question, kind: str) -> tuple[float, float]:
    """Return the pace and how far a point may be."""
    pace = chosen.pace_m_min if asked.pace_m_min is None else asked.pace_m_min
    if not 0 < pace < np.inf:
        raise InputError("walk_pace", pace=f"{pace:g}")
    if asked.limit_m is not None and asked.minutes is not None:
        raise InputError("walk_one_limit")
    limit_m = chosen.radius_m(kind) if asked.limit_m is None else asked.limit_m
    if asked.minutes is not None:
        limit_m = asked.minutes * pace
    if not 0 < limit_m <= LARGEST_RADIUS_M:
        raise InputError("radius_out_of_range", radius=f"{limit_m:g}", largest=LARGEST_RADIUS_M)
    return pace, limit_m


def _of(found: coverage.Coverage, homes: gpd.GeoDataFrame) -> coverage.Coverage:
    """Return a coverage of some of its buildings."""
    return coverage.Coverage(
        radius_m=found.radius_m,
        state=found.state.loc[homes.index],
        point=found.point.loc[homes.index],
        distance_m=found.distance_m.loc[homes.index],
        households=found.households.loc[homes.index],
    )


def _with_room(
    data: CommunityData,
    chosen: CommunitySettings,
    asked: Question,
    limit_m: float,
    points: gpd.GeoDataFrame,
    table: pd.DataFrame,
) -> tuple[pd.DataFrame, pd.DataFrame, tuple[walking.Remark, ...]]:
    """Give each point no more households than it has room for; one that does not say how many takes all."""
    people = table["households"]
    unlimited = points["capacity_households"].isna()
    room = points["capacity_households"].fillna(int(people.sum())).astype("int64")
    near = walking_data.pairs(
        data,
        walking_data.costs(chosen),
        table.index,
        points,
        limit_m,
        straight=asked.straight,
        hour=asked.hour,
    )
    made = assignment.assign(near, people.to_numpy(), room.to_numpy())
    inhabited = people.to_numpy() > 0
    state = np.where(inhabited, made.state.to_numpy(), table["state"].to_numpy())
    # Of several points the one that takes most of a building's households is named.
    most = pd.DataFrame({"home": made.demand, "place": made.facility, "n": made.served, "m": made.walk_m})
    most = most.sort_values(["home", "n"], ascending=[True, False], kind="stable").drop_duplicates("home")
    out = table.assign(state=state, households_covered=made.covered, split=made.split.to_numpy())
    rows = most["home"].to_numpy()
    out.iloc[rows, out.columns.get_indexer(pd.Index(["point"]))] = points.index.to_numpy()[most["place"]].reshape(-1, 1)
    out.iloc[rows, out.columns.get_indexer(pd.Index(["walk_m"]))] = most["m"].to_numpy().reshape(-1, 1)
    left_over = pd.DataFrame(dict(zip(STATES, (made.covered, made.full, made.out_of_reach), strict=True)))
    said = [walking.Remark(key="no_capacity", fields={"n": int(unlimited.sum())})] if unlimited.any() else []
    if (none := room == 0).any():
        names = points.loc[none, "name"].tolist()
        said.append(walking.Remark(key="zero_capacity", fields={"n": len(names), "points": names}))
    return out, left_over, tuple(said)


__all__ = [
    "LARGEST_RADIUS_M",
    "STATES",
    "STRAIGHT_LINE",
    "WALKING",
    "CoverageTable",
    "Question",
    "measure",
    "of_data",
    "service_kind",
]
