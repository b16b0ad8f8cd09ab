"""Answers to 12345 orders on the page: which are to be handed back, in which form, and the file for the platform."""

from __future__ import annotations

import dataclasses
import datetime as dt
import functools
import tempfile
from pathlib import Path

import pandas as pd
import streamlit as st

from gridmap import access, errors, i18n
from gridmap.access import Action, Actor
from gridmap.exchange import workbook
from gridmap.services import answer_forms, hotline_answers
from gridmap.services.answer_forms import AnswerForm
from gridmap.services.community_data import CommunityData
from gridmap.services.sight import Sight
from gridmap.web import acts, chrome, downloads, sources, upload

_FILE, _TEMPLATE = "gridmap_answers", "gridmap_answer_form"
_LARGEST_MB = 5


def say(key: str, language: str, **fields: object) -> str:
    """Return words of the 12345 tab."""
    return i18n.text(f"hotline.{key}", language, **fields)


def show(data: CommunityData, seen: Sight, actor: Actor, now: dt.datetime, language: str) -> None:
    """Show the answers that are there, and make a file of those that are chosen."""
    rows = hotline_answers.answers(sources.store(), data)
    fresh = int(rows["fresh"].sum())
    with st.expander(say("answers.title", language, n=fresh), icon=":material/outbox:", key="hotline-answers"):
        st.caption(say("answers.help", language))
        may = seen.tables and access.permission(actor.role, Action.EDIT_ISSUES) is not None
        which = st.segmented_control(
            say("answers.which", language), ("fresh", "all"), default="fresh", required=True, key="answers-which",
            format_func=lambda one: say(f"answers.{one}", language), label_visibility="collapsed",
        )  # fmt: skip
        _made(data, language)
        shown = rows[rows["fresh"]] if which == "fresh" else rows
        if shown.empty:
            st.caption(say("answers.none", language))
        else:
            ticked = _table(shown, str(which), language)
            if may:
                _make(data, actor, ticked, now, language)
        if may and access.permission(actor.role, Action.IMPORT_DATA):
            _forms(data, actor, language)


def _table(rows: pd.DataFrame, which: str, language: str) -> list[int]:
    """Show answers and return the ids of those that are ticked; all of them where none is."""
    table = pd.DataFrame(
        {
            say("order", language): rows["order_number"],
            say("answers.answer", language): rows["answer"],
            say("state", language): [i18n.text(f"issue_state.{one}", language) for one in rows["stands"]],
            say("answers.settled", language): rows["settled_at"],
            say("answers.sent", language): rows["sent_at"],
        }
    )
    moments = [column for column in table.columns if isinstance(table[column].dtype, pd.DatetimeTZDtype)]
    event = st.dataframe(
        table, hide_index=True, width="stretch", height=min(38 + 35 * len(table), 320), placeholder="",
        key=f"answers-{which}-{language}", on_select="rerun", selection_mode="multi-row",
        column_config={
            column: st.column_config.DatetimeColumn(format="YYYY-MM-DD HH:mm", timezone=sources.time_zone())
            for column in moments
        },
    )  # fmt: skip
    chosen = [int(rows.index[row]) for row in event.selection.rows if row < len(rows)]
    return chosen or [int(number) for number in rows.index]


def _make(data: CommunityData, actor: Actor, numbers: list[int], now: dt.datetime, language: str) -> None:
    """Offer to make the file; the platform then has these answers, so it is made once and lies here to be taken."""
    kept = answer_forms.forms(sources.store(), data.community)
    forms = {form.name: form for form in (*kept, answer_forms.usual(language))}
    with st.container(horizontal=True, vertical_alignment="bottom", key="answers-make"):
        name = st.selectbox(
            say("answers.form", language), list(forms), key="answers-form", width=240,
            format_func=lambda one: one or say("answers.form.usual", language),
        )  # fmt: skip
        pressed = st.button(
            say("answers.make", language, n=len(numbers)), type="primary", icon=":material/table_view:",
            key="answers-make-it",
        )  # fmt: skip
    if not pressed:
        return
    place = st.empty()
    bar = place.progress(0.0, text=say("answers.making", language))

    def tell(share: float) -> None:
        bar.progress(min(share, 1.0), text=say("answers.making", language))

    def act() -> str:
        made = hotline_answers.export(
            sources.store(), actor, data, forms[name], numbers, language=language, now=now,
            address=st.context.ip_address or "", progress=tell,
        )  # fmt: skip
        st.session_state[_FILE] = (data.community.id, made)
        return say("answers.made", language, n=made.rows)

    if acts.attempt(act, language):
        st.rerun()
    place.empty()


