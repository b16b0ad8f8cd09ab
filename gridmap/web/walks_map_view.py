"""Routes and numbered stops of walks on the map."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import shapely
from shapely.geometry.base import BaseGeometry

from gridmap import palette
from gridmap.cartography.shapes import Shape

LAYERS = ("boundary", "grids", "compounds", "paths", "ground", "buildings", "gates", "points")


@dataclass(frozen=True, kw_only=True)
class Mark:
    """A stop on the map: what a press tells, where it is, what stands on it and at the pointer."""

    id: int
    place: BaseGeometry
    sign: str
    title: str


def look(number: int) -> str:
    """Return how the walk with a number (from 0) is drawn."""
    return palette.WALKS[number % len(palette.WALKS)]


def drawn(
    number: int, route: BaseGeometry, marks: Iterable[Mark], title: str, *, pickable: bool = False
) -> list[Shape]:
    """Return a walk's route with its stops above it."""
    line = Shape(id=-1 - number, geometry=route, look=look(number), title=title, pickable=False)
    return [
        line,
        *(
            Shape(
                id=mark.id, geometry=mark.place, look=look(number), sign=mark.sign, title=mark.title, pickable=pickable
            )
            for mark in marks
        ),
    ]


def extent(geometries: Iterable[BaseGeometry]) -> list[float] | None:
    """Return west, south, east, north of what has a place."""
    there = [one for one in geometries if not one.is_empty]
    return [float(side) for side in shapely.total_bounds(there)] if there else None


def legend(names: Iterable[str]) -> list[dict[str, Any]]:
    """Return a row of the legend for each walk."""
    return [{"type": "line", "colour": palette.walk(n).fill, "text": name} for n, name in enumerate(names)]
