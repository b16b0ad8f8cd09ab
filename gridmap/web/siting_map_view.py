"""The maps of the search for places: where new ones should stand, what people pointed at, a scenario beside today."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape
from typing import Any

import pandas as pd
import shapely
import streamlit as st

from gridmap import i18n, palette
from gridmap.cartography import overview_config, shapes
from gridmap.cartography.events import Event
from gridmap.cartography.overview_map import Command, Fill
from gridmap.cartography.shapes import Shape
from gridmap.service_kinds import ServiceKinds
from gridmap.services import scenario_comparison
from gridmap.services.community_data import CommunityData
from gridmap.services.scenario_comparison import Comparison
from gridmap.web import ahead, map_view, siting_state, sources
from gridmap.web.siting_state import SPOT_IDS, SitingState

_CHOSEN_IDS = 10_000
_FILE_IDS = 30_000
_HEIGHT_PX = 420
_SIGNS = {"covered": "1", "full": "2", "out_of_reach": "0"}
_LAYERS = ("boundary", "compounds", "paths", "ground", "buildings", "gates", "points")


def places(state: SitingState, language: str) -> list[Shape]:
    """Return what the map of coverage shows of the search: the places pointed at, and the answer."""
    made = [
        Shape(
            id=SPOT_IDS + n, geometry=shapely.Point(*place), look="candidate", sign=siting_state.letter(n),
            title=i18n.text("reach.spot", language, letter=siting_state.letter(n)), movable=True,
        )
        for n, place in enumerate(state.spots)
    ]  # fmt: skip
    if state.offered is not None:
        made += [
            Shape(
                id=_FILE_IDS + n, geometry=shapely.Point(one.lon, one.lat), look="candidate", title=one.name,
                pickable=False,
            )
            for n, one in enumerate(state.offered.candidates)
        ]  # fmt: skip
    if state.on_map is not None:
        made += [
            Shape(
                id=_CHOSEN_IDS + n, geometry=shapely.Point(one.place.lon, one.place.lat), look="chosen", sign=str(n),
                title=i18n.text("reach.chosen", language, name=one.place.name, n=one.gain_households), pickable=False,
            )
            for n, one in enumerate(state.on_map.chosen, 1)
        ]  # fmt: skip
    return made


def pair(
    state: SitingState, data: CommunityData, both: Comparison, kind: str, names: Sequence[str], language: str
) -> None:
    """Show both sides of a comparison beside each other, keeping the same view; on a phone one of them, by a switch."""
    with st.container(key="reach-pair-switch"):
        shown = st.segmented_control(
            i18n.text("reach.site.map", language), (0, 1), default=1, required=True, key="site-side",
            format_func=lambda side: names[side], label_visibility="collapsed",
        )  # fmt: skip
    # A phone has room for one; the other stands ready, so that the switch takes no time.
    away = f".st-key-reach-pair-{'before' if shown else 'after'}"
    st.html(
        f"<style>@media (max-width: 640px) {{ {away} {{ height: 0 !important; flex: none !important; "
        "overflow: hidden; margin: 0; } }</style>"
    )
    with st.container(horizontal=True, key="reach-pair"):
        for side, (name, key) in enumerate(zip(names, ("before", "after"), strict=True)):
            with st.container(key=f"reach-pair-{key}"):
                covered = (both.today, both.then)[side].covered
                told = i18n.text("reach.site.map_title", language, n=covered)
                st.html(f'<p class="gm-map-title"><b>{escape(name)}</b>{escape(told)}</p>')
                _map(state, data, both, side, kind, language)


def _map(state: SitingState, data: CommunityData, both: Comparison, side: int, kind: str, language: str) -> None:
    here = both.sides[side]
    states = both.buildings[("state_today", "state_then")[side]]
    made = [
        Shape(
            id=_CHOSEN_IDS + n, geometry=shapely.Point(lon, lat), look="chosen", sign=str(n), title=name, pickable=False
        )
        for n, (name, lon, lat) in enumerate(here.places, 1)
    ]
    command = Command(
        revision=data.revision,
        stamp=sources.stamp(data),
        layers=_LAYERS,
        fill=Fill(mode="coverage", states=_states(data, states)),
        points=list(here.points),
        legend=_legend(both, data.kinds, kind, bool(made), language),
        shapes=shapes.features(made),
        search=False,
        moves=False,
    )
    map_view.show(
        command,
        data=data,
        language=language,
        height_px=_HEIGHT_PX,
        on_event=_nothing,
        name=f"reach-{('before', 'after')[side]}",
        twin=state.pair,
    )


def _states(data: CommunityData, states: pd.Series) -> str:
    """Return one sign a building in the layer's order."""
    shown = data.buildings[~data.buildings.geometry.is_empty]
    return "".join(states.map(_SIGNS).reindex(shown.index).fillna("-"))


def _nothing(_event: Event) -> None:
    """Nothing is done on these maps but looking."""


def _legend(both: Comparison, known: ServiceKinds, kind: str, proposed: bool, language: str) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = []
    for code in scenario_comparison.STATES:
        look = palette.coverage(code)
        if code != "full" or both.today.full or both.then.full:
            text = i18n.text(f"reach.state.{code}", language)
            rows.append({"type": "fill", "colour": look.fill, "hatch": look.hatch, "text": text})
    if proposed:
        text = i18n.text("reach.legend.chosen", language)
        rows.append({"type": "dot", "colour": palette.SHAPES["chosen"].fill, "text": text})
    return rows + overview_config.legend(
        language=language,
        layers=("points",),
        mode="coverage",
        grids=(),
        kinds=[kind],
        known=known,
        asset_base=ahead.ASSETS,
    )
