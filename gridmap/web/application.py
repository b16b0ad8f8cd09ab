"""The web application around the Streamlit script: its routes for assets and map layers."""

from __future__ import annotations

from pathlib import Path

from starlette.routing import Route
from streamlit.starlette import App

from gridmap.web import routes


def build() -> App:
    """Return the application that ``streamlit run app.py`` serves."""
    return App(
        Path(__file__).parent / "script.py",
        routes=[
            Route("/gridmap/assets/{path:path}", routes.asset),
            Route("/gridmap/layers/{community:int}/{language}/{name}.json", routes.layer),
        ],
    )
