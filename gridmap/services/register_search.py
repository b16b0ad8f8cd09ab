"""Finding anything that a community keeps by words in it, or by the first letters of their pinyin.

What somebody does not see in a register is not found by them: rows go by `sight`, and what is sealed or masked is not
searched.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import pandas as pd

from gridmap.datums import Datum
from gridmap.services import registers, search
from gridmap.services.community_data import CommunityData
from gridmap.services.registers import REGISTERS
from gridmap.services.sight import Sight
from gridmap.store import Store

KINDS = (
    *("issues", "service-points", "resident-groups", "activities", "projects", "households-in-need", "fund-entries"),
    *("premises", "desk-matters", "buildings", "compounds", "gates", "staff"),
)
"""The registers that are searched, in the order in which what is found is shown."""
# What tells nothing by which somebody would look for a row.
_NOT_SEARCHED = frozenset(
    {
        *(
            "lon",
            "lat",
            "households",
            "households_estimated",
            "floors",
            "units",
            "confidential",
            "extended_days",
            "walled",
        ),
        *("received_at", "dispatched_at", "taken_at", "returned_at", "answered_at", "due_at", "closed_at"),
    }
)
_TITLE = {
    "issues": ("code", "category"),
    "buildings": ("compound", "number"),
    "households-in-need": ("building", "unit", "need"),
    "fund-entries": ("day", "kind", "amount_yuan"),
    "projects": ("year", "name"),
    "activities": ("day", "name"),
}
_LONGEST_EXTRACT = 60


@dataclass(frozen=True, kw_only=True)
class Found:
    """One answer: kind and number of the row, what it is called, and the words around what was found."""

    kind: str
    id: int
    title: str
    extract: str


@dataclass(frozen=True, kw_only=True, eq=False)
class Index:
    """What is searched of one register: a row each, index = id, a cell a line.

    Parameters
    ----------
    kind
        The register.
    titles
        What the rows are called.
    plain
        What stands in them, as people read it.
    keys
        The same, written so that usual spellings are equal.
    letters
        The keys by the first letters of their pinyin.
    """

    kind: str
    titles: pd.Series
    plain: pd.Series
    keys: pd.Series
    letters: pd.Series


def index(store: Store, data: CommunityData, seen: Sight, language: str) -> tuple[Index, ...]:
    """Return what somebody may search of a community; to be kept as long as that is the same.

    Parameters
    ----------
    store, data
        The store, and the community as far as they see it.
    seen
        How far that is.
    language
        Language of the words of codes.
    """
    made = []
    for kind in KINDS:
        register = REGISTERS[kind]
        if register.reach(seen) != frozenset() and len(rows := registers.rows(store, data, register, seen)):
            made.append(_indexed(data, kind, rows, language))
    return tuple(made)


def find(known: tuple[Index, ...], text: str, *, most: int = 20) -> dict[str, tuple[int, list[Found]]]:
    """Return by register how many rows hold every word of ``text``, and the best ``most`` of them.

    A word is found as it stands, in another usual spelling ("3号楼", "3#"), or by the first letters of its pinyin where
    it is of two letters and more. Rows whose title holds the words come first, then the newest.
    """
    words = [key for word in text.split() if (key := search.normalise(word))]
    found: dict[str, tuple[int, list[Found]]] = {}
    for one in known if words else ():
        hit = pd.Series(True, one.keys.index)
        for word in words:
            there = one.keys.str.contains(word, regex=False)
            hit &= there | one.letters.str.contains(word, regex=False) if _is_letters(word) else there
        ids = [int(number) for number in one.keys.index[hit]]
        if ids:
            ids.sort(key=lambda number: (not _holds(one.titles[number], words), -number))
            best = [
                Found(kind=one.kind, id=number, title=one.titles[number], extract=_extract(one, number, words))
                for number in ids[:most]
            ]
            found[one.kind] = len(ids), best
    return found


def _indexed(data: CommunityData, kind: str, rows: Any, language: str) -> Index:
    table = registers.table(data, REGISTERS[kind], rows, language, Datum.WGS84)
    cells = {name: _told(table[name]) for name in REGISTERS[kind].fields if name not in _NOT_SEARCHED}
    keys = {
        name: column.map({text: search.normalise(text) for text in column.unique()}) for name, column in cells.items()
    }
    shown = [cells[name] for name in _TITLE.get(kind, ("name",))]
    whole = _joined(list(keys.values()), "\n")
    return Index(
        kind=kind,
        titles=_joined(shown, " "),
        plain=_joined(list(cells.values()), "\n"),
        keys=whole,
        letters=whole.map(search.initials),
    )


def _told(column: pd.Series) -> pd.Series:
    """Write cells as words in one line; nothing for what is not known."""
    told = column.astype(object).where(column.notna(), "").map(lambda value: " ".join(str(value).split()))
    made: pd.Series = told.astype("str")
    return made


def _keyed(column: pd.Series) -> pd.Series:
    """Write cells so that usual spellings are equal; much of a register is written again and again."""
    made: pd.Series = column.map({text: search.normalise(text) for text in column.unique()})
    return made


def _joined(columns: Sequence[pd.Series], sign: str) -> pd.Series:
    first, *others = columns
    made: pd.Series = first
    for one in others:
        made = made + sign + one
    return made


def _is_letters(word: str) -> bool:
    return len(word) > 1 and word.isascii() and word.isalpha()


def _holds(text: str, words: Sequence[str]) -> bool:
    key = search.normalise(text)
    letters = search.initials(key)
    return all(word in key or (_is_letters(word) and word in letters) for word in words)


def _extract(one: Index, number: int, words: Sequence[str]) -> str:
    """Return the cells in which words were found, cut around them; not those that the title says."""
    told = []
    for plain, key in zip(one.plain[number].split("\n"), one.keys[number].split("\n"), strict=True):
        if plain and plain not in one.titles[number] and any(_holds(key, [word]) for word in words):
            at = max((plain.casefold().find(word) for word in words), default=-1)
            start = max(0, at - _LONGEST_EXTRACT // 3)
            cut = plain[start : start + _LONGEST_EXTRACT]
            told.append(("…" if start else "") + cut + ("…" if start + _LONGEST_EXTRACT < len(plain) else ""))
    return " · ".join(told)
