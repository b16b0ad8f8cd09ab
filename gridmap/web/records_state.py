"""What one person's page of records holds between two runs: where they are, and the form that is open.

The form is kept apart from Streamlit's widgets, which forget what was typed as soon as a run does not show them: when
the store is out of reach, when the session is over.
"""

from __future__ import annotations

import datetime as dt
import re
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import shapely
import streamlit as st

from gridmap import errors, privacy
from gridmap.access import Actor
from gridmap.services import drafts, record_checks, record_kinds
from gridmap.services.record_kinds import Kind, Shape
from gridmap.services.record_rows import Record
from gridmap.services.records import Gone, Overtaken
from gridmap.web import sources
from gridmap.web.session import RECORDS

_MASKED = re.compile(r"[0-9A-Za-z-]*\*[0-9A-Za-z*-]*")


@dataclass(frozen=True, kw_only=True)
class Where:
    """What the address says.

    Parameters
    ----------
    community
        Id of the community; None for the first.
    kind
        Kind of record; "" for the first.
    number
        Id of the record whose form is open.
    new
        Whether the form of a new one is open.
    building
        The building at which a new issue is.
    bin
        Whether the bin is shown.
    """

    community: int | None = None
    kind: str = ""
    number: int | None = None
    new: bool = False
    building: int | None = None
    bin: bool = False


@dataclass(kw_only=True)
class Form:
    """A form that is open.

    Parameters
    ----------
    kind
        Kind of the record.
    base
        The record as the form was opened on; None for a new one.
    typed
        What stands in the form, as its widgets hold it.
    client_id
        What this form calls a new issue, however often it is sent.
    actor, key
        Whose draft it is, and the draft's name.
    kept_at
        When the draft was kept that stands in the form; None where nothing was.
    dirty
        Whether something was typed that the draft does not hold yet.
    serial
        Part of the widgets' keys: another form has other widgets.
    refusals, fault
        Why it could not be saved the last time.
    clash
        Somebody else's change or deletion that stands in the way.
    """

    kind: Kind
    base: Record | None
    typed: dict[str, Any]
    client_id: str
    actor: Actor
    key: str
    kept_at: dt.datetime | None = None
    dirty: bool = False
    serial: str = field(default_factory=lambda: secrets.token_hex(4))
    refusals: tuple[errors.Refusal, ...] = ()
    fault: errors.GridmapError | None = None
    clash: Overtaken | Gone | None = None

    def fields(self) -> list[str]:
        """Return the names of the fields that the form shows."""
        short = self.kind.name == "issues" and self.base is None
        return [one.name for one in self.kind.fields if not short or one.name in record_kinds.TAGGED]

    def values(self) -> dict[str, Any]:
        """Return what is to be saved: what was typed, and the place as it was where nobody touched its text.

        Where a number that was masked still stands in a text, the number itself is saved.
        """
        made = dict(self.typed)
        for name, before in ({} if self.base is None else self.base.fields).items():
            if isinstance(before, shapely.Geometry) and made.get(name) == record_checks.place_text(before):
                made[name] = before
            elif isinstance(before, str) and isinstance(made.get(name), str):
                for masked, whole in _hidden(before):
                    made[name] = made[name].replace(masked, whole, 1)
        return made

    def content(self) -> dict[str, Any]:
        """Return the form as a draft keeps it."""
        base = None
        if self.base is not None:
            plain = {k: v.wkt if isinstance(v, shapely.Geometry) else v for k, v in self.base.fields.items()}
            base = {"version": self.base.version, "title": self.base.title, "fields": plain}
            base |= {"number": self.base.number, "grid_id": self.base.grid_id}
        typed = {k: privacy.mask_identity(v) if isinstance(v, str) else v for k, v in self.typed.items()}
        return {"typed": typed, "client_id": self.client_id, "base": base}


@dataclass(kw_only=True)
class Session:
    """One person's page of records.

    Parameters
    ----------
    where
        Where they are.
    written
        What the page last wrote into the address.
    form
        The form that is open.
    notice
        What was just done, in words.
    undo
        Entry of the bin that can be taken back at once.
    """

    where: Where = field(default_factory=Where)
    written: dict[str, str] = field(default_factory=dict)
    form: Form | None = None
    notice: str = ""
    undo: int | None = None

    def go(self, **to: Any) -> None:
        """Go elsewhere on the page; what was just done is told no longer."""
        self.where = replace(Where(community=self.where.community, kind=self.where.kind), **to)
        self.form, self.notice, self.undo = None, "", None


