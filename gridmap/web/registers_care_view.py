"""The register of households in need: who is due, the card of one, and what was given; only to those who work there."""

from __future__ import annotations

import datetime as dt
import functools
from typing import Any

import pandas as pd
import streamlit as st

from gridmap import catalogues, i18n, model
from gridmap.access import Actor
from gridmap.services import care_due, care_keeping, layers, unmasking
from gridmap.services.care_due import Due
from gridmap.services.care_keeping import Household
from gridmap.services.community_data import CommunityData
from gridmap.services.register_lists import Listed
from gridmap.web import (
    acts,
    chrome,
    contact_view,
    record_history_view,
    registers_care_help_view,
    registers_list_view,
    session,
    sources,
)
from gridmap.web.registers_state import RegistersState

_USUAL_DAYS = 30


def _say(key: str, language: str, **fields: object) -> str:
    return i18n.text(f"care.{key}", language, **fields)


def show(here: RegistersState, data: CommunityData, actor: Actor, language: str) -> None:
    """Show the households that the person may see."""
    st.caption(_say("private", language))
    contact_view.show(session.current(), language)
    every = care_due.rows(data)
    due = every[every["state"] != Due.LATER.value]
    found = due if _which(here, len(due), len(every), language) == "due" and here.chosen is None else every
    names = unmasking.masked_care(sources.store(), [int(str(number)) for number in found.index])
    titles = layers.building_titles(data.buildings, language)
    if found.empty and len(every) and here.chosen is None and not here.adding:
        st.success(_say("none_due", language), icon=":material/check:")
    registers_list_view.show(
        here,
        data,
        actor,
        Listed(
            table=care_due.table(data, found, names, language),
            titles={
                int(str(number)): _say(
                    "title", language, building=titles.get(row["building_id"], ""), unit=row["unit"],
                    need=catalogues.label("care_needs", row["need"], language),
                )
                for number, row in found.iterrows()
            },
            places={
                int(str(number)): data.buildings.geometry[building] for number, building in found["building_id"].items()
            },
            short=frozenset(int(str(number)) for number in found.index[found["state"] == Due.OVERDUE.value]),
        ),
        language,
        card=lambda number: _card(here, data, actor, every.loc[number], number, language),
        form=lambda: _form(here, data, actor, None, language),
    )  # fmt: skip
    if here.chosen is None and not here.adding and len(every):
        _counts(data, every, language)


def _which(here: RegistersState, due: int, every: int, language: str) -> str:
    counts = {"due": due, "all": every}
    if here.adding or here.chosen is not None or not every:
        return "all"
    chosen: str = st.segmented_control(
        _say("which", language),
        list(counts),
        default="due" if due else "all",
        required=True,
        format_func=lambda one: _say(f"which.{one}", language, n=counts[one]),
        key="care-which",
        label_visibility="collapsed",
    )
    return chosen


def _card(here: RegistersState, data: CommunityData, actor: Actor, row: Any, number: int, language: str) -> None:
    told = {
        "state": care_due.state_words(row, language),
        "person": unmasking.masked_care(sources.store(), [number])[number],
        "interval": str(row["interval_days"]),
        "last": "" if row["last"] is None else i18n.date(row["last"], language),
        "due_on": "" if row["due_on"] is None else i18n.date(row["due_on"], language),
    }
    lines = [f"{_say(f'column.{name}', language)}: {chrome.literally(value)}" for name, value in told.items() if value]
    st.markdown("  \n".join(lines))
    grid = None if pd.isna(row["grid_id"]) else int(row["grid_id"])
    with st.container(horizontal=True):
        if st.button(_say("look", language), icon=":material/visibility:", key="care-look"):
            session.current().asking = ("care", number)
            st.rerun()
        if care_keeping.may_keep(actor, data.community, grid) and st.button(
            _say("end", language), icon=":material/event_busy:", key="care-end"
        ):
            act = functools.partial(_ended, here, data, number, language)
            acts.ask(_say("end", language), _say("end.ask", language), _say("end.yes", language), act, language)
    registers_care_help_view.show(here, data, actor, number, grid, language)
    if care_keeping.may_keep(actor, data.community, grid):
        with st.expander(_say("edit", language), icon=":material/edit:", key="care-edit"):
            _form(here, data, actor, number, language)
    record_history_view.show(data, actor, model.CareHousehold, number, language)


