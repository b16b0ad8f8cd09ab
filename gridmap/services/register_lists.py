"""What the page of registers lists: the rows of one register in words, with their places."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import pandas as pd
from shapely.geometry.base import BaseGeometry

from gridmap import access
from gridmap.access import Action, Actor
from gridmap.services import record_lists
from gridmap.services.community_data import CommunityData


@dataclass(frozen=True, kw_only=True, eq=False)
class Listed:
    """The rows of a register.

    Parameters
    ----------
    table
        A row each, columns in words, index = the row's id, in the order in which they want to be looked at.
    titles
        What each is called, by id.
    places
        Where each is, in WGS 84, by id; those without a place are left out or empty.
    signs
        What stands for each on the map and before its row, by id; the number of its row where nothing is said.
    short
        Which of them want something done: they stand out on the map.
    """

    table: pd.DataFrame
    titles: Mapping[int, str]
    places: Mapping[int, BaseGeometry] = field(default_factory=dict)
    signs: Mapping[int, str] = field(default_factory=dict)
    short: frozenset[int] = frozenset()

    def sign(self, number: int) -> str:
        """Return what stands for a row on the map."""
        return self.signs.get(number) or str(self.table.index.tolist().index(number) + 1)

    def found(self, text: str) -> pd.DataFrame:
        """Return the rows that hold every word of ``text``."""
        return record_lists.found(self.table, text)

    def placed(self, numbers: pd.Index) -> dict[int, BaseGeometry]:
        """Return the places of some rows, of those that have one."""
        wanted = {int(number) for number in numbers}
        return {number: at for number, at in self.places.items() if number in wanted and not at.is_empty}


def may_edit(actor: Actor, data: CommunityData, grid_id: int | None = None) -> bool:
    """Whether ``actor`` may change what a register holds at a place: in a grid, or (None) of the whole community."""
    place = {"street_id": data.community.street_id, "community_id": data.community.id}
    return access.decide(actor, Action.EDIT_POINTS, grid_id=grid_id, **place).allowed
