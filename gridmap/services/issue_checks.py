"""Reads the rows of issues and of 12345 exports, and finds what cannot be."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from typing import Any
from zoneinfo import ZoneInfo

import pandas as pd

from gridmap import privacy
from gridmap.errors import Fault
from gridmap.exchange import fields, hotline, registers
from gridmap.model import IssueSource, IssueState
from gridmap.services.import_scene import Scene
from gridmap.services.issue_catalogue import Categories

# The finest first.
_LEVELS = ("category_5", "category_4", "category_3", "category_2", "category_1")
_LATER = ("due_at", "received_at", "dispatched_at", "taken_at", "returned_at", "answered_at", "closed_at")
_LIMITS = {"text": 4000}
_DAY_END = dt.timedelta(hours=23, minutes=59, seconds=59)


def check(frame: pd.DataFrame, scene: Scene) -> tuple[pd.DataFrame, list[Fault]]:
    """Read the cells of issues.

    Phone numbers in the text are masked; they are kept sealed beside the caller's own (``caller_phone``). Words
    for states that nobody knows are read as the scene says. What stands in several columns of categories becomes one
    of ours, and is kept as it is written, too. A limit that is a day lasts until its end.
    """
    clean, found = registers.read(
        _translated(frame, scene), "issues", ZoneInfo(scene.time_zone), required={"reported_at": "2026-11-24 09:30"}
    )
    clean, found = registers.left(clean, found)
    if "reported_at" not in clean.columns:
        return clean, found
    found += _texts(clean)
    found += _categories(clean, scene.categories)
    _states(frame, clean)
    _sources(clean)
    if "due_at" in clean.columns:
        clean["due_at"] = pd.Series(list(map(_whole_day, clean["due_at"])), clean.index, dtype="object")
        clean["hotline_due_at"] = clean["due_at"]
    found += _times(clean)
    clean, found = registers.left(clean, found)
    for name in ("order_number", "code"):
        if name in clean.columns:
            found += registers.twice(clean, clean[name], name)
    return registers.left(clean, found)


def _translated(frame: pd.DataFrame, scene: Scene) -> pd.DataFrame:
    """Return the frame with the words for states that only the scene knows replaced by our codes."""
    if "state" not in frame.columns or not scene.states:
        return frame
    chosen = {word: scene.states[word] for word in hotline.unknown_states(frame["state"]) if word in scene.states}
    return frame.assign(state=[chosen.get(fields.fold(cell), cell) for cell in frame["state"]])


def _texts(clean: pd.DataFrame) -> list[Fault]:
    """Make one text of title and description, and move the phone numbers in it to where they are sealed."""
    told = [_cells(clean, name) for name in ("title", "text", "contact_phone")]
    texts, phones, callers = [], [], []
    found = []
    for row, title, text, phone in zip(clean.index.tolist(), *told, strict=True):
        whole = hotline.clean_text(title, text)
        if not whole:
            column = "text" if "text" in clean.columns else "title"
            found.append(Fault(problem="cell_missing", row=row, column=column, fields={"example": "楼道灯不亮"}))
        if len(whole) > _LIMITS["text"]:
            found.append(Fault(problem="too_long", row=row, column="text", fatal=False, fields={"limit": 4000}))
        texts.append(whole[: _LIMITS["text"]])
        others = [one for one in privacy.phones(f"{title or ''}\n{text or ''}") if one not in (phone or "")]
        callers.append(next(iter(privacy.phones(phone or "")), phone or ""))
        phones.append("、".join(dict.fromkeys([*([phone] if phone else []), *others]))[:200])
    clean["text"] = pd.Series(texts, clean.index, dtype="object")
    clean["caller_phone"] = pd.Series(callers, clean.index, dtype="object")
    clean["contact_phone"] = pd.Series(phones, clean.index, dtype="object")
    return found


def _categories(clean: pd.DataFrame, categories: Categories) -> list[Fault]:
    levels = [name for name in _LEVELS if name in clean.columns]
    own = [*levels, *(["category"] if "category" in clean.columns else [])]
    known: dict[Sequence[Any], str | None] = {}
    codes, written, found = [], [], []
    told = clean[own].itertuples(index=False, name=None)
    for row, said, text in zip(clean.index.tolist(), told, clean["text"], strict=True):
        if said not in known:
            known[said] = hotline.category(*said, words=categories.written)
        code = known[said]
        if code is None:
            code = hotline.category(text, words=categories.words) or hotline.OTHER
            word = next((one for one in said if one), "")
            if word:
                found.append(hotline.unknown("category", row, own[0], word, [one.zh for one in categories.live()]))
        codes.append(code)
        coarse_first = [*reversed(said[: len(levels)]), *said[len(levels) :]]
        written.append("/".join(dict.fromkeys(one for one in coarse_first if one))[:200])
    clean["category"] = pd.Series(codes, clean.index, dtype="object")
    clean["hotline_category"] = pd.Series(written, clean.index, dtype="object")
    return found


def _states(frame: pd.DataFrame, clean: pd.DataFrame) -> None:
    """Keep the state as it is written beside what it is to us; what is closed at a moment is closed.

    Where nothing stands, or a word that is not known, there is no state: it moves nobody's issue.
    """
    if "state" in clean.columns:
        clean["hotline_state"] = frame["state"].reindex(clean.index).map(fields.fold).str.slice(0, 200)
        states = clean["state"].tolist()
    elif "closed_at" in clean.columns:
        states = [IssueState.CLOSED if one is not None else IssueState.RECORDED for one in clean["closed_at"]]
    else:
        return
    clean["state"] = pd.Series(states, clean.index, dtype="object")


def _sources(clean: pd.DataFrame) -> None:
    """Say where an issue was first recorded: as a column says, an order at the hotline, else by a visitor."""
    told = zip(_cells(clean, "source"), _cells(clean, "order_number"), _cells(clean, "channel"), strict=True)
    sources = [
        IssueSource(said)
        if said
        else IssueSource.HOTLINE
        if order
        else IssueSource(fields.code_of("issue_source", channel) or IssueSource.VISITOR)
        for said, order, channel in told
    ]
    clean["source"] = pd.Series(sources, clean.index, dtype="object")


def _times(clean: pd.DataFrame) -> list[Fault]:
    there = [name for name in _LATER if name in clean.columns]
    found = []
    for row, received, *later in zip(clean.index, clean["reported_at"], *(clean[name] for name in there), strict=True):
        moments = {name: _day_or_moment(one) for name, one in zip(there, later, strict=True)}
        found += hotline.time_faults(int(row), received, moments, {})
    return found


def _whole_day(moment: dt.datetime | None) -> dt.datetime | None:
    return None if moment is None else moment + _DAY_END if moment.time() == dt.time() else moment


def _day_or_moment(moment: dt.datetime | None) -> dt.datetime | dt.date | None:
    return moment.date() if moment is not None and moment.time() == dt.time() else moment


def _cells(clean: pd.DataFrame, name: str) -> list[Any]:
    return clean[name].tolist() if name in clean.columns else [None] * len(clean)