def _ended(here: RegistersState, data: CommunityData, number: int, language: str, by: Actor) -> str:
    now, address = dt.datetime.now(dt.UTC), st.context.ip_address or ""
    care_keeping.end(sources.store(), by, data.community, number, on=data.day, now=now, address=address)
    here.choose(None)

    def back(by: Actor) -> str:
        care_keeping.end(sources.store(), by, data.community, number, on=None, now=dt.datetime.now(dt.UTC))
        return _say("resumed", language)

    return acts.undoable(_say("ended", language), back)


def _form(here: RegistersState, data: CommunityData, actor: Actor, number: int | None, language: str) -> None:
    row: Any = None if number is None else data.care.loc[number]
    every = layers.building_titles(data.buildings, language).items()
    titles = {int(str(building)): str(title) for building, title in every}
    if actor.grid_ids:
        own = data.buildings.index[data.buildings["grid_id"].isin(actor.grid_ids)]
        titles = {building: title for building, title in titles.items() if building in own}
    needs = list(catalogues.entries("care_needs"))
    with st.form(f"care-form-{number}-{here.turn}", border=False):
        left, right = st.columns(2)
        building = left.selectbox(
            _say("form.building", language),
            list(titles),
            index=list(titles).index(row["building_id"]) if row is not None and row["building_id"] in titles else None,
            placeholder=i18n.text("record.choose", language),
            format_func=lambda one: titles[one],
        )
        unit = right.text_input(_say("form.unit", language), "" if row is None else row["unit"], max_chars=100)
        need = left.selectbox(
            _say("form.need", language),
            needs,
            index=needs.index(row["need"]) if row is not None and row["need"] in needs else None,
            placeholder=i18n.text("record.choose", language),
            format_func=lambda code: catalogues.label("care_needs", code, language),
        )
        days = right.number_input(
            _say("form.interval", language), min_value=1, max_value=366,
            value=_USUAL_DAYS if row is None else int(row["interval_days"]),
        )  # fmt: skip
        kept = None if row is None else _say("form.kept", language)
        name = left.text_input(_say("form.name", language), max_chars=100, placeholder=kept, autocomplete="off")
        phone = right.text_input(_say("form.phone", language), max_chars=100, placeholder=kept, autocomplete="off")
        saved = st.form_submit_button(_say("form.save", language), type="primary", icon=":material/save:")
    if not saved:
        return
    told = Household(
        building_id=building, unit=unit or "", need=need or "", interval_days=int(days), name=name, phone=phone
    )
    if acts.attempt(lambda: _saved(here, data, actor, number, told, language), language):
        st.rerun()


def _saved(
    here: RegistersState, data: CommunityData, actor: Actor, number: int | None, told: Household, language: str
) -> str:
    store, now, address = sources.store(), dt.datetime.now(dt.UTC), st.context.ip_address or ""
    if number is None:
        here.choose(care_keeping.add(store, actor, data.community, told, now=now, address=address))
        return _say("added", language)
    row: Any = data.care.loc[number]
    version = int(row["version"])
    care_keeping.change(store, actor, data.community, number, told, version=version, now=now, address=address)
    here.turn += 1
    return _say("saved", language)


def _counts(data: CommunityData, every: pd.DataFrame, language: str) -> None:
    with st.expander(_say("counts", language), icon=":material/functions:", key="care-counts"):
        by = st.segmented_control(
            _say("counts.by", language),
            ["need", "grid"],
            default="need",
            required=True,
            format_func=lambda one: _say(f"counts.by.{one}", language),
            key="care-counts-by",
            label_visibility="collapsed",
        )
        st.dataframe(care_due.counts(data, every, by, language), hide_index=True, width="stretch", placeholder="")
        st.caption(_say("counts.help", language))
