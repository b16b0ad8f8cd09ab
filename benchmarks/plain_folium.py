"""The peer of ``map_load``: the same buildings as folium's own documentation would show them, through st_folium."""

import os

import folium
import geopandas as gpd
import numpy as np
import streamlit as st
from streamlit_folium import st_folium

from gridmap.cartography import assets

COLOURS = {"grid": "#C0392B", "coverage": "#A9D3C4"}


@st.cache_data
def buildings() -> gpd.GeoDataFrame:
    """Read the footprints once, with what our own map tells of each."""
    frame = gpd.read_file(os.environ["BENCHMARK_FILE"], layer=os.environ["BENCHMARK_LAYER"])[["geometry"]].to_crs(4326)
    numbers = np.arange(len(frame))
    return frame.assign(number=[f"{i}号楼" for i in numbers], households=numbers % 60, grid=numbers % 5)


st.set_page_config(layout="wide")
mode = st.radio("mode", list(COLOURS), horizontal=True)
frame = buildings()
west, south, east, north = frame.total_bounds
canvas = os.environ["BENCHMARK_CANVAS"] == "1"
shown = folium.Map(tiles=None, prefer_canvas=canvas, location=[(south + north) / 2, (west + east) / 2])
folium.GeoJson(
    frame,
    style_function=lambda _: {"fillColor": COLOURS[mode], "color": COLOURS[mode], "weight": 0.5, "fillOpacity": 1},
    tooltip=folium.GeoJsonTooltip(["number", "households"]),
).add_to(shown)
shown.fit_bounds([[south, west], [north, east]])
assets.rewrite(shown, "/vendor/")
st_folium(shown, key="peer", height=640, use_container_width=True, returned_objects=["last_active_drawing"])
