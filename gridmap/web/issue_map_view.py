"""The map of issues."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

import pandas as pd
import streamlit as st

from gridmap import i18n
from gridmap.analysis import density
from gridmap.cartography import overview_config, shapes
from gridmap.cartography.overview_map import Command
from gridmap.services import cards, issue_figures, issue_list
from gridmap.services.community_data import CommunityData
from gridmap.services.sight import Sight
from gridmap.web import ahead, issue_figures_map_view, map_view, sources
from gridmap.web.issues_state import IssuesState

LAYERS = ("boundary", "grids", "compounds", "paths", "ground", "buildings", "gates", "issues")
_HEIGHT_PX = 560
_LONGEST_ON_CARD = 80
_CLOSE = 18.0  # zoom at which an issue stands apart from its neighbours


def show(
    data: CommunityData, rows: pd.DataFrame, here: IssuesState, seen: Sight, told: pd.Series | None, language: str
) -> None:
    """Show the issues in ``rows``, and a card of the one that is chosen, of which a row of `issue_list.table` tells."""
    dense = dense_of(data, rows, here, seen)
    chosen = None if here.chosen is None else marked(data, here.chosen)
    command = Command(
        revision=data.revision,
        stamp=sources.stamp(data),
        layers=LAYERS,
        issues=None if len(rows) == len(data.issues) else [int(number) for number in rows.index],
        selected=chosen,
        card=None if told is None else _card(told, language),
        shapes=shapes.features(issue_figures_map_view.dense(dense, language)),
        legend=([] if dense is None else issue_figures_map_view.dense_legend(dense, language))
        + overview_config.legend(
            language=language,
            layers=LAYERS,
            mode="grid",
            grids=list(zip(data.grids["colour"], data.grids["name"], strict=True)),
            issues=sorted(set(rows["group"])),
            asset_base=ahead.ASSETS,
        ),
        fly=None if chosen is None or "lat" not in chosen else _journey(here, chosen),
        search=False,
        moves=False,
        watch=True,
    )
    with st.container(key="issues-map"):
        map_view.show(
            command,
            data=data,
            language=language,
            height_px=_HEIGHT_PX,
            on_event=here.take,
            name="issues",
        )


def dense_of(data: CommunityData, rows: pd.DataFrame, here: IssuesState, seen: Sight) -> density.Density | None:
    """Return how dense the issues in ``rows`` lie; None where nobody asked."""
    return issue_figures.dense(data, rows, seen, focused=False) if here.dense and len(rows) else None


def marked(data: CommunityData, number: int) -> dict[str, Any]:
    """Return an issue as the map marks it; without ``lat`` and ``lon`` where it has no place."""
    chosen: dict[str, Any] = {"target": "issue", "id": number}
    place = data.issues.geometry[number]
    return chosen if place.is_empty else chosen | {"lat": place.y, "lon": place.x}


def _journey(here: IssuesState, chosen: dict[str, Any]) -> dict[str, Any] | None:
    """Let the map go to what was chosen in the list; what was chosen on the map is there."""
    if not here.journeys:
        return None
    return {"seq": here.journeys, "lat": chosen["lat"], "lon": chosen["lon"], "zoom": _CLOSE}


def _card(row: pd.Series, language: str) -> dict[str, Any]:
    """Return a card that is short enough not to hide the place."""
    told = [(name, str(row[issue_list.heading(name, language)])) for name in ("state", "left", "text", "place")]
    rows = [
        cards.CardRow(label=issue_list.heading(name, language), value=shorten(value, _LONGEST_ON_CARD))
        for name, value in told
        if value
    ]
    card = cards.Card(
        title=str(row[issue_list.heading("category", language)]),
        subtitle=str(row[issue_list.heading("code", language)]),
        rows=tuple(rows),
    )
    return asdict(card) | {"acts": [{"act": "open", "text": i18n.text("issues.open", language)}]}


def shorten(text: str, most: int) -> str:
    """Return a text of many words as its beginning."""
    return text if len(text) <= most else text[: most - 1] + "…"