def _made(data: CommunityData, language: str) -> None:
    """Offer the file that was made last: its answers count as handed over, so it stays until there is another."""
    owner, file = st.session_state.get(_FILE, (None, None))
    if file is not None and owner == data.community.id:
        st.download_button(
            say("answers.take", language, n=file.rows),
            data=file.data,
            file_name=downloads.file_name(data.community.name, say("answers", language), ending="xlsx"),
            mime=workbook.MIME,
            icon=":material/download:",
            on_click="ignore",
            key="answers-take",
        )


def _forms(data: CommunityData, actor: Actor, language: str) -> None:
    """Keep the street's own template as a form, and forget one."""
    if not st.toggle(say("forms", language), key="answers-forms"):
        return
    for form in answer_forms.forms(sources.store(), data.community):
        with st.container(horizontal=True, vertical_alignment="center", key=f"form-{form.name}"):
            told = "、".join(column.heading for column in form.columns)
            st.markdown(chrome.literally(f"{form.name}：{told}"), width="stretch")
            act = functools.partial(_forget, data, actor, form.name, language)
            st.button(say("forms.forget", language), icon=":material/delete:", key=f"forget-{form.name}", on_click=act)
    given = upload.file(say("forms.template", language), "answer-template", language, largest_mb=_LARGEST_MB)
    if given is None:
        st.session_state.pop(_TEMPLATE, None)
        return
    known = st.session_state.get(_TEMPLATE)
    if known is None or known[0] != given.file_id:
        try:
            form = _read(given.name, bytes(given.getbuffer()))
        except errors.InputError as fault:
            st.error(chrome.literally(fault.sentence(language)), icon=":material/error:")
            return
        st.session_state[_TEMPLATE] = known = (given.file_id, form)
    _edit(data, actor, known[1], given.file_id, language)


def _read(name: str, data: bytes) -> AnswerForm:
    stem, _, ending = name.rpartition(".")
    with tempfile.TemporaryDirectory(prefix="gridmap-form-") as folder:
        path = Path(folder) / downloads.file_name(stem or name, ending=ending if stem else "").rstrip(".")
        path.write_bytes(data)
        return answer_forms.of_template(path, stem or name)


def _edit(data: CommunityData, actor: Actor, form: AnswerForm, key: str, language: str) -> None:
    with st.form(f"answer-form-{key}", border=True):
        st.caption(say("forms.columns", language))
        columns = []
        with st.container(horizontal=True):
            for place, column in enumerate(form.columns):
                options = [None, *answer_forms.FIELDS]
                taken = st.selectbox(
                    chrome.literally(column.heading), options, index=options.index(column.field), width=190,
                    key=f"answer-column-{key}-{place}",
                    format_func=lambda one: (
                        say("forms.nothing", language) if one is None else answer_forms.label(one, language)
                    ),
                )  # fmt: skip
                columns.append(dataclasses.replace(column, field=taken))
        with st.container(horizontal=True, vertical_alignment="bottom"):
            name = st.text_input(say("forms.name", language), value=form.name, max_chars=60, width=260)
            pressed = st.form_submit_button(say("forms.save", language), icon=":material/bookmark:")
    if not pressed:
        return

    def act() -> str:
        made = dataclasses.replace(form, name=name, columns=tuple(columns))
        answer_forms.save(sources.store(), actor, data.community, made)
        return say("forms.saved", language, name=name.strip())

    if acts.attempt(act, language):
        st.rerun()


def _forget(data: CommunityData, actor: Actor, name: str, language: str) -> None:
    def act() -> str:
        answer_forms.delete(sources.store(), actor, data.community, name)
        return say("forms.forgotten", language, name=name)

    acts.attempt(act, language)
