"""Figures of issues as tables and sentences in the words of a language, which claim no more than the data holds."""

from __future__ import annotations

from typing import Literal

import pandas as pd

from gridmap import i18n
from gridmap.analysis import hotspots, rates
from gridmap.services import issue_rates, sight
from gridmap.services.issue_alarms import Alarm
from gridmap.services.issue_figures import Closing, IssueFigures

Mode = Literal["issues", "hot_spots", "density"]
MODES: tuple[Mode, ...] = ("issues", "hot_spots", "density")
"""What the map of the figures shows."""
MOST = 0.9
"""Besides the median: after what time so many are closed."""


def say(key: str, language: str, **fields: object) -> str:
    """Return words of the figures of issues."""
    return i18n.text(f"issue_figures.{key}", language, **fields)


def classes(found: IssueFigures, mode: Mode, language: str) -> dict[str, str]:
    """Return what each sign of a building means."""
    if mode == "hot_spots":
        return {"2": say("hot", language), "0": say("neither", language), "1": say("cold", language)}
    if mode == "density" or "compound" not in found.rates:
        return {}
    return issue_rates.class_words(found.rates["compound"], language)


def dense(share: float, area_ha: float, language: str) -> str:
    """Say what one of the densest areas holds."""
    return say("dense", language, share=i18n.percent(share, language), area=f"{area_ha:.1f}")


def alarm(one: Alarm, language: str) -> str:
    """Say of an alarm where, since when, how many and how many were to be expected."""
    return say(
        "alarm" if one.until is None else "alarm.over",
        language,
        compound=one.compound,
        since=i18n.date(one.since, language),
        until="" if one.until is None else i18n.date(one.until, language),
        n=one.observed,
        expected=f"{one.expected:.1f}",
    )


def closing(one: Closing, language: str) -> str:
    """Say after how many days half and most of the issues are closed, or that too few are to tell."""
    if not one.n:
        return say("closing.none", language)
    median, low, high = one.curve.by(0.5)
    if median is None:
        return say("closing.open", language, n=one.n, open=one.open)
    most, _, _ = one.curve.by(MOST)
    return " ".join(
        [
            say("closing.half", language, days=days(median), low=days(low), high=days(high)),
            say("closing.most", language, days=days(most)) if most is not None else say("closing.most.open", language),
            say("closing.counted", language, n=one.n, open=one.open),
        ]
    )


def days(value: float | None) -> str:
    """Write days; what cannot be told is a question mark."""
    return "?" if value is None else f"{value:.1f}"


def hot(found: IssueFigures, language: str) -> str:
    """Say how many buildings lie among high rates, or that chance explains all differences."""
    if found.hot is None:
        return ""
    n = int((found.hot.state == hotspots.HOT).sum())
    if n:
        return say("hot.some", language, n=n, of=len(found.hot.state))
    return say("hot.none", language, n=found.n)


def beside(found: IssueFigures, by: issue_rates.By, language: str) -> str:
    """Say which places stand out, as many as are more than chance; and that the others do not."""
    rows = found.rates[by].table
    above = rows.loc[rows["beside"] == rates.ABOVE, "name"].tolist()
    if not above:
        return say("beside.none", language)
    return say(f"beside.{by}", language, names=above)


def map_said(found: IssueFigures, mode: Mode, language: str) -> str:
    """Say in a sentence what the map shows."""
    if mode == "hot_spots":
        return hot(found, language)
    if mode == "density":
        metres = 0.0 if found.dense is None else found.dense.bandwidth_m
        return say("dense.said", language, n=found.placed, of=found.n, metres=round(metres))
    return beside(found, "compound", language) if "compound" in found.rates else ""


