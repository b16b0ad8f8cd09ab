"""A community's catalogues as an Excel table, and such a table taken in again."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd

from gridmap import i18n, service_kinds, settings
from gridmap.errors import FaultyRecord, InputError, Refusal
from gridmap.exchange import fields, reading, workbook
from gridmap.model import IssueLevel
from gridmap.planning.deadlines import Unit
from gridmap.services import catalogue_checks, record_checks
from gridmap.services.catalogue_checks import FIELDS, LONGEST
from gridmap.services.catalogue_editing import Wanted
from gridmap.services.issue_catalogue import CATEGORIES, DEPARTMENTS, GROUPS, KINDS, Catalogues

SHEETS = (CATEGORIES, DEPARTMENTS, KINDS)
"""The catalogues that go out and come in; the flow is changed on the page."""
_LIMITS = ("limit_normal", "limit_urgent", "limit_critical")
_WHOLE = ("double_m", "double_days", "days", "radius_m", "order")


@dataclass(frozen=True)
class RowFault:
    """What is wrong with one row of a table, counted as a person sees it."""

    row: int
    refusal: Refusal

    def sentence(self, language: str) -> str:
        """Say it in ``language``."""
        return i18n.text("catalogue.row", language, row=self.row, told=self.refusal.sentence(language))


def heading(name: str, language: str) -> str:
    """Return what the column of a field is called."""
    return i18n.text(f"record.field.catalogue.{name}", language)


def pictured(icon: str, language: str) -> str:
    """Return what is seen on an icon."""
    zh, en = service_kinds.pictures().get(icon, (icon, icon))
    return zh if language == "zh" else en


def table(catalogue: str, known: Catalogues, language: str) -> pd.DataFrame:
    """Return a catalogue in words, a row an entry, its columns headed in ``language``."""
    names = ("code", *FIELDS[catalogue])
    rows = [
        {name: _told(name, value, known, language) for name, value in _fields(catalogue, code, row).items()}
        for code, row in known.rows[catalogue].items()
        if not row.get("removed")
    ]
    return pd.DataFrame(rows, columns=list(names)).rename(columns={name: heading(name, language) for name in names})


def written(catalogue: str, known: Catalogues, community: str, language: str) -> bytes:
    """Return a catalogue as a workbook that `read` takes in again."""
    title = i18n.text(f"catalogue.{catalogue}", language)
    offered = {
        "group": [str(row[language]) for row in known.rows[GROUPS].values() if not row.get("retired")],
        "department": [one.label(language) for one in known.departments.live()],
        "icon": [pictured(key, language) for key in service_kinds.pictures()],
        "level": [i18n.text(f"issue_level.{level.value}", language) for level in IssueLevel],
        "retired": [i18n.text(f"record.{word}", language) for word in ("yes", "no")],
    }
    shown = {heading(name, language): words for name, words in offered.items() if name in FIELDS[catalogue]}
    return workbook.write(
        {title: table(catalogue, known, language)},
        title=f"{community} {title}",
        note=i18n.text("catalogue.sheet_note", language),
        time_zone=settings.from_environment().time_zone,
        aids={title: workbook.Aids(choices=shown, spare_rows=100)},
    )


def read(path: Path, catalogue: str, known: Catalogues) -> tuple[list[Wanted], list[RowFault]]:
    """Read the rows of a table as they are wanted, and say what is wrong with them.

    Without a code a row is a new entry. Columns that are missing, and rows that are, leave entries as they are.

    Raises
    ------
    errors.InputError
        If the file cannot be read, or has no column of names.
    """
    frame = reading.read(path).frame
    columns = _columns(frame, catalogue)
    if "zh" not in columns:
        raise InputError("catalogue_no_names", column=heading("zh", "zh"), file=path.name)
    wanted: list[Wanted] = []
    faults: list[RowFault] = []
    for number, cells in frame.iterrows():
        said = {name: _cell(name, cells[column]) for name, column in columns.items()}
        code = _code(said, catalogue, known)
        if code is None:
            unknown = Refusal(name="catalogue.code", problem="catalogue_code", fields={"value": said["code"][:40]})
            faults.append(RowFault(_row(number), unknown))
            continue
        given = {name: text for name, text in said.items() if name != "code"}
        before = catalogue_checks.flat(catalogue, known.rows[catalogue][code] if code else _blank(catalogue))
        values = {**before, **{name: _read(name, text, before[name], known) for name, text in given.items()}}
        try:
            kept = catalogue_checks.checked(catalogue, code, values, known)
        except FaultyRecord as wrong:
            faults += [RowFault(_row(number), one) for one in wrong.refusals]
            continue
        if not code or catalogue_checks.flat(catalogue, kept) != before:
            wanted.append(Wanted(catalogue=catalogue, code=code, said=values))
    return wanted, faults


def _cell(name: str, cell: Any) -> str:
    # What people write keeps its full-width signs.
    written = name in LONGEST or name == "names"
    return record_checks.line(fields.text(cell)) if written else fields.fold(cell)


def _fields(catalogue: str, code: str, row: Mapping[str, Any]) -> dict[str, Any]:
    return {"code": code, **catalogue_checks.flat(catalogue, row)}


def _told(name: str, value: Any, known: Catalogues, language: str) -> Any:
    if name in _LIMITS:
        return _limit_told(value, language)
    if name == "names":
        return "、".join(value)
    if name == "group":
        return known.categories.group_label(value, language)
    if name == "department":
        return known.departments.label(value, language) if value else ""
    if name == "level":
        return i18n.text(f"issue_level.{value}", language)
    if name == "icon":
        return pictured(value, language)
    if name in ("retired", "street"):
        return i18n.text("record.yes" if value else "record.no", language)
    return value


def _limit_told(value: Any, language: str) -> str:
    return "" if not value else f"{value[0]} {i18n.text(f'unit.{value[1]}', language)}"


def _columns(frame: pd.DataFrame, catalogue: str) -> dict[str, Any]:
    known = {
        fields.fold(heading(name, language)).casefold(): name
        for name in ("code", *FIELDS[catalogue])
        for language in i18n.LANGUAGES
    }
    found: dict[str, Any] = {}
    for column in frame.columns:
        name = known.get(fields.fold(column).casefold())
        if name is not None:
            found.setdefault(name, column)
    return found


def _code(said: Mapping[str, str], catalogue: str, known: Catalogues) -> str | None:
    """Return the code of a row: its own, that of the entry of its name, "" for a new one; None of one not known."""
    code = said.get("code", "")
    if code:
        return code if code in known.rows[catalogue] else None
    name = said.get("zh", "").casefold()
    rows = {c: row for c, row in known.rows[catalogue].items() if not row.get("removed")}
    return next((c for c, row in rows.items() if str(row["zh"]).casefold() == name), "")


def _blank(catalogue: str) -> dict[str, Any]:
    limits = {"normal": [5, "working"], "urgent": [3, "working"], "critical": [1, "calendar"]}
    usual = {
        "limits": limits,
        "level": "small",
        "double_m": 60,
        "double_days": 30,
        "days": 3,
        "street": True,
        "names": (),
        "icon": "issue_other",
        "radius_m": None,
        "order": "",
    }
    return {name: value for name, value in usual.items() if name in FIELDS[catalogue] or name == "limits"}


def blank(catalogue: str) -> dict[str, Any]:
    """Return the fields of an entry that is not filled in yet."""
    return catalogue_checks.flat(catalogue, _blank(catalogue))


def _read(name: str, text: str, before: Any, known: Catalogues) -> Any:
    """Return what a cell says, as a form would hold it; what it does not say stays as it was."""
    if name in _LIMITS:
        return _limit_read(text) if text else before
    if name in _WHOLE:
        return before if not text else _number(text)
    if name in ("retired", "street"):
        return before if not text else fields.truth(text)
    if name == "level":
        words = {
            i18n.text(f"issue_level.{one.value}", lang): one.value for one in IssueLevel for lang in i18n.LANGUAGES
        }
        return words.get(text, text) or before
    if name == "group":
        return _by_name(known.rows[GROUPS], text)
    if name == "icon":
        return next((key for key, words in service_kinds.pictures().items() if text in words), text or before)
    if name == "department":
        return _by_name(known.rows[DEPARTMENTS], text)
    return text


def _by_name(rows: Mapping[str, Mapping[str, Any]], text: str) -> str:
    return next((code for code, row in rows.items() if text in (row["zh"], row["en"])), text)


def _limit_read(text: str) -> tuple[Any, str]:
    days = "".join(sign for sign in text if sign.isdecimal())
    rest = text.replace(days, "").strip().casefold()
    words = {i18n.text(f"unit.{unit.value}", lang).casefold(): unit.value for unit in Unit for lang in i18n.LANGUAGES}
    return (int(days) if days and len(days) < 5 else None, words.get(rest, rest))


def _number(text: str) -> Any:
    try:
        return fields.count(text)
    except ValueError:
        return text


def _row(number: Any) -> int:
    return int(number)
