"""The map of the figures of issues: rates by compound, hot spots, where issues are dense."""

from __future__ import annotations

from typing import Any

import shapely
import streamlit as st

from gridmap import access, crs, i18n, palette
from gridmap.analysis.density import Density
from gridmap.cartography import overview_config, shapes
from gridmap.cartography.overview_map import Command, Fill
from gridmap.cartography.shapes import Shape
from gridmap.services import issue_figure_words, issue_pictures, issue_rates
from gridmap.services.community_data import CommunityData
from gridmap.services.issue_figure_words import Mode, say
from gridmap.services.issue_figures import IssueFigures
from gridmap.services.sight import Sight
from gridmap.web import ahead, chrome, downloads, map_view, sources
from gridmap.web.issue_figures_state import FiguresState

_HEIGHT_PX = 520
_LAYERS = ("boundary", "compounds", "paths", "ground", "buildings", "gates")


def show(
    data: CommunityData,
    whole: CommunityData,
    found: IssueFigures,
    seen: Sight,
    state: FiguresState,
    told: list[str],
    language: str,
) -> None:
    """Show the map with what it is about to be, and what it says in a sentence."""
    modes = _modes(found)
    if state.mode not in modes:
        state.mode = modes[0]

    def take() -> None:
        state.mode = st.session_state["figures-mode"] or state.mode

    with st.container(horizontal=True, vertical_alignment="center", key="figures-modes"):
        st.segmented_control(
            say("mode", language), modes, default=state.mode, required=True, key="figures-mode", on_change=take,
            format_func=lambda one: say(f"mode.{one}", language), label_visibility="collapsed",
        )  # fmt: skip
        signs = _signs(whole, found, seen, state.mode)
        if seen.picture:
            what = i18n.text(f"picture.title.{state.mode}", language)
            st.download_button(
                i18n.text("overview.picture", language),
                data=downloads.noted(
                    data, seen, access.Action.DOWNLOAD_PICTURE, what,
                    lambda: issue_pictures.png(whole, state.mode, signs, found, told=told, language=language),
                ),
                file_name=downloads.file_name(data.community.name, what, str(data.day), ending="png"),
                mime="image/png", icon=":material/image:", on_click="ignore", key="figures-png",
            )  # fmt: skip
    with st.container(key="figures-said"):
        st.caption(chrome.literally(issue_figure_words.map_said(found, state.mode, language)))
    command = Command(
        revision=data.revision,
        stamp=sources.stamp(data),
        layers=_LAYERS,
        fill=Fill(mode=state.mode, states=signs) if state.mode != "density" else Fill(mode="coverage", states=""),
        legend=_legend(found, state.mode, language),
        shapes=shapes.features(
            dense(found.dense, language) if state.mode == "density" else _alarmed(whole, found, language)
        ),
        fit=_journey(whole, state),
        search=False,
        moves=False,
    )
    with st.container(key="figures-map"):
        map_view.show(
            command,
            data=data,
            language=language,
            height_px=_HEIGHT_PX,
            on_event=state.take,
            name="figures",
        )


def _modes(found: IssueFigures) -> list[Mode]:
    shown = {
        "issues": "compound" in found.rates,
        "hot_spots": found.hot is not None,
        "density": found.dense is not None,
    }
    return [mode for mode in issue_figure_words.MODES if shown[mode]] or ["issues"]


def _signs(whole: CommunityData, found: IssueFigures, seen: Sight, mode: Mode) -> str:
    if mode == "issues" and "compound" in found.rates:
        return issue_rates.signs(whole, found.rates["compound"], seen)
    if mode == "hot_spots" and found.hot is not None:
        return issue_rates.hot_signs(whole, found.hot)
    return "-" * int((~whole.buildings.geometry.is_empty).sum())


def dense(found: Density | None, language: str) -> list[Shape]:
    """Return the smallest areas that hold a share of the issues, the largest first."""
    if found is None:
        return []
    areas = found.densest().to_crs(crs.WGS84)
    return [
        Shape(
            id=number,
            geometry=shapely.simplify(row.geometry, 1e-6),
            look=f"dense_{round(100 * row.share)}",
            title=issue_figure_words.dense(row.share, row.area_ha, language),
            pickable=False,
        )
        for number, row in enumerate(areas.itertuples())
    ]


def _alarmed(whole: CommunityData, found: IssueFigures, language: str) -> list[Shape]:
    """Outline the compounds whose alarm lasts."""
    return [
        Shape(
            id=number,
            geometry=whole.compounds.geometry[one.compound_id].boundary,
            look="mend",
            title=issue_figure_words.alarm(one, language),
            pickable=False,
        )
        for number, one in enumerate(found.watched.lasting)
    ]


def _journey(whole: CommunityData, state: FiguresState) -> dict[str, Any] | None:
    if state.compound is None or state.compound not in whole.compounds.index or not state.journeys:
        return None
    place = whole.compounds.geometry[state.compound]
    return None if place.is_empty else {"seq": state.journeys, "bounds": list(place.bounds)}


def dense_legend(found: Density, language: str) -> list[dict[str, Any]]:
    """Return the rows of the legend for `dense`."""
    rows = []
    for row in found.densest().itertuples():
        look = palette.SHAPES[f"dense_{round(100 * row.share)}"]
        words = issue_figure_words.dense(row.share, row.area_ha, language)
        rows.append({"type": "fill", "colour": palette.over(look.fill, look.alpha + 0.2), "text": words})
    return rows


def _legend(found: IssueFigures, mode: Mode, language: str) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = []
    if mode == "density" and found.dense is not None:
        rows += dense_legend(found.dense, language)
    else:
        rows.append({"type": "heading", "text": say(f"legend.{mode}", language)})
        rows += overview_config.sign_rows(mode, issue_figure_words.classes(found, mode, language))
        unknown = palette.COVERAGE[palette.UNKNOWN]
        rows.append({"type": "fill", "colour": unknown.fill, "text": say("legend.untold", language)})
        if found.watched.lasting:
            rows.append({"type": "line", "colour": palette.SHAPES["mend"].fill, "text": say("lasting", language)})
    return rows + overview_config.legend(
        language=language, layers=("compounds", "gates"), mode="grid", grids=(), asset_base=ahead.ASSETS
    )
