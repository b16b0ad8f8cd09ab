"""The register of the one-yuan fund: what is left, its entries, a new one, and what was wrong taken back."""

from __future__ import annotations

import datetime as dt
from html import escape

import pandas as pd
import streamlit as st

from gridmap import catalogues, i18n
from gridmap.access import Actor
from gridmap.model import FundKind
from gridmap.services import fund, fund_book, fund_summary
from gridmap.services.community_data import CommunityData
from gridmap.services.fund import Book, Draft
from gridmap.services.sight import Sight
from gridmap.web import acts, chrome, contact_view, registers_fund_closing_view, registers_list_view, sources
from gridmap.web.registers_state import RegistersState

_ON_SCREEN = 1000  # rows sent to the browser; Excel has them all
_KINDS = {kind.value: kind for kind in FundKind}


def say(key: str, language: str, **fields: object) -> str:
    """Return words of the fund."""
    return i18n.text(f"fund.{key}", language, **fields)


def yuan(amount: float, language: str) -> str:
    """Write an amount of money."""
    return i18n.number(amount, language, 2)


def show(here: RegistersState, data: CommunityData, actor: Actor, language: str) -> None:
    """Show the fund to whoever may keep it."""
    told = fund.book(sources.store(), data.community)
    _figures(told, data.day, language)
    with st.container(horizontal=True, vertical_alignment="bottom", key="fund-tools"):
        period = st.selectbox(
            say("period", language),
            [None, *fund_summary.periods(told, data.day)],
            format_func=lambda one: say("all", language) if one is None else fund_summary.words(one, language),
            key="fund-period",
            width=200,
        )
        table = fund.table(told, language, period)
        seen = Sight.of(actor, data.community)
        if seen.tables:
            registers_list_view.excel(data, seen, i18n.text("register.tab.fund", language), table, language, "-fund")
    if fund.may_keep(actor, data.community):
        _form(here, told, data, actor, language)
    if table.empty:
        st.info(say("none_in_period" if told.entries else "none", language), icon=":material/info:")
    else:
        _list(here, table, language)
    _chosen(here, told, data, actor, language)
    registers_fund_closing_view.closing(told, data, actor, language)
    registers_fund_closing_view.summary(told, data, language)


def _figures(told: Book, day: dt.date, language: str) -> None:
    month, year = (fund_book.totals(told.within(period)) for period in (fund_book.month(day), f"{day:%Y}"))
    until = fund_summary.words(told.closings[-1].period, language) if told.closings else say("closed_none", language)
    cells = [
        (say("balance", language), say("yuan", language, yuan=yuan(told.balance_yuan, language))),
        *(
            (say(name, language), f"{yuan(sums.gifts_yuan, language)} / {yuan(sums.grants_yuan, language)}")
            for name, sums in (("this_month", month), ("this_year", year))
        ),
        (say("closed_until", language), until),
    ]
    made = "".join(
        f'<div class="gm-figure"><dt>{escape(label)}</dt><dd>{escape(value)}</dd></div>' for label, value in cells
    )
    st.html(f'<dl class="gm-figures gm-wrapped">{made}</dl>')


def _form(here: RegistersState, told: Book, data: CommunityData, actor: Actor, language: str) -> None:
    with st.expander(
        say("add", language), icon=":material/add:", expanded=here.adding or not told.entries, key="fund-add"
    ):
        kind = _KINDS[
            st.segmented_control(
                say("column.kind", language),
                list(_KINDS),
                default=FundKind.GIFT.value,
                required=True,
                format_func=lambda one: say(f"kind.{one}", language),
                key="fund-kind",
                label_visibility="collapsed",
            )
        ]
        with st.form(f"fund-form-{here.turn}", border=False):
            left, right = st.columns(2)
            day = left.date_input(say("column.day", language), data.day, max_value=data.day, format="YYYY-MM-DD")
            amount = right.number_input(
                i18n.text("record.field.amount_yuan", language), min_value=0.0, max_value=fund.MOST_YUAN, value=None,
                step=10.0, format="%.2f",
            )  # fmt: skip
            person = left.text_input(say("add.person", language), max_chars=100, autocomplete="off")
            voucher = right.text_input(say("add.voucher", language), max_chars=100, autocomplete="off")
            use = ""
            if kind is FundKind.GRANT:
                use = (
                    left.selectbox(
                        i18n.text("record.field.grant_use", language),
                        list(catalogues.entries("fund_uses")),
                        index=None,
                        placeholder=i18n.text("record.choose", language),
                        format_func=lambda code: catalogues.label("fund_uses", code, language),
                    )
                    or ""
                )
            purpose = right.text_input(say("add.purpose", language), max_chars=200, autocomplete="off")
            saved = st.form_submit_button(say("add.save", language), type="primary", icon=":material/save:")
        if saved:
            draft = Draft(
                kind=kind, day=day, amount_yuan=amount, person=person, purpose=purpose, voucher=voucher, grant_use=use
            )
            if acts.attempt(lambda: _added(draft, data, actor, language), language):
                here.turn += 1
                st.rerun()