def current() -> Session:
    """Return this person's session; where the address was changed by a link, it counts."""
    session: Session = st.session_state.setdefault(RECORDS, Session())
    asked = st.query_params.to_dict()
    if asked != session.written:
        session.go()
        session.where = parse(asked)
        session.written = asked
    return session


def parse(params: Mapping[str, str]) -> Where:
    """Read where the address leads; what it says wrongly is passed over."""
    kind = params.get("kind", "")
    return Where(
        community=_whole(params.get("c")),
        kind=kind if kind in record_kinds.names() else "",
        number=_whole(params.get("id")),
        new=params.get("new") == "1",
        building=_whole(params.get("building")),
        bin=params.get("bin") == "1",
    )


def params(where: Where, language: str) -> dict[str, str]:
    """Return the address of a place on the page."""
    made = {"lang": language}
    named = {"c": where.community, "kind": where.kind or None, "id": where.number, "building": where.building}
    made |= {name: str(value) for name, value in named.items() if value is not None}
    made |= {name: "1" for name, on in (("new", where.new), ("bin", where.bin)) if on}
    return made


def remember(session: Session, language: str) -> None:
    """Write where the person is into the address."""
    wanted = params(session.where, language)
    session.written = wanted
    if st.query_params.to_dict() != wanted:
        st.query_params.from_dict(wanted)


def opened(kind: Kind, base: Record | None, typed: Mapping[str, Any], actor: Actor, key: str) -> Form:
    """Return a form; where its account has a draft of it, that stands in it."""
    form = Form(kind=kind, base=base, typed=dict(typed), client_id=secrets.token_urlsafe(16), actor=actor, key=key)
    found = drafts.find(sources.store(), actor, key)
    if found is None:
        return form
    content, form.kept_at = found
    form.typed |= {name: value for name, value in content["typed"].items() if name in form.typed}
    form.client_id = content["client_id"]
    if content["base"] is not None:
        form.base = _base(kind, content["base"])
    return form


def as_typed(kind: Kind, values: Mapping[str, Any]) -> dict[str, Any]:
    """Return the values of a record as the widgets of its form hold them; numbers of persons in texts are masked."""
    made = {name: privacy.mask_text(value) if isinstance(value, str) else value for name, value in values.items()}
    for one in kind.fields:
        if one.shape in (Shape.POINT, Shape.AREA) and one.name in made:
            made[one.name] = record_checks.place_text(made[one.name])
        elif one.shape in (Shape.WHOLE, Shape.MEASURE) and one.name in made:
            made[one.name] = "" if made[one.name] is None else f"{made[one.name]:g}"
    return made


def rescue() -> None:
    """Keep as a draft what was typed since the last run, before anything else can go wrong.

    It is the draft of the account that opened the form, also where its session is over by now.
    """
    session: Session | None = st.session_state.get(RECORDS)
    form = None if session is None else session.form
    if form is None or not form.dirty:
        return
    try:
        now = dt.datetime.now(dt.UTC)
        drafts.keep(sources.store(), form.actor, form.key, form.content(), now)
        form.dirty = False
        if isinstance(form.fault, errors.StoreError):
            form.fault = None  # the store is there again
    except errors.GridmapError as fault:
        # The form itself holds what was typed, and the next run tries again.
        form.fault = fault


def _hidden(text: str) -> list[tuple[str, str]]:
    """Return what is masked of a text, in its order: as it is shown, and as it is."""
    # A masked text is as long as the text.
    shown = privacy.mask_text(text)
    return [(found[0], text[found.start() : found.end()]) for found in _MASKED.finditer(shown) if shown != text]


def _base(kind: Kind, kept: Mapping[str, Any]) -> Record:
    fields = dict(kept["fields"])
    for one in kind.fields:
        if one.shape in (Shape.POINT, Shape.AREA):
            fields[one.name] = shapely.from_wkt(fields[one.name])
    more = {name: kept[name] for name in ("number", "version", "title", "grid_id")}
    return Record(kind=kind.name, fields=fields, **more)


def _whole(text: str | None) -> int | None:
    return int(text) if text and text.isascii() and text.isdigit() and len(text) < 10 else None
