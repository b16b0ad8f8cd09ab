"""What is shown above a community's layers without being one: what a file would bring, a route, a place on trial."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import shapely
from shapely.geometry.base import BaseGeometry

from gridmap import palette


@dataclass(frozen=True, kw_only=True)
class Shape:
    """One thing above the layers.

    Parameters
    ----------
    id
        What it is called when it is chosen or moved.
    geometry
        Where it is, in WGS 84.
    look
        How it is drawn: a key of `palette.SHAPES`.
    title
        What stands at the pointer; plain text.
    sign
        What stands on it: a point with a sign is a marker, one without is a dot.
    pickable
        Whether a press chooses it; else the press goes to what lies below.
    movable
        Whether its marker can be dragged.
    between
        For the grip of a border: both ends of the stretch that moves with it, (lon, lat) in WGS 84. It has a sign and
        is movable.
    """

    id: int
    geometry: BaseGeometry
    look: str
    title: str = ""
    sign: str = ""
    pickable: bool = True
    movable: bool = False
    between: tuple[tuple[float, float], tuple[float, float]] | None = None

    def __post_init__(self) -> None:
        """Hold that its look is known."""
        if self.look not in palette.SHAPES:
            raise ValueError(f"no look {self.look}")


def features(made: Iterable[Shape], decimals: int = 7) -> tuple[dict[str, Any], ...]:
    """Return shapes as a command carries them; one without a place is left out.

    Parameters
    ----------
    made
        The shapes, those that lie below first.
    decimals
        Decimals of degrees that are kept: 7 are about 1 cm.
    """
    return tuple(
        {
            "type": "Feature",
            "geometry": shapely.geometry.mapping(shapely.set_precision(one.geometry, 10**-decimals, mode="pointwise")),
            "properties": {
                "id": one.id,
                "look": one.look,
                "title": one.title,
                "sign": one.sign,
                "pickable": one.pickable,
                "movable": one.movable,
                **({} if one.between is None else {"between": one.between}),
            },
        }
        for one in made
        if not one.geometry.is_empty
    )
