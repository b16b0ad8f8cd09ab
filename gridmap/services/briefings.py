"""What a briefing tells of one community: the figures of a period beside those of the period before.

A briefing leaves the house, whoever made it: it names no person, and tells no number of issues below three, so
it is made as for somebody who sees numbers only.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from zoneinfo import ZoneInfo

import numpy as np
import pandas as pd

from gridmap import model
from gridmap.analysis import indicators, rates
from gridmap.services import (
    briefing_registers,
    community_data,
    community_settings,
    coverage_table,
    hotline_orders,
    hotline_rates,
    hotline_rules,
    issue_figures,
    issue_words,
    overview,
)
from gridmap.services.briefing_periods import Period
from gridmap.services.briefing_registers import Registers, Round
from gridmap.services.community_data import CommunityData
from gridmap.services.community_settings import CommunitySettings
from gridmap.services.coverage_table import CoverageTable, Question
from gridmap.services.hotline_rates import Rates
from gridmap.services.issue_figures import IssueFigures
from gridmap.services.sight import Sight, few
from gridmap.store import Store

OTHER = ""
"""Stands in a breakdown for all that is too small to be told by itself."""
MONTHS = 12
STATION = "station"
_MOST_CATEGORIES = 8
_NOTHING: frozenset[int] = frozenset()
READER = Sight(buildings=_NOTHING, issues=_NOTHING, staff=_NOTHING, figures=None, tables=False, picture=True)
"""Whoever a briefing is for: sees figures of the whole community, and no issue."""


@dataclass(frozen=True, kw_only=True)
class Count:
    """A number of a period and of the one before, and whether chance explains the difference.

    Parameters
    ----------
    now, before
        How many; None where too few to be told.
    change
        ``above``, ``below`` or ``chance`` (`rates.beside_chance`), by the days of both.
    """

    now: int | None
    before: int | None
    change: str = rates.CHANCE


@dataclass(frozen=True, kw_only=True)
class Part:
    """A row of a breakdown: a code, or `OTHER`, with how many in the period and in the one before."""

    code: str
    now: int
    before: int


@dataclass(frozen=True, kw_only=True)
class Kept:
    """Limits that ran out in a period: so many kept of ``n``; ``met`` is None where that is too few to be told."""

    met: int | None
    n: int

    @property
    def share(self) -> float | None:
        """The share, from 0 to 1; None of none, or where it is not told."""
        return None if self.met is None or not self.n else self.met / self.n


@dataclass(frozen=True, kw_only=True)
class Covered:
    """Who reaches a kind of service point, today.

    Parameters
    ----------
    kind
        Its code.
    points
        Points of the kind.
    households, covered
        Households, and those within reach.
    limit_m, measure
        How far, and how that is measured.
    """

    kind: str
    points: int
    households: int
    covered: int
    limit_m: float
    measure: str

    @property
    def share(self) -> float | None:
        """Share of the households; None where none are known."""
        return self.covered / self.households if self.households else None


@dataclass(frozen=True, kw_only=True, eq=False)
class Figures:
    """The figures of one community.

    Parameters
    ----------
    data
        The community.
    period
        The days.
    recorded_from
        Day of the first issue on record; None where there is none. Of the days before nothing is known.
    now, before
        Figures of the issues of both periods (`issue_figures`), for somebody who sees numbers only.
    issues
        Issues reported.
    open_issues, overdue_issues
        Of those of the period, still open on the day of the data, and past their limit; None where too few.
    sources, categories
        The issues by source and category; empty where too few.
    months
        Issues by month, up to the period's last; None where too few, or before anything was recorded.
    kept, kept_before
        Limits that ran out in either period.
    hotline, hotline_before
        The three rates.
    coverage, stations
        By kind, as of the day of the data; and in full by stations, None where there is none.
    round, round_before
        Walks and activities of either period.
    registers
        Points, groups, the ten practical things, the fund.
    """

    data: CommunityData
    period: Period
    recorded_from: dt.date | None
    now: IssueFigures
    before: IssueFigures
    issues: Count
    open_issues: int | None
    overdue_issues: int | None
    sources: tuple[Part, ...]
    categories: tuple[Part, ...]
    months: Mapping[dt.date, int | None]
    kept: Kept
    kept_before: Kept
    hotline: Rates
    hotline_before: Rates
    coverage: tuple[Covered, ...]
    stations: CoverageTable | None
    round: Round
    round_before: Round
    registers: Registers

    @property
    def households(self) -> int:
        """Households of the community."""
        return int(self.data.buildings["households"].sum())

    @property
    def comparable(self) -> bool:
        """Whether issues were recorded in the whole of the period before."""
        return self.recorded_from is not None and self.recorded_from <= self.period.before_first

    @property
    def rate(self) -> float | None:
        """Issues per 100 households; None where either is not told."""
        overall = self.now.rates["compound"].overall
        return None if self.issues.now is None or np.isnan(overall) else overall


def of(
    store: Store,
    community: model.Community,
    period: Period,
    *,
    now: dt.datetime,
    zone: str,
    language: str,
    data: CommunityData | None = None,
) -> Figures:
    """Gather the figures of a community.

    Parameters
    ----------
    store, community
        Whose.
    period
        The days.
    now
        This moment, timezone-aware.
    zone
        Time zone in which a day begins.
    language
        Language of the names of places.
    data
        The whole community, where it is read already.
    """
    number = community_settings.number(community)
    data = data or community_data.read(store, number, day=now.astimezone(ZoneInfo(zone)).date())
    spans = ((period.first, period.until), (period.before_first, period.before_last))
    told, past = (
        issue_figures.of_days(data, READER, first, last, now=now, zone=zone, language=language) for first, last in spans
    )
    judged = hotline_orders.judged(data, hotline_rules.of(store, community), now)
    orders, orders_before = (
        hotline_rates.rates(hotline_rates.within(judged, first, last, zone)) for first, last in spans
    )
    rows, rows_before = (data.issues[issue_words.reported_within(data.issues, first, last)] for first, last in spans)
    kept, kept_before = (_kept(data, first, last, now) for first, last in spans)
    still, late = indicators.open_issues(rows), indicators.overdue_issues(rows, now)
    parts = (int(still.sum()), int((~still).sum()))
    overdue = (int(late.sum()), parts[0] - int(late.sum()))
    hidden = few(*parts)
    chosen = community_settings.of(store, number)
    begun = _recorded_from(data, zone)
    tables = _coverage(data, chosen)
    return Figures(
        data=data,
        period=period,
        recorded_from=begun,
        now=told,
        before=past,
        issues=count(told.n, past.n, period.days, period.days_before),
        open_issues=None if hidden else parts[0],
        overdue_issues=None if hidden or few(*overdue) else overdue[0],
        sources=_parts(rows["source"], rows_before["source"]),
        categories=_parts(rows["category"], rows_before["category"], most=_MOST_CATEGORIES),
        months=_months(data, period.until, zone),
        kept=kept,
        kept_before=kept_before,
        hotline=orders,
        hotline_before=orders_before,
        coverage=tuple(_covered(table) for table in tables),
        stations=next((table for table in tables if table.kind == STATION), None),
        round=briefing_registers.round_of(store, data, *spans[0]),
        round_before=briefing_registers.round_of(store, data, *spans[1]),
        registers=briefing_registers.of(store, data, period),
    )


def count(now: int, before: int, days: int, days_before: int) -> Count:
    """Set a number beside that of the period before; one too small to be told is left out."""
    events, base = pd.Series([now, before]), pd.Series([days, days_before])
    change = str(rates.beside_chance(events, base).iloc[0])
    hidden = few(now, before)
    return Count(
        now=None if few(now) else now,
        before=None if few(before) else before,
        change=rates.CHANCE if hidden else change,
    )


def _recorded_from(data: CommunityData, zone: str) -> dt.date | None:
    first = data.issues["reported_at"].min()
    return None if pd.isna(first) else first.tz_convert(ZoneInfo(zone)).date()


def _parts(now: pd.Series, before: pd.Series, *, most: int = 99) -> tuple[Part, ...]:
    """Break two periods down; what is too small to be told goes together, with the next larger if need be."""
    counts = pd.DataFrame({"now": now.value_counts(), "before": before.value_counts()}).fillna(0).astype("int64")
    counts = counts.sort_values(["now", "before"], ascending=False, kind="stable")
    small = [few(int(a), int(b)) for a, b in zip(counts["now"], counts["before"], strict=True)]
    own = counts[~np.array(small, dtype=bool)].head(most)
    rest = counts.drop(own.index).sum()
    while len(own) and few(int(rest["now"]), int(rest["before"])):
        rest, own = rest + own.iloc[-1], own.iloc[:-1]
    if few(int(rest["now"]), int(rest["before"])):
        return ()
    rows = zip(own.index, own["now"], own["before"], strict=True)
    made = [Part(code=str(code), now=int(n), before=int(earlier)) for code, n, earlier in rows]
    if rest["now"] or rest["before"]:
        made.append(Part(code=OTHER, now=int(rest["now"]), before=int(rest["before"])))
    return tuple(made)


def _kept(data: CommunityData, first: dt.date, last: dt.date, now: dt.datetime) -> Kept:
    """Count the limits that ran out from one day to another; the clock of what is suspended stands still."""
    issues = data.issues[data.issues["due_at"].notna() & (data.issues["due_at"] <= now)]
    issues = issues[issue_words.reported_within(issues.assign(reported_at=issues["due_at"]), first, last)]
    issues = issues[issues["state"] != model.IssueState.SUSPENDED.value]
    closed = issue_figures.closed_at(data, issues)
    met, n = int((closed <= issues["due_at"]).sum()), len(issues)
    return Kept(met=None if few(met, n - met, n) else met, n=0 if few(n) else n)


def _months(data: CommunityData, until: dt.date, zone: str) -> dict[dt.date, int | None]:
    at = data.issues["reported_at"].dt.tz_convert(ZoneInfo(zone)).dt.tz_localize(None).dt.to_period("M")
    last = pd.Period(until, "M")
    counts = at.value_counts()
    begun = at.min() if len(at) else None
    told: dict[dt.date, int | None] = {}
    for month in pd.period_range(end=last, periods=MONTHS, freq="M"):
        n = int(counts.get(month, 0))
        # Before the first issue nobody wrote any down: that is not none.
        unknown = begun is None or month < begun or few(n)
        told[month.start_time.date()] = None if unknown else n
    return told


def _coverage(data: CommunityData, chosen: CommunitySettings) -> list[CoverageTable]:
    if data.buildings.geometry.is_empty.all():
        return []
    there = [kind for kind in overview.kinds(data) if overview.registered(data, kind)]
    return [coverage_table.of_data(data, chosen, Question(kind=kind), kind) for kind in there]


def _covered(table: CoverageTable) -> Covered:
    households = table.by_state["households"]
    return Covered(
        kind=table.kind,
        points=table.points,
        households=sum(households.values()),
        covered=households[coverage_table.STATES[0]],
        limit_m=table.radius_m,
        measure=table.measure,
    )
