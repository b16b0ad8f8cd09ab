"""The map of grids: any division in the place of the valid one, with what lies above it."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from functools import lru_cache
from typing import Any

import geopandas as gpd
import numpy as np
import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from gridmap import crs, i18n
from gridmap.cartography import layers as map_layers
from gridmap.cartography import overview_config, shapes
from gridmap.cartography.events import Event
from gridmap.cartography.overview_map import Command
from gridmap.cartography.shapes import Shape
from gridmap.services import layers
from gridmap.services.community_data import CommunityData
from gridmap.services.grid_divisions import Drawn
from gridmap.web import ahead, map_view, sources

HEIGHT_PX = 600
_LAYERS = ("boundary", "grids", "compounds", "paths", "ground", "buildings", "gates")


def body() -> tuple[DeltaGenerator, DeltaGenerator]:
    """Return the places of map and panel: beside each other, on a phone one below the other."""
    with st.container(horizontal=True, key="grids-body"):
        left = st.container(key="grids-left", width="stretch")
        right = st.container(key="grids-right", width=380)
    return left, right


def show(
    data: CommunityData,
    shown: Drawn,
    language: str,
    *,
    above: Sequence[Shape] = (),
    legend: Sequence[dict[str, Any]] = (),
    lasso: bool = False,
    on_event: Callable[[Event], None],
) -> None:
    """Show a division on the map.

    Parameters
    ----------
    data, shown
        The community, and the division in the place of its valid one.
    language
        In whose words.
    above, legend
        What lies above the layers, and the rows of the legend for it.
    lasso
        Whether an area is drawn round buildings.
    on_event
        Is called with what was done on the map.
    """
    names = list(zip(shown.grids["colour"], shown.grids["name"], strict=True))
    rows = overview_config.legend(
        language=language, layers=("grids", "compounds", "gates"), mode="grid", grids=names, asset_base=ahead.ASSETS
    )
    # Letters are the grids' own: more than five grids share five colours.
    for row, letter in zip(rows, shown.grids["letter"], strict=False):
        row["letter"] = letter
    command = Command(
        revision=data.revision,
        stamp=sources.stamp(data),
        layers=_LAYERS,
        division=_division(data, shown),
        legend=[*rows, *legend],
        shapes=shapes.features(above),
        search=False,
        moves=False,
        lasso=lasso,
    )
    with st.container(key="grids-map"):
        map_view.show(
            command,
            data=data,
            language=language,
            height_px=HEIGHT_PX,
            on_event=on_event,
            name="grids",
        )


@lru_cache(maxsize=32)
def _division(data: CommunityData, shown: Drawn) -> dict[str, Any]:
    frame = layers.with_letters(data, shown.grids)
    of = shown.grid_of.reindex(data.buildings.index[~data.buildings.geometry.is_empty])
    return {
        "grids": json.loads(map_layers.geojson("grids", frame)),
        "of": [None if missing else int(key) for key, missing in zip(of, of.isna(), strict=True)],
    }


def dots(data: CommunityData, buildings: Sequence[int], look: str, title: str) -> list[Shape]:
    """Return a dot on each of some buildings."""
    chosen = data.buildings.geometry.reindex(list(buildings)).dropna()
    places = map_layers.inside(np.asarray(chosen[~chosen.is_empty]))
    points = gpd.points_from_xy([lon for lon, _ in places], [lat for _, lat in places], crs=crs.WGS84)
    return [Shape(id=n, geometry=point, look=look, title=title, pickable=False) for n, point in enumerate(points)]


def legend_row(look: str, colour: str, language: str) -> dict[str, Any]:
    """Return the row of the legend for a look above the layers."""
    return {"type": "dot", "colour": colour, "text": i18n.text(f"grids.legend.{look}", language)}
