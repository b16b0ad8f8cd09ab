"""Forms in which a city's platform takes answers back: which columns, what each holds, what our states are called.

A form is made from the street's own template: its headings and their order are kept, and what each holds is proposed.
It is kept by name beside the profiles of imports.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from gridmap import catalogues, model
from gridmap.access import Actor
from gridmap.errors import InputError
from gridmap.exchange import fields, sheets
from gridmap.services import import_profiles
from gridmap.store import Store

KIND = "hotline-answers"
#: What a column may hold; where no other is named, as the importer knows it.
FIELDS = (
    *("order_number", "answer", "answered_at", "closed_at", "state", "handler", "category", "text", "address"),
    *("dispatched_at", "taken_at", "due_at", "extended_days", "urgency", "callback", "code", "note"),
)
_MOST_COLUMNS = 100
# What a template calls them besides.
_MORE = {"answer": ("回单内容", "处置结果", "answer"), "answered_at": ("办理时间",)}
_USUAL = ("order_number", "answer", "state", "handler", "answered_at", "closed_at")


@dataclass(frozen=True, kw_only=True)
class Column:
    """A column of a form: its heading as the platform writes it, and what it holds; None for nothing of ours."""

    heading: str
    field: str | None


@dataclass(frozen=True, kw_only=True)
class AnswerForm:
    """A form of answers.

    Parameters
    ----------
    name
        What people call it.
    columns
        Its columns in their order.
    states
        What the platform calls our states, where that is not the usual word.
    sheet
        Name of its sheet; "" for ours.
    """

    name: str
    columns: tuple[Column, ...]
    states: Mapping[str, str] = field(default_factory=dict)
    sheet: str = ""


def usual(language: str) -> AnswerForm:
    """Return the form that is used where the community has kept none."""
    return AnswerForm(name="", columns=tuple(Column(heading=heading(one, language), field=one) for one in _USUAL))


def heading(name: str, language: str) -> str:
    """Return what a field is called in a form: the first name that the importer knows in ``language``."""
    source = "handling" if name == "answer" else name
    entry = catalogues.entries("import_columns")[f"issues.{source}"]
    own = [str(one) for one in entry["names"] if str(one).isascii() == (language == "en")]
    return own[0] if own else str(entry[language])


def label(name: str, language: str) -> str:
    """Return what a field is called on a page."""
    return catalogues.label("import_columns", f"issues.{'handling' if name == 'answer' else name}", language)


def of_template(path: Path, name: str) -> AnswerForm:
    """Make a form from a template: an empty sheet with headings, or one that was filled in.

    Raises
    ------
    InputError
        If the file cannot be read, or no headings are found in it.
    """
    part, headings = sheets.headings(path)
    return AnswerForm(name=name, columns=tuple(proposed(headings)), sheet=part)


def proposed(headings: Iterable[str]) -> list[Column]:
    """Return what the columns under some headings hold, by their names; each of our fields at most once."""
    taken: set[str] = set()
    made = []
    for told in list(headings)[:_MOST_COLUMNS]:
        found = next((one for one in FIELDS if one not in taken and _is_called(one, told)), None)
        if found is not None:
            taken.add(found)
        made.append(Column(heading=told, field=found))
    return made


def forms(store: Store, community: model.Community) -> list[AnswerForm]:
    """Return the forms that a community has kept, by name."""
    return [_form(kept) for kept in import_profiles.kept_of(store, community, KIND)]


def save(store: Store, actor: Actor | None, community: model.Community, form: AnswerForm) -> None:
    """Keep a form; one of the same name is replaced.

    Raises
    ------
    Forbidden
        If ``actor`` may not.
    InputError
        If the name is blank or too long, no column holds the order's number or none its answer, or a heading stands
        there twice.
    """
    there = [column.field for column in form.columns]
    for needed in ("order_number", "answer"):
        if needed not in there:
            raise InputError(
                "form_lacks", heading=heading(needed, "zh"), headings=[one.heading for one in form.columns]
            )
    headings = [column.heading.strip() for column in form.columns]
    twice = next((one for one in headings if not one or headings.count(one) > 1), None)
    if twice is not None:
        raise InputError("form_twice", heading=twice)
    content = json.dumps(
        {
            "columns": [[column.heading, column.field] for column in form.columns],
            "states": dict(form.states),
            "sheet": form.sheet,
        },
        ensure_ascii=False,
    )
    import_profiles.keep(store, actor, community, KIND, form.name, content)


def delete(store: Store, actor: Actor | None, community: model.Community, name: str) -> None:
    """Forget a form.

    Raises
    ------
    Forbidden
        If ``actor`` may not.
    NotFound
        If there is none of this name.
    """
    import_profiles.delete(store, actor, community, KIND, name)


def _is_called(name: str, told: str) -> bool:
    source = "handling" if name == "answer" else name
    names = (*_MORE.get(name, ()), *catalogues.entries("import_columns")[f"issues.{source}"]["names"])
    return fields.name_key(told) in {fields.name_key(str(one)) for one in names}


def _form(kept: model.ImportProfile) -> AnswerForm:
    told: Any = json.loads(kept.content)
    return AnswerForm(
        name=kept.name,
        columns=tuple(Column(heading=heading, field=field) for heading, field in told["columns"]),
        states=told["states"],
        sheet=told["sheet"],
    )