def _added(draft: Draft, data: CommunityData, actor: Actor, language: str) -> str:
    store, now, address = sources.store(), dt.datetime.now(dt.UTC), st.context.ip_address or ""
    fund.add(store, actor, data.community, draft, now=now, address=address)
    left = fund.book(store, data.community).balance_yuan
    kind = say(f"kind.{draft.kind.value}", language)
    return say("added", language, kind=kind, yuan=yuan(draft.amount_yuan or 0, language), left=yuan(left, language))


def _list(here: RegistersState, table: pd.DataFrame, language: str) -> None:
    key = f"fund-table-{language}-{here.turn}"

    def take() -> None:
        said = st.session_state[key]["selection"]
        rows = [*(row for row, _ in said["cells"]), *said["rows"]]
        if rows:
            here.choose(int(table.index[rows[0]]))

    money = st.column_config.NumberColumn(format="%.2f")
    st.dataframe(
        table.head(_ON_SCREEN).apply(registers_list_view.days_told),
        hide_index=True,
        width="stretch",
        height=min(38 + 35 * len(table), 420),
        placeholder="",
        key=key,
        on_select=take,
        selection_mode=["single-row", "single-cell"],
        column_config={say(f"column.{name}_yuan", language): money for name in ("in", "out", "left")},
    )
    cut = "rows" if len(table) <= _ON_SCREEN else "rows_cut"
    st.caption(say(cut, language, n=len(table), shown=_ON_SCREEN))


def _chosen(here: RegistersState, told: Book, data: CommunityData, actor: Actor, language: str) -> None:
    """Offer to take the entry back that is chosen, and to open who gave or was helped."""
    if not fund.may_keep(actor, data.community):
        return
    one = next((one for one in told.entries if one.id == here.chosen), None)
    if one is None:
        return
    if one.person and st.button(say("open", language), icon=":material/visibility:", key="fund-open"):
        contact_view.ask("fund", int(one.id or 0), language)
    if one.corrects_id is not None or any(other.corrects_id == one.id for other in told.entries):
        return
    title = say(
        "chosen", language, day=i18n.date(one.day, language), kind=say(f"kind.{one.kind.value}", language),
        yuan=yuan(one.amount_yuan, language),
    )  # fmt: skip
    with st.form(f"fund-correct-{one.id}-{here.turn}"):
        st.markdown(f"**{chrome.literally(title)}** · {say('correct', language)}")
        st.caption(say("correct.help", language))
        reason = st.text_input(say("correct.reason", language), max_chars=200, autocomplete="off")
        asked = st.form_submit_button(say("correct.do", language), icon=":material/undo:")
    if asked and acts.attempt(lambda: _corrected(int(one.id or 0), reason, data, actor, language), language):
        here.choose(None)
        here.adding = True
        st.rerun()


def _corrected(number: int, reason: str, data: CommunityData, actor: Actor, language: str) -> str:
    store, now, address = sources.store(), dt.datetime.now(dt.UTC), st.context.ip_address or ""
    fund.correct(store, actor, data.community, number, reason, now=now, address=address)
    return say("corrected", language, left=yuan(fund.book(store, data.community).balance_yuan, language))
