"""The page of records: the list of a kind, the bin, and what was just done."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace

import pandas as pd
import streamlit as st

from gridmap import access, i18n
from gridmap.access import Actor
from gridmap.exchange import workbook
from gridmap.services import record_lists, recycle_bin, sight
from gridmap.services.community_data import CommunityData
from gridmap.services.record_kinds import Kind
from gridmap.services.sight import Sight
from gridmap.web import chrome, downloads, record_form, sources
from gridmap.web.records_state import Session

_ON_SCREEN = 1000  # rows sent to the browser; Excel has them all
_BIN_ON_SCREEN = 50


def community(session: Session, actor: Actor, language: str) -> int | None:
    """Return the community whose records are shown, of those that the person may see; say so where there is none."""
    known = [one.id for one in sources.store().communities() if one.id is not None and sight.sees(actor, one)]
    if not known:
        st.info(i18n.text("overview.none_for_you", language), icon=":material/info:")
        return None
    if session.where.community not in known:
        session.where = replace(session.where, community=known[0])
    return session.where.community


def show(data: CommunityData, session: Session, actor: Actor, language: str) -> None:
    """Show what the page's state asks for."""
    kinds = record_lists.kinds(actor, data)
    tags = access.decide(actor, access.Action.TAG_ISSUE, community_id=data.community.id).allowed
    where = session.where
    of = {one.name: one for one in kinds}
    if tags and where.kind == "issues" and where.new:
        # Whoever passes by may record an issue, also where its grid is somebody else's.
        _form(data, session, record_form.TAGS, actor, language)
        return
    if not kinds:
        _told(data, session, actor, language)
        st.info(_say("nothing_for_you", language), icon=":material/info:")
        if tags and st.button(_say("tag", language), type="primary", icon=":material/add:", key="record-add"):
            session.go(kind="issues", new=True)
            st.rerun()
        return
    kind = of.get(where.kind, kinds[0])
    session.where = replace(where, kind=kind.name)
    if where.bin:
        with st.container(key="record-bin-list"):
            _bin(data, session, actor, language)
    elif where.new or where.number is not None:
        _form(data, session, kind, actor, language)
    else:
        _list(data, session, kinds, kind, actor, language)


def _say(key: str, language: str, **fields: object) -> str:
    return i18n.text(f"record.{key}", language, **fields)


def _form(data: CommunityData, session: Session, kind: Kind, actor: Actor, language: str) -> None:
    with st.container(key="record-form"):
        record_form.show(data, session, kind, actor, language)


def _list(
    data: CommunityData, session: Session, kinds: tuple[Kind, ...], kind: Kind, actor: Actor, language: str
) -> None:
    _told(data, session, actor, language)
    seen = Sight.of(actor, data.community)
    shown = record_lists.table(sources.seen(data, seen), kind, record_lists.reach(actor, kind, data), language)

    st.session_state["record-kind"] = kind.name

    def choose() -> None:
        if chosen := st.session_state["record-kind"]:
            session.go()
            session.where = replace(session.where, kind=chosen)

    with st.container(horizontal=True, vertical_alignment="center", key="records"):
        st.segmented_control(
            _say("which", language),
            [one.name for one in kinds],
            key="record-kind",
            required=True,
            on_change=choose,
            format_func=lambda name: _say(f"kinds.{name}", language),
            label_visibility="collapsed",
        )
        text = st.text_input(
            _say("search", language), key=f"record-search-{kind.name}", placeholder=_say("search", language),
            label_visibility="collapsed", width=240,
        )  # fmt: skip
        add = _say("tag" if kind.name == "issues" else "new", language, kind=_say(f"kind.{kind.name}", language))
        if st.button(add, type="primary", icon=":material/add:", key="record-add"):
            session.go(new=True)
            st.rerun()
        if st.button(_say("bin", language), icon=":material/recycling:", key="record-bin"):
            session.go(bin=True)
            st.rerun()
        found = record_lists.found(shown, text)
        if seen.tables:
            _excel(data, seen, kind, found, language)
    if found.empty:
        st.info(_say("none_found" if text else "none_yet", language), icon=":material/info:")
        return
    key = f"record-table-{kind.name}-{language}"

    def take() -> None:
        said = st.session_state[key]["selection"]
        rows = [*(row for row, _ in said["cells"]), *said["rows"]]
        if rows:
            session.go(number=int(found.index[rows[0]]))

    st.dataframe(
        found.head(_ON_SCREEN),
        hide_index=True,
        width="stretch",
        height=min(38 + 35 * len(found), 560),
        placeholder="",
        key=key,
        on_select=take,
        selection_mode=["single-row", "single-cell"],
        column_config={
            column: st.column_config.DatetimeColumn(format="YYYY-MM-DD HH:mm", timezone=sources.time_zone())
            for column in found.columns
            if isinstance(found[column].dtype, pd.DatetimeTZDtype)
        },
    )
    st.caption(_say("rows" if len(found) <= _ON_SCREEN else "rows_cut", language, n=len(found), shown=_ON_SCREEN))


