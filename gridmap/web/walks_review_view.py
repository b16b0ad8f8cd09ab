"""What came of the walks: figures, what to change, the map by last visit, tables, one page to take along."""

from __future__ import annotations

import datetime as dt
from html import escape

import streamlit as st

from gridmap import access, i18n
from gridmap.cartography import overview_config
from gridmap.cartography.overview_map import Command, Fill
from gridmap.exchange import workbook
from gridmap.services import walk_review, walk_review_files
from gridmap.services.community_data import CommunityData
from gridmap.services.sight import Sight
from gridmap.services.walk_review import Reviewed, say
from gridmap.web import ahead, chrome, downloads, map_view, sources, walks_state
from gridmap.web.walks_state import WalksState

_HEIGHT_PX = 480
_LAYERS = ("boundary", "grids", "compounds", "paths", "ground", "buildings", "gates")
_WEEK = dt.timedelta(weeks=1)


def show(data: CommunityData, actor: access.Actor, language: str) -> None:
    """Show what came of the walks of the chosen weeks."""
    here, seen = walks_state.current(), Sight.of(actor, data.community)
    whole = sources.community(int(data.community.id or 0))
    found = sources.walk_review_of(whole, seen, here.looked_back(data), here.weeks)
    _asked(found, data, seen, here, language)
    cells = "".join(
        f'<div class="gm-figure gm-{tone}"><dt>{escape(label)}</dt><dd>{escape(value)}</dd>'
        f"<small>{escape(small)}</small></div>"
        for label, value, small, tone in walk_review.figures(found, language)
    )
    st.html(f'<dl class="gm-figures gm-wrapped">{cells}</dl>')
    with st.container(horizontal=True, key="walks-body"):
        with st.container(key="walks-left"):
            _sentences(found, language)
        with st.container(key="walks-right"):
            _map(found, data, here, language)
    _tables(found, language)
    st.caption(chrome.literally(say("note", language)))


def _asked(found: Reviewed, data: CommunityData, seen: Sight, here: WalksState, language: str) -> None:
    """Ask for the weeks, and offer the review to take along."""
    week = here.looked_back(data)

    def take() -> None:
        here.weeks = st.session_state["walks-weeks"] or here.weeks

    with st.container(horizontal=True, vertical_alignment="center", key="walks-asked"):
        for name, by, icon in (("back", -_WEEK, ":material/chevron_left:"), ("on", _WEEK, ":material/chevron_right:")):
            beyond = name == "on" and week + by > data.day
            if st.button(say(f"week.{name}", language), icon=icon, key=f"walks-week-{name}", disabled=beyond):
                here.week = week + by
                st.rerun()
        st.segmented_control(
            say("weeks", language), walk_review.WEEKS, default=here.weeks, required=True, key="walks-weeks",
            on_change=take, format_func=lambda n: say(f"weeks.{n}", language), label_visibility="collapsed",
        )  # fmt: skip
        st.markdown(f"**{chrome.literally(walk_review.period(found, language))}**", width="content")
        if seen.tables:
            title = say("title", language)
            st.download_button(
                say("pdf", language),
                data=downloads.noted(
                    data, seen, access.Action.DOWNLOAD_TABLES, say("pdf.page", language),
                    lambda: walk_review_files.pdf(found, language),
                ),
                file_name=downloads.file_name(data.community.name, title, str(found.review.end), ending="pdf"),
                mime="application/pdf", icon=":material/picture_as_pdf:", on_click="ignore", key="walks-pdf",
            )  # fmt: skip
            st.download_button(
                i18n.text("table.excel", language),
                data=downloads.noted(
                    data, seen, access.Action.DOWNLOAD_TABLES, title,
                    lambda: walk_review_files.excel(found, language, zone=sources.time_zone()),
                ),
                file_name=downloads.file_name(data.community.name, title, str(found.review.end), ending="xlsx"),
                mime=workbook.MIME, icon=":material/table_view:", on_click="ignore", key="walks-xlsx",
            )  # fmt: skip
        if seen.picture:
            what = i18n.text("picture.title.visits", language)
            st.download_button(
                i18n.text("overview.picture", language),
                data=downloads.noted(
                    data, seen, access.Action.DOWNLOAD_PICTURE, what, lambda: walk_review_files.png(found, language)
                ),
                file_name=downloads.file_name(data.community.name, what, str(found.review.end), ending="png"),
                mime="image/png", icon=":material/image:", on_click="ignore", key="walks-png",
            )  # fmt: skip


def _sentences(found: Reviewed, language: str) -> None:
    for heading, sentences in (
        (say("changes", language), walk_review.changes(found, language)),
        (say("findings", language), walk_review.findings(found, language)),
    ):
        if sentences:
            lines = "\n".join(f"- {chrome.literally(one)}" for one in sentences)
            st.markdown(f"**{heading}**\n\n{lines}")


def _map(found: Reviewed, data: CommunityData, here: WalksState, language: str) -> None:
    rows = [{"type": "heading", "text": say("legend", language)}]
    rows += overview_config.sign_rows("visits", walk_review.sign_words(found, language))
    command = Command(
        revision=data.revision,
        stamp=sources.stamp(data),
        layers=_LAYERS,
        fill=Fill(mode="visits", states=walk_review.signs(found)),
        legend=rows
        + overview_config.legend(
            language=language, layers=("compounds", "gates"), mode="visits", grids=(), asset_base=ahead.ASSETS
        ),
        search=False,
        moves=False,
    )
    with st.container(key="walks-map"):
        map_view.show(
            command, data=data, language=language, height_px=_HEIGHT_PX, on_event=here.take, name="walk-review"
        )


def _tables(found: Reviewed, language: str) -> None:
    name = st.segmented_control(
        say("table", language), walk_review.TABLES, default=walk_review.TABLES[0], required=True, key="walks-table",
        format_func=lambda one: say(f"table.{one}", language), label_visibility="collapsed",
    )  # fmt: skip
    table = walk_review.table(found, str(name), language)
    if table.empty:
        st.info(say("table.empty", language), icon=":material/info:")
        return
    st.dataframe(table, hide_index=True, width="stretch", height=min(38 + 35 * len(table), 420), placeholder="—")
