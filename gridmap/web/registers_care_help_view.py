"""Help that a household in need was given: what is noted, and a new note."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pandas as pd
import streamlit as st

from gridmap import catalogues, i18n
from gridmap.access import Actor
from gridmap.services import care_keeping
from gridmap.services.care_keeping import Help
from gridmap.services.community_data import CommunityData
from gridmap.web import acts, registers_bin_view, registers_list_view, sources
from gridmap.web.registers_state import RegistersState

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
    if picked:
        number = int(rows.index[picked[0]])
        row: Any = rows.loc[number]
        title = f"{i18n.date(row['day'], language)} {catalogues.label('care_helps', row['kind'], language)}"
        registers_bin_view.button(here, data, "helps", number, title, language)


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
