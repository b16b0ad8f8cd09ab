"""Tables as departments ask for them: filled and looked at, designed, given a newer template, deleted."""

from __future__ import annotations

import base64
import datetime as dt
import functools
import zlib

import pandas as pd
import streamlit as st

from gridmap import i18n
from gridmap.access import Actor
from gridmap.exchange import form_losses, form_sheet, workbook
from gridmap.exchange.form_sheet import LARGEST_MB
from gridmap.services import exporting, registers, table_forms
from gridmap.services.community_data import CommunityData
from gridmap.services.sight import Sight
from gridmap.services.table_forms import SERIAL, TableForm
from gridmap.web import acts, chrome, downloads, registers_list_view, sources, upload
from gridmap.web.registers_state import RegistersState

_PREVIEW = 50
_MOST_WORDS = 200
_UNDO = "gridmap_form_undo"


def _say(key: str, language: str, **fields: object) -> str:
    return i18n.text(f"form.{key}", language, **fields)


def show(here: RegistersState, data: CommunityData, actor: Actor, language: str) -> None:
    """Show the tables of the community, and how a new one is designed to whoever may take tables along."""
    st.caption(_say("about", language))
    seen = Sight.of(actor, data.community)
    may = seen.tables
    if may:
        _undo(data, actor, language)
    known = {one.name: one for one in table_forms.forms(sources.store(), data.community)}
    if known:
        name = st.selectbox(_say("which", language), list(known), key=f"form-which-{here.turn}", width=420)
        _one(here, known[name], data, seen, actor, language, may=may)
    else:
        st.info(_say("none", language), icon=":material/info:")
    if may:
        with st.expander(_say("new", language), icon=":material/add:", expanded=not known, key="form-new"):
            _new(here, data, seen, actor, language)


def _one(
    here: RegistersState, form: TableForm, data: CommunityData, seen: Sight, actor: Actor, language: str, *, may: bool
) -> None:
    if form.kind not in exporting.kinds(seen):
        st.warning(_say("unseen", language, kind=exporting.words(form.kind, language)), icon=":material/lock:")
    else:
        _lost(form.lost(), language)
        _filled(form, data, actor, language)
    if may and form.kind in exporting.kinds(seen):
        with st.container(horizontal=True):
            if form.template:
                _replace(form, data, actor, language)
            if st.button(_say("delete", language), icon=":material/delete:", key="form-delete"):
                act = functools.partial(_deleted, here, form, data, language)
                question = _say("delete.ask", language, name=form.name)
                acts.ask(_say("delete", language), question, _say("delete.yes", language), act, language)


def _filled(form: TableForm, data: CommunityData, actor: Actor, language: str) -> None:
    rows = table_forms.rows(sources.store(), data.community, form, actor, language, dt.datetime.now(dt.UTC))
    if form.without():
        names = i18n.listed(form.without(), language)
        st.caption(chrome.literally(_say("left", language, names=names)))
    if rows.empty:
        st.info(_say("empty", language), icon=":material/info:")
    else:
        st.caption(_say("rows", language, n=len(rows), shown=min(len(rows), _PREVIEW)))
        shown = table_forms.preview(form, rows).head(_PREVIEW)
        st.dataframe(
            shown.apply(registers_list_view.days_told),
            hide_index=True,
            width="stretch",
            height=min(38 + 35 * len(shown), 320),
            placeholder="",
        )
    community, address = data.community, st.context.ip_address or ""
    st.download_button(
        _say("fill", language),
        data=downloads.asked(
            lambda who: (
                table_forms.fill(sources.store(), community, form, actor=who, language=language, address=address).data
            )
        ),
        file_name=downloads.file_name(community.name, form.name, ending="xlsx"),
        mime=workbook.MIME,
        type="primary",
        icon=":material/download:",
        on_click="ignore",
        key="form-fill",
    )


def _lost(lost: tuple[str, ...], language: str) -> None:
    """Say before anything is filled in what of a template a filled one has no longer."""
    if lost:
        what = i18n.listed([_say(f"lost.{one}", language) for one in lost], language)
        st.warning(_say("lost", language, what=what), icon=":material/warning:")


def _replace(form: TableForm, data: CommunityData, actor: Actor, language: str) -> None:
    with st.popover(_say("replace", language), icon=":material/upload_file:"):
        key = f"form-replace-{zlib.crc32(form.name.encode())}"
        file = upload.file(_say("template", language), key, language, largest_mb=LARGEST_MB)
        if file is not None and st.button(_say("replace.do", language), type="primary", key="form-replace-do"):

            def put() -> str:
                newer = table_forms.replaced(form, file.getvalue(), file.name)
                table_forms.save(sources.store(), actor, data.community, newer)
                return _say("replaced", language)

            if acts.attempt(put, language):
                st.rerun()


def _deleted(here: RegistersState, form: TableForm, data: CommunityData, language: str, by: Actor) -> str:
    table_forms.delete(sources.store(), by, data.community, form.name)
    st.session_state[_UNDO] = form
    here.turn += 1
    return _say("deleted", language, name=form.name)


