"""The store this server works on, and the communities read from it, shared by all sessions.

A community is read again when its revision or the day has changed; what is shared is never changed.
"""

from __future__ import annotations

import datetime as dt
import threading
from functools import cache, lru_cache
from pathlib import Path

import geopandas as gpd
import pandas as pd

from gridmap import access, settings
from gridmap.analysis import walking_shapes
from gridmap.analysis.coverage import Coverage
from gridmap.services import (
    accounts,
    briefing_periods,
    briefings,
    community_data,
    community_settings,
    coverage_table,
    demo,
    issue_alarms,
    issue_figures,
    issue_rates,
    layers,
    overview,
    register_search,
    sight,
    siting_places,
    tables,
    upkeep,
    walk_review,
    walk_wishes,
)
from gridmap.services.community_data import CommunityData
from gridmap.services.issue_alarms import Alarm
from gridmap.services.issue_figures import IssueFigures
from gridmap.services.issue_rates import Rates
from gridmap.services.overview import Filters
from gridmap.services.sight import Sight
from gridmap.services.walk_review import Reviewed
from gridmap.store import Store, open_store

_opening = threading.Lock()
_reading = threading.Lock()


def store() -> Store:
    """Return the store of this server, opened (and made, at first start) once.

    Raises
    ------
    StoreError
        If it cannot be opened; it is tried again at the next call.
    """
    with _opening:
        chosen = settings.from_environment()
        opened = _store(chosen.store, chosen.demo)
        _upkeep(opened, upkeep.chosen_folder(opened, chosen))
        return opened


@cache
def _store(address: str, with_demo: bool) -> Store:
    opened = open_store(address)
    if with_demo:
        now = dt.datetime.now(dt.UTC)
        if not opened.communities():
            demo.fill(opened, now)
        demo.refresh(opened, now)
    return opened


@cache
def _upkeep(opened: Store, folder: Path | None) -> upkeep.Upkeep:
    care = upkeep.Upkeep(opened, folder)
    care.start()
    return care


def warnings(language: str) -> list[str]:
    """Return what the office should know about its store now, a sentence each."""
    opened = store()
    return _upkeep(opened, upkeep.chosen_folder(opened, settings.from_environment())).warnings(language)


def actor(token: str | None, *, present: bool = True) -> access.Actor | None:
    """Return who holds the token of a session, looked up at each call: a session that has ended is over at once.

    What a page asks by itself (not ``present``) keeps no session from ending.

    Raises
    ------
    StoreError
        If the store cannot be read.
    """
    return accounts.actor(store(), token, now=dt.datetime.now(dt.UTC), present=present) if token else None


@lru_cache(maxsize=32)
def seen(data: CommunityData, by: Sight) -> CommunityData:
    """Return what is seen of a community; those who see the same share it."""
    return sight.masked(data, by)


def community(community_id: int) -> CommunityData:
    """Return a community at its present revision, grids as of today.

    Raises
    ------
    NotFound
        If there is no such community.
    StoreError
        If the store cannot be read.
    """
    opened = store()
    # One at a time: of many who come at once after a change, the first reads, and the others find what it read.
    with _reading:
        as_of = (opened.edition(), opened.revision(community_id), community_data.today(time_zone()))
        return _community(opened, community_id, as_of)


@lru_cache(maxsize=8)
def _community(opened: Store, community_id: int, as_of: tuple[str, int, dt.date]) -> CommunityData:
    # The revision only tells one state from another: a newer one read meanwhile says so itself.
    read = community_data.read(opened, community_id, day=as_of[2], before=_last.get((opened, community_id)))
    _last[opened, community_id] = read
    return read


# What was read last of each community, from which the next reading goes on.
_last: dict[tuple[Store, int], CommunityData] = {}


@lru_cache(maxsize=32)
def covered(data: CommunityData, kind: str, radius_m: float) -> Coverage:
    """Return the coverage of a community by a kind of service point; communities are told apart as objects."""
    return overview.cover(data, kind, radius_m)


@lru_cache(maxsize=128)
def reached(data: CommunityData, asked: coverage_table.Question) -> coverage_table.CoverageTable:
    """Return who reaches a kind of service point; it must not be changed."""
    settings_of = community_settings.of(store(), community_settings.number(data.community))
    return coverage_table.of_data(data, settings_of, asked, asked.kind)


