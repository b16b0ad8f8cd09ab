"""When households in need were visited last, who is due, and how many there are of what need."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from enum import StrEnum
from typing import Any

import pandas as pd

from gridmap import catalogues, i18n
from gridmap.analysis import indicators
from gridmap.services import community_data, layers, sight, walk_reasons
from gridmap.services.community_data import CommunityData

_WEEK_D = 7


class Due(StrEnum):
    """Whether a household is to be visited."""

    OVERDUE = "overdue"
    THIS_WEEK = "this_week"
    LATER = "later"


def last_visits(data: CommunityData) -> dict[int, dt.date]:
    """Return on what day each household in need was visited last, by its number.

    A household was visited where a stop that was made for it reached somebody, or one without reasons at its building,
    or where help was given that is a visit (``care_helps``).
    """
    meant: dict[int, dt.date] = {}
    plain: dict[int, dt.date] = {}
    for stop, row in indicators.visits(data.stops, data.walks).iterrows():
        told = walk_reasons.read(data.stops.at[stop, "why"])
        building = row["building_id"]
        days, ids = (
            (meant, walk_reasons.households(told)) if told else (plain, () if pd.isna(building) else (int(building),))
        )
        for one in ids:
            days[one] = max(row["day"], days.get(one, row["day"]))
    visits = {code for code, entry in catalogues.entries("care_helps").items() if entry["visit"]}
    helped = data.helps[data.helps["kind"].isin(visits) & (data.helps["day"] <= data.day)]
    given: Mapping[Any, dt.date] = helped.groupby("care_household_id")["day"].max().to_dict()
    found = {}
    for number, building in data.care["building_id"].items():
        known = (meant.get(int(str(number))), plain.get(int(building)), given.get(number))
        days_known = [one for one in known if one is not None]
        if days_known:
            found[int(str(number))] = max(days_known)
    return found


def rows(data: CommunityData) -> pd.DataFrame:
    """Return a row for each household in need that is seen, who is due first: index = its number.

    Columns: ``grid_id``, ``building_id``, ``unit``, ``need``, ``interval_days``, ``last`` and ``due_on`` (None where it
    was never visited: then it is overdue), ``state``, ``days`` that it is late (below zero: still to go; missing where
    it was never visited).
    """
    last = last_visits(data)
    sunday = data.day + dt.timedelta(days=_WEEK_D - data.day.isoweekday())
    made = data.care.assign(grid_id=data.care["building_id"].map(data.buildings["grid_id"]).astype("Int64"))
    visited = [last.get(int(str(number))) for number in made.index]
    due = [
        None if at is None else at + dt.timedelta(days=int(every))
        for at, every in zip(visited, made["interval_days"], strict=True)
    ]
    states = [
        Due.OVERDUE if at is None or at < data.day else Due.THIS_WEEK if at <= sunday else Due.LATER for at in due
    ]
    made = made.assign(
        last=pd.Series(visited, made.index, dtype="object"),
        due_on=pd.Series(due, made.index, dtype="object"),
        state=[one.value for one in states],
        days=pd.Series([None if at is None else (data.day - at).days for at in due], made.index, dtype="Int64"),
    )
    rank = made["days"].astype("Float64").fillna(float("inf"))
    return made.assign(rank=rank).sort_values("rank", ascending=False, kind="stable").drop(columns="rank")


def table(data: CommunityData, found: pd.DataFrame, names: Mapping[int, str], language: str) -> pd.DataFrame:
    """Return households in words; ``names`` are masked."""
    titles = layers.building_titles(data.buildings, language)
    columns = {
        "state": [state_words(row, language) for _, row in found.iterrows()],
        "grid": community_data.named(found["grid_id"], data.grids["letter"] + " " + data.grids["name"]),
        "building": community_data.named(found["building_id"], titles),
        "unit": found["unit"],
        "person": [names.get(int(str(number)), "") for number in found.index],
        "need": [catalogues.label("care_needs", need, language) for need in found["need"]],
        "interval": found["interval_days"],
        "last": found["last"],
        "due_on": found["due_on"],
    }
    words = {name: i18n.text(f"care.column.{name}", language) for name in columns}
    return pd.DataFrame(columns, index=found.index).rename(columns=words)


def state_words(row: Any, language: str) -> str:
    """Say whether a household is due, and by how much."""
    if pd.isna(row["days"]):
        return i18n.text("care.state.never", language)
    if row["state"] == Due.LATER:
        return i18n.text("care.state.later", language)
    late = int(row["days"])
    if late > 0:
        return i18n.text("care.state.late", language, n=late)
    return i18n.text("care.state.this_week", language, day=i18n.weekday(row["due_on"], language))


def counts(data: CommunityData, found: pd.DataFrame, by: str, language: str) -> pd.DataFrame:
    """Return how many households there are, and how many overdue, by ``need`` or ``grid``: none below three is told.

    Parts that are too few go together; where those are still too few, or would be known from the whole, the next
    smallest goes with them. Overdue ones are told where neither they nor the others are too few.
    """
    keys = found["need"] if by == "need" else found["grid_id"].astype("object").where(found["grid_id"].notna(), None)
    late = found["state"] == Due.OVERDUE.value
    sums = pd.DataFrame({"key": keys, "n": 1, "late": late.astype(int)}).groupby("key", dropna=False).sum()
    sums = sums.sort_values("n", kind="stable")
    small = int((sums["n"] < sight.FEWEST).sum())
    together = sums.iloc[:small]
    while 0 < len(together) < len(sums) and together["n"].sum() < sight.FEWEST:
        together = sums.iloc[: len(together) + 1]
    alone = sums.iloc[len(together) :].sort_values("n", ascending=False, kind="stable")
    lines = [(_named(data, key, by, language), int(row["n"]), int(row["late"])) for key, row in alone.iterrows()]
    if len(together):
        n = int(together["n"].sum())
        lines.append((i18n.text("care.together", language), n if n >= sight.FEWEST else 0, int(together["late"].sum())))
    fewer = i18n.text("care.fewer", language, n=sight.FEWEST)
    heads = [i18n.text(f"care.column.{name}", language) for name in (by, "households", "overdue")]
    cells = [
        (
            name,
            i18n.number(n, language) if n else fewer,
            fewer if not n or sight.few(late, n - late) else i18n.number(late, language),
        )
        for name, n, late in lines
    ]
    return pd.DataFrame(cells, columns=heads)


def _named(data: CommunityData, key: Any, by: str, language: str) -> str:
    if by == "need":
        return catalogues.label("care_needs", str(key), language)
    if pd.isna(key):
        return i18n.text("care.no_grid", language)
    return f"{data.grids.at[key, 'letter']} {data.grids.at[key, 'name']}"
