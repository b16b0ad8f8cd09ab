"""How a register is written: may I, not too fast, all of it or nothing, and noted in the audit."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from sqlalchemy.orm import Session

from gridmap import errors, model, privacy
from gridmap.access import Action, Actor
from gridmap.services import audit, community_settings, place_cards, records, writing_pace
from gridmap.services.community_data import CommunityData
from gridmap.store import Store, tables

SAVED, REMOVED = "register_saved", "register_removed"


@dataclass(frozen=True, kw_only=True)
class Writer:
    """Who changes a register of which community, when and from where."""

    store: Store
    actor: Actor
    data: CommunityData
    now: dt.datetime
    address: str = ""

    @property
    def community_id(self) -> int:
        """Number of the community."""
        return community_settings.number(self.data.community)

    def note(self, session: Session, action: str, target: str, number: int | None) -> None:
        """Write the change into the audit, with its transaction."""
        audit.record(
            session, self.actor, action, target=target, target_id=number, community_id=self.community_id,
            address=self.address, now=self.now,
        )  # fmt: skip

    @contextmanager
    def writing(self, grid_id: int | None) -> Iterator[Session]:
        """Give a transaction to somebody who may change what lies in a grid (None: of the whole community).

        Raises
        ------
        Forbidden, TooManyWrites, StoreError
        """
        records.demand(self.actor, Action.EDIT_POINTS, self.data, grid_id)
        with self.store.write() as session:
            writing_pace.demand(session, self.actor, self.now)
            yield session

    def row(self, session: Session, cls: type[model.Owned], number: int) -> Any:
        """Return a row of the community, alone until the transaction ends: whoever else wants it waits.

        Raises
        ------
        NotFound
            If somebody has deleted it.
        """
        found = session.get(cls, number, with_for_update=True)
        if found is None or found.community_id != self.community_id:
            raise errors.NotFound("register_gone")
        return found


def point_grid(data: CommunityData, number: int | None) -> int | None:
    """Return the grid in which a service point stands; None where that is not known."""
    if number is None or number not in data.points.index:
        return None
    return place_cards.of_point(data, number).grid_id


def frame(store: Store, data: CommunityData, cls: type[model.Owned], **where: Any) -> Any:
    """Return the rows of a class, without what is sealed and with numbers in free text masked; index = id."""
    found = store.frame(cls, community_settings.number(data.community), **where)
    kept = tables.of()[cls]
    masked = {one.name: found[one.name].map(privacy.mask_text) for one in tables.free(kept)}
    return found.assign(**masked).drop(columns=[one.name for one in tables.sealed(kept)])
