"""What came of a community's walks, as far as a person sees it: figures, tables, and what to change, in words."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

import pandas as pd

from gridmap import i18n
from gridmap.model import StopOutcome
from gridmap.planning import walk_review
from gridmap.planning.walk_review import Care, Review, Source
from gridmap.planning.walk_shares import Rate, Share
from gridmap.services import layers, sight, walk_list
from gridmap.services.community_data import CommunityData
from gridmap.services.sight import Sight

Weeks = Literal[1, 4, 12]
WEEKS: tuple[Weeks, ...] = (1, 4, 12)
"""Lengths of the period that can be asked for."""
TABLES = ("walks", "grids", "buildings", "source")
"""The tables of a review."""
SIGNS = {walk_review.RECENT: "3", walk_review.IN_TIME: "2", walk_review.LATE: "1", walk_review.NEVER: "0"}
"""The sign by which the map draws a building."""
PROBABLE = 0.05
"""A difference more probable than this by chance alone is not called one."""
_NAMED = 5


@dataclass(frozen=True, kw_only=True, eq=False)
class Reviewed:
    """A review with what its words need.

    Parameters
    ----------
    review
        The figures.
    data
        The community, narrowed to what they are of.
    partly
        Names of the grids that they are of; empty for the whole community.
    counts_only
        Whether the person sees numbers of issues only: none below three is told then.
    """

    review: Review
    data: CommunityData
    partly: tuple[str, ...]
    counts_only: bool


def monday(day: dt.date) -> dt.date:
    """Return the Monday of a day's week."""
    return day - dt.timedelta(days=day.weekday())


def latest_week(data: CommunityData) -> dt.date:
    """Return the Monday of the week of which there is something to tell: that of the last walk that was held."""
    told = data.stops.loc[data.stops["outcome"] != StopOutcome.PENDING.value, "walk_id"]
    days = [day for day in data.walks.loc[data.walks.index.isin(told), "day"] if day <= data.day]
    return monday(max(days, default=data.day))


def of(
    data: CommunityData, whole: CommunityData, seen: Sight, *, week: dt.date, weeks: int, interval_days: int, zone: str
) -> Reviewed:
    """Say what came of the walks of some weeks.

    Parameters
    ----------
    data
        The community as far as the person sees it.
    whole
        All of it: numbers of issues are counted in it for those who see no issue.
    seen
        What the person sees.
    week
        A day of the last week of the period.
    weeks
        How many weeks the period has.
    interval_days
        A building is to be visited again within so many days.
    zone
        Time zone in which a day begins.
    """
    counts_only = not seen.layer("issues")
    reach = seen.staff
    grids, walks, buildings = data.grids, data.walks, data.buildings
    issues = whole.issues if counts_only else data.issues
    if reach is not None:
        grids, walks = grids[grids.index.isin(reach)], walks.loc[walk_list.within(data, reach, altogether=True)]
        buildings, issues = buildings[buildings["grid_id"].isin(reach)], issues[issues["grid_id"].isin(reach)]
    last = monday(week) + dt.timedelta(days=6)
    review = walk_review.of(
        walks,
        # Whoever walked past another grid's border has visited that building all the same.
        data.stops[data.stops["walk_id"].isin(walks.index) | data.stops["building_id"].isin(buildings.index)],
        buildings,
        issues,
        data.care[data.care["building_id"].isin(buildings.index)],
        grids=grids.index,
        start=last - dt.timedelta(days=7 * weeks - 1),
        end=last,
        today=data.day,
        interval_days=interval_days,
        zone=zone,
    )
    return Reviewed(
        review=review,
        data=data,
        partly=() if reach is None else tuple(grids["letter"] + " " + grids["name"]),
        counts_only=counts_only,
    )


def say(key: str, language: str, **fields: object) -> str:
    """Return words of the review."""
    return i18n.text(f"walk_review.{key}", language, **fields)


