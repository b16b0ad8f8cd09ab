"""Serves ``plain_folium.py`` with its scripts and styles from this machine.

As with ours, the browser may keep them: no network and no missing cache is in the peer's time. It runs with
Streamlit's own settings: those that ours changes for speed (``.streamlit/config.toml``) are part of ours.
"""

from pathlib import Path

from starlette.routing import Mount
from starlette.staticfiles import StaticFiles
from streamlit.starlette import App

from gridmap.cartography import assets

# Streamlit reads this file for a literal App(...) before it runs it.
app = App(
    Path(__file__).with_name("plain_folium.py"),
    routes=[Mount("/vendor", StaticFiles(directory=assets.vendor_dir()))],
)
