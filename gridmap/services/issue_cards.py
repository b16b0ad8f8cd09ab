"""What the card of an issue tells of its course."""

from __future__ import annotations

import datetime as dt

import pandas as pd

from gridmap import i18n
from gridmap.model import IssueState
from gridmap.services import place_cards
from gridmap.services.community_data import CommunityData
from gridmap.services.sight import Sight

_MOVES = 5
_DAY, _HOUR = dt.timedelta(days=1), dt.timedelta(hours=1)


def history(data: CommunityData, number: int, seen: Sight, grid_id: int | None, language: str, time_zone: str) -> str:
    """Return the moves of an issue, a line each, the newest first; of many only the newest.

    A line says when, the state, by whom where that may be told, and the note.
    """
    moves = data.events[data.events["issue_id"] == number].sort_values("at", ascending=False, kind="stable")
    told = []
    for _, move in moves.head(_MOVES).iterrows():
        parts = [
            i18n.time(move["at"], language, time_zone),
            i18n.text(f"issue_state.{move['to_state']}", language),
            place_cards.colleague(data, move["actor_id"], seen, grid_id),
            move["note"],
        ]
        told.append(" · ".join(part for part in parts if part))
    if len(moves) > _MOVES:
        told.append(i18n.text("card.moves_more", language, n=len(moves) - _MOVES))
    return "\n".join(told)


def took(data: CommunityData, number: int, language: str) -> str:
    """Return how long a closed issue took from its record; "" while it is not closed."""
    row = data.issues.loc[number]
    if row["state"] != IssueState.CLOSED.value or pd.isna(row["closed_at"]):
        return ""
    lasted = max(row["closed_at"] - row["reported_at"], dt.timedelta(0))
    if lasted < _HOUR:
        return i18n.text("card.took_under_hour", language)
    if lasted < 2 * _DAY:
        return i18n.text("card.took_hours", language, n=round(lasted / _HOUR))
    return i18n.text("card.took_days", language, n=round(lasted / _DAY))
