"""The moves of an issue: those that are allowed, what each asks, and word of somebody who was faster."""

from __future__ import annotations

import datetime as dt
from typing import Any

import streamlit as st

from gridmap import errors, i18n
from gridmap.access import Actor
from gridmap.services import issue_calls, issue_flow
from gridmap.services.community_data import CommunityData
from gridmap.services.flow_table import Move
from gridmap.web import acts, chrome, issue_photos_view, issues_state, sources, upload
from gridmap.web.issues_state import Draft
from gridmap.web.session import actor as asked_anew


def show(data: CommunityData, actor: Actor, number: int, language: str) -> None:
    """Show what may be done with an issue, and what the chosen move asks; what was typed stays until it is done."""
    here, row = issues_state.current(), data.issues.loc[number]
    draft = here.draft_of(number, int(row["version"]))
    allowed = issue_flow.moves(row, actor, data)
    names = {move.action: move for move in allowed}
    if draft.action and draft.action not in names:
        state = i18n.text(f"issue_state.{row['state']}", language)
        was = data.catalogues.flow.moves.get(draft.action)
        draft.overtaken(int(row["version"]), _say("move_gone", language, code=row["code"], state=state,
                                                  action=was.label(language) if was else draft.action))  # fmt: skip
        draft.action = ""
    with st.container(border=True, key="issue-moves"):
        if draft.problem:
            st.warning(chrome.literally(draft.problem), icon=":material/group:")
        if not allowed:
            st.caption(_say("no_moves", language))
            return
        key = f"issue-move-{draft.turn}"
        st.pills(
            _say("moves", language), list(names), default=draft.action or None, key=key,
            format_func=lambda action: names[action].label(language),
            on_change=lambda: draft.take(st.session_state[key] or ""),
        )  # fmt: skip
        if draft.action:
            _form(data, names[draft.action], number, draft, language)


def _say(key: str, language: str, **fields: object) -> str:
    return i18n.text(f"issue.{key}", language, **fields)


def _form(data: CommunityData, move: Move, number: int, draft: Draft, language: str) -> None:
    turn = draft.turn
    given: dict[str, Any] = {}
    files: list[Any] = []
    staff = data.staff[data.staff["active"]]["name"].to_dict()
    for name in (*move.asks, *move.may):
        label = i18n.text(f"record.field.{name}", language) + (" *" if name in move.asks else "")
        if name == "note":
            key = f"issue-note-{turn}"

            def keep(key: str = key) -> None:
                draft.note = st.session_state[key]

            given["note"] = st.text_area(label, draft.note, key=key, height=90, on_change=keep)
        elif name == "assignee":
            given["assignee_id"] = st.selectbox(
                label, list(staff), index=None, key=f"issue-assignee-{turn}", format_func=lambda one: staff[one],
                placeholder=_say("choose", language),
            )  # fmt: skip
        elif name == "department":
            whistles = move.action == issue_calls.WHISTLE
            there = [one.code for one in (issue_calls.offered(data, number) if whistles else data.departments.live())]
            given["department"] = st.multiselect(
                label, there, key=f"issue-department-{turn}", placeholder=_say("choose", language),
                format_func=lambda code: data.departments.label(code, language), select_all=False,
            )  # fmt: skip
        elif name == "until":
            given["until"] = st.date_input(
                label, None, min_value=data.day, key=f"issue-until-{turn}", format="YYYY-MM-DD"
            )
        else:
            st.caption(label)
            files = upload.files(
                label, f"issue-photo-{turn}", language,
                types=issue_photos_view.TYPES, largest_mb=issue_photos_view.LARGEST_MB,
            )  # fmt: skip
    if st.button(_say("do", language, action=move.label(language)), type="primary", key="issue-do"):
        _make(move, number, draft, given, [(file.name, file.getvalue()) for file in files], language)


def _make(
    move: Move,
    number: int,
    draft: Draft,
    given: dict[str, Any],
    files: list[tuple[str, bytes]],
    language: str,
) -> None:
    store, by, now = sources.store(), asked_anew(language), dt.datetime.now(dt.UTC)
    address = st.context.ip_address or ""
    try:
        moved = issue_flow.move(
            store, by, number, move.action, version=draft.version, files=files, client_id=draft.client_id, now=now,
            address=address, **given,
        )  # fmt: skip
    except (issue_flow.Overtaken, issue_flow.NotFrom) as fault:
        # What was typed stays; the next try counts on what is shown from now on.
        draft.overtaken(int(fault.issue.version), fault.sentence(language))
        st.rerun()
    except errors.GridmapError as fault:
        st.error(chrome.literally(fault.sentence(language)), icon=":material/error:")
        return
    issues_state.current().done()
    state = i18n.text(f"issue_state.{moved.state}", language)
    acts.attempt(lambda: _say("moved", language, code=moved.code, state=state), language)
    st.rerun()
