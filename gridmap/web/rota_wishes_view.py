"""What is settled for people before a rota is made: half days on which they cannot, and duties they are to have."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pandas as pd
import streamlit as st

from gridmap import i18n, model
from gridmap.access import Action, Actor
from gridmap.model import Duty, Half
from gridmap.services import accounts, rota_wishes, staffing
from gridmap.services.community_data import CommunityData
from gridmap.web import acts, downloads, session, sources
from gridmap.web.rota_state import RotaState

_DAYS = range(1, 8)
_WHATS = (None, *Duty)


def show(here: RotaState, data: CommunityData, actor: Actor, language: str) -> None:
    """Show the list, and a form for more."""
    today = accounts.day_of(dt.datetime.now(dt.UTC))
    staff = staffing.members(sources.store(), here.community)
    if not staff:
        st.info(i18n.text("leave.no_staff", language), icon=":material/info:")
        return
    st.caption(i18n.text("rota.wishes_what", language))
    grids = {int(number): str(row["name"]) for number, row in data.grids.iterrows()}
    kept = rota_wishes.listed(sources.store(), actor, data.community, since=today)
    _list(here, data, kept, staff, grids, language)
    with st.container(border=True, key="rota-wish"):
        _form(here, data, staff, grids, today, language)


def _list(
    here: RotaState,
    data: CommunityData,
    kept: list[model.RotaWish],
    staff: dict[int, staffing.Member],
    grids: dict[int, str],
    language: str,
) -> None:
    if not kept:
        st.info(i18n.text("rota.wishes_none", language), icon=":material/event_available:")
        return

    def say(word: str) -> str:
        return i18n.text(f"rota.column.{word}", language)

    rows = []
    for one in kept:
        when, what = rota_wishes.told(one, grids, language)
        name = staff[one.staff_id].name if one.staff_id in staff else "?"
        rows.append({say("name"): name, say("when"): when, say("what"): what, say("note"): one.note})
    table = pd.DataFrame(rows)
    event: Any = st.dataframe(
        table, hide_index=True, width="stretch", on_select="rerun", selection_mode="single-row",
        key=f"rota-wishes-{here.turn}-{len(kept)}",
    )  # fmt: skip
    what = i18n.text("rota.part.wishes", language)
    downloads.excel(table, data, Action.MANAGE_ROTA, what, language, key="rota-wishes-xlsx")
    chosen = [kept[row] for row in event.selection.rows if row < len(kept)]
    if chosen and st.button(i18n.text("rota.wish_remove", language), icon=":material/delete:", key="rota-wish-remove"):

        def remove() -> str:
            by, now = session.actor(language), dt.datetime.now(dt.UTC)
            rota_wishes.remove(
                sources.store(), by, data.community, int(chosen[0].id or 0), now=now,
                address=st.context.ip_address or "",
            )  # fmt: skip
            return i18n.text("rota.wish_removed", language)

        if acts.attempt(remove, language):
            here.turn += 1
            st.rerun()


def _form(
    here: RotaState,
    data: CommunityData,
    staff: dict[int, staffing.Member],
    grids: dict[int, str],
    today: dt.date,
    language: str,
) -> None:
    def say(word: str) -> str:
        return i18n.text(f"rota.wish.{word}", language)

    key = here.turn
    st.markdown(f"**{say('new')}**")
    with st.container(horizontal=True, vertical_alignment="bottom", key="rota-wish-fields"):
        who = st.selectbox(
            say("who"), list(staff), index=None, key=f"rota-wish-who-{key}", placeholder=say("choose"), width=240,
            format_func=lambda number: staff[number].title(language),
        )  # fmt: skip
        every = st.segmented_control(
            say("how_often"), [False, True], default=False, required=True, key=f"rota-wish-every-{key}",
            format_func=lambda one: say("each_week" if one else "once"),
        )  # fmt: skip
        if every:
            monday = today - dt.timedelta(days=today.weekday())
            weekday = st.selectbox(
                say("weekday"), _DAYS, key=f"rota-wish-weekday-{key}", width=120,
                format_func=lambda n: i18n.weekday_name(monday + dt.timedelta(days=n - 1), language),
            )  # fmt: skip
            day = None
        else:
            weekday = None
            day = st.date_input(
                say("day"), value=today, min_value=today, format="YYYY-MM-DD", key=f"rota-wish-day-{key}", width=160
            )
        half = st.selectbox(
            say("half"), [None, *Half], key=f"rota-wish-half-{key}", width=120,
            format_func=lambda one: i18n.text(f"rota.half.{one or 'day'}", language),
        )  # fmt: skip
        duty = st.selectbox(
            say("what"), _WHATS, key=f"rota-wish-what-{key}", width=180,
            format_func=lambda one: i18n.text(f"rota.duty.{one}", language) if one else say("part_time_or_away"),
        )  # fmt: skip
        grid = None
        if duty in (Duty.RECEPTION, Duty.WALK):
            grid = st.selectbox(
                say("grid"), list(grids), key=f"rota-wish-grid-{key}", format_func=lambda n: grids[n], width=160
            )
    note = st.text_input(
        i18n.text("rota.column.note", language), max_chars=100, key=f"rota-wish-note-{key}", help=say("note_help")
    )
    pressed = st.button(say("save"), type="primary", key="rota-wish-save", disabled=who is None)
    if not pressed or who is None:
        return

    def save() -> str:
        wish = model.RotaWish(
            community_id=here.community, staff_id=who, day=day, weekday=weekday, half=half, duty=duty, grid_id=grid,
            note=note,
        )  # fmt: skip
        by, now = session.actor(language), dt.datetime.now(dt.UTC)
        rota_wishes.add(sources.store(), by, data.community, wish, now=now, address=st.context.ip_address or "")
        return i18n.text("rota.wish_saved", language, name=staff[who].name)

    if acts.attempt(save, language):
        here.turn += 1
        st.rerun()
