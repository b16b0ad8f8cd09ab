"""The form of one record, and what becomes of it: saved, refused, in the way of somebody else's change, deleted."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from html import escape
from typing import Any

import streamlit as st

from gridmap import errors, i18n
from gridmap.access import Actor
from gridmap.services import drafts, layers, record_kinds, records, recycle_bin
from gridmap.services.community_data import CommunityData
from gridmap.services.record_kinds import Field, Kind, Shape
from gridmap.services.record_rows import Record
from gridmap.web import chrome, record_clash, record_history_view, records_state, sources
from gridmap.web.records_state import Form, Session

TAGS = record_kinds.kind("issues")
"""Kind of what is tagged by the short form."""
_FEW = 4  # so many choices are shown side by side


def show(data: CommunityData, session: Session, kind: Kind, actor: Actor, language: str) -> None:
    """Show the form that the page's state asks for, with what was typed into it before."""
    if session.form is None:
        session.form = _open(data, session, kind, actor)
    form = session.form
    if form.clash is not None:
        _clash(data, session, form, language)
        return
    _head(form, language)
    plain = [name for name in form.fields() if name != "geom"]
    for first in range(0, len(plain), 2):
        # On a phone the two of a line stand one below the other.
        for column, name in zip(st.columns(2, gap="medium"), plain[first : first + 2], strict=False):
            with column:
                _widget(form, form.kind.field(name), data, language)
    if "geom" in form.fields():
        _widget(form, form.kind.field("geom"), data, language)
    if form.fault is not None:
        st.error(chrome.literally(form.fault.sentence(language)), icon=":material/error:")
    with st.container(horizontal=True, key="record-do"):
        if st.button(_say("save", language), type="primary", icon=":material/save:", key=f"save-{form.serial}"):
            _finish(session, form, _save(data, form, form.base), language)
        if st.button(_say("back", language), icon=":material/arrow_back:", key=f"back-{form.serial}"):
            session.go()
            st.rerun()
        if form.kept_at is not None and st.button(_say("discard", language), key=f"discard-{form.serial}"):
            _leave(session, form)
        if form.base is not None:
            with st.popover(_say("delete", language), icon=":material/delete:"):
                st.write(_say("delete_sure", language, days=recycle_bin.keeping().days))
                if st.button(_say("delete_yes", language), type="primary", key=f"delete-{form.serial}"):
                    _delete(data, session, form, form.base, language)
    if form.base is not None:
        cls: Any = form.kind.cls
        record_history_view.show(data, form.actor, cls, form.base.number, language)


def _say(key: str, language: str, **fields: Any) -> str:
    return i18n.text(f"record.{key}", language, **fields)


def _open(data: CommunityData, session: Session, kind: Kind, actor: Actor) -> Form:
    where = session.where
    start = f"{data.community.id}/{kind.name}/"
    if where.number is None:
        blank = records_state.as_typed(kind, record_kinds.blank(kind))
        building = where.building if kind.name == "issues" and where.building in data.buildings.index else None
        if kind.name == "issues":
            blank = {name: blank[name] for name in record_kinds.TAGGED} | {"building_id": building}
        return records_state.opened(kind, None, blank, actor, f"{start}new/{building or ''}")
    key = f"{start}{where.number}"
    try:
        base = records.read(sources.store(), actor, data, kind.name, where.number)
    except errors.NotFound:
        # Somebody deleted it while it was being changed: the draft is all there is.
        empty = records_state.as_typed(kind, record_kinds.blank(kind))
        form = records_state.opened(kind, None, empty, actor, key)
        if form.base is None:
            raise
        return form
    return records_state.opened(kind, base, records_state.as_typed(kind, base.fields), actor, key)


def _head(form: Form, language: str) -> None:
    kind = _say(f"kind.{form.kind.name}", language)
    if form.base is not None:
        st.subheader(chrome.literally(f"{kind} {form.base.title}"), anchor=False)
    else:
        st.subheader(_say("tag" if form.kind.name == "issues" else "new", language, kind=kind), anchor=False)
    if form.kept_at is not None:
        at = i18n.time(form.kept_at, language, sources.time_zone())
        st.info(_say("draft", language, at=at), icon=":material/edit_note:")


def _widget(form: Form, field: Field, data: CommunityData, language: str) -> None:
    key = f"record-{form.serial}-{field.name}"
    # Streamlit forgets a widget that a run did not show; the form does not.
    if key not in st.session_state:
        st.session_state[key] = form.typed[field.name]

    def take() -> None:
        form.typed[field.name] = st.session_state[key]
        form.dirty = True

    label = _say(f"field.{field.name}", language) + (" *" if field.required else "")
    _DRAWN[field.shape](field, label, key, take, data, language)
    for refusal in form.refusals:
        if refusal.name == field.name:
            st.html(f'<p class="gm-wrong" role="alert">{escape(refusal.sentence(language))}</p>')


def _line(field: Field, label: str, key: str, take: Callable[[], None], _data: CommunityData, language: str) -> None:
    hint = _say("hint.hours", language) if field.shape == Shape.HOURS else None
    hint = _say("hint.point", language) if field.shape == Shape.POINT else hint
    told = _say("hint.wgs84", language) if field.shape == Shape.POINT else None
    st.text_input(label, key=key, on_change=take, placeholder=hint, help=told, autocomplete="off")


def _text(field: Field, label: str, key: str, take: Callable[[], None], _data: CommunityData, language: str) -> None:
    area = field.shape == Shape.AREA
    hint, told = (_say("hint.area", language), _say("hint.wgs84", language)) if area else (None, None)
    st.text_area(label, key=key, on_change=take, height=120, placeholder=hint, help=told)


