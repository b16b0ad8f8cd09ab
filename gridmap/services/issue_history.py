"""What happened to an issue, the newest first: moves, further voices, departments called and what they answered."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

import pandas as pd

from gridmap import i18n
from gridmap.services import issue_ties, place_cards
from gridmap.services.community_data import CommunityData
from gridmap.services.sight import Sight


@dataclass(frozen=True, kw_only=True)
class Entry:
    """One thing that happened.

    Parameters
    ----------
    at
        When; timezone-aware.
    what
        What was done, and to which state it led.
    who
        Who did it; "" where it is not known or not to be told.
    words
        What was said, with persons masked.
    to
        To whom it was given, and until when; "" where to nobody.
    photos
        Hashes of the photos that belong to it.
    """

    at: dt.datetime
    what: str
    who: str = ""
    words: str = ""
    to: str = ""
    photos: tuple[str, ...] = ()


def of(data: CommunityData, number: int, seen: Sight, language: str, time_zone: str) -> list[Entry]:
    """Return what happened to an issue and to the doubles folded into it.

    Parameters
    ----------
    data, seen
        The community, as far as the person sees it.
    number
        The issue.
    language, time_zone
        How words and moments are written.
    """
    own = issue_ties.family(data, number)
    grid = data.issues.at[number, "grid_id"]
    told = _Told(data, seen, None if pd.isna(grid) else int(grid), language, time_zone)

    def rows(frame: pd.DataFrame) -> list[pd.Series]:
        return [row for _, row in frame[frame["issue_id"].isin(own)].iterrows()]

    found = [told.move(row) for row in rows(data.events)] + [told.voice(row) for row in rows(data.voices)]
    for call in rows(data.calls):
        found += told.call(call)
    return sorted(found, key=lambda entry: entry.at, reverse=True)


@dataclass(frozen=True)
class _Told:
    data: CommunityData
    seen: Sight
    grid_id: int | None
    language: str
    time_zone: str

    def move(self, row: pd.Series) -> Entry:
        state = i18n.text(f"issue_state.{row['to_state']}", self.language)
        move = self.data.catalogues.flow.moves.get(row["action"])
        what = state if move is None else f"{move.label(self.language)} → {state}"
        parts = [self._name(row["assignee_id"])] if pd.notna(row["assignee_id"]) else []
        parts += [self.data.departments.label(code, self.language) for code in row["department"].split(",") if code]
        if parts and pd.notna(row["due_at"]):
            parts.append(self._say("until_then", at=i18n.time(row["due_at"], self.language, self.time_zone)))
        pictures = self.data.photos
        mine = pictures.loc[pictures["event_id"] == row.name, "sha256"]
        return Entry(
            at=row["at"],
            what=what,
            who=self._name(row["actor_id"]),
            words=row["note"],
            to=" · ".join(part for part in parts if part),
            photos=tuple(mine),
        )

    def voice(self, row: pd.Series) -> Entry:
        source = i18n.text(f"issue_source.{row['source']}", self.language)
        order = f" {row['order_number']}" if row["order_number"] else ""
        return Entry(
            at=row["at"],
            what=self._say("said_too", source=source) + order,
            who=self._name(row["reporter_id"]),
            words=row["text"],
        )

    def call(self, row: pd.Series) -> list[Entry]:
        name = self.data.departments.label(row["department"], self.language)
        found = [Entry(at=row["called_at"], what=self._say("called", department=name))]
        if pd.notna(row["answered_at"]):
            key = "answered_there" if row["arrived"] else "answered_away"
            found.append(Entry(at=row["answered_at"], what=self._say(key, department=name), words=row["answer"]))
        return found

    def _name(self, staff_id: object) -> str:
        return place_cards.colleague(self.data, staff_id, self.seen, self.grid_id)

    def _say(self, key: str, **fields: object) -> str:
        return i18n.text(f"issue.{key}", self.language, **fields)
