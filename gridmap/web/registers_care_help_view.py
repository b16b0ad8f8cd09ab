"""Help that a household in need was given: what is noted, a new note, and what was just deleted or ended, undone."""

from __future__ import annotations

import datetime as dt
import functools
from typing import Any

import pandas as pd
import streamlit as st

from gridmap import catalogues, i18n
from gridmap.access import Actor
from gridmap.services import care_keeping
from gridmap.services.care_keeping import Help
from gridmap.services.community_data import CommunityData
from gridmap.web import acts, registers_list_view, sources
from gridmap.web.registers_state import RegistersState

_UNDO = "gridmap_care_undo"
_GRANTS_SINCE = dt.timedelta(days=180)


def _say(key: str, language: str, **fields: object) -> str:
    return i18n.text(f"care.{key}", language, **fields)


def show(
    here: RegistersState, data: CommunityData, actor: Actor, household: int, grid: int | None, language: str
) -> None:
    """Show the help that a household was given, and a form for more."""
    rows = data.helps[data.helps["care_household_id"] == household].sort_values("day", ascending=False, kind="stable")
    st.markdown(f"**{_say('helps', language)}**")
    if rows.empty:
        st.caption(_say("helps.none", language))
    may = care_keeping.may_keep(actor, data.community, grid)
    if len(rows):
        _list(here, rows, data, language, may=may)
    if may:
        _form(here, data, actor, household, language)


def _list(here: RegistersState, rows: pd.DataFrame, data: CommunityData, language: str, *, may: bool) -> None:
    columns = {
        "day": rows["day"],
        "kind": [catalogues.label("care_helps", code, language) for code in rows["kind"]],
        "amount": rows["amount_yuan"],
        "fund": [_say("help.from_fund", language) if pd.notna(one) else "" for one in rows["fund_entry_id"]],
        "note": rows["note"],
    }
    words = {name: _say(f"help.column.{name}", language) for name in columns}
    table = pd.DataFrame(columns, index=rows.index).rename(columns=words)
    key = f"care-helps-{language}-{here.turn}"
    chosen: Any = st.dataframe(
        table.apply(registers_list_view.days_told),
        hide_index=True,
        width="stretch",
        height=38 + 35 * min(len(table), 8),
        placeholder="",
        key=key,
        on_select="rerun" if may else "ignore",
        selection_mode="single-row",
        column_config={words["amount"]: st.column_config.NumberColumn(format="%.2f")},
    )
    picked = chosen["selection"]["rows"] if may else []
    if picked and st.button(_say("help.remove", language), icon=":material/delete:", key="care-help-remove"):
        number = int(rows.index[picked[0]])
        row: Any = rows.loc[number]
        told = {
            "day": i18n.date(row["day"], language),
            "kind": catalogues.label("care_helps", row["kind"], language),
        }
        act = functools.partial(_removed, data, number, told, language)
        question = _say("help.remove.ask", language, **told)
        acts.ask(_say("help.remove", language), question, _say("help.remove.yes", language), act, language)


def _removed(data: CommunityData, number: int, told: dict[str, str], language: str, by: Actor) -> str:
    now, address = dt.datetime.now(dt.UTC), st.context.ip_address or ""
    row: Any = data.helps.loc[number]
    gone = care_keeping.take_back_help(sources.store(), by, data.community, number, now=now, address=address)
    st.session_state[_UNDO] = ("help", int(row["care_household_id"]), gone)
    return _say("help.removed", language, **told)


def remember_ended(household: int) -> None:
    """Offer to take it back that the visits to a household have ended."""
    st.session_state[_UNDO] = ("end", household, None)


def undo(data: CommunityData, actor: Actor, language: str) -> None:
    """Offer to take back what was just deleted or ended."""
    if _UNDO not in st.session_state:
        return
    what, household, gone = st.session_state[_UNDO]
    key = "help.removed.undo" if what == "help" else "ended.undo"
    if st.button(_say(key, language), icon=":material/undo:", key="care-undo"):
        act = functools.partial(_restored, data, actor, household, gone, language)
        if acts.attempt(act, language):
            del st.session_state[_UNDO]
            st.rerun()


def _restored(data: CommunityData, actor: Actor, household: int, gone: Help | None, language: str) -> str:
    store, now, address = sources.store(), dt.datetime.now(dt.UTC), st.context.ip_address or ""
    if gone is None:
        care_keeping.end(store, actor, data.community, household, on=None, now=now, address=address)
        return _say("resumed", language)
    care_keeping.help_given(store, actor, data.community, household, gone, now=now, address=address)
    return _say("help.restored", language)


def _form(here: RegistersState, data: CommunityData, actor: Actor, household: int, language: str) -> None:
    kinds = list(catalogues.entries("care_helps"))
    grants = {
        number: _say(
            "help.grant_option", language, day=day.isoformat(), use=catalogues.label("fund_uses", use, language),
            yuan=i18n.number(left, language, 2),
        )
        for number, day, left, use in care_keeping.grants(sources.store(), data.community, data.day - _GRANTS_SINCE)
    }  # fmt: skip
    with (
        st.expander(_say("help", language), icon=":material/volunteer_activism:", key="care-help"),
        st.form(f"care-help-form-{household}-{here.turn}", border=False),
    ):
        left, right = st.columns(2)
        day = left.date_input(_say("help.day", language), data.day, max_value=data.day, format="YYYY-MM-DD")
        kind = right.selectbox(
            _say("help.kind", language), kinds, format_func=lambda code: catalogues.label("care_helps", code, language)
        )
        amount = left.number_input(
            _say("help.amount", language), min_value=0.0, max_value=1_000_000.0, value=None, step=10.0, format="%.2f"
        )
        grant = right.selectbox(
            _say("help.grant", language),
            list(grants),
            index=None,
            placeholder=i18n.text("record.none_chosen", language),
            format_func=lambda number: grants[number],
        )
        note = st.text_input(_say("help.note", language), max_chars=500, autocomplete="off")
        saved = st.form_submit_button(_say("help.save", language), type="primary", icon=":material/save:")
    if not saved:
        return
    told = Help(day=day, kind=kind, amount_yuan=amount, note=note, fund_entry_id=grant)

    def keep() -> str:
        now, address = dt.datetime.now(dt.UTC), st.context.ip_address or ""
        care_keeping.help_given(sources.store(), actor, data.community, household, told, now=now, address=address)
        return _say("help.saved", language, kind=catalogues.label("care_helps", kind, language))

    if acts.attempt(keep, language):
        here.turn += 1
        st.rerun()