def _yes_no(
    _field: Field, label: str, key: str, take: Callable[[], None], _data: CommunityData, _language: str
) -> None:
    st.toggle(label, key=key, on_change=take)


def _choice(field: Field, label: str, key: str, take: Callable[[], None], data: CommunityData, language: str) -> None:
    options = field.options(data.catalogues)
    if st.session_state[key] == "":
        st.session_state[key] = None
    # What is retired stays with what has it.
    if st.session_state[key] not in (None, *options):
        options = (*options, st.session_state[key])
    if len(options) <= _FEW:
        st.segmented_control(
            label, options, key=key, on_change=take, required=True,
            format_func=lambda code: chrome.literally(field.option(code, language, data.catalogues)),
        )  # fmt: skip
        return
    st.selectbox(
        label,
        options,
        key=key,
        on_change=take,
        format_func=lambda code: field.option(code, language, data.catalogues),
        placeholder=_say("choose", language),
        index=None,
    )


def _one_of(field: Field, label: str, key: str, take: Callable[[], None], data: CommunityData, language: str) -> None:
    if field.shape == Shape.BUILDING:
        names = layers.building_titles(data.buildings, language).to_dict()
    else:
        names = (data.points if field.shape == Shape.SERVICE_POINT else data.compounds)["name"].to_dict()
    if st.session_state[key] not in names:
        st.session_state[key] = None
    st.selectbox(
        label,
        list(names),
        key=key,
        on_change=take,
        format_func=lambda number: names[number],
        placeholder=_say("none_chosen", language),
        index=None,
    )


_DRAWN: dict[Shape, Callable[[Field, str, str, Callable[[], None], CommunityData, str], None]] = {
    Shape.LINE: _line,
    Shape.WHOLE: _line,
    Shape.MEASURE: _line,
    Shape.HOURS: _line,
    Shape.POINT: _line,
    Shape.TEXT: _text,
    Shape.AREA: _text,
    Shape.YES_NO: _yes_no,
    Shape.CHOICE: _choice,
    Shape.BUILDING: _one_of,
    Shape.COMPOUND: _one_of,
    Shape.SERVICE_POINT: _one_of,
}


def _save(data: CommunityData, form: Form, base: Record | None, entry: int | None = None) -> Record | None:
    """Save what is in the form and return it; None where something stands in the way, which the form tells."""
    store, now, address = sources.store(), dt.datetime.now(dt.UTC), st.context.ip_address or ""
    form.refusals, form.fault, form.clash = (), None, None
    values = form.values()
    try:
        if entry is not None:
            return recycle_bin.restore(store, form.actor, data, entry, values=values, now=now, address=address)
        if base is not None:
            return records.change(store, form.actor, data, base, values, now=now, address=address)
        if form.kind.name == "issues":
            only = {name: values[name] for name in record_kinds.TAGGED}
            return records.tag_issue(store, form.actor, data, only, client_id=form.client_id, now=now, address=address)
        return records.create(store, form.actor, data, form.kind.name, values, now=now, address=address)
    except (records.Overtaken, records.Gone) as clash:
        form.clash = clash
    except errors.FaultyRecord as faulty:
        form.refusals = faulty.refusals
    except errors.GridmapError as fault:
        form.fault = fault
    return None


def _finish(session: Session, form: Form, made: Record | None, language: str) -> None:
    if made is not None:
        form.dirty = False
        session.go()
        kind = _say(f"kind.{made.kind}", language)
        session.notice = _say("saved", language, kind=kind, title=made.title)
        drafts.drop(sources.store(), form.actor, form.key)
    st.rerun()


def _leave(session: Session, form: Form) -> None:
    form.dirty = False
    drafts.drop(sources.store(), form.actor, form.key)
    session.go()
    st.rerun()


def _delete(data: CommunityData, session: Session, form: Form, base: Record, language: str) -> None:
    store, now, address = sources.store(), dt.datetime.now(dt.UTC), st.context.ip_address or ""
    form.fault = None
    try:
        entry = recycle_bin.delete(store, form.actor, data, base, now=now, address=address)
    except (records.Overtaken, records.Gone) as clash:
        form.clash = clash
    except errors.GridmapError as fault:
        form.fault = fault
    else:
        form.dirty = False
        session.go()
        kind = _say(f"kind.{base.kind}", language)
        session.notice = _say("deleted", language, kind=kind, title=base.title, days=recycle_bin.keeping().days)
        session.undo = entry
        drafts.drop(store, form.actor, form.key)
    st.rerun()


def _clash(data: CommunityData, session: Session, form: Form, language: str) -> None:
    """Let the person decide between what somebody else did and what is in the form."""
    clash = form.clash
    if isinstance(clash, records.Gone):
        choice = record_clash.gone(form, clash, language)
        if choice == "keep":
            _finish(session, form, _save(data, form, None, clash.entry), language)
    elif clash is not None and form.base is not None:
        try:
            choice = record_clash.overtaken(data, form, form.base, clash, language)
        except errors.FaultyRecord as faulty:
            form.refusals, choice = faulty.refusals, "back"
        if choice == "keep":
            # What was chosen now stands in the form, over what the other person made of it.
            form.dirty, form.base = True, clash.theirs
            _finish(session, form, _save(data, form, clash.theirs), language)
    else:
        choice = "back"
    if choice == "drop":
        _leave(session, form)
    if choice == "back":
        form.clash = None
        st.rerun()
