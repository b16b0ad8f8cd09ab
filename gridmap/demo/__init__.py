"""The demo community: invented, marked as such, the same for the same seed and day."""

from __future__ import annotations

import datetime as dt
import random

from gridmap.demo import ground_plan, histories, ledgers, people, persons, registers, rounds, town
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
    team = registers.heads(people.team_members(scene))
    projects, held = people.projects(scene), registers.reception_days(scene)
    fund = ledgers.fund(scene)
    return DemoCommunity(
        **vars(ground),
        staff=people.staff(),
        service_points=people.service_points(scene),
        team_members=team,
        team_buildings=registers.team_buildings(scene, team),
        resident_groups=people.resident_groups(),
        weekly_activities=registers.weekly_activities(scene),
        room_bookings=registers.room_bookings(scene),
        activities=registers.activities(scene),
        receptions=people.receptions(scene),
        reception_days=held,
        projects=projects,
        project_milestones=registers.milestones(scene, projects),
        project_opinions=registers.opinions(scene, projects),
        walks=tuple(walked.walks),
        walkers=tuple(walked.walkers),
        stops=tuple(walked.stops),
        issues=issues,
        issue_events=issue_events,
        issue_calls=issue_calls,
        issue_origins=registers.issue_origins(issues, held),
        care_households=persons.care_households(scene),
        fund_entries=fund.entries,
        fund_closings=fund.closings,
        care_helps=ledgers.care_helps(scene, fund.entries),
        premises=ledgers.premises(scene),
        desk_matters=ledgers.desk_matters(),
    )
