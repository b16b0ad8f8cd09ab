"""Compounds whose daily number of issues breaks from their own past."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from zoneinfo import ZoneInfo

import pandas as pd

from gridmap.analysis import alarms
from gridmap.services import issue_rates
from gridmap.services.community_data import CommunityData
from gridmap.services.sight import Sight

LONGEST_PAST = dt.timedelta(days=400)
"""The chart begins at most this long before the first day that is told of."""


@dataclass(frozen=True, kw_only=True)
class Alarm:
    """One compound's rise.

    Parameters
    ----------
    compound_id, compound
        Which.
    since, raised
        First day of the rise, and the day on which it could be told from chance.
    until
        Last day of the alarm; None while it lasts.
    observed, expected
        Issues from ``since`` to ``until``, and how many the compound's own past foretells for these days.
    households
        Of the compound; 0 where not known.
    """

    compound_id: int
    compound: str
    since: dt.date
    raised: dt.date
    until: dt.date | None
    observed: int
    expected: float
    households: int


@dataclass(frozen=True, kw_only=True, eq=False)
class Watched:
    """What the chart told of a period.

    Parameters
    ----------
    alarms
        The latest first.
    counts, expected
        Issues by day and compound, and how many were expected.
    """

    alarms: tuple[Alarm, ...]
    counts: pd.DataFrame
    expected: pd.DataFrame

    @property
    def lasting(self) -> tuple[Alarm, ...]:
        """Those that last."""
        return tuple(one for one in self.alarms if one.until is None)


def watch(
    data: CommunityData, issues: pd.DataFrame, seen: Sight, *, start: dt.date, end: dt.date, zone: str
) -> Watched:
    """Follow the daily counts of compounds, and return the alarms that were on between two days.

    Parameters
    ----------
    data
        The community; for those who see numbers only the whole of it. An alarm is of three issues at least.
    issues
        The issues that are counted, those before ``start`` too: they are the past.
    seen
        What the person sees: compounds in their grids alone.
    start, end
        First and last day that are told of.
    zone
        Time zone in which a day begins.
    """
    homes = issue_rates.homes_of(data, seen)
    households = homes["households"].groupby(homes["compound_id"].astype("Int64")).sum()
    known = data.compounds.index if seen.figures is None else data.compounds.index.intersection(households.index)
    sizes = households.reindex(known).fillna(0).astype("int64")
    day = issues["reported_at"].dt.tz_convert(ZoneInfo(zone)).dt.tz_localize(None).dt.normalize()
    table = pd.DataFrame({"day": day, "compound": issue_rates.places_of(data, issues, "compound")})
    within = (day >= pd.Timestamp(start - LONGEST_PAST)) & (day <= pd.Timestamp(end))
    table = table[within & table["compound"].isin(known)]
    # The whole community's first issue begins the past: a compound of which nothing was heard was calm till then.
    days = pd.date_range(day[within].min() if within.any() else end, end)
    counts = pd.crosstab(table["day"], table["compound"])
    counts = counts.reindex(index=days, columns=known, fill_value=0).astype("int64")
    found = alarms.watch(counts, sizes)
    rows = found.episodes
    on = rows[rows["until"].isna() | (rows["until"] >= pd.Timestamp(start))]
    latest = on.sort_values("raised", ascending=False, kind="stable").to_dict("records")
    made = [
        Alarm(
            compound_id=int(row["place"]),
            compound=str(data.compounds.at[row["place"], "name"]),
            since=row["since"].date(),
            raised=row["raised"].date(),
            until=None if pd.isna(row["until"]) else row["until"].date(),
            observed=int(row["observed"]),
            expected=float(row["expected"]),
            households=int(sizes[row["place"]]),
        )
        for row in latest
    ]
    shown = slice(pd.Timestamp(start), pd.Timestamp(end))
    return Watched(alarms=tuple(made), counts=counts.loc[shown], expected=found.expected.loc[shown])


def lasting(data: CommunityData, seen: Sight, zone: str) -> tuple[Alarm, ...]:
    """Return the alarms that last today."""
    return watch(data, data.issues, seen, start=data.day, end=data.day, zone=zone).lasting
