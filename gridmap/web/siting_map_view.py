"""The maps of the search for places: where new ones should stand, what people pointed at, a scenario beside today."""

from __future__ import annotations

import shapely

from gridmap import i18n
from gridmap.cartography.shapes import Shape
from gridmap.web.siting_state import SPOT_IDS, SitingState

_CHOSEN_IDS = 10_000


def places(state: SitingState, language: str) -> list[Shape]:
    """Return what the map of coverage shows of the search: the places pointed at, and the answer."""
    made = [
        Shape(
            id=SPOT_IDS + n, geometry=shapely.Point(*place), look="candidate", sign=letter(n), movable=True,
            title=i18n.text("reach.spot", language, letter=letter(n)),
        )
        for n, place in enumerate(state.spots)
    ]  # fmt: skip
    if state.plan is not None:
        made += [
            Shape(
                id=_CHOSEN_IDS + n, geometry=shapely.Point(one.place.lon, one.place.lat), look="chosen", sign=str(n),
                title=i18n.text("reach.chosen", language, name=one.place.name, n=one.gain_households), pickable=False,
            )
            for n, one in enumerate(state.plan.chosen, 1)
        ]  # fmt: skip
    return made


def letter(n: int) -> str:
    """Return the sign of a place pointed at: A, B ... Z, A2 ..."""
    again = n // 26
    return chr(ord("A") + n % 26) + (str(again + 1) if again else "")
