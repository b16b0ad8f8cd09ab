"""The register of neighbourhood stations: list, map, and the card of one with venue, team, buildings and room."""

from __future__ import annotations

import datetime as dt

import pandas as pd
import streamlit as st

from gridmap import access, catalogues, i18n, model
from gridmap.access import Action, Actor
from gridmap.services import community_settings, layers, register_lists, register_stations, register_teams
from gridmap.services.community_data import CommunityData
from gridmap.services.coverage_table import Question
from gridmap.services.register_stations import COURTYARD_HEAD, Station
from gridmap.services.register_teams import Team
from gridmap.services.sight import Sight
from gridmap.web import (
    chrome,
    contact_view,
    record_history_view,
    registers_list_view,
    registers_rooms_view,
    registers_team_view,
    sources,
)
from gridmap.web.registers_state import RegistersState


def show(here: RegistersState, data: CommunityData, actor: Actor, language: str) -> None:
    """Show the stations, or the card of the one that is chosen."""
    seen = Sight.of(actor, data.community)
    stations = _stations(data)
    listed = register_stations.listed(data, seen, stations, language)
    registers_list_view.show(
        here, data, actor, listed, language,
        card=lambda number: _card(here, data, actor, seen, stations[number], language),
        recorded="points" if access.permission(actor.role, Action.EDIT_POINTS) else None,
    )  # fmt: skip
    if here.chosen is not None and not here.editing:
        may = register_lists.may_edit(actor, data, stations[here.chosen].grid_id)
        registers_rooms_view.show(here, data, here.chosen, language, may=may)


def _stations(data: CommunityData) -> dict[int, Station]:
    number = community_settings.number(data.community)
    whole = sources.community(number)
    kinds = register_stations.kinds() & set(data.points["kind"])
    return register_stations.of(
        data,
        {kind: sources.reached(whole, Question(kind=kind)) for kind in kinds},
        community_settings.of(sources.store(), number).households_per_head,
    )


def _card(here: RegistersState, data: CommunityData, actor: Actor, seen: Sight, one: Station, language: str) -> None:
    team = register_teams.read(sources.store(), data, seen, one.number)
    may = register_lists.may_edit(actor, data, one.grid_id)
    if here.editing and may:
        registers_team_view.form(here, data, one, team, language)
        return
    missing = register_stations.missing(one, language)
    if missing:
        st.warning(chrome.literally(missing), icon=":material/group_add:")
    venue(team, language, more={"households": str(one.households), "buildings": str(len(one.buildings))})
    if may:
        st.button(
            i18n.text("register.station.edit", language), icon=":material/edit:", key="register-edit", type="primary",
            on_click=here.edit, args=(True,),
        )  # fmt: skip
    _team(data, team, language)
    _buildings(data, one, team, language)
    record_history_view.show(data, actor, model.ServicePoint, one.number, language)


def venue(team: Team, language: str, *, more: dict[str, str]) -> None:
    """Show where a service point is and on what terms, after what else there is to say."""
    told = team.venue
    terms = [
        "" if told.tenure is None else i18n.text(f"tenure.{told.tenure}", language),
        "" if told.rent_yuan is None else i18n.text("register.venue.rent", language, yuan=told.rent_yuan),
        "" if told.tenure_until is None else i18n.text("register.venue.until", language, day=told.tenure_until),
        told.terms,
    ]
    facts = more | {
        "host": told.host,
        "terms": " · ".join(part for part in terms if part),
        "hours": told.hours,
        "area_m2": told.area_m2,
    }
    registers_list_view.facts(facts, language)
    ends = told.tenure_until
    if ends is not None and (ends - dt.date.today()).days <= _SOON:
        st.warning(i18n.text("register.venue.ends", language, day=ends), icon=":material/event_busy:")


_SOON = 60  # days before the terms of a room end, from which on that is said


def _team(data: CommunityData, team: Team, language: str) -> None:
    titles = layers.building_titles(data.buildings, language)
    with st.container(border=True, key="register-team"):
        st.markdown(f"**{i18n.text('register.station.team', language)}**")
        if not team.seats:
            st.caption(i18n.text("register.station.no_team", language))
        for seat in team.seats:
            role = catalogues.label("team_roles", seat.role, language)
            who = seat.hint or i18n.text("register.station.persons", language, n=seat.number)
            homes = i18n.listed([str(titles[one]) for one in seat.buildings if one in titles.index], language)
            with st.container(horizontal=True, vertical_alignment="center"):
                st.markdown(
                    f"{chrome.literally(role)}　**{chrome.literally(who)}**"
                    + (f"　{chrome.literally(homes)}" if homes else ""),
                    width="stretch",
                )
                word = i18n.text("register.open_contact", language)
                if seat.opens and st.button(word, key=f"register-open-{seat.member}", icon=":material/visibility:"):
                    contact_view.ask("team", int(seat.member or 0), language)


def _buildings(data: CommunityData, one: Station, team: Team, language: str) -> None:
    """List the buildings that a station serves, with who looks after each."""
    heads = {home: seat.hint for seat in team.of(COURTYARD_HEAD) for home in seat.buildings}
    served = data.buildings.loc[list(one.buildings)]
    there = i18n.text("register.station.taken", language)
    rows = pd.DataFrame(
        {
            i18n.text("register.column.name", language): layers.building_titles(served, language),
            i18n.text("register.column.households_n", language): served["households"],
            i18n.text("register.column.courtyard_head", language): [
                "" if home in one.without_head else heads.get(int(home), "") or there for home in served.index
            ],
        }
    )
    with st.expander(i18n.text("register.station.serves", language, n=len(rows))):
        st.dataframe(rows, hide_index=True, width="stretch", placeholder="")
