"""What the columns of a 12345 export say, in our terms: what it is about, how it stands, how urgent it is.

Cities write these differently; their words are data: the catalogues ``issue_categories`` and ``import_values``, and
what a community has changed in its categories (`Words`).
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

from gridmap import catalogues, privacy
from gridmap.errors import Fault
from gridmap.exchange import fields
from gridmap.model import IssueState

OTHER = "other"
"""Category of what none of ours fits."""

_TABLES = {"state": "issue_state", "urgency": "urgency"}
_SHOWN = 40
_BRACKETS = re.compile(r"\([^()]*\)|\[[^\[\]]*\]|【[^【】]*】")
_AROUND = re.compile(r"[\s·.。、,;:/\\_-]+")
_LEVELS = re.compile(r"[/\\>|、,;]+|--?>|(?<=[一-龥])-(?=[一-龥])")
_BLANKS = re.compile(r"[^\S\n]+")
_LINES = re.compile(r"\s*\n\s*")
# Signs that show nothing and would only upset who reads the text by machine.
_HIDDEN = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\u200b-\u200f\u2028-\u202e\u2060\ufeff]")


@dataclass(frozen=True)
class Words:
    """The words by which categories are told: code by word, and the pattern that finds them within a text."""

    known: Mapping[str, str]
    pattern: re.Pattern[str]


def words(names: Mapping[str, Iterable[str]]) -> Words:
    """Prepare the words of categories, by code; of a word that two have, the first keeps it."""
    known: dict[str, str] = {}
    for code, told in names.items():
        for name in (*told, code.replace("_", " ")):
            known.setdefault(name.casefold(), code)
    # Longer words first: 消防通道 is about fires, 通道 alone would not be.
    inside = (word for word, code in known.items() if word and code != OTHER and not word.isascii())
    order = sorted(inside, key=lambda word: (-len(word), word))
    # Without any word nothing is found: the pattern of nothing would find it everywhere.
    return Words(known, re.compile("|".join(map(re.escape, order)) or "(?!)"))


def read_state(text: Any) -> IssueState | None:
    """Read the state of a work order: ``待接单``, ``办理中(超期)``; None where nothing stands.

    Raises
    ------
    ValueError
        If the state is not known.
    """
    code = _read("issue_state", text)
    return IssueState(code) if code else None


def unknown_states(texts: Iterable[Any]) -> list[str]:
    """Return the words among ``texts`` that `read_state` does not know, folded, each once."""
    unknown = []
    for text in dict.fromkeys(map(fields.fold, texts)):
        try:
            read_state(text)
        except ValueError:
            unknown.append(text)
    return unknown


def read_urgency(text: Any) -> str | None:
    """Read how urgent a work order is (``普通``, ``紧急``, ``特急``) as a code of ours; None where nothing stands.

    Raises
    ------
    ValueError
        If the word is not known.
    """
    return _read("urgency", text)


@cache
def usual() -> Words:
    """Return the words of the default categories."""
    entries = catalogues.entries("issue_categories").items()
    return words({code: (*entry["names"], code, str(entry["zh"]), str(entry["en"])) for code, entry in entries})


def category(*texts: Any, words: Words | None = None) -> str | None:
    """Return the code of the category that the first of ``texts`` with a word we know is about.

    Parameters
    ----------
    *texts
        What the columns of the category hold, the finest first; several levels may stand in one text
        (``城建/市政/路灯``), then its last is the finest.
    words
        The community's; those of the default categories if left out.

    Returns
    -------
    str or None
        None where nothing stands, or no word is known; what our own catalogue calls 其他 is ``other``.
    """
    found, told = None, words or usual()
    for text in texts:
        folded = fields.fold(text).casefold()
        for level in reversed([part for part in _LEVELS.split(folded) if part.strip()]):
            code = _category(level.strip(), told)
            if code not in (None, OTHER):
                return code
            found = found or code
    return found


def clean_text(*parts: Any) -> str:
    """Return what a caller said as it may be kept: the parts in lines, without blanks around, persons' numbers masked.

    A part that another one already begins with, or that stands there twice, is left out.
    """
    lines: list[str] = []
    for part in parts:
        text = plain(part)
        if text and not any(line.startswith(text) for line in lines):
            lines = [line for line in lines if not text.startswith(line)]
            lines.append(text)
    return privacy.mask_text("\n".join(lines))


def plain(part: Any) -> str:
    """Return a text of several lines without blanks around them and signs that show nothing."""
    text = _HIDDEN.sub("", "" if part is None or part != part else str(part).replace("\r", "\n"))
    return _LINES.sub("\n", _BLANKS.sub(" ", text)).strip()


def time_faults(
    row: int,
    received: dt.datetime | dt.date | None,
    later: Mapping[str, dt.datetime | dt.date | None],
    headings: Mapping[str, str],
) -> list[Fault]:
    """Return a fault for each moment that comes before the order was received.

    A day without an hour lasts until its end, so that a deadline on the day of receipt is none too early.

    Parameters
    ----------
    row
        Number of the row as a person counts it.
    received
        When the order came in; without it there is nothing to compare.
    later
        Moments that come after it, by our field (``due_at``, ``closed_at``, ...); all with a time zone or none.
    headings
        What the file calls the column of each field.
    """
    faults = []
    for field, moment in later.items() if received is not None else ():
        if moment is None or received is None or not _before(moment, received):
            continue
        problem = "due_before_received" if field == "due_at" else "moment_before_received"
        faults.append(
            Fault(
                problem=problem,
                row=row,
                column=headings.get(field, field),
                value=_said(moment),
                fields={"received": _said(received)},
            )
        )
    return faults


def unknown(field: str, row: int, column: str, value: Any, allowed: Iterable[str] = ()) -> Fault:
    """Return the warning that a word of ``state``, ``urgency`` or ``category`` is not known, and what it became.

    Of a category, ``allowed`` are the words that are known.
    """
    allowed = fields.listed(_TABLES[field]) if field in _TABLES else allowed
    return Fault(
        problem=f"{field}_unknown",
        row=row,
        column=column,
        value=fields.fold(value)[:_SHOWN],
        fatal=False,
        fields={"allowed": "、".join(allowed)},
    )


def _before(moment: dt.datetime | dt.date, received: dt.datetime | dt.date) -> bool:
    if isinstance(moment, dt.datetime) and isinstance(received, dt.datetime):
        return moment < received
    return _day(moment) < _day(received)


def _day(moment: dt.datetime | dt.date) -> dt.date:
    return moment.date() if isinstance(moment, dt.datetime) else moment


def _said(moment: dt.datetime | dt.date) -> str:
    return f"{moment:%Y-%m-%d %H:%M}" if isinstance(moment, dt.datetime) else f"{moment:%Y-%m-%d}"


def _read(table: str, text: Any) -> str | None:
    wanted = fields.fold(text).casefold()
    if not wanted:
        return None
    known = _words(table)
    bare = _AROUND.sub("", _BRACKETS.sub("", wanted)) or _AROUND.sub("", wanted).strip("()[]【】")
    for writing in (wanted, bare, bare.removesuffix("状态"), bare.removesuffix("件")):
        if writing in known:
            return known[writing]
    raise ValueError(wanted)


@cache
def _words(table: str) -> Mapping[str, str]:
    of_table = (
        (code.partition(".")[2], entry["names"])
        for code, entry in catalogues.entries("import_values").items()
        if code.startswith(f"{table}.")
    )
    return {_AROUND.sub("", name.casefold()): code for code, names in of_table for name in (code, *names)}


def _category(text: str, told: Words) -> str | None:
    if text in told.known:
        return told.known[text]
    hits = told.pattern.findall(text)
    return told.known[max(hits, key=len)] if hits else OTHER if text.startswith("其他") else None
