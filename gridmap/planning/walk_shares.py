"""Shares and rates of what walks came to, each with the interval in which the one behind it may lie."""

from __future__ import annotations

from dataclasses import dataclass

import scipy

_LEVEL = 0.95


@dataclass(frozen=True, kw_only=True)
class Share:
    """So many of so many, and the limits between which the share behind them may lie.

    Parameters
    ----------
    part, n
        How many, of how many.
    share, low, high
        The share and its 95 % interval (Wilson 1927, doi:10.1080/01621459.1927.10502953); None of none.
    """

    part: int
    n: int
    share: float | None
    low: float | None
    high: float | None

    @classmethod
    def of(cls, part: int, n: int) -> Share:
        """Work out the share; of nothing there is none."""
        if n == 0:
            return cls(part=0, n=0, share=None, low=None, high=None)
        told = scipy.stats.binomtest(part, n).proportion_ci(_LEVEL, method="wilson")
        return cls(part=part, n=n, share=part / n, low=float(told.low), high=float(told.high))


@dataclass(frozen=True, kw_only=True)
class Rate:
    """So many in so many hours.

    Parameters
    ----------
    n, hours
        How many, in how many hours.
    rate, low, high
        A number an hour, and its exact 95 % interval (Garwood 1936, doi:10.2307/2333958); None where no hour is known.
    """

    n: int
    hours: float
    rate: float | None
    low: float | None
    high: float | None

    @classmethod
    def of(cls, n: int, hours: float) -> Rate:
        """Work out the rate; without any hour there is none."""
        if not hours > 0:
            return cls(n=n, hours=0.0, rate=None, low=None, high=None)
        tail = (1 - _LEVEL) / 2
        low = float(scipy.stats.chi2.ppf(tail, 2 * n)) / 2 if n else 0.0
        high = float(scipy.stats.chi2.ppf(1 - tail, 2 * n + 2)) / 2
        return cls(n=n, hours=hours, rate=n / hours, low=low / hours, high=high / hours)