@lru_cache(maxsize=16)
def candidates(data: CommunityData, kind: str) -> tuple[siting_places.Candidate, ...]:
    """Return where a point of a kind might stand without anybody's saying: buildings, and rooms that hosts lend."""
    return tuple(siting_places.offered(data, kind))


@lru_cache(maxsize=16)
def rings(data: CommunityData, asked: coverage_table.Question) -> gpd.GeoDataFrame:
    """Return the areas within 5, 10 and 15 minutes on foot, for which the limit and room do not matter."""
    walks = reached(data, asked).walks
    assert walks is not None
    return walking_shapes.rings(walks)


@lru_cache(maxsize=32)
def table(
    data: CommunityData, name: str, covered: Coverage, filters: Filters, language: str, now: dt.datetime
) -> pd.DataFrame:
    """Return one of the overview's tables; it must not be changed."""
    return tables.table(data, name, covered=covered, filters=filters, language=language, now=now)


def counted(data: CommunityData, by: Sight) -> CommunityData:
    """Return what figures of issues are taken from: what is seen, or the whole for those who see numbers only."""
    return seen(data, by) if by.layer("issues") else data


@lru_cache(maxsize=16)
def issue_figures_of(
    data: CommunityData, by: Sight, filters: Filters, weeks: int, language: str, now: dt.datetime
) -> IssueFigures:
    """Return the figures of issues under a page's filters; they must not be changed."""
    return issue_figures.of(counted(data, by), filters, by, weeks=weeks, now=now, zone=time_zone(), language=language)


@lru_cache(maxsize=16)
def walk_review_of(data: CommunityData, by: Sight, week: dt.date, weeks: int) -> Reviewed:
    """Return what came of the walks of some weeks; it must not be changed."""
    days = walk_wishes.weights(store(), community_settings.number(data.community))["building_days"]
    return walk_review.of(seen(data, by), data, by, week=week, weeks=weeks, interval_days=round(days), zone=time_zone())


@lru_cache(maxsize=32)
def issue_rates_of(data: CommunityData, by: Sight, now: dt.datetime) -> Rates:
    """Return the rates that colour the overview; they must not be changed."""
    return issue_rates.recent(counted(data, by), by, now)


@lru_cache(maxsize=4)
def register_index(data: CommunityData, by: Sight, language: str) -> tuple[register_search.Index, ...]:
    """Return what somebody may search of the registers; ``data`` is what they see."""
    return register_search.index(store(), data, by, language)


@lru_cache(maxsize=32)
def alarms(data: CommunityData, by: Sight) -> tuple[Alarm, ...]:
    """Return the alarms of compounds that last today."""
    return issue_alarms.lasting(counted(data, by), by, time_zone())


@lru_cache(maxsize=16)
def briefing(
    data: CommunityData, period: briefing_periods.Period, language: str, now: dt.datetime
) -> briefings.Figures:
    """Return the figures of a briefing, of the whole community for somebody who sees numbers only."""
    return briefings.of(store(), data.community, period, now=now, zone=time_zone(), language=language, data=data)


def time_zone() -> str:
    """Return the time zone in which dates are shown."""
    return settings.from_environment().time_zone


def stamp(data: CommunityData) -> dict[str, str]:
    """Return what tells one answer from another by each layer: that of a layer which has not changed stays the same.

    Besides the revision at which it changed there are the store's edition and the day, for issues the hour, and for
    what is not the same for all the part that is seen.
    """
    told = {}
    for name, classes in layers.MADE_OF.items():
        revision = max(data.since[cls] for cls in classes)
        hourly = f"-{hour():%Y%m%d%H}" if name == "issues" else ""
        part = f"-{data.part}" if data.part and name in layers.PERSONAL else ""
        told[name] = f"{revision}-{data.edition}{hourly}-{data.day:%m%d}{part}"
    return told


def hour() -> dt.datetime:
    """Return the present hour: what is overdue is told by the hour, so that answers can be kept."""
    return dt.datetime.now(dt.UTC).replace(minute=0, second=0, microsecond=0)
