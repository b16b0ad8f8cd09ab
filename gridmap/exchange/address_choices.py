"""Which buildings a written address may mean, each with what speaks for it."""

from __future__ import annotations

import math
from typing import NamedTuple


class Reason(NamedTuple):
    """How sure something makes a building, from 0 to 1, and by which word that is told."""

    worth: float
    key: str


class Choices:
    """Buildings that may be meant, each with what it is worth and the weakest of the reasons."""

    def __init__(self) -> None:
        #: By building.
        self.worth: dict[int, tuple[float, str]] = {}
        #: The compound that is named, and how surely; None where none is.
        self.compound: tuple[str | None, float] = (None, 0.0)

    def add(self, building: int, reasons: list[Reason]) -> None:
        """Let a building be worth what speaks for it, where that is more than before."""
        worth = product(reasons)
        if worth > self.worth.get(building, (0.0, ""))[0]:
            self.worth[building] = (worth, min(reasons).key)

    def place(self, compound: str | None, worth: float) -> None:
        """Let a compound be the one that is named, where that is surer than before."""
        if compound is not None and worth > self.compound[1]:
            self.compound = (compound, worth)

    def lower(self, reason: Reason) -> None:
        """Let a doubt count against each building that there is so far."""
        self.worth = {building: (worth * reason.worth, reason.key) for building, (worth, _) in self.worth.items()}

    def best(self) -> float:
        """Return what the building with most for it is worth."""
        return max((worth for worth, _ in self.worth.values()), default=0.0)


def product(reasons: list[Reason]) -> float:
    """Return what reasons are worth together."""
    return math.prod(reason.worth for reason in reasons)
