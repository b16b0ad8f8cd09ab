"""Figures of issues: alarms, rates, hot spots, who found them, how long they take."""

from __future__ import annotations

from html import escape

import streamlit as st

from gridmap import access, i18n
from gridmap.exchange import workbook
from gridmap.services import filter_words, issue_figure_words, issue_figures
from gridmap.services.community_data import CommunityData
from gridmap.services.issue_figure_words import say
from gridmap.services.issue_figures import IssueFigures
from gridmap.services.overview import Filters
from gridmap.services.sight import Sight
from gridmap.web import (
    chrome,
    downloads,
    filters_view,
    issue_figures_charts,
    issue_figures_map_view,
    issue_figures_state,
    session,
    sources,
)
from gridmap.web.issue_figures_state import FiguresState


def show(data: CommunityData, actor: access.Actor, language: str) -> None:
    """Show the figures of the issues that the page's filters let through."""
    seen, state, page = Sight.of(actor, data.community), issue_figures_state.current(), session.current()
    _asked(data, seen, state, page, language)
    whole = sources.community(int(data.community.id or 0))
    found = sources.issue_figures_of(whole, seen, page.page.filters, state.weeks, language, sources.hour())
    if found.too_few:
        st.info(say("of_few", language), icon=":material/info:")
        return
    told = _told(data, found, page, language)
    st.caption(chrome.literally(" · ".join(told)))
    _figures(found, language)
    # What comes and goes has a place of its own: the map below must not change its own.
    with st.container(key="figures-alarms"):
        _alarms(found, state, language)
    if not found.n:
        st.info(say("none", language), icon=":material/info:")
        return
    issue_figures_map_view.show(data, whole, found, seen, state, told, language)
    issue_figures_charts.show(found, state, language)
    _tables(data, found, seen, told, language)


def _asked(data: CommunityData, seen: Sight, state: FiguresState, page: session.Session, language: str) -> None:
    def take() -> None:
        state.weeks = st.session_state["figures-weeks"] or state.weeks

    with st.container(horizontal=True, vertical_alignment="center", key="figures-asked"):
        st.segmented_control(
            say("weeks", language), issue_figures.WEEKS, default=state.weeks, required=True, key="figures-weeks",
            on_change=take, format_func=lambda n: say(f"weeks.{n}", language), label_visibility="collapsed",
            disabled=seen.layer("issues") and page.page.filters.since is not None,
        )  # fmt: skip
        # For those who see numbers only no filter counts.
        if seen.layer("issues"):
            filters_view.show(data, page, seen, language, more=True)


def _told(data: CommunityData, found: IssueFigures, page: session.Session, language: str) -> list[str]:
    """Say which days and issues are counted."""
    days = say(
        "period", language, start=i18n.date(found.start, language), end=i18n.date(found.end, language), n=found.n
    )
    filters = issue_figures.counted(page.page.filters, found.counts_only)
    # That all are counted is said already.
    every = filter_words.told(data, Filters(issues="all"), language)
    return [days, *(one for one in filter_words.told(data, filters, language) if one not in every)]


def _figures(found: IssueFigures, language: str) -> None:
    overall = found.rates["compound"].overall if "compound" in found.rates else float("nan")
    all_closing = found.closing[0]
    median, low, high = all_closing.curve.by(0.5)
    lasting = len(found.watched.lasting)
    share = found.source
    cells = [
        (
            say("lasting", language), i18n.number(lasting, language),
            say("in_period", language, n=len(found.watched.alarms)), "bad" if lasting else "good",
        ),
        (
            say("rate", language), "—" if overall != overall else i18n.number(overall, language, 1),
            say("in_period_all", language), "",
        ),
        (
            say("share.short", language), "—" if share is None else i18n.percent(share.share, language),
            say("of_few", language) if share is None else say(
                "interval_percent", language, n=share.n, low=i18n.percent(share.low, language),
                high=i18n.percent(share.high, language),
            ), "",
        ),
        (
            say("median.short", language), "—" if median is None else say("days", language, n=f"{median:.1f}"),
            say("median.untold", language, n=all_closing.n) if median is None else say(
                "interval_days", language, n=all_closing.n,
                low=issue_figure_words.days(low), high=issue_figure_words.days(high),
            ), "",
        ),
    ]  # fmt: skip
    made = "".join(
        f'<div class="gm-figure gm-{tone}"><dt>{escape(label)}</dt><dd>{escape(value)}</dd>'
        f"<small>{escape(small)}</small></div>"
        for label, value, small, tone in cells
    )
    st.html(f'<dl class="gm-figures">{made}</dl>')


def _alarms(found: IssueFigures, state: FiguresState, language: str) -> None:
    if not found.watched.alarms:
        st.caption(say("alarm.none", language))
    for number, one in enumerate(found.watched.alarms[:10]):
        with st.container(horizontal=True, vertical_alignment="center", border=True, key=f"figures-alarm-{number}"):
            sign = ":material/notifications_active:" if one.until is None else ":material/history:"
            st.markdown(f"{sign} {chrome.literally(issue_figure_words.alarm(one, language))}", width="stretch")
            if st.button(say("go", language), icon=":material/location_on:", key=f"figures-go-{number}"):
                state.go(one.compound_id)
                st.rerun()
    if len(found.watched.alarms) > 10:
        st.caption(say("alarm.more", language, n=len(found.watched.alarms) - 10))


def _tables(data: CommunityData, found: IssueFigures, seen: Sight, told: list[str], language: str) -> None:
    names = [*(f"rates.{by}" for by in found.rates), "alarms", "closing", "source.week", "source.grid"]
    with st.container(horizontal=True, vertical_alignment="center", key="figures-tables"):
        name = st.segmented_control(
            say("tables", language), names, default=names[0], required=True, key="figures-table",
            format_func=lambda one: say(f"table.{one}", language), label_visibility="collapsed",
        )  # fmt: skip
        sheets = {say(f"table.{one}", language): issue_figure_words.table(found, one, language) for one in names}
        if seen.tables:
            title = say("title", language)
            st.download_button(
                i18n.text("table.excel", language),
                data=downloads.noted(
                    data, seen, access.Action.DOWNLOAD_TABLES, title,
                    lambda: workbook.write(
                        sheets, title=f"{data.community.name} · {title}", note=" · ".join(told),
                        time_zone=sources.time_zone(),
                    ),
                ),
                file_name=downloads.file_name(data.community.name, title, ending="xlsx"),
                mime=workbook.MIME, icon=":material/table_view:", on_click="ignore", key="figures-xlsx",
            )  # fmt: skip
    table = sheets[say(f"table.{name}", language)]
    if table.empty:
        st.info(say("table.empty", language), icon=":material/info:")
        return
    st.dataframe(table, hide_index=True, width="stretch", height=min(38 + 35 * len(table), 460), placeholder="—")
    st.caption(chrome.literally(issue_figure_words.note(found, str(name), language)))
