"""Which issues a filter's words, categories and days mean."""

from __future__ import annotations

import datetime as dt
import unicodedata
from collections.abc import Collection
from functools import lru_cache
from zoneinfo import ZoneInfo

import pandas as pd

from gridmap import settings
from gridmap.services import layers
from gridmap.services.community_data import CommunityData

GROUP = "g-"
"""Stands before the code of a group of categories where categories are asked for."""
_SEARCHED = ("code", "order_number", "text", "address", "handler", "handling", "note", "callback")


def choices(data: CommunityData) -> list[str]:
    """Return what categories can be asked for: each group that has any, with ``GROUP`` before its code, then its own.

    What the community has retired is there while there are issues of it.
    """
    there = set(data.issues["category"])
    asked = [one for one in data.categories.entries.values() if one.live or one.code in there]
    made: list[str] = []
    for group in data.categories.groups:
        mine = [one.code for one in asked if one.group == group]
        made += [GROUP + group, *mine] if mine else []
    return [*made, *sorted(there - {one.code for one in asked})]


def label(data: CommunityData, code: str, language: str) -> str:
    """Return what a category or a group of them is called."""
    if code.startswith(GROUP):
        return data.categories.group_label(code.removeprefix(GROUP), language)
    return data.categories.label(code, language)


def members(data: CommunityData, codes: Collection[str]) -> frozenset[str]:
    """Return the categories that ``codes`` mean: themselves, and of a group all that belong to it."""
    groups = {code.removeprefix(GROUP) for code in codes if code.startswith(GROUP)}
    lower = {code for code, one in data.categories.entries.items() if one.group in groups}
    return frozenset(codes) | lower


def reported_within(issues: pd.DataFrame, since: dt.date | None, until: dt.date | None) -> pd.Series:
    """Say of each issue whether it was reported on one of these days, both among them, by the community's own clock."""
    zone = ZoneInfo(settings.from_environment().time_zone)
    inside = pd.Series(True, index=issues.index)
    if since is not None:
        inside &= issues["reported_at"] >= dt.datetime.combine(since, dt.time(), zone)
    if until is not None:
        after = dt.datetime.combine(until, dt.time(), zone) + dt.timedelta(days=1)
        inside &= issues["reported_at"] < after
    return inside


def holding(data: CommunityData, issues: pd.DataFrame, text: str) -> pd.DataFrame:
    """Return the issues that hold every word of ``text``, in whatever width and case it is written.

    Code and order number, text, address and notes are searched, and what the building is called; of texts, only what
    everybody may read.
    """
    for word in _plain(text).split():
        said = _searched(data).loc[issues.index]
        issues = issues[said.str.contains(word, regex=False).to_numpy()]
    return issues


@lru_cache(maxsize=8)
def _searched(data: CommunityData) -> pd.Series:
    """Return all words of each issue; communities are told apart as objects, and never change."""
    buildings = layers.building_titles(data.buildings, "zh").to_dict()
    columns = [data.issues[name].fillna("").astype(str).tolist() for name in _SEARCHED]
    at = [buildings.get(number, "") for number in data.issues["building_id"]]
    said = [_plain("\n".join(cells)) for cells in zip(*columns, at, strict=True)]
    found = pd.Series(said, index=data.issues.index, dtype=str)
    # Whoever looks for a double by its number finds what it was folded into.
    for into, double in data.doubles.groupby("merged_into_id"):
        if into in found.index:
            cells = double[["code", "order_number", "text"]].fillna("").to_numpy().ravel()
            found[into] = "\n".join([found[into], *(_plain(str(cell)) for cell in cells)])
    return found


def _plain(text: str) -> str:
    return unicodedata.normalize("NFKC", text).casefold()
