"""Figures of a period's issues: where they are dense, who found them, how long they take to be closed."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, replace
from typing import Literal
from zoneinfo import ZoneInfo

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from shapely.geometry.base import BaseGeometry

from gridmap.analysis import density, hotspots, indicators, survival
from gridmap.services import issue_alarms, issue_rates, overview, sight
from gridmap.services.community_data import CommunityData
from gridmap.services.issue_alarms import Watched
from gridmap.services.issue_catalogue import Categories
from gridmap.services.issue_rates import Rates
from gridmap.services.overview import Filters
from gridmap.services.sight import Sight

Weeks = Literal[4, 12, 26, 52]
WEEKS: tuple[Weeks, ...] = (4, 12, 26, 52)
"""Periods that can be asked for."""
BANDWIDTH_M = 80.0
"""Standard deviation of the kernel of density: about a compound's half."""
_CELL_M = 20.0
_RASTER_CELLS = 250_000
_DAY_S = 86_400.0


@dataclass(frozen=True, kw_only=True)
class Share:
    """A share of ``n``, and the limits of its interval."""

    share: float
    n: int
    low: float
    high: float


@dataclass(frozen=True, kw_only=True, eq=False)
class Closing:
    """How long issues of one category take.

    Parameters
    ----------
    category
        Code; empty for all together.
    n, open
        Issues, and those of them that are still open.
    curve
        The estimate; times in days.
    """

    category: str
    n: int
    open: int
    curve: survival.Survival


@dataclass(frozen=True, kw_only=True, eq=False)
class IssueFigures:
    """Figures of the issues of a period, as far as a person sees them.

    Parameters
    ----------
    start, end
        First and last day.
    n, placed
        Issues reported in the period; of these, those with a place on the map.
    counts_only
        Whether the person sees numbers only: what is below three is then left out, and so is all that tells places.
    rates
        Rates by compound, building and grid; only those that the person may see.
    hot
        Which buildings lie among high or low rates; None where that is not told.
    dense
        Where issues are dense; None where that is not told.
    watched
        Alarms of compounds, and what they are told by.
    source
        Share found at the source of all; None of none, or of too few.
    source_week, source_grid
        Share found at the source (`indicators.at_source_by`), by first day of the week and by letter of the grid.
    closing
        Times to close: all together first, of no issue where too few may be told; then categories, the most frequent
        first.
    timeless
        Closed issues of which it is not known when, or closed before they were reported: in no time to close.
    categories
        What the community calls its categories.
    """

    start: dt.date
    end: dt.date
    n: int
    placed: int
    counts_only: bool
    rates: dict[str, Rates]
    hot: hotspots.HotSpots | None
    dense: density.Density | None
    watched: Watched
    source: Share | None
    source_week: pd.DataFrame
    source_grid: pd.DataFrame
    closing: tuple[Closing, ...]
    timeless: int
    categories: Categories

    @property
    def too_few(self) -> bool:
        """Whether there are issues, but too few to tell the person anything of them."""
        return self.counts_only and 0 < self.n < sight.FEWEST


def of(
    data: CommunityData,
    filters: Filters,
    seen: Sight,
    *,
    weeks: int,
    now: dt.datetime,
    zone: str,
    language: str,
) -> IssueFigures:
    """Return the figures of the filters' days, or of the last weeks up to today.

    Of the filters those of place, source, category, person and words count: figures are of issues in all states, since
    those that are left open say little of how long issues take.

    Parameters
    ----------
    data
        The community as far as the person sees it; for those who see numbers only the whole of it.
    filters
        What the page shows.
    seen
        What the person sees.
    weeks
        Length of the period where the filters name no first day.
    now
        Until when what is open has been open.
    zone
        Time zone in which a day begins.
    language
        Language of names.
    """
    filters = counted(filters, not seen.layer("issues"))
    start, end = period(filters, weeks, data.day)
    # What was before the period is the past of the alarms.
    issues = overview.issues_shown(data, replace(filters, since=None, until=None), now)
    area = _in_focus(data, filters)
    return _of_days(
        area, issues, seen, start, end, now=now, zone=zone, language=language, focused=bool(filters.letters)
    )


