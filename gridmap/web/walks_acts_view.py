"""What can be done with a walk that is kept: its plan changed, called off, restored."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from dataclasses import replace
from functools import partial

import pandas as pd
import streamlit as st

from gridmap import access
from gridmap.model import WalkState
from gridmap.services import walk_calling, walk_keeping
from gridmap.services.community_data import CommunityData
from gridmap.services.sight import Sight
from gridmap.services.walk_list import say
from gridmap.web import acts, chrome, sources, walks_plan_state, walks_progress_view
from gridmap.web.walks_state import WalksState

_QUICK_S = 1.0


def show(data: CommunityData, actor: access.Actor, here: WalksState, name: str, language: str) -> None:
    """Offer what the person may do with the walk that is chosen."""
    number = here.chosen
    if number is None or not _may(data, actor, number) or not walk_calling.may_change(data, number):
        return
    row = data.walks.loc[number]
    with st.container(horizontal=True, key="walks-acts"):
        if row["state"] == WalkState.CANCELLED.value:
            if st.button(say("restore", language), icon=":material/undo:", key="walks-restore") and acts.attempt(
                lambda: _called(walk_calling.restore, data, number, "restored", name, language, actor), language
            ):
                st.rerun()
            return
        if row["asked"] and st.button(
            say("change", language), icon=":material/edit_road:", key="walks-change", help=say("change.help", language)
        ):
            _change(data, actor, here, number, language)
        if st.button(say("call_off", language), icon=":material/event_busy:", key="walks-call-off"):
            acts.ask(
                say("call_off", language), say("call_off.ask", language, name=name), say("call_off", language),
                partial(_called, walk_calling.call_off, data, number, "called_off", name, language), language,
            )  # fmt: skip


def take_back(data: CommunityData, actor: access.Actor, here: WalksState, language: str) -> None:
    """Offer to take all walks back that the person has just published: they are a proposal again."""
    mine = walks_plan_state.current()
    if mine.published is None or mine.made is not None:
        return
    made, numbers = mine.published
    if not all(one in data.walks.index and walk_calling.may_change(data, one) for one in numbers):
        return

    def act() -> str:
        now, address = dt.datetime.now(dt.UTC), st.context.ip_address or ""
        walk_keeping.drop(sources.store(), actor, data, numbers, now=now, address=address)
        return say("taken_back", language, n=len(numbers))

    words = say("take_back", language, n=len(numbers))
    if st.button(words, icon=":material/undo:", key="walks-take-back") and acts.attempt(act, language):
        mine.published = None
        walks_plan_state.ask_again(mine, made.question)
        mine.take_made(made)
        here.tab, here.chosen = "plan", None
        st.rerun()


def _may(data: CommunityData, actor: access.Actor, number: int) -> bool:
    grid = data.walks.at[number, "grid_id"]
    place = {"street_id": data.community.street_id, "community_id": data.community.id}
    return access.decide(actor, access.Action.PLAN_WALKS, grid_id=None if pd.isna(grid) else int(grid), **place).allowed


def _called(
    act: Callable[..., None],
    data: CommunityData,
    number: int,
    key: str,
    name: str,
    language: str,
    actor: access.Actor,
) -> str:
    act(sources.store(), actor, data, number, now=dt.datetime.now(dt.UTC), address=st.context.ip_address or "")
    return say(key, language, name=name)


def _change(data: CommunityData, actor: access.Actor, here: WalksState, number: int, language: str) -> None:
    """Take the walks that were planned together back into the plan, their order as it is."""
    same = data.walks[(data.walks["plan"] == data.walks.at[number, "plan"]) & (data.walks["asked"] != "")]
    planned = [int(str(one)) for one in same.index[same["state"] == WalkState.PLANNED.value]]
    # Of a week some may be over or begun: these stay as they are.
    numbers = [one for one in planned if walk_calling.may_change(data, one)]
    question = walk_keeping.asked(data, numbers)
    mine = walks_plan_state.current()
    mine.anew()
    walks_plan_state.ask_again(mine, question)
    mine.replaces = tuple(numbers)
    seen = Sight.of(actor, data.community)
    walks_progress_view.begin(mine, data, seen, replace(question, seconds=_QUICK_S), language)
    if mine.refused:
        st.error(chrome.literally(mine.refused), icon=":material/error:")
        return
    here.tab = "plan"
    st.rerun()
