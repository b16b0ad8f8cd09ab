"""What the demo's registers hold: courtyard heads with buildings, rooms, receptions as held, steps and voices."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence

from gridmap import model
from gridmap.demo import persons, recipe
from gridmap.demo.people import COMMUNITY_ID
from gridmap.demo.scene import Scene
from gridmap.model import ProjectState, Stance

_FIRST_HEAD = 230  # of the invented persons, behind all callers
_HEAD = "courtyard_head"
_WEEKS = 6
_STEPS = (("方案公示", 70), ("施工", 25), ("验收", 0))
_VOICES = ((Stance.FOR, 46, ""), (Stance.AGAINST, 3, ""), (Stance.SUGGESTION, 2, "希望避开午休时间施工"))


def heads(members: Sequence[model.TeamMember]) -> tuple[model.TeamMember, ...]:
    """Return the teams with each courtyard head as a row of their own, named and sealed by whoever keeps them."""
    made: list[model.TeamMember] = []
    for one in members:
        for _ in range(one.number if one.role == _HEAD else 1):
            member = model.TeamMember(
                id=len(made) + 1, community_id=COMMUNITY_ID, service_point_id=one.service_point_id, role=one.role,
                staff_id=one.staff_id, number=1 if one.role == _HEAD else one.number,
            )  # fmt: skip
            if one.role == _HEAD:
                member.person, member.phone = persons.caller(_FIRST_HEAD + len(made))
            made.append(member)
    return tuple(made)


def team_buildings(scene: Scene, members: Sequence[model.TeamMember]) -> tuple[model.TeamBuilding, ...]:
    """Return which courtyard head looks after which building of the station's compound; two of the last have none."""
    made: list[model.TeamBuilding] = []
    stations = recipe.part("life")["stations"]
    for station, spec in enumerate(stations, start=1):
        mine = [one for one in members if one.service_point_id == station and one.role == _HEAD]
        compound = spec["at"][0]
        homes = [number for (of, _), number in sorted(scene.building_id.items()) if of == compound]
        homes = homes[:-2] if station == len(stations) else homes
        for n, home in enumerate(homes):
            member = mine[n % len(mine)].id
            made.append(
                model.TeamBuilding(
                    id=len(made) + 1, community_id=COMMUNITY_ID, team_member_id=int(member or 0), building_id=home
                )
            )
    return tuple(made)


def weekly_activities(scene: Scene) -> tuple[model.WeeklyActivity, ...]:
    """Return what takes place every week."""
    begun = scene.today - dt.timedelta(days=180)
    return tuple(
        model.WeeklyActivity(
            id=i, community_id=COMMUNITY_ID, service_point_id=_point(spec["at"]), resident_group_id=_group(spec["at"]),
            weekday=spec["weekday"], hours=spec["hours"], name=spec["name"], from_day=begun,
        )
        for i, spec in enumerate(recipe.part("life")["weekly"], start=1)
    )  # fmt: skip


def room_bookings(scene: Scene) -> tuple[model.RoomBooking, ...]:
    """Return who has had a room, or will."""
    made = []
    for i, spec in enumerate(recipe.part("life")["bookings"], start=1):
        day = scene.today + dt.timedelta(days=spec["in_days"])
        begin, end = (dt.time.fromisoformat(clock) for clock in spec["hours"].split("-"))
        made.append(
            model.RoomBooking(
                id=i, community_id=COMMUNITY_ID, service_point_id=_point(spec["at"]), starts_at=scene.at(day, begin),
                ends_at=scene.at(day, end), purpose=spec["purpose"], holder=spec["holder"],
            )
        )  # fmt: skip
    return tuple(made)


