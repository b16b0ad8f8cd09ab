"""Deleting what a register holds into the bin, and taking that back at once."""

from __future__ import annotations

from collections.abc import Callable

import streamlit as st

from gridmap import i18n
from gridmap.access import Actor
from gridmap.services import recycle_bin, register_bin
from gridmap.services.community_data import CommunityData
from gridmap.web import acts, registers_state
from gridmap.web.registers_state import RegistersState


def button(
    here: RegistersState,
    data: CommunityData,
    kind: str,
    number: int,
    title: str,
    language: str,
    *,
    version: int | None = None,
    card: bool = False,
    small: bool = False,
) -> None:
    """Offer to delete a row into the bin.

    Parameters
    ----------
    kind, number, version
        Which row, as the person sees it.
    title
        What it is called in the question.
    card
        Whether it is the row whose card is open: then the list is shown afterwards.
    small
        Whether the button is a sign only.
    """
    word = i18n.text("record.delete", language)
    if st.button(
        "" if small else word, help=word if small else None, icon=":material/delete:",
        key=f"register-delete-{kind}-{number}",
    ):  # fmt: skip
        ask(here, data, kind, number, title, language, version=version, card=card)


def ask(
    here: RegistersState,
    data: CommunityData,
    kind: str,
    number: int,
    title: str,
    language: str,
    *,
    version: int | None = None,
    card: bool = False,
) -> None:
    """Ask whether a row is to be deleted, and offer to take it back once it is; parameters as of `button`."""
    word = i18n.text("record.delete", language)
    named = f"{i18n.text(f'record.kind.{kind}', language)} {title}".strip()
    question = f"{named}: {i18n.text('record.delete_sure', language, days=recycle_bin.keeping().days)}"

    def remove(by: Actor) -> str:
        writes = registers_state.writer(data, language, by)
        entry, _ = register_bin.remove(writes, kind, number, version)
        here.turn += 1
        if card:
            here.choose(None)
        return acts.undoable(
            i18n.text(
                "record.deleted", language, kind=i18n.text(f"record.kind.{kind}", language), title=title,
                days=recycle_bin.keeping().days,
            ),
            _back(here, data, kind, entry, title, language),
        )  # fmt: skip

    acts.ask(word, question, i18n.text("record.delete_yes", language), remove, language)


def _back(
    here: RegistersState, data: CommunityData, kind: str, entry: int, title: str, language: str
) -> Callable[[Actor], str]:
    def back(by: Actor) -> str:
        register_bin.restore(registers_state.writer(data, language, by), entry)
        here.turn += 1
        return i18n.text("record.restored", language, kind=i18n.text(f"record.kind.{kind}", language), title=title)

    return back
