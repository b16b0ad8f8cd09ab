"""What one person's search for places holds between two runs: what is asked, where it might be, what was answered."""

from __future__ import annotations

from dataclasses import dataclass, field

from gridmap.cartography import events
from gridmap.services.siting_plan import Plan, Wish

SPOT_IDS = 20_000
"""Signs of the places that a person pointed at begin here on the map."""


@dataclass(kw_only=True)
class SitingState:
    """One person's search for places.

    Parameters
    ----------
    spots
        Places pointed at where one might stand, (lon, lat).
    pointing
        Whether the next press on the map is such a place.
    wish, plan
        What was asked, and its answer.
    shown
        Which answer is on the map: 0 for the best, 1 for the first of the others.
    compared
        Number of the scenario that is compared.
    """

    spots: list[tuple[float, float]] = field(default_factory=list)
    pointing: bool = False
    wish: Wish | None = None
    plan: Plan | None = None
    shown: int = 0
    compared: int | None = None

    def anew(self) -> None:
        """Forget the answer: another kind, or points that have changed."""
        self.wish = self.plan = None
        self.shown = 0

    def take(self, event: events.Event) -> bool:
        """Take what was done on the map, if it is about the places pointed at."""
        match event:
            case events.Pointed() if self.pointing:
                self.spots.append((event.lon, event.lat))
                self.pointing = False
            case events.Dragged() if 0 <= event.id - SPOT_IDS < len(self.spots):
                self.spots[event.id - SPOT_IDS] = (event.lon, event.lat)
            case _:
                return False
        return True
