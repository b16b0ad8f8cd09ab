"""Issues as a list in the words of a language: what has to be done first stands first."""

from __future__ import annotations

import datetime as dt

import pandas as pd

from gridmap import catalogues, i18n
from gridmap.services import community_data, layers, overview
from gridmap.services.community_data import CommunityData
from gridmap.services.overview import Filters

SIGNS = {"overdue": "■", "open": "●", "settled": "○"}
"""What stands before an issue's state: the form that it has on the map, so that colour is not all that tells."""


def table(data: CommunityData, filters: Filters, *, language: str, now: dt.datetime) -> pd.DataFrame:
    """Return the issues that the filters let through; index = id, columns in words.

    Overdue ones come first, the longest overdue before the others; then what is open, by its limit; then what is
    settled, the newest first.

    Parameters
    ----------
    data
        The community, as far as the person sees it.
    filters
        What is shown.
    language
        Language of headings and values.
    now
        Moment by which an issue is overdue; timezone-aware.
    """
    rows = ordered(overview.issues_shown(data, filters, now))
    place = community_data.named(rows["building_id"], layers.building_titles(data.buildings, language))
    made = pd.DataFrame(
        {
            "state": [
                f"{SIGNS[group]} {i18n.text(f'issue_state.{state}', language)}"
                for group, state in zip(rows["group"], rows["state"], strict=True)
            ],
            "code": rows["code"],
            "text": rows["text"],
            "category": rows["category"].map(lambda code: catalogues.label("issue_categories", code, language)),
            "place": place,
            "due_at": rows["due_at"],
            "reported_at": rows["reported_at"],
        },
        index=rows.index,
    )
    return made.rename(columns={name: i18n.text(f"column.{name}", language) for name in made.columns})


def ordered(rows: pd.DataFrame) -> pd.DataFrame:
    """Return issues with their ``group`` in the order in which they want to be looked at."""
    rank = rows["group"].map({"overdue": 0, "open": 1, "settled": 2})
    settled = rows["group"] == "settled"
    newest_first = -rows["reported_at"].astype("int64")
    # Without a limit an open one waits behind those that have one, the oldest first.
    limit = rows["due_at"].fillna(pd.Timestamp.max.tz_localize("UTC")).astype("int64").where(~settled, newest_first)
    order = pd.DataFrame({"rank": rank, "limit": limit, "at": rows["reported_at"].astype("int64")})
    return rows.loc[order.sort_values(["rank", "limit", "at"], kind="stable").index]
