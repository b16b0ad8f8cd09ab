"""The demo community: invented, marked as such, the same for the same seed and day."""

from __future__ import annotations

import datetime as dt
import random

from gridmap.demo import ground_plan, histories, ledgers, people, persons, rounds, town
from gridmap.demo.cases import Reporter
from gridmap.demo.community import DemoCommunity
from gridmap.demo.scene import Scene

__all__ = ["DemoCommunity", "build"]

_SEED = 20240607


def build(today: dt.date, *, seed: int = _SEED, time_zone: str = "Asia/Shanghai") -> DemoCommunity:
    """Build the demo community as it stands on ``today``.

    Parameters
    ----------
    today
        The day to which all times are relative. Nothing happened after the evening before it; only the
        planned walk lies ahead.
    seed
        Chooses the issues and walks; the ground plan is always the same.
    time_zone
        IANA name of the zone of the office hours; moments are given in it.

    Returns
    -------
    DemoCommunity
        Rows in WGS 84 (EPSG:4326); ids count from 1 in each class, and references use them.
    """
    plan = town.plan()
    scene = Scene(plan, today, time_zone)
    rng = random.Random(seed)  # noqa: S311 - invents a town, guards nothing
    ground = ground_plan.rows(plan, today, scene.globe)
    for grid in ground.grids:
        grid.leader_id = scene.staff_id[scene.leader[grid.letter]]
    walked = rounds.walked(scene, rng)
    issues, issue_events, issue_calls = histories.told(scene, Reporter(scene, rng).all(walked), rng)
    fund = ledgers.fund(scene)
    return DemoCommunity(
        **vars(ground),
        staff=people.staff(),
        service_points=people.service_points(scene),
        team_members=people.team_members(scene),
        resident_groups=people.resident_groups(),
        receptions=people.receptions(scene),
        projects=people.projects(scene),
        walks=tuple(walked.walks),
        walkers=tuple(walked.walkers),
        stops=tuple(walked.stops),
        issues=issues,
        issue_events=issue_events,
        issue_calls=issue_calls,
        care_households=persons.care_households(scene),
        fund_entries=fund.entries,
        fund_closings=fund.closings,
        care_helps=ledgers.care_helps(scene, fund.entries),
        premises=ledgers.premises(scene),
        desk_matters=ledgers.desk_matters(),
    )
