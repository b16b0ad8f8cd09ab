"""What the office keeps beside the map: closings of the fund, help to households, premises, matters of the desk."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from gridmap.model.base import Owned
from gridmap.model.choices import PremisesUse


@dataclass(kw_only=True, eq=False)
class FundClosing(Owned):
    """月结/年结: a month (``2026-10``) or year (``2026``) of the fund that takes no further entries.

    ``entries``, ``gifts_yuan``, ``grants_yuan`` and ``balance_yuan`` are what it held when it was closed.
    ``reopened_at`` is set, with a ``reason``, where it was opened again: then it closes nothing any more.
    """

    period: str
    entries: int
    gifts_yuan: float
    grants_yuan: float
    balance_yuan: float
    closed_at: dt.datetime
    closed_by: str = ""
    reopened_at: dt.datetime | None = None
    reopened_by: str = ""
    reason: str = ""


@dataclass(kw_only=True, eq=False)
class CareHelp(Owned):
    """Help that a household in need was given; ``kind`` is a code of ``care_helps``.

    ``amount_yuan`` is what it was worth, None where that is not counted; ``fund_entry_id`` is the grant it came from.
    """

    care_household_id: int
    day: dt.date
    kind: str
    amount_yuan: float | None = None
    note: str = ""
    fund_entry_id: int | None = None


@dataclass(kw_only=True, eq=False)
class Premises(Owned):
    """社区用房: a room or floor that the community has, and whether residents or the office use it."""

    name: str
    use: PremisesUse = PremisesUse.RESIDENTS
    area_m2: float
    building_id: int | None = None
    service_point_id: int | None = None
    host: str = ""
    note: str = ""


@dataclass(kw_only=True, eq=False)
class HomeVisit(Owned):
    """A matter that was handled at somebody's home: on which day, which matter, in which building; never for whom.

    ``matter`` is what the matter was called then.
    """

    day: dt.date
    matter: str
    building_id: int | None = None


@dataclass(kw_only=True, eq=False)
class DeskMatter(Owned):
    """A matter that the all-round desk handles; ``field`` is a code of ``matter_fields``.

    ``at_home`` says that staff come to the homes of the old and of those who cannot come; ``papers`` is what to bring,
    ``days`` how many working days it takes, 0 for at once.
    """

    name: str
    field: str
    at_home: bool = False
    papers: str = ""
    days: int | None = None
    note: str = ""
