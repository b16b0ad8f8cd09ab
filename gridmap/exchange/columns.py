"""Which column of a file is which field of ours: proposed by the name of the column and by what stands in it.

The names are data: the catalogue ``import_columns``, in which the first name of a field counts most. Its ``holds`` says
what stands in such a column, and what is ``needed`` of a kind carries one word for all the columns that can give it.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Hashable, Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any, Literal

import geopandas as gpd
import pandas as pd

from gridmap import catalogues
from gridmap.errors import InputError
from gridmap.exchange import content, fields
from gridmap.service_kinds import ServiceKinds

SURE_ENOUGH = 0.5
"""A guess with less confidence is left to the person."""
Why = Literal["name", "synonym", "part", "content"]

_SAMPLE = 200
_LIKELY, _UNLIKELY = 0.7, 0.3
_SHORTEST_PART, _SHORTEST_WORD = 2, 4
_OF_A_POINT = ("lon", "lat")
_BRACKETS = re.compile(r"[(\[【〔<].*?[)\]】〕>]")
_SIGNS = re.compile(r"[\W_]+")
_TEN_THOUSANDS = re.compile(r"万元")


@dataclass(frozen=True, kw_only=True)
class Guess:
    """That a column is a field.

    Parameters
    ----------
    field
        Our name of the field.
    column
        The file's name of the column.
    confidence
        From 0 to 1.
    why
        ``name``: it is called so; ``synonym``: it is called otherwise, but so that it is known; ``part``: the name is
        part of what it is called; ``content``: only what stands in it says so.
    """

    field: str
    column: Hashable
    confidence: float
    why: Why


def kinds() -> tuple[str, ...]:
    """Return the kinds whose columns are known."""
    return tuple(dict.fromkeys(code.partition(".")[0] for code in catalogues.entries("import_columns")))


def of_kind(kind: str) -> dict[str, Mapping[str, Any]]:
    """Return the fields of a kind with their entries in the catalogue, in its order."""
    return {
        code.partition(".")[2]: entry
        for code, entry in catalogues.entries("import_columns").items()
        if code.partition(".")[0] == kind
    }


def propose(frame: pd.DataFrame, kind: str, kinds: ServiceKinds | None = None) -> tuple[Guess, ...]:
    """Say which column of ``frame`` is probably which field of ``kind``: each column and each field at most once.

    Parameters
    ----------
    frame
        Cells as the file has them. Of a GeoDataFrame, neither the geometry nor columns of coordinates are proposed.
    kind
        One of `columns.kinds`.
    kinds
        The community's kinds of service points; by default the program's own.

    Returns
    -------
    tuple of Guess
        In the order of the fields in the catalogue. An empty column is no field, and a column of building numbers
        that holds nothing but zeros is no number.
    """
    wanted = _wanted(frame, kind)
    samples = {name: _sample(frame[name]) for name in frame.columns if name != _shape(frame)}
    full = [name for name, sample in samples.items() if sample]
    named = [guess for name in full for guess in _by_name(name, samples[name], wanted, kinds)]
    taken = _settle(named, wanted, {})
    rest = [name for name in full if name not in {guess.column for guess in taken.values()}]
    by_content = [guess for name in rest for guess in _by_content(name, samples[name], wanted, kinds)]
    taken = _settle(_only_ones(by_content), wanted, taken)
    return tuple(taken[field] for field in wanted if field in taken)


def mapping(guesses: Iterable[Guess]) -> dict[str, Any]:
    """Return guesses as our name -> the file's."""
    return {guess.field: guess.column for guess in guesses}


def named(frame: pd.DataFrame, taken: Mapping[str, Any]) -> Any:
    """Return ``frame`` with only the columns ``taken`` (our name -> the file's), under our names, and its geometry.

    Money under a heading that says 万元 is written so in its cells, which are read without their heading.
    """
    cells = {field: _with_unit(frame[column]) for field, column in taken.items()}
    if isinstance(frame, gpd.GeoDataFrame):
        return gpd.GeoDataFrame(cells, geometry=frame.geometry, crs=frame.crs).rename_geometry("geom")
    return pd.DataFrame(cells, index=frame.index)


def demand(frame: pd.DataFrame, kind: str, taken: Mapping[str, Any], source: str) -> None:
    """Refuse a table in which the columns that a kind cannot do without were not found.

    Raises
    ------
    InputError
        ``columns_unknown``, which names the headings found and what is needed.
    """
    missing: dict[str, list[str]] = {}
    entries = of_kind(kind)
    for field, entry in entries.items():
        if "needed" in entry:
            missing.setdefault(entry["needed"], []).append(field)
    said = [
        [entries[field]["names"][0] for field in alternatives]
        for alternatives in missing.values()
        if not set(alternatives) & set(taken)
    ]
    if not said:
        return
    found = [str(name) for name in frame.columns if name != _shape(frame)]
    english = [entries[fields_[0]]["en"] for fields_ in missing.values() if not set(fields_) & set(taken)]
    needed = [f"{'/'.join(names)} ({word})" for names, word in zip(said, english, strict=True)]
    raise InputError("columns_unknown", source=source, found=found[:20], needed=needed)