def _excel(data: CommunityData, seen: Sight, kind: Kind, table: pd.DataFrame, language: str) -> None:
    title, day = _say(f"kinds.{kind.name}", language), i18n.date(data.day, language)

    def make() -> bytes:
        note = _say("note_synthetic" if data.community.synthetic else "note", language, day=day)
        whole = f"{data.community.name} · {title}"
        return workbook.write({title: table}, title=whole, note=note, time_zone=sources.time_zone())

    st.download_button(
        i18n.text("table.excel", language),
        data=downloads.noted(data, seen, access.Action.DOWNLOAD_TABLES, title, make),
        file_name=downloads.file_name(data.community.name, title, ending="xlsx"),
        icon=":material/table_view:",
        mime="application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
        on_click="ignore",
        key=f"record-xlsx-{kind.name}",
        disabled=table.empty,
    )


def _told(data: CommunityData, session: Session, actor: Actor, language: str) -> None:
    """Say what was just done, and offer to take a deletion back."""
    if not session.notice:
        return
    with st.container(horizontal=True, vertical_alignment="center", key="record-told"):
        st.success(chrome.literally(session.notice), icon=":material/check:")
        if session.undo is not None and st.button(_say("undo", language), icon=":material/undo:", key="record-undo"):
            _restore(data, session, actor, session.undo, language)


def _bin(data: CommunityData, session: Session, actor: Actor, language: str) -> None:
    st.subheader(_say("bin", language), anchor=False)
    if session.notice:
        st.success(chrome.literally(session.notice), icon=":material/check:")
    entries = recycle_bin.listed(sources.store(), actor, data)
    st.caption(_say("bin_help", language, days=recycle_bin.keeping().days))
    if st.button(_say("back", language), icon=":material/arrow_back:", key="bin-back"):
        session.go()
        st.rerun()
    if not entries:
        st.info(_say("bin_empty", language), icon=":material/info:")
    for entry in entries[:_BIN_ON_SCREEN]:
        kind = _say(f"kind.{entry.kind}", language)
        at, until = (i18n.time(moment, language, sources.time_zone()) for moment in (entry.deleted_at, entry.until))
        with st.container(horizontal=True, vertical_alignment="center", border=True, key=f"bin-{entry.number}"):
            st.markdown(f"**{chrome.literally(f'{kind} {entry.title}')}**", width="content")
            told = _say("bin_entry", language, by=entry.by, at=at, until=until)
            along = f" {_say('bin_along', language, n=entry.along)}" if entry.along else ""
            st.caption(chrome.literally(told + along))
            if st.button(_say("restore", language), icon=":material/restore:", key=f"restore-{entry.number}"):
                _restore(data, session, actor, entry.number, language)
    if len(entries) > _BIN_ON_SCREEN:
        st.caption(_say("bin_cut", language, n=len(entries), shown=_BIN_ON_SCREEN))


def _restore(data: CommunityData, session: Session, actor: Actor, entry: int, language: str) -> None:
    now, address = dt.datetime.now(dt.UTC), st.context.ip_address or ""
    with chrome.faults(language):
        made = recycle_bin.restore(sources.store(), actor, data, entry, now=now, address=address)
        session.undo = None
        kind = _say(f"kind.{made.kind}", language)
        session.notice = _say("restored", language, kind=kind, title=made.title)
        st.rerun()
