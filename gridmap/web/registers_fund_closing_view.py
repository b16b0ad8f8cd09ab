"""Months and years of the one-yuan fund closed and reopened, and the summary that residents are given."""

from __future__ import annotations

import datetime as dt
import functools

import pandas as pd
import streamlit as st

from gridmap import i18n
from gridmap.access import Actor
from gridmap.services import fund, fund_book, fund_closing, fund_summary
from gridmap.services.community_data import CommunityData
from gridmap.services.fund import Book
from gridmap.web import acts, downloads, sources


def _say(key: str, language: str, **fields: object) -> str:
    return i18n.text(f"fund.{key}", language, **fields)


def _yuan(amount: float, language: str) -> str:
    return i18n.number(amount, language, 2)


def closing(told: Book, data: CommunityData, actor: Actor, language: str) -> None:
    """Show what is closed; the secretary closes what is next, and opens again what was closed last."""
    with st.expander(_say("closing", language), icon=":material/lock:", key="fund-closing"):
        st.caption(_say("closing.help", language))
        if not fund.may_close(actor, data.community):
            st.caption(_say("only_secretary", language))
        else:
            _next(told, data, language)
            if told.closings:
                _reopen(told.closings[-1].period, data, actor, language)
        if told.past:
            st.dataframe(_history(told, language), hide_index=True, width="stretch", placeholder="")


def _next(told: Book, data: CommunityData, language: str) -> None:
    """Offer the earliest month that is open, or a year whose months are all closed."""
    period = fund_book.next_to_close(told.entries, told.periods, data.day)
    if period is None:
        st.caption(_say("close.nothing", language))
        return
    name = fund_summary.words(period, language)
    if st.button(_say("close", language, period=name), type="primary", icon=":material/lock:", key="fund-close"):
        sums = fund_book.totals(told.within(period))
        question = _say(
            "close.ask", language, period=name, n=len(told.within(period)), gifts=_yuan(sums.gifts_yuan, language),
            grants=_yuan(sums.grants_yuan, language), left=_yuan(told.balance_at(period), language),
        )  # fmt: skip
        act = functools.partial(_closed, period, data, language)
        acts.ask(_say("close", language, period=name), question, _say("close.yes", language), act, language)


def _closed(period: str, data: CommunityData, language: str, by: Actor) -> str:
    now, address = dt.datetime.now(dt.UTC), st.context.ip_address or ""
    made = fund_closing.close(sources.store(), by, data.community, period, now=now, address=address)
    left = _yuan(made.balance_yuan, language)
    return _say("closed", language, period=fund_summary.words(period, language), left=left)


def _reopen(period: str, data: CommunityData, actor: Actor, language: str) -> None:
    name = fund_summary.words(period, language)
    with (
        st.popover(_say("reopen", language, period=name), icon=":material/lock_open:"),
        st.form(f"fund-reopen-{period}", border=False),
    ):
        reason = st.text_input(_say("reopen.reason", language), max_chars=200, autocomplete="off")
        asked = st.form_submit_button(_say("reopen.do", language))
    if asked and acts.attempt(lambda: _reopened(period, reason, data, actor, language), language):
        st.rerun()


def _reopened(period: str, reason: str, data: CommunityData, actor: Actor, language: str) -> str:
    now, address = dt.datetime.now(dt.UTC), st.context.ip_address or ""
    fund_closing.reopen(sources.store(), actor, data.community, period, reason, now=now, address=address)
    return _say("reopened", language, period=fund_summary.words(period, language))


def _history(told: Book, language: str) -> pd.DataFrame:
    zone = sources.time_zone()
    heads = [_say(f"history.{name}", language) for name in
             ("period", "entries", "gifts", "grants", "left", "closed", "reopened")]  # fmt: skip
    rows = [
        (
            fund_summary.words(one.period, language),
            one.entries,
            one.gifts_yuan,
            one.grants_yuan,
            one.balance_yuan,
            " · ".join(filter(None, (i18n.time(one.closed_at, language, zone), one.closed_by))),
            ""
            if one.reopened_at is None
            else " · ".join(filter(None, (i18n.time(one.reopened_at, language, zone), one.reopened_by, one.reason))),
        )
        for one in reversed(told.past)
    ]
    made = pd.DataFrame(rows, columns=heads)
    return made if (made[heads[-1]] != "").any() else made.drop(columns=heads[-1])


def summary(told: Book, data: CommunityData, language: str) -> None:
    """Offer the summary for residents: sums without names."""
    known = fund_summary.periods(told, data.day)
    if not known:
        return
    with st.expander(_say("summary", language), icon=":material/campaign:", key="fund-summary"):
        st.caption(_say("summary.help", language))
        with st.container(horizontal=True, vertical_alignment="bottom"):
            closed = [one for one in known if one in told.periods]
            period = st.selectbox(
                _say("period", language),
                known,
                index=known.index(closed[0]) if closed else 0,
                format_func=lambda one: fund_summary.words(one, language),
                key="fund-summary-period",
                width=200,
            )
            form = st.segmented_control(
                _say("summary.form", language),
                list(fund_summary.FORMS),
                default="html",
                required=True,
                format_func=lambda one: _say(f"summary.form.{one}", language),
                key="fund-summary-form",
            )
            community, day, address = data.community, data.day, st.context.ip_address or ""
            st.download_button(
                _say("summary.take", language),
                data=downloads.asked(
                    lambda who: fund_summary.make(
                        sources.store(), who, community, period, form, day=day, language=language, address=address
                    )
                ),
                file_name=downloads.file_name(
                    community.name, _say("public.heading", language, period=fund_summary.words(period, language)),
                    ending=form,
                ),
                mime=fund_summary.FORMS[form],
                icon=":material/download:",
                on_click="ignore",
                key="fund-summary-take",
            )  # fmt: skip
