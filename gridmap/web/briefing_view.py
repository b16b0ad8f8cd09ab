"""The page of the briefing: its period, its parts with their sentences, and the file."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass

import streamlit as st
from streamlit.runtime.uploaded_file_manager import UploadedFile

from gridmap import errors, i18n
from gridmap.access import Actor
from gridmap.reports import briefing_template
from gridmap.reports.briefing_document import Document
from gridmap.services import briefing_making, briefing_periods, briefing_words, drafts
from gridmap.services.briefing_making import FORMS, MIME, Progress, Wish
from gridmap.services.briefing_periods import Period
from gridmap.services.community_data import CommunityData
from gridmap.services.sight import Sight
from gridmap.web import briefing_period_view, briefing_state, chrome, downloads, sources, upload
from gridmap.web.briefing_state import BriefingState

say = briefing_words.say


@dataclass(frozen=True, kw_only=True)
class Making:
    """How a briefing is made from what stands on the page.

    Parameters
    ----------
    key
        Under which name what is reworded is kept.
    name, period
        Of whom or what it tells, and of which days.
    document
        Puts it together as it is wished.
    taken
        Asks whether the person may have it, and writes down that they took it, told what the file is.
    """

    key: str
    name: str
    period: Period
    document: Callable[[Wish, Progress], Document]
    taken: Callable[[Actor, str], None]


def show(data: CommunityData, actor: Actor, language: str) -> None:
    """Show the page; ``data`` is the whole community: a briefing is made for somebody who sees numbers only."""
    community = data.community
    briefing_making.demand(actor, community)
    mine = briefing_state.current(data.day)
    free = Sight.of(actor, community).layer("issues")
    briefing_period_view.show(mine, data.day, language, free=free)
    try:
        period = briefing_periods.parse(mine.period, data.day)
        briefing_making.demand(actor, community, period)
    except errors.InputError as fault:
        st.error(chrome.literally(fault.sentence(language)), icon=":material/error:")
        return
    with st.spinner(say("page.reading", language), show_time=True):
        found = sources.briefing(data, period, language, sources.hour())
        written = briefing_making.drafts(found, language)
    address = st.context.ip_address or ""

    def document(wish: Wish, progress: Progress) -> Document:
        now = dt.datetime.now(dt.UTC)
        return briefing_making.document(found, wish, language=language, now=now, progress=progress)

    def taken(asked: Actor, what: str) -> None:
        briefing_making.demand(asked, community, period)
        briefing_making.note(sources.store(), asked, community, what, address=address)

    told = (community.id, data.revision, data.day, mine.period, language)
    key = f"briefing {community.id} {mine.period} {language}"
    making = Making(key=key, name=community.name, period=period, document=document, taken=taken)
    work(mine, told, written, making, actor, language)


def work(
    mine: BriefingState,
    told: tuple[object, ...],
    written: dict[str, tuple[str, ...]],
    making: Making,
    actor: Actor,
    language: str,
) -> None:
    """Show the parts with their sentences, and beside them the file; what is reworded is kept for the person.

    Parameters
    ----------
    mine
        The person's briefing.
    told, written
        What the sentences were written for, and the sentences.
    making
        How the file is made.
    actor
        Whose words they are.
    language
        Language of the words.
    """
    store = sources.store()
    if mine.told != told:
        mine.anew(told, written)
        known = drafts.find(store, actor, making.key)
        mine.recall(known[0] if known else {})
    left, right = st.columns([3, 2], gap="medium")
    with left:
        _parts(mine, language)
    now = mine.content()
    if now != mine.kept:
        if now:
            drafts.keep(store, actor, making.key, now, dt.datetime.now(dt.UTC))
        else:
            drafts.drop(store, actor, making.key)
        mine.kept = now
    with right:
        if st.button(say("page.anew", language), icon=":material/restart_alt:", key="briefing-anew"):
            mine.anew(told, written)
            st.rerun()
        _file(mine, making, language)


def _parts(mine: BriefingState, language: str) -> None:
    """Show what is told, part by part: whether at all, in which order, and in which words."""
    st.caption(say("page.parts", language))
    for number, name in enumerate(mine.order):
        with st.container(border=True, key=f"briefing-part-{name}"):
            with st.container(horizontal=True, vertical_alignment="center", key=f"briefing-head-{name}"):
                wanted = st.checkbox(
                    f"**{chrome.literally(say(f'part.{name}', language))}**",
                    value=name not in mine.left_out,
                    key=f"briefing-take-{name}",
                    width="stretch",
                )
                for by, sign, key in ((-1, ":material/arrow_upward:", "up"), (1, ":material/arrow_downward:", "down")):
                    last = number == (0 if by < 0 else len(mine.order) - 1)
                    where = say(f"page.{key}", language)
                    if st.button(" ", icon=sign, key=f"briefing-{key}-{name}", disabled=last, help=where):
                        mine.move(name, by)
                        st.rerun()
            if wanted == (name in mine.left_out):
                mine.left_out ^= {name}
                mine.made = None
            if wanted:
                said = st.text_area(
                    say("page.sentences", language, part=say(f"part.{name}", language)),
                    value=mine.sentences[name],
                    key=f"briefing-say-{name}-{mine.turn}",
                    height="content",
                    label_visibility="collapsed",
                )
                if said != mine.sentences[name]:
                    mine.sentences[name] = said
                    mine.made = None
                if name in mine.older:
                    st.caption(chrome.literally(say("page.older", language, words=mine.older[name])))


def _file(mine: BriefingState, making: Making, language: str) -> None:
    with st.container(border=True, key="briefing-file"):
        form = st.segmented_control(
            say("page.form", language), FORMS, default=FORMS[0], required=True, key="briefing-form",
            format_func=lambda one: say(f"form.{one}", language),
        )  # fmt: skip
        internal = st.checkbox(say("page.internal", language), value=mine.internal, key="briefing-internal")
        approval = st.text_input(
            say("page.approval", language), value=mine.approval, max_chars=briefing_making.LONGEST_APPROVAL,
            help=say("page.approval.help", language), key="briefing-approval",
        )  # fmt: skip
        template = None
        if form == "pptx":
            words = say("page.template", language)
            template = upload.file(words, "briefing-template", language, largest_mb=briefing_template.LARGEST_MB)
        if (internal, approval) != (mine.internal, mine.approval) or (mine.made and mine.made[0] != form):
            mine.internal, mine.approval, mine.made = internal, approval, None
        if st.button(say("page.make", language), type="primary", icon=":material/slideshow:", key="briefing-make"):
            mine.made = None
            _make(mine, making, str(form), template, language)
        if mine.made is not None:
            _download(mine, making, language)


def _make(mine: BriefingState, making: Making, form: str, template: UploadedFile | None, language: str) -> None:
    bar = st.progress(0.0)

    def progress(name: str, number: int, of: int) -> None:
        words = say("at_work", language, part=say(f"part.{name}", language), number=number + 1, of=of)
        bar.progress(number / of, text=words)

    try:
        file, name = (None, "") if template is None else (template.getvalue(), template.name)
        briefing_making.demand_template(form, file, name)
        told = making.document(mine.wish(), progress)
        made = briefing_making.write(told, form, template=file, template_name=name)
        mine.made = (form, made)
    except errors.InputError as fault:
        st.error(chrome.literally(fault.sentence(language)), icon=":material/error:")
    finally:
        bar.empty()


def _download(mine: BriefingState, making: Making, language: str) -> None:
    """Offer the file that was made; who takes it is asked again, and noted."""
    assert mine.made is not None
    form, made = mine.made
    st.success(say("page.made", language, n=made.pages), icon=":material/check_circle:")
    for note in made.notes:
        st.info(chrome.literally(i18n.text(note.key, language, **note.fields)), icon=":material/info:")
    title = say("title", language, name=making.name, period=briefing_periods.words(making.period, language))

    def take(actor: Actor) -> bytes:
        making.taken(actor, f"{' '.join(title.splitlines())} · {form}")
        return made.data

    st.download_button(
        say("page.download", language),
        data=downloads.asked(take),
        file_name=downloads.file_name(*title.splitlines(), ending=form),
        mime=MIME[form], icon=":material/download:", on_click="ignore", key="briefing-download",
    )  # fmt: skip