def of_days(
    data: CommunityData, seen: Sight, start: dt.date, end: dt.date, *, now: dt.datetime, zone: str, language: str
) -> IssueFigures:
    """Return the figures of all issues that were reported from one day to another, both included.

    Whoever sees numbers only must not be let choose the days freely: one period less another tells a day.

    Parameters
    ----------
    data, seen, now, zone, language
        As `of` takes them.
    start, end
        First and last day.
    """
    issues = overview.issues_shown(data, Filters(issues="all"), now)
    return _of_days(data, issues, seen, start, end, now=now, zone=zone, language=language, focused=False)


def _of_days(
    data: CommunityData,
    issues: pd.DataFrame,
    seen: Sight,
    start: dt.date,
    end: dt.date,
    *,
    now: dt.datetime,
    zone: str,
    language: str,
    focused: bool,
) -> IssueFigures:
    counts_only = not seen.layer("issues")
    reported = issues["reported_at"].dt.tz_convert(ZoneInfo(zone))
    day = reported.dt.tz_localize(None).dt.normalize()
    within = (day >= pd.Timestamp(start)) & (day <= pd.Timestamp(end))
    part, day = issues[within], day[within]
    watched = issue_alarms.watch(data, issues, seen, start=start, end=end, zone=zone)
    by = [one for one in issue_rates.BY if seen.table(f"{one}s") and not (counts_only and one == "building")]
    monday = day - pd.to_timedelta(day.dt.day_of_week, unit="D")
    letters = part["grid_id"].astype("Int64").map(data.grids["letter"])
    closing, timeless = _closing(data, part, now, counts_only)
    return IssueFigures(
        start=start,
        end=end,
        n=len(part),
        placed=int((~part.geometry.is_empty).sum()),
        counts_only=counts_only,
        rates={one: issue_rates.of(data, part, one, seen, language) for one in by},
        hot=None if counts_only else issue_rates.hot_spots(data, part, seen),
        dense=None if counts_only else dense(data, part, seen, focused=focused),
        watched=watched,
        source=_share(_enough(indicators.at_source_by(part, pd.Series(0, index=part.index)), counts_only)),
        source_week=_enough(indicators.at_source_by(part, monday), counts_only),
        source_grid=_enough(indicators.at_source_by(part, letters), counts_only),
        closing=closing,
        timeless=timeless,
        categories=data.categories,
    )


def counted(filters: Filters, counts_only: bool) -> Filters:
    """Return the filters that count: without states, and without any for those who see numbers only.

    They cannot subtract one part from another.
    """
    return Filters(issues="all") if counts_only else replace(filters, issues="all", states=())


def period(filters: Filters, weeks: int, today: dt.date) -> tuple[dt.date, dt.date]:
    """Return first and last day: those of the filters, else the last weeks up to ``today``."""
    end = today if filters.until is None else min(filters.until, today)
    start = end - dt.timedelta(days=7 * weeks - 1) if filters.since is None else filters.since
    return min(start, end), end


def _in_focus(data: CommunityData, filters: Filters) -> CommunityData:
    """Return the community with its grids, compounds and buildings in focus alone."""
    grids = overview.focus(data, filters)
    if grids is None:
        return data
    homes = data.buildings.loc[overview.buildings_in_focus(data, filters)]
    compounds = data.compounds[data.compounds.index.isin(filters.compounds or homes["compound_id"].dropna())]
    return replace(data, buildings=homes, compounds=compounds, grids=data.grids.loc[grids])


def closed_at(data: CommunityData, issues: pd.DataFrame) -> pd.Series:
    """Return when each issue was settled: as it says, else by its last move out of the open states; NaT if unknown."""
    settled = ~indicators.open_issues(issues)
    events = data.events.loc[data.events["issue_id"].isin(issues.index), ["issue_id", "at", "to_state"]]
    to_open = indicators.open_issues(events.rename(columns={"to_state": "state"}))
    last_open = events[to_open].groupby("issue_id")["at"].max()
    moved = events[~to_open]
    opened = pd.Series(last_open.reindex(moved["issue_id"]).array, index=moved.index)
    after = opened.isna() | (moved["at"] > opened)
    first = moved[after].groupby("issue_id")["at"].min().reindex(issues.index)
    told: pd.Series = first.fillna(pd.to_datetime(issues["closed_at"], utc=True)).where(settled)
    return told


