"""What each further service point gains: the answers for none, one, two ... more, side by side."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from gridmap import i18n
from gridmap.analysis import siting
from gridmap.services.siting_plan import Ground

LONGEST = 10
"""So many are told at most where it is not said how many."""


@dataclass(frozen=True, kw_only=True)
class Rung:
    """One step of the curve.

    Parameters
    ----------
    n
        How many new ones.
    value
        Households covered (``mclp``), metres that a household walks on average (``pmedian``) or at most (``pcenter``).
    gain
        What it is better by than one fewer; None where there is no such answer.
    optimal
        Whether it is proven that nothing is better.
    """

    n: int
    value: float
    gain: float | None
    optimal: bool


@dataclass(frozen=True, kw_only=True)
class Curve:
    """What each further one gains.

    Parameters
    ----------
    objective
        What ``value`` means: ``mclp``, ``pmedian`` or ``pcenter``.
    households
        All that were counted.
    rungs
        From none (or as few as will do) upwards.
    over
        Whether it ends since one more would gain nothing.
    """

    objective: str
    households: int
    rungs: tuple[Rung, ...]
    over: bool


def of(
    ground: Ground, up_to: int | None = None, *, seconds: float | None = None, progress: siting.Progress | None = None
) -> Curve:
    """Work the curve out, up to ``up_to`` new ones.

    Where all are to be covered, the fewest are looked for; each step is told by the households that so many cover.
    """
    asked, wish = ground.asked, ground.wish
    counted = siting.Objective.MCLP if asked.objective == siting.Objective.LSCP else asked.objective
    most = max(wish.add + 2, 5) if up_to is None else up_to
    steps = siting.curve(
        replace(asked, objective=counted, add=0),
        min(most, LONGEST if up_to is None else up_to, len(ground.places)),
        seconds=wish.seconds if seconds is None else seconds,
        seed=wish.seed,
        progress=progress,
    )
    total = int(asked.households.sum())
    share = 1.0 / max(total, 1) if counted == siting.Objective.PMEDIAN else 1.0
    rungs: list[Rung] = []
    for n, step in enumerate(steps):
        if step.value is None:
            continue
        value = step.value * share
        gain = None if not rungs else (value - rungs[-1].value if asked_for_more(counted) else rungs[-1].value - value)
        rungs.append(Rung(n=n, value=value, gain=gain, optimal=step.status == siting.Status.OPTIMAL))
    over = len(rungs) > 1 and rungs[-1].gain == 0 and rungs[-1].optimal and asked_for_more(counted)
    return Curve(objective=str(counted), households=total, rungs=tuple(rungs[:-1] if over else rungs), over=over)


def asked_for_more(objective: siting.Objective | str) -> bool:
    """Tell whether a larger value is better."""
    return objective == siting.Objective.MCLP


def lines(told: Curve, language: str) -> list[str]:
    """Put the curve into sentences, one a step."""
    said = []
    for one in told.rungs:
        gain = shown(0.0 if one.gain is None else one.gain, told)
        line = i18n.text(
            f"siting.curve.{told.objective}.{'first' if one.gain is None else 'step'}",
            language,
            n=one.n,
            value=shown(one.value, told),
            gain=gain,
            share=i18n.percent(one.value / max(told.households, 1), language),
        )
        unproven = "" if one.optimal else i18n.text("siting.curve.unproven", language)
        said.append(f"{line} {unproven}".strip() if language == "en" else line + unproven)
    if told.over:
        said.append(i18n.text("siting.curve.over", language))
    return said


def shown(value: float, told: Curve) -> int | float:
    """Round as a person says it: whole households, whole metres."""
    return int(np.round(value)) if abs(value) >= 10 or told.objective == "mclp" else round(value, 1)


def table(told: Curve, language: str) -> pd.DataFrame:
    """Return a row a step, in words of the page."""

    def say(key: str) -> str:
        return i18n.text(f"siting.curve.column.{key}", language)

    kind = "households" if told.objective == "mclp" else "metres"
    return pd.DataFrame(
        {
            say("n"): [one.n for one in told.rungs],
            say(f"{told.objective}.value"): [shown(one.value, told) for one in told.rungs],
            say(f"gain.{kind}"): [None if one.gain is None else shown(one.gain, told) for one in told.rungs],
            say("sure"): [
                i18n.text(f"siting.curve.{'proven' if one.optimal else 'best_found'}", language) for one in told.rungs
            ],
        }
    )