def period(found: Reviewed, language: str) -> str:
    """Say which days and which grids are told of."""
    review = found.review
    days = say("period", language, start=i18n.date(review.start, language), end=i18n.date(review.end, language))
    return " · ".join([days, *([i18n.listed(found.partly, language)] if found.partly else [])])


def few(found: Reviewed, n: int) -> bool:
    """Whether a number of issues is too small to be told to the person."""
    return found.counts_only and 0 < n < sight.FEWEST


def care_told(care: Care | None) -> bool:
    """Whether it can be told how many households in need were kept, without telling of one or two.

    Who is late follows from all and kept, so none of the three may be small.
    """
    if care is None or care.kept.n < sight.FEWEST:
        return False
    return not any(0 < n < sight.FEWEST for n in (care.kept.part, care.kept.n - care.kept.part))


def interval(share: Share, language: str) -> str:
    """Write of how many a share is, and its interval."""
    if share.low is None or share.high is None:
        return say("of_none", language)
    low, high = i18n.percent(share.low, language), i18n.percent(share.high, language)
    return say("of", language, part=share.part, n=share.n, low=low, high=high)


def percent(share: Share, language: str) -> str:
    """Write a share; of nothing there is none."""
    return "—" if share.share is None else i18n.percent(share.share, language)


def figures(found: Reviewed, language: str) -> list[tuple[str, str, str, str]]:
    """Return the figures at a glance: label, value, what it is of, and tone."""
    review = found.review
    cells = [
        (
            say("reached", language), percent(review.reached, language), interval(review.reached, language), "",
        ),
        (
            say("held", language), i18n.number(review.held, language),
            say("held.small", language, called_off=review.called_off, unrecorded=review.unrecorded),
            "bad" if review.unrecorded else "",
        ),
        (say("found", language), *_found(found, language), ""),
        (say("visited", language), percent(review.visited, language), interval(review.visited, language), ""),
    ]  # fmt: skip
    if review.care is not None and review.care.kept.n:
        told = care_told(review.care)
        cells.append(
            (
                say("care", language), percent(review.care.kept, language) if told else "—",
                interval(review.care.kept, language) if told else say("of_few", language),
                "bad" if told and review.care.kept.part < review.care.kept.n else "",
            )
        )  # fmt: skip
    source = review.source
    hidden = _source_hidden(found, source)
    cells.append(
        (
            say("source", language), "—" if hidden else percent(source.now, language),
            say("of_few", language) if hidden else _before(source, language), "",
        )
    )  # fmt: skip
    return cells


def changes(found: Reviewed, language: str) -> list[str]:
    """Return what the figures say should be changed, a sentence each, the most pressing first."""
    review = found.review
    if review.empty:
        return [say("change.no_walks", language)]
    made = [*_missed(found, language), *_places(found, language)]
    if (care := review.care) is not None and care_told(care) and (late := care.kept.n - care.kept.part):
        made.append(say("change.care", language, n=late, of=care.kept.n))
    if not made:
        made.append(say("change.nothing", language))
    return made


def findings(found: Reviewed, language: str) -> list[str]:
    """Return in sentences what was found and what became of the share at the source, as far as chance allows."""
    review = found.review
    made = []
    rate = review.found
    if rate.rate is not None and not few(found, rate.n):
        made.append(
            say(
                "said.found", language, n=rate.n, hours=_one(rate.hours, language), rate=_one(rate.rate, language),
                low=_one(rate.low, language), high=_one(rate.high, language),
            )
        )  # fmt: skip
    source = review.source
    if source.now.n and source.before.n and not _source_hidden(found, source):
        certain = source.chance is not None and source.chance < PROBABLE
        more = (source.now.share or 0.0) > (source.before.share or 0.0)
        key = "chance" if not certain else "more" if more else "less"
        made.append(
            say(
                f"said.source.{key}", language, now=percent(source.now, language), n=source.now.n,
                before=percent(source.before, language), m=source.before.n,
            )
        )  # fmt: skip
    return made