def _closing(
    data: CommunityData, issues: pd.DataFrame, now: dt.datetime, counts_only: bool
) -> tuple[tuple[Closing, ...], int]:
    ended = ~indicators.open_issues(issues)
    until = closed_at(data, issues).where(ended, pd.Timestamp(now))
    days = (until - issues["reported_at"]).dt.total_seconds() / _DAY_S
    known = days >= 0
    days, ended, categories = days[known], ended[known], issues.loc[known, "category"]

    def one(category: str, rows: pd.Series) -> Closing:
        curve = survival.kaplan_meier(days[rows], ended[rows])
        return Closing(category=category, n=curve.n, open=curve.n - curve.ended, curve=curve)

    def told(rows: pd.Series) -> bool:
        """Whether neither all, nor those that are closed or open, are too few to be told."""
        parts = (rows.sum(), (rows & ended).sum(), (rows & ~ended).sum())
        return not counts_only or not any(0 < n < sight.FEWEST for n in parts)

    every = pd.Series(True, index=days.index)
    made = [one("", every if told(every) else ~every)]
    codes = categories.value_counts().index.tolist()
    shown = [code for code in codes if told(categories == code)]
    # All together, less the others, would tell of a single one that is left out.
    made += [one(code, categories == code) for code in (shown[:-1] if len(codes) - len(shown) == 1 else shown)]
    timeless = int((~known).sum())
    return tuple(made), 0 if counts_only and timeless < sight.FEWEST else timeless


def _share(table: pd.DataFrame) -> Share | None:
    rows = table[table["n"] > 0]
    if rows.empty:
        return None
    row = rows.iloc[0]
    return Share(share=float(row["share"]), n=int(row["n"]), low=float(row["low"]), high=float(row["high"]))


def _enough(table: pd.DataFrame, counts_only: bool) -> pd.DataFrame:
    """Leave out what tells numbers below three to those who see no issue: found, or not found, at the source.

    Where that is a single row, another goes with it, since the total less all others would tell it.
    """
    if not counts_only:
        return table
    parts = (table["n"], table["found"], table["n"] - table["found"])
    few = pd.concat([(one > 0) & (one < sight.FEWEST) for one in parts], axis=1).any(axis=1)
    if few.sum() == 1 and not few.all():
        few |= few.index == table.loc[~few, "n"].idxmin()
    left: pd.DataFrame = table[~few]
    return left


def dense(data: CommunityData, issues: pd.DataFrame, seen: Sight, *, focused: bool) -> density.Density | None:
    """Return how dense issues lie; None where it is not known within which area.

    Parameters
    ----------
    data, seen
        The community, as far as the person sees it.
    issues
        Those that count, of it.
    focused
        Whether only the person's grids, or those in focus, are the area.
    """
    metric = data.buildings_m.crs
    area = _area(data, seen, metric, focused=focused)
    if area.is_empty:
        return None
    west, south, east, north = area.bounds
    # A very large community has larger cells, not a larger raster.
    cell_m = max(_CELL_M, float(np.sqrt((east - west) * (north - south) / _RASTER_CELLS)))
    places = gpd.GeoSeries(issues.geometry).to_crs(metric)
    return density.kernel_m(places, area, bandwidth_m=max(BANDWIDTH_M, 2 * cell_m), cell_m=cell_m)


def _area(data: CommunityData, seen: Sight, metric: object, *, focused: bool) -> BaseGeometry:
    """Return where issues may be: the grids that are seen, else the community, else around what is there."""
    grids = data.grids if seen.figures is None else data.grids[data.grids.index.isin(seen.figures)]
    frames = [grids] if focused or seen.figures is not None else [data.boundary, grids]
    for frame in frames:
        placed = frame[~frame.geometry.is_empty]
        if len(placed):
            return shapely.make_valid(shapely.union_all(placed.to_crs(metric).geometry.to_numpy()))
    around = issue_rates.homes_of(data, seen).geometry
    around = around[~around.is_empty]
    return shapely.union_all(around.to_numpy()).convex_hull.buffer(BANDWIDTH_M) if len(around) else shapely.Polygon()
