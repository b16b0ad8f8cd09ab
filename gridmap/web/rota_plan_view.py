"""What planners do with a week's rota: make it, exchange duties, publish, withdraw, undo; and what became of each."""

from __future__ import annotations

import datetime as dt
import threading
import time
from concurrent.futures import Future
from concurrent.futures import TimeoutError as NotYet

import pandas as pd
import streamlit as st

from gridmap import errors, i18n
from gridmap.access import Action, Actor
from gridmap.planning import rota
from gridmap.services import accounts, rota_keeping, rota_swaps, rota_tables, rotas
from gridmap.services.community_data import CommunityData
from gridmap.services.rota_demand import Asked
from gridmap.services.rota_kept import Kept
from gridmap.web import acts, chrome, downloads, session, sources
from gridmap.web.rota_state import RotaState

_PATIENCE_S = 3.0
_EVERY_S = 0.5


def show(here: RotaState, data: CommunityData, actor: Actor, kept: Kept, asked: Asked, language: str) -> None:
    """Show how a week stands and what can be done with it, and do it."""
    # A press is judged by what the person saw when they pressed, which is the run before.
    seen = here.seen.get(here.week, kept.acts)
    here.seen[here.week] = kept.acts
    mine = actor.display or actor.name
    if seen != kept.acts and kept.steps and kept.steps[0].by != mine:
        by = kept.steps[0].by or i18n.text("rota.by_command", language)
        st.info(chrome.literally(i18n.text("rota.meanwhile", language, name=by)), icon=":material/group:")
    _state(kept, language)
    for note in asked.notes:
        st.caption(f":material/info: {chrome.literally(i18n.text(note.key, language, **note.fields))}")
    _bar(here, data, actor, kept, seen, language)
    _search(here, data, language)
    if here.failed is not None:
        _explain(here.failed, language)
    if kept.draft:
        _broken(asked, kept, language)
    if kept.pending:
        st.markdown(f"**{i18n.text('rota.pending', language)}**")
        st.dataframe(rota_tables.changes(asked, kept.pending, language), hide_index=True, width="stretch")
    if kept.draft:
        with st.expander(i18n.text("rota.swap", language), icon=":material/swap_horiz:"):
            _swap(here, data, kept, asked, seen, language)


def _state(kept: Kept, language: str) -> None:
    if not kept.draft:
        st.info(i18n.text("rota.none_yet", language), icon=":material/calendar_month:")
        return
    if kept.published_at is None:
        st.badge(i18n.text("rota.state.draft", language), icon=":material/draft:", color="orange")
        return
    told = i18n.time(kept.published_at, language, sources.time_zone())
    by = kept.published_by or i18n.text("rota.somebody", language)
    if kept.pending:
        word = i18n.text("rota.state.pending", language, n=len(kept.pending))
        st.badge(word, icon=":material/edit_calendar:", color="orange")
    else:
        word = i18n.text("rota.state.published", language, time=told, name=by)
        st.badge(chrome.literally(word), icon=":material/check_circle:", color="green")


def _bar(here: RotaState, data: CommunityData, actor: Actor, kept: Kept, seen: int, language: str) -> None:
    now = dt.datetime.now(dt.UTC)
    store, place, address = sources.store(), data.community, st.context.ip_address or ""
    publishable = bool(kept.draft) and (kept.published_at is None or bool(kept.pending))

    def publish() -> str:
        rota_keeping.publish(store, actor, place, here.week, seen=seen, now=now, address=address)
        return i18n.text("rota.is_published", language, week=here.week)

    def undo() -> str:
        act = rota_keeping.undo(store, actor, place, here.week, seen=seen, now=now, address=address)
        return i18n.text("rota.undone", language, act=i18n.text(f"rota.act.{act}", language))

    def withdraw(who: Actor) -> str:
        rota_keeping.withdraw(store, who, place, here.week, seen=kept.acts, now=now, address=address)
        return i18n.text("rota.is_withdrawn", language, week=here.week)

    with st.container(horizontal=True, key="rota-bar"):
        word = "rota.make_again" if kept.draft else "rota.make"
        if st.button(
            i18n.text(word, language), icon=":material/auto_awesome:", key="rota-make",
            type="secondary" if kept.draft else "primary", disabled=here.job is not None,
        ):  # fmt: skip
            here.failed = None
            _begin(here, seen)
        if publishable and st.button(
            i18n.text("rota.publish_again" if kept.published_at else "rota.publish", language),
            icon=":material/campaign:", type="primary", key="rota-publish",
        ) and acts.attempt(publish, language):  # fmt: skip
            st.rerun()
        if kept.can_undo:
            last = next(one for one in kept.steps if not one.undone)
            word = i18n.text("rota.undo", language, act=i18n.text(f"rota.act.{last.act}", language))
            if st.button(word, icon=":material/undo:", key="rota-undo") and acts.attempt(undo, language):
                st.rerun()
        if kept.published_at is not None and st.button(
            i18n.text("rota.withdraw", language), icon=":material/visibility_off:", key="rota-withdraw"
        ):
            word = i18n.text("rota.withdraw", language)
            acts.ask(word, i18n.text("rota.withdraw_ask", language, week=here.week), word, withdraw, language)


def _begin(here: RotaState, seen: int) -> None:
    store, community, week = sources.store(), here.community, here.week
    today = accounts.day_of(dt.datetime.now(dt.UTC))
    found: Future[rotas.Week] = Future()

    def work() -> None:
        try:
            found.set_result(rotas.plan(store, community, week, today=today))
        except Exception as fault:  # told to the person by the page, which knows how
            found.set_exception(fault)

    here.job, here.begun, here.searched = found, time.perf_counter(), seen
    threading.Thread(target=work, name="rota", daemon=True).start()


