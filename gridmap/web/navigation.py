"""The app's pages, what one must be allowed to do to see each, and the links between them."""

from __future__ import annotations

from dataclasses import dataclass
from html import escape
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn
from urllib.parse import urlencode

import streamlit as st

from gridmap import access, i18n
from gridmap.access import Action
from gridmap.web import credentials

if TYPE_CHECKING:
    from streamlit.navigation.page import StreamlitPage

_FOLDER = Path(__file__).parents[2] / "pages"
TAG = "/tag"
"""Where issues are tagged (`tag_page`)."""
WALK = "/walk"
"""Where a walk is recorded on the way (`walk_page`)."""


@dataclass(frozen=True)
class Entry:
    """A page: its file's name, also its words' (``page.<name>``), what it needs, and the icon of its link."""

    name: str
    needs: Action
    icon: str


PAGES = (
    Entry("overview", Action.SEE_MAP, ":material/map:"),
    Entry("issues", Action.SEE_ISSUE_FIGURES, ":material/report:"),
    Entry("rota", Action.SEE_ROTA, ":material/calendar_month:"),
    Entry("walks", Action.SEE_STAFF, ":material/route:"),
    Entry("coverage", Action.SEE_BUILDINGS, ":material/directions_walk:"),
    Entry("grids", Action.SEE_ISSUE_FIGURES, ":material/grid_view:"),
    Entry("briefing", Action.MAKE_BRIEFING, ":material/slideshow:"),
    Entry("present", Action.MAKE_BRIEFING, ":material/co_present:"),
    Entry("registers", Action.SEE_REGISTERS, ":material/menu_book:"),
    Entry("records", Action.EDIT_POINTS, ":material/edit_note:"),
    Entry("data", Action.DOWNLOAD_TABLES, ":material/database:"),
    Entry("accounts", Action.MANAGE_LEAVE, ":material/group:"),
    Entry("audit", Action.SEE_AUDIT, ":material/history:"),
)
"""The pages in the order of their links; the first is shown where the address names none."""


def pages(language: str) -> list[StreamlitPage]:
    """Return the pages as Streamlit takes them. Each judges for itself whom it lets in."""
    return [_page(entry, language) for entry in PAGES]


def bar(actor: access.Actor, community_id: int | None, language: str) -> None:
    """Show the links to the pages that ``actor`` may see, if there is more than one."""
    shown = [entry for entry in PAGES if access.permission(actor.role, entry.needs)]
    tags = access.permission(actor.role, Action.TAG_ISSUE) is not None
    if len(shown) + tags < 2:
        return
    query = {"lang": language} | ({} if community_id is None else {"c": str(community_id)})
    with st.container(horizontal=True, key="nav", width="content"):
        for entry in shown:
            st.page_link(_page(entry, language), icon=entry.icon, query_params=query)
            if tags and entry is shown[0]:
                # A page beside Streamlit's.
                _beside("gm-tag", "page.tag", tag_link(community_id, language), language)
                if access.permission(actor.role, Action.RECORD_WALK):
                    _beside("gm-tag gm-walk", "page.walk", walk_link(community_id, language), language)


def _beside(look: str, words: str, link: str, language: str) -> None:
    """Show the link to a page beside Streamlit's."""
    word = i18n.text(words, language)
    st.html(f'<a class="{look}" href="{escape(link)}" target="_self">{escape(word)}</a>', width="content")


def lead(name: str, query: dict[str, str], language: str) -> NoReturn:
    """Go to a page of `PAGES`, with this in its address."""
    st.switch_page(_page(next(entry for entry in PAGES if entry.name == name), language), query_params=query)


def link(name: str, words: str, query: dict[str, str], language: str) -> None:
    """Show a link to a page of `PAGES` within another, with this in its address."""
    entry = next(entry for entry in PAGES if entry.name == name)
    st.page_link(_page(entry, language), label=words, icon=entry.icon, query_params={"lang": language, **query})


def tag_link(community_id: int | None, language: str, *, building: int | None = None) -> str:
    """Return the address of the page on which issues are tagged, at a building where one is named."""
    named = {"lang": language, "c": community_id, "building": building}
    return f"{credentials.base_path()}{TAG}?{urlencode({key: told for key, told in named.items() if told is not None})}"


def walk_link(community_id: int | None, language: str, *, walk: int | None = None) -> str:
    """Return the address of the page of a walk on the way: the next one of whoever opens it, where none is named."""
    named = {"lang": language, "c": community_id, "w": walk}
    return (
        f"{credentials.base_path()}{WALK}?{urlencode({key: told for key, told in named.items() if told is not None})}"
    )


def present_link(community_id: int | None, language: str, *, story: int) -> str:
    """Return the address of the page on which a presentation is worded."""
    named = {"lang": language, "c": community_id, "story": story}
    return (
        f"{credentials.base_path()}/present?{urlencode({key: told for key, told in named.items() if told is not None})}"
    )


def _page(entry: Entry, language: str) -> StreamlitPage:
    title = i18n.text(f"page.{entry.name}", language)
    return st.Page(_FOLDER / f"{entry.name}.py", title=title, default=entry is PAGES[0])
