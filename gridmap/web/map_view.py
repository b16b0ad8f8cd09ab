"""The one place that shows a map: hands it its frame and a command, and takes what a person did there."""

from __future__ import annotations

import zlib
from collections.abc import Callable

import geopandas as gpd
import streamlit as st

from gridmap import i18n
from gridmap.cartography import events, overview_config, overview_map
from gridmap.cartography.overview_map import Command
from gridmap.services import community_settings
from gridmap.services.community_data import CommunityData
from gridmap.web import session
from gridmap.web.ahead import ASSETS, ROOT


def show(
    command: Command,
    *,
    data: CommunityData,
    language: str,
    height_px: int,
    on_event: Callable[[events.Event], None],
    name: str = "overview",
    twin: str = "",
) -> None:
    """Show a map of a community; ``on_event`` is called with what was done on it, before the page's next run.

    Maps of the same ``twin`` show the same part of the earth: whoever moves one moves the others.

    The frame is made anew at each run but is the same text each time, so the browser keeps the map it has; the key
    names what it depends on, since the component itself would take two different frames for one.
    """
    from streamlit_folium import st_folium  # Streamlit keeps no component that is there before it runs itself

    community_id, box = community_settings.number(data.community), bounds(data)
    config = overview_config.config(
        language=language,
        layer_base=f"{ROOT}/layers/{community_id}/{language}",
        asset_base=ASSETS,
        kinds=data.kinds,
        bounds=box,
        revision=f"{ROOT}/revision/{community_id}",
        twin=twin,
    )
    words = {name: i18n.text(f"map.{name}", language) for name in ("full_screen", "leave_full_screen")}
    # What the component would not tell apart.
    signs = zlib.crc32(repr(sorted(config["kinds"].items())).encode())
    key = f"{name}-{community_id}-{language}-{signs:x}-{overview_map.client_version()}"

    def take() -> None:
        event = events.parse(st.session_state.get(key))
        if isinstance(event, events.Stale):
            session.follow()
        if event is not None:
            on_event(event)

    st_folium(
        overview_map.frame(bounds=box, config=config, asset_base=ASSETS, words=words),
        key=key,
        height=height_px,
        use_container_width=True,
        returned_objects=["last_active_drawing"],
        feature_group_to_add=overview_map.group(command),
        on_change=take,
    )


def bounds(data: CommunityData) -> tuple[float, float, float, float]:
    """Return what the map shows first: the community, else whatever is known of it, else the country."""
    frames: list[gpd.GeoDataFrame] = [data.boundary, data.buildings, data.compounds, data.points, data.paths]
    for frame in frames:
        placed = frame[~frame.geometry.is_empty]
        if len(placed):
            west, south, east, north = (float(value) for value in placed.total_bounds)
            return west, south, east, north
    return 73.5, 18.0, 135.1, 53.6
