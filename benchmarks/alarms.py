"""The alarm of a compound on invented communities, beside simpler charts: how soon it comes, how often for nothing.

    python -m benchmarks.alarms [--repeats N]

Forty compounds of unlike size and rate hear of 4 to 120 issues a week together, more on Fridays, by chance alone or in
clusters (each thing told by 1.3 people); then five of them have three or ten more a day.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy import stats

from gridmap.analysis import alarms

COMPOUNDS = 40
FIRST_DAY, LASTS_DAYS, HIT_EACH = 120, 14, 8
_PER_WEEK = (4, 12, 40, 120)
_FRIDAYS = np.array([1, 1, 1, 1, 2.2, 0.5, 0.3])

Watch = Callable[[pd.DataFrame, pd.Series], alarms.Alarms]


@dataclass(frozen=True, kw_only=True)
class Told:
    """What a chart achieves.

    Parameters
    ----------
    false_per_compound_year, false_clustered
        Alarms of calm compounds, a compound and year; the same where issues come in clusters.
    mean_days, slowest_days
        Days until ten more a day are told, the first day counted.
    mean_days_three
        The same of three more a day.
    missed
        Compounds with ten more a day that are not told within a fortnight.
    """

    false_per_compound_year: float
    false_clustered: float
    mean_days: float
    slowest_days: int
    mean_days_three: float
    missed: int


def community(rng: np.random.Generator, days: int, per_week: float, clusters: float) -> tuple[pd.DataFrame, pd.Series]:
    """Return daily counts and households of calm compounds."""
    index = pd.date_range("2024-01-01", periods=days)
    sizes = rng.lognormal(5.5, 0.8, COMPOUNDS)
    rate = sizes / sizes.sum() * per_week / 7 * rng.gamma(3, 1 / 3, COMPOUNDS)
    mean = rate * (_FRIDAYS / _FRIDAYS.mean())[index.day_of_week.to_numpy()][:, None] / (1 + clusters)
    things = rng.poisson(mean)
    counts = things + rng.poisson(clusters * things)
    return pd.DataFrame(counts, index=index), pd.Series(sizes.round())


def measure(watch: Watch, *, repeats: int) -> Told:
    """Let a chart watch invented communities, the same for the same number of ``repeats``."""
    false = {clusters: _false(watch, clusters, repeats) for clusters in (0.0, 0.3)}
    ten, three = _delays(watch, 10.0, repeats), _delays(watch, 3.0, repeats)
    caught = [delay for delay in ten if delay is not None]
    return Told(
        false_per_compound_year=false[0.0],
        false_clustered=false[0.3],
        mean_days=float(np.mean(caught)),
        slowest_days=max(caught),
        mean_days_three=float(np.mean([LASTS_DAYS if delay is None else delay for delay in three])),
        missed=len(ten) - len(caught),
    )


def _false(watch: Watch, clusters: float, repeats: int) -> float:
    found, years = 0, 0.0
    for seed in range(repeats):
        for per_week in _PER_WEEK:
            counts, sizes = community(np.random.default_rng([seed, per_week]), 425, per_week, clusters)
            raised = watch(counts, sizes).episodes["raised"]
            found += int((raised >= counts.index[60]).sum())
            years += COMPOUNDS
    return found / years


def _delays(watch: Watch, more: float, repeats: int) -> list[int | None]:
    delays: list[int | None] = []
    for seed in range(repeats):
        for per_week in _PER_WEEK:
            rng = np.random.default_rng([99, seed, per_week])
            counts, sizes = community(rng, FIRST_DAY + LASTS_DAYS, per_week, 0.0)
            hit = list(range(0, COMPOUNDS, HIT_EACH))
            counts.iloc[FIRST_DAY:, hit] += rng.poisson(more, (LASTS_DAYS, len(hit)))
            episodes = watch(counts, sizes).episodes
            told = episodes[episodes["raised"] >= counts.index[FIRST_DAY]].groupby("place")["raised"].min()
            first = counts.index[FIRST_DAY]
            delays += [(told[place] - first).days + 1 if place in told.index else None for place in hit]
    return delays


def _plain(score: np.ndarray, counts: pd.DataFrame, limit: float) -> alarms.Alarms:
    """Return days on which a score reaches its limit as alarms, each run of days once."""
    above = score >= limit
    above[:28] = False
    first = above & ~np.vstack([np.zeros((1, above.shape[1]), bool), above[:-1]])
    day, place = np.nonzero(first)
    episodes = pd.DataFrame({"place": counts.columns[place], "raised": counts.index[day]})
    frame = pd.DataFrame(score, index=counts.index)
    return alarms.Alarms(episodes=episodes, expected=frame, score=frame)


def _past(counts: pd.DataFrame) -> tuple[np.ndarray, np.ndarray]:
    """Return mean and standard deviation of the eight weeks before the last week."""
    before = counts.shift(7).rolling(56, min_periods=14)
    return before.mean().fillna(0).to_numpy(), before.std().fillna(0).to_numpy()


def ears(counts: pd.DataFrame, _sizes: pd.Series) -> alarms.Alarms:
    """Watch as EARS C2 does (Hutwagner et al. 2003): three standard deviations above the past's mean."""
    mean, spread = _past(counts)
    return _plain((counts.to_numpy() - mean) / np.maximum(spread, 0.2), counts, 3.0)


def poisson(counts: pd.DataFrame, _sizes: pd.Series) -> alarms.Alarms:
    """Watch the chance of so many in a day (Shewhart): one in ten thousand."""
    mean, _ = _past(counts)
    return _plain(-stats.poisson.logsf(counts.to_numpy() - 1, np.maximum(mean, 0.02)), counts, np.log(1e4))


def ewma(counts: pd.DataFrame, _sizes: pd.Series) -> alarms.Alarms:
    """Watch a moving mean (Borror et al. 1998): weight 0.3, four and a half standard deviations."""
    mean, _ = _past(counts)
    mean = np.maximum(mean, 0.02)
    off = pd.DataFrame(counts.to_numpy() - mean).ewm(alpha=0.3, adjust=False).mean().to_numpy()
    return _plain(off / np.sqrt(mean * 0.3 / 1.7), counts, 4.5)


def main(arguments: list[str] | None = None) -> None:
    """Measure all and print the table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--repeats", type=int, default=3)
    options = parser.parse_args(arguments)
    print(f"{'':22}{'false a compound-year':>24}{'days until told: 10 more a day':>36}{'3 more a day':>16}")
    print(f"{'':22}{'by chance':>12}{'clusters':>12}{'mean':>14}{'slowest':>11}{'missed':>11}{'mean':>16}")
    charts: dict[str, Watch] = {
        "gridmap (CUSUM, NB)": alarms.watch,
        "EARS C2": ears,
        "Shewhart, Poisson": poisson,
        "EWMA": ewma,
    }
    for name, watch in charts.items():
        told = measure(watch, repeats=options.repeats)
        print(
            f"{name:22}{told.false_per_compound_year:12.3f}{told.false_clustered:12.3f}{told.mean_days:14.2f}"
            f"{told.slowest_days:11}{told.missed:11}{told.mean_days_three:16.2f}",
            flush=True,
        )


if __name__ == "__main__":
    main()
