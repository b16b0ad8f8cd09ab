"""What neighbours do for one another: groups, activities, the fund, and the ten practical things."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, field

from shapely import Point

from gridmap.model.base import NO_SEALED, Owned, Sealed
from gridmap.model.choices import FundKind, ProjectState


@dataclass(kw_only=True, eq=False)
class ResidentGroup(Owned):
    """自组织: the group of residents behind a service point. ``kind`` is a code of ``service_kinds``.

    ``leader`` (社长) and ``phone`` are kept sealed; ``hours`` says when they meet, as free text.
    """

    service_point_id: int | None = None
    kind: str
    name: str
    members: int = 0
    leader: Sealed = NO_SEALED
    phone: Sealed = NO_SEALED
    hours: str = ""
    note: str = ""


@dataclass(kw_only=True, eq=False)
class Activity(Owned):
    """Something that took place at a service point or was held by a group; ``hours`` and ``place`` are free text."""

    day: dt.date
    name: str
    hours: str = ""
    place: str = ""
    service_point_id: int | None = None
    resident_group_id: int | None = None
    attendance: int | None = None
    note: str = ""


@dataclass(kw_only=True, eq=False)
class FundEntry(Owned):
    """一元爱心基金: one gift or grant; the balance is never negative on any day.

    ``amount_yuan`` is above zero either way, in whole fen. ``person`` is the giver or the recipient, kept sealed;
    ``voucher`` is the number of the receipt (凭证号), ``grant_use`` a code of ``fund_uses``, by which grants
    are told to residents. ``corrects_id`` is the entry that this one, of the other kind and the same amount, takes back
    (冲正).
    """

    day: dt.date
    kind: FundKind
    amount_yuan: float
    person: Sealed = NO_SEALED
    purpose: str = ""
    voucher: str = ""
    grant_use: str = ""
    corrects_id: int | None = None


@dataclass(kw_only=True, eq=False)
class Project(Owned):
    """One of the ten practical things of a year (为民服务十件实事).

    ``owner`` is who answers for it where that is nobody of the staff; ``address`` is its place as it was written.
    ``done_on`` is the day on which it was done.
    """

    year: int
    seq: int
    name: str
    owner_id: int | None = None
    owner: str = ""
    state: ProjectState = ProjectState.PLANNED
    due_on: dt.date | None = None
    budget_yuan: float | None = None
    before: str = ""
    after: str = ""
    address: str = ""
    building_id: int | None = None
    done_on: dt.date | None = None
    geom: Point = field(default_factory=Point)
