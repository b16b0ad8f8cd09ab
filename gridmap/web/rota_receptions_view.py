"""When and where each grid's reception is held, to be read and changed."""

from __future__ import annotations

import datetime as dt

import pandas as pd
import streamlit as st
from shapely import Point

from gridmap import i18n, model
from gridmap.access import Action, Actor
from gridmap.model import Half
from gridmap.services import accounts, layers, receptions
from gridmap.services.community_data import CommunityData
from gridmap.web import acts, downloads, session, sources
from gridmap.web.rota_state import RotaState

_DAYS = range(1, 8)


def show(here: RotaState, data: CommunityData, actor: Actor, language: str) -> None:
    """Show all receptions, and a form for one grid's."""
    grids = {int(number): str(row["name"]) for number, row in data.grids.sort_values("letter").iterrows()}
    if not grids:
        st.info(i18n.text("rota.no_grids", language), icon=":material/info:")
        return
    today = accounts.day_of(dt.datetime.now(dt.UTC))
    kept = receptions.listed(sources.store(), actor, data.community, day=today)
    st.caption(i18n.text("rota.receptions_what", language))
    table = _table(kept, grids, today, language)
    st.dataframe(table, hide_index=True, width="stretch")
    what = i18n.text("rota.part.receptions", language)
    downloads.excel(table, data, Action.MANAGE_ROTA, what, language, key="rota-receptions-xlsx")
    with st.container(border=True, key="rota-reception"):
        grid = st.selectbox(
            i18n.text("rota.wish.grid", language), list(grids), format_func=lambda n: grids[n],
            key="rota-reception-grid", width=240,
        )  # fmt: skip
        _form(here, data, grid, kept.get(grid), today, language)


def _table(kept: dict[int, model.Reception], grids: dict[int, str], today: dt.date, language: str) -> pd.DataFrame:
    def say(word: str) -> str:
        return i18n.text(f"rota.column.{word}", language)

    rows = []
    for grid, name in grids.items():
        one = kept.get(grid)
        half = "" if one is None else i18n.text(f"rota.half.{one.half}", language)
        rows.append(
            {
                say("grid"): name,
                say("when"): "" if one is None else f"{_weekday(one.weekday, today, language)} {half}",
                say("hours"): "" if one is None else one.hours,
                say("place"): i18n.text("rota.no_reception", language) if one is None else one.place,
                say("on_map"): "" if one is None else i18n.text(f"rota.on_map.{not one.geom.is_empty}", language),
            }
        )
    return pd.DataFrame(rows)


def _form(
    here: RotaState,
    data: CommunityData,
    grid: int,
    one: model.Reception | None,
    today: dt.date,
    language: str,
) -> None:
    def say(word: str) -> str:
        return i18n.text(f"rota.column.{word}", language)

    key = f"{grid}-{here.turn}"
    spots, halves = _spots(data, grid, language), list(Half)
    with st.container(horizontal=True, vertical_alignment="bottom", key="rota-reception-fields"):
        weekday = st.selectbox(
            i18n.text("rota.wish.weekday", language), _DAYS, index=0 if one is None else one.weekday - 1,
            format_func=lambda n: _weekday(n, today, language), key=f"rota-reception-weekday-{key}", width=120,
        )  # fmt: skip
        half = st.selectbox(
            i18n.text("rota.wish.half", language), halves, index=0 if one is None else halves.index(one.half),
            format_func=lambda h: i18n.text(f"rota.half.{h}", language), key=f"rota-reception-half-{key}", width=120,
        )  # fmt: skip
        usual = "09:00-11:30" if half == Half.MORNING else "14:30-17:00"
        hours = st.text_input(
            say("hours"), value=usual if one is None else one.hours, max_chars=40, key=f"rota-reception-hours-{key}",
            width=150,
        )  # fmt: skip
        place = st.text_input(
            say("place"), value="" if one is None else one.place, max_chars=100, key=f"rota-reception-place-{key}",
            width=260,
        )  # fmt: skip
        spot = st.selectbox(
            i18n.text("rota.spot", language), [None, *spots], key=f"rota-reception-spot-{key}", width=260,
            format_func=lambda name: i18n.text("rota.spot_keep", language) if name is None else name,
        )  # fmt: skip

    def save() -> str:
        by, now = session.actor(language), dt.datetime.now(dt.UTC)
        receptions.save(
            sources.store(), by, data.community, grid, weekday=weekday, half=half, hours=hours, place=place,
            geom=None if spot is None else spots[spot], now=now, address=st.context.ip_address or "",
        )  # fmt: skip
        return i18n.text("rota.reception_saved", language)

    def remove(by: Actor) -> str:
        now, address = dt.datetime.now(dt.UTC), st.context.ip_address or ""
        receptions.remove(sources.store(), by, data.community, grid, now=now, address=address)
        here.turn += 1
        return i18n.text("rota.reception_removed", language)

    with st.container(horizontal=True):
        saved = st.button(i18n.text("rota.wish.save", language), type="primary", key="rota-reception-save")
        if saved and acts.attempt(save, language):
            here.turn += 1
            st.rerun()
        word = i18n.text("rota.reception_remove", language)
        if one is not None and st.button(word, icon=":material/delete:", key="rota-reception-remove"):
            acts.ask(word, i18n.text("rota.reception_ask", language, place=one.place), word, remove, language)


def _spots(data: CommunityData, grid: int, language: str) -> dict[str, Point]:
    """Return places by which a reception can be put on the map: service points, then buildings of the grid."""
    points = data.points[~data.points.geometry.is_empty]
    found = {str(row["name"]): row["geom"] for _, row in points.iterrows()}
    homes = data.buildings[(data.buildings["grid_id"] == grid) & ~data.buildings.geometry.is_empty]
    titles = layers.building_titles(homes, language)
    return found | {str(titles[number]): shape.representative_point() for number, shape in homes.geometry.items()}


def _weekday(n: int, today: dt.date, language: str) -> str:
    monday = today - dt.timedelta(days=today.weekday())
    return i18n.weekday_name(monday + dt.timedelta(days=n - 1), language)
