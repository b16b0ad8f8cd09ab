"""What several steps of a presentation draw: the grids, service points, and their keys in the legend."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import geopandas as gpd
import numpy as np
import pandas as pd
from numpy.typing import NDArray

from gridmap import palette
from gridmap.reports.presentation import Figure, Key
from gridmap.reports.presentation_map import Canvas, Sign, thinned
from gridmap.services.story_facts import Facts
from gridmap.services.story_words import say

APART = 1 / 26
"""Signs nearer than this share of the map's width go together."""
Bounds = Sequence[NDArray[np.float64]]


@dataclass(kw_only=True)
class Drawn:
    """What a step shows beside its words.

    Parameters
    ----------
    layer
        What lies over the map, as SVG.
    bounds
        West, south, east and north of what the map goes to; none for the whole community.
    figures, legend, rows, note
        As `presentation.Slide` has them.
    """

    layer: str = ""
    bounds: Bounds = ()
    figures: tuple[Figure, ...] = ()
    legend: list[Key] = field(default_factory=list)
    rows: tuple[tuple[str, str, str], ...] = ()
    note: str = ""


def grid_look(row: pd.Series) -> palette.Look:
    """Return how a grid is drawn: its colour, and its hatch in the same."""
    colour = palette.grid(str(row["colour"]))
    return palette.Look(fill=colour.hex, edge=colour.hex, hatch=colour.hatch)


def grid_areas(facts: Facts, canvas: Canvas, *, strong: bool) -> str:
    """Draw the grids: as what is told of, or thinly below it."""
    grids = facts.lettered
    looks = [grid_look(row) for _, row in grids.iterrows()]
    if not strong:
        looks = [palette.Look(fill=look.fill, edge=look.edge) for look in looks]
    return canvas.areas(grids, looks, alpha=0.3 if strong else 0.1, width=4.0 if strong else 2.5)


def grid_letters(facts: Facts, *, size: float = 1.0) -> list[Sign]:
    """Return the letters of the grids, each where there is most room for it."""
    return [
        Sign(
            lon=row["label_at"][0],
            lat=row["label_at"][1],
            look=palette.Look(fill=palette.grid(str(row["colour"])).hex, edge="#FFFFFF"),
            text=str(row["letter"]),
            size=size,
        )
        for _, row in facts.lettered.iterrows()
    ]


def grids_below(facts: Facts, canvas: Canvas) -> str:
    """Draw the grids thinly, with their letters, below what a step tells of."""
    return grid_areas(facts, canvas, strong=False) + canvas.signs(grid_letters(facts))


def line(colour: str) -> str:
    """Draw the key of a line for the legend."""
    return (
        f'<svg class="swatch" viewBox="0 0 48 30" aria-hidden="true"><path d="M3 22L18 9L30 20L45 8" fill="none" '
        f'stroke="{colour}" stroke-width="4" stroke-linejoin="round"/></svg>'
    )


def points(facts: Facts, canvas: Canvas, points: gpd.GeoDataFrame) -> tuple[list[Sign], int]:
    """Return signs of service points, those close together as one with its number, and the most that one stands for."""
    places = points.geometry.to_crs(facts.data.buildings_m.crs)
    groups = thinned(places, APART * canvas.box()[2])
    look = palette.STATION
    signs = []
    for group in groups:
        place, kind = points.geometry.iloc[group[0]], str(points["kind"].iloc[group[0]])
        icon = facts.data.kinds.icon(kind)
        text = str(len(group)) if len(group) > 1 else ""
        signs.append(Sign(lon=place.x, lat=place.y, look=look, shape="square", icon=icon, text=text))
    return signs, max((len(group) for group in groups), default=0)


def point_key(facts: Facts, canvas: Canvas, kind: str, most: int) -> Key:
    """Return the key of the points of a kind, where ``most`` is the most that one sign stands for."""
    icon, name = facts.data.kinds.icon(kind), facts.data.kinds.label(kind, facts.language)
    words = say("legend.points", facts.language, kind=name) if most > 1 else name
    return Key(swatch=canvas.key(Sign(lon=0, lat=0, look=palette.STATION, shape="square", icon=icon)), words=words)
