"""What a call-back (回访) says of a work order: whether it was solved, the caller satisfied, somebody in touch in time.

Cities write these differently; their words are data: the catalogue ``hotline_callbacks``.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

from gridmap import catalogues
from gridmap.exchange import fields


@dataclass(frozen=True, kw_only=True)
class Callback:
    """What a call-back says; None where it says nothing of it.

    Parameters
    ----------
    solved, satisfied
        Whether the caller says so: what is solved in part is not solved, what is fair is not satisfied.
    contacted
        Whether the caller says that somebody was in touch in time.
    """

    solved: bool | None = None
    satisfied: bool | None = None
    contacted: bool | None = None


def read(text: Any) -> Callback:
    """Read a call-back: ``已解决，满意``, ``未解决/不满意``, ``无人接听``.

    Where a text says both, the worse one counts.
    """
    found = {_words()[word] for word in _pattern().findall(fields.fold(text).casefold())}
    return Callback(
        solved=_either(found, "solved", "unsolved"),
        satisfied=_either(found, "satisfied", "dissatisfied"),
        contacted=_either(found, "contacted", "not_contacted"),
    )


def _either(found: set[str], good: str, bad: str) -> bool | None:
    return False if bad in found else True if good in found else None


@cache
def _words() -> Mapping[str, str]:
    entries = catalogues.entries("hotline_callbacks")
    return {str(word).casefold(): code for code, entry in entries.items() for word in entry["names"]}


@cache
def _pattern() -> re.Pattern[str]:
    # Longer words first: 不满意 holds 满意.
    return re.compile("|".join(map(re.escape, sorted(_words(), key=lambda word: (-len(word), word)))))