def _search(here: RotaState, data: CommunityData, language: str) -> None:
    """Wait a moment for a search that goes on; of one that takes longer, show how far its time is used up."""
    if here.job is None:
        return
    with st.spinner(i18n.text("rota.searching", language), show_time=True):
        try:
            here.job.exception(_PATIENCE_S)
        except NotYet:

            @st.fragment(run_every=_EVERY_S)
            def watched() -> None:
                # It runs without the page around it, which would have asked who this is.
                session.actor(language)
                if here.job is None or here.job.done():
                    st.rerun()
                used = min(1.0, (time.perf_counter() - here.begun) / rota.SECONDS)
                st.progress(used, text=i18n.text("rota.searching", language))

            watched()
            return
    job, here.job = here.job, None

    def keep() -> str:
        made = job.result()
        if not made.duties:
            here.failed = made
            raise errors.InputError("rota_none", week=made.asked.week)
        by = session.actor(language)
        address = st.context.ip_address or ""
        rota_keeping.keep(
            sources.store(), by, data.community, made, seen=here.searched, now=dt.datetime.now(dt.UTC), address=address
        )
        return i18n.text(f"rota.status.{made.answer.status}", language, week=made.asked.week)

    if acts.attempt(keep, language):
        st.rerun()


def _explain(failed: rotas.Week, language: str) -> None:
    head = i18n.text(f"rota.status.{failed.answer.status}", language, week=failed.asked.week)
    lines = "\n".join(f"- {chrome.literally(failed.asked.said(rule, language))}" for rule in failed.clash)
    help_ = i18n.text("rota.clash_help", language) if failed.clash else ""
    st.warning(f"{chrome.literally(head)}\n\n{lines}\n\n{help_}", icon=":material/block:")


def _broken(asked: Asked, kept: Kept, language: str) -> None:
    wrong = rota_keeping.broken(asked, kept.draft, accounts.day_of(dt.datetime.now(dt.UTC)))
    if wrong:
        lines = "\n".join(f"- {chrome.literally(asked.said(rule, language))}" for rule in wrong)
        st.warning(f"{i18n.text('rota.breaks', language)}\n\n{lines}", icon=":material/warning:")


def _swap(here: RotaState, data: CommunityData, kept: Kept, asked: Asked, seen: int, language: str) -> None:
    def told(turn: rota_swaps.Turn) -> str:
        name = asked.staff.get(turn.staff, "?")
        return f"{rota_tables.when(turn.slot, language)} · {rota_tables.what(asked, turn.duty, language)} · {name}"

    turns = rota_swaps.turns(kept.draft)
    st.caption(i18n.text("rota.swap_what", language))
    with st.container(horizontal=True, key="rota-swap"):
        mine = st.selectbox(
            i18n.text("rota.swap_one", language), range(len(turns)), index=None, key=f"rota-swap-one-{here.turn}",
            format_func=lambda n: told(turns[n]), placeholder=i18n.text("rota.swap_choose", language),
        )  # fmt: skip
        found = [] if mine is None else rota_swaps.partners(asked, kept.draft, turns[mine])
        other = st.selectbox(
            i18n.text("rota.swap_other", language), range(len(found)), index=None,
            key=f"rota-swap-other-{here.turn}-{mine}", disabled=mine is None,
            format_func=lambda n: ("× " if found[n].rules else "") + told(found[n].turn),
            placeholder=i18n.text("rota.swap_choose", language),
        )  # fmt: skip
    if mine is None or other is None:
        return
    chosen = found[other]
    for rule in chosen.rules:
        st.error(chrome.literally(asked.said(rule, language)), icon=":material/block:")
    at_once = kept.published_at is not None and not kept.pending
    word = i18n.text("rota.swap_publish" if at_once else "rota.swap_do", language)
    pressed = st.button(
        word, type="primary", icon=":material/swap_horiz:", key="rota-swap-do", disabled=bool(chosen.rules)
    )

    def swap() -> str:
        by = session.actor(language)
        now, address = dt.datetime.now(dt.UTC), st.context.ip_address or ""
        rota_swaps.swap(
            sources.store(), by, data.community, here.week, turns[mine], chosen.turn, publish=at_once,
            seen=seen, now=now, address=address,
        )  # fmt: skip
        names = [asked.staff.get(turns[mine].staff, "?"), asked.staff.get(chosen.turn.staff, "?")]
        return i18n.text("rota.swapped", language, names=names)

    if pressed and acts.attempt(swap, language):
        here.turn += 1
        st.rerun()


def history(data: CommunityData, kept: Kept, asked: Asked, language: str) -> None:
    """Show what was done with a week, the newest first, and who changed when by it."""
    if not kept.steps:
        return
    rows = []
    for one in kept.steps:
        act = i18n.text(f"rota.act.{one.act}", language)
        if one.undone:
            act = i18n.text("rota.act_undone", language, act=act)
        changed = [rota_tables.change(asked, each, language) for each in one.changed]
        rows.append(
            {
                i18n.text("rota.column.when", language): i18n.time(one.at, language, sources.time_zone()),
                i18n.text("rota.column.by", language): one.by or i18n.text("rota.by_command", language),
                i18n.text("rota.column.act", language): act,
                i18n.text("rota.column.changed", language): "；".join(changed),
            }
        )
    with st.expander(i18n.text("rota.history", language, n=len(kept.steps)), icon=":material/history:"):
        table = pd.DataFrame(rows)
        st.dataframe(table, hide_index=True, width="stretch")
        what = i18n.text("rota.history_of", language, week=kept.week)
        downloads.excel(table, data, Action.SEE_ROTA, what, language, key="rota-history-xlsx")