def _undo(data: CommunityData, actor: Actor, language: str) -> None:
    form = st.session_state.get(_UNDO)
    if form is not None and st.button(_say("undo", language), icon=":material/undo:", key="form-undo"):

        def restore() -> str:
            table_forms.save(sources.store(), actor, data.community, form)
            return _say("restored", language, name=form.name)

        if acts.attempt(restore, language):
            del st.session_state[_UNDO]
            st.rerun()


def _new(here: RegistersState, data: CommunityData, seen: Sight, actor: Actor, language: str) -> None:
    left, right = st.columns(2)
    kind = left.selectbox(
        _say("kind", language),
        exporting.kinds(seen),
        format_func=lambda one: exporting.words(one, language),
        key=f"form-kind-{here.turn}",
    )
    name = right.text_input(_say("name", language), max_chars=100, key=f"form-name-{here.turn}", autocomplete="off")
    file = upload.file(
        _say("template", language), f"form-file-{here.turn}", language,
        largest_mb=LARGEST_MB, help=_say("template.help", language),
    )  # fmt: skip
    titles: tuple[str, ...] = ()
    if file is None:
        told = st.text_area(_say("titles", language), exporting.words(kind, language), key=f"form-titles-{kind}")
        titles = tuple(line.strip() for line in told.splitlines() if line.strip())
        columns = table_forms.lettered(
            [(registers.heading(kind, one, language), one) for one in table_forms.fields_of(kind)]
        )
    else:
        with chrome.faults(language):
            found = form_sheet.read(file.getvalue(), file.name)
            columns = table_forms.proposed(found, kind)
            _lost(form_losses.of(file.getvalue()), language)
    edited = _columns(kind, columns, language, own=file is None, key=f"{here.turn}-{kind}-{file and file.file_id}")
    only, group = _filters(here, kind, data, actor, language)
    if st.button(_say("save", language), type="primary", icon=":material/save:", key="form-save"):
        form = TableForm(
            name=name.strip(),
            kind=kind,
            columns=edited,
            only=only,
            group=group,
            titles=titles,
            template="" if file is None else base64.b64encode(file.getvalue()).decode(),
        )

        def keep() -> str:
            table_forms.save(sources.store(), actor, data.community, form)
            return _say("saved", language, name=form.name)

        if acts.attempt(keep, language):
            here.turn += 1
            st.rerun()


def _columns(
    kind: str, columns: tuple[tuple[str, str, str], ...], language: str, *, own: bool, key: str
) -> tuple[tuple[str, str, str], ...]:
    """Let columns be changed: those of a template keep their places and headings, own ones are added and left out."""
    words = {SERIAL: _say("serial", language)}
    words |= {one: registers.heading(kind, one, language) for one in table_forms.fields_of(kind)}
    fields_by_word = {word: one for one, word in words.items()}
    letter, heading, told = (_say(f"column.{name}", language) for name in ("letter", "heading", "field"))
    table = pd.DataFrame(
        [(at, said, words.get(of)) for at, said, of in columns], columns=[letter, heading, told], dtype=object
    )
    st.caption(_say("columns", language))
    edited = st.data_editor(
        table.drop(columns=letter) if own else table,
        hide_index=True,
        width="stretch",
        num_rows="dynamic" if own else "fixed",
        disabled=[] if own else [letter, heading],
        column_config={told: st.column_config.SelectboxColumn(options=list(words.values()))},
        key=f"form-columns-{key}",
    )
    rows = [(str(row[heading] or "").strip(), fields_by_word.get(str(row[told]), "")) for _, row in edited.iterrows()]
    if own:
        return table_forms.lettered([(said or words.get(of, ""), of) for said, of in rows if said or of])
    return tuple((at, said, of) for (at, said, _), (_, of) in zip(columns, rows, strict=True))


def _filters(
    here: RegistersState, kind: str, data: CommunityData, actor: Actor, language: str
) -> tuple[dict[str, tuple[str, ...]], str]:
    words = {one: registers.heading(kind, one, language) for one in table_forms.fields_of(kind)}
    empty = TableForm(name="", kind=kind, columns=())
    rows = table_forms.rows(sources.store(), data.community, empty, actor, language, dt.datetime.now(dt.UTC))
    by = {one: sorted({str(cell) for cell in rows[one]} - {""}) for one in words}
    few = [one for one, cells in by.items() if 0 < len(cells) <= _MOST_WORDS]
    left, middle, right = st.columns(3)
    field = left.selectbox(
        _say("only.field", language), few, index=None, format_func=lambda one: words[one],
        key=f"form-only-{here.turn}-{kind}", placeholder=i18n.text("record.none_chosen", language),
    )  # fmt: skip
    chosen: list[str] = []
    if field is not None:
        chosen = middle.multiselect(
            _say("only.words", language), by[field], key=f"form-words-{here.turn}-{kind}-{field}",
            placeholder=i18n.text("record.choose", language),
        )  # fmt: skip
    group = right.selectbox(
        _say("group_by", language), few, index=None, format_func=lambda one: words[one],
        key=f"form-group-{here.turn}-{kind}", placeholder=_say("no_grouping", language),
    )  # fmt: skip
    return ({field: tuple(chosen)} if field is not None and chosen else {}), group or ""
