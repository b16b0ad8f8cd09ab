"""What registers keep besides: who serves which building, who has a room when, what receptions and projects came to."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from gridmap.model.base import Owned
from gridmap.model.choices import PhotoStage, Stance


@dataclass(kw_only=True, eq=False)
class TeamBuilding(Owned):
    """A building that a courtyard head (楼院长) looks after."""

    team_member_id: int
    building_id: int


@dataclass(kw_only=True, eq=False)
class WeeklyActivity(Owned):
    """What takes place in a room every week. ``weekday`` counts Monday as 1; ``hours`` as ``HH:MM-HH:MM``.

    ``until_day`` is the last day, None where no end is set.
    """

    service_point_id: int
    weekday: int
    hours: str
    name: str
    from_day: dt.date
    until_day: dt.date | None = None
    resident_group_id: int | None = None


@dataclass(kw_only=True, eq=False)
class RoomBooking(Owned):
    """A room that is taken once; no two of a service point overlap, nor one and a weekly activity there.

    ``holder`` says who has it where that is no group that is registered.
    """

    service_point_id: int
    starts_at: dt.datetime
    ends_at: dt.datetime
    purpose: str
    resident_group_id: int | None = None
    holder: str = ""


@dataclass(kw_only=True, eq=False)
class ReceptionDay(Owned):
    """A reception (网格会客厅) as it was held on a day: how many residents came, and what is to be remembered."""

    grid_id: int
    day: dt.date
    hours: str = ""
    place: str = ""
    attendance: int | None = None
    note: str = ""


@dataclass(kw_only=True, eq=False)
class IssueOrigin(Owned):
    """An issue that came up at an activity or a reception, or that a group helped to settle: one of the three."""

    issue_id: int
    activity_id: int | None = None
    reception_day_id: int | None = None
    resident_group_id: int | None = None


@dataclass(kw_only=True, eq=False)
class ProjectMilestone(Owned):
    """A step of one of the ten practical things; ``done_on`` is None while it is still to come."""

    project_id: int
    name: str
    due_on: dt.date | None = None
    done_on: dt.date | None = None


@dataclass(kw_only=True, eq=False)
class ProjectOpinion(Owned):
    """What residents think of a project: ``number`` of them, on a day, with what they said where one wrote it down."""

    project_id: int
    day: dt.date
    stance: Stance
    number: int = 1
    text: str = ""


@dataclass(kw_only=True, eq=False)
class ProjectPhoto(Owned):
    """A photo of a project before or after, kept as a file like those of issues (`Photo`)."""

    project_id: int
    sha256: str
    media_type: str
    stage: PhotoStage = PhotoStage.OTHER
    caption: str = ""
    width: int = 0
    height: int = 0
