"""The map of coverage: buildings by state, areas within reach, the way of a chosen building, places on trial."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
import streamlit as st

from gridmap import crs, i18n, palette
from gridmap.analysis import walking_shapes
from gridmap.cartography import overview_config, shapes
from gridmap.cartography.overview_map import Command, Fill
from gridmap.cartography.shapes import Shape
from gridmap.services import coverage_why
from gridmap.services.community_data import CommunityData
from gridmap.services.coverage_kinds import KindsTable
from gridmap.services.coverage_table import CoverageTable
from gridmap.web import ahead, map_view, siting_map_view, sources
from gridmap.web.coverage_state import CoverageState

_HEIGHT_PX = 560
_LAYERS = ("boundary", "compounds", "paths", "ground", "buildings", "gates", "points")
_SIGNS = {"covered": "1", "full": "2", "out_of_reach": "0", palette.LOOKS_COVERED: "3"}
_FORMS = {"route": "line", "mend": "dash", "circle": "dash", "chosen": "dot", "trial": "dot", "candidate": "dot"}


@dataclass(frozen=True, kw_only=True, eq=False)
class Drawing:
    """What map and picture show alike.

    Parameters
    ----------
    mode
        How buildings are coloured: ``coverage`` or ``kinds``.
    looks
        For each building its state of coverage, or the number of its look among `palette.KINDS`.
    kinds
        Kinds of the points that are shown.
    shapes, shape_names
        What lies above the layers, and what the legend calls each look.
    fill_names
        What the legend calls each of ``looks`` that may be met.
    """

    mode: str
    looks: pd.Series
    kinds: tuple[str, ...]
    shapes: list[Shape]
    shape_names: Mapping[str, str]
    fill_names: Mapping[Any, str]


def of_kind(
    state: CoverageState, data: CommunityData, found: CoverageTable, why: coverage_why.Why | None, language: str
) -> Drawing:
    """Return what is drawn of the coverage by one kind."""
    made = [*_areas(state, data, found, language), *_route(why, language), *_places(state, language)]
    made += siting_map_view.places(state.siting, language)
    looks = found.buildings["state"].where(~found.buildings["looks_covered"], palette.LOOKS_COVERED)
    there = ["covered", *(["full"] if state.capacity else []), "out_of_reach"]
    if found.only_straight:
        there.append(palette.LOOKS_COVERED)
    names = {"catchment": state.areas, "trial": "trials", "candidate": "spots"}
    if state.areas != "mend":
        names["mend"] = "cure"
    return Drawing(
        mode="coverage",
        looks=looks,
        kinds=(found.kind,),
        shapes=made,
        shape_names={
            look: i18n.text(f"reach.legend.{names.get(look, look)}", language)
            for look in dict.fromkeys(shape.look for shape in made)
        },
        fill_names={code: i18n.text(f"reach.state.{code}", language) for code in there},
    )


def of_kinds(found: KindsTable, language: str) -> Drawing:
    """Return what is drawn of several kinds: how many of them are in reach."""
    many = len(found.kinds)
    steps = [palette.kinds_step(number, many) for number in range(many + 1)]
    names = {}
    for step in sorted(set(steps)):
        low, high = steps.index(step), many - steps[::-1].index(step)
        key = "none" if high == 0 else "all" if low == many else "one" if low == high else "some"
        names[step] = i18n.text(f"reach.legend.kinds.{key}", language, low=low, high=high)
    return Drawing(
        mode="kinds",
        looks=found.buildings["number"].map(lambda number: steps[number]),
        kinds=found.kinds,
        shapes=[],
        shape_names={},
        fill_names=names,
    )


def show(state: CoverageState, data: CommunityData, drawing: Drawing, language: str) -> None:
    """Show the map."""
    looks: Mapping[Any, palette.Look] = palette.COVERAGE
    if drawing.mode == "kinds":
        looks = dict(enumerate(palette.KINDS))
    signs = drawing.looks.map(_SIGNS if drawing.mode == "coverage" else str)
    legend: list[dict[str, Any]] = [
        {"type": "fill", "colour": looks[code].fill, "hatch": looks[code].hatch, "text": text}
        for code, text in drawing.fill_names.items()
    ]
    legend += [
        {"type": _FORMS.get(look, "fill"), "colour": palette.SHAPES[look].fill, "text": text}
        for look, text in drawing.shape_names.items()
    ]
    legend += overview_config.legend(
        language=language, layers=("points", "compounds", "gates"), mode=drawing.mode, grids=(), kinds=drawing.kinds,
        known=data.kinds, asset_base=ahead.ASSETS,
    )  # fmt: skip
    command = Command(
        revision=data.revision,
        stamp=sources.stamp(data),
        layers=_LAYERS,
        fill=Fill(mode=drawing.mode, states=_by_building(data, signs)),
        points=data.points.index[data.points["kind"].isin(drawing.kinds)].tolist(),
        selected=None if state.selected is None else {"target": "building", "id": state.selected},
        legend=legend,
        shapes=shapes.features(drawing.shapes),
        pointing=state.pointing or state.siting.pointing,
        search=False,
        moves=False,
    )
    with st.container(key="reach-map"):
        map_view.show(
            command,
            data=data,
            language=language,
            height_px=_HEIGHT_PX,
            on_event=state.take,
            name="reach",
        )


def _by_building(data: CommunityData, signs: pd.Series) -> str:
    """Return one sign a building in the layer's order."""
    return "".join(signs.reindex(data.buildings.index[~data.buildings.geometry.is_empty]).fillna("-"))


