"""The demo community: invented, marked as such, the same for the same seed and day."""

from __future__ import annotations

import datetime as dt

from gridmap.demo import ground_plan, town
from gridmap.demo.community import DemoCommunity

__all__ = ["DemoCommunity", "build"]

_SEED = 20240607


def build(today: dt.date, *, seed: int = _SEED, time_zone: str = "Asia/Shanghai") -> DemoCommunity:
    """Build the demo community as it stands on ``today``.

    Parameters
    ----------
    today
        The day to which all times are relative; nothing lies in the future but what is planned.
    seed
        Chooses the issues and walks; the ground plan is always the same.
    time_zone
        IANA name of the zone of the office hours.

    Returns
    -------
    DemoCommunity
        Rows in WGS 84; ids count from 1 in each class.
    """
    plan = town.plan()
    ground = ground_plan.rows(plan, today)
    return DemoCommunity(
        **vars(ground),
        staff=(),
        service_points=(),
        team_members=(),
        resident_groups=(),
        receptions=(),
        projects=(),
        walks=(),
        walkers=(),
        stops=(),
        issues=(),
        issue_events=(),
    )
