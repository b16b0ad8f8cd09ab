"""What one person's page of registers holds between two runs, and what its address says."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

import streamlit as st

from gridmap.access import Actor
from gridmap.cartography import events
from gridmap.services.community_data import CommunityData
from gridmap.services.register_writing import Writer
from gridmap.web import session, sources, state


@dataclass
class RegistersState:
    """One person's page of registers.

    Parameters
    ----------
    register
        Name of the register that is shown; "" for the first.
    chosen
        Number of the row whose card is open.
    adding
        Whether the form of a new row is open.
    editing
        Whether the form of the chosen row is open.
    day
        A day of the week or month that a calendar shows; None for today's.
    turn
        How often something was chosen, saved or closed: widgets of a form are other ones then.
    """

    register: str = ""
    chosen: int | None = None
    adding: bool = False
    editing: bool = False
    day: dt.date | None = None
    turn: int = 0

    def choose(self, number: int | None) -> None:
        """Open the card of a row, or (None) go back to the list."""
        self.chosen, self.adding, self.editing = number, False, False
        self.turn += 1

    def add(self) -> None:
        """Open the form of a new row."""
        self.chosen, self.adding = None, True
        self.turn += 1

    def edit(self, on: bool) -> None:
        """Open or close the form of the chosen row."""
        self.editing = on
        self.turn += 1

    def turn_to(self, register: str) -> None:
        """Show another register."""
        if register != self.register:
            self.register, self.day = register, None
            self.choose(None)

    def take(self, event: events.Event) -> None:
        """Take what was done on the map."""
        if isinstance(event, events.Picked):
            self.choose(event.id)


def current() -> RegistersState:
    """Return this person's page, begun from its address: ``register`` and ``id``."""
    if session.REGISTERS not in st.session_state:
        asked = st.query_params
        st.session_state[session.REGISTERS] = RegistersState(
            register=asked.get("register", ""), chosen=state.whole(asked.get("id"))
        )
    found: RegistersState = st.session_state[session.REGISTERS]
    return found


def remember(here: RegistersState, community_id: int, language: str) -> None:
    """Write what is shown into the address."""
    wanted = {"lang": language, "c": str(community_id), "register": here.register}
    if here.chosen is not None:
        wanted["id"] = str(here.chosen)
    if st.query_params.to_dict() != wanted:
        st.query_params.from_dict(wanted)


def writer(data: CommunityData, language: str, by: Actor | None = None) -> Writer:
    """Return who writes now."""
    return Writer(
        store=sources.store(), actor=by or session.actor(language), data=data, now=dt.datetime.now(dt.UTC),
        address=st.context.ip_address or "",
    )  # fmt: skip