def table(found: Reviewed, name: str, language: str) -> pd.DataFrame:
    """Return one of `TABLES` in the words of a language."""
    made: dict[str, Callable[[Reviewed, str], pd.DataFrame]] = {
        "walks": _walks, "grids": _grids, "buildings": _buildings, "source": _sources,
    }  # fmt: skip
    return made[name](found, language)


def signs(found: Reviewed) -> str:
    """Return one sign a building in the layer's order: how it stands by its last visit; - for those not told of."""
    placed = found.data.buildings.index[~found.data.buildings.geometry.is_empty]
    return "".join(found.review.buildings["state"].map(SIGNS).reindex(placed).fillna("-"))


def sign_words(found: Reviewed, language: str) -> dict[str, str]:
    """Return what each sign of a building means."""
    days = found.review.interval_days
    return {
        sign: say(f"visit.{state}", language, days=days)
        for state, sign in sorted(SIGNS.items(), key=lambda one: one[1])
    }


def _found(found: Reviewed, language: str) -> tuple[str, str]:
    rate: Rate = found.review.found
    if rate.rate is None:
        return "—", say("no_hours", language)
    if few(found, rate.n):
        return "—", say("of_few", language)
    return _one(rate.rate, language), say(
        "found.small", language, n=rate.n, hours=_one(rate.hours, language), low=_one(rate.low, language),
        high=_one(rate.high, language),
    )  # fmt: skip


def _before(source: Source, language: str) -> str:
    if source.before.share is None:
        return say("source.small.none", language, n=source.now.n)
    return say("source.small", language, n=source.now.n, before=percent(source.before, language), m=source.before.n)


def _source_hidden(found: Reviewed, source: Source) -> bool:
    sides = (source.now, source.before)
    return any(few(found, n) for side in sides for n in (side.part, side.n, side.n - side.part))


def _missed(found: Reviewed, language: str) -> list[str]:
    review, made = found.review, []
    if review.unrecorded:
        made.append(say("change.unrecorded", language, n=review.unrecorded))
    missed = review.reached.n - review.reached.part
    if missed:
        told = [
            say("missed.n", language, outcome=i18n.text(f"stop_outcome.{outcome}", language), n=n)
            for outcome, n in review.stops.items()
            if n and not StopOutcome(outcome).reached
        ]
        made.append(say("change.missed", language, n=missed, of=review.reached.n, why=i18n.listed(told, language)))
    if (n := review.stops[StopOutcome.NOBODY_HOME.value]) >= sight.FEWEST:
        made.append(say("change.nobody_home", language, n=n))
    if len(review.no_access):
        rows = found.data.buildings.loc[review.no_access.index[:_NAMED].intersection(found.data.buildings.index)]
        names = i18n.listed(layers.building_titles(rows, language).tolist(), language)
        made.append(say("change.no_access", language, n=int(review.no_access.sum()), names=names))
    return made


def _places(found: Reviewed, language: str) -> list[str]:
    grids, made = found.review.grids, []
    names = found.data.grids["letter"] + " " + found.data.grids["name"]
    unwalked = grids.index[(grids["walks"] == 0) & (grids["buildings"] > 0)]
    if len(unwalked):
        made.append(say("change.grids", language, names=i18n.listed(names[unwalked].tolist(), language)))
    behind = grids["late"] + grids["never"]
    if n := int(behind.sum()):
        most = behind.sort_values(ascending=False, kind="stable").index[0]
        made.append(
            say(
                "change.behind", language, n=n, late=int(grids["late"].sum()), never=int(grids["never"].sum()),
                days=found.review.interval_days, grid=names[most], most=int(behind[most]),
            )
        )  # fmt: skip
    return made


