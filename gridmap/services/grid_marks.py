"""What is written on valid grids without drawing them anew: official codes, colours, what a colour stands for."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import sqlalchemy as sa

from gridmap import access, model
from gridmap.access import Action, Actor
from gridmap.errors import InputError
from gridmap.services import audit
from gridmap.store import Store

LONGEST_LEGEND = 60


@dataclass(frozen=True, kw_only=True)
class Mark:
    """One field of one grid, before and after."""

    grid: int
    field: Literal["official_code", "colour", "legend"]
    before: str
    after: str


def back(marks: Sequence[Mark]) -> tuple[Mark, ...]:
    """Return what takes them back."""
    return tuple(Mark(grid=one.grid, field=one.field, before=one.after, after=one.before) for one in marks)


def legend(grid: int, before: str, after: str) -> Mark:
    """Return the mark by which a grid's colour stands for something else.

    Raises
    ------
    InputError
        If the words are too many.
    """
    said = " ".join(after.split())
    if len(said) > LONGEST_LEGEND:
        raise InputError("legend_long", longest=LONGEST_LEGEND)
    return Mark(grid=grid, field="legend", before=before, after=said)


def write(store: Store, actor: Actor, marks: Sequence[Mark], action: str, *, address: str = "") -> int:
    """Write marks on grids, all or none; return how many differ from what was there.

    Parameters
    ----------
    store, actor
        Where, and who does it.
    marks
        What is written.
    action
        What it is called in the audit.
    address
        From where.

    Raises
    ------
    Forbidden
        If ``actor`` may not draw the grids of one of the communities.
    InputError
        If a grid is gone, or it is no longer marked as it was before.
    """
    wanted = [mark for mark in marks if mark.before != mark.after]
    columns = sa.inspect(model.Grid).c
    with store.write() as session:
        found = session.scalars(sa.select(model.Grid).where(columns.id.in_([one.grid for one in wanted])))
        kept = {grid.id: grid for grid in found}
        for owner_id in sorted({grid.community_id for grid in kept.values()}):
            owner = session.get_one(model.Community, owner_id)
            access.demand(actor, Action.DRAW_GRIDS, street_id=owner.street_id, community_id=owner_id)
        for mark in wanted:
            grid = kept.get(mark.grid)
            if grid is None or getattr(grid, mark.field) != mark.before:
                raise InputError("marks_changed")
        for mark in wanted:
            setattr(kept[mark.grid], mark.field, mark.after)
        for owner_id in sorted({grid.community_id for grid in kept.values()}):
            n = sum(kept[mark.grid].community_id == owner_id for mark in wanted)
            audit.record(session, actor, action, target=str(n), community_id=owner_id, address=address)
    return len(wanted)
