"""What needs a visit, and why: each reason is worth points, and the points of a place are its prize on a walk.

All weights are data (``[visits]`` in ``data/defaults.toml``), which a community may overrule. A place is a building
with all that lies in it, a service point, or an issue that is in neither.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from gridmap.planning.routing import Window

_FLOOR = re.compile(r"(?<!\d)(\d{1,2})(?=\d{2}(?:室|号|户)?$)|(\d{1,2})\s*[层楼]")


class ReasonKind(StrEnum):
    """Why a place needs a visit, in the order in which people are told."""

    MUST = "must"
    ASKED = "asked"
    OVERDUE = "overdue"
    CARE = "care"
    OPEN = "open"
    CHECK = "check"
    ALARM = "alarm"
    NEVER_VISITED = "never_visited"
    UNVISITED = "unvisited"
    UNCOVERED = "uncovered"
    STATION = "station"
    POINT = "point"


@dataclass(frozen=True, kw_only=True)
class Reason:
    """One reason: what it adds to the prize, and the fields of its sentence ``walks.reason.<kind>``.

    ``ids`` are numbers of issues (open, overdue, check, asked) or of households in need.
    """

    kind: ReasonKind
    points: float
    fields: Mapping[str, Any] = field(default_factory=dict)
    ids: tuple[int, ...] = ()


@dataclass(frozen=True, kw_only=True)
class CareDue:
    """A household in need: how often it is visited, days since the last time (None: never yet), and its floor."""

    id: int
    interval_days: int
    days: int | None
    floor: int | None = None

    @property
    def ratio(self) -> float:
        """By how much it is due: 1 on the day, less before; never yet counts as due for half an interval."""
        return 1.5 if self.days is None else self.days / max(self.interval_days, 1)


@dataclass(frozen=True, kw_only=True)
class Facts:
    """What is known of one place.

    Parameters
    ----------
    key
        What it is called: ``building:12``, ``point:3`` or ``issue:45``.
    open, overdue, checks
        Numbers of issues that are open, past their limit, or done and not checked yet.
    asked
        Numbers of issues whose reporter waits to be called on.
    care
        Households in need.
    is_home
        Whether people live there, so that it is visited by its interval.
    days_unvisited
        Days since the last visit; None for never.
    alarm
        Name of its compound where that is in trouble, else "".
    point
        "" for none, else ``station`` or ``point``.
    uncovered
        Whether no station is within reach.
    must, never, wished
        What people have said: it has to be visited, is not to be visited, residents asked for it.
    kept
        Whether it stays on the list even without a reason: a person put it into a walk.
    hours
        Windows within the day in which a visit may be; none for any time.
    minutes
        How long a visit takes, where a person said so.
    floors, units, lift
        Of the building; None where not known.
    """

    key: str
    open: tuple[int, ...] = ()
    overdue: tuple[int, ...] = ()
    checks: tuple[int, ...] = ()
    asked: tuple[int, ...] = ()
    care: tuple[CareDue, ...] = ()
    is_home: bool = False
    days_unvisited: int | None = None
    alarm: str = ""
    point: str = ""
    uncovered: bool = False
    must: bool = False
    never: bool = False
    wished: bool = False
    kept: bool = False
    hours: tuple[Window, ...] = ()
    minutes: float | None = None
    floors: int | None = None
    units: int | None = None
    lift: bool | None = None


@dataclass(frozen=True, kw_only=True)
class Candidate:
    """A place that is worth a visit.

    Parameters
    ----------
    key
        As in `Facts`.
    reasons
        Why, the most telling first.
    minutes
        What a visit takes, stairs included.
    must
        Whether it has to be visited.
    hours
        When.
    timed
        Whether somebody said how long it takes; else it follows from the reasons.
    """

    key: str
    reasons: tuple[Reason, ...]
    minutes: float
    must: bool = False
    hours: tuple[Window, ...] = ()
    timed: bool = False

    @property
    def prize(self) -> float:
        """All points together."""
        return math.fsum(reason.points for reason in self.reasons)


def candidates(facts: Iterable[Facts], weights: Mapping[str, float]) -> list[Candidate]:
    """Return the places that are worth a visit, the highest prize first; what is not to be visited is left out.

    So is what comes to less than ``least``: nobody goes out for it, though they may pass by.

    Parameters
    ----------
    facts
        What is known of each place.
    weights
        ``[visits]`` of ``data/defaults.toml``.
    """
    found = []
    for one in facts:
        reasons = [reason for reason in _reasons(one, weights) if reason.points > 0 or reason.kind == ReasonKind.MUST]
        worth = math.fsum(reason.points for reason in reasons)
        if not one.never and (one.must or one.kept or (reasons and worth >= weights["least"])):
            minutes = duration_min(one, weights) if one.minutes is None else one.minutes
            found.append(
                Candidate(
                    key=one.key,
                    reasons=tuple(reasons),
                    minutes=minutes,
                    must=one.must,
                    hours=one.hours,
                    timed=one.minutes is not None,
                )
            )
    return sorted(found, key=lambda one: (not one.must, -one.prize, one.key))


def duration_min(one: Facts, weights: Mapping[str, float]) -> float:
    """Return the minutes of a visit: each matter's own, and the stairs once, as far up as the highest of them."""
    minutes = weights["minutes_issue"] * len({*one.open, *one.overdue, *one.asked})
    minutes += weights["minutes_check"] * len(one.checks)
    due = [care for care in one.care if _care_points(care, weights) > 0]
    minutes += weights["minutes_care"] * len(due)
    if one.point:
        return minutes + weights[f"minutes_{one.point}"]
    rounds = (one.is_home and not (one.checks or one.open or one.overdue or due)) or bool(one.alarm)
    minutes += weights["minutes_building"] if rounds else 0.0
    levels = max((one.floors or 1) - 1, 0)
    if not one.is_home or not levels:
        return max(minutes, weights["minutes_check"])
    climbed = levels / 2 if minutes and not rounds else float(levels)
    climbed = max([climbed if not due else 0.0, *(_levels(care, levels) for care in due)])
    if one.lift:
        return minutes + weights["minutes_lift"]
    return minutes + climbed * weights["minutes_floor"]


