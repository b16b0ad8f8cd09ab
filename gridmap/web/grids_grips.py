"""The grips by which the borders of a draft are dragged on the map."""

from __future__ import annotations

from functools import lru_cache

from gridmap import i18n
from gridmap.cartography.shapes import Shape
from gridmap.errors import InputError
from gridmap.services import grid_borders
from gridmap.services.community_data import CommunityData
from gridmap.services.grid_divisions import Drawn

_LOOK = "grip"
# A grip is called by the draft's version and its number: one of a map that is past moves nothing else.
_STEP = 1000


@lru_cache(maxsize=16)
def shapes(data: CommunityData, shown: Drawn, version: int, language: str) -> tuple[Shape, ...]:
    """Return a grip for each stretch of border."""
    found = grid_borders.handles(data, shown)
    if not found:
        return ()
    names, at = shown.names, grid_borders.places(data, found)
    return tuple(
        Shape(
            id=version * _STEP + n,
            geometry=place,
            look=_LOOK,
            title=i18n.text("grids.grip", language, one=names[handle.one], other=names[handle.other]),
            sign="·",
            pickable=False,
            movable=True,
            between=((begin.x, begin.y), (end.x, end.y)),
        )
        for n, (handle, place, begin, end) in enumerate(zip(found, at.geometry, at["begin"], at["end"], strict=True))
    )


def number(grip: int, version: int) -> int:
    """Return which stretch a grip moves.

    Raises
    ------
    InputError
        If it belongs to another version of the draft than the one there is.
    """
    made, n = divmod(grip, _STEP)
    if made != version:
        raise InputError("draft_border_gone")
    return n
