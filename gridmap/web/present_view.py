"""The page of presentations: which one, what can be done with it as a whole, and beside its steps how they look."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from html import escape

import streamlit as st

from gridmap import access, i18n
from gridmap.access import Action, Actor
from gridmap.reports import presentation
from gridmap.services import story_bin, story_keeping, story_making
from gridmap.services.community_data import CommunityData
from gridmap.services.story_keeping import LONGEST_NAME, Story
from gridmap.services.story_words import say
from gridmap.web import (
    acts,
    chrome,
    credentials,
    downloads,
    guard,
    present_page,
    present_steps_view,
    share_view,
    sources,
    state,
)

_CHOSEN = "gridmap_story"
_FILE = "gridmap_story_file"


def show(data: CommunityData, actor: Actor, language: str) -> None:
    """Show the page; ``data`` is the whole community, of which a presentation tells numbers only."""
    store = sources.store()
    story_keeping.demand(actor, data.community)
    st.caption(say("intro", language))
    known = story_keeping.listed(store, actor, data.community)
    story = _choose(known, data, actor, language)
    if story is None:
        st.info(say("none_yet", language), icon=":material/info:")
    else:
        with st.spinner(say("making", language), show_time=True):
            facts = present_page.facts(data, story, language)
        left, right = st.columns([3, 2], gap="medium")
        with left:
            present_steps_view.show(facts, story, actor, language)
        with right:
            _look(story, data, actor, language)
    _bin(data, actor, language)


def chosen(number: int) -> None:
    """Let the page show this presentation at its next run."""
    st.session_state[_CHOSEN] = number


def _choose(known: list[Story], data: CommunityData, actor: Actor, language: str) -> Story | None:
    by_number = {one.number: one for one in known}
    wanted = st.session_state.get(_CHOSEN) or state.whole(st.query_params.get("story"))
    at = wanted if wanted in by_number else next(iter(by_number), None)
    with st.container(horizontal=True, vertical_alignment="bottom", key="present-head"):
        if at is not None:
            number = st.selectbox(
                say("choose", language), list(by_number), index=list(by_number).index(at),
                format_func=lambda one: by_number[one].name, key=f"present-choose-{at}-{len(known)}", width=360,
            )  # fmt: skip
            if number != at:
                chosen(number)
                st.query_params["story"] = str(number)
                st.rerun()
        with st.popover(say("new", language), icon=":material/add:"):
            _new(known, data, actor, language)
        if at is not None:
            with st.popover(say("more", language), icon=":material/tune:"):
                _manage(by_number[at], data, actor, language)
    return None if at is None else by_number[at]


def _new(known: list[Story], data: CommunityData, actor: Actor, language: str) -> None:
    taken = {one.name for one in known}
    usual = say("new.name", language)
    free = usual if usual not in taken else say("copy_of", language, name=usual, n=len(taken))
    name = st.text_input(
        say("name", language), value=free, max_chars=LONGEST_NAME, key=f"present-new-{len(known)}",
        placeholder=say("name_example", language),
    )  # fmt: skip
    if st.button(say("new", language), type="primary", icon=":material/add:", key="present-make"):

        def act() -> str:
            with st.spinner(say("making", language), show_time=True):
                story, told = story_making.begin(
                    sources.store(), actor, data, name, language=language, now=_now(), address=_address()
                )
            chosen(story.number)
            return " ".join(filter(None, (say("made", language, name=story.name), told)))

        _do(act, language)


def _manage(story: Story, data: CommunityData, actor: Actor, language: str) -> None:
    store, community, number = sources.store(), data.community, story.number
    at = i18n.time(story.at, language, sources.time_zone())
    st.caption(chrome.literally(say("last", language, by=story.by, at=at)))
    name = st.text_input(
        say("name", language), value=story.name, max_chars=LONGEST_NAME, key=f"present-name-{number}-{story.version}"
    )
    with st.container(horizontal=True):
        if st.button(say("rename", language), key="present-rename", disabled=name == story.name):
            _do(
                lambda: say("renamed", language, name=_renamed(story, data, actor, name)),
                language,
            )
        if st.button(say("copy", language), icon=":material/content_copy:", key="present-copy"):

            def copy() -> str:
                made = story_keeping.copy(
                    store, actor, community, number, language=language, now=_now(), address=_address()
                )
                chosen(made.number)
                return say("copied", language, name=made.name)

            _do(copy, language)
        if st.button(say("delete", language), icon=":material/delete:", key="present-delete"):

            def delete(by: Actor) -> str:
                story_bin.delete(store, by, community, number, now=_now(), address=_address())
                st.session_state.pop(_CHOSEN, None)
                return say("deleted", language, name=story.name)

            acts.ask(
                say("delete", language), say("delete.ask", language, name=story.name), say("delete", language),
                delete, language,
            )  # fmt: skip
    _earlier(story, data, actor, language)


def _renamed(story: Story, data: CommunityData, actor: Actor, name: str) -> str:
    made = story_keeping.rename(
        sources.store(), actor, data.community, story.number, name, now=_now(), address=_address()
    )  # fmt: skip
    return made.name


def _earlier(story: Story, data: CommunityData, actor: Actor, language: str) -> None:
    store, community, number = sources.store(), data.community, story.number
    versions = story_keeping.earlier(store, actor, community, number)
    if not versions:
        return
    words = {
        one.number: say(
            "earlier.row", language, at=i18n.time(one.at, language, sources.time_zone()), n=len(one.content.steps)
        )
        for one in versions
    }
    to = st.selectbox(
        say("earlier.choose", language), list(words), format_func=lambda one: words[one],
        key=f"present-earlier-{story.version}",
    )  # fmt: skip
    if st.button(say("earlier.go", language), icon=":material/history:", key="present-back"):

        def back() -> str:
            story_keeping.go_back(
                store, actor, community, number, to, version=story.version, now=_now(), address=_address()
            )
            return say("went_back", language)

        _do(back, language)


def _look(story: Story, data: CommunityData, actor: Actor, language: str) -> None:
    """Show how it looks, and the three ways to show it to others."""
    address = f"{credentials.base_path()}{guard.PRESENT}{story.number}?lang={language}"
    with st.container(border=True, key="present-look"):
        # A new version is a new address, so that the frame shows it.
        st.iframe(f"{address}&v={story.version}", height=330)
        word, help_ = say("open", language), say("open.help", language)
        st.html(
            f'<a class="gm-present" href="{escape(address)}" target="_blank" rel="noopener" title="{escape(help_)}">'
            f"{escape(word)}</a>"
        )
        st.caption(help_)
    with st.container(border=True, key="present-file"):
        st.caption(say("file.what", language))
        _file(story, data, language)
    if access.decide(actor, Action.SHARE_VIEW, community_id=data.community.id).allowed:
        with st.expander(say("share", language), icon=":material/link:", key="present-share"):
            share_view.show(actor, int(data.community.id or 0), language, story=story)


def _file(story: Story, data: CommunityData, language: str) -> None:
    told = (story.number, story.version, data.revision, data.day, language)
    if st.button(say("file.make", language), icon=":material/article:", type="primary", key="present-file-make"):
        with st.spinner(say("making", language), show_time=True):
            made = presentation.html(present_page.presented(data, story, language))
            st.session_state[_FILE] = (told, made)
    kept = st.session_state.get(_FILE)
    if kept is None or kept[0] != told:
        return
    made, community, address = kept[1], data.community, _address()
    size_mb = len(made) / 1e6

    def take(by: Actor) -> bytes:
        story_making.taken(sources.store(), by, community, story, address=address)
        return bytes(made)

    if size_mb > presentation.LARGEST_MB:
        most = f"{presentation.LARGEST_MB:g}"
        st.warning(say("file.large", language, mb=f"{size_mb:.1f}", most=most), icon=":material/warning:")
    st.download_button(
        say("file.take", language, mb=f"{size_mb:.1f}"),
        data=downloads.asked(take),
        file_name=downloads.file_name(community.name, story.name, say("file.name", language), ending="html"),
        mime=story_making.MIME, icon=":material/download:", on_click="ignore", key="present-file-take",
    )  # fmt: skip


def _bin(data: CommunityData, actor: Actor, language: str) -> None:
    store, zone = sources.store(), sources.time_zone()
    there = story_bin.listed(store, actor, data.community)
    if not there:
        return
    with st.expander(say("bin", language, n=len(there)), icon=":material/delete:"):
        for one in there:
            with st.container(horizontal=True, vertical_alignment="center"):
                words = say(
                    "bin.row", language, name=one.name, by=one.by, at=i18n.time(one.deleted_at, language, zone),
                    until=i18n.date(one.until, language),
                )  # fmt: skip
                st.markdown(chrome.literally(words), width="stretch")
                if st.button(say("restore", language), key=f"present-restore-{one.entry}"):

                    def restore(entry: int = one.entry) -> str:
                        back = story_bin.restore(
                            store, actor, data.community, entry, now=_now(), address=_address()
                        )  # fmt: skip
                        chosen(back.number)
                        return say("restored", language, name=back.name)

                    _do(restore, language)


def _do(act: Callable[[], str], language: str) -> None:
    if acts.attempt(act, language):
        st.rerun()


def _now() -> dt.datetime:
    return dt.datetime.now(dt.UTC)


def _address() -> str:
    return st.context.ip_address or ""