def _walks(found: Reviewed, language: str) -> pd.DataFrame:
    rows, data = found.review.walks, found.data
    names = data.grids["letter"] + " " + data.grids["name"]
    columns = {
        say("column.day", language): rows["day"],
        say("column.half", language): rows["half"].map(lambda half: i18n.text(f"half.{half}", language)),
        say("column.grid", language): rows["grid_id"].map(names).fillna(""),
        say("column.state", language): rows["state"].map(lambda state: i18n.text(f"walk_state.{state}", language)),
        say("column.stops", language): rows["stops"],
        **{i18n.text(f"stop_outcome.{one}", language): rows[one] for one in walk_review.OUTCOMES},
        say("column.planned_hours", language): rows["planned_hours"].round(1),
        say("column.hours", language): rows["hours"].round(1),
        say("column.walk_m", language): rows["walk_m"].round().astype("Int64"),
    }
    return pd.DataFrame(columns, index=rows.index)


def _grids(found: Reviewed, language: str) -> pd.DataFrame:
    rows, data, review = found.review.grids, found.data, found.review
    care = [review.care_grids.get(int(grid)) for grid in rows.index]
    told = [
        f"{one.kept.part} / {one.kept.n}" if one is not None and care_told(one) else "" if one is None else "<3"
        for one in care
    ]
    issues: list[int | str] = [f"<{sight.FEWEST}" if few(found, n) else n for n in rows["found"].tolist()]
    made = pd.DataFrame(
        {
            say("column.grid", language): (data.grids["letter"] + " " + data.grids["name"]).reindex(rows.index),
            say("column.walks", language): rows["walks"],
            say("column.stops", language): rows["stops"],
            say("column.reached", language): rows["reached"],
            say("column.hours", language): rows["hours"].round(1),
            say("column.found", language): [str(n) for n in issues] if found.counts_only else issues,
            say("column.buildings", language): rows["buildings"],
            say("column.visited", language): rows["visited"],
            say("column.late", language): rows["late"],
            say("column.never", language): rows["never"],
            say("column.median", language): rows["median_days"].round(0).astype("Int64"),
        },
        index=rows.index,
    )
    return made.assign(**{say("column.care", language): told}) if any(told) else made


def _buildings(found: Reviewed, language: str) -> pd.DataFrame:
    """Return the buildings, those longest unvisited first."""
    rows, data = found.review.buildings, found.data
    order = rows["days"].fillna(float("inf")).sort_values(ascending=False, kind="stable").index
    rows = rows.loc[order]
    names = data.grids["letter"] + " " + data.grids["name"]
    words = {state: say(f"visit.{state}", language, days=found.review.interval_days) for state in walk_review.VISITS}
    return pd.DataFrame(
        {
            say("column.building", language): layers.building_titles(data.buildings.loc[order], language),
            say("column.grid", language): rows["grid_id"].map(names).fillna(""),
            say("column.households", language): rows["households"],
            say("column.last", language): rows["last"],
            say("column.days", language): rows["days"].astype("Int64"),
            say("column.visits", language): rows["visits"],
            say("column.standing", language): rows["state"].map(words),
        },
        index=rows.index,
    )


def _sources(found: Reviewed, language: str) -> pd.DataFrame:
    review = found.review
    names = found.data.grids["letter"] + " " + found.data.grids["name"]
    sides = [(say("all_grids", language), review.source)]
    sides += [(str(names[grid]), one) for grid, one in review.source_grids.items()]
    rows = [
        [name, one.now.part, one.now.n, percent(one.now, language), one.before.part, one.before.n,
         percent(one.before, language), None if one.chance is None else round(one.chance, 2)]
        for name, one in sides
        if not _source_hidden(found, one)
    ]  # fmt: skip
    columns = ("grid", "at_source", "counted", "share", "at_source_before", "counted_before", "share_before", "chance")
    return pd.DataFrame(rows, columns=[say(f"column.{name}", language) for name in columns])


def _one(value: float | None, language: str) -> str:
    return "—" if value is None else i18n.number(value, language, 1)
