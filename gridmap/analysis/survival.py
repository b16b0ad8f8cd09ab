"""How long it takes, with those counted rightly that are not over yet: Kaplan & Meier's estimate."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
import scipy

from gridmap.errors import InputError


@dataclass(frozen=True, kw_only=True, eq=False)
class Survival:
    """How many are still open after a time.

    Parameters
    ----------
    table
        A row for each duration at which something ended or was last seen, index ``time`` in the unit of the durations:
        ``at_risk``, ``ended``, ``open`` (share still open just after), ``low`` and ``high`` (its interval; NaN where
        it cannot be told).
    n, ended
        How many there are; of these, how many are over.
    level
        Of the interval.
    """

    table: pd.DataFrame
    n: int
    ended: int
    level: float

    def by(self, share: float) -> tuple[float | None, float | None, float | None]:
        """Return after what time ``share`` of all are over, and the interval of that time (Brookmeyer & Crowley 1982).

        None where too few are over to tell: 0.5 gives the median.
        """
        if not 0 < share < 1:
            raise InputError("survival_share", share=f"{share:g}")
        return self._first("open", share), self._first("low", share), self._first("high", share)

    def _first(self, column: str, share: float) -> float | None:
        # 1 - 0.9 is a little less than 0.1, and 0.1 reached is enough.
        reached = self.table.index[self.table[column] <= 1 - share + 1e-12]
        return float(reached[0]) if len(reached) else None


def kaplan_meier(durations: pd.Series, ended: pd.Series, *, level: float = 0.95) -> Survival:
    """Estimate how many are still open after each duration.

    Kaplan & Meier (1958), doi:10.2307/2281868. The interval is Greenwood's (1926), on the scale of log(-log), which
    keeps it between 0 and 1 (Kalbfleisch & Prentice 2002, section 1.4).

    Parameters
    ----------
    durations
        How long each took, or how long it has been open; not negative, in any unit.
    ended
        Whether it is over. What is still open counts among those at risk for as long as it was seen, no longer.
    level
        Of the interval.

    Raises
    ------
    InputError
        If a duration is missing or negative.
    """
    time = durations.to_numpy(dtype=float)
    if not (time >= 0).all():
        raise InputError("survival_duration", n=int((~(time >= 0)).sum()))
    at, group = np.unique(time, return_inverse=True)
    over = np.bincount(group, weights=ended.reindex(durations.index).to_numpy(dtype=float), minlength=len(at))
    gone = np.bincount(group, minlength=len(at))
    at_risk = len(time) - np.concatenate([[0], np.cumsum(gone)[:-1]])[: len(at)]
    left = np.cumprod(1 - over / at_risk)
    with np.errstate(divide="ignore", invalid="ignore"):
        greenwood = np.cumsum(over / (at_risk * (at_risk - over)))
        spread = scipy.stats.norm.ppf((1 + level) / 2) * np.sqrt(greenwood) / np.log(left)
        low, high = left ** np.exp(-spread), left ** np.exp(spread)
    told = (left > 0) & (left < 1)
    # Before anything is over all are open; after the last one the formula tells nothing.
    low, high = np.where(told, low, np.where(left == 1, 1.0, np.nan)), np.where(told, high, left)
    table = pd.DataFrame(
        {"at_risk": at_risk.astype("int64"), "ended": over.astype("int64"), "open": left, "low": low, "high": high},
        index=pd.Index(at, name="time"),
    )
    table.loc[table["open"] == 0, "high"] = np.nan
    return Survival(table=table, n=len(time), ended=int(over.sum()), level=level)
