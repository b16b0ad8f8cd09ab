"""Issues as a list in the words of a language: what has to be done first stands first."""

from __future__ import annotations

import datetime as dt
from zoneinfo import ZoneInfo

import pandas as pd

from gridmap import crs, i18n
from gridmap.model import PathKind
from gridmap.services import community_data, issue_steps, layers, overview
from gridmap.services.community_data import CommunityData
from gridmap.services.overview import Filters

SIGNS = {"overdue": "■", "open": "●", "settled": "○"}
"""What stands before an issue's state: the form that it has on the map, so that colour is not all that tells."""
_DAY = dt.timedelta(days=1)
_STREET_M = 40.0  # from a street's middle to the far side of its pavement


def shown(data: CommunityData, filters: Filters, now: dt.datetime) -> pd.DataFrame:
    """Return the issues that the filters let through, in the order in which they want to be looked at.

    Overdue ones come first, the longest overdue before the others; then what is open, by its limit, the oldest first
    where there is none; then what is settled, the newest first.
    """
    rows = overview.issues_shown(data, filters, now)
    rank = rows["group"].map({"overdue": 0, "open": 1, "settled": 2})
    at = rows["reported_at"].astype("int64")
    limit = rows["due_at"].fillna(pd.Timestamp.max.tz_localize("UTC")).astype("int64")
    order = pd.DataFrame({"rank": rank, "limit": limit.where(rank < 2, -at), "at": at})
    return rows.loc[order.sort_values(["rank", "limit", "at"], kind="stable").index]


def table(data: CommunityData, rows: pd.DataFrame, *, language: str, now: dt.datetime) -> pd.DataFrame:
    """Return issues in words; index = id.

    Parameters
    ----------
    data
        The community, as far as the person sees it.
    rows
        Issues of it with their ``group``.
    language
        Language of headings and values.
    now
        The moment by which it is told how long is left; timezone-aware.
    """

    def each(name: str, prefix: str) -> pd.Series:
        words = {value: i18n.text(f"{prefix}.{value}", language) for value in rows[name].unique()}
        return rows[name].map(words)

    categories = {code: data.categories.label(code, language) for code in rows["category"].unique()}
    grids = data.grids["letter"] + " " + data.grids["name"]
    steps = issue_steps.in_words(rows, data, language)
    made = pd.DataFrame(
        {
            "state": rows["group"].map(SIGNS) + " " + each("state", "issue_state"),
            "left": [left(due, group, now, language) for due, group in zip(rows["due_at"], rows["group"], strict=True)],
            "text": rows["text"],
            "place": place(data, rows, language),
            "step": steps["step"],
            "owner": steps["owner"],
            "category": rows["category"].map(categories),
            "reported_at": rows["reported_at"],
            "due_at": rows["due_at"],
            "source": each("source", "issue_source"),
            "level": each("level", "issue_level"),
            "grid": community_data.named(rows["grid_id"], grids),
            "code": rows["code"],
            "order_number": rows["order_number"].fillna(""),
        },
        index=rows.index,
    )
    return made.rename(columns={name: heading(name, language) for name in made.columns})


def heading(name: str, language: str) -> str:
    """Return the heading of a column of `table`."""
    own = f"issues.column.{name}"
    return i18n.text(own if own in i18n.catalogue(language) else f"column.{name}", language)


def left(due: dt.datetime | None, group: str, now: dt.datetime, language: str) -> str:
    """Say how long is left until a limit, or by how much it has passed; "" where nothing waits for one."""
    if group == "settled" or due is None or pd.isna(due):
        return ""
    away = due - now
    late = away < dt.timedelta(0)
    size = abs(away)
    unit = "days" if size >= _DAY else "hours"
    n = int(size / _DAY) if size >= _DAY else int(size / dt.timedelta(hours=1))
    return i18n.text(f"issues.{'late' if late else 'left'}_{unit}", language, n=n)


def place(data: CommunityData, rows: pd.DataFrame, language: str) -> pd.Series:
    """Return where each issue is: its building, else its compound, its address as given, or its street and grid."""
    building = community_data.named(rows["building_id"], layers.building_titles(data.buildings, language))
    compound = community_data.named(rows["compound_id"], data.compounds["name"])
    told = building.where(building != "", compound.where(compound != "", rows["address"]))
    bare = rows[told == ""]
    grid = community_data.named(bare["grid_id"], data.grids["letter"] + " " + data.grids["name"])
    street = _street(data, bare)
    told[bare.index] = (street + " · " + grid).str.strip(" ·")
    return told


def _street(data: CommunityData, rows: pd.DataFrame) -> pd.Series:
    """Return the name of the street on which each issue lies; "" where none is near."""
    streets = data.paths[(data.paths["kind"] == PathKind.STREET.value) & (data.paths["name"] != "")]
    placed = rows.loc[~rows["geom"].is_empty, ["geom"]]
    told = pd.Series("", index=rows.index, dtype="str")
    if len(streets) and len(placed):
        near = crs.to_metric(placed).sjoin_nearest(crs.to_metric(streets[["name", "geom"]]), max_distance=_STREET_M)
        told.update(near["name"][~near.index.duplicated()])
    return told


def weeks(data: CommunityData, time_zone: str) -> list[dt.date]:
    """Return the Monday of each week from the first issue's to the present one."""
    if data.issues.empty:
        return []
    first = data.issues["reported_at"].min().astimezone(ZoneInfo(time_zone)).date()
    last = max(data.day, data.issues["reported_at"].max().astimezone(ZoneInfo(time_zone)).date())
    begin = monday(first)
    return [begin + 7 * n * _DAY for n in range((monday(last) - begin).days // 7 + 1)]


def monday(day: dt.date) -> dt.date:
    """Return the Monday of a day's week."""
    return day - day.weekday() * _DAY
