"""Rates of things counted in places with few or many households: shrunk, with an interval, and beside chance."""

from __future__ import annotations

import numpy as np
import pandas as pd
import scipy
from numpy.typing import NDArray
from scipy.sparse import csr_array

ABOVE, BELOW, CHANCE = "above", "below", "chance"

Floats = NDArray[np.float64]


def empirical_bayes(events: pd.Series, base: pd.Series) -> pd.DataFrame:
    """Shrink rates towards that of all places, the more the smaller a place is.

    Marshall (1991), Applied Statistics 40(2), eq. 5 and 6 (doi:10.2307/2347593): the variance between places by
    moments, 0 where there is no more than chance explains.

    Parameters
    ----------
    events
        What was counted in each place.
    base
        What it is a rate of, such as households; on the same index. A place without any has no rate.

    Returns
    -------
    pandas.DataFrame
        On the index of ``events``: ``rate`` (events by base), ``shrunk``, and ``weight``, the share that the place's
        own rate has in it; NaN where the base is 0.
    """
    e, b, known = _known(events, base)
    total = b[known].sum()
    rate = _rate(e, b, known)
    if not known.any() or not e[known].sum():
        weight = np.zeros(len(e))
        return _table(events, rate, np.zeros(len(e)), weight, known)
    mean = e[known].sum() / total
    between = (b[known] * (rate[known] - mean) ** 2).sum() / total - mean / b[known].mean()
    between = max(between, 0.0)
    weight = between / (between + mean / np.where(known, b, 1.0))
    return _table(events, rate, np.full(len(e), mean), weight, known)


def empirical_bayes_near(events: pd.Series, base: pd.Series, near: csr_array) -> pd.DataFrame:
    """Shrink rates towards that of each place's neighbourhood.

    Marshall (1991), section 3.2: as `empirical_bayes`, with mean and variance of the neighbourhood.

    Parameters
    ----------
    events, base
        As in `empirical_bayes`.
    near
        1 for each neighbour and for the place itself, in the order of ``events``.
    """
    e, b, known = _known(events, base)
    e, b = np.where(known, e, 0.0), np.where(known, b, 0.0)
    rate = _rate(e, b, known)
    around, count = near @ b, near @ known.astype(float)
    safe = np.where(around > 0, around, 1.0)
    mean = (near @ e) / safe
    # The sum of b (r - mean)^2 over the neighbourhood, since the sum of b r is that of the events.
    spread = (near @ (e * np.where(known, rate, 0.0))) / safe - mean**2
    between = np.maximum(spread - mean * count / safe, 0.0)
    chance = mean / np.where(known, b, 1.0)
    weight = np.divide(between, between + chance, out=np.zeros(len(e)), where=between + chance > 0)
    return _table(events, rate, mean, weight, known)


def interval(events: pd.Series, base: pd.Series, *, level: float = 0.95) -> pd.DataFrame:
    """Return between which limits the rate behind each count lies, ``low`` and ``high``.

    Exact for counts by chance (Garwood 1936, doi:10.1093/biomet/28.3-4.437); NaN where the base is 0.
    """
    e, b, known = _known(events, base)
    tail = (1 - level) / 2
    low = np.where(e > 0, scipy.stats.chi2.ppf(tail, 2 * np.maximum(e, 0.5)) / 2, 0.0)
    high = scipy.stats.chi2.ppf(1 - tail, 2 * (e + 1)) / 2
    safe = np.where(known, b, np.nan)
    return pd.DataFrame({"low": low / safe, "high": high / safe}, index=events.index)


def beside_chance(events: pd.Series, base: pd.Series, *, false_share: float = 0.05) -> pd.Series:
    """Say of each place whether its rate is ``"above"`` or ``"below"`` that of all the others, or ``"chance"`` does.

    Given the number of events in all places, each place's is binomial where all rates are the same (Przyborowski &
    Wilenski 1940, doi:10.1093/biomet/31.3-4.313). Corrected for many tests (Benjamini & Hochberg 1995).
    """
    e, b, known = _known(events, base)
    state = np.full(len(e), CHANCE, dtype=object)
    total, n = b[known].sum(), e[known].sum()
    if known.sum() > 1 and n:
        share = b[known] / total
        below, above = scipy.stats.binom.cdf(e[known], n, share), scipy.stats.binom.sf(e[known] - 1, n, share)
        q = scipy.stats.false_discovery_control(np.minimum(2 * np.minimum(below, above), 1.0))
        state[known] = np.select([q > false_share, above < below], [CHANCE, ABOVE], BELOW)
    return pd.Series(state, index=events.index, name="beside_chance", dtype="str")


def share_beside_chance(met: int, n: int, met_before: int, n_before: int, *, false_share: float = 0.05) -> str:
    """Say whether a share is ``"above"`` or ``"below"`` another, or ``"chance"`` explains the difference.

    Exact, given both margins (Fisher 1935); nothing is told of none.
    """
    if not n or not n_before:
        return CHANCE
    table = [[met, n - met], [met_before, n_before - met_before]]
    if scipy.stats.fisher_exact(table).pvalue > false_share:
        return CHANCE
    return ABOVE if met * n_before > met_before * n else BELOW


def _known(events: pd.Series, base: pd.Series) -> tuple[Floats, Floats, NDArray[np.bool_]]:
    e, b = events.to_numpy(dtype=float), base.reindex(events.index).to_numpy(dtype=float)
    return e, b, b > 0


def _rate(e: Floats, b: Floats, known: NDArray[np.bool_]) -> Floats:
    rate: Floats = np.divide(e, b, out=np.full(len(e), np.nan), where=known)
    return rate


def _table(events: pd.Series, rate: Floats, mean: Floats, weight: Floats, known: NDArray[np.bool_]) -> pd.DataFrame:
    own = np.where(known, rate, 0.0)
    shrunk = np.where(known, mean + weight * (own - mean), np.nan)
    return pd.DataFrame({"rate": rate, "shrunk": shrunk, "weight": np.where(known, weight, np.nan)}, index=events.index)