def reception_days(scene: Scene) -> tuple[model.ReceptionDay, ...]:
    """Return the receptions that were held in the last weeks."""
    made: list[model.ReceptionDay] = []
    for back in range(_WEEKS, 0, -1):
        monday = scene.today - dt.timedelta(days=scene.today.weekday() + 7 * back)
        for spec in recipe.part("life")["receptions"]:
            n = len(made)
            made.append(
                model.ReceptionDay(
                    id=n + 1, community_id=COMMUNITY_ID, grid_id=scene.grid_id[spec["grid"]],
                    day=monday + dt.timedelta(days=spec["weekday"] - 1), hours=spec["hours"], place=spec["place"],
                    attendance=6 + (7 * n) % 11, note="现场答复了物业费和垃圾清运的询问" if n % 3 == 0 else "",
                )
            )  # fmt: skip
    return tuple(made)


def activities(scene: Scene) -> tuple[model.Activity, ...]:
    """Return activities of the last weeks."""
    return tuple(
        model.Activity(
            id=i, community_id=COMMUNITY_ID, day=scene.days_ago(spec["days_ago"]), name=spec["name"],
            hours=spec["hours"], service_point_id=_point(spec["at"]), resident_group_id=_group(spec["at"]),
            attendance=spec["attendance"],
        )
        for i, spec in enumerate(recipe.part("life")["activities"], start=1)
    )  # fmt: skip


def issue_origins(issues: Sequence[model.Issue], held: Sequence[model.ReceptionDay]) -> tuple[model.IssueOrigin, ...]:
    """Return which issues came up at a reception: those recorded there on its day; and one that a group helped with."""
    by_day = {(one.grid_id, one.day): int(one.id or 0) for one in held}
    made: list[model.IssueOrigin] = []
    for issue in issues:
        day = by_day.get((issue.grid_id or 0, issue.reported_at.date()))
        if issue.source is model.IssueSource.RECEPTION and day is not None:
            made.append(
                model.IssueOrigin(
                    id=len(made) + 1, community_id=COMMUNITY_ID, issue_id=int(issue.id or 0), reception_day_id=day
                )
            )
    closed = next((one for one in issues if one.closed_at is not None), None)
    if closed is not None:
        made.append(
            model.IssueOrigin(
                id=len(made) + 1, community_id=COMMUNITY_ID, issue_id=int(closed.id or 0), resident_group_id=1
            )
        )
    return tuple(made)


def milestones(scene: Scene, projects: Sequence[model.Project]) -> tuple[model.ProjectMilestone, ...]:
    """Return the steps of each project, done as far as the project is."""
    made: list[model.ProjectMilestone] = []
    for project in projects:
        for name, before in _STEPS:
            due = None if project.due_on is None else project.due_on - dt.timedelta(days=before)
            over = due is not None and due < scene.today and (before > 0 or project.state is ProjectState.DONE)
            made.append(
                model.ProjectMilestone(
                    id=len(made) + 1, community_id=COMMUNITY_ID, project_id=int(project.id or 0), name=name,
                    due_on=due, done_on=due if over else None,
                )
            )  # fmt: skip
    return tuple(made)


def opinions(scene: Scene, projects: Sequence[model.Project]) -> tuple[model.ProjectOpinion, ...]:
    """Return what residents thought of each project that was under way before today."""
    made: list[model.ProjectOpinion] = []
    for project in projects:
        for stance, number, text in _VOICES:
            made.append(
                model.ProjectOpinion(
                    id=len(made) + 1, community_id=COMMUNITY_ID, project_id=int(project.id or 0),
                    day=scene.days_ago(40), stance=stance, number=number + (project.seq * 7) % 13, text=text,
                )
            )  # fmt: skip
    return tuple(made)


def _point(name: str) -> int:
    """Return the number of a service point by its name; they are counted as `people.service_points` does."""
    life = recipe.part("life")
    names = [spec["name"] for spec in (*life["stations"], *life["points"])]
    return names.index(name) + 1


def _group(point: str) -> int | None:
    """Return the number of the group behind a service point; stations have none."""
    first = len(recipe.part("life")["stations"])
    number = _point(point) - first
    return number if number > 0 else None
