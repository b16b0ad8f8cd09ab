"""What one person's search for places holds between two runs: what is asked, where it might be, what was answered."""

from __future__ import annotations

import uuid
from dataclasses import dataclass, field

from gridmap.cartography import events
from gridmap.services import siting_places
from gridmap.services.siting_curve import Curve
from gridmap.services.siting_places import Candidate, Offered
from gridmap.services.siting_plan import Plan, Wish
from gridmap.web.siting_job import Job

SPOT_IDS = 20_000
"""Signs of the places that a person pointed at begin here on the map."""
_SAME_DEGREES = 1e-5
_MOST_SPOTS = 26


@dataclass(kw_only=True)
class SitingState:
    """One person's search for places.

    Parameters
    ----------
    spots
        Places pointed at where one might stand, (lon, lat).
    pointing
        Whether the next press on the map is such a place.
    twice
        Whether the last place pointed at was one already.
    offered, read
        What a file offers, and which file and datum that was.
    refused
        Why nothing is searched, in words.
    job
        The search that goes on.
    wish, plan, revision
        What was asked, its answer, and the revision of the data it stands on.
    curve
        What each further one gains.
    shown
        Which answer is on the map: 0 for the best, 1 for the first of the others.
    compared, beside
        Numbers of the scenario that is compared, and of the other one; None for today.
    pair
        Name by which the two maps of a comparison know each other.
    """

    spots: list[tuple[float, float]] = field(default_factory=list)
    pointing: bool = False
    twice: bool = False
    offered: Offered | None = None
    read: tuple[str, str] = ("", "")
    refused: str = ""
    job: Job | None = None
    wish: Wish | None = None
    plan: Plan | None = None
    revision: int = 0
    curve: Curve | None = None
    shown: int = 0
    compared: int | None = None
    beside: int | None = None
    pair: str = field(default_factory=lambda: uuid.uuid4().hex)

    def anew(self) -> None:
        """Forget the answer: another kind, or points that have changed."""
        self.job = self.wish = self.plan = self.curve = None
        self.shown = 0
        self.refused = ""

    @property
    def on_map(self) -> Plan | None:
        """The answer that is shown: the best, or one of the others."""
        if self.plan is None:
            return None
        return (self.plan, *self.plan.alternatives)[self.shown if self.shown <= len(self.plan.alternatives) else 0]

    def taken(self) -> list[Candidate]:
        """Return the places pointed at, each by its letter."""
        return [
            Candidate(id=f"spot-{letter(n)}", name=letter(n), lon=lon, lat=lat, source=siting_places.SPOT)
            for n, (lon, lat) in enumerate(self.spots)
        ]

    def take(self, event: events.Event) -> bool:
        """Take what was done on the map, if it is about the places pointed at."""
        match event:
            case events.Pointed() if self.pointing:
                self.twice = any(
                    abs(lon - event.lon) < _SAME_DEGREES and abs(lat - event.lat) < _SAME_DEGREES
                    for lon, lat in self.spots
                )
                if not self.twice:
                    self.spots.append((event.lon, event.lat))
                # Several are often wanted: the next press is one more, until it is said that this is all.
                self.pointing = len(self.spots) < _MOST_SPOTS
            case events.Dragged() if 0 <= event.id - SPOT_IDS < len(self.spots):
                self.spots[event.id - SPOT_IDS] = (event.lon, event.lat)
            case _:
                return False
        return True


def letter(n: int) -> str:
    """Return the sign of a place pointed at: A, B ... Z."""
    return chr(ord("A") + n)
