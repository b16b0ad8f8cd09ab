"""What must hold where something comes back out of the bin: of a room, a day, a number or a grant there is one."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from gridmap import errors, model
from gridmap.services import care_keeping, community_settings, register_rooms
from gridmap.services.community_data import CommunityData


def demand(session: Session, data: CommunityData, row: Any) -> None:
    """Refuse a row that was just put back and does not fit what has been kept meanwhile; mend its number where it can.

    Raises
    ------
    Conflict
        If its room is taken (`register_rooms.Taken`), or the reception of its day was noted again.
    InputError
        If its grant is spent.
    """
    if isinstance(row, model.RoomBooking):
        register_rooms.demand_again(session, data, row)
    if isinstance(row, model.CareHelp):
        care_keeping.demand_again(session, data.community, row)
    if isinstance(row, model.ReceptionDay):
        of = sa.inspect(model.ReceptionDay).c
        session.get(model.Grid, row.grid_id, with_for_update=True)
        same = sa.select(of.id).where(of.grid_id == row.grid_id, of.day == row.day, of.id != row.id)
        if session.scalars(same).first() is not None:
            raise errors.Conflict("reception_noted", day=row.day.isoformat())
    if isinstance(row, model.Project):
        number = community_settings.number(data.community)
        session.get_one(model.Community, number, with_for_update=True)
        project = sa.inspect(model.Project).c
        mine = sa.select(project.seq).where(
            project.community_id == number, project.year == row.year, project.id != row.id
        )
        taken = set(session.scalars(mine))
        if row.seq in taken:
            row.seq = max(taken) + 1
            session.flush()