def _areas(state: CoverageState, data: CommunityData, found: CoverageTable, language: str) -> list[Shape]:
    if state.areas == "circle":
        return _circles(data, found, language)
    if found.walks is None or not state.areas:
        return []
    if state.areas == "rings":
        frame = sources.rings(data, replace(found.asked, limit_m=None, capacity=False)).iloc[::-1]
        titles = [i18n.text("reach.ring", language, minutes=round(minutes)) for minutes in frame["minutes"]]
    elif state.areas == "catchments":
        frame = walking_shapes.catchments(found.walks)
        names = dict(zip(found.nearest.tolist(), found.buildings["point"].tolist(), strict=True))
        titles = [i18n.text("reach.catchment", language, point=names.get(one, "")) for one in frame.index.tolist()]
    else:
        return _to_mend(found, language)
    return [
        Shape(id=one, geometry=geom, look="catchment", title=title, pickable=False)
        for one, (geom, title) in enumerate(zip(_in_degrees(frame.geometry), titles, strict=True))
    ]


def _circles(data: CommunityData, found: CoverageTable, language: str) -> list[Shape]:
    """Return what the circles round the points hold: their outline, as the straight line would have it."""
    circles = coverage_why.circles(data, found)
    title = i18n.text("reach.circle", language, metres=round(found.radius_m))
    return [
        Shape(id=one, geometry=line, look="circle", title=title, pickable=False)
        for one, line in enumerate(_in_degrees(circles))
    ]


def _to_mend(found: CoverageTable, language: str) -> list[Shape]:
    assert found.walks is not None
    model = found.walks.model
    islands = model.islands()
    if not islands:
        return []
    lines = _in_degrees(gpd.GeoSeries([island.mend for island in islands], crs=model.crs))
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


def _in_degrees(geometries: Any) -> list[Any]:
    return list(gpd.GeoSeries(geometries).to_crs(crs.WGS84))


def _route(why: coverage_why.Why | None, language: str) -> list[Shape]:
    if why is None:
        return []
    made = [Shape(id=0, geometry=why.route, look="route", pickable=False)]
    title = i18n.text("reach.legend.cure", language)
    made += [
        Shape(id=n, geometry=mend.line, look="mend", title=title, pickable=False)
        for n, mend in enumerate(why.mends)
        if not mend.line.is_empty
    ]
    return [one for one in made if not one.geometry.is_empty]


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
