"""Words in the user's language: one catalogue of sentences per language, the same keys in each.

A value is a sentence with named fields (``{name}``), or, where it counts something, a table of plural
forms (``{"one": ..., "other": ...}``) chosen by the field ``n`` with CLDR's rules through Babel.
"""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from typing import Any, Protocol, runtime_checkable

import babel.dates
import babel.numbers
from babel import Locale

from gridmap import settings

LANGUAGES = ("zh", "en")
_LOCALES = {"zh": "zh_Hans_CN", "en": "en_GB"}


@dataclass(frozen=True)
class Phrase:
    """A field of a sentence that is itself words: they are looked up, with their own fields, in its language."""

    key: str
    fields: Mapping[str, Any] = field(default_factory=dict)


@runtime_checkable
class Labelled(Protocol):
    """A field of a sentence that has a name of its own in each language."""

    def label(self, language: str) -> str:
        """Return what it is called."""


@cache
def catalogue(language: str) -> Mapping[str, Any]:
    """Return the sentences of ``language`` by key, from all files of ``data/locale/<language>``.

    Raises
    ------
    KeyError
        If there is no such language, or two files hold the same key.
    """
    folder = settings.data_dir() / "locale" / language
    merged: dict[str, Any] = {}
    for path in sorted(folder.glob("*.json")):
        part = json.loads(path.read_text(encoding="utf-8"))
        twice = merged.keys() & part.keys()
        if twice:
            raise KeyError(f"{path.name} repeats {sorted(twice)}")
        merged |= part
    if not merged:
        raise KeyError(f"no catalogue for {language!r}")
    return merged


def choose(*wanted: str | None) -> str:
    """Return the first of ``wanted`` (BCP 47 tags such as ``zh-CN``) that we speak, else Chinese."""
    for tag in wanted:
        language = (tag or "").split("-")[0].split("_")[0].lower()
        if language in LANGUAGES:
            return language
    return "zh"


def text(key: str, language: str, **fields: Any) -> str:
    """Return the sentence ``key`` in ``language`` with its ``fields`` filled in.

    Numbers are written as the language writes them; other values as ``str`` gives them.

    Raises
    ------
    KeyError
        If the key or one of its fields is missing: a fault of ours, never hidden.
    """
    entry = catalogue(language)[key]
    if isinstance(entry, dict):
        form = Locale.parse(_LOCALES[language]).plural_form(fields["n"])
        entry = entry.get(form, entry["other"])
    shown = {name: _shown(value, language) for name, value in fields.items()}
    return str(entry).format(**shown)


def number(value: float, language: str, digits: int = 0) -> str:
    """Write a number with the language's separators and ``digits`` decimals."""
    pattern = "#,##0" + ("." + "0" * digits if digits else "")
    return babel.numbers.format_decimal(value, format=pattern, locale=_LOCALES[language])


def percent(share: float, language: str, digits: int = 0) -> str:
    """Write a share of 1 as a percentage."""
    pattern = "#,##0" + ("." + "0" * digits if digits else "") + "%"
    return babel.numbers.format_percent(share, format=pattern, locale=_LOCALES[language])


def date(value: dt.date | dt.datetime, language: str) -> str:
    """Write a date in the language's medium form (2026年11月24日; 24 Nov 2026)."""
    return babel.dates.format_date(value, format="medium", locale=_LOCALES[language])


def weekday(value: dt.date, language: str) -> str:
    """Write a day of this year with its day of the week (11月27日周五; Fri 27 Nov)."""
    return babel.dates.format_skeleton("MMMEd", value, locale=_LOCALES[language])


def day(value: dt.date, language: str) -> str:
    """Write a day of this year (11月27日; 27 Nov)."""
    return babel.dates.format_skeleton("MMMd", value, locale=_LOCALES[language])


def month(value: dt.date, language: str) -> str:
    """Write the month of a day (2026年11月; November 2026)."""
    return babel.dates.format_skeleton("yMMMM", value, locale=_LOCALES[language])


def weekday_name(value: dt.date, language: str) -> str:
    """Write the day of the week of a date alone (周五; Fri)."""
    return babel.dates.format_date(value, format="EEE", locale=_LOCALES[language])


def time(value: dt.datetime, language: str, time_zone: str) -> str:
    """Write a moment as date, hour and minute in ``time_zone``; ``value`` must be timezone-aware."""
    zone = babel.dates.get_timezone(time_zone)
    shown = value.astimezone(zone)
    clock = babel.dates.format_time(shown, format="HH:mm", tzinfo=zone, locale=_LOCALES[language])
    return f"{date(shown, language)} {clock}"


def listed(names: Sequence[str], language: str) -> str:
    """Write names one after the other."""
    return _shown(list(names), language)


def _shown(value: Any, language: str) -> str:
    # Most fields are words; asking whether something has a label takes a hundred times as long.
    if isinstance(value, (str, bool)):
        return str(value)
    if isinstance(value, int):
        return number(value, language)
    if isinstance(value, float):
        return number(value, language, 0 if value == round(value) else 1)
    if isinstance(value, (list, tuple)):
        return ("、" if language == "zh" else ", ").join(_shown(v, language) for v in value)
    if isinstance(value, Phrase):
        return text(value.key, language, **value.fields)
    return value.label(language) if isinstance(value, Labelled) else str(value)