def note(found: IssueFigures, name: str, language: str) -> str:
    """Say what a table of `table` counts, and what not."""
    kind, _, by = name.partition(".")
    if kind == "rates":
        rows = found.rates[by]
        if found.counts_only:
            # What is counted, less what is told, would be what is not.
            return say("note.rates.few", language, n=sight.FEWEST)
        return say("note.rates", language, n=rows.counted, elsewhere=rows.elsewhere)
    if kind == "closing" and found.timeless:
        return say("note.closing.timeless", language, n=found.timeless)
    return say(f"note.{kind}", language)


def table(found: IssueFigures, name: str, language: str) -> pd.DataFrame:
    """Return one of the tables: ``rates.`` and a kind of place, ``alarms``, ``closing``, ``source.`` week or grid."""
    kind, _, by = name.partition(".")
    if kind == "rates":
        return rate_table(found, by, language)
    if kind == "source":
        return source_table(found, by, language)
    return alarm_table(found, language) if kind == "alarms" else closing_table(found, language)


def rate_table(found: IssueFigures, by: str, language: str) -> pd.DataFrame:
    """Return rates as a table in the words of a language; a number that is not to be told is a word."""
    rows = found.rates[by].table
    issues: pd.Series = rows["issues"]
    if issues.isna().any():
        issues = issues.astype("object").where(issues.notna(), say("untold", language)).astype("str")
    return pd.DataFrame(
        {
            say(f"by.{by}", language): rows["name"],
            say("households", language): rows["households"],
            say("n", language): issues,
            say("rate", language): rows["rate"].astype("float64").round(2),
            say("shrunk", language): rows["shrunk"].astype("float64").round(2),
            say("low", language): rows["low"].astype("float64").round(2),
            say("high", language): rows["high"].astype("float64").round(2),
            say("beside", language): rows["beside"].map(lambda state: say(f"beside.{state}", language)),
        },
        index=rows.index,
    )


def alarm_table(found: IssueFigures, language: str) -> pd.DataFrame:
    """Return the alarms of the period as a table, indexed by compound."""
    rows = found.watched.alarms
    return pd.DataFrame(
        {
            say("by.compound", language): [one.compound for one in rows],
            say("since", language): [one.since.isoformat() for one in rows],
            say("raised", language): [one.raised.isoformat() for one in rows],
            say("until", language): [
                say("lasts", language) if one.until is None else one.until.isoformat() for one in rows
            ],
            say("observed", language): [one.observed for one in rows],
            say("expected", language): [round(one.expected, 1) for one in rows],
            say("households", language): [one.households for one in rows],
        },
        index=pd.Index([one.compound_id for one in rows], dtype="int64"),
    )


def closing_table(found: IssueFigures, language: str) -> pd.DataFrame:
    """Return times to close in days as a table; empty cells are times that too few closed issues tell."""
    rows = []
    for one in found.closing:
        median, low, high = one.curve.by(0.5)
        most, most_low, most_high = one.curve.by(MOST)
        name = found.categories.label(one.category, language) if one.category else say("all_categories", language)
        values = [median, low, high, most, most_low, most_high]
        rows.append([name, one.n, one.open, *(None if value is None else round(value, 1) for value in values)])
    names = ("category", "n", "open", "median", "median_low", "median_high", "most", "most_low", "most_high")
    return pd.DataFrame(rows, columns=[say(name, language) for name in names])


def source_table(found: IssueFigures, by: str, language: str) -> pd.DataFrame:
    """Return the share found at the source by ``week`` or ``grid`` as a table, in percent."""
    rows = found.source_week if by == "week" else found.source_grid
    named = [one.date().isoformat() if isinstance(one, pd.Timestamp) else str(one) for one in rows.index]
    return pd.DataFrame(
        {
            say(f"by.{by}", language): named,
            say("at_source_n", language): rows["n"].to_numpy(),
            say("found", language): rows["found"].to_numpy(),
            **{
                say(name, language): (rows[column] * 100).round(1).to_numpy()
                for name, column in (("share", "share"), ("share_low", "low"), ("share_high", "high"))
            },
        }
    )
