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
from gridmap.services.issue_catalogue import Categories

_SEARCHED = ("code", "order_number", "text", "address", "handler", "handling", "note", "callback")


def known(code: str, categories: Categories) -> bool:
    """Whether there is such a category, of either level."""
    return code in categories.entries or code in categories.groups


def members(codes: Collection[str], categories: Categories) -> frozenset[str]:
    """Return categories with all that belong to them: the upper of the two levels means the lower as well."""
    return frozenset(codes) | {code for code, one in categories.entries.items() if one.group in codes}


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
    return pd.Series(said, index=data.issues.index, dtype=str)


def _plain(text: str) -> str:
    return unicodedata.normalize("NFKC", text).casefold()
