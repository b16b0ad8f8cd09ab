"""Figures that a secretary reads at a glance: households, cover, issues, visits.

Each takes frames as the store gives them (index = id, enums as their text, moments timezone-aware) and changes
none of them. Moments of a period count from its start, included, to its end, left out.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import pandas as pd
import scipy

from gridmap import schema
from gridmap.analysis.coverage import Coverage
from gridmap.errors import InputError
from gridmap.model import IssueSource, IssueState, StopOutcome

_AT_SOURCE = (IssueSource.WALK.value, IssueSource.RECEPTION.value)
_OPEN = tuple(state.value for state in IssueState if state.is_open)


class Share(NamedTuple):
    """A share and the number it is taken of; the share of nothing is None."""

    share: float | None
    n: int


@dataclass(frozen=True, kw_only=True)
class Overview:
    """The overview's figures.

    Parameters
    ----------
    buildings, households
        All of them.
    households_without_cover
        Households out of reach; None where coverage was not asked for.
    open_issues, overdue_issues
        Issues where something remains to be done; of these, past their limit.
    at_source
        Share of issues first recorded by a walk or a reception, against 12345.
    visits
        Stops that reached somebody in the period.
    """

    buildings: int
    households: int
    households_without_cover: int | None
    open_issues: int
    overdue_issues: int
    at_source: Share
    visits: int


def overview(
    buildings: pd.DataFrame,
    issues: pd.DataFrame,
    stops: pd.DataFrame,
    walks: pd.DataFrame,
    *,
    now: dt.datetime,
    month: tuple[dt.date, dt.date],
    coverage: Coverage | None = None,
) -> Overview:
    """Gather the figures of the overview.

    Parameters
    ----------
    buildings
        With ``households``.
    issues
        With ``source``, ``state`` and ``due_at``.
    stops, walks
        With ``walk_id`` and ``outcome``; with ``day``.
    now
        Moment by which an issue is overdue, timezone-aware.
    month
        First day of the period for visits, and the first day after it.
    coverage
        Coverage of these buildings by the kind that is shown.
    """
    schema.require(buildings, "households", what="buildings")
    return Overview(
        buildings=len(buildings),
        households=int(buildings["households"].sum()),
        households_without_cover=None if coverage is None else coverage.summary().households_out_of_reach,
        open_issues=int(open_issues(issues).sum()),
        overdue_issues=int(overdue_issues(issues, now).sum()),
        at_source=at_source_share(issues),
        visits=visits_between(stops, walks, *month),
    )


def open_issues(issues: pd.DataFrame) -> pd.Series:
    """Say of each issue whether something remains to be done."""
    schema.require(issues, "state", what="issues")
    return issues["state"].isin(_OPEN)


def overdue_issues(issues: pd.DataFrame, now: dt.datetime) -> pd.Series:
    """Say of each issue whether it is open and past its limit.

    One without a limit is never overdue, nor is one that is suspended: its clock stands still.

    Raises
    ------
    InputError
        If ``now`` names no time zone.
    """
    if now.tzinfo is None:
        raise InputError("moment_without_zone", moment=now.isoformat(sep=" "))
    schema.require(issues, "due_at", what="issues")
    due = pd.to_datetime(issues["due_at"], utc=True)
    return open_issues(issues) & (issues["state"] != IssueState.SUSPENDED.value) & (due < now)


def at_source_share(issues: pd.DataFrame) -> Share:
    """Return the share of issues first recorded by a walk or a reception, against 12345.

    Issues that a visitor brought to the desk count on neither side: ``n`` is walks, receptions and 12345 only.
    """
    schema.require(issues, "source", what="issues")
    found = int(issues["source"].isin(_AT_SOURCE).sum())
    n = found + int((issues["source"] == IssueSource.HOTLINE.value).sum())
    return Share(found / n if n else None, n)


def at_source_by(issues: pd.DataFrame, by: pd.Series, *, level: float = 0.95) -> pd.DataFrame:
    """Return the share found at the source of each group, as `at_source_share` counts it, with its interval.

    Parameters
    ----------
    issues
        With ``source``.
    by
        Group of each issue, on the same index; an issue without one counts in none.
    level
        Of the interval: Wilson (1927), doi:10.1080/01621459.1927.10502953.

    Returns
    -------
    pandas.DataFrame
        Indexed by group: ``found``, ``n``, ``share``, ``low``, ``high``; NaN where ``n`` is 0.
    """
    schema.require(issues, "source", what="issues")
    found = issues["source"].isin(_AT_SOURCE)
    counted = found | (issues["source"] == IssueSource.HOTLINE.value)
    groups = pd.DataFrame({"found": found, "n": counted}).groupby(by.reindex(issues.index))
    table = groups.sum().astype("int64")
    n = table["n"].where(table["n"] > 0)
    share, z = table["found"] / n, scipy.stats.norm.ppf((1 + level) / 2)
    middle = (share + z**2 / (2 * n)) / (1 + z**2 / n)
    half = z / (1 + z**2 / n) * np.sqrt(share * (1 - share) / n + z**2 / (4 * n**2))
    return table.assign(share=share, low=(middle - half).clip(0, 1), high=(middle + half).clip(0, 1))


def issue_rate_by_compound(
    issues: pd.DataFrame, buildings: pd.DataFrame, start: dt.datetime, end: dt.datetime
) -> pd.DataFrame:
    """Count the issues of each compound in a period, and per 100 households.

    Parameters
    ----------
    issues
        With ``reported_at``, ``compound_id`` and ``building_id``; an issue that names only a building belongs to that
        building's compound.
    buildings
        With ``compound_id`` and ``households``.
    start, end
        First moment of the period and the first after it, timezone-aware.

    Returns
    -------
    pandas.DataFrame
        Index ``compound_id``; ``issues``, ``households`` and ``per_100_households`` (NaN where no household is known),
        every compound that has a building or an issue. Issues of no compound are left out.
    """
    for moment in (start, end):
        if moment.tzinfo is None:
            raise InputError("moment_without_zone", moment=moment.isoformat(sep=" "))
    schema.require(issues, "reported_at", "compound_id", "building_id", what="issues")
    schema.require(buildings, "compound_id", "households", what="buildings")
    reported = pd.to_datetime(issues["reported_at"], utc=True)
    within = issues[(reported >= start) & (reported < end)]
    compound = _ids(within["compound_id"])
    compound = compound.fillna(_ids(within["building_id"].map(buildings["compound_id"])))
    count = compound.dropna().value_counts()
    households = buildings.groupby(_ids(buildings["compound_id"]))["households"].sum()
    index = households.index.union(count.index).astype("Int64").rename("compound_id")
    table = pd.DataFrame(index=index)
    table["issues"] = count.reindex(index).fillna(0).astype("int64")
    table["households"] = households.reindex(index).fillna(0).astype("int64")
    known = table["households"].where(table["households"] > 0)
    table["per_100_households"] = (table["issues"] / known * 100).astype("float64")
    return table.set_index(index.astype("int64"))


def visits(stops: pd.DataFrame, walks: pd.DataFrame) -> pd.DataFrame:
    """List the stops that reached somebody: ``building_id`` and the ``day`` of the walk, on the index of ``stops``.

    Parameters
    ----------
    stops
        With ``walk_id``, ``building_id`` and ``outcome``.
    walks
        With ``day``.
    """
    schema.require(stops, "walk_id", "building_id", "outcome", what="stops")
    schema.require(walks, "day", what="walks")
    reached = {outcome.value for outcome in StopOutcome if outcome.reached}
    done = stops[stops["outcome"].isin(reached)]
    days = walks["day"].to_dict()
    day = [days.get(walk) for walk in done["walk_id"]]
    table = pd.DataFrame({"building_id": _ids(done["building_id"]), "day": pd.Series(day, done.index, dtype="object")})
    return table[table["day"].notna()]


def visits_between(stops: pd.DataFrame, walks: pd.DataFrame, start: dt.date, end: dt.date) -> int:
    """Count the stops that reached somebody from ``start`` up to the day before ``end``."""
    return sum(start <= day < end for day in visits(stops, walks)["day"])


def last_visit(stops: pd.DataFrame, walks: pd.DataFrame) -> pd.Series:
    """Return the day of the last visit of each building that was ever visited, index ``building_id``."""
    table = visits(stops, walks).dropna(subset="building_id")
    last = table.sort_values("day", kind="stable").groupby("building_id")["day"].last()
    last.index = last.index.astype("int64")
    return last


def _ids(column: pd.Series) -> pd.Series:
    """Return ids as whole numbers that may be missing, however the frame holds them."""
    numbers = pd.to_numeric(column.astype("object").where(column.notna(), np.nan))
    return numbers.astype("Int64")
