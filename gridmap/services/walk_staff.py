"""Who can walk on a day: the staff without those on leave and those whose post is the desk, the grids' own first."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy.orm import Session

from gridmap import model
from gridmap.errors import InputError
from gridmap.model import Duty, Half, PostKind, WalkState
from gridmap.planning import workdays
from gridmap.services import grids, leave, staffing
from gridmap.store import Store

_MOST_IN_TEAM = 2


@dataclass(frozen=True, kw_only=True)
class Free:
    """A member of staff who can walk.

    Parameters
    ----------
    id, name, post
        Who.
    grids
        Numbers of the grids that they lead, or have the care of that day.
    busy
        Whether they have a walk in that half day already.
    """

    id: int
    name: str
    post: PostKind
    grids: frozenset[int]
    busy: bool = False

    def may_see_care(self, grid_id: int | None) -> bool:
        """Whether they may know of households in need in a grid: it is theirs, or they are the secretary."""
        return self.post == PostKind.SECRETARY or grid_id in self.grids


def free(store: Store, community_id: int, day: dt.date, half: Half | None = None) -> tuple[Free, ...]:
    """Return those who can walk on a day, by number; of a half day it is told who walks then already.

    Raises
    ------
    InputError
        If the community has no staff, or all who could walk are on leave.
    """
    here, able = _there(store, community_id, day, half)
    if not here:
        raise InputError("walks_all_away", day=day.isoformat(), names=able)
    return here


def idle(store: Store, community_id: int, day: dt.date, half: Half) -> frozenset[int]:
    """Return the numbers of those who can walk in a half day and have no walk then; none where all are away.

    Raises
    ------
    InputError
        If the community has no staff.
    """
    here, _ = _there(store, community_id, day, half)
    return frozenset(one.id for one in here if not one.busy)


def _there(store: Store, community_id: int, day: dt.date, half: Half | None) -> tuple[tuple[Free, ...], list[str]]:
    """Return who can walk, and the names of all who could if nobody were on leave."""
    of, duty = sa.inspect(model.Leave).c, sa.inspect(model.RotaDuty).c
    with store.read() as session:
        members = staffing.within(session, community_id)
        away = set(
            session.scalars(
                sa.select(of.staff_id).where(of.community_id == community_id, of.from_day <= day, of.to_day >= day)
            )
        )
        # The desk stays, but for those whom the rota sends out.
        outside = sa.select(duty.staff_id).where(duty.community_id == community_id, duty.day == day)
        sent = set(session.scalars(outside.where(duty.published, duty.duty != Duty.DESK)))
        version = grids.current_version(session, community_id, day)
        led = [] if version is None else grids.grids_within(session, version)
        walking = busy(session, community_id, day, half)
        replaced = {one: {one, *leave.replaced_by(session, one, day)} for one in members}
    if not members:
        raise InputError("walks_no_staff")
    able = [one for one in members.values() if one.post != PostKind.DESK or one.id in sent]
    here = tuple(
        Free(
            id=one.id,
            name=one.name,
            post=one.post,
            grids=frozenset(int(grid.id or 0) for grid in led if grid.leader_id in replaced[one.id]),
            busy=one.id in walking,
        )
        for one in able
        if one.id not in away
    )
    return here, [one.name for one in able]


def teams(
    able: Iterable[Free], walkers: int, *, grid_ids: Iterable[int] = (), people: int = 1
) -> tuple[tuple[Free, ...], ...]:
    """Choose who walks: leaders of the grids first, then grid workers and other leaders, the secretary last.

    Parameters
    ----------
    able
        Those who can walk.
    walkers
        How many walk apart from each other.
    grid_ids
        The grids that are walked; none for all.
    people
        One or two in each team.

    Raises
    ------
    InputError
        If there are too few.
    """
    here, wanted = [one for one in able if not one.busy], frozenset(grid_ids)
    if walkers < 1 or people not in range(1, _MOST_IN_TEAM + 1):
        raise InputError("walks_walkers", n=walkers)
    if walkers * people > len(here):
        raise InputError("walks_few_staff", n=len(here), wanted=walkers * people, names=[one.name for one in here])
    order = sorted(here, key=lambda one: (not one.grids & wanted if wanted else not one.grids, _late(one), one.id))
    return tuple(tuple(order[at + n * walkers] for n in range(people)) for at in range(walkers))


def busy(session: Session, community_id: int, day: dt.date, half: Half | None) -> frozenset[int]:
    """Return who has a walk in a half day; nobody where no half day is said."""
    walk, walker = sa.inspect(model.Walk).c, sa.inspect(model.Walker).c
    wanted = (
        sa.select(walker.staff_id)
        .join(model.Walk, walk.id == walker.walk_id)
        .where(walk.community_id == community_id, walk.day == day, walk.half == half)
        .where(walk.state != WalkState.CANCELLED)
    )
    return frozenset() if half is None else frozenset(session.scalars(wanted))


def is_holiday(day: dt.date) -> tuple[bool, dt.date]:
    """Return whether nobody works on a day, and the next day on which people do."""
    calendar = workdays.official()
    later = day
    while not calendar.works(later):
        later += dt.timedelta(days=1)
    return later != day, later


def _late(one: Free) -> bool:
    return one.post == PostKind.SECRETARY