def floor_of(unit: str) -> int | None:
    """Return the floor that a written unit names (``2单元501`` and ``5楼``: the fifth); None where it names none."""
    found = None
    for match in _FLOOR.finditer(unit.strip()):
        found = int(match[1] or match[2])
    return found


def _levels(care: CareDue, levels: int) -> float:
    return levels / 2 if care.floor is None else float(min(max(care.floor - 1, 0), levels))


def _care_points(care: CareDue, weights: Mapping[str, float]) -> float:
    """Nothing before a visit is nearly due; more the longer it has been."""
    if care.ratio < weights["care_from"]:
        return 0.0
    return weights["care"] * min(care.ratio, weights["most_ratio"])


def _reasons(one: Facts, weights: Mapping[str, float]) -> Sequence[Reason]:
    found = []
    if one.must:
        found.append(Reason(kind=ReasonKind.MUST, points=weights["must"]))
    if one.wished or one.asked:
        found.append(Reason(kind=ReasonKind.ASKED, points=weights["asked"], ids=one.asked))
    for kind, ids in ((ReasonKind.OVERDUE, one.overdue), (ReasonKind.OPEN, one.open), (ReasonKind.CHECK, one.checks)):
        if ids:
            points = weights[kind.value] * min(len(ids), weights["most_issues"])
            found.append(Reason(kind=kind, points=points, fields={"n": len(ids)}, ids=ids))
    due = [(care, points) for care in one.care if (points := _care_points(care, weights)) > 0]
    if due:
        fields = {"n": len(due), "days": max((care.days or 0) for care, _ in due)}
        ids = tuple(care.id for care, _ in due)
        found.append(
            Reason(kind=ReasonKind.CARE, points=math.fsum(points for _, points in due), fields=fields, ids=ids)
        )
    if one.alarm:
        found.append(Reason(kind=ReasonKind.ALARM, points=weights["alarm"], fields={"compound": one.alarm}))
    if one.is_home:
        found.append(_unvisited(one, weights))
    if one.uncovered:
        found.append(Reason(kind=ReasonKind.UNCOVERED, points=weights["uncovered"]))
    if one.point:
        days = one.days_unvisited
        ratio = weights["most_ratio"] if days is None else days / weights["point_days"]
        points = weights[one.point] * min(ratio, weights["most_ratio"])
        fields = {"n": -1 if days is None else days}
        found.append(Reason(kind=ReasonKind(one.point), points=points, fields=fields))
    order = list(ReasonKind)
    return sorted(found, key=lambda reason: order.index(reason.kind))


def _unvisited(one: Facts, weights: Mapping[str, float]) -> Reason:
    """Grow with the square of the time, so that what is long due is not left for what lies near."""
    if one.days_unvisited is None:
        return Reason(kind=ReasonKind.NEVER_VISITED, points=weights["unvisited"] * 1.5**2)
    ratio = min(one.days_unvisited / weights["building_days"], weights["most_ratio"])
    return Reason(kind=ReasonKind.UNVISITED, points=weights["unvisited"] * ratio**2, fields={"n": one.days_unvisited})
