"""Staff, service points, receptions and the ten projects of the demo community."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import Any

from shapely import Point

from gridmap import model
from gridmap.demo import persons, recipe
from gridmap.demo.scene import Scene

COMMUNITY_ID = 1
_RUNS_FOR = dt.timedelta(days=100)


def staff() -> tuple[model.Staff, ...]:
    """Return the staff in their A/B pairs."""
    people = recipe.part("life")["staff"]
    number = {person["name"]: i for i, person in enumerate(people, start=1)}
    return tuple(
        model.Staff(
            id=number[person["name"]],
            community_id=COMMUNITY_ID,
            name=person["name"],
            post=model.PostKind(person["post"]),
            ab=person["ab"],
            partner_id=number[person["partner"]],
            phone=persons.staff_phone(number[person["name"]]),
        )
        for person in people
    )


def service_points(scene: Scene) -> tuple[model.ServicePoint, ...]:
    """Return the stations, then the other points, in the recipe's order."""
    life = recipe.part("life")
    specs = [{"kind": "station", **s} for s in life["stations"]] + list(life["points"])
    return tuple(
        model.ServicePoint(
            id=i,
            community_id=COMMUNITY_ID,
            kind=spec["kind"],
            name=spec["name"],
            building_id=scene.building_id[tuple(spec["at"])] if "at" in spec else None,
            capacity_households=spec.get("capacity_households"),
            host=spec["host"],
            terms=spec["terms"],
            hours=spec["hours"],
            area_m2=float(spec["area_m2"]) if "area_m2" in spec else None,
            tenure=_tenure(spec["terms"]),
            geom=scene.globe.lay(place_of(scene, spec)),
        )
        for i, spec in enumerate(specs, start=1)
    )


def _tenure(terms: str) -> model.Tenure | None:
    words = {"无偿": model.Tenure.FREE, "低偿": model.Tenure.LOW_RENT}
    return next((tenure for word, tenure in words.items() if terms.startswith(word)), None)


def place_of(scene: Scene, spec: Mapping[str, Any]) -> Point:
    """Return a service point's spot in the town's metres: its own, or the middle of its building."""
    if "place" in spec:
        return Point(spec["place"])
    footprint = scene.building(*spec["at"]).geom
    middle = footprint.centroid
    return middle if footprint.contains(middle) else footprint.representative_point()


def team_members(scene: Scene) -> tuple[model.TeamMember, ...]:
    """Return the roles of each station's team; the community's own staff by name."""
    life = recipe.part("life")
    members: list[model.TeamMember] = []
    for station_id, station in enumerate(life["stations"], start=1):
        letter = scene.letter(place_of(scene, station))
        for role in life["team"]:
            members.append(
                model.TeamMember(
                    id=len(members) + 1,
                    community_id=COMMUNITY_ID,
                    service_point_id=station_id,
                    role=role["role"],
                    staff_id=scene.staff_id[scene.leader[letter]] if role.get("staff") else None,
                    number=role["number"],
                )
            )
    return tuple(members)


def resident_groups() -> tuple[model.ResidentGroup, ...]:
    """Return the group of residents behind each service point that is no station."""
    life = recipe.part("life")
    first = len(life["stations"]) + 1
    return tuple(
        model.ResidentGroup(
            id=i,
            community_id=COMMUNITY_ID,
            service_point_id=first + i - 1,
            kind=spec["kind"],
            name=spec["group"],
            members=spec["members"],
        )
        for i, spec in enumerate(life["points"], start=1)
    )


def receptions(scene: Scene) -> tuple[model.Reception, ...]:
    """Return the weekly reception of each grid."""
    return tuple(
        model.Reception(
            id=i,
            community_id=COMMUNITY_ID,
            grid_id=scene.grid_id[spec["grid"]],
            weekday=spec["weekday"],
            half=model.Half(spec["half"]),
            hours=spec["hours"],
            place=spec["place"],
            geom=scene.globe.lay(Point(spec["at"])),
        )
        for i, spec in enumerate(recipe.part("life")["receptions"], start=1)
    )


def projects(scene: Scene) -> tuple[model.Project, ...]:
    """Return this year's ten projects, each as far as it would be on the scene's day."""
    specs = sorted(recipe.part("life")["projects"], key=lambda spec: spec["due"])
    rows = []
    for seq, spec in enumerate(specs, start=1):
        due_on = dt.date(scene.today.year, *spec["due"])
        state = _state(due_on, scene.today, slow=spec.get("slow", False))
        rows.append(
            model.Project(
                id=seq,
                community_id=COMMUNITY_ID,
                year=scene.today.year,
                seq=seq,
                name=spec["name"],
                owner_id=scene.staff_id[spec["owner"]],
                state=state,
                due_on=due_on,
                budget_yuan=float(spec["budget_yuan"]),
                before=spec["before"],
                after=spec["after"],
                done_on=due_on if state is model.ProjectState.DONE else None,
                geom=scene.globe.lay(Point(spec["at"])),
            )
        )
    return tuple(rows)


def _state(due_on: dt.date, today: dt.date, *, slow: bool) -> model.ProjectState:
    if due_on < today:
        late = slow and today - due_on < _RUNS_FOR
        return model.ProjectState.LATE if late else model.ProjectState.DONE
    return model.ProjectState.RUNNING if due_on - today < _RUNS_FOR else model.ProjectState.PLANNED
