"""The register of neighbourhood stations: list, map, and the card of one with its team."""

from __future__ import annotations

import pandas as pd
import streamlit as st

from gridmap import i18n
from gridmap.access import Actor
from gridmap.services import community_settings, register_stations
from gridmap.services.community_data import CommunityData
from gridmap.services.coverage_table import Question
from gridmap.services.register_stations import Station
from gridmap.services.sight import Sight
from gridmap.web import chrome, registers_list_view, sources
from gridmap.web.registers_state import RegistersState


def show(here: RegistersState, data: CommunityData, actor: Actor, language: str) -> None:
    """Show the stations, or the card of the one that is chosen."""
    seen = Sight.of(actor, data.community)
    stations = _stations(data)
    listed = register_stations.listed(data, seen, stations, language)
    registers_list_view.show(
        here, data, actor, listed, language, card=lambda number: _card(data, stations[number], language)
    )


def _stations(data: CommunityData) -> dict[int, Station]:
    whole = sources.community(community_settings.number(data.community))
    kinds = register_stations.kinds() & set(data.points["kind"])
    chosen = community_settings.number(data.community)
    return register_stations.of(
        data,
        {kind: sources.reached(whole, Question(kind=kind)) for kind in kinds},
        community_settings.of(sources.store(), chosen).households_per_head,
    )


def _card(data: CommunityData, one: Station, language: str) -> None:
    missing = register_stations.missing(one, language)
    if missing:
        st.warning(chrome.literally(missing), icon=":material/group_add:")
    row = data.points.loc[one.number]
    facts = {name: row[name] for name in ("host", "terms", "hours", "area_m2")}
    facts = {"households": one.households, "buildings": len(one.buildings), **facts}
    told = [(i18n.text(f"register.column.{name}", language), value) for name, value in facts.items()]
    lines = [f"{label}: {chrome.literally(f'{value}')}" for label, value in told if not pd.isna(value) and value != ""]
    st.markdown("  \n".join(lines))
