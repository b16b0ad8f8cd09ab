"""Blank workbooks to be filled in and imported: columns that are understood, lists to choose from, an example row."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pandas as pd
from xlsxwriter import utility

from gridmap import catalogues, i18n, settings
from gridmap.errors import InputError
from gridmap.exchange import records, workbook
from gridmap.services import exporting, issue_catalogue, registers
from gridmap.services.issue_catalogue import Catalogues

_SPARE_ROWS = 500
# What a register shows and no file may bring, and what only comes from the hotline's own export.
_NOT_ASKED = frozenset({"category_1", "category_2", "category_3", "category_4", "category_5"})
_EXAMPLES: dict[str, Any] = {
    "count": 12,
    "number": 85.5,
    "year": 2005,
    "money": 1200.5,
    "lon": 108.9157,
    "lat": 34.231,
    "date": dt.date(2026, 3, 1),
    "moment": dt.datetime(2026, 3, 1, 9, 30),
}


def template(kind: str, language: str, known: Catalogues | None = None) -> bytes:
    """Return a blank workbook of a kind.

    Its first sheet has the columns and an example row, whose first cell says that it is one: an import leaves such a
    row out. The second sheet explains each column.

    Parameters
    ----------
    kind
        One of `exporting.KINDS`.
    language
        Language of headings and words.
    known
        What the community has changed itself; the program's own if left out.

    Raises
    ------
    InputError
        If there is no such kind.
    """
    if kind not in registers.REGISTERS:
        raise InputError("import_kind", kind=kind, kinds=exporting.KINDS)
    known = known or issue_catalogue.default()
    entries = _entries(kind)
    fields = list(entries)
    label = {field: registers.heading(kind, field, language) for field in fields}
    example = {label[field]: _example(kind, field, entries[field], language, known) for field in fields}
    first = label[fields[0]]
    example[first] = f"{records.EXAMPLE[language]}{_shown(example[first])}"
    choices = {label[field]: list(registers.options(kind, field, language, known).values()) for field in fields}
    aids = workbook.Aids(
        choices={heading: words for heading, words in choices.items() if words},
        degrees=[label[field] for field in fields if field in registers.PLACE],
        plain=[label[field] for field in fields if field in registers.PLAIN],
        spare_rows=_SPARE_ROWS,
    )
    name, about = exporting.words(kind, language), i18n.text("template.about", language)
    explained = pd.DataFrame(
        [_explained(kind, field, entries[field], language, place, known) for place, field in enumerate(fields)]
    )
    return workbook.write(
        {name: pd.DataFrame([example], columns=list(label.values()), dtype=object), about: explained},
        title=i18n.text("template.title", language, kind=name),
        note=i18n.text("template.note", language, example=records.EXAMPLE[language]),
        time_zone=settings.from_environment().time_zone,
        aids={name: aids, about: workbook.Aids(prose=True)},
    )


def _entries(kind: str) -> dict[str, Any]:
    """Return the columns of a kind by field; those that are needed and those of an address first."""
    found = {
        code.partition(".")[2]: entry
        for code, entry in catalogues.entries("import_columns").items()
        if code.partition(".")[0] == kind and code.partition(".")[2] not in _NOT_ASKED
    }
    order = sorted(found, key=lambda field: "needed" not in found[field])
    return {field: found[field] for field in order}


def _example(kind: str, field: str, entry: Any, language: str, known: Catalogues) -> Any:
    words = registers.options(kind, field, language, known)
    if words:
        return next(iter(words.values()))
    holds = str(entry["holds"])
    told = catalogues.entries("template_examples")
    for code in (f"{kind}.{field}", field, f"holds.{holds}"):
        if code in told:
            return str(told[code][language])
    return _EXAMPLES.get(holds, "")


def _explained(kind: str, field: str, entry: Any, language: str, place: int, known: Catalogues) -> dict[str, str]:
    words = registers.options(kind, field, language, known)
    holds = i18n.text("template.holds.choice" if words else f"template.holds.{entry['holds']}", language)
    return {
        # With the column's letter before it, nothing here is taken for a row of headings.
        i18n.text("template.column", language): f"({_letter(place)}): {registers.heading(kind, field, language)}",
        i18n.text("template.needed", language): i18n.text("record.yes", language) if "needed" in entry else "",
        i18n.text("template.content", language): holds,
        i18n.text("template.words", language): i18n.listed(list(words.values()), language) if words else "",
        i18n.text("template.example", language): _shown(_example(kind, field, entry, language, known)),
    }


def _letter(place: int) -> str:
    letter: str = utility.xl_col_to_name(place)
    return letter


def _shown(value: Any) -> str:
    return f"{value:%Y-%m-%d %H:%M}" if isinstance(value, dt.datetime) else str(value)
