"""Leave on the page of accounts: who is away, and who stands in."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pandas as pd
import streamlit as st

from gridmap import access, i18n, model
from gridmap.services import accounts, leave, staffing
from gridmap.services.staffing import Member
from gridmap.web import acts, chrome, sources

_ROUND = "gridmap_leave_round"


def show(by: access.Actor, community_id: int, language: str) -> None:
    """Show the leave of a community from today on, the chosen one, and a form for more."""
    today = accounts.day_of(dt.datetime.now(dt.UTC))
    staff = staffing.members(sources.store(), community_id)
    if not staff:
        st.info(i18n.text("leave.no_staff", language), icon=":material/info:")
        return
    there = leave.listed(sources.store(), by, community_id, since=today)
    st.caption(i18n.text("leave.what", language))
    chosen = _list(there, staff, today, language)
    # A form of its own for each one, empty again when something was saved.
    key = f"{0 if chosen is None else chosen.id}-{st.session_state.get(_ROUND, 0)}"
    with st.container(border=True, key="leave"):
        _form(chosen, staff, today, by, key, language)


def _list(there: list[model.Leave], staff: dict[int, Member], today: dt.date, language: str) -> model.Leave | None:
    if not there:
        st.info(i18n.text("leave.none", language), icon=":material/event_available:")
        return None

    def say(word: str) -> str:
        return i18n.text(f"leave.column.{word}", language)

    rows = [
        {
            say("name"): _name(staff, one.staff_id),
            say("first"): i18n.date(one.from_day, language),
            say("last"): i18n.date(one.to_day, language),
            say("days"): (one.to_day - one.from_day).days + 1,
            say("stands_in"): _stands_in(staff, one.staff_id, language),
            say("when"): i18n.text("leave.now" if one.from_day <= today else "leave.later", language),
            say("note"): one.note,
        }
        for one in there
    ]
    event: Any = st.dataframe(
        pd.DataFrame(rows),
        hide_index=True,
        width="stretch",
        key=f"leave-list-{'-'.join(str(one.id) for one in there)[:200]}",
        on_select="rerun",
        selection_mode="single-row",
    )
    chosen = [there[row] for row in event.selection.rows if row < len(there)]
    return chosen[0] if chosen else None


def _form(
    kept: model.Leave | None,
    staff: dict[int, Member],
    today: dt.date,
    by: access.Actor,
    key: str,
    language: str,
) -> None:
    def say(word: str) -> str:
        return i18n.text(f"leave.{word}", language)

    st.markdown(f"**{say('new') if kept is None else chrome.literally(_name(staff, kept.staff_id))}**")
    staff_id = kept.staff_id if kept is not None else st.selectbox(
        say("column.name"),
        list(staff),
        index=None,
        format_func=lambda number: staff[number].title(language),
        placeholder=say("choose"),
        key=f"leave-who-{key}",
    )  # fmt: skip
    if staff_id is not None:
        alone = not (staff[staff_id].partners if staff_id in staff else ())
        names = _stands_in(staff, staff_id, language)
        st.caption(chrome.literally(i18n.text("leave.stands_in_is", language, names=names)))
        if alone and staff_id in staff and staff[staff_id].grids:
            st.warning(say("alone"), icon=":material/warning:")
    first = today if kept is None else kept.from_day
    days = st.date_input(
        say("days"),
        value=(first, first if kept is None else kept.to_day),
        min_value=min(today, first),
        format="YYYY-MM-DD",
        key=f"leave-days-{key}",
    )
    note = st.text_input(
        say("column.note"),
        value="" if kept is None else kept.note,
        max_chars=100,
        key=f"leave-note-{key}",
        help=say("note_help"),
    )
    with st.container(horizontal=True):
        # While the last day is still to be chosen there is only one.
        whole = days if isinstance(days, tuple) and len(days) == 2 else None
        pressed = st.button(say("save"), type="primary", key="leave-save", disabled=whole is None or staff_id is None)
        if pressed and whole is not None and staff_id is not None:
            _save(kept, staff_id, whole, note, staff, by, language)
        if kept is not None and st.button(say("remove"), icon=":material/delete:", key="leave-remove"):
            acts.ask(
                say("remove"),
                i18n.text("leave.remove_ask", language, name=_name(staff, kept.staff_id)),
                say("remove"),
                lambda who: _remove(who, kept, staff, language),
                language,
            )


def _save(
    kept: model.Leave | None,
    staff_id: int,
    days: tuple[dt.date, dt.date],
    note: str,
    staff: dict[int, Member],
    by: access.Actor,
    language: str,
) -> None:
    first, last = days

    def save() -> str:
        if kept is None:
            leave.add(sources.store(), by, staff_id, first, last, note=note)
        else:
            leave.change(sources.store(), by, accounts.number(kept), first, last, note=note, version=kept.version)
        told = {"first": i18n.date(first, language), "last": i18n.date(last, language)}
        return i18n.text("leave.saved", language, name=_name(staff, staff_id), **told)

    if acts.attempt(save, language):
        st.session_state[_ROUND] = st.session_state.get(_ROUND, 0) + 1
        st.rerun()


def _remove(by: access.Actor, kept: model.Leave, staff: dict[int, Member], language: str) -> str:
    leave.remove(sources.store(), by, accounts.number(kept))
    return i18n.text("leave.removed", language, name=_name(staff, kept.staff_id))


def _name(staff: dict[int, Member], number: int) -> str:
    return staff[number].name if number in staff else "?"


def _stands_in(staff: dict[int, Member], number: int, language: str) -> str:
    names = [staff[one].name for one in sorted(staff[number].partners)] if number in staff else []
    return i18n.listed(names, language) or i18n.text("leave.nobody", language)