@cache
def is_known(heading: str) -> bool:
    """Whether some kind calls a field so."""
    written = {key for key, _ in _writings(heading)}
    return not written.isdisjoint(_all_keys())


def _wanted(frame: pd.DataFrame, kind: str) -> dict[str, Mapping[str, Any]]:
    skip = _OF_A_POINT if isinstance(frame, gpd.GeoDataFrame) else ()
    return {field: entry for field, entry in of_kind(kind).items() if field not in skip}


def _shape(frame: pd.DataFrame) -> Hashable | None:
    return getattr(frame, "_geometry_column_name", None)


def _sample(column: pd.Series) -> list[str]:
    """Return the first cells in which something stands, folded."""
    found: list[str] = []
    for value in column.to_numpy(dtype=object):
        text = fields.fold(value)
        if text:
            found.append(text)
            if len(found) == _SAMPLE:
                break
    if all(text == "0" for text in found) and len(found) < len(column):
        # Zeros to begin with, and perhaps something else behind them.
        found += [text for text in map(fields.fold, column.unique()) if text not in ("", "0")][:1]
    return found


def _by_name(
    name: Hashable, sample: list[str], wanted: Mapping[str, Mapping[str, Any]], kinds: ServiceKinds | None
) -> list[Guess]:
    guesses = []
    for field, entry in wanted.items():
        score, why = _likeness(str(name), tuple(entry["names"]))
        if not score or (field == "number" and set(sample) == {"0"}):
            continue
        fits = content.share(entry["holds"], sample, kinds)
        if fits is not None and fits < _UNLIKELY:
            if why == "part":
                continue
            score *= _LIKELY
        guesses.append(Guess(field=field, column=name, confidence=round(score, 2), why=why))
    return guesses


@cache
def _likeness(heading: str, names: tuple[str, ...]) -> tuple[float, Why]:
    """Return how much a heading is one of the names, from 0 to 1, and how."""
    keys = [_key(name) for name in names]
    for written, worth in _writings(heading):
        if written in keys:
            rank = keys.index(written)
            return worth * max(1.0 - 0.01 * rank, 0.8), "name" if rank == 0 and worth == 1.0 else "synonym"
    whole = _key(_BRACKETS.sub("", _folded(heading)).rpartition("/")[2])
    inside = [key for key in keys if _is_part(key, whole)]
    if not inside:
        return 0.0, "part"
    return 0.4 + 0.4 * max(map(len, inside)) / len(whole), "part"


def _writings(heading: str) -> list[tuple[str, float]]:
    """Return what a heading may say: the whole, without what stands in brackets, and its last line alone."""
    plain = _folded(heading)
    bare = _BRACKETS.sub("", plain)
    written = [(_key(plain), 1.0), (_key(bare), 0.97)]
    if "/" in bare:
        written += [(_key(bare.rpartition("/")[2]), 0.95)]
    return [(key, worth) for key, worth in written if key]


def _is_part(key: str, whole: str) -> bool:
    if key not in whole:
        return False
    if key.isascii():
        return len(key) >= _SHORTEST_WORD and 2 * len(key) >= len(whole)
    return len(key) >= _SHORTEST_PART and 5 * len(key) >= 3 * len(whole)


def _by_content(
    name: Hashable, sample: list[str], wanted: Mapping[str, Mapping[str, Any]], kinds: ServiceKinds | None
) -> list[Guess]:
    if is_known(str(name)):
        # What it is called makes it something else.
        return []
    return [
        Guess(field=field, column=name, confidence=0.5, why="content")
        for field, entry in wanted.items()
        if entry["holds"] in content.TELLING and (content.share(entry["holds"], sample, kinds) or 0.0) >= _LIKELY
    ]


def _only_ones(guesses: list[Guess]) -> list[Guess]:
    """Keep a guess by content only where nothing else could be meant, neither another column nor another field."""
    return [
        guess
        for guess in guesses
        if sum(other.field == guess.field or other.column == guess.column for other in guesses) == 1
    ]


@cache
def _all_keys() -> frozenset[str]:
    return frozenset(_key(name) for entry in catalogues.entries("import_columns").values() for name in entry["names"])


def _settle(guesses: list[Guess], wanted: Mapping[str, Any], taken: Mapping[str, Guess]) -> dict[str, Guess]:
    settled = dict(taken)
    order = list(wanted)
    for guess in sorted(guesses, key=lambda one: (-one.confidence, order.index(one.field))):
        if guess.field not in settled and guess.column not in {other.column for other in settled.values()}:
            settled[guess.field] = guess
    return settled


def _with_unit(column: pd.Series) -> pd.Series:
    if not _TEN_THOUSANDS.search(_folded(str(column.name))):
        return column
    return column.astype(object).map(lambda cell: f"{fields.fold(cell)}万" if content.is_bare_number(cell) else cell)


def _folded(text: str) -> str:
    return unicodedata.normalize("NFKC", text).casefold()


@cache
def _key(text: str) -> str:
    return _SIGNS.sub("", _folded(text))
