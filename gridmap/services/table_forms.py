"""Tables as departments ask for them: of which register, which columns and rows, in whose workbook.

A form is kept by name and filled on request with what whoever asks may see; what is sealed goes into none.
"""

from __future__ import annotations

import base64
import datetime as dt
import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any
from zoneinfo import ZoneInfo

import pandas as pd

from gridmap import i18n, model, settings
from gridmap.access import Action, Actor
from gridmap.datums import Datum
from gridmap.errors import InputError, NotFound
from gridmap.exchange import fields, form_losses, form_sheet
from gridmap.exchange.form_sheet import Layout
from gridmap.services import audit, exporting, import_profiles, registers
from gridmap.services.registers import REGISTERS
from gridmap.services.sight import Sight
from gridmap.store import Store

SERIAL = "#"
"""Stands for the number of the row (序号)."""
_KIND = "table-form"
_SERIALS = frozenset(("序号", "序", "编号", "no", "no."))
_MOST_COLUMNS, _LONGEST_TITLE = 60, 200


@dataclass(frozen=True, kw_only=True)
class TableForm:
    """A table that a department asks for.

    Parameters
    ----------
    name, kind
        What it is called, and which register it is of.
    columns
        Letter of the column, its heading, and the field that goes there; "" where it stays empty, `SERIAL` for numbers.
    only
        By field the words of which a row must hold one.
    group
        Field by whose words rows are put together, each under a line of its own; "" for none.
    titles
        Lines above the headings, where there is no template.
    template
        The department's workbook in base64; "" where there is none.
    """

    name: str
    kind: str
    columns: tuple[tuple[str, str, str], ...]
    only: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    group: str = ""
    titles: tuple[str, ...] = ()
    template: str = ""

    @property
    def workbook(self) -> bytes:
        """The workbook that is filled: the department's, else one of ours."""
        if self.template:
            return base64.b64decode(self.template)
        return form_sheet.blank(self.titles, [heading for _, heading, _ in self.columns])

    def lost(self) -> tuple[str, ...]:
        """Return what of the department's workbook a filled one has no longer (`form_losses.of`)."""
        return form_losses.of(base64.b64decode(self.template)) if self.template else ()

    def without(self) -> tuple[str, ...]:
        """Return the headings under which nothing is written."""
        return tuple(heading for _, heading, told in self.columns if not told)


@dataclass(frozen=True, kw_only=True, repr=False)
class Filled:
    """A form that was filled: the file, and how many rows are in it."""

    data: bytes
    rows: int


def forms(store: Store, community: model.Community) -> list[TableForm]:
    """Return the forms of a community by name."""
    return [_form(kept) for kept in import_profiles.kept_of(store, community, _KIND)]


def named(store: Store, community: model.Community, name: str) -> TableForm:
    """Return a form by name.

    Raises
    ------
    NotFound
        If there is none.
    """
    known = forms(store, community)
    found = next((one for one in known if one.name == name), None)
    if found is None:
        raise NotFound("form_missing", name=name, names=[one.name for one in known])
    return found


def save(store: Store, actor: Actor | None, community: model.Community, form: TableForm) -> None:
    """Keep a form; one of the same name is replaced.

    Raises
    ------
    Forbidden
        If ``actor`` may not take tables of this register along: whoever may export it may design how.
    InputError
        If it has no column with a field, or too many, or its name is blank or too long.
    """
    known = {*fields_of(form.kind), SERIAL, ""}
    if not any(told for _, _, told in form.columns) or len(form.columns) > _MOST_COLUMNS:
        raise InputError("form_columns", most=_MOST_COLUMNS)
    if any(told not in known for _, _, told in form.columns) or not {form.group, *form.only} <= known:
        raise ValueError("a form names fields of its register only")
    if any(len(title) > _LONGEST_TITLE for title in form.titles):
        raise InputError("form_title", most=_LONGEST_TITLE)
    content = {name: value for name, value in asdict(form).items() if name != "name"}
    _demand(actor, community, form.kind)
    import_profiles.keep(store, actor, community, _KIND, form.name, json.dumps(content, ensure_ascii=False), needs=None)


def delete(store: Store, actor: Actor | None, community: model.Community, name: str) -> None:
    """Forget a form.

    Raises
    ------
    Forbidden
        As `save` does.
    NotFound
        If there is none of this name.
    """
    _demand(actor, community, named(store, community, name).kind)
    import_profiles.delete(store, actor, community, _KIND, name, needs=None)


def _demand(actor: Actor | None, community: model.Community, kind: str) -> None:
    if actor is not None:
        exporting.demand(Sight.of(actor, community), kind)


def fields_of(kind: str) -> tuple[str, ...]:
    """Return the fields of a register that may stand in a table."""
    return REGISTERS[kind].fields


