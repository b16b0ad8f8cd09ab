"""When a place's daily count breaks from its own past: a control chart for rare counts.

A cumulative sum of log-likelihood ratios (Page 1954, doi:10.1093/biomet/41.1-2.100) of the negative binomial, whose
mean is what the place's own rolling past foretells (Höhle & Paul 2008, doi:10.1016/j.csda.2008.02.015). What is known
of all places stands in for a past that is short.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from gridmap.errors import InputError

Floats = NDArray[np.float64]
_DAYS = 7


@dataclass(frozen=True, kw_only=True)
class Chart:
    """How the chart is set; the defaults are those that `benchmarks/alarms.py` found to serve.

    Parameters
    ----------
    past_days
        Days from which the expected count is taken.
    gap_days
        Days just before that are left out, so that a slow rise does not hide itself.
    prior_days
        How many days of a place's own past count as much as what is known of all places.
    ratio
        How many times the expected count is looked for.
    step
        How many more a day are looked for at least, where hardly any are expected.
    limit
        Value of the sum at which there is an alarm.
    fewest
        Fewer than these since the rise are never an alarm.
    longest_days
        After so many days a rise is the place's new past.
    """

    past_days: int = 56
    gap_days: int = 7
    prior_days: float = 28.0
    ratio: float = 3.0
    step: float = 1.0
    limit: float = 9.0
    fewest: int = 3
    longest_days: int = 28

    @property
    def cap(self) -> float:
        """The sum grows no further, so that an alarm ends soon after what caused it."""
        return 1.5 * self.limit


DEFAULT = Chart()


@dataclass(frozen=True, kw_only=True, eq=False)
class Alarms:
    """What the chart says.

    Parameters
    ----------
    episodes
        A row a rise that led to an alarm, the first first: ``place`` (column of the counts), ``since`` (first day of
        the rise), ``raised`` (day of the alarm), ``until`` (last day of the alarm; NaT while it lasts), ``observed``
        and ``expected`` (counts from ``since`` to ``until``).
    expected
        Expected count by day and place.
    score
        The sum by day and place; from the chart's ``limit`` on there is an alarm.
    """

    episodes: pd.DataFrame
    expected: pd.DataFrame
    score: pd.DataFrame

    def lasting(self) -> pd.DataFrame:
        """Return the episodes that last on the last day."""
        return self.episodes[self.episodes["until"].isna()]


def watch(counts: pd.DataFrame, sizes: pd.Series, chart: Chart = DEFAULT) -> Alarms:
    """Follow the daily counts of places.

    Parameters
    ----------
    counts
        A row a day, without a gap, index of days (DatetimeIndex); a column a place; whole numbers, 0 where nothing was
        counted.
    sizes
        What a place's count should be in proportion to before it has a past of its own, such as households, by place;
        where all are 0, all places are alike.
    chart
        How the chart is set.

    Raises
    ------
    InputError
        If the days have a gap or are out of order, or a count is negative or missing.
    """
    y = counts.to_numpy(dtype=float)
    if len(counts) and not (np.diff(counts.index.to_numpy().astype("datetime64[D]").astype(int)) == 1).all():
        raise InputError("alarm_days")
    if not (y >= 0).all():
        raise InputError("alarm_counts", n=int((~(y >= 0)).sum()))
    expected, score, since = _run(
        y, _shares(counts.columns, sizes), pd.DatetimeIndex(counts.index).day_of_week.to_numpy(), chart
    )
    episodes = pd.DataFrame(
        [
            _episode(counts, expected, place, rows)
            for place in range(y.shape[1])
            for rows in _episodes(score[:, place], since[:, place], y[:, place], chart)
        ],
        columns=["place", "since", "raised", "until", "observed", "expected"],
    ).astype({"since": "datetime64[ns]", "raised": "datetime64[ns]", "until": "datetime64[ns]"})
    return Alarms(
        episodes=episodes.sort_values(["since", "place"], kind="stable", ignore_index=True),
        expected=pd.DataFrame(expected, index=counts.index, columns=counts.columns),
        score=pd.DataFrame(score, index=counts.index, columns=counts.columns),
    )


def _shares(places: pd.Index, sizes: pd.Series) -> Floats:
    """Return the part of all that each place is expected to have; one without a size has that of the middle one."""
    known = sizes.reindex(places).to_numpy(dtype=float)
    there = known > 0
    if not there.any():
        return np.full(len(places), 1 / max(len(places), 1))
    filled = np.where(there, known, np.median(known[there]))
    return np.asarray(filled / filled.sum(), dtype=float)


def _run(y: Floats, share: Floats, weekday: NDArray[np.int_], chart: Chart) -> tuple[Floats, Floats, NDArray[np.int_]]:
    """Return the expected count, the sum, and the day on which the present rise began (-1: none), by day and place."""
    days, places = y.shape
    expected, score = np.zeros((days, places)), np.zeros((days, places))
    since = np.full((days, places), -1)
    calm = np.ones((days, places), dtype=bool)  # days that count as past
    total = np.zeros(places)
    began = np.full(places, -1)
    for day in range(days):
        last = max(day - chart.gap_days, 0)
        rows = slice(max(last - chart.past_days, 0), last)
        factor = _weekdays(y[rows], calm[rows], weekday[rows])
        weight = calm[rows] * factor[weekday[rows]][:, None]
        own, exposure = (y[rows] * calm[rows]).sum(axis=0), weight.sum(axis=0)
        everywhere = own.sum() / max(exposure.sum() / max(places, 1), 1.0)
        # Half an issue among all, so that a community where nothing was ever heard expects something.
        prior = (everywhere + 0.5 / (chart.past_days if last else 1)) * share
        size = prior * chart.prior_days + own
        mean = size / (chart.prior_days + exposure) * factor[weekday[day]]
        expected[day] = mean
        if last < _DAYS:
            continue  # a week before the gap is the least that can be called a past
        risen = np.maximum(chart.ratio * mean, mean + chart.step)
        # The uncertainty of the mean is in the size of the negative binomial: its posterior predictive distribution.
        gain = y[day] * np.log(risen / mean) - (y[day] + size) * np.log((size + risen) / (size + mean))
        total = np.clip(total + gain, 0.0, chart.cap)
        began = np.where(total == 0, -1, np.where(began < 0, day, began))
        worn = (began >= 0) & (day - began >= chart.longest_days)
        for place in np.flatnonzero(worn):
            calm[began[place] :, place] = True
        total[worn], began[worn] = 0.0, -1
        score[day], since[day] = total, began
        for place in np.flatnonzero(total >= chart.limit):
            calm[began[place] : day + 1, place] = False
    return expected, score, since


def _weekdays(y: Floats, calm: NDArray[np.bool_], weekday: NDArray[np.int_]) -> Floats:
    """Return how many times the mean of a day each weekday has, over all places; drawn to 1 as long as little is known.

    The counts of a place during its alarms are left out.
    """
    if not len(y):
        return np.ones(_DAYS)
    counted = (y * calm).sum(axis=1)
    by_day = np.bincount(weekday, weights=counted, minlength=_DAYS)
    there = np.bincount(weekday, minlength=_DAYS)
    mean = counted.mean()
    if mean == 0:
        return np.ones(_DAYS)
    drawn = 10.0  # issues a weekday by which it is drawn to 1
    factor = (by_day + drawn) / (mean * there + drawn)
    return np.asarray(factor / factor.mean(), dtype=float)


def _episodes(score: Floats, since: NDArray[np.int_], y: Floats, chart: Chart) -> list[tuple[int, int, int | None]]:
    """Return first day, day of the alarm and last day of the alarm (None while it lasts) of each alarm of one place."""
    found: list[tuple[int, int, int | None]] = []
    for began in np.unique(since[since >= 0]):
        rows = np.flatnonzero(since == began)
        seen = np.cumsum(y[began : rows[-1] + 1])[rows - began]
        alarm = rows[(score[rows] >= chart.limit) & (seen >= chart.fewest)]
        if len(alarm):
            lasts = alarm[-1] == len(score) - 1
            found.append((int(began), int(alarm[0]), None if lasts else int(alarm[-1])))
    return found


def _episode(
    counts: pd.DataFrame, expected: Floats, place: int, rows: tuple[int, int, int | None]
) -> tuple[object, ...]:
    began, raised, ended = rows
    part = slice(began, None if ended is None else ended + 1)
    return (
        counts.columns[place],
        counts.index[began],
        counts.index[raised],
        pd.NaT if ended is None else counts.index[ended],
        int(counts.iloc[part, place].sum()),
        float(expected[part, place].sum()),
    )
