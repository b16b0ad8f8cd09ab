"""Grid walks: who goes, where they stop and why, and what a person has said about visits to come."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, field

from shapely import LineString, Point

from gridmap.model.base import Owned
from gridmap.model.choices import Half, StopOutcome, WalkState, WishKind


@dataclass(kw_only=True, eq=False)
class Walk(Owned):
    """走访: a planned half day on foot through a grid, or through several (``grid_id`` is then None).

    ``geom`` is the route, ``walk_m`` its length. They leave at ``start_at`` and are back at ``end_at``; ``prize`` is
    what its stops are worth together. Walks that were planned in one go share ``plan``; ``asked`` is the question as
    JSON, from which they are planned again. All of these are empty for a walk that was not planned by the app.
    """

    grid_id: int | None = None
    day: dt.date
    half: Half = Half.MORNING
    state: WalkState = WalkState.PLANNED
    walk_m: float | None = None
    start_at: dt.datetime | None = None
    end_at: dt.datetime | None = None
    prize: float | None = None
    plan: str = ""
    asked: str = ""
    geom: LineString = field(default_factory=LineString)


@dataclass(kw_only=True, eq=False)
class Walker(Owned):
    """Who goes on a walk."""

    walk_id: int
    staff_id: int


@dataclass(kw_only=True, eq=False)
class Stop(Owned):
    """A stop of a walk, in the order of ``seq`` from 1: at a building, a service point or an issue's own place.

    ``reason`` is what people are told, without anything of a household in need; ``why`` holds all reasons as JSON: a
    list of objects with ``kind``, ``points``, ``fields`` of the sentence and ``ids``. Whoever may not see care data
    never gets those of kind ``care``. ``must`` says that it has to be visited, ``locked`` that a person gave it its
    place in the order. It takes ``minutes``, is worth ``prize``, and lies ``walk_m`` from the stop before. A break
    (休息) has none of building, point and issue.

    ``arrive_at`` and ``leave_at`` are planned; ``came_at`` is when somebody checked in, ``recorded_at`` when the
    outcome was written down, with what was said (``note``, 群众意见) and how it was handled (``handling``, 处理情况).
    """

    walk_id: int
    seq: int
    building_id: int | None = None
    service_point_id: int | None = None
    issue_id: int | None = None
    reason: str = ""
    why: str = ""
    must: bool = False
    locked: bool = False
    arrive_at: dt.datetime | None = None
    leave_at: dt.datetime | None = None
    minutes: float | None = None
    prize: float | None = None
    walk_m: float | None = None
    outcome: StopOutcome = StopOutcome.PENDING
    note: str = ""
    handling: str = ""
    came_at: dt.datetime | None = None
    recorded_at: dt.datetime | None = None
    geom: Point = field(default_factory=Point)


@dataclass(kw_only=True, eq=False)
class VisitWish(Owned):
    """What a person has said about visits to a building or a service point, from a day until another (included).

    ``hours`` as ``HH:MM-HH:MM`` (a resident is home after five), empty for any time; ``minutes`` where the visit takes
    another time than usual.
    """

    kind: WishKind
    building_id: int | None = None
    service_point_id: int | None = None
    from_day: dt.date
    until_day: dt.date | None = None
    hours: str = ""
    minutes: float | None = None
    note: str = ""
