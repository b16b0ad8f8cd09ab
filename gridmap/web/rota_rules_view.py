"""What holds for every week: how many at the desk and at a reception, the off-desk day, office hours."""

from __future__ import annotations

import datetime as dt

import streamlit as st

from gridmap import i18n
from gridmap.access import Actor
from gridmap.services import rota_rules
from gridmap.services.community_data import CommunityData
from gridmap.services.rota_rules import Rules
from gridmap.web import acts, session, sources
from gridmap.web.rota_state import RotaState

_MONDAY = dt.date(2024, 1, 1)
_MOST = 20


def show(here: RotaState, data: CommunityData, _actor: Actor, language: str) -> None:
    """Show the rules in a form."""

    def say(word: str) -> str:
        return i18n.text(f"rota.rules.{word}", language)

    rules = rota_rules.of(sources.store(), here.community)
    st.caption(say("what"))
    with st.form("rota-rules", width=720):
        with st.container(horizontal=True):
            least = st.number_input(say("desk_least"), 1, _MOST, rules.desk_least)
            most = st.number_input(say("desk_most"), 1, _MOST, rules.desk_most)
            sitting = st.number_input(say("reception_staff"), 1, _MOST, rules.reception_staff)
        with st.container(horizontal=True):
            day = st.selectbox(
                say("off_desk_weekday"), range(1, 8), index=rules.off_desk_weekday - 1,
                format_func=lambda n: i18n.weekday_name(_MONDAY + dt.timedelta(days=n - 1), language),
            )  # fmt: skip
            morning = st.text_input(say("morning_hours"), rules.morning_hours, max_chars=20)
            afternoon = st.text_input(say("afternoon_hours"), rules.afternoon_hours, max_chars=20)
        names = st.checkbox(say("poster_names"), rules.poster_names, help=say("poster_names_help"))
        pressed = st.form_submit_button(i18n.text("rota.wish.save", language), type="primary")
    wanted = Rules(
        desk_least=int(least), desk_most=int(most), reception_staff=int(sitting), off_desk_weekday=int(day),
        poster_names=names, morning_hours=morning, afternoon_hours=afternoon,
    )  # fmt: skip

    def save() -> str:
        rota_rules.save(sources.store(), session.actor(language), data.community, wanted)
        return say("saved")

    if pressed and acts.attempt(save, language):
        st.rerun()