def proposed(layout: Layout, kind: str) -> tuple[tuple[str, str, str], ...]:
    """Return the columns of a template with the fields that their headings name."""
    taken: set[str] = set()
    made = []
    for letter, heading in layout.headings.items():
        told = SERIAL if fields.name_key(heading) in _SERIALS and not taken else ""
        for one in fields_of(kind):
            names = {fields.name_key(name) for name in registers.names(kind, one)}
            names |= {fields.name_key(registers.heading(kind, one, language)) for language in i18n.LANGUAGES}
            if one not in taken and fields.name_key(heading) in names:
                told = one
                break
        taken.add(told)
        made.append((letter, heading, told))
    return tuple(made)


def rows(
    store: Store, community: model.Community, form: TableForm, actor: Actor | None, language: str, now: dt.datetime
) -> pd.DataFrame:
    """Return the rows that a form is filled with, as fields in words, in their order.

    Raises
    ------
    Forbidden
        If ``actor`` may not take tables along, or sees nothing of the register.
    """
    data, seen = exporting.seen_by(store, community, actor, now)
    exporting.demand(seen, form.kind)
    register = REGISTERS[form.kind]
    frame = registers.rows(store, data, register, seen)
    table = pd.DataFrame(registers.table(data, register, frame, language, Datum.WGS84)).drop(
        columns="geom", errors="ignore"
    )
    for name, words in form.only.items():
        if words:
            table = table[table[name].astype(str).isin(words)]
    return table.sort_values(form.group, kind="stable", key=lambda one: one.astype(str)) if form.group else table


def preview(form: TableForm, table: pd.DataFrame) -> pd.DataFrame:
    """Return rows under the form's headings, as they are written."""
    columns = {}
    for letter, heading, told in form.columns:
        shown = f"{heading} ({letter})" if heading in columns else heading
        columns[shown] = range(1, len(table) + 1) if told == SERIAL else table[told] if told else ""
    return pd.DataFrame(columns, index=table.index)


def fill(
    store: Store,
    community: model.Community,
    form: TableForm,
    *,
    actor: Actor | None = None,
    language: str = "zh",
    address: str = "",
    now: dt.datetime | None = None,
) -> Filled:
    """Fill a form, and write into the audit that somebody took it along.

    Raises
    ------
    Forbidden
        As for `rows`.
    InputError
        If the template cannot be read any more.
    """
    moment = now or dt.datetime.now(dt.UTC)
    table = rows(store, community, form, actor, language, moment)
    zone = ZoneInfo(settings.from_environment().time_zone)
    source = form.workbook
    layout = form_sheet.read(source, form.name)
    written: list[Mapping[str, Any] | str] = []
    group, n = None, 0
    for _, row in table.iterrows():
        if form.group and str(row[form.group]) != group:
            group = str(row[form.group])
            count = int((table[form.group].astype(str) == group).sum())
            written.append(
                i18n.text("form.group", language, name=group or i18n.text("form.no_group", language), n=count)
            )
        n += 1
        written.append(
            {letter: n if told == SERIAL else _value(row[told], zone) for letter, _, told in form.columns if told}
        )
    blanks = {
        "社区": community.name,
        "日期": i18n.date(moment.astimezone(zone), language),
        "条数": str(n),
        "填表人": "" if actor is None else actor.display or actor.name,
    }
    data = form_sheet.fill(source, layout, written, blanks)
    audit.note(
        store,
        actor,
        Action.DOWNLOAD_TABLES.value,
        target=form.name,
        community_id=community.id,
        address=address,
        now=now,
    )
    return Filled(data=data, rows=n)


def replaced(form: TableForm, template: bytes, name: str) -> TableForm:
    """Return a form with a newer template, whose headings must stand where they stood.

    Raises
    ------
    InputError
        As `form_sheet.read`.
    FaultyInput
        With each cell that holds another heading, or none.
    """
    layout = form_sheet.read(template, name)
    form_sheet.demand_headings(layout, {letter: heading for letter, heading, _ in form.columns}, name)
    content = base64.b64encode(template).decode()
    return TableForm(**{**vars(form), "template": content})


def lettered(headings: Sequence[tuple[str, str]]) -> tuple[tuple[str, str, str], ...]:
    """Return columns for headings and their fields, from the first column on."""
    return tuple((_letter(n), heading, told) for n, (heading, told) in enumerate(headings))


def _letter(n: int) -> str:
    return chr(ord("A") + n) if n < 26 else chr(ord("A") + n // 26 - 1) + chr(ord("A") + n % 26)


def _value(value: Any, zone: ZoneInfo) -> Any:
    if not isinstance(value, str) and pd.isna(value):
        return None
    if isinstance(value, pd.Timestamp):
        return value.tz_convert(zone).to_pydatetime().replace(tzinfo=None) if value.tzinfo else value.to_pydatetime()
    return value.item() if hasattr(value, "item") else value


def _form(kept: model.ImportProfile) -> TableForm:
    told = json.loads(kept.content)
    return TableForm(
        name=kept.name,
        kind=told["kind"],
        columns=tuple((letter, heading, of) for letter, heading, of in told["columns"]),
        only={name: tuple(words) for name, words in told["only"].items()},
        group=told["group"],
        titles=tuple(told["titles"]),
        template=told["template"],
    )
