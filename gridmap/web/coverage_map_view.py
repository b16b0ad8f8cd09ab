"""The map of coverage: buildings by state, areas within reach, the way of a chosen building, places on trial."""

from __future__ import annotations

from typing import Any

import geopandas as gpd
import numpy as np
import shapely
import streamlit as st

from gridmap import crs, i18n, palette
from gridmap.analysis import walking_shapes
from gridmap.cartography import overview_config, shapes
from gridmap.cartography.overview_map import Command, Fill
from gridmap.cartography.shapes import Shape
from gridmap.services import coverage_why, layers
from gridmap.services.community_data import CommunityData
from gridmap.services.coverage_table import CoverageTable
from gridmap.web import ahead, map_view, siting_map_view, sources
from gridmap.web.coverage_state import CoverageState

_HEIGHT_PX = 560
_LAYERS = ("boundary", "compounds", "paths", "ground", "buildings", "gates", "points")
_SIGNS = {"covered": "1", "full": "2", "out_of_reach": "0"}


def show(state: CoverageState, data: CommunityData, found: CoverageTable, language: str) -> None:
    """Show the map."""
    made = [*_areas(state, found, language), *_route(state, data, found), *_places(state, language)]
    made += siting_map_view.places(state.siting, language)
    mine = data.points.index[data.points["kind"] == state.kind].tolist()
    command = Command(
        revision=data.revision,
        stamp=sources.stamp(data),
        layers=_LAYERS,
        fill=Fill(mode="coverage", states=_states(data, found)),
        points=mine,
        selected=None if state.selected is None else {"target": "building", "id": state.selected},
        legend=_legend(state, found, made, language),
        shapes=shapes.features(made),
        pointing=state.pointing or state.siting.pointing,
        search=False,
        moves=False,
    )
    with st.container(key="reach-map"):
        map_view.show(
            command,
            community_id=int(data.community.id or 0),
            bounds=layers.bounds(data),
            language=language,
            height_px=_HEIGHT_PX,
            on_event=state.take,
            name="reach",
        )


def _states(data: CommunityData, found: CoverageTable) -> str:
    """Return one sign a building in the layer's order."""
    shown = data.buildings[~data.buildings.geometry.is_empty]
    signs = found.buildings["state"].map(_SIGNS).reindex(shown.index).fillna("-")
    return "".join(signs)


def _areas(state: CoverageState, found: CoverageTable, language: str) -> list[Shape]:
    if found.walks is None or not state.areas:
        return []
    if state.areas == "rings":
        frame = walking_shapes.rings(found.walks).iloc[::-1]
        titles = [i18n.text("reach.ring", language, minutes=round(minutes)) for minutes in frame["minutes"]]
    elif state.areas == "catchments":
        frame = walking_shapes.catchments(found.walks)
        names = dict(zip(found.nearest.tolist(), found.buildings["point"].tolist(), strict=True))
        titles = [i18n.text("reach.catchment", language, point=names.get(one, "")) for one in frame.index.tolist()]
    else:
        return _to_mend(found, language)
    return [
        Shape(id=one, geometry=geom, look="catchment", title=title, pickable=False)
        for one, (geom, title) in enumerate(zip(_shown(frame.geometry), titles, strict=True))
    ]


def _to_mend(found: CoverageTable, language: str) -> list[Shape]:
    assert found.walks is not None
    model = found.walks.model
    islands = model.islands()
    if not islands:
        return []
    lines = _shown(gpd.GeoSeries([island.mend for island in islands], crs=model.crs))
    key = {True: "reach.mend.wall", False: "reach.mend.path"}
    return [
        Shape(
            id=number,
            geometry=line,
            look="mend",
            title=i18n.text(key[island.wall], language, metres=round(island.gap_m), n=len(island.buildings)),
            pickable=False,
        )
        for number, (island, line) in enumerate(zip(islands, lines, strict=True))
        if np.isfinite(island.gap_m)
    ]


def _shown(geometries: Any) -> list[Any]:
    return list(gpd.GeoSeries(geometries).to_crs(crs.WGS84))


def _route(state: CoverageState, data: CommunityData, found: CoverageTable) -> list[Shape]:
    if state.selected is None or state.selected not in found.buildings.index:
        return []
    route = coverage_why.of(data, found, state.selected).route
    return [] if route.is_empty else [Shape(id=0, geometry=route, look="route", pickable=False)]


def _places(state: CoverageState, language: str) -> list[Shape]:
    return [
        Shape(
            id=n,
            geometry=shapely.Point(*place),
            look="trial",
            sign=f"#{n + 1}",
            movable=True,
            title=i18n.text("reach.trial", language, n=n + 1),
        )
        for n, place in enumerate(state.trials)
    ]


def _legend(state: CoverageState, found: CoverageTable, made: list[Shape], language: str) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = []
    for code in ("covered", "full", "out_of_reach"):
        look = palette.coverage(code)
        if code != "full" or state.capacity:
            text = i18n.text(f"reach.state.{code}", language)
            rows.append({"type": "fill", "colour": look.fill, "hatch": look.hatch, "text": text})
    names = {
        "catchment": state.areas,
        "route": "route",
        "chosen": "chosen",
        "trial": "trials",
        "mend": "mend",
        "candidate": "spots",
    }
    for name in dict.fromkeys(shape.look for shape in made):
        form = "line" if name in ("route", "mend") else "dot" if name in ("chosen", "trial", "candidate") else "fill"
        text = i18n.text(f"reach.legend.{names[name]}", language)
        rows.append({"type": form, "colour": palette.SHAPES[name].fill, "text": text})
    return rows + overview_config.legend(
        language=language, layers=("points", "compounds", "gates"), mode="coverage", grids=(), kinds=[found.kind],
        asset_base=ahead.ASSETS,
    )  # fmt: skip
