"""Who works in a community: posts, pairs and the grids that each leads."""

from __future__ import annotations

from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy.orm import Session

from gridmap import i18n, model
from gridmap.model import PostKind
from gridmap.services import grids
from gridmap.store import Store


@dataclass(frozen=True, kw_only=True)
class Member:
    """A member of staff.

    Parameters
    ----------
    id
        Number of the member of staff.
    name, post
        Who it is, and what they do.
    partners
        Numbers of those with whom they make an A/B pair, whichever of the two rows says so.
    grids
        Names of the grids that they lead in the present division.
    """

    id: int
    name: str
    post: PostKind
    partners: frozenset[int]
    grids: tuple[str, ...]

    def title(self, language: str) -> str:
        """Return name, post and grids in words."""
        return " · ".join([self.name, i18n.text(f"role.{self.post.value}", language), *self.grids])


def members(store: Store, community_id: int) -> dict[int, Member]:
    """Return those who work in a community, by their number."""
    with store.read() as session:
        return within(session, community_id)


def within(session: Session, community_id: int) -> dict[int, Member]:
    """Do as `members` does, as part of what reads more."""
    of = sa.inspect(model.Staff).c
    wanted = sa.select(model.Staff).where(of.community_id == community_id, of.active).order_by(of.id)
    staff = {one.id: one for one in session.scalars(wanted) if one.id is not None}
    version = grids.current_version(session, community_id)
    led = [] if version is None else grids.grids_within(session, version)
    pairs = {(number, one.partner_id) for number, one in staff.items()}
    return {
        number: Member(
            id=number,
            name=one.name,
            post=one.post,
            partners=frozenset(
                other for other in staff if (number, other) in pairs or (other, number) in pairs if other != number
            ),
            grids=tuple(grid.name for grid in led if grid.leader_id == number),
        )
        for number, one in staff.items()
    }
