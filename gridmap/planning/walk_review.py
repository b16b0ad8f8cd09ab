"""What came of the walks of some weeks: planned against walked, who was reached, what was found, what was kept.

Takes frames as the store gives them (index = id, enums as their text, moments timezone-aware) and changes none of
them. A period counts from its first day to its last, both included. A number is never told without what it is of: each
share has its ``n`` and an interval, so that nobody reads more into a few stops than they hold.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from zoneinfo import ZoneInfo

import numpy as np
import pandas as pd
import scipy

from gridmap import schema
from gridmap.analysis import indicators
from gridmap.errors import InputError
from gridmap.model import IssueSource, StopOutcome, WalkState
from gridmap.planning.walk_shares import Rate, Share

OUTCOMES = tuple(outcome.value for outcome in StopOutcome)
"""What a stop can have come to, in their order."""
RECENT, IN_TIME, LATE, NEVER = "recent", "in_time", "late", "never"
VISITS = (RECENT, IN_TIME, LATE, NEVER)
"""How a building stands by its last visit: in the period, within its interval, longer ago, never."""


@dataclass(frozen=True, kw_only=True)
class Care:
    """Households in need by their interval, on the last day of the period.

    Parameters
    ----------
    kept
        How many were visited within their interval, of all. A visit is one to the building: it is not known to whom
        in it.
    never
        Those of the others whose building no walk has ever visited.
    """

    kept: Share
    never: int


@dataclass(frozen=True, kw_only=True)
class Source:
    """Share of issues first recorded by a walk or a reception against 12345, in the period and in the one before.

    Parameters
    ----------
    now, before
        Both; the period before is as long, and ends the day before this one begins.
    chance
        How probable a difference as large is by chance alone (Fisher's exact test, two-sided); None where one side
        has no issue.
    """

    now: Share
    before: Share
    chance: float | None


@dataclass(frozen=True, kw_only=True, eq=False)
class Review:
    """What came of the walks of a period.

    Parameters
    ----------
    start, end
        First and last day.
    interval_days
        A building where people live is to be visited again within so many days.
    walks
        Index walk: ``day``, ``half``, ``grid_id``, ``state``, ``stops``, ``reached`` (stops that reached somebody), one
        column for each of `OUTCOMES`, ``planned_hours`` (from the first stop to the last), ``hours`` (the same of the
        stops that came to something, by check-in where there is one; NaN where unknown), ``walk_m``. Walks that were
        called off are among them.
    held, called_off, unrecorded
        Walks with an outcome at a stop; those called off; those whose day is over and of which nothing is recorded.
    stops
        Stops that were planned for days that are over, by what they came to; those of called off walks are left out.
    reached
        Stops that reached somebody, of these.
    found
        Issues first recorded by a walk in the period, and the hours of walks held.
    buildings
        Index building, those where people live: ``grid_id``, ``households``, ``visits`` in the period, ``last`` (day of
        the last visit up to its end, or None), ``days`` since, at its end (NaN), ``state`` (one of `VISITS`).
    visited, visited_households
        Buildings where people live that were visited in the period, of all; and their households.
    grids
        Index grid: ``buildings``, ``households``, ``visited``, ``late``, ``never``, ``walks`` held, ``reached``,
        ``stops``, ``hours``, ``found``, ``median_days`` (since the last visit of those ever visited).
    no_access
        Stops that could not be got into in the period, by building; the most frequent first.
    care
        Households in need; None where no interval is known.
    care_grids
        The same by grid.
    source, source_grids
        Share found at the source; and by grid.
    """

    start: dt.date
    end: dt.date
    interval_days: int
    walks: pd.DataFrame
    held: int
    called_off: int
    unrecorded: int
    stops: Mapping[str, int]
    reached: Share
    found: Rate
    buildings: pd.DataFrame
    visited: Share
    visited_households: Share
    grids: pd.DataFrame
    no_access: pd.Series
    care: Care | None
    care_grids: Mapping[int, Care]
    source: Source
    source_grids: Mapping[int, Source]

    @property
    def empty(self) -> bool:
        """Whether there is no walk in the period at all."""
        return self.walks.empty


def of(
    walks: pd.DataFrame,
    stops: pd.DataFrame,
    buildings: pd.DataFrame,
    issues: pd.DataFrame,
    care: pd.DataFrame,
    *,
    grids: pd.Index,
    start: dt.date,
    end: dt.date,
    today: dt.date,
    interval_days: int,
    zone: str,
) -> Review:
    """Say what came of the walks from ``start`` to ``end``.

    Parameters
    ----------
    walks
        With ``day``, ``half``, ``grid_id``, ``state`` and ``walk_m``.
    stops
        With ``walk_id``, ``building_id``, ``outcome``, ``arrive_at`` and ``leave_at``.
    buildings
        With ``grid_id`` and ``households``; where households are known nowhere, people live in all of them.
    issues
        With ``source``, ``reported_at`` and ``grid_id``.
    care
        With ``building_id`` and ``interval_days``.
    grids
        Ids of the grids in their order.
    start, end
        First and last day of the period.
    today
        Stops of later days are still ahead and count nowhere.
    interval_days
        A building is to be visited again within so many days.
    zone
        Time zone in which a day of an issue begins.

    Raises
    ------
    InputError
        If the period ends before it begins.
    """
    if end < start:
        raise InputError("review_period", start=start.isoformat(), end=end.isoformat())
    _demand(walks, stops, buildings, issues, care)
    until = min(end, today)
    days = walks["day"]
    rows = _walks(walks[(days >= start) & (days <= end)], stops)
    due = rows[(rows["state"] != WalkState.CANCELLED.value) & (rows["day"] <= until)]
    held = due[due["stops"] > due[StopOutcome.PENDING.value]]
    counted = {outcome: int(due[outcome].sum()) for outcome in OUTCOMES}
    made = indicators.visits(stops, walks).dropna(subset="building_id")
    made = made[made["day"] <= until]
    homes = _buildings(buildings, made, start, until, interval_days)
    recent = homes["visits"] > 0
    found = _within(issues[issues["source"] == IssueSource.WALK.value], start, end, zone)
    hours = float(held["hours"].sum())
    refused = stops[stops["walk_id"].isin(due.index) & (stops["outcome"] == StopOutcome.NO_ACCESS.value)]
    cared = _cared(care, buildings, made, until)
    return Review(
        start=start,
        end=end,
        interval_days=interval_days,
        walks=rows,
        held=len(held),
        called_off=int((rows["state"] == WalkState.CANCELLED.value).sum()),
        unrecorded=int((due["day"] < today).sum() - (held["day"] < today).sum()),
        stops=MappingProxyType(counted),
        reached=Share.of(int(due["reached"].sum()), int(due["stops"].sum())),
        found=Rate.of(len(found), hours),
        buildings=homes,
        visited=Share.of(int(recent.sum()), len(homes)),
        visited_households=Share.of(int(homes.loc[recent, "households"].sum()), int(homes["households"].sum())),
        grids=_grids(grids, homes, due, held, found),
        no_access=refused["building_id"].dropna().astype("int64").value_counts(),
        care=_care(cared),
        care_grids={grid: told for grid in grids if (told := _care(cared[cared["grid_id"] == grid])) is not None},
        source=_source(issues, start, end, zone),
        source_grids={int(grid): _source(issues[issues["grid_id"] == grid], start, end, zone) for grid in grids},
    )


def _demand(
    walks: pd.DataFrame, stops: pd.DataFrame, buildings: pd.DataFrame, issues: pd.DataFrame, care: pd.DataFrame
) -> None:
    schema.require(walks, "day", "half", "grid_id", "state", "walk_m", what="walks")
    schema.require(stops, "walk_id", "building_id", "outcome", "arrive_at", "leave_at", what="stops")
    schema.require(buildings, "grid_id", "households", what="buildings")
    schema.require(issues, "source", "reported_at", "grid_id", what="issues")
    schema.require(care, "building_id", "interval_days", what="households in need")


def _walks(walks: pd.DataFrame, stops: pd.DataFrame) -> pd.DataFrame:
    """Return a row a walk: what its stops came to, and the hours between the first and the last of them."""
    mine = stops[stops["walk_id"].isin(walks.index)]
    told = mine[mine["outcome"] != StopOutcome.PENDING.value]
    table = walks[["day", "half", "grid_id", "state"]].copy()

    def count(rows: pd.DataFrame) -> pd.Series:
        return rows.groupby("walk_id").size().reindex(walks.index).fillna(0).astype("int64")

    table["stops"] = count(mine)
    table["reached"] = count(mine.loc[indicators.visits(mine, walks).index])
    for outcome in OUTCOMES:
        table[outcome] = count(mine[mine["outcome"] == outcome])
    table["planned_hours"] = _hours(mine, mine["arrive_at"]).reindex(walks.index)
    came = told["came_at"] if "came_at" in told.columns else told["arrive_at"]
    table["hours"] = _hours(told, came.fillna(told["arrive_at"])).reindex(walks.index)
    table["walk_m"] = pd.to_numeric(walks["walk_m"])
    return table.sort_values(["day", "half"], ascending=[True, False], kind="stable")


def _hours(stops: pd.DataFrame, came: pd.Series) -> pd.Series:
    """Return for each walk the hours from the first coming to the last leaving; a visit takes as long as planned."""
    arrive = pd.to_datetime(came, utc=True)
    stay = pd.to_datetime(stops["leave_at"], utc=True) - pd.to_datetime(stops["arrive_at"], utc=True)
    leave = arrive + stay.fillna(pd.Timedelta(0))
    spent = leave.groupby(stops["walk_id"]).max() - arrive.groupby(stops["walk_id"]).min()
    hours = spent.dt.total_seconds() / 3600
    return hours.where(hours >= 0).astype("float64")


def _buildings(
    buildings: pd.DataFrame, made: pd.DataFrame, start: dt.date, end: dt.date, interval_days: int
) -> pd.DataFrame:
    """Return the buildings where people live, with their visits."""
    lived_in = buildings[buildings["households"] > 0]
    homes = (buildings if lived_in.empty else lived_in)[["grid_id", "households"]].copy()
    homes["households"] = homes["households"].fillna(0).astype("int64")
    recent = made[made["day"] >= start].groupby("building_id").size()
    homes["visits"] = recent.reindex(homes.index).fillna(0).astype("int64")
    last = made.groupby("building_id")["day"].max().to_dict()
    told = [last.get(building) for building in homes.index]
    homes["last"] = pd.Series(told, index=homes.index, dtype="object")
    homes["days"] = pd.Series(
        [np.nan if day is None else (end - day).days for day in told], index=homes.index, dtype="float64"
    )
    states = np.select(
        [homes["visits"] > 0, homes["days"].isna(), homes["days"] <= interval_days], [RECENT, NEVER, IN_TIME], LATE
    )
    homes["state"] = pd.Series(states, index=homes.index, dtype="str")
    return homes


def _grids(
    grids: pd.Index, homes: pd.DataFrame, due: pd.DataFrame, held: pd.DataFrame, found: pd.DataFrame
) -> pd.DataFrame:
    by = homes.groupby(homes["grid_id"].astype("Int64"))

    def count(values: pd.Series) -> pd.Series:
        return values.reindex(grids).fillna(0).astype("int64")

    def are(state: str) -> pd.Series:
        return count((homes["state"] == state).groupby(homes["grid_id"].astype("Int64")).sum())

    return pd.DataFrame(
        {
            "buildings": count(by.size()),
            "households": count(by["households"].sum()),
            "visited": are(RECENT),
            "late": are(LATE),
            "never": are(NEVER),
            "walks": count(held.groupby("grid_id").size()),
            "stops": count(due.groupby("grid_id")["stops"].sum()),
            "reached": count(due.groupby("grid_id")["reached"].sum()),
            "hours": held.groupby("grid_id")["hours"].sum().reindex(grids).fillna(0.0).astype("float64"),
            "found": count(found.groupby(found["grid_id"].astype("Int64")).size()),
            "median_days": by["days"].median().reindex(grids).astype("float64"),
        },
        index=grids,
    )


def _within(issues: pd.DataFrame, start: dt.date, end: dt.date, zone: str) -> pd.DataFrame:
    day = pd.to_datetime(issues["reported_at"], utc=True).dt.tz_convert(ZoneInfo(zone)).dt.date
    inside: pd.DataFrame = issues[(day >= start) & (day <= end)]
    return inside


def _source(issues: pd.DataFrame, start: dt.date, end: dt.date, zone: str) -> Source:
    before = start - (end - start) - dt.timedelta(days=1)
    sides = []
    for first, last in ((start, end), (before, start - dt.timedelta(days=1))):
        told = indicators.at_source_share(_within(issues, first, last, zone))
        sides.append(Share.of(round((told.share or 0.0) * told.n), told.n))
    now, then = sides
    chance = None
    if now.n and then.n:
        table = [[now.part, now.n - now.part], [then.part, then.n - then.part]]
        chance = float(scipy.stats.fisher_exact(table).pvalue)
    return Source(now=now, before=then, chance=chance)


def _cared(care: pd.DataFrame, buildings: pd.DataFrame, made: pd.DataFrame, end: dt.date) -> pd.DataFrame:
    """Return a row a household in need whose interval is known: its grid, whether it is kept, whether ever visited."""
    rows = care[care["interval_days"].notna()]
    last = made.groupby("building_id")["day"].max().to_dict()
    days = [(end - last[building]).days if building in last else np.inf for building in rows["building_id"]]
    since = pd.Series(days, index=rows.index, dtype="float64")
    return pd.DataFrame(
        {
            "grid_id": rows["building_id"].map(buildings["grid_id"]),
            "kept": since <= rows["interval_days"].astype("float64"),
            "never": np.isinf(since),
        },
        index=rows.index,
    )


def _care(cared: pd.DataFrame) -> Care | None:
    if cared.empty:
        return None
    return Care(kept=Share.of(int(cared["kept"].sum()), len(cared)), never=int(cared["never"].sum()))
