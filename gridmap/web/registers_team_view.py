"""A station's venue and team as one form."""

from __future__ import annotations

from dataclasses import replace

import streamlit as st

from gridmap import catalogues, i18n, model
from gridmap.services import layers, register_teams
from gridmap.services.community_data import CommunityData
from gridmap.services.register_stations import COURTYARD_HEAD, HEAD, SERVICE_HEAD, Station
from gridmap.services.register_teams import NAMED, Seat, Team, Venue
from gridmap.web import acts, registers_state
from gridmap.web.registers_state import RegistersState

_MOST_ROWS = 20


def form(here: RegistersState, data: CommunityData, one: Station, team: Team, language: str) -> None:
    """Show the form, and keep what stands in it when it is sent."""
    key = f"team-{one.number}-{here.turn}"
    # What the form was opened on: a change by somebody else meanwhile must not be overwritten unseen.
    opened: Team = st.session_state.setdefault(f"{key}-opened", team)
    with st.form(key, border=True):
        chosen = venue(opened.venue, key, language)
        st.caption(i18n.text("register.team.names_help", language))
        seats = [_named(opened.places(role, 1)[0], f"{key}-{role}", language) for role in (HEAD, SERVICE_HEAD)]
        seats += [seat for role in (HEAD, SERVICE_HEAD) for seat in opened.places(role, 1)[1:]]
        heads = opened.places(COURTYARD_HEAD, min(max(1, one.heads_due), _MOST_ROWS))
        named = layers.building_titles(data.buildings, language)
        titles: dict[int, str] = dict(zip(named.index.tolist(), named.tolist(), strict=True))
        for n, seat in enumerate(heads):
            seats.append(_named(seat, f"{key}-{COURTYARD_HEAD}-{n}", language, titles=titles, n=n + 1))
        st.caption(i18n.text("register.team.others", language))
        seats += _counted(opened, key, language)
        sent = st.form_submit_button(i18n.text("register.save", language), type="primary", icon=":material/save:")

    _keep(here, data, one.number, opened, seats, chosen, language, sent=sent)


def venue_form(here: RegistersState, data: CommunityData, point: int, team: Team, language: str) -> None:
    """Show the form of a venue without a team, and keep what stands in it when it is sent."""
    key = f"venue-{point}-{here.turn}"
    opened: Team = st.session_state.setdefault(f"{key}-opened", team)
    with st.form(key, border=True):
        chosen = venue(opened.venue, key, language)
        sent = st.form_submit_button(i18n.text("register.save", language), type="primary", icon=":material/save:")
    _keep(here, data, point, opened, list(opened.seats), chosen, language, sent=sent)


def _keep(
    here: RegistersState,
    data: CommunityData,
    point: int,
    opened: Team,
    seats: list[Seat],
    chosen: Venue,
    language: str,
    *,
    sent: bool,
) -> None:
    def save() -> str:
        register_teams.save(registers_state.writer(data, language), point, opened, seats, chosen)
        return i18n.text("register.saved", language, title=str(data.points.at[point, "name"]))

    if sent and acts.attempt(save, language):
        here.edit(False)
        st.rerun()
    st.button(i18n.text("acts.leave_it", language), key=f"register-leave-{point}", on_click=here.edit, args=(False,))


def venue(kept: Venue, key: str, language: str) -> Venue:
    """Ask where it is and on what terms."""

    def say(name: str) -> str:
        return i18n.text(f"register.column.{name}", language)

    left, right = st.columns(2, gap="medium")
    with left:
        host = st.text_input(say("host"), value=kept.host, max_chars=100, key=f"{key}-host")
        hours = st.text_input(say("hours"), value=kept.hours, max_chars=100, key=f"{key}-hours")
        terms = st.text_input(say("terms_note"), value=kept.terms, max_chars=500, key=f"{key}-terms")
    with right:
        tenures = list(model.Tenure)
        tenure = st.selectbox(
            say("tenure"), tenures, index=None if kept.tenure is None else tenures.index(kept.tenure),
            format_func=lambda code: i18n.text(f"tenure.{code}", language), key=f"{key}-tenure",
            placeholder=i18n.text("record.choose", language),
        )  # fmt: skip
        rent = st.number_input(
            say("rent_yuan"), value=kept.rent_yuan, min_value=0.0, step=100.0, format="%.0f", key=f"{key}-rent"
        )
        until = st.date_input(say("tenure_until"), value=kept.tenure_until, format="YYYY-MM-DD", key=f"{key}-until")
    area = st.text_input(say("area_m2"), value=kept.area_m2, max_chars=12, key=f"{key}-area")
    return Venue(host=host, terms=terms, hours=hours, area_m2=area, tenure=tenure, rent_yuan=rent, tenure_until=until)


def _named(seat: Seat, key: str, language: str, *, titles: dict[int, str] | None = None, n: int = 0) -> Seat:
    role = catalogues.label("team_roles", seat.role, language)
    label = f"{role} {n}" if n else role
    with st.container(horizontal=True, vertical_alignment="bottom", key=f"{key}-row"):
        hint = seat.hint or i18n.text("register.team.unnamed" if seat.there else "register.station.vacant", language)
        name = st.text_input(label, placeholder=hint, max_chars=50, key=f"{key}-name", width=170, autocomplete="off")
        phone = st.text_input(
            i18n.text("register.team.phone", language), max_chars=30, key=f"{key}-phone", width=150, autocomplete="off",
            placeholder=i18n.text("register.team.phone_kept", language) if seat.opens else None,
        )  # fmt: skip
        homes = list(seat.buildings)
        if titles is not None:
            homes = st.multiselect(
                i18n.text("register.team.buildings", language), list(titles),
                default=[one for one in homes if one in titles], format_func=lambda one: titles[one],
                key=f"{key}-homes", width=300, placeholder=i18n.text("record.choose", language),
            )  # fmt: skip
        gone = seat.there and st.checkbox(
            i18n.text("register.team.vacate", language), key=f"{key}-gone", width="content"
        )
    return replace(seat, name=name, phone=phone, buildings=tuple(homes), vacated=bool(gone))


def _counted(opened: Team, key: str, language: str) -> list[Seat]:
    """Ask how many there are of the roles of which only the number is kept; colleagues among them stay."""
    seats = []
    roles = [role for role in catalogues.entries("team_roles") if role not in NAMED]
    for column, role in zip(st.columns(len(roles)), roles, strict=True):
        kept = opened.of(role)
        named = [one for one in kept if one.hint]
        label = catalogues.label("team_roles", role, language)
        with column:
            n = st.number_input(
                label, value=opened.number(role), min_value=sum(one.number for one in named), max_value=99, step=1,
                key=f"{key}-{role}",
            )  # fmt: skip
        seats += named
        left = int(n) - sum(one.number for one in named)
        if left:
            first = next((one for one in kept if not one.hint), Seat(role=role, there=True))
            seats.append(replace(first, number=left, there=True))
    return seats
