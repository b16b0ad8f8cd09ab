"""The reasons of a stop as they are kept, and in words.

What is kept is a list of objects; words are made from it in the reader's language. Reasons of households in need are
kept beside the others, and taken out again for whoever may not see them (`for_all`).
"""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable, Sequence
from dataclasses import replace

from gridmap import i18n
from gridmap.planning.visits import Reason, ReasonKind

_LONGEST = 4000


def written(reasons: Iterable[Reason]) -> str:
    """Return reasons as they are kept."""
    told = [
        {"kind": one.kind.value, "points": round(one.points, 3), "fields": dict(one.fields), "ids": list(one.ids)}
        for one in reasons
    ]
    text = json.dumps(told, ensure_ascii=False)
    while len(text) > _LONGEST and told:
        told.pop()
        text = json.dumps(told, ensure_ascii=False)
    return text


def read(text: str) -> tuple[Reason, ...]:
    """Return reasons from what was kept; none from an empty text."""
    if not text:
        return ()
    return tuple(
        Reason(kind=ReasonKind(one["kind"]), points=one["points"], fields=one["fields"], ids=tuple(one["ids"]))
        for one in json.loads(text)
    )


def households(reasons: Iterable[Reason]) -> tuple[int, ...]:
    """Return the households in need that a stop is made for."""
    return tuple(number for one in reasons if one.kind == ReasonKind.CARE for number in one.ids)


def without_households(text: str, gone: Collection[int]) -> str:
    """Return what was kept without some households in need: their records are deleted."""
    told, left = read(text), []
    for one in told:
        ids = tuple(number for number in one.ids if number not in gone)
        if one.kind != ReasonKind.CARE:
            left.append(one)
        elif ids:
            left.append(replace(one, ids=ids, fields={**one.fields, "n": len(ids)}))
    return written(left) if tuple(left) != told else text


def for_all(text: str) -> str:
    """Return what was kept without anything of households in need."""
    told = read(text)
    return text if not households(told) else written(one for one in told if one.kind != ReasonKind.CARE)


def sentence(reasons: Sequence[Reason], language: str) -> str:
    """Return reasons in words; a visit without any is just one."""
    told = [i18n.text(f"walks.reason.{one.kind.value}", language, **one.fields) for one in reasons]
    return ("；" if language == "zh" else "; ").join(told) or i18n.text("walks.reason.visit", language)
